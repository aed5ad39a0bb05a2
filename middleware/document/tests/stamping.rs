//! Stamping documents of every form that stamping accepts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs
)]

mod support;

use p256::elliptic_curve::sec1::ToSec1Point as _;
use sello_cades::TrustStore;
use sello_document::stamp::prepare;
use sello_document::{appearance, verify};
use sello_pdf::{CrossReferenceForm, Dictionary, Document, Object, Reference, View};
use sha2::{Digest, Sha256};
use support::Organ;
use support::sample::Sample;

/// The forms a document can have.
fn forms(sample: &Sample) -> [(CrossReferenceForm, Vec<u8>); 2] {
    [
        (CrossReferenceForm::Table, sample.table()),
        (CrossReferenceForm::Stream, sample.streams()),
    ]
}

fn open(bytes: &[u8]) -> Document<&[u8]> {
    Document::open(bytes).unwrap()
}

fn dictionary(view: &View<'_>, holder: &Dictionary, key: &str) -> Dictionary {
    match view.get(holder, key).unwrap() {
        Object::Dictionary(dictionary) => dictionary,
        other => panic!("/{key} is {other:?}"),
    }
}

fn list(view: &View<'_>, holder: &Dictionary, key: &str) -> Vec<Object> {
    view.get(holder, key).unwrap().as_array().unwrap().to_vec()
}

/// The last field of the form.
fn last_field(view: &View<'_>) -> (Reference, Dictionary) {
    let form = dictionary(view, &view.catalog().unwrap(), "AcroForm");
    let fields = list(view, &form, "Fields");
    let reference = fields.last().unwrap().as_reference().unwrap();
    let field = view.resolve(reference).unwrap();
    (reference, field.as_dictionary().unwrap().clone())
}

fn numbers(values: &[Object]) -> Vec<f64> {
    values
        .iter()
        .map(|value| value.as_number().unwrap())
        .collect()
}

#[test]
fn a_document_let_go_of_is_finished_as_one_kept_open_and_its_report_names_the_digest() {
    let organ = Organ::new();
    let document = Sample::pages(1).table();
    let prepared = || prepare(open(&document), &organ.request()).unwrap();
    let digest = prepared().digest();
    let signature = organ.sign_digest(&digest);
    let kept = prepared().finish(&signature).unwrap();
    let detached = prepared().detach();
    assert_eq!(detached.digest(), digest);
    assert_eq!(
        detached.finish(&signature).unwrap().revision(),
        kept.revision()
    );

    let mut sealed = document.clone();
    sealed.extend_from_slice(kept.revision());
    let signed = |bytes: &[u8]| {
        let report = verify(bytes, &TrustStore::default(), support::CLAIMED);
        report.signatures[0].signed_digest.clone()
    };
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(signed(&sealed), Some(hex.clone()));
    // What the key signed is no secret of the content: a changed document still says it.
    let mut changed = sealed.clone();
    changed[10] ^= 1;
    assert_eq!(signed(&changed), Some(hex));
    let other = prepared().finish(&organ.sign_digest(&[1; 32])).unwrap();
    let mut broken = document.clone();
    broken.extend_from_slice(other.revision());
    assert_eq!(signed(&broken), None);
}

#[test]
fn the_output_begins_with_the_input_and_keeps_its_form() {
    let organ = Organ::new();
    for (form, document) in forms(&Sample::pages(3)) {
        let once = organ.stamp(&document);
        assert!(once.starts_with(&document));
        let twice = organ.stamp(&once);
        assert!(twice.starts_with(&once));
        let sealed = open(&twice);
        let forms: Vec<_> = sealed
            .revisions()
            .iter()
            .map(|revision| revision.form())
            .collect();
        assert_eq!(forms, [form; 3]);
        assert_eq!(sealed.end(), twice.len() as u64);
        assert_eq!(sealed.latest().page_count().unwrap(), 3);
    }
}

#[test]
fn the_byte_range_covers_all_but_the_contents() {
    let organ = Organ::new();
    for (_, document) in forms(&Sample::pages(1)) {
        let sealed = organ.stamp(&document);
        let opened = open(&sealed);
        let view = opened.latest();
        let (_, field) = last_field(&view);
        let value = field.get("V").unwrap().as_reference().unwrap();
        let Some(sello_pdf::Entry::InFile { offset, .. }) = view.entry(value.number) else {
            panic!("the signature dictionary must stand in the file");
        };
        let signature = view.parse_object_at(offset).unwrap().value;
        let range = signature
            .object
            .as_dictionary()
            .unwrap()
            .get("ByteRange")
            .unwrap();
        let range: Vec<usize> = numbers(range.as_array().unwrap())
            .iter()
            .map(|n| *n as usize)
            .collect();
        let contents = signature.entry_span("Contents").unwrap();
        assert_eq!(range[0], 0);
        assert_eq!(range[1] as u64, contents.start);
        assert_eq!(range[2] as u64, contents.end);
        assert_eq!(range[2] + range[3], sealed.len());
        assert_eq!((sealed[range[1]], sealed[range[2] - 1]), (b'<', b'>'));

        let mut hash = Sha256::new();
        hash.update(&sealed[..range[1]]);
        hash.update(&sealed[range[2]..]);
        let digest: [u8; 32] = hash.finalize().into();
        let contents = signature
            .object
            .as_dictionary()
            .unwrap()
            .get("Contents")
            .unwrap();
        let contents = contents.as_string().unwrap();
        assert!(contents.windows(32).any(|window| window == digest));
    }
}

#[test]
fn the_signature_fits_its_room_but_for_a_few_bytes() {
    let organ = Organ::new();
    let sealed = organ.stamp(&Sample::pages(1).table());
    let opened = open(&sealed);
    let (_, field) = last_field(&opened.latest());
    let signature = dictionary(&opened.latest(), &field, "V");
    let contents = signature.get("Contents").unwrap().as_string().unwrap();
    let used = contents.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    assert!(contents.len() - used < 24, "{} of {}", used, contents.len());
}

#[test]
fn the_signature_dictionary_is_that_of_pades() {
    let organ = Organ::new();
    let sealed = organ.stamp(&Sample::pages(1).table());
    let opened = open(&sealed);
    let (_, field) = last_field(&opened.latest());
    let signature = dictionary(&opened.latest(), &field, "V");
    let name = |key| signature.get(key).unwrap().as_name().unwrap().to_string();
    assert_eq!(name("Type"), "Sig");
    assert_eq!(name("Filter"), "Adobe.PPKLite");
    assert_eq!(name("SubFilter"), "ETSI.CAdES.detached");
    let text = |key| signature.get(key).unwrap().as_string().unwrap().to_vec();
    assert_eq!(text("M"), b"D:20260601120000Z");
    assert_eq!(text("Reason"), b"Contract 2026/7");
    assert_eq!(text("Name"), b"Contract seal");
    assert_eq!(text("Location"), b"\xfe\xff\0L\0o\0g\0r\0o\0\xf1\0o");
}

#[test]
fn the_widget_is_the_field_and_stands_on_its_page() {
    let organ = Organ::new();
    for (_, document) in forms(&Sample::pages(3)) {
        let mut request = organ.request();
        request.placement.page = 2;
        let sealed = organ.try_stamp(&document, &request).unwrap();
        let opened = open(&sealed);
        let view = opened.latest();
        let (reference, field) = last_field(&view);
        let page = view.page(1).unwrap().unwrap();
        assert_eq!(field.get("P").unwrap().as_reference(), Some(page.reference));
        assert_eq!(list(&view, &page.dictionary, "Annots"), [reference.into()]);
        assert_eq!(field.get("F"), Some(&Object::Integer(132)));
        assert_eq!(
            field.get("T").unwrap().as_string(),
            Some(b"Sello1".as_slice())
        );
        let rectangle = numbers(field.get("Rect").unwrap().as_array().unwrap());
        // 20 mm from the left, 30 mm from the top, 40 mm square, on A4.
        assert_eq!(rectangle, [56.693, 643.465, 170.079, 756.851]);
    }
}

#[test]
fn the_appearance_is_the_sealed_picture_and_nothing_else() {
    let organ = Organ::new();
    let sealed = organ.stamp(&Sample::pages(1).table());
    let opened = open(&sealed);
    let view = opened.latest();
    let (_, field) = last_field(&view);
    let form = view.get(&dictionary(&view, &field, "AP"), "N").unwrap();
    let form = form.as_stream().unwrap();
    let content = view.stream_data(form, 1000).unwrap();
    assert_eq!(content, b"q 113.386 0 0 113.386 0 0 cm /Seal Do Q");
    assert!(form.dictionary.get("Matrix").is_none());

    let resources = dictionary(&view, &form.dictionary, "Resources");
    let objects = dictionary(&view, &resources, "XObject");
    assert_eq!((resources.len(), objects.len()), (1, 1));
    let image = view.get(&objects, "Seal").unwrap();
    let image = image.as_stream().unwrap();
    let drawn =
        appearance::decode_picture(&support::picture(), appearance::Limits::default()).unwrap();
    assert_eq!(view.stream_data(image, 1000).unwrap(), drawn.rgb);
    let mask = view.get(&image.dictionary, "SMask").unwrap();
    let mask = view.stream_data(mask.as_stream().unwrap(), 1000).unwrap();
    assert_eq!(Some(mask), drawn.alpha);
}

#[test]
fn the_seal_is_turned_upright_on_turned_pages() {
    let organ = Organ::new();
    let turned = [
        (90, vec![0.0, 1.0, -1.0, 0.0, 0.0, 0.0]),
        (180, vec![-1.0, 0.0, 0.0, -1.0, 0.0, 0.0]),
        (-90, vec![0.0, -1.0, 1.0, 0.0, 0.0, 0.0]),
    ];
    for (rotate, matrix) in turned {
        let page = format!("<</Type/Page/Parent 2 0 R/Contents 11 0 R/Rotate {rotate}>>");
        let sealed = organ.stamp(&Sample::pages(1).with(10, &page).table());
        let opened = open(&sealed);
        let view = opened.latest();
        let (_, field) = last_field(&view);
        let form = view.get(&dictionary(&view, &field, "AP"), "N").unwrap();
        let entry = form.as_stream().unwrap().dictionary.get("Matrix").unwrap();
        assert_eq!(numbers(entry.as_array().unwrap()), matrix, "{rotate}");
    }
}

/// Where a list of annotations or fields may stand.
const ANNOTATION: &str = "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]>>";

#[test]
fn annotations_are_added_wherever_their_list_stands() {
    let organ = Organ::new();
    let direct = "<</Type/Page/Parent 2 0 R/Annots[20 0 R]>>";
    let indirect = "<</Type/Page/Parent 2 0 R/Annots 21 0 R>>";
    for (page, page_changes) in [(direct, true), (indirect, false)] {
        let sample = Sample::pages(1)
            .with(10, page)
            .with(20, ANNOTATION)
            .with(21, "[20 0 R]");
        for (_, document) in forms(&sample) {
            let sealed = organ.stamp(&document);
            let opened = open(&sealed);
            let view = opened.latest();
            let (field, _) = last_field(&view);
            let dictionary = view.page(0).unwrap().unwrap().dictionary;
            let annotations = list(&view, &dictionary, "Annots");
            assert_eq!(annotations, [Reference::new(20, 0).into(), field.into()]);
            let changed = opened.changed_objects(1).unwrap();
            assert_eq!(changed.contains(&10), page_changes);
            assert_eq!(changed.contains(&21), !page_changes);
        }
    }
}

#[test]
fn the_form_is_extended_wherever_it_stands() {
    let organ = Organ::new();
    let catalog = |form: &str| format!("<</Type/Catalog/Pages 2 0 R/AcroForm {form}>>");
    let field = "<</FT/Tx/T(Amount)/DA(/F1 0 Tf)>>";
    // The catalog, the form (30), its list of fields (31), and which of them change.
    let cases = [
        (
            "<</Fields[40 0 R]/NeedAppearances false>>",
            "null",
            [true, false, false],
        ),
        (
            "<</Fields 31 0 R/SigFlags 3>>",
            "null",
            [false, false, true],
        ),
        ("30 0 R", "<</Fields[40 0 R]>>", [false, true, false]),
        (
            "30 0 R",
            "<</Fields 31 0 R/SigFlags 1>>",
            [false, true, true],
        ),
        (
            "30 0 R",
            "<</Fields 31 0 R/SigFlags 3>>",
            [false, false, true],
        ),
    ];
    for (entry, form, changes) in cases {
        let sample = Sample::pages(1)
            .with(1, &catalog(entry))
            .with(30, form)
            .with(31, "[40 0 R]")
            .with(40, field);
        for (_, document) in forms(&sample) {
            let sealed = organ.stamp(&document);
            let opened = open(&sealed);
            let view = opened.latest();
            let form = dictionary(&view, &view.catalog().unwrap(), "AcroForm");
            let (field, _) = last_field(&view);
            let fields = list(&view, &form, "Fields");
            assert_eq!(
                fields,
                [Reference::new(40, 0).into(), field.into()],
                "{entry}"
            );
            assert_eq!(form.get("SigFlags"), Some(&Object::Integer(3)), "{entry}");
            let changed = opened.changed_objects(1).unwrap();
            assert_eq!(
                [1, 30, 31].map(|number| changed.contains(&number)),
                changes,
                "{entry}"
            );
        }
    }
}

#[test]
fn field_names_are_not_taken_twice() {
    let organ = Organ::new();
    let sample = Sample::pages(1)
        .with(
            1,
            "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[40 0 R 41 0 R]>>>>",
        )
        .with(40, "<</FT/Tx/T(Sello1)>>")
        .with(41, "<</FT/Tx/T<FEFF00530065006C006C006F0032>>>");
    let sealed = organ.stamp(&sample.table());
    let (_, field) = last_field(&open(&sealed).latest());
    assert_eq!(
        field.get("T").unwrap().as_string(),
        Some(b"Sello3".as_slice())
    );
}

#[test]
fn file_identifiers_are_kept_or_made() {
    let organ = Organ::new();
    let identified = Sample::pages(1).with_trailer("/ID[<0a0b><0c0d>]/Info 3 0 R");
    for (_, document) in forms(&identified) {
        let sealed = organ.stamp(&document);
        let opened = open(&sealed);
        let trailer = opened.latest().trailer().clone();
        let halves = [vec![10, 11], vec![12, 13]].map(Object::String).to_vec();
        assert_eq!(trailer.get("ID"), Some(&Object::Array(halves)));
        assert_eq!(trailer.get("Info"), Some(&Reference::new(3, 0).into()));
    }
    let sealed = organ.stamp(&Sample::pages(1).table());
    let opened = open(&sealed);
    let halves = opened
        .latest()
        .trailer()
        .get("ID")
        .unwrap()
        .as_array()
        .unwrap();
    assert_eq!(halves.len(), 2);
    assert_eq!(halves[0].as_string().unwrap().len(), 16);
}

#[test]
fn a_missing_line_end_is_added_after_the_original() {
    let organ = Organ::new();
    let mut document = Sample::pages(1).table();
    assert_eq!(document.pop(), Some(b'\n'));
    let sealed = organ.stamp(&document);
    assert!(sealed.starts_with(&document));
    assert_eq!(sealed[document.len()], b'\n');
    let opened = open(&sealed);
    assert_eq!(opened.revisions()[0].marker_end(), document.len() as u64);
    assert_eq!(opened.revisions()[0].span().end, document.len() as u64 + 1);
}

#[test]
fn the_key_of_the_request_is_the_one_in_the_certificate() {
    // The tests above stand on it: their signatures are made with the certified key.
    let organ = Organ::new();
    let point = sello_profile::ecdsa::certificate_point(&organ.certificate).unwrap();
    let key = p256::SecretKey::from_slice(&[3; 32]).unwrap().public_key();
    assert_eq!(point.as_slice(), key.to_sec1_point(false).as_bytes());
    let document = Sample::pages(1).table();
    let prepared = prepare(open(&document), &organ.request()).unwrap();
    let digest = prepared.digest();
    let signature = organ.sign_digest(&digest);
    sello_profile::ecdsa::check_digest(&point, &digest, &signature).unwrap();
}
