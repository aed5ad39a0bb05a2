//! Documents made to mislead or to exhaust a reader.
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
use proptest::prelude::*;
use sample::{Sample, stream};
use sello_pdf::{Damage, Document, Error, Limit, Object, Reference, Result};

fn open_error(bytes: &[u8]) -> Error {
    Document::open(bytes).unwrap_err()
}

fn damage(error: Error) -> Damage {
    match error {
        Error::Damaged { damage, .. } | Error::DamagedObject { damage, .. } => damage,
        other => panic!("{other}"),
    }
}

fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = bytes
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap();
    [&bytes[..text], to.as_bytes(), &bytes[text + from.len()..]].concat()
}

#[test]
fn what_is_no_pdf() {
    for bytes in [b"".as_slice(), b"%PDF", b"PK\x03\x04", b"\n%PDF-1.7\n"] {
        assert!(matches!(open_error(bytes), Error::NotPdf));
    }
}

#[test]
fn encrypted_documents() {
    let bytes = Sample::pages(1).with_trailer("/Encrypt<<>>").streams();
    assert!(matches!(open_error(&bytes), Error::Encrypted));
}

#[test]
fn files_cut_short() {
    for bytes in [Sample::pages(1).table(), Sample::pages(1).streams()] {
        for length in 9..bytes.len() - 2 {
            let error = open_error(&bytes[..length]);
            assert!(matches!(error, Error::Damaged { .. }), "{length}: {error}");
        }
    }
}

#[test]
fn startxref_that_names_another_place() {
    let bytes = Sample::pages(1).table();
    let text = String::from_utf8_lossy(&bytes);
    let named = text
        .rsplit("startxref\n")
        .next()
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let wrong = replace(&bytes, &format!("startxref\n{named}"), "startxref\n999999");
    assert!(matches!(
        open_error(&wrong),
        Error::Damaged {
            offset: 999_999,
            ..
        }
    ));
    // A second tail that leads back to the section before the first one.
    let mut astray = bytes.clone();
    astray.extend(format!("9 0 obj\n(evil)\nendobj\nstartxref\n{named}\n%%EOF\n").bytes());
    let astray = damage(open_error(&astray));
    assert!(matches!(astray, Damage::StartxrefAstray { .. }), "{astray}");
}

#[test]
fn sections_in_a_circle() {
    let original = Sample::pages(1).table();
    let section = original
        .windows(4)
        .position(|window| window == b"xref")
        .unwrap();
    let second = original.len() + "9 0 obj\n1\nendobj\n".len();
    let looped = replace(
        &original,
        "/Root 1 0 R>>",
        &format!("/Root 1 0 R/Prev {second:04}>>"),
    );
    let shift = looped.len() - original.len();
    let looped = replace(
        &looped,
        &format!("/Prev {second:04}"),
        &format!("/Prev {:04}", second + shift),
    );
    let update = Sample {
        objects: vec![(9, "1".to_owned())],
        trailer: String::new(),
    };
    let looped = update.append_table(looped, &format!("/Prev {section}"));
    assert_eq!(damage(open_error(&looped)), Damage::Circle);
}

#[test]
fn sections_that_are_not_exact() {
    let bytes = Sample::pages(1).table();
    let short = replace(&bytes, "65535 f \n", "65535 f\n");
    assert!(matches!(
        damage(open_error(&short)),
        Damage::Expected { .. }
    ));
    let twice = replace(&bytes, "xref\n0 1\n", "xref\n1 1\n");
    assert_eq!(
        damage(open_error(&twice)),
        Damage::DuplicateEntry { number: 1 }
    );
    let outside = replace(&bytes, "\n0000000015 00000 n", "\n9999999999 00000 n");
    assert_eq!(
        damage(open_error(&outside)),
        Damage::EntryOutside { number: 1 }
    );
}

#[test]
fn entries_that_lead_to_other_objects() {
    let bytes = Sample::pages(1).table();
    let moved = replace(&bytes, "2 0 obj", "7 0 obj");
    let document = Document::open(moved.as_slice()).unwrap();
    let error = damage(document.latest().pages().unwrap_err());
    assert_eq!(
        error,
        Damage::OtherObject {
            expected: 2,
            found: 7
        }
    );
    let bytes = Sample::pages(1).streams();
    let moved = replace(&bytes, "1 0 2 ", "2 0 1 ");
    let document = Document::open(moved.as_slice()).unwrap();
    let error = document.latest().catalog().unwrap_err();
    let Error::InObjectStream { number: 12, cause } = error else {
        panic!("{error}");
    };
    assert_eq!(
        damage(*cause),
        Damage::OtherObject {
            expected: 1,
            found: 2
        }
    );
}

#[test]
fn references_in_a_circle() {
    let sample = Sample::pages(1).with(20, "21 0 R").with(21, "20 0 R");
    let bytes = sample.table();
    let document = Document::open(bytes.as_slice()).unwrap();
    let error = document
        .latest()
        .resolve(Reference::new(20, 0))
        .unwrap_err();
    assert_eq!(damage(error), Damage::Circle);
}

#[test]
fn lengths_in_a_circle() {
    let sample = Sample::pages(1).with(20, "<</Length 20 0 R>>\nstream\nab\nendstream");
    let bytes = sample.table();
    let document = Document::open(bytes.as_slice()).unwrap();
    document
        .latest()
        .resolve(Reference::new(20, 0))
        .unwrap_err();
    // An object stream whose length stands in itself; it is long enough for the reference to
    // have as many bytes as the number.
    let long = format!("({})", "x".repeat(10_000));
    let bytes = Sample::pages(1).with(5, "10299").with(6, &long).streams();
    let start = bytes
        .windows(12)
        .position(|window| window == b"/Type/ObjStm")
        .unwrap();
    let length = String::from_utf8_lossy(&bytes[start..start + 60]).into_owned();
    let length = length
        .split("/Length ")
        .nth(1)
        .unwrap()
        .split(">>")
        .next()
        .unwrap()
        .to_owned();
    let bytes = replace(&bytes, &format!("/Length {length}"), "/Length 5 0 R");
    let document = Document::open(bytes.as_slice()).unwrap();
    let error = document.latest().catalog().unwrap_err();
    assert!(
        matches!(error, Error::DamagedObject { number: 5, .. }),
        "{error}"
    );
}

#[test]
fn objects_of_a_stream_in_one_place_are_refused() {
    let bytes = Sample::pages(1).streams();
    // The catalog stands first; the page tree is said to stand there too.
    let position = "<</Type/Catalog/Pages 2 0 R>>\n".len();
    let changed = replace(&bytes, &format!("1 0 2 {position} "), "1 0 2 00 ");
    assert_eq!(changed.len(), bytes.len());
    let error = Document::open(changed.as_slice()).unwrap();
    let error = error.latest().catalog().unwrap_err();
    assert!(matches!(error, Error::InObjectStream { .. }), "{error}");
}

#[test]
fn a_length_hidden_in_a_large_object_is_refused() {
    for (size, is_read) in [(10, true), (2000, false)] {
        let length = format!("%{}\n5", "x".repeat(size));
        let sample = Sample::pages(1)
            .with(20, "<</Length 21 0 R>>\nstream\n12345\nendstream")
            .with(21, &length);
        let bytes = sample.table();
        let document = Document::open(bytes.as_slice()).unwrap();
        let found = document.latest().resolve(Reference::new(20, 0));
        assert_eq!(found.is_ok(), is_read, "{size}");
    }
}

#[test]
fn page_trees_in_a_circle_or_without_end() {
    let cases = [
        ("<</Type/Pages/Kids[2 0 R]>>", Damage::Circle),
        ("<</Type/Pages>>", Damage::MissingKey { key: "Kids" }),
    ];
    for (node, expected) in cases {
        let bytes = Sample::pages(1).with(2, node).table();
        let document = Document::open(bytes.as_slice()).unwrap();
        assert_eq!(damage(document.latest().pages().unwrap_err()), expected);
    }
    let same = "<</Type/Pages/Kids[10 0 R 10 0 R]/MediaBox[0 0 9 9]>>";
    let bytes = Sample::pages(1).with(2, same).table();
    let document = Document::open(bytes.as_slice()).unwrap();
    assert_eq!(
        damage(document.latest().page_count().unwrap_err()),
        Damage::Circle
    );

    let mut deep = Sample::pages(0);
    for number in 100..200 {
        let node = format!("<</Type/Pages/Kids[{} 0 R]>>", number + 1);
        deep = deep.with(number, &node);
    }
    let bytes = deep.with(2, "<</Type/Pages/Kids[100 0 R]>>").table();
    let document = Document::open(bytes.as_slice()).unwrap();
    let error = document.latest().pages().unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooLarge {
                limit: Limit::Depth(_),
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn pages_that_are_none() {
    let pages = [
        "<</Type/Page/Rotate 45>>",
        "<</Type/Page/Rotate 90.0>>",
        "<</Type/Page/MediaBox[0 0 0 0]>>",
        "<</Type/Page/MediaBox[0 0 9]>>",
        "<</Type/Page/CropBox[900 900 990 990]>>",
        "<</Type/Page/MediaBox(box)>>",
        "<</Type/Template>>",
        "(page)",
    ];
    for page in pages {
        let bytes = Sample::pages(1).with(10, page).table();
        let document = Document::open(bytes.as_slice()).unwrap();
        let error = document.latest().pages().unwrap_err();
        assert!(matches!(damage(error), Damage::WrongValue { .. }), "{page}");
    }
}

/// 100 MB of zeros, deflated.
fn bomb() -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let block = vec![b' '; 1 << 20];
    for _ in 0..100 {
        encoder.write_all(&block).unwrap();
    }
    encoder.finish().unwrap()
}

#[test]
fn bombs_in_sections_are_refused() {
    let bomb = bomb();
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let section = bytes.len();
    let length = bomb.len();
    bytes.extend(
        format!(
            "1 0 obj\n<</Type/XRef/W[1 1 1]/Size 9/Root 1 0 R/Filter/FlateDecode/Length {length}>>\n\
             stream\n"
        )
        .bytes(),
    );
    bytes.extend(bomb);
    bytes.extend(format!("\nendstream\nendobj\nstartxref\n{section}\n%%EOF\n").bytes());
    let error = open_error(&bytes);
    assert!(
        matches!(
            error,
            Error::TooLarge {
                limit: Limit::Decoded(_),
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn counts_beyond_measure_are_refused() {
    let sections = [
        "/W[1 4 2]/Index[0 8388608]",
        "/W[0 0 0]/Index[0 8388608]",
        "/W[1 4 2]/Index[8388607 2]",
        "/W[1 4 2]/Index[0 -1]",
        "/W[1 4 2]/Index[0]",
        "/W[1 9 2]",
        "/W[1 4]",
        "/W[1 -4 2]",
        "",
    ];
    for entries in sections {
        let mut bytes = b"%PDF-1.7\n".to_vec();
        let section = bytes.len();
        let body = stream(&format!("/Type/XRef/Size 2/Root 1 0 R{entries}"), "1234567");
        bytes.extend(format!("1 0 obj\n{body}\nendobj\nstartxref\n{section}\n%%EOF\n").bytes());
        assert!(
            matches!(open_error(&bytes), Error::Damaged { .. }),
            "{entries}"
        );
    }
    let table = replace(&Sample::pages(1).table(), "xref\n0 1", "xref\n0 4999999");
    assert!(matches!(open_error(&table), Error::Damaged { .. }));
}

/// Asks a document for everything it has.
fn explore(bytes: &[u8]) -> Result<()> {
    let document = Document::open(bytes)?;
    for index in 0..document.revisions().len() {
        let view = document.at_revision(index)?;
        let _ = view.pages();
        for number in document.changed_objects(index)? {
            if let Ok(Object::Stream(stream)) = view.resolve(Reference::new(number, 0)) {
                let _ = view.stream_data(&stream, 1 << 16);
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_bytes_crash_the_reader(bytes in any::<Vec<u8>>()) {
        let _ = explore(&[b"%PDF-".as_slice(), &bytes].concat());
    }

    #[test]
    fn no_mutation_crashes_the_reader(
        packed in any::<bool>(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let sample = Sample::pages(2);
        let mut bytes = if packed { sample.streams() } else { sample.table() };
        for (index, byte) in edits {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = explore(&bytes);
    }

    #[test]
    fn no_digit_crashes_the_reader(
        packed in any::<bool>(),
        which in any::<prop::sample::Index>(),
        digits in "[0-9]{1,20}",
    ) {
        let sample = Sample::pages(2);
        let bytes = if packed { sample.streams() } else { sample.table() };
        let numbers: Vec<usize> = (1..bytes.len())
            .filter(|at| bytes[*at].is_ascii_digit() && !bytes[at - 1].is_ascii_digit())
            .collect();
        let start = numbers[which.index(numbers.len())];
        let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let edited = [&bytes[..start], digits.as_bytes(), &bytes[start + length..]].concat();
        let _ = explore(&edited);
    }
}
