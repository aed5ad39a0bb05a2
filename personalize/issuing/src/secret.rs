//! Secrets of a card: wiped on drop, and with no way to print, compare or serialize them.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A code that a person types: transport PIN or PUK, 6 to 8 decimal digits in ASCII.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Code(Vec<u8>);

impl Code {
    /// Takes 6 to 8 decimal digits in ASCII; gives nothing, and wipes them, if they are not.
    pub fn new(mut digits: Vec<u8>) -> Option<Self> {
        let fits = (6..=8).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
        if !fits {
            digits.zeroize();
            return None;
        }
        Some(Self(digits))
    }

    /// The digits in ASCII, unpadded, for the card or the letter and nothing else.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_six_to_eight_digits() {
        for good in ["000000", "1234567", "99999999"] {
            let code = Code::new(good.into()).unwrap();
            assert_eq!(code.expose(), good.as_bytes());
        }
        for bad in ["", "12345", "123456789", "12345a", "12345 ", "１２３４５６"] {
            assert!(Code::new(bad.into()).is_none(), "{bad:?}");
        }
    }
}
