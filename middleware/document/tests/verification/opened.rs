//! Later revisions that hide behind a signature which shows nothing: it needs nobody's trust, so
//! what else its revision brings must be nothing at all.

use sello_pdf::{Dictionary, Document, Hole, IncrementalUpdate, Name, Object, Reference, View};

use crate::center::{Center, verify};
use crate::forging::{last_field, replace, resign, verdicts};
use crate::sample::{Sample, stream};

const RANGE: &[u8] = b"[0 0000000000 0000000000 0000000000]";

fn name(name: &str) -> Object {
    Object::Name(Name::from(name))
}

/// Adds a stranger's signature that shows nothing, and what `more` adds to its revision.
fn signed_by_stranger(
    sealed: &[u8],
    more: impl FnOnce(&mut IncrementalUpdate, &View<'_>, &mut Dictionary),
) -> Vec<u8> {
    let signed = with_signature(sealed, more);
    let stranger = Center::new(20).holder();
    resign(&signed, &stranger.key, &stranger.certificate, None)
}

fn with_signature(
    sealed: &[u8],
    more: impl FnOnce(&mut IncrementalUpdate, &View<'_>, &mut Dictionary),
) -> Vec<u8> {
    with_trailer(sealed, "", more)
}

/// As [`with_signature`], with further trailer entries.
fn with_trailer(
    sealed: &[u8],
    trailer: &str,
    more: impl FnOnce(&mut IncrementalUpdate, &View<'_>, &mut Dictionary),
) -> Vec<u8> {
    let document = Document::open(sealed).unwrap();
    let (view, mut update) = (
        document.latest(),
        IncrementalUpdate::new(&document).unwrap(),
    );
    let catalog = view.catalog().unwrap();
    let form = catalog
        .get("AcroForm")
        .and_then(Object::as_reference)
        .unwrap();
    let Object::Dictionary(mut entries) = view.resolve(form).unwrap() else {
        panic!("no form");
    };
    let (field, value) = (update.allocate().unwrap(), update.allocate().unwrap());
    let mut fields = entries.get("Fields").unwrap().as_array().unwrap().to_vec();
    fields.push(field.into());
    entries.set("Fields", fields);
    update.set(form, entries);
    let mut widget = Dictionary::from_iter([
        ("Type", name("Annot")),
        ("Subtype", name("Widget")),
        ("FT", name("Sig")),
        ("T", Object::String(b"Witness".to_vec())),
        ("V", value.into()),
        ("Rect", Object::Array(vec![Object::Integer(0); 4])),
    ]);
    more(&mut update, &view, &mut widget);
    update.set(field, widget);
    let signature = Dictionary::from_iter([
        ("Type", name("Sig")),
        ("SubFilter", name("ETSI.CAdES.detached")),
    ]);
    let contents = [b"<".as_slice(), &[b'0'; 6000], b">"].concat();
    let hole = |key, filler| Hole { key, filler };
    let holes = vec![
        hole("ByteRange", RANGE.to_vec()),
        hole("Contents", contents),
    ];
    update.set_with_holes(value, signature, holes);
    let mut signed = [sealed, &update.finish().unwrap().bytes].concat();
    let last = |signed: &[u8], word: &[u8]| {
        let mut windows = signed.windows(word.len());
        windows.rposition(|window| window == word).unwrap()
    };
    let root = last(&signed, b"/Root");
    signed.splice(root..root, trailer.bytes());
    let at = |word: &[u8]| last(&signed, word);
    let range = at(RANGE);
    let gap = at(b"/Contents");
    let gap = gap + signed[gap..].iter().position(|byte| *byte == b'<').unwrap();
    let after = gap + 6002;
    let numbers = format!("[0 {gap:010} {after:010} {:010}]", signed.len() - after);
    signed[range..range + RANGE.len()].copy_from_slice(numbers.as_bytes());
    signed
}

fn first_verdict(document: &[u8]) -> &'static str {
    verdicts(&verify(document, &Center::new(10).trust()))[0]
}

/// A sealed document whose page 2 refers to an object that it does not have.
fn sealed_with_opening(page: &str) -> [Vec<u8>; 2] {
    let sample = Sample::pages(2).with(12, page);
    let holder = Center::new(10).holder();
    [sample.table(), sample.streams()].map(|document| holder.stamp(&document))
}

#[test]
fn a_signature_that_shows_nothing_does_no_harm() {
    for sealed in sealed_with_opening("<</Type/Page/Parent 2 0 R/Contents 13 0 R>>") {
        let signed = signed_by_stranger(&sealed, |_, _, _| {});
        let report = verify(&signed, &Center::new(10).trust());
        assert_eq!(verdicts(&report), ["VALID", "CHAIN_BROKEN"]);
        assert_eq!(report.exit_code, 2);
    }
}

#[test]
fn a_content_added_where_a_page_left_it_open_is_named() {
    // A container of objects for those who read the file, a page's content for those who look.
    for kind in ["ObjStm", "XRef"] {
        for sealed in sealed_with_opening("<</Type/Page/Parent 2 0 R/Contents[13 0 R 77 0 R]>>") {
            assert_eq!(first_verdict(&sealed), "VALID");
            let changed = signed_by_stranger(&sealed, |update, _, _| {
                let entries = [
                    ("Type", name(kind)),
                    ("N", Object::Integer(0)),
                    ("First", Object::Integer(0)),
                ];
                let content = b"BT /F1 40 Tf 72 700 Td (Pay 900) Tj ET".to_vec();
                update.set_stream(
                    Reference::new(77, 0),
                    Dictionary::from_iter(entries),
                    content,
                );
            });
            assert_eq!(first_verdict(&changed), "CHANGED_AFTER_SEALING");
        }
    }
}

#[test]
fn a_later_seal_that_a_page_was_open_for_is_named() {
    let center = Center::new(10);
    let open: String = (40..60).map(|number| format!("{number} 0 R ")).collect();
    let page = format!("<</Type/Page/Parent 2 0 R/Contents 13 0 R/Annots[{open}]>>");
    let sample = Sample::pages(2).with(12, &page).with(33, "null");
    let sealed = center.holder().stamp(&sample.table());
    let report = verify(&center.holder().stamp(&sealed), &center.trust());
    assert_eq!(verdicts(&report)[0], "CHANGED_AFTER_SEALING");
}

#[test]
fn a_seal_that_a_second_page_shows_too_is_named() {
    let center = Center::new(10);
    let open: String = (14..30).map(|number| format!("{number} 0 R ")).collect();
    let page = format!("<</Type/Page/Parent 2 0 R/Contents 13 0 R/Annots[{open}]>>");
    let sample = Sample::pages(2).with(12, &page);
    let report = verify(&center.holder().stamp(&sample.table()), &center.trust());
    assert_eq!(verdicts(&report), ["SEAL_PICTURE_DIFFERS"]);
}

#[test]
fn another_kind_of_annotation_is_no_invisible_signature() {
    for (key, other) in [("Subtype", "Text"), ("FT", "Btn"), ("Type", "Page")] {
        for sealed in sealed_with_opening("<</Type/Page/Parent 2 0 R/Contents 13 0 R>>") {
            let changed = signed_by_stranger(&sealed, |_, _, field| {
                field.set(key, name(other));
            });
            assert_eq!(first_verdict(&changed), "CHANGED_AFTER_SEALING");
        }
    }
}

#[test]
fn a_number_of_objects_that_hides_some_is_named() {
    for sealed in sealed_with_opening("<</Type/Page/Parent 2 0 R/Contents 13 0 R>>") {
        let signed = with_signature(&sealed, |_, _, _| {});
        let size = Document::open(signed.as_slice()).unwrap();
        let size = size
            .latest()
            .trailer()
            .get("Size")
            .unwrap()
            .as_integer()
            .unwrap();
        // The newest trailer's is the only one with this number.
        let signed = replace(&signed, &format!("/Size {size}"), "/Size 05");
        let stranger = Center::new(20).holder();
        let signed = resign(&signed, &stranger.key, &stranger.certificate, None);
        assert_eq!(first_verdict(&signed), "CHANGED_AFTER_SEALING");
    }
}

#[test]
fn two_fields_with_one_signature_are_named() {
    let center = Center::new(10);
    // The field that the document has beforehand leads to what becomes the signature.
    let sample = Sample::pages(2)
        .with(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 20 0 R>>")
        .with(20, "<</Fields[21 0 R]/SigFlags 3>>");
    let guess = |value: u32| {
        let field = format!("<</FT/Sig/T(Other)/V {value} 0 R/Subtype/Widget/Rect[0 0 0 0]>>");
        sample.clone().with(21, &field)
    };
    let value = |document: &[u8]| {
        let document = Document::open(document).unwrap();
        last_field(&document.latest())
            .1
            .get("V")
            .and_then(Object::as_reference)
            .unwrap()
    };
    let sealed = center.holder().stamp(&guess(99).table());
    let sealed = center.holder().stamp(&guess(value(&sealed).number).table());
    let report = verify(&sealed, &center.trust());
    assert_eq!(verdicts(&report), ["DICTIONARY_MALFORMED"]);
}

#[test]
fn a_hybrid_section_after_a_seal_is_named() {
    let rows = stream("/Type/XRef/W[1 1 1]/Size 1", "\0\0\0");
    let document = Sample::pages(1).with(30, &rows).table();
    let sealed = Center::new(10).holder().stamp(&document);
    let at = sealed
        .windows(8)
        .position(|window| window == b"30 0 obj")
        .unwrap();
    for (trailer, verdict) in [
        (String::new(), "VALID"),
        (format!("/XRefStm {at}"), "CHANGED_AFTER_SEALING"),
    ] {
        let signed = with_trailer(&sealed, &trailer, |_, _, _| {});
        let stranger = Center::new(20).holder();
        let signed = resign(&signed, &stranger.key, &stranger.certificate, None);
        assert_eq!(first_verdict(&signed), verdict);
    }
}
