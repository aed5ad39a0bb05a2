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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::wide;

    fn value(text: &str) -> Result<Object> {
        let bytes = text.as_bytes().to_vec();
        Parser::new(&bytes, 0, wide(bytes.len())).value(0)
    }

    fn indirect(text: &str) -> Result<IndirectObject> {
        let bytes = text.as_bytes().to_vec();
        let length_of = |reference: Reference| Ok(u64::from(reference.number));
        Parser::new(&bytes, 0, wide(bytes.len())).indirect_object(&length_of)
    }

    fn damage(error: Error) -> (u64, Damage) {
        match error {
            Error::Damaged { offset, damage } => (offset, damage),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn references_are_told_from_numbers() {
        let reference = |number, generation| Object::Reference(Reference::new(number, generation));
        let integers = [1, 0, 2].map(Object::Integer).to_vec();
        assert_eq!(value("[1 0 2]").unwrap(), Object::Array(integers));
        assert_eq!(value("12 0 R").unwrap(), reference(12, 0));
        assert_eq!(value("12 0 RG").unwrap(), Object::Integer(12));
        assert_eq!(value("-1 0 R").unwrap(), Object::Integer(-1));
        assert_eq!(value("1 65536 R").unwrap(), Object::Integer(1));
        assert_eq!(value("99999999 0 R").unwrap(), Object::Integer(99_999_999));
        let both = vec![reference(1, 0), reference(2, 3)];
        assert_eq!(value("[1 0 R 2 3 R]").unwrap(), Object::Array(both));
        assert_eq!(value("1 % c\n 0 %\n R").unwrap(), reference(1, 0));
    }

    #[test]
    fn a_key_written_twice_is_refused() {
        let error = value("<</A 1 /B 2 /#41 3>>").unwrap_err();
        let key = "A".to_owned();
        assert_eq!(damage(error), (12, Damage::DuplicateKey { key }));
    }

    #[test]
    fn null_entries_count_as_absent() {
        let Object::Dictionary(dictionary) = value("<</A null/B 1>>").unwrap() else {
            panic!("a dictionary was written");
        };
        assert_eq!(dictionary.get("A"), None);
        assert_eq!(dictionary.get("B"), Some(&Object::Integer(1)));
        assert!(value("<</A null/A 1>>").is_err());
    }

    #[test]
    fn broken_values_are_refused() {
        let broken = [
            "", "]", ">>", "<</A>>", "<</A 1", "[1", "<<1 2>>", "nul", "truest", "{}", "R",
        ];
        for text in broken {
            assert!(value(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nesting_is_limited() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        value(&nested(DEEPEST)).unwrap();
        let error = value(&nested(DEEPEST + 2)).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
        let error = value(&"<</A".repeat(100_000)).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    }

    #[test]
    fn the_number_of_values_is_limited() {
        let error = value(&("[".to_owned() + &"0 ".repeat(MOST_VALUES + 1))).unwrap_err();
        let limit = Limit::Values(MOST_VALUES);
        assert!(matches!(error, Error::TooLarge { limit: met, .. } if met == limit));
    }

    #[test]
    fn spans_are_those_of_the_file() {
        let text = "7 0 obj <</A (x)/B [1 2]  /C\n<0a> >> endobj";
        let object = indirect(text).unwrap();
        assert_eq!(object.reference, Reference::new(7, 0));
        assert_eq!(object.span, 0..wide(text.len()));
        let span = |key| {
            let span = object.value.entry_span(key).unwrap();
            let at = |position| usize::try_from(position).unwrap();
            &text[at(span.start)..at(span.end)]
        };
        assert_eq!((span("A"), span("B"), span("C")), ("(x)", "[1 2]", "<0a>"));
        assert_eq!(object.value.entry_span("D"), None);
    }

    #[test]
    fn streams_end_where_their_length_says() {
        let stream = indirect("1 0 obj<</Length 5>>stream\nab>>>\nendstream endobj").unwrap();
        assert_eq!(stream.value.object.as_stream().unwrap().data, 27..32);
        let stream = indirect("1 0 obj<</Length 2 0 R>>stream\r\nabendstream\nendobj").unwrap();
        assert_eq!(stream.value.object.as_stream().unwrap().data, 32..34);
        let broken = [
            "1 0 obj<</Length 5>>stream\nab\nendstream endobj",
            "1 0 obj<</Length 1>>stream\nab\nendstream endobj",
            "1 0 obj<</Length 2>>stream\rab\nendstream endobj",
            "1 0 obj<</Length -2>>stream\nab\nendstream endobj",
            "1 0 obj<</Length 99999999999>>stream\nab\nendstream endobj",
            "1 0 obj<<>>stream\nab\nendstream endobj",
            "1 0 obj[]stream\nab\nendstream endobj",
            "1 0 obj<</Length 2>>stream\nab\nendstream",
        ];
        for text in broken {
            assert!(indirect(text).is_err(), "{text}");
        }
    }

    #[test]
    fn headers_are_checked() {
        for text in [
            "8388608 0 obj 1 endobj",
            "1 65536 obj 1 endobj",
            "1 0 object",
            "x 0 obj",
        ] {
            assert!(indirect(text).is_err(), "{text}");
        }
        let error = indirect("1 0 obj 1 2 endobj").unwrap_err();
        let expected = "endobj";
        assert_eq!(damage(error), (10, Damage::Expected { expected }));
    }
}
