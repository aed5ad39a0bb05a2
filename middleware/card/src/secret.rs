//! PINs and keys: wiped on drop, and without `Debug`, so that nothing can print them.

use sello_wire::pin::{self, LENGTH, PADDING, PinReference};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Why something entered is no PIN, PUK or key. Says nothing of what was entered but its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SecretFormat {
    /// A PIN has 6 to 8 decimal digits.
    #[error("a PIN has 6 to 8 digits")]
    Pin,
    /// A PUK has 8 characters, none of them outside ASCII.
    #[error("a PUK has 8 characters")]
    Puk,
}

/// The card holder's PIN: 6 to 8 decimal digits, kept padded to 8 bytes.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Pin([u8; LENGTH]);

impl Pin {
    /// Takes a PIN as typed.
    ///
    /// # Errors
    /// [`SecretFormat::Pin`] for anything but 6 to 8 ASCII digits.
    pub fn new(typed: &[u8]) -> Result<Self, SecretFormat> {
        let mut bytes = Zeroizing::new([PADDING; LENGTH]);
        let room = bytes.get_mut(..typed.len()).ok_or(SecretFormat::Pin)?;
        room.copy_from_slice(typed);
        if typed.contains(&PADDING) || !pin::is_well_formed(PinReference::Pin, &bytes) {
            return Err(SecretFormat::Pin);
        }
        Ok(Self(*bytes))
    }

    /// The PIN of a blank card.
    #[must_use]
    pub const fn factory() -> Self {
        Self(pin::FACTORY_PIN)
    }

    pub(crate) const fn padded(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

/// In constant time.
impl PartialEq for Pin {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Pin {}

/// The PIN unblocking key: 8 characters.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Puk([u8; LENGTH]);

impl Puk {
    /// Takes a PUK as typed.
    ///
    /// # Errors
    /// [`SecretFormat::Puk`] for anything but 8 visible ASCII characters.
    pub fn new(typed: &[u8]) -> Result<Self, SecretFormat> {
        let bytes = <&[u8; LENGTH]>::try_from(typed).map_err(|_| SecretFormat::Puk)?;
        if bytes.iter().all(u8::is_ascii_graphic) {
            Ok(Self(*bytes))
        } else {
            Err(SecretFormat::Puk)
        }
    }

    /// The PUK of a blank card.
    #[must_use]
    pub const fn factory() -> Self {
        Self(pin::FACTORY_PUK)
    }

    pub(crate) const fn padded(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

/// In constant time.
impl PartialEq for Puk {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Puk {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_padded_and_other_forms_refused() {
        assert_eq!(Pin::new(b"123456").unwrap().padded(), b"123456\xFF\xFF");
        assert_eq!(Pin::new(b"12345678").unwrap().padded(), b"12345678");
        for bad in [
            &b"12345"[..],
            b"123456789",
            b"12345a",
            b"123456\xFF",
            b"",
            "１２３４５６".as_bytes(),
        ] {
            assert_eq!(Pin::new(bad).err(), Some(SecretFormat::Pin));
        }
    }

    #[test]
    fn puks_have_eight_visible_characters() {
        assert_eq!(Puk::new(b"12345678").unwrap().padded(), b"12345678");
        for bad in [&b"1234567"[..], b"123456789", b"1234567 ", b"1234567\xFF"] {
            assert_eq!(Puk::new(bad).err(), Some(SecretFormat::Puk));
        }
    }
}
