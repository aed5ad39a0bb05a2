//! What was read last of a document: its signatures are met many times over while it is verified.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::object::Object;
use crate::object_stream::Streams;
use crate::parser::IndirectObject;

/// Most objects kept, and most bytes of them as they stand in the file.
const MOST_OBJECTS: usize = 1024;
const MOST_BYTES: u64 = 1 << 20;
/// How far behind an object its reader looks: at the byte that ends its last word. A limit behind that byte
/// cannot have told.
const MARGIN: u64 = 1;

/// Object streams and objects, by their positions in the file.
#[derive(Default)]
pub(crate) struct Cache {
    pub(crate) streams: Streams,
    pub(crate) objects: Objects,
}

/// Objects as they stand in the file.
#[derive(Default)]
pub(crate) struct Objects(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    objects: HashMap<u64, Arc<IndirectObject>>,
    bytes: u64,
}

impl Objects {
    /// The object at a position, if it was read before and would be read the same with this limit.
    pub(crate) fn find(&self, offset: u64, limit: u64) -> Option<IndirectObject> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let object = Arc::clone(kept.objects.get(&offset)?);
        drop(kept);
        is_clear(&object, limit).then(|| (*object).clone())
    }

    /// Keeps an object that was read with this limit.
    pub(crate) fn keep(&self, object: &IndirectObject, limit: u64) {
        let bytes = object
            .value
            .span
            .end
            .saturating_sub(object.value.span.start);
        if !is_clear(object, limit) || !stands_alone(&object.value.object) || bytes > MOST_BYTES {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.objects.len() >= MOST_OBJECTS || kept.bytes.saturating_add(bytes) > MOST_BYTES {
            *kept = Kept::default();
        }
        kept.bytes = kept.bytes.saturating_add(bytes);
        kept.objects
            .insert(object.span.start, Arc::new(object.clone()));
    }
}

fn is_clear(object: &IndirectObject, limit: u64) -> bool {
    object.span.end.saturating_add(MARGIN) <= limit
}

/// Whether nothing else says what an object is: a stream's length may be another object, which another
/// revision may have replaced.
fn stands_alone(object: &Object) -> bool {
    let length = object
        .as_stream()
        .and_then(|stream| stream.dictionary.get("Length"));
    !matches!(length, Some(Object::Reference(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::Parser;
    use crate::source::wide;

    fn read(text: &[u8]) -> IndirectObject {
        let bytes = text.to_vec();
        let length = |_| Ok(3);
        let mut parser = Parser::new(&bytes, 0, wide(bytes.len()));
        parser.indirect_object(&length).unwrap()
    }

    #[test]
    fn an_object_is_found_again_only_where_the_limit_cannot_matter() {
        let objects = Objects::default();
        let object = read(b"7 0 obj <</A 1>> endobj");
        let end = object.span.end;
        objects.keep(&object, end);
        assert_eq!(objects.find(0, u64::MAX), None);
        objects.keep(&object, end + MARGIN);
        assert_eq!(objects.find(0, end + MARGIN), Some(object));
        assert_eq!(objects.find(0, end + MARGIN - 1), None);
        assert_eq!(objects.find(1, u64::MAX), None);
    }

    #[test]
    fn a_limit_behind_the_next_byte_tells_nothing() {
        for text in [
            b"7 0 obj <</A 1>> endobj endobj >> (".as_slice(),
            b"7 0 obj <</Length 3>> stream\nabc\nendstream\nendobj\n8 0 obj",
            b"7 0 obj <41>endobj%x\n",
        ] {
            let object = read(text);
            let bytes = text.to_vec();
            for limit in object.span.end + MARGIN..=wide(bytes.len()) {
                let parsed = Parser::new(&bytes, 0, limit).indirect_object(&|_| Ok(3));
                assert_eq!(parsed.unwrap(), object, "{limit}");
            }
        }
    }

    #[test]
    fn a_stream_whose_length_is_elsewhere_is_not_kept() {
        for (text, kept) in [
            (
                b"7 0 obj <</Length 3>> stream\nabc endstream endobj".as_slice(),
                true,
            ),
            (
                b"7 0 obj <</Length 8 0 R>> stream\nabc endstream endobj",
                false,
            ),
        ] {
            let objects = Objects::default();
            objects.keep(&read(text), u64::MAX);
            assert_eq!(objects.find(0, u64::MAX).is_some(), kept);
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let objects = Objects::default();
        let mut object = read(b"7 0 obj <</A 1>> endobj");
        for start in 0..3000 {
            object.span.start = start;
            objects.keep(&object, u64::MAX);
        }
        let kept = objects.0.lock().unwrap();
        assert!(kept.objects.len() <= MOST_OBJECTS);
        assert!(kept.objects.contains_key(&2999));
        drop(kept);
        object.value.span = 0..MOST_BYTES + 1;
        object.span.start = 5000;
        objects.keep(&object, u64::MAX);
        assert_eq!(objects.find(5000, u64::MAX), None);
    }
}
