//! The tokens of a content stream (ISO 32000-1 7.8.2).

use crate::error::Result;
use crate::lexer::{Lexer, is_delimiter, is_regular};
use crate::source::Source;

/// A token of a content stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A number or an operator, as it stands.
    Word(Vec<u8>),
    /// A name without its slash, as it stands: escapes are not undone.
    Name(Vec<u8>),
    /// A literal or hexadecimal string, decoded.
    String(Vec<u8>),
    /// A bracket of an array or a dictionary.
    Bracket,
}

/// Reads the tokens of a content stream one after the other. What operands an operator has is not known
/// here.
pub struct Tokens<'a>(Lexer<'a>);

impl<'a> Tokens<'a> {
    /// Begins with a content, its filters undone.
    #[must_use]
    pub fn new(content: &'a dyn Source) -> Self {
        Self(Lexer::new(content, 0, content.len()))
    }

    /// The next token; nothing at the end.
    ///
    /// # Errors
    /// [`Error::Damaged`](crate::Error::Damaged) at a string that is none or does not end,
    /// [`Error::TooLarge`](crate::Error::TooLarge) at one of more than 16 MiB,
    /// [`Error::Read`](crate::Error::Read).
    pub fn next_token(&mut self) -> Result<Option<Token>> {
        self.0.skip_space()?;
        let Some(first) = self.0.peek()? else {
            return Ok(None);
        };
        Ok(Some(match first {
            b'/' => {
                self.0.next()?;
                Token::Name(self.regular()?)
            }
            b'(' => Token::String(self.0.literal_string()?),
            b'<' if !self.0.accept(b"<<")? => Token::String(self.0.hex_string()?),
            b'<' => Token::Bracket,
            delimiter if is_delimiter(delimiter) => {
                self.0.next()?;
                Token::Bracket
            }
            _ => Token::Word(self.regular()?),
        }))
    }

    fn regular(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(byte) = self.0.peek()?.filter(|byte| is_regular(*byte)) {
            bytes.push(byte);
            self.0.next()?;
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(content: &[u8]) -> Result<Vec<Token>> {
        let mut tokens = Tokens::new(&content);
        let mut found = Vec::new();
        while let Some(token) = tokens.next_token()? {
            found.push(token);
        }
        Ok(found)
    }

    #[test]
    fn each_kind_of_token_is_read() {
        let word = |text: &[u8]| Token::Word(text.to_vec());
        let string = |text: &[u8]| Token::String(text.to_vec());
        assert_eq!(
            all(b"/F#31 -1.5 Tf[(a\\062)<4 3>]TJ%(x)\n<</A 1>>").unwrap(),
            [
                Token::Name(b"F#31".to_vec()),
                word(b"-1.5"),
                word(b"Tf"),
                Token::Bracket,
                string(b"a2"),
                string(b"C"),
                Token::Bracket,
                word(b"TJ"),
                Token::Bracket,
                Token::Name(b"A".to_vec()),
                word(b"1"),
                Token::Bracket,
                Token::Bracket,
            ]
        );
        assert!(all(b"").unwrap().is_empty());
        assert!(all(b"(open").is_err());
        assert!(all(b"<4g>").is_err());
    }
}
