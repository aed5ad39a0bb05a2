//! Objects from tokens (ISO 32000-1 7.3).

use std::ops::Range;

use crate::error::{Damage, Error, Limit, Result};
use crate::lexer::Lexer;
use crate::object::{Dictionary, Name, Object, Reference, Stream};
use crate::source::Source;

/// Deepest nesting of arrays and dictionaries.
pub(crate) const DEEPEST: usize = 64;
/// Most values in one indirect object.
pub(crate) const MOST_VALUES: usize = 1 << 20;
/// Highest object number (ISO 32000-1 Annex C).
pub(crate) const HIGHEST_NUMBER: u32 = 8_388_607;

/// An indirect object as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct IndirectObject {
    /// Its number and generation.
    pub reference: Reference,
    /// Its value.
    pub value: Value,
    /// Byte positions from the object number to the end of `endobj`.
    pub span: Range<u64>,
}

/// A value as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// The value.
    pub object: Object,
    /// Its byte positions; of a stream, those of its dictionary.
    pub span: Range<u64>,
    /// Where the values of a dictionary's (or a stream dictionary's) entries lie, in the order
    /// of the file; empty for other objects.
    pub entries: Vec<ValueSpan>,
}

impl Value {
    /// Byte positions of the value of `key`, delimiters included.
    #[must_use]
    pub fn entry_span(&self, key: &str) -> Option<Range<u64>> {
        let entry = self.entries.iter().find(|entry| entry.key == key);
        entry.map(|entry| entry.span.clone())
    }
}

/// Where the value of a dictionary entry lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueSpan {
    /// The key.
    pub key: Name,
    /// Byte positions of the value, delimiters included.
    pub span: Range<u64>,
}

/// Finds the length of a stream whose `Length` is a reference.
pub(crate) type LengthOf<'a> = &'a dyn Fn(Reference) -> Result<u64>;

/// Reads objects from a source.
pub(crate) struct Parser<'a> {
    lexer: Lexer<'a>,
    values: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(source: &'a dyn Source, position: u64, limit: u64) -> Self {
        Self {
            lexer: Lexer::new(source, position, limit),
            values: 0,
        }
    }

    pub(crate) const fn lexer(&mut self) -> &mut Lexer<'a> {
        &mut self.lexer
    }

    /// An indirect object, beginning exactly at the position (ISO 32000-1 7.3.10).
    pub(crate) fn indirect_object(&mut self, length_of: LengthOf<'_>) -> Result<IndirectObject> {
        let start = self.lexer.position();
        let reference = self.object_header()?;
        let mut value = self.value_with_spans()?;
        self.lexer.skip_space()?;
        if self.lexer.accept(b"stream")? {
            let Object::Dictionary(dictionary) = value.object else {
                return Err(Error::damaged(value.span.start, NO_DICTIONARY));
            };
            value.object = Object::Stream(self.stream(dictionary, length_of)?);
            self.lexer.skip_space()?;
        }
        self.lexer.expect_keyword("endobj")?;
        Ok(IndirectObject {
            reference,
            value,
            span: start..self.lexer.position(),
        })
    }

    fn object_header(&mut self) -> Result<Reference> {
        let number = self
            .lexer
            .unsigned(u64::from(HIGHEST_NUMBER), "an object number")?;
        self.lexer.skip_space()?;
        let generation = self
            .lexer
            .unsigned(u64::from(u16::MAX), "a generation number")?;
        self.lexer.skip_space()?;
        self.lexer.expect_keyword("obj")?;
        Ok(reference(number, generation))
    }

    /// A stream's data, from after the word `stream` on (ISO 32000-1 7.3.8.1).
    fn stream(&mut self, dictionary: Dictionary, length_of: LengthOf<'_>) -> Result<Stream> {
        if !self.lexer.accept(b"\r\n")? && !self.lexer.accept(b"\n")? {
            return Err(self.lexer.expected("a line end after the word stream"));
        }
        let start = self.lexer.position();
        let wrong = || Error::damaged(start, WRONG_LENGTH);
        let length = match dictionary.get("Length") {
            Some(Object::Integer(length)) => u64::try_from(*length).map_err(|_| wrong())?,
            Some(Object::Reference(reference)) => length_of(*reference)?,
            Some(_) => return Err(wrong()),
            None => return Err(Error::damaged(start, NO_LENGTH)),
        };
        let end = start
            .checked_add(length)
            .filter(|end| *end <= self.lexer.limit())
            .ok_or_else(wrong)?;
        self.lexer.seek(end);
        self.lexer.skip_white()?;
        self.lexer.expect_keyword("endstream")?;
        Ok(Stream {
            dictionary,
            data: start..end,
        })
    }

    /// A direct value and, if it is a dictionary, the positions of its entries' values.
    pub(crate) fn value_with_spans(&mut self) -> Result<Value> {
        self.lexer.skip_space()?;
        let start = self.lexer.position();
        let mut entries = Vec::new();
        let object = if self.lexer.accept(b"<<")? {
            self.count()?;
            Object::Dictionary(self.dictionary(0, Some(&mut entries))?)
        } else {
            self.value(0)?
        };
        Ok(Value {
            object,
            span: start..self.lexer.position(),
            entries,
        })
    }

    /// A dictionary that must come next.
    pub(crate) fn expect_dictionary(&mut self) -> Result<Dictionary> {
        self.lexer.skip_space()?;
        if !self.lexer.accept(b"<<")? {
            return Err(self.lexer.expected("a dictionary"));
        }
        self.dictionary(0, None)
    }

    /// A direct value or a reference.
    pub(crate) fn value(&mut self, depth: usize) -> Result<Object> {
        self.lexer.skip_space()?;
        self.count()?;
        if depth > DEEPEST {
            let offset = self.lexer.position();
            return Err(Error::too_large(offset, Limit::Depth(DEEPEST)));
        }
        match self.lexer.peek()? {
            Some(b'/') => Ok(Object::Name(self.lexer.name()?)),
            Some(b'(') => Ok(Object::String(self.lexer.literal_string()?)),
            Some(b'[') => self.array(depth),
            Some(b'<') => {
                if self.lexer.accept(b"<<")? {
                    return Ok(Object::Dictionary(self.dictionary(depth, None)?));
                }
                Ok(Object::String(self.lexer.hex_string()?))
            }
            Some(b'0'..=b'9') => self.number_or_reference(),
            Some(b'+' | b'-' | b'.') => self.lexer.number(),
            _ => self.word(),
        }
    }

    fn count(&mut self) -> Result<()> {
        self.values = self.values.saturating_add(1);
        if self.values > MOST_VALUES {
            let offset = self.lexer.position();
            return Err(Error::too_large(offset, Limit::Values(MOST_VALUES)));
        }
        Ok(())
    }

    fn word(&mut self) -> Result<Object> {
        if self.lexer.keyword("true")? {
            Ok(Object::Boolean(true))
        } else if self.lexer.keyword("false")? {
            Ok(Object::Boolean(false))
        } else if self.lexer.keyword("null")? {
            Ok(Object::Null)
        } else {
            Err(self.lexer.expected("an object"))
        }
    }

    fn number_or_reference(&mut self) -> Result<Object> {
        let first = self.lexer.number()?;
        let after = self.lexer.position();
        if let Some(reference) = self.rest_of_reference(&first)? {
            return Ok(Object::Reference(reference));
        }
        self.lexer.seek(after);
        Ok(first)
    }

    /// After a first number: the generation and the `R` that would make it a reference.
    fn rest_of_reference(&mut self, first: &Object) -> Result<Option<Reference>> {
        let Some(number) = first
            .as_integer()
            .and_then(|number| u64::try_from(number).ok())
            .filter(|number| *number <= u64::from(HIGHEST_NUMBER))
        else {
            return Ok(None);
        };
        self.lexer.skip_space()?;
        let mut generation = 0u64;
        let mut digits = 0usize;
        while let Some(digit) = self.lexer.peek()?.filter(u8::is_ascii_digit) {
            self.lexer.next()?;
            digits = digits.saturating_add(1);
            if digits > 5 {
                return Ok(None);
            }
            generation = generation
                .saturating_mul(10)
                .saturating_add(u64::from(digit.wrapping_sub(b'0')));
        }
        if digits == 0 || generation > u64::from(u16::MAX) {
            return Ok(None);
        }
        self.lexer.skip_space()?;
        if !self.lexer.keyword("R")? {
            return Ok(None);
        }
        Ok(Some(reference(number, generation)))
    }

    fn array(&mut self, depth: usize) -> Result<Object> {
        self.lexer.accept(b"[")?;
        let mut elements = Vec::new();
        loop {
            self.lexer.skip_space()?;
            if self.lexer.accept(b"]")? {
                return Ok(Object::Array(elements));
            }
            elements.push(self.value(depth.saturating_add(1))?);
        }
    }

    /// A dictionary's entries, after its `<<`.
    fn dictionary(
        &mut self,
        depth: usize,
        mut spans: Option<&mut Vec<ValueSpan>>,
    ) -> Result<Dictionary> {
        let mut dictionary = Dictionary::new();
        loop {
            self.lexer.skip_space()?;
            if self.lexer.accept(b">>")? {
                return Ok(dictionary);
            }
            let offset = self.lexer.position();
            let key = self.lexer.name()?;
            if dictionary.contains(key.as_bytes()) {
                let key = key.to_string();
                return Err(Error::damaged(offset, Damage::DuplicateKey { key }));
            }
            self.lexer.skip_space()?;
            let start = self.lexer.position();
            let value = self.value(depth.saturating_add(1))?;
            let span = start..self.lexer.position();
            if let Some(spans) = spans.as_deref_mut() {
                let key = key.clone();
                spans.push(ValueSpan { key, span });
            }
            dictionary.set(key, value);
        }
    }
}

const NO_LENGTH: Damage = Damage::MissingKey { key: "Length" };
const NO_DICTIONARY: Damage = Damage::WrongValue {
    key: "a stream",
    expected: "a dictionary",
};
const WRONG_LENGTH: Damage = Damage::WrongValue {
    key: "/Length",
    expected: "the number of bytes up to endstream",
};

/// A reference from numbers already checked against their limits.
fn reference(number: u64, generation: u64) -> Reference {
    Reference::new(
        u32::try_from(number).unwrap_or(HIGHEST_NUMBER),
        u16::try_from(generation).unwrap_or(u16::MAX),
    )
}
