//! PIN references and the PIN format (SP 800-73-5 part 2, 2.4.3).

/// Which reference data a command means (P2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PinReference {
    /// `80`, the PIV card application PIN.
    Pin,
    /// `81`, the PIN unblocking key.
    Puk,
    /// `82`, the approver PIN (`specs/card.md`); class 80 only.
    Approver,
}

/// Length of a PIN or PUK on the wire, in bytes; unused places are filled with [`PADDING`].
pub const LENGTH: usize = 8;
/// Shortest PIN, in digits.
pub const SHORTEST_PIN: usize = 6;
/// The padding byte.
pub const PADDING: u8 = 0xFF;
/// The PIN of a blank card, padded.
pub const FACTORY_PIN: [u8; LENGTH] = *b"123456\xFF\xFF";
/// The PUK of a blank card.
pub const FACTORY_PUK: [u8; LENGTH] = *b"12345678";
/// Tries of a PIN and of a PUK after the factory and after personalization.
pub const TRIES: u8 = 3;

impl PinReference {
    /// The P2 byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Pin => 0x80,
            Self::Puk => 0x81,
            Self::Approver => 0x82,
        }
    }

    /// The reference for a P2 byte.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x80 => Some(Self::Pin),
            0x81 => Some(Self::Puk),
            0x82 => Some(Self::Approver),
            _ => None,
        }
    }
}

/// Whether eight bytes are well formed: 6 to 8 decimal digits, then padding (SP 800-73-5 part 2, 2.4.3).
/// A PUK is any eight bytes; clients fill a shorter one with the padding.
#[must_use]
pub fn is_well_formed(reference: PinReference, bytes: &[u8; LENGTH]) -> bool {
    match reference {
        PinReference::Puk => true,
        PinReference::Pin | PinReference::Approver => {
            let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
            digits >= SHORTEST_PIN && bytes.iter().skip(digits).all(|b| *b == PADDING)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_six_to_eight_digits_then_padding() {
        assert!(is_well_formed(PinReference::Pin, b"123456\xFF\xFF"));
        assert!(is_well_formed(PinReference::Pin, b"12345678"));
        for bad in [
            *b"12345\xFF\xFF\xFF",
            *b"12345a\xFF\xFF",
            *b"123456\xFF7",
            [0xFF; 8],
        ] {
            assert!(!is_well_formed(PinReference::Pin, &bad));
        }
    }

    #[test]
    fn a_puk_is_any_eight_bytes() {
        for puk in [b"12345678", b"1234567\xFF", &[0; LENGTH], &[0xFF; LENGTH]] {
            assert!(is_well_formed(PinReference::Puk, puk));
        }
    }
}
