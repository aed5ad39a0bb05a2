//! Text that comes from an application and is about to be drawn: bounded and without characters
//! that could hide or reorder others.

use sello_profile::text::is_invisible;

use crate::typeface::Face;

/// Why a text is not drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing to draw.
    #[error("{field} is empty")]
    Empty {
        /// The field of the input.
        field: &'static str,
    },
    /// More characters than the field holds.
    #[error("{field} has {length} characters, at most {limit} fit")]
    TooLong {
        /// The field of the input.
        field: &'static str,
        /// Characters found.
        length: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// A control or invisible character, or one the typeface has no shape for.
    #[error("{field} contains U+{code_point:04X}, which cannot be drawn")]
    Character {
        /// The field of the input.
        field: &'static str,
        /// The character's code point.
        code_point: u32,
    },
}

/// Checks that `text` has 1 to `limit` characters and that `face` draws each of them visibly.
///
/// # Errors
/// [`TextError`], naming `field`.
pub fn check(field: &'static str, text: &str, limit: usize, face: &Face) -> Result<(), TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty { field });
    }
    let length = text.chars().count();
    if length > limit {
        return Err(TextError::TooLong {
            field,
            length,
            limit,
        });
    }
    match text.chars().find(|&c| is_invisible(c) || !face.covers(c)) {
        Some(c) => Err(TextError::Character {
            field,
            code_point: u32::from(c),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typeface::Typeface;

    fn verdict(text: &str) -> Result<(), TextError> {
        check("name", text, 12, &Face::load(Typeface::Serif).unwrap())
    }

    #[test]
    fn spanish_letters_and_signs_pass() {
        assert_eq!(verdict("áéíóúñüç·&ºª"), Ok(()));
        assert_eq!(verdict("ÁÉÍÓÚÑÜÇ€«»¿"), Ok(()));
    }

    #[test]
    fn blank_text_is_refused() {
        assert_eq!(verdict(""), Err(TextError::Empty { field: "name" }));
        assert_eq!(verdict("  "), Err(TextError::Empty { field: "name" }));
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert_eq!(verdict("ññññññññññññ"), Ok(()));
        assert_eq!(
            verdict("abcdefghijklm"),
            Err(TextError::TooLong {
                field: "name",
                length: 13,
                limit: 12
            })
        );
    }

    #[test]
    fn control_hidden_and_missing_characters_are_refused() {
        for c in [
            '\n',
            '\0',
            '\u{202E}',
            '\u{200B}',
            '\u{AD}',
            '公',
            '\u{10FFFD}',
        ] {
            assert_eq!(
                verdict(&format!("a{c}b")),
                Err(TextError::Character {
                    field: "name",
                    code_point: u32::from(c)
                }),
                "{c:?}"
            );
        }
    }
}
