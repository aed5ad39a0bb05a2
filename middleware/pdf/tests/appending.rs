//! Appending revisions, read back.
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

use sample::Sample;
use sello_pdf::{
    CrossReferenceForm, Damage, Dictionary, Document, Entry, Error, Hole, IncrementalUpdate,
    Object, Reference, Update,
};

fn forms() -> [(CrossReferenceForm, Vec<u8>); 2] {
    let sample = Sample::pages(2);
    [
        (CrossReferenceForm::Table, sample.table()),
        (CrossReferenceForm::Stream, sample.streams()),
    ]
}

fn whole(original: &[u8], update: &Update) -> Vec<u8> {
    assert_eq!(update.start, original.len() as u64);
    [original, &update.bytes].concat()
}

#[test]
fn what_is_appended_reads_back() {
    for (form, original) in forms() {
        let document = Document::open(original.as_slice()).unwrap();
        let mut update = IncrementalUpdate::new(&document).unwrap();
        let first = update.allocate().unwrap();
        let second = update.allocate().unwrap();
        assert_eq!(second.number, first.number + 1);
        update.set(first, vec![Object::Integer(1), second.into()]);
        let entries = Dictionary::from_iter([("Kind", Object::Boolean(true))]);
        update.set_stream(second, entries, b"\x00data\xff".to_vec());
        update.set(Reference::new(10, 0), Object::Null);
        let whole = whole(&original, &update.finish().unwrap());

        let document = Document::open(whole.as_slice()).unwrap();
        assert_eq!(document.revisions().len(), 2);
        assert_eq!(document.revisions()[1].form(), form);
        assert_eq!(
            document.revisions()[1].span(),
            original.len() as u64..whole.len() as u64
        );
        let view = document.latest();
        let list = view.resolve(first).unwrap();
        assert_eq!(list.as_array().unwrap()[1], second.into());
        let stream = view.resolve(second).unwrap();
        let stream = stream.as_stream().unwrap();
        assert_eq!(stream.dictionary.get("Kind"), Some(&Object::Boolean(true)));
        assert_eq!(view.stream_data(stream, 100).unwrap(), b"\x00data\xff");
        assert_eq!(view.resolve(Reference::new(10, 0)).unwrap(), Object::Null);
        let before = document.at_revision(0).unwrap();
        assert!(
            before
                .resolve(Reference::new(10, 0))
                .unwrap()
                .as_dictionary()
                .is_some()
        );
    }
}

#[test]
fn what_is_new_lies_within_the_revision() {
    for (_, original) in forms() {
        let document = Document::open(original.as_slice()).unwrap();
        let mut update = IncrementalUpdate::new(&document).unwrap();
        update.set(Reference::new(3, 0), 7i64);
        update.set(Reference::new(1, 0), document.latest().catalog().unwrap());
        let whole = whole(&original, &update.finish().unwrap());
        let document = Document::open(whole.as_slice()).unwrap();
        for (number, entry) in document.revisions()[1].entries() {
            let Entry::InFile { offset, .. } = entry else {
                panic!("object {number} is not in the file");
            };
            assert!(*offset >= original.len() as u64);
        }
    }
}

#[test]
fn holes_are_reported_where_they_are() {
    let original = Sample::pages(1).table();
    let document = Document::open(original.as_slice()).unwrap();
    let mut update = IncrementalUpdate::new(&document).unwrap();
    let number = update.allocate().unwrap();
    let hole = |key, filler: &[u8]| Hole {
        key,
        filler: filler.to_vec(),
    };
    let dictionary = Dictionary::from_iter([("A", Object::Integer(1))]);
    let holes = vec![hole("B", b"<0000>"), hole("C", b"        ")];
    update.set_with_holes(number, dictionary, holes);
    let update = update.finish().unwrap();
    let mut whole = whole(&original, &update);
    let at = |index: usize| {
        let hole = &update.holes[index];
        hole.start as usize..hole.end as usize
    };
    assert_eq!(&whole[at(0)], b"<0000>");
    whole[at(1)].copy_from_slice(b"(filled)");
    let document = Document::open(whole.as_slice()).unwrap();
    let object = document.latest().resolve(number).unwrap();
    let object = object.as_dictionary().unwrap();
    assert_eq!(object.get("A"), Some(&Object::Integer(1)));
    assert_eq!(object.get("B"), Some(&Object::String(vec![0, 0])));
    assert_eq!(object.get("C"), Some(&Object::String(b"filled".to_vec())));
}

#[test]
fn generations_are_kept() {
    let original = Sample::pages(1).table();
    let document = Document::open(original.as_slice()).unwrap();
    let mut update = IncrementalUpdate::new(&document).unwrap();
    update.set(Reference::new(40, 3), true);
    let whole = whole(&original, &update.finish().unwrap());
    let document = Document::open(whole.as_slice()).unwrap();
    let value = document.latest().resolve(Reference::new(40, 3)).unwrap();
    assert_eq!(value, Object::Boolean(true));
    assert_eq!(
        document.latest().resolve(Reference::new(40, 0)).unwrap(),
        Object::Null
    );
}

#[test]
fn numbers_in_use_are_never_given_out() {
    // The trailer's Size is too small: the highest entry counts.
    let mut original = Sample::pages(1).table();
    let size = original
        .windows(8)
        .position(|window| window == b"/Size 12")
        .unwrap();
    original[size..size + 8].copy_from_slice(b"/Size 05");
    let document = Document::open(original.as_slice()).unwrap();
    let mut update = IncrementalUpdate::new(&document).unwrap();
    assert_eq!(update.allocate().unwrap(), Reference::new(12, 0));
}

#[test]
fn a_document_without_size_is_not_extended() {
    let original = Sample::pages(1).table();
    let size = original
        .windows(8)
        .position(|window| window == b"/Size 12")
        .unwrap();
    let mut original = original;
    original[size..size + 5].copy_from_slice(b"/Sise");
    let document = Document::open(original.as_slice()).unwrap();
    let error = IncrementalUpdate::new(&document).unwrap_err();
    let Error::Damaged { damage, .. } = error else {
        panic!("{error}");
    };
    assert!(
        matches!(damage, Damage::WrongValue { key: "/Size", .. }),
        "{damage}"
    );
}

#[test]
fn identifiers_are_given_only_where_there_is_none() {
    let cases = [
        ("", vec![9; 16]),
        ("/ID[(first)(second)]", b"first".to_vec()),
    ];
    for (trailer, expected) in cases {
        let original = Sample::pages(1).with_trailer(trailer).table();
        let document = Document::open(original.as_slice()).unwrap();
        let mut update = IncrementalUpdate::new(&document).unwrap();
        update.identify(&[9; 16]);
        assert_eq!(
            update.trailer().get("Root"),
            Some(&Reference::new(1, 0).into())
        );
        let whole = whole(&original, &update.finish().unwrap());
        let document = Document::open(whole.as_slice()).unwrap();
        let halves = document
            .latest()
            .trailer()
            .get("ID")
            .unwrap()
            .as_array()
            .unwrap();
        assert_eq!(halves[0].as_string(), Some(expected.as_slice()));
    }
}

#[test]
fn many_revisions_stay_apart() {
    for (_, mut bytes) in forms() {
        for round in 0..20i64 {
            let document = Document::open(bytes.as_slice()).unwrap();
            let mut update = IncrementalUpdate::new(&document).unwrap();
            update.set(Reference::new(60, 0), round);
            bytes = whole(&bytes, &update.finish().unwrap());
        }
        let document = Document::open(bytes.as_slice()).unwrap();
        assert_eq!(document.revisions().len(), 21);
        for (index, round) in (1..).zip(0..20i64) {
            let view = document.at_revision(index).unwrap();
            assert_eq!(
                view.resolve(Reference::new(60, 0)).unwrap(),
                Object::Integer(round)
            );
        }
    }
}
