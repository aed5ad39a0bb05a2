//! Object streams (ISO 32000-1 7.5.7).

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Damage, Error, Limit, Result};
use crate::lexer::Lexer;
use crate::object::{Dictionary, Object};
use crate::parser::{HIGHEST_NUMBER, Parser};
use crate::source::wide;

/// Most bytes of a decoded object stream.
pub(crate) const MOST_DECODED: usize = 64 * 1024 * 1024;
/// Most objects in one object stream.
const MOST_OBJECTS: i64 = 1 << 20;
/// Decoded object streams kept at hand: this many, and together at most this many bytes.
const KEPT: usize = 16;
const KEPT_BYTES: usize = 8 * 1024 * 1024;

/// A decoded object stream.
pub(crate) struct ObjectStream {
    bytes: Vec<u8>,
    /// Number and position in `bytes` of each object.
    objects: Vec<(u32, u64)>,
    /// The positions in order: an object ends where the next one begins.
    positions: Vec<u64>,
}

impl ObjectStream {
    /// Takes a stream's dictionary and decoded data.
    pub(crate) fn new(dictionary: &Dictionary, bytes: Vec<u8>) -> Result<Self> {
        let count = integer(dictionary, "N")?;
        if count > MOST_OBJECTS {
            return Err(Error::too_large(0, Limit::Values(1 << 20)));
        }
        let first = integer(dictionary, "First")?;
        let first = u64::try_from(first).map_err(|_| Error::damaged(0, FIRST))?;
        let mut lexer = Lexer::new(&bytes, 0, first.min(wide(bytes.len())));
        let mut objects = Vec::new();
        for _ in 0..count {
            lexer.skip_space()?;
            let number = lexer.unsigned(u64::from(HIGHEST_NUMBER), "an object number")?;
            lexer.skip_space()?;
            let position = lexer.unsigned(wide(bytes.len()), "an object's position")?;
            let number = u32::try_from(number).unwrap_or(HIGHEST_NUMBER);
            objects.push((number, first.saturating_add(position)));
        }
        let mut positions: Vec<u64> = objects.iter().map(|(_, position)| *position).collect();
        positions.sort_unstable();
        // Two objects in one place would let a small stream hold a lot of large ones.
        if positions.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(Error::damaged(0, POSITIONS));
        }
        Ok(Self {
            bytes,
            objects,
            positions,
        })
    }

    /// Its length in bytes, decoded.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The object at `index`, which must bear `number`.
    pub(crate) fn object(&self, index: u32, number: u32) -> Result<Object> {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let (found, position) = *self
            .objects
            .get(index)
            .ok_or_else(|| Error::damaged(0, Damage::MissingKey { key: "N" }))?;
        if found != number {
            let expected = number;
            return Err(Error::damaged(0, Damage::OtherObject { expected, found }));
        }
        let next = self.positions.partition_point(|other| *other <= position);
        let length = wide(self.bytes.len());
        let end = self.positions.get(next).copied();
        let end = end.map_or(length, |end| end.min(length));
        Parser::new(&self.bytes, position, end).value(0)
    }
}

fn integer(dictionary: &Dictionary, key: &'static str) -> Result<i64> {
    let value = dictionary.get(key).and_then(Object::as_integer);
    value
        .filter(|value| *value >= 0)
        .ok_or_else(|| Error::damaged(0, Damage::MissingKey { key }))
}

const POSITIONS: Damage = Damage::WrongValue {
    key: "an object stream",
    expected: "each object at a position of its own",
};
const FIRST: Damage = Damage::WrongValue {
    key: "/First",
    expected: "the position of the first object",
};

/// The object streams read last, by their position in the file.
#[derive(Default)]
pub(crate) struct Streams(Mutex<Vec<(u64, Arc<ObjectStream>)>>);

impl Streams {
    pub(crate) fn find(&self, position: u64) -> Option<Arc<ObjectStream>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = kept.iter().position(|(at, _)| *at == position)?;
        let entry = kept.remove(index);
        let found = Arc::clone(&entry.1);
        kept.push(entry);
        Some(found)
    }

    pub(crate) fn keep(&self, position: u64, stream: &Arc<ObjectStream>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push((position, Arc::clone(stream)));
        while kept.len() > 1 && (kept.len() > KEPT || total(&kept) > KEPT_BYTES) {
            kept.remove(0);
        }
    }
}

fn total(kept: &[(u64, Arc<ObjectStream>)]) -> usize {
    kept.iter().map(|(_, stream)| stream.bytes.len()).sum()
}
