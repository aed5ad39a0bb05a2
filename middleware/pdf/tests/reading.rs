//! Reading documents of every form.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs
)]

#[path = "support/sample.rs"]
mod sample;

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use sample::{Sample, stream};
use sello_pdf::{
    CrossReferenceForm, Damage, Document, Entry, Error, FileSource, Object, Place, Reference,
};

fn find(bytes: &[u8], text: &str) -> usize {
    bytes
        .windows(text.len())
        .position(|window| window == text.as_bytes())
        .unwrap()
}

#[test]
fn both_forms_hold_the_same_document() {
    let sample = Sample::pages(5);
    let forms = [
        (CrossReferenceForm::Table, sample.table()),
        (CrossReferenceForm::Stream, sample.streams()),
    ];
    for (form, bytes) in forms {
        let document = Document::open(bytes.as_slice()).unwrap();
        assert_eq!(document.revisions().len(), 1);
        let revision = &document.revisions()[0];
        assert_eq!(revision.span(), 0..bytes.len() as u64);
        assert_eq!(revision.marker_end(), bytes.len() as u64 - 1);
        assert_eq!(revision.form(), form);
        let pages = document.latest().pages().unwrap();
        assert_eq!(pages.len(), 5);
        assert_eq!(document.latest().page_count().unwrap(), 5);
        assert_eq!(document.latest().page(4).unwrap().as_ref(), Some(&pages[4]));
        assert_eq!(document.latest().page(5).unwrap(), None);
        assert_eq!(pages[2].reference, Reference::new(14, 0));
        assert_eq!((pages[2].crop_box.right, pages[2].rotate), (595.276, 0));
        assert!(pages[2].resources.is_some());
        let content = document
            .latest()
            .get(&pages[2].dictionary, "Contents")
            .unwrap();
        let content = document
            .latest()
            .stream_data(content.as_stream().unwrap(), 100)
            .unwrap();
        assert_eq!(content, b"BT /F1 12 Tf 72 770 Td (Page 3) Tj ET");
    }
}

#[test]
fn files_are_read_by_position() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&Sample::pages(2).streams()).unwrap();
    let document = Document::open(FileSource::new(file).unwrap()).unwrap();
    assert_eq!(document.latest().page_count().unwrap(), 2);
}

#[test]
fn objects_know_where_they_stand() {
    let bytes = Sample::pages(1).streams();
    let document = Document::open(bytes.as_slice()).unwrap();
    let view = document.latest();
    let page = view.locate(Reference::new(10, 0)).unwrap().unwrap();
    assert_eq!(
        page.place,
        Place::Stream {
            number: 12,
            index: 3
        }
    );
    let content = view.locate(Reference::new(11, 0)).unwrap().unwrap();
    let start = find(&bytes, "11 0 obj") as u64;
    assert!(matches!(content.place, Place::File(span) if span.start == start));
    assert_eq!(view.locate(Reference::new(10, 1)).unwrap(), None);
    assert_eq!(view.resolve(Reference::new(99, 0)).unwrap(), Object::Null);
}

/// The sample, and an update that replaces the second page's content and adds object 30.
fn updated() -> (Vec<u8>, Vec<u8>) {
    let original = Sample::pages(2).table();
    let section = find(&original, "xref\n0 1");
    let update = Sample {
        objects: vec![(13, stream("", "new")), (30, "(added)".to_owned())],
        trailer: String::new(),
    };
    let whole = update.append_table(original.clone(), &format!("/Prev {section}"));
    (original, whole)
}

#[test]
fn a_revision_is_seen_without_what_came_later() {
    let (original, whole) = updated();
    let document = Document::open(whole.as_slice()).unwrap();
    assert_eq!(document.revisions().len(), 2);
    assert_eq!(
        document.revisions()[1].span(),
        original.len() as u64..whole.len() as u64
    );
    assert_eq!(document.changed_objects(1).unwrap(), [13, 30]);
    assert_eq!(
        document.changed_objects(0).unwrap(),
        [1, 2, 3, 10, 11, 12, 13]
    );
    let before = document.at_revision(0).unwrap();
    assert_eq!(before.end(), original.len() as u64);
    assert_eq!(before.resolve(Reference::new(30, 0)).unwrap(), Object::Null);
    let after = document.at_revision(1).unwrap();
    assert_eq!(
        after.resolve(Reference::new(30, 0)).unwrap().as_string(),
        Some(b"added".as_slice())
    );
    let length = |view: sello_pdf::View<'_>| {
        let content = view.resolve(Reference::new(13, 0)).unwrap();
        view.stream_data(content.as_stream().unwrap(), 100)
            .unwrap()
            .len()
    };
    assert_eq!((length(before), length(after)), (37, 3));
    assert!(matches!(
        document.at_revision(2),
        Err(Error::NoSuchRevision { index: 2 })
    ));
    assert!(before.parse_object_at(original.len() as u64).is_err());
}

#[test]
fn bytes_after_the_last_revision_belong_to_none() {
    let (_, whole) = updated();
    for junk in ["\n", "  \n\0", "% more\n", "junk"] {
        let mut bytes = whole.clone();
        bytes.extend(junk.bytes());
        let document = Document::open(bytes.as_slice()).unwrap();
        assert_eq!(document.end(), whole.len() as u64);
    }
}

#[test]
fn line_ends_after_the_last_line_may_differ() {
    let sample = Sample::pages(1).table();
    for (end, length) in [("", 0), ("\r", 1), ("\r\n", 2), ("\n\n", 1)] {
        let mut bytes = sample[..sample.len() - 1].to_vec();
        bytes.extend(end.bytes());
        let document = Document::open(bytes.as_slice()).unwrap();
        let revision = &document.revisions()[0];
        assert_eq!(revision.span().end - revision.marker_end(), length);
    }
}

#[test]
fn hybrid_sections_show_what_their_table_hides() {
    // Object 30 is free in the table; the stream of XRefStm has it.
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let catalog = bytes.len();
    bytes.extend(b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n");
    let hidden = bytes.len();
    bytes.extend(b"3 0 obj\n(hidden)\nendobj\n");
    let section = bytes.len();
    let row = [&[1], (hidden as u32).to_be_bytes().as_slice(), &[0]].concat();
    bytes.extend(b"4 0 obj\n<</Type/XRef/W[1 4 1]/Index[3 1]/Size 5/Length 6>>\nstream\n");
    bytes.extend(row);
    bytes.extend(b"\nendstream\nendobj\n");
    let table = bytes.len();
    bytes.extend(
        format!(
            "xref\n0 2\n0000000000 65535 f \n{catalog:010} 00000 n \n3 1\n0000000000 00000 f \n\
             trailer\n<</Size 5/Root 1 0 R/XRefStm {section}>>\nstartxref\n{table}\n%%EOF\n"
        )
        .bytes(),
    );
    let document = Document::open(bytes.as_slice()).unwrap();
    let hidden = document.latest().resolve(Reference::new(3, 0)).unwrap();
    assert_eq!(hidden.as_string(), Some(b"hidden".as_slice()));
    assert_eq!(document.revisions()[0].form(), CrossReferenceForm::Table);
}

/// A linearized file: the first-page section stands before the main one and leads on to it.
fn linearized(parameter: &str) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let first = bytes.len();
    bytes.extend(format!("1 0 obj\n<<{parameter} 1>>\nendobj\n").bytes());
    let first_page = bytes.len();
    let entry = |offset: usize| format!("{offset:010} 00000 n \n");
    let trailer = |prev: usize| {
        format!("trailer\n<</Size 4/Root 2 0 R/Prev {prev:010}>>\nstartxref\n0\n%%EOF\n")
    };
    let head = |offset: usize| format!("xref\n1 2\n{}{}", entry(first), entry(offset));
    let catalog = first_page + head(0).len() + trailer(0).len();
    let body = "2 0 obj\n<</Type/Catalog/Pages 3 0 R>>\nendobj\n3 0 obj\n(three)\nendobj\n";
    let main = catalog + body.len();
    bytes.extend(head(catalog).bytes());
    bytes.extend(trailer(main).bytes());
    bytes.extend(body.bytes());
    let third = catalog + body.find("3 0 obj").unwrap();
    bytes.extend(
        format!(
            "xref\n0 1\n0000000000 65535 f \n3 1\n{}trailer\n<</Size 4/Root 2 0 R>>\n\
             startxref\n{first_page}\n%%EOF\n",
            entry(third)
        )
        .bytes(),
    );
    bytes
}

#[test]
fn a_linearized_original_is_one_revision() {
    let bytes = linearized("/Linearized");
    let document = Document::open(bytes.as_slice()).unwrap();
    assert_eq!(document.revisions().len(), 1);
    assert_eq!(document.end(), bytes.len() as u64);
    let third = document.latest().resolve(Reference::new(3, 0)).unwrap();
    assert_eq!(third.as_string(), Some(b"three".as_slice()));
    assert_eq!(document.root().unwrap(), Reference::new(2, 0));
    document.latest().catalog().unwrap();
}

#[test]
fn sections_may_not_lead_forward_in_other_files() {
    let error = Document::open(linearized("/Linear").as_slice()).unwrap_err();
    let Error::Damaged { damage, .. } = error else {
        panic!("{error}");
    };
    assert!(
        matches!(damage, Damage::PreviousNotEarlier { .. }),
        "{damage}"
    );
}

#[test]
fn lengths_may_stand_apart() {
    for packed in [false, true] {
        let content = "<</Length 20 0 R>>\nstream\nabc\nendstream";
        let sample = Sample::pages(1).with(11, content).with(20, "3");
        let bytes = if packed {
            sample.streams()
        } else {
            sample.table()
        };
        let document = Document::open(bytes.as_slice()).unwrap();
        let view = document.latest();
        let content = view.resolve(Reference::new(11, 0)).unwrap();
        let data = view.stream_data(content.as_stream().unwrap(), 100).unwrap();
        assert_eq!(data, b"abc");
    }
}

#[test]
fn filters_may_be_one_several_or_none() {
    let deflate = |bytes: &[u8]| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let once = deflate(b"hello");
    let cases = [
        ("", b"hello".to_vec()),
        ("/Filter/FlateDecode", once.clone()),
        ("/Filter[/FlateDecode]/DecodeParms[null]", once.clone()),
        ("/Filter[/FlateDecode/FlateDecode]", deflate(&once)),
        ("/Filter 30 0 R", once),
    ];
    for (entries, data) in cases {
        let mut bytes = Sample::pages(1).with(30, "/FlateDecode").table();
        let section = find(&bytes, "xref\n0 1");
        let object = bytes.len();
        let length = data.len();
        bytes.extend(format!("40 0 obj\n<<{entries}/Length {length}>>\nstream\n").bytes());
        bytes.extend(&data);
        bytes.extend(b"\nendstream\nendobj\n");
        let table = bytes.len();
        bytes.extend(
            format!(
                "xref\n40 1\n{object:010} 00000 n \ntrailer\n<</Size 41/Root 1 0 R/Prev {section}>>\n\
                 startxref\n{table}\n%%EOF\n"
            )
            .bytes(),
        );
        let document = Document::open(bytes.as_slice()).unwrap();
        let view = document.latest();
        let stream = view.resolve(Reference::new(40, 0)).unwrap();
        let decoded = view.stream_data(stream.as_stream().unwrap(), 100).unwrap();
        assert_eq!(decoded, b"hello", "{entries}");
        let error = view
            .stream_data(stream.as_stream().unwrap(), 4)
            .unwrap_err();
        assert!(
            matches!(error, Error::TooLarge { .. }),
            "{entries}: {error}"
        );
    }
}

#[test]
fn pages_inherit_and_are_cropped() {
    let node = "<</Type/Pages/Kids[5 0 R]/Count 1/MediaBox[600 800 0 0]/Rotate 450>>";
    let inner = "<</Type/Pages/Kids[10 0 R]/Count 1/Parent 2 0 R/CropBox[-10 10 300 30 ]>>";
    let page = "<</Type/Page/Parent 5 0 R/CropBox 6 0 R>>";
    let crop = "[100 100 7 0 R 900]";
    let sample = Sample::pages(0)
        .with(2, node)
        .with(5, inner)
        .with(10, page)
        .with(6, crop)
        .with(7, "250.5");
    let bytes = sample.table();
    let document = Document::open(bytes.as_slice()).unwrap();
    let page = document.latest().page(0).unwrap().unwrap();
    assert_eq!(page.rotate, 90);
    let corners = [
        page.crop_box.left,
        page.crop_box.bottom,
        page.crop_box.right,
        page.crop_box.top,
    ];
    assert_eq!(corners, [100.0, 100.0, 250.5, 800.0]);
    assert_eq!(
        (page.media_box.width(), page.media_box.height()),
        (600.0, 800.0)
    );
}

#[test]
fn entries_are_given_by_revision() {
    let (_, whole) = updated();
    let document = Document::open(whole.as_slice()).unwrap();
    let offset = find(&whole, "30 0 obj") as u64;
    let entry = Entry::InFile {
        offset,
        generation: 0,
    };
    assert_eq!(document.revisions()[1].entry(30), Some(entry));
    assert_eq!(document.revisions()[0].entry(30), None);
    assert_eq!(document.latest().entry(30), Some(entry));
    assert_eq!(document.latest().entry(0), Some(Entry::Free));
}
