//! Tokens (ISO 32000-1 7.2 and 7.3).

use crate::cursor::Cursor;
use crate::error::{Damage, Error, Limit, Result};
use crate::object::{Name, Object};
use crate::source::Source;

/// Longest string in bytes; the largest seen in practice are signatures' contents.
pub(crate) const LONGEST_STRING: usize = 16 * 1024 * 1024;
const LONGEST_NUMBER: usize = 64;

/// Reads tokens from a source.
pub(crate) struct Lexer<'a> {
    cursor: Cursor<'a>,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(source: &'a dyn Source, position: u64, limit: u64) -> Self {
        Self {
            cursor: Cursor::new(source, position, limit),
        }
    }

    pub(crate) fn position(&self) -> u64 {
        self.cursor.position()
    }

    pub(crate) const fn limit(&self) -> u64 {
        self.cursor.limit()
    }

    pub(crate) fn seek(&mut self, position: u64) {
        self.cursor.seek(position);
    }

    pub(crate) fn peek(&mut self) -> Result<Option<u8>> {
        self.cursor.peek()
    }

    pub(crate) fn next(&mut self) -> Result<Option<u8>> {
        self.cursor.next()
    }

    pub(crate) fn accept(&mut self, bytes: &[u8]) -> Result<bool> {
        self.cursor.accept(bytes)
    }

    /// The error for finding something else than `expected` at the position.
    pub(crate) fn expected(&mut self, expected: &'static str) -> Error {
        let offset = self.position();
        match self.peek() {
            Ok(Some(_)) => Error::damaged(offset, Damage::Expected { expected }),
            Ok(None) => Error::damaged(offset, Damage::UnexpectedEnd { expected }),
            Err(error) => error,
        }
    }

    /// Steps over white space, but not over comments.
    pub(crate) fn skip_white(&mut self) -> Result<()> {
        while self.peek()?.is_some_and(is_white) {
            self.next()?;
        }
        Ok(())
    }

    /// Steps over white space and comments.
    pub(crate) fn skip_space(&mut self) -> Result<()> {
        loop {
            self.skip_white()?;
            if self.peek()? != Some(b'%') {
                return Ok(());
            }
            while self
                .peek()?
                .is_some_and(|byte| !matches!(byte, b'\r' | b'\n'))
            {
                self.next()?;
            }
        }
    }

    /// Steps over a keyword that ends here, if it is what comes next.
    pub(crate) fn keyword(&mut self, word: &'static str) -> Result<bool> {
        let start = self.position();
        if self.accept(word.as_bytes())? && !self.peek()?.is_some_and(is_regular) {
            return Ok(true);
        }
        self.seek(start);
        Ok(false)
    }

    pub(crate) fn expect_keyword(&mut self, word: &'static str) -> Result<()> {
        if self.keyword(word)? {
            return Ok(());
        }
        Err(self.expected(word))
    }

    /// An unsigned integer of at most `limit`, written in digits only.
    pub(crate) fn unsigned(&mut self, limit: u64, expected: &'static str) -> Result<u64> {
        let offset = self.position();
        let mut value = 0u64;
        let mut digits = 0usize;
        while let Some(digit) = self.peek()?.filter(u8::is_ascii_digit) {
            self.next()?;
            digits = digits.saturating_add(1);
            value = value
                .saturating_mul(10)
                .saturating_add(u64::from(digit.wrapping_sub(b'0')));
        }
        if digits == 0 || self.peek()?.is_some_and(is_regular) {
            return Err(self.expected(expected));
        }
        if value > limit || digits > LONGEST_NUMBER {
            return Err(Error::damaged(offset, Damage::NumberOutOfRange));
        }
        Ok(value)
    }

    /// A number (ISO 32000-1 7.3.3).
    pub(crate) fn number(&mut self) -> Result<Object> {
        let offset = self.position();
        let mut text = String::new();
        while let Some(byte) = self.peek()?.filter(|byte| is_regular(*byte)) {
            if !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.') {
                return Err(self.expected("a number"));
            }
            if text.len() >= LONGEST_NUMBER {
                return Err(Error::damaged(offset, Damage::NumberOutOfRange));
            }
            text.push(char::from(byte));
            self.next()?;
        }
        let expected = "a number";
        let malformed = |_| Error::damaged(offset, Damage::Expected { expected });
        if text.contains('.') {
            let value = text.parse::<f64>();
            return value.map(Object::Real).map_err(|_| malformed(()));
        }
        match text.parse::<i64>() {
            Ok(value) => Ok(Object::Integer(value)),
            Err(error) => Err(match error.kind() {
                std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => {
                    Error::damaged(offset, Damage::NumberOutOfRange)
                }
                _ => malformed(()),
            }),
        }
    }

    /// A name, from its slash on (ISO 32000-1 7.3.5).
    pub(crate) fn name(&mut self) -> Result<Name> {
        let offset = self.position();
        if !self.accept(b"/")? {
            return Err(self.expected("a name"));
        }
        let mut bytes = Vec::new();
        while let Some(byte) = self.peek()?.filter(|byte| is_regular(*byte)) {
            self.next()?;
            let byte = if byte == b'#' {
                self.name_escape()?
            } else {
                byte
            };
            push(&mut bytes, byte, offset)?;
        }
        Ok(Name::new(bytes))
    }

    fn name_escape(&mut self) -> Result<u8> {
        let high = self.hex_digit("a hexadecimal digit of a name")?;
        let low = self.hex_digit("a hexadecimal digit of a name")?;
        let byte = (high << 4) | low;
        if byte == 0 {
            return Err(self.expected("a name without a null byte"));
        }
        Ok(byte)
    }

    fn hex_digit(&mut self, expected: &'static str) -> Result<u8> {
        let Some(value) = self.peek()?.and_then(hex_value) else {
            return Err(self.expected(expected));
        };
        self.next()?;
        Ok(value)
    }

    /// A hexadecimal string, from its `<` on (ISO 32000-1 7.3.4.3).
    pub(crate) fn hex_string(&mut self) -> Result<Vec<u8>> {
        let offset = self.position();
        if !self.accept(b"<")? {
            return Err(self.expected("a hexadecimal string"));
        }
        let mut bytes = Vec::new();
        loop {
            self.hex_pairs(&mut bytes, offset)?;
            self.skip_white()?;
            if self.accept(b">")? {
                return Ok(bytes);
            }
            let high = self.hex_digit("a hexadecimal digit")?;
            self.skip_white()?;
            let low = if self.peek()? == Some(b'>') {
                0
            } else {
                self.hex_digit("a hexadecimal digit")?
            };
            push(&mut bytes, (high << 4) | low, offset)?;
        }
    }

    /// The pairs of digits at hand: a signature's contents are long and have nothing else.
    fn hex_pairs(&mut self, bytes: &mut Vec<u8>, offset: u64) -> Result<()> {
        let before = bytes.len();
        let (pairs, _) = self.cursor.ahead()?.as_chunks::<2>();
        bytes.reserve(pairs.len());
        let values = pairs.iter().map_while(|[high, low]| {
            let (high, low) = (hex_value(*high)?, hex_value(*low)?);
            Some((high << 4) | low)
        });
        bytes.extend(values);
        let read = bytes.len().saturating_sub(before);
        self.cursor.advance(read.saturating_mul(2));
        if bytes.len() > LONGEST_STRING {
            return Err(Error::too_large(offset, Limit::String(LONGEST_STRING)));
        }
        Ok(())
    }

    /// A literal string, from its `(` on (ISO 32000-1 7.3.4.2).
    pub(crate) fn literal_string(&mut self) -> Result<Vec<u8>> {
        let offset = self.position();
        if !self.accept(b"(")? {
            return Err(self.expected("a string"));
        }
        let mut bytes = Vec::new();
        let mut open = 1usize;
        loop {
            let Some(byte) = self.next()? else {
                return Err(self.expected("the end of a string"));
            };
            match byte {
                b'(' => open = open.saturating_add(1),
                b')' => {
                    open = open.saturating_sub(1);
                    if open == 0 {
                        return Ok(bytes);
                    }
                }
                b'\\' => {
                    if let Some(byte) = self.string_escape()? {
                        push(&mut bytes, byte, offset)?;
                    }
                    continue;
                }
                _ => {}
            }
            let byte = if byte == b'\r' {
                self.line_end()?
            } else {
                byte
            };
            push(&mut bytes, byte, offset)?;
        }
    }

    /// After a carriage return in a string: CR, LF and CR LF all stand for LF.
    fn line_end(&mut self) -> Result<u8> {
        self.accept(b"\n")?;
        Ok(b'\n')
    }

    fn string_escape(&mut self) -> Result<Option<u8>> {
        let Some(byte) = self.next()? else {
            return Err(self.expected("the end of a string"));
        };
        Ok(match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(12),
            b'\n' => None,
            b'\r' => {
                self.line_end()?;
                None
            }
            b'0'..=b'7' => Some(self.octal(byte)?),
            // 7.3.4.2: before any other character the backslash is ignored.
            other => Some(other),
        })
    }

    fn octal(&mut self, first: u8) -> Result<u8> {
        let mut value = first.wrapping_sub(b'0');
        for _ in 0..2 {
            let Some(digit) = self.peek()?.filter(|byte| matches!(byte, b'0'..=b'7')) else {
                break;
            };
            self.next()?;
            // 7.3.4.2: high-order overflow is ignored.
            value = value.wrapping_mul(8).wrapping_add(digit.wrapping_sub(b'0'));
        }
        Ok(value)
    }
}

fn push(bytes: &mut Vec<u8>, byte: u8, offset: u64) -> Result<()> {
    if bytes.len() >= LONGEST_STRING {
        return Err(Error::too_large(offset, Limit::String(LONGEST_STRING)));
    }
    bytes.push(byte);
    Ok(())
}

/// White-space characters (ISO 32000-1 Table 1).
pub(crate) const fn is_white(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

/// Delimiter characters (ISO 32000-1 Table 2).
pub(crate) const fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

pub(crate) const fn is_regular(byte: u8) -> bool {
    !is_white(byte) && !is_delimiter(byte)
}

/// Without a branch between digits and letters: which of them comes next cannot be foreseen.
const fn hex_value(byte: u8) -> Option<u8> {
    let digit = byte.wrapping_sub(b'0');
    let letter = (byte | 0x20).wrapping_sub(b'a');
    let value = if digit < 10 {
        digit
    } else {
        letter.wrapping_add(10)
    };
    if (digit < 10) | (letter < 6) {
        Some(value)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::wide;

    fn lex<T>(text: &[u8], read: impl Fn(&mut Lexer<'_>) -> Result<T>) -> Result<(T, u64)> {
        let bytes = text.to_vec();
        let mut lexer = Lexer::new(&bytes, 0, wide(bytes.len()));
        let value = read(&mut lexer)?;
        Ok((value, lexer.position()))
    }

    fn number(text: &str) -> Option<Object> {
        lex(text.as_bytes(), |lexer| lexer.number())
            .ok()
            .map(|(value, _)| value)
    }

    #[test]
    fn numbers() {
        for (text, value) in [("0", 0), ("+17", 17), ("-98", -98), ("007", 7)] {
            assert_eq!(number(text), Some(Object::Integer(value)), "{text}");
        }
        for (text, value) in [("34.5", 34.5), ("4.", 4.0), ("-.002", -0.002), ("+.5", 0.5)] {
            assert_eq!(number(text), Some(Object::Real(value)), "{text}");
        }
        for text in [
            "",
            ".",
            "-",
            "--1",
            "1e5",
            "0x1",
            "1-2",
            "1.2.3",
            "99999999999999999999",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
        let endless = "1".repeat(65);
        let error = lex(endless.as_bytes(), |lexer| lexer.number()).unwrap_err();
        assert!(matches!(error, Error::Damaged { offset: 0, .. }), "{error}");
    }

    #[test]
    fn names() {
        let name = |text: &[u8]| lex(text, |lexer| lexer.name()).map(|(name, _)| name);
        assert_eq!(name(b"/Name1 ").unwrap(), "Name1");
        assert_eq!(name(b"/A;_$*~!@-b.c/").unwrap(), "A;_$*~!@-b.c");
        assert_eq!(name(b"/A#42#20C").unwrap(), "AB C");
        assert_eq!(name(b"/ ").unwrap(), "");
        for wrong in [b"A".as_slice(), b"/A#4", b"/A#GG", b"/A#00"] {
            assert!(name(wrong).is_err(), "{}", wrong.escape_ascii());
        }
    }

    #[test]
    fn literal_strings() {
        let string =
            |text: &[u8]| lex(text, |lexer| lexer.literal_string()).map(|(string, _)| string);
        let cases: [(&[u8], &[u8]); 8] = [
            (b"()", b""),
            (b"(a(b)c)", b"a(b)c"),
            (b"(\\n\\r\\t\\b\\f\\(\\)\\\\)", b"\n\r\t\x08\x0c()\\"),
            (b"(a\\\nb\\\r\nc)", b"abc"),
            (b"(a\rb\r\nc\nd)", b"a\nb\nc\nd"),
            (b"(\\101\\53\\7x\\0053)", b"A+\x07x\x053"),
            (b"(\\q)", b"q"),
            (b"(\\777)", b"\xff"),
        ];
        for (text, value) in cases {
            assert_eq!(string(text).unwrap(), value, "{}", text.escape_ascii());
        }
        for open in [b"(".as_slice(), b"(a(b)", b"(\\"] {
            let error = string(open).unwrap_err();
            let expected = "the end of a string";
            let damage = Damage::UnexpectedEnd { expected };
            let offset = wide(open.len());
            assert!(
                matches!(error, Error::Damaged { offset: at, damage: found }
                    if at == offset && found == damage),
                "{}",
                open.escape_ascii()
            );
        }
    }

    #[test]
    fn hexadecimal_strings() {
        let string = |text: &[u8]| lex(text, |lexer| lexer.hex_string()).map(|(string, _)| string);
        assert_eq!(string(b"<>").unwrap(), b"");
        assert_eq!(string(b"<901FA>").unwrap(), [0x90, 0x1f, 0xa0]);
        assert_eq!(string(b"< 4 1\n42 >").unwrap(), b"AB");
        for wrong in [b"<4".as_slice(), b"<4G>", b"<41", b"<41%c\n42>"] {
            assert!(string(wrong).is_err(), "{}", wrong.escape_ascii());
        }
    }

    #[test]
    fn space_and_keywords() {
        let (_, position) = lex(b" \0\t% comment (\r\n \x0cx", |lexer| lexer.skip_space()).unwrap();
        assert_eq!(position, 18);
        let keyword = |text: &[u8]| lex(text, |lexer| lexer.keyword("obj")).unwrap();
        assert_eq!(keyword(b"obj"), (true, 3));
        assert_eq!(keyword(b"obj<<"), (true, 3));
        assert_eq!(keyword(b"object"), (false, 0));
        assert_eq!(keyword(b"ob"), (false, 0));
    }
}
