//! Attacks on certified and signed documents, and the sound changes that look like them.
//!
//! "Breaking the Specification: PDF Certification" (EAA, SSA), "Shadow Attacks", "1 Trillion Dollar
//! Refund" (ISA, SWA): the names of the classes are those of these papers.

use sello_pdf::{Dictionary, IncrementalUpdate, Object, Reference, View};

use crate::center::{Center, verify};
use crate::forging::{append, page, verdicts};
use crate::sample::{Sample, stream};
use crate::signing::{
    certifies, dictionary, list, locks, name, numbers, sign, sign_plainly, string,
};

const TEXT_FIELD: u32 = 21;
const OTHER_FIELD: u32 = 22;
const APPEARANCE: u32 = 23;

/// A page with two text fields that share nothing, tagged, with metadata and document information.
fn form() -> Sample {
    let appearance = stream("/Type/XObject/Subtype/Form/BBox[0 0 200 20]", "/Tx BMC EMC");
    let field = |title: &str, rect: &str| {
        format!(
            "<</Type/Annot/Subtype/Widget/FT/Tx/T({title})/Rect[{rect}]/F 4/P 10 0 R\
             /AP<</N {APPEARANCE} 0 R>>>>"
        )
    };
    Sample::pages(1)
        .with(
            1,
            "<</Type/Catalog/Pages 2 0 R/AcroForm 20 0 R/Metadata 24 0 R/StructTreeRoot 25 0 R>>",
        )
        .with(
            10,
            "<</Type/Page/Parent 2 0 R/Contents 11 0 R/Annots[21 0 R 22 0 R]>>",
        )
        .with(20, "<</Fields[21 0 R 22 0 R]/DA(/Helv 0 Tf)>>")
        .with(TEXT_FIELD, &field("Amount", "72 600 272 620"))
        .with(
            OTHER_FIELD,
            "<</Type/Annot/Subtype/Widget/FT/Tx/T(Name)/V(Ann)/Rect[72 500 272 520]/F 4/P 10 0 R>>",
        )
        .with(APPEARANCE, &appearance)
        .with(24, &stream("/Type/Metadata/Subtype/XML", "<x/>"))
        .with(25, "<</Type/StructTreeRoot/K 26 0 R>>")
        .with(
            26,
            "<</Type/StructElem/S/Document/P 25 0 R/K[]/ActualText(Pay 100)>>",
        )
        .with(27, "<</Producer(x)>>")
        .with_trailer("/Info 27 0 R")
}

type Change = fn(&mut IncrementalUpdate, &View<'_>);

/// Signs the form with these entries, makes the change, and expects the verdict on the signature,
/// in both forms of document.
fn comes_out(what: &str, entries: &[(&str, Object)], change: Change, verdict: &str) {
    let center = Center::new(10);
    let sample = form();
    for document in [sample.table(), sample.streams()] {
        let signed = sign_plainly(&document, &center.holder(), entries);
        let report = verify(&signed, &center.trust());
        assert_eq!(verdicts(&report), ["VALID"], "{what}");
        let report = verify(&append(&signed, change), &center.trust());
        assert_eq!(verdicts(&report), [verdict], "{what}: {report:#?}");
    }
}

fn certified(level: i64) -> Vec<(&'static str, Object)> {
    vec![("Reference", certifies(level))]
}

fn entries(view: &View<'_>, number: u32) -> Dictionary {
    match view.resolve(Reference::new(number, 0)).unwrap() {
        Object::Dictionary(entries) => entries,
        other => panic!("{other:?}"),
    }
}

fn annotate(update: &mut IncrementalUpdate, view: &View<'_>, note: &[(&str, Object)]) {
    let reference = update.allocate().unwrap();
    update.set(reference, dictionary(note));
    let (page, mut entries) = page(view);
    let mut annotations = list(view, &entries, "Annots");
    annotations.push(reference.into());
    entries.set("Annots", annotations);
    update.set(page, entries);
}

fn annotation(update: &mut IncrementalUpdate, view: &View<'_>, kind: &str, side: i64) {
    let rect = numbers(&[100, 100, 100 + side, 100 + side]);
    let entries = [
        ("Type", name("Annot")),
        ("Subtype", name(kind)),
        ("Rect", rect),
        ("Contents", string("Pay 900")),
    ];
    annotate(update, view, &entries);
}

fn fill_in(update: &mut IncrementalUpdate, view: &View<'_>) {
    let appearance = update.allocate().unwrap();
    let extent = [
        ("BBox", numbers(&[0, 0, 200, 20])),
        ("Subtype", name("Form")),
    ];
    update.set_stream(appearance, dictionary(&extent), b"BT (900) Tj ET".to_vec());
    let mut field = entries(view, TEXT_FIELD);
    field.set("V", string("900"));
    let normal = dictionary(&[("N", appearance.into())]);
    field.set("AP", Object::Dictionary(normal));
    update.set(Reference::new(TEXT_FIELD, 0), field);
}

fn add_validation_data(update: &mut IncrementalUpdate, view: &View<'_>) {
    let (certificate, store) = (update.allocate().unwrap(), update.allocate().unwrap());
    update.set_stream(certificate, Dictionary::new(), b"x".to_vec());
    let certificates = Object::Array(vec![certificate.into()]);
    update.set(store, dictionary(&[("Certs", certificates)]));
    let mut catalog = view.catalog().unwrap();
    catalog.set("DSS", store);
    update.set(view.revision().root().unwrap(), catalog);
}

#[test]
fn what_a_signature_allows_is_no_false_alarm() {
    let sound: [(&str, Change); 6] = [
        ("a field filled in", fill_in),
        ("validation data", add_validation_data),
        ("metadata", |update, _| {
            let kind = [("Type", name("Metadata")), ("Subtype", name("XML"))];
            let metadata = Reference::new(24, 0);
            update.set_stream(metadata, dictionary(&kind), b"<y/>".to_vec());
        }),
        ("document information", |update, _| {
            let entries = dictionary(&[("Producer", string("y"))]);
            update.set(Reference::new(27, 0), entries);
        }),
        ("extensions", |update, view| {
            let mut catalog = view.catalog().unwrap();
            let level = dictionary(&[("ExtensionLevel", Object::Integer(1))]);
            let maker = dictionary(&[("ESIC", Object::Dictionary(level))]);
            catalog.set("Extensions", Object::Dictionary(maker));
            catalog.set("Version", name("2.0"));
            update.set(view.revision().root().unwrap(), catalog);
        }),
        ("a longer structure", |update, view| {
            let element = update.allocate().unwrap();
            update.set(element, dictionary(&[("S", name("Form"))]));
            let mut root = entries(view, 26);
            root.set("K", vec![Object::from(element)]);
            update.set(Reference::new(26, 0), root);
        }),
    ];
    for (what, change) in sound {
        comes_out(what, &[], change, "VALID");
        comes_out(what, &certified(2), change, "VALID");
        comes_out(what, &certified(3), change, "VALID");
    }
}

#[test]
fn a_certification_allows_what_its_level_says() {
    let comment: Change = |update, view| annotation(update, view, "Text", 20);
    let cases: [(i64, &str, Change, &str); 6] = [
        (1, "validation data", add_validation_data, "VALID"),
        (1, "a field filled in", fill_in, "CERTIFICATION_VIOLATED"),
        (1, "a comment", comment, "CERTIFICATION_VIOLATED"),
        (2, "a comment", comment, "CERTIFICATION_VIOLATED"),
        (3, "a comment", comment, "VALID"),
        (7, "a level unknown", fill_in, "CERTIFICATION_VIOLATED"),
    ];
    for (level, what, change, verdict) in cases {
        comes_out(what, &certified(level), change, verdict);
    }
    comes_out("a comment", &[], comment, "CHANGED_AFTER_SEALING");
}

#[test]
fn evil_annotations_are_refused_where_comments_are_allowed() {
    let kinds: [(&str, Change); 7] = [
        ("FreeText", |u, v| annotation(u, v, "FreeText", 200)),
        ("Stamp", |u, v| annotation(u, v, "Stamp", 20)),
        ("Redact", |u, v| annotation(u, v, "Redact", 200)),
        ("Square", |u, v| annotation(u, v, "Square", 200)),
        ("Line", |u, v| annotation(u, v, "Line", 200)),
        ("a note as large as a page", |u, v| {
            annotation(u, v, "Text", 400)
        }),
        ("a highlight drawn by its maker", |update, view| {
            let drawing = update.allocate().unwrap();
            update.set_stream(drawing, Dictionary::new(), b"0 0 9 9 re f".to_vec());
            let normal = Object::Dictionary(dictionary(&[("N", drawing.into())]));
            let note = [
                ("Subtype", name("Highlight")),
                ("Rect", numbers(&[0, 0, 500, 500])),
                ("AP", normal),
            ];
            annotate(update, view, &note);
        }),
    ];
    for (what, change) in kinds {
        comes_out(what, &certified(3), change, "COVERING_ANNOTATION");
        comes_out(what, &[], change, "CHANGED_AFTER_SEALING");
    }
}

#[test]
fn a_sneaky_signature_over_a_certified_page_is_refused() {
    let center = Center::new(10);
    for level in [2, 3] {
        let certified = sign_plainly(&form().table(), &center.holder(), &certified(level));
        let rect = [("Rect", numbers(&[0, 0, 500, 700]))];
        let stranger = Center::new(20).holder();
        for signer in [&stranger, &center.holder()] {
            let signed = sign(&certified, signer, &[], &rect, |update, view, field| {
                draw_over(update, view, field, &rect);
            });
            let report = verify(&signed, &center.trust());
            assert_eq!(verdicts(&report)[0], "CERTIFICATION_VIOLATED");
            assert_eq!(report.exit_code, 1);
        }
        // One that shows nothing is allowed; so is a seal, which shows what was sealed.
        let signed = sign_plainly(&certified, &center.holder(), &[]);
        assert_eq!(verdicts(&verify(&signed, &center.trust())), ["VALID"; 2]);
        let sealed = center.holder().stamp(&certified);
        assert_eq!(verdicts(&verify(&sealed, &center.trust())), ["VALID"; 2]);
    }
    let certified = sign_plainly(&form().table(), &center.holder(), &certified(1));
    let signed = sign_plainly(&certified, &center.holder(), &[]);
    let report = verify(&signed, &center.trust());
    assert_eq!(verdicts(&report), ["CERTIFICATION_VIOLATED", "VALID"]);
}

fn draw_over(
    update: &mut IncrementalUpdate,
    view: &View<'_>,
    field: Reference,
    rect: &[(&str, Object)],
) {
    let drawing = update.allocate().unwrap();
    let extent = [
        ("BBox", numbers(&[0, 0, 500, 700])),
        ("Subtype", name("Form")),
    ];
    let content = b"1 g 0 0 500 700 re f BT (Pay 900) Tj ET".to_vec();
    update.set_stream(drawing, dictionary(&extent), content);
    let value = Reference::new(field.number + 1, 0);
    let mut widget = dictionary(&[
        ("Type", name("Annot")),
        ("Subtype", name("Widget")),
        ("FT", name("Sig")),
        ("T", string("Sneaky")),
        ("V", value.into()),
        ("P", page(view).0.into()),
        (
            "AP",
            Object::Dictionary(dictionary(&[("N", drawing.into())])),
        ),
    ]);
    for (key, value) in rect {
        widget.set(*key, value.clone());
    }
    update.set(field, widget);
}

#[test]
fn a_visible_signature_of_a_stranger_leaves_an_approval_unproven_not_broken() {
    let center = Center::new(10);
    let signed = sign_plainly(&form().table(), &center.holder(), &[]);
    let rect = [("Rect", numbers(&[50, 50, 150, 90]))];
    let draw = |signer: &crate::center::Holder| {
        sign(&signed, signer, &[], &rect, |update, view, field| {
            draw_over(update, view, field, &rect);
        })
    };
    let report = verify(&draw(&Center::new(20).holder()), &center.trust());
    assert_eq!(verdicts(&report)[0], "LATER_SEAL_NOT_PROVEN");
    let integrity = serde_json::to_value(&report).unwrap()["signatures"][0]["integrity"].clone();
    assert_eq!(integrity, "intact");
    let report = verify(&draw(&center.holder()), &center.trust());
    assert_eq!(verdicts(&report), ["VALID"; 2]);
}

#[test]
fn a_locked_field_stays_as_it_was() {
    let locked = |field: &str| vec![("Reference", locks(field))];
    comes_out("locked", &locked("Amount"), fill_in, "LOCKED_FIELD_CHANGED");
    comes_out("another", &locked("Name"), fill_in, "VALID");
}

#[test]
fn shadow_attacks_through_forms_are_named() {
    let cases: [(&str, Change, &str); 7] = [
        (
            "an appearance without a value",
            |update, view| {
                let drawing = update.allocate().unwrap();
                update.set_stream(drawing, Dictionary::new(), b"BT (Bob) Tj ET".to_vec());
                let mut field = entries(view, OTHER_FIELD);
                let normal = dictionary(&[("N", drawing.into())]);
                field.set("AP", Object::Dictionary(normal));
                update.set(Reference::new(OTHER_FIELD, 0), field);
            },
            "FIELD_APPEARANCE_CHANGED",
        ),
        (
            "an appearance replaced in its place",
            |update, _| {
                let appearance = Reference::new(APPEARANCE, 0);
                update.set_stream(appearance, Dictionary::new(), b"BT (9) Tj ET".to_vec());
            },
            "FIELD_APPEARANCE_CHANGED",
        ),
        (
            "a hidden field",
            |update, view| {
                let mut field = entries(view, OTHER_FIELD);
                field.set("F", Object::Integer(6));
                update.set(Reference::new(OTHER_FIELD, 0), field);
            },
            "CHANGED_AFTER_SEALING",
        ),
        (
            "a moved field",
            |update, view| {
                let mut field = entries(view, OTHER_FIELD);
                field.set("Rect", numbers(&[0, 0, 500, 500]));
                update.set(Reference::new(OTHER_FIELD, 0), field);
            },
            "CHANGED_AFTER_SEALING",
        ),
        (
            "a font replaced",
            |update, _| {
                let font = dictionary(&[("Type", name("Font")), ("Subtype", name("Type3"))]);
                update.set(Reference::new(3, 0), font);
            },
            "CHANGED_AFTER_SEALING",
        ),
        (
            "text for those who listen",
            |update, view| {
                let mut element = entries(view, 26);
                element.set("ActualText", string("Pay 900"));
                update.set(Reference::new(26, 0), element);
            },
            "CHANGED_AFTER_SEALING",
        ),
        (
            "a replaced signature dictionary",
            |update, view| {
                let (_, field) = crate::forging::last_field(view);
                let value = field.get("V").and_then(Object::as_reference).unwrap();
                let mut signature = entries(view, value.number);
                signature.set("Reason", string("I agree to everything"));
                update.set(value, signature);
            },
            "SIGNATURE_REPLACED",
        ),
    ];
    for (what, change, verdict) in cases {
        let center = Center::new(10);
        for document in [form().table(), form().streams()] {
            let signed = sign_plainly(&document, &center.holder(), &[]);
            let report = verify(&append(&signed, change), &center.trust());
            assert_eq!(verdicts(&report)[0], verdict, "{what}: {report:#?}");
            assert_eq!(report.exit_code, 1, "{what}");
        }
    }
}

#[test]
fn an_appearance_that_others_use_too_is_not_filled_in() {
    let shared = format!(
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(Name)/V(Ann)/Rect[72 500 272 520]/F 4/P 10 0 R\
         /AP<</N {APPEARANCE} 0 R>>>>"
    );
    let center = Center::new(10);
    let document = form().with(OTHER_FIELD, &shared).table();
    let signed = sign_plainly(&document, &center.holder(), &[]);
    let changed = append(&signed, |update, view| {
        let mut field = entries(view, TEXT_FIELD);
        field.set("V", string("900"));
        update.set(Reference::new(TEXT_FIELD, 0), field);
        let appearance = Reference::new(APPEARANCE, 0);
        update.set_stream(appearance, Dictionary::new(), b"BT (900) Tj ET".to_vec());
    });
    let report = verify(&changed, &center.trust());
    assert_eq!(verdicts(&report), ["SHARED_OBJECT_CHANGED"]);
}

#[test]
fn what_no_reader_agrees_on_after_a_signature_is_named() {
    let center = Center::new(10);
    let page = "10 0 obj\n<</Type/Page/Parent 2 0 R>>\nendobj\n";
    let unreadable = "UNREADABLE_AFTER_SEALING";
    let ends: [(&str, String, &str); 4] = [
        (
            "objects without an index",
            format!("{page}%%EOF\n"),
            "BYTES_AFTER_LAST_REVISION",
        ),
        (
            "a trailer without an index",
            format!("{page}trailer\n<</Root 1 0 R/Size 40>>\nstartxref\n9\n%%EOF\n"),
            unreadable,
        ),
        (
            "an index of short lines",
            format!(
                "{page}xref\n10 1\n0000000000 00000 n\ntrailer\n<</Root 1 0 R/Size 40/Prev 9>>\nstartxref\n9\n%%EOF\n"
            ),
            unreadable,
        ),
        (
            "an end of its own",
            "startxref\n0\n%%EOF\n".to_owned(),
            unreadable,
        ),
    ];
    let signed = center.holder().stamp(&form().table());
    for (what, end, verdict) in ends {
        let changed = [signed.as_slice(), end.as_bytes()].concat();
        let report = verify(&changed, &center.trust());
        assert_eq!(verdicts(&report), [verdict], "{what}");
        assert_eq!(report.exit_code, 1, "{what}");
    }
}

#[test]
fn a_damaged_file_with_a_signature_in_it_is_not_passed_over() {
    let mut signed = Center::new(10).holder().stamp(&form().table());
    let at = signed.windows(5).position(|window| window == b"xref\n");
    let at = at.unwrap();
    signed[at..at + 4].copy_from_slice(b"xxxx");
    let report = verify(&signed, &Center::new(10).trust());
    let codes: Vec<_> = report
        .findings
        .iter()
        .map(|finding| finding.code.name())
        .collect();
    assert_eq!(codes, ["DAMAGED", "SIGNATURE_UNREADABLE"]);
    assert_eq!(report.exit_code, 1);
}

#[test]
fn changes_are_told_in_words() {
    let center = Center::new(10);
    let signed = sign_plainly(&form().table(), &center.holder(), &[]);
    let filled = append(&signed, fill_in);
    let report = verify(&filled, &center.trust());
    let text = sello_document::render_text(&report, sello_document::Language::English);
    assert!(text.contains("form field filled in (Amount)"), "{text}");
    let replaced = append(&filled, |update, view| {
        let (_, page) = page(view);
        let content = page.get("Contents").and_then(Object::as_reference).unwrap();
        update.set_stream(content, Dictionary::new(), b"BT (Pay 900) Tj ET".to_vec());
    });
    let report = verify(&replaced, &center.trust());
    let text = sello_document::render_text(&report, sello_document::Language::Spanish);
    assert!(
        text.contains("página 1: se modificó texto, imagen o dibujo"),
        "{text}"
    );
}

#[test]
fn a_seals_picture_without_a_seal_is_pointed_out_as_only_a_picture() {
    let center = Center::new(10);
    let pixels: String = (0..16u8).map(|n| format!("c8{n:02x}00")).collect();
    let picture = stream(
        "/Type/XObject/Subtype/Image/Width 4/Height 4/ColorSpace/DeviceRGB/BitsPerComponent 8\
         /Filter/ASCIIHexDecode",
        &format!("{pixels}>"),
    );
    let raw: String = (0..16u8)
        .flat_map(|n| ['\u{63}', char::from(n), '\0'])
        .collect();
    // The same picture, its bytes as they are: shade 99, so that they are text.
    let plain = stream(
        "/Type/XObject/Subtype/Image/Width 4/Height 4/ColorSpace/DeviceRGB/BitsPerComponent 8",
        &raw,
    );
    let page = "<</Type/Page/Parent 2 0 R/Contents 13 0 R/Resources<</XObject<</Im 31 0 R>>>>>>";
    let document = Sample::pages(2)
        .with(12, page)
        .with(30, &picture)
        .with(31, &plain)
        .table();
    let plan = crate::center::Plan {
        shade: 99,
        ..crate::center::Plan::default()
    };
    let sealed = center.holder_with(&plan).stamp(&document);
    let report = verify(&sealed, &center.trust());
    assert_eq!(verdicts(&report), ["VALID"]);
    let found: Vec<_> = report
        .lookalikes
        .iter()
        .map(|found| (found.object, found.page))
        .collect();
    assert_eq!(found, [(31, Some(2))]);
    let text = sello_document::render_text(&report, sello_document::Language::English);
    assert!(
        text.contains("page 2: a picture that looks like the seal"),
        "{text}"
    );
}

#[test]
fn a_seals_picture_on_white_is_pointed_out_too() {
    let center = Center::new(10);
    // As `center::picture` with shade 99, without transparency as PDF/A-1 has it.
    let on_white = |color: u32, alpha: u32| (color * alpha + 255 * (255 - alpha) + 127) / 255;
    let pixels: Vec<u8> = (0..16u32)
        .flat_map(|n| [99, n, 0].map(|color| on_white(color, 255 - 8 * n)))
        .map(|color| u8::try_from(color).unwrap())
        .collect();
    let mut other = pixels.clone();
    other[0] ^= 1;
    let image = dictionary(&[
        ("Subtype", name("Image")),
        ("Width", Object::Integer(4)),
        ("Height", Object::Integer(4)),
        ("ColorSpace", name("DeviceRGB")),
        ("BitsPerComponent", Object::Integer(8)),
    ]);
    let (mut drawn, mut number) = (Vec::new(), 0);
    let document = append(&Sample::pages(2).table(), |update, view| {
        let (page, mut entries) = page(view);
        for pixels in [&other, &pixels] {
            let picture = update.allocate().unwrap();
            update.set_stream(picture, image.clone(), pixels.clone());
            drawn.push(picture);
            number = picture.number;
        }
        let objects = dictionary(&[("A", drawn[0].into()), ("B", drawn[1].into())]);
        let resources = dictionary(&[("XObject", Object::Dictionary(objects))]);
        entries.set("Resources", Object::Dictionary(resources));
        update.set(page, entries);
    });
    let plan = crate::center::Plan {
        shade: 99,
        ..crate::center::Plan::default()
    };
    let sealed = center.holder_with(&plan).stamp(&document);
    let report = verify(&sealed, &center.trust());
    let found: Vec<_> = report
        .lookalikes
        .iter()
        .map(|found| (found.object, found.page))
        .collect();
    assert_eq!(found, [(number, Some(1))]);
}
