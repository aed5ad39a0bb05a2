//! The document as of one of its revisions.

use std::ops::Range;
use std::sync::Arc;

use crate::cache::Cache;
use crate::decode::{decode, decodes_to};
use crate::error::{Damage, Error, Result};
use crate::filter::raw;
use crate::object::{Dictionary, Object, Reference, Stream};
use crate::object_stream::{MOST_DECODED, ObjectStream};
use crate::parser::{IndirectObject, LengthOf, Parser, Value};
use crate::revisions::{History, Revision};
use crate::source::Source;
use crate::xref::Entry;

/// Longest chain of references to references.
const LONGEST_CHAIN: usize = 16;
/// Most bytes of an object that is a stream's length: one that many streams share is read again
/// for each of them.
const LONGEST_LENGTH: u64 = 1024;
/// Bytes compared at a time.
const BLOCK: u64 = 64 * 1024;

/// The document as of one of its revisions: later bytes do not exist for it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    source: &'a dyn Source,
    /// From the original to the revision looked at.
    revisions: &'a [Revision],
    revision: &'a Revision,
    history: &'a History,
    cache: &'a Cache,
}

/// An object and where it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The object.
    pub object: Object,
    /// Where it stands.
    pub place: Place,
}

/// Where an object stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the file, at these bytes, from its number to the end of `endobj`.
    File(Range<u64>),
    /// In the object stream of this number, at this index.
    Stream {
        /// Object number of the object stream.
        number: u32,
        /// Position among the stream's objects, from 0.
        index: u32,
    },
}

impl<'a> View<'a> {
    pub(crate) const fn new(
        source: &'a dyn Source,
        revisions: &'a [Revision],
        revision: &'a Revision,
        history: &'a History,
        cache: &'a Cache,
    ) -> Self {
        Self {
            source,
            revisions,
            revision,
            history,
            cache,
        }
    }

    /// The revision looked at.
    #[must_use]
    pub const fn revision(&self) -> &'a Revision {
        self.revision
    }

    /// The byte at which the document ends as of this revision.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.revision.span().end
    }

    /// The trailer of this revision.
    #[must_use]
    pub const fn trailer(&self) -> &'a Dictionary {
        self.revision.trailer()
    }

    /// The entry in force for an object number.
    #[must_use]
    pub fn entry(&self, number: u32) -> Option<Entry> {
        let index = self.history.newest(number, self.revisions.len())?;
        self.revisions.get(index)?.entry(number)
    }

    /// Follows a reference to an object that is no reference. A reference to nothing stands for
    /// null (ISO 32000-1 7.3.10).
    ///
    /// # Errors
    /// When what stands at the object's place is not that object, or is damaged.
    pub fn resolve(&self, reference: Reference) -> Result<Object> {
        let mut next = reference;
        for _ in 0..LONGEST_CHAIN {
            match self.locate(next)?.map(|located| located.object) {
                None => return Ok(Object::Null),
                Some(Object::Reference(further)) => next = further,
                Some(object) => return Ok(object),
            }
        }
        Err(Error::object(reference.number, Damage::Circle))
    }

    /// `value` itself, or what it refers to.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn value(&self, value: &Object) -> Result<Object> {
        match value {
            Object::Reference(reference) => self.resolve(*reference),
            other => Ok(other.clone()),
        }
    }

    /// The value of a dictionary's entry, resolved; null when absent.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn get(&self, dictionary: &Dictionary, key: &str) -> Result<Object> {
        dictionary
            .get(key)
            .map_or(Ok(Object::Null), |value| self.value(value))
    }

    /// The object of a reference and where it stands; nothing when there is none.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn locate(&self, reference: Reference) -> Result<Option<Located>> {
        match self.entry(reference.number) {
            Some(Entry::InFile { offset, generation }) if generation == reference.generation => {
                let object = self.in_file(reference, offset, &|length| self.length(length))?;
                Ok(Some(Located {
                    object: object.value.object,
                    place: Place::File(object.span),
                }))
            }
            Some(Entry::InStream { stream, index }) if reference.generation == 0 => {
                let object = self
                    .object_stream(stream)?
                    .object(index, reference.number)
                    .map_err(|cause| in_stream(stream, cause))?;
                let number = stream;
                let place = Place::Stream { number, index };
                Ok(Some(Located { object, place }))
            }
            _ => Ok(None),
        }
    }

    /// The indirect object that begins at `offset`, with the positions of its parts.
    ///
    /// # Errors
    /// [`Error::Damaged`] when no sound object begins there.
    pub fn parse_object_at(&self, offset: u64) -> Result<IndirectObject> {
        self.object_before(offset, self.end(), &|length| self.length(length))
    }

    /// The indirect object that begins at the range's start and ends within it, with the
    /// positions of its parts.
    ///
    /// # Errors
    /// [`Error::Damaged`] when no sound object is there.
    pub fn parse_object_within(&self, range: &Range<u64>) -> Result<IndirectObject> {
        let end = range.end.min(self.end());
        self.object_before(range.start, end, &|length| self.length(length))
    }

    /// How many bytes the object stream of this number has, decoded.
    ///
    /// # Errors
    /// When there is none or it is damaged.
    pub fn object_stream_length(&self, number: u32) -> Result<usize> {
        self.object_stream(number).map(|stream| stream.len())
    }

    /// The direct value that begins at `offset`, with the positions of its parts.
    ///
    /// # Errors
    /// [`Error::Damaged`] when no sound value begins there.
    pub fn parse_value_at(&self, offset: u64) -> Result<Value> {
        Parser::new(self.source, offset, self.end()).value_with_spans()
    }

    /// A stream's data with its filters undone, refusing more than `most` bytes.
    ///
    /// # Errors
    /// [`Error::UnsupportedFilter`] for filters other than `FlateDecode`, [`Error::TooLarge`],
    /// [`Error::Damaged`].
    pub fn stream_data(&self, stream: &Stream, most: usize) -> Result<Vec<u8>> {
        decode(self.source, stream, &|value| self.value(value), most)
    }

    /// Whether a stream's data, its filters undone, are these. Where they are not, damage further on may go
    /// unnoticed.
    ///
    /// # Errors
    /// [`Error::UnsupportedFilter`] for filters other than `FlateDecode`, [`Error::Damaged`].
    pub fn stream_data_is(&self, stream: &Stream, expected: &[u8]) -> Result<bool> {
        decodes_to(self.source, stream, &|value| self.value(value), expected)
    }

    /// A stream's bytes as they stand, filters not undone, refusing more than `most` of them.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Read`].
    pub fn encoded_data(&self, stream: &Stream, most: usize) -> Result<Vec<u8>> {
        raw(self.source, &stream.data, most)
    }

    /// Whether two streams have the same bytes as they stand, filters not undone.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn same_bytes(&self, one: &Stream, other: &Stream) -> Result<bool> {
        let length = |stream: &Stream| stream.data.end.saturating_sub(stream.data.start);
        if length(one) != length(other) {
            return Ok(false);
        }
        if one.data == other.data {
            return Ok(true);
        }
        let mut done = 0;
        while done < length(one) {
            let size = length(one).saturating_sub(done).min(BLOCK);
            let mut blocks = [one, other].map(|stream| {
                let offset = stream.data.start.saturating_add(done);
                let mut block = vec![0; usize::try_from(size).unwrap_or_default()];
                let read = self.source.read_exact_at(offset, &mut block);
                read.map(|()| block)
                    .map_err(|cause| Error::Read { offset, cause })
            });
            let [one, other] = &mut blocks;
            match (one, other) {
                (Ok(one), Ok(other)) if one == other => {}
                (Ok(_), Ok(_)) => return Ok(false),
                _ => {
                    return blocks
                        .into_iter()
                        .collect::<Result<Vec<_>>>()
                        .map(|_| false);
                }
            }
            done = done.saturating_add(size);
        }
        Ok(true)
    }

    /// The document catalog (ISO 32000-1 7.7.2).
    ///
    /// # Errors
    /// When it is missing or no dictionary.
    pub fn catalog(&self) -> Result<Dictionary> {
        let root = self.revision.root()?;
        match self.resolve(root)? {
            Object::Dictionary(catalog) => Ok(catalog),
            _ => Err(Error::object(root.number, CATALOG)),
        }
    }

    fn in_file(
        &self,
        reference: Reference,
        offset: u64,
        length_of: LengthOf<'_>,
    ) -> Result<IndirectObject> {
        self.in_file_before(reference, offset, self.end(), length_of)
    }

    fn in_file_before(
        &self,
        reference: Reference,
        offset: u64,
        end: u64,
        length_of: LengthOf<'_>,
    ) -> Result<IndirectObject> {
        let object = self.object_before(offset, end, length_of)?;
        if object.reference != reference {
            let (expected, found) = (reference.number, object.reference.number);
            return Err(Error::damaged(
                offset,
                Damage::OtherObject { expected, found },
            ));
        }
        Ok(object)
    }

    /// The object at `offset`, of which nothing lies at `end` or behind it.
    fn object_before(
        &self,
        offset: u64,
        end: u64,
        length_of: LengthOf<'_>,
    ) -> Result<IndirectObject> {
        // As the parser does; what is kept was read with a limit of its own.
        let end = end.min(self.source.len());
        if let Some(kept) = self.cache.objects.find(offset, end) {
            return Ok(kept);
        }
        let object = Parser::new(self.source, offset, end).indirect_object(length_of)?;
        self.cache.objects.keep(&object, end);
        Ok(object)
    }

    fn object_stream(&self, number: u32) -> Result<Arc<ObjectStream>> {
        let reference = Reference::new(number, 0);
        let Some(Entry::InFile { offset, .. }) = self.entry(number) else {
            return Err(Error::object(number, OBJECT_STREAM));
        };
        if let Some(kept) = self.cache.streams.find(offset) {
            return Ok(kept);
        }
        // Its length may not in turn stand in an object stream: that could lead in a circle.
        let object = self.in_file(reference, offset, &|length| self.length_in_file(length))?;
        let stream = object.value.object.as_stream().filter(|stream| {
            let name = stream.dictionary.get("Type").and_then(Object::as_name);
            name.is_some_and(|name| *name == "ObjStm")
        });
        let stream = stream.ok_or_else(|| Error::object(number, OBJECT_STREAM))?;
        let direct = |value: &Object| match value {
            Object::Reference(_) => Err(Error::object(number, OBJECT_STREAM)),
            other => Ok(other.clone()),
        };
        let bytes = decode(self.source, stream, &direct, MOST_DECODED)?;
        let objects = ObjectStream::new(&stream.dictionary, bytes);
        let objects = Arc::new(objects.map_err(|cause| in_stream(number, cause))?);
        self.cache.streams.keep(offset, &objects);
        Ok(objects)
    }

    /// A stream's length that is a reference, wherever the number stands.
    fn length(&self, reference: Reference) -> Result<u64> {
        let Some(Entry::InStream { stream, index }) = self.entry(reference.number) else {
            return self.length_in_file(reference);
        };
        let length = self.object_stream(stream)?.object(index, reference.number);
        length_value(
            &length.map_err(|cause| in_stream(stream, cause))?,
            reference,
        )
    }

    fn length_in_file(&self, reference: Reference) -> Result<u64> {
        let Some(Entry::InFile { offset, .. }) = self.entry(reference.number) else {
            return Err(Error::object(reference.number, LENGTH));
        };
        let no_stream = |_| Err(Error::object(reference.number, LENGTH));
        let end = self.end().min(offset.saturating_add(LONGEST_LENGTH));
        let object = self.in_file_before(reference, offset, end, &no_stream)?;
        length_value(&object.value.object, reference)
    }
}

fn length_value(object: &Object, reference: Reference) -> Result<u64> {
    let length = object
        .as_integer()
        .and_then(|length| u64::try_from(length).ok());
    length.ok_or_else(|| Error::object(reference.number, LENGTH))
}

fn in_stream(number: u32, cause: Error) -> Error {
    let cause = Box::new(cause);
    Error::InObjectStream { number, cause }
}

const LENGTH: Damage = Damage::WrongValue {
    key: "a stream's length",
    expected: "a number of bytes",
};
const OBJECT_STREAM: Damage = Damage::WrongValue {
    key: "an object stream",
    expected: "a stream of type /ObjStm",
};
const CATALOG: Damage = Damage::WrongValue {
    key: "the catalog",
    expected: "a dictionary",
};
