//! Data objects.

use sello_wire::tag::Tag;
use sello_wire::tlv::{self, Error, Reader, Writer};

/// The reader ends, stays within its bytes and stops at the first error; what it read is written and
/// read again.
pub fn run(data: &[u8]) {
    let mut reader = Reader::new(data);
    let mut objects = Vec::new();
    let outcome = loop {
        let before = reader.rest().len();
        match reader.read() {
            Ok(Some(object)) => {
                assert!(reader.rest().len() < before, "each object takes bytes");
                assert!(object.value.len() < before);
                objects.push(object);
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    match outcome {
        Ok(()) => assert!(reader.rest().is_empty()),
        Err(
            Error::Truncated { position }
            | Error::TagTooLong { position }
            | Error::UnsupportedLength { position },
        ) => assert!(position <= data.len()),
        Err(Error::NoRoom) => panic!("a reader needs no room"),
    }
    assert_eq!(Reader::new(data).flatten().count(), objects.len());
    for object in &objects {
        let found = tlv::find(data, object.tag).unwrap();
        let first = objects.iter().find(|o| o.tag == object.tag);
        assert_eq!(found, first.map(|o| o.value));
    }
    // A length may come longer than it needs to be; it leaves in its shortest form.
    let mut buffer = vec![0; data.len()];
    let mut writer = Writer::new(&mut buffer);
    for object in &objects {
        writer.tlv(object.tag, object.value).unwrap();
    }
    let written = writer.finish();
    let again = Reader::new(written).map(Result::unwrap);
    assert!(again.eq(objects.iter().copied()));
    nest(data);
}

/// What is nested comes out whole, or there was no room for it.
fn nest(data: &[u8]) {
    let Some((&room, value)) = data.split_first() else {
        return;
    };
    let mut buffer = vec![0; usize::from(room) * 4];
    let mut writer = Writer::new(&mut buffer);
    let nested = writer.nested(Tag::DYNAMIC_AUTHENTICATION, |inner| {
        inner.tlv(Tag::RESPONSE, value).map(drop)
    });
    let Ok(_) = nested else {
        assert!(usize::from(room) * 4 < value.len() + 10);
        return;
    };
    let written = writer.finish();
    let template = tlv::find(written, Tag::DYNAMIC_AUTHENTICATION).unwrap();
    assert_eq!(tlv::find(template.unwrap(), Tag::RESPONSE), Ok(Some(value)));
}
