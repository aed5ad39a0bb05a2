//! Digits that open a card.

use zeroize::Zeroizing;

/// Fewest digits of a PIN or PUK.
pub const MIN_DIGITS: usize = 6;
/// Most digits of a PIN or PUK (NIST SP 800-73-5 part 2, 3.2.1: eight bytes).
pub const MAX_DIGITS: usize = 8;

/// The digits are not a PIN or PUK. Says how many bytes there were, never which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PIN or PUK has {MIN_DIGITS} to {MAX_DIGITS} decimal digits (got {length} bytes)")]
pub struct SecretDigitsError {
    /// Bytes given.
    pub length: usize,
}

/// A PIN or PUK: 6 to 8 ASCII digits, overwritten when dropped. It can be printed on the letter and
/// nowhere else: there is no `Debug`, `Display` or `Clone`.
pub struct SecretDigits(Zeroizing<Vec<u8>>);

impl SecretDigits {
    /// Copies the digits out of `digits` (ASCII, without padding).
    ///
    /// # Errors
    /// [`SecretDigitsError`] for another length or for a byte that is no digit.
    pub fn new(digits: &[u8]) -> Result<Self, SecretDigitsError> {
        let length = digits.len();
        if (MIN_DIGITS..=MAX_DIGITS).contains(&length) && digits.iter().all(u8::is_ascii_digit) {
            Ok(Self(Zeroizing::new(digits.to_vec())))
        } else {
            Err(SecretDigitsError { length })
        }
    }

    /// The digits as characters, for the drawing.
    pub(crate) fn chars(&self) -> impl ExactSizeIterator<Item = char> {
        self.0.iter().copied().map(char::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_to_eight_digits_are_taken() {
        for digits in ["123456", "1234567", "12345678"] {
            let secret = SecretDigits::new(digits.as_bytes()).unwrap();
            assert_eq!(secret.chars().collect::<String>(), digits);
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        for bad in ["", "12345", "123456789", "12345a", "12345\u{ff}", "12 456"] {
            let error = SecretDigits::new(bad.as_bytes()).err().unwrap();
            assert_eq!(error.length, bad.len());
            assert!(bad.is_empty() || !error.to_string().contains(bad));
        }
    }
}
