//! AES keys and their version numbers.

use thiserror::Error;
use zeroize::Zeroizing;

/// An AES key of 16, 24 or 32 bytes, wiped when dropped.
///
/// It has no `Debug` and no `Display`, so that it cannot be printed.
#[derive(Clone)]
pub struct Key {
    bytes: Zeroizing<[u8; Self::LARGEST]>,
    length: usize,
}

/// No AES key has this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an AES key has 16, 24 or 32 bytes, not {length}")]
pub struct KeyLength {
    /// Length in bytes.
    pub length: usize,
}

impl Key {
    /// Most bytes of a key.
    pub const LARGEST: usize = 32;

    /// Takes the bytes of a key.
    ///
    /// # Errors
    /// [`KeyLength`] unless there are 16, 24 or 32.
    pub fn new(bytes: &[u8]) -> Result<Self, KeyLength> {
        let length = bytes.len();
        let mut key = Self::zero(length)?;
        key.expose_mut().copy_from_slice(bytes);
        Ok(key)
    }

    /// An AES-128 key.
    pub(crate) fn aes_128(bytes: [u8; 16]) -> Self {
        let mut key = Self {
            bytes: Zeroizing::new([0; Self::LARGEST]),
            length: bytes.len(),
        };
        key.expose_mut().copy_from_slice(&bytes);
        key
    }

    /// A key of zeros, to be filled.
    pub(crate) fn zero(length: usize) -> Result<Self, KeyLength> {
        match length {
            16 | 24 | 32 => Ok(Self {
                bytes: Zeroizing::new([0; Self::LARGEST]),
                length,
            }),
            _ => Err(KeyLength { length }),
        }
    }

    /// A key of zeros as long as this one, to be filled.
    pub(crate) fn zero_like(&self) -> Self {
        Self {
            bytes: Zeroizing::new([0; Self::LARGEST]),
            length: self.length,
        }
    }

    /// The bytes, for cryptography and for the memory that keeps them alone.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    pub(crate) fn expose_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.length).unwrap_or_default()
    }

    /// Length in bytes: 16, 24 or 32.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }
}

/// A key version number (GlobalPlatform Card Specification v2.3, 11.8.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyVersion(u8);

impl KeyVersion {
    /// `FF`, the keys of a card that left the factory.
    pub const FACTORY: Self = Self(0xFF);

    /// A version that keys put on a card can have, `01` to `7F`; `None` for any other.
    #[must_use]
    pub const fn new(version: u8) -> Option<Self> {
        match version {
            0x01..=0x7F => Some(Self(version)),
            _ => None,
        }
    }

    /// The version for a byte from a card, the factory's included.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0xFF => Some(Self::FACTORY),
            _ => Self::new(byte),
        }
    }

    /// The byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_three_lengths() {
        for length in 0..=Key::LARGEST + 1 {
            let bytes = [7; Key::LARGEST + 1];
            let key = Key::new(&bytes[..length]);
            if matches!(length, 16 | 24 | 32) {
                let key = key.unwrap();
                assert_eq!(key.length(), length);
                assert_eq!(key.expose(), &bytes[..length]);
            } else {
                assert_eq!(key.err(), Some(KeyLength { length }));
            }
        }
    }

    #[test]
    fn only_the_factory_has_a_version_over_7f() {
        let put = (0..=u8::MAX).filter_map(KeyVersion::new);
        assert!(put.map(KeyVersion::to_byte).eq(0x01..=0x7F));
        let mut known = (0..=u8::MAX).filter_map(KeyVersion::from_byte);
        assert_eq!(known.clone().count(), 128);
        assert_eq!(known.next_back(), Some(KeyVersion::FACTORY));
    }
}
