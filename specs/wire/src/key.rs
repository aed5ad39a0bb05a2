//! Key references, algorithm identifiers and policies (SP 800-78-5, tables 8 and 9; common extensions).

/// A key slot that holds an asymmetric key pair (SP 800-73-5 part 1, table 4b).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// `9A`, PIV authentication.
    Authentication,
    /// `9C`, digital signature: the seal key.
    Signature,
    /// `9D`, key management.
    KeyManagement,
    /// `9E`, card authentication.
    CardAuthentication,
    /// `82` to `95`, retired key management: further seals.
    Retired(RetiredSlot),
    /// `F9`, attestation (common extension): it signs what the card itself states, and nothing a host
    /// gives.
    Attestation,
}

/// One of the twenty retired key management slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RetiredSlot(u8);

impl RetiredSlot {
    /// The slot with a number from 1 to 20; `None` for any other.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 1 && number <= 20 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number, 1 to 20.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The number less one, 0 to 19.
    #[must_use]
    pub const fn zero_based(self) -> u8 {
        self.0.saturating_sub(1)
    }
}

impl Slot {
    /// The key reference byte (P2).
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Authentication => 0x9A,
            Self::Signature => 0x9C,
            Self::KeyManagement => 0x9D,
            Self::CardAuthentication => 0x9E,
            Self::Retired(n) => 0x82 + n.zero_based(),
            Self::Attestation => 0xF9,
        }
    }

    /// The slot for a key reference byte.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x9A => Some(Self::Authentication),
            0x9C => Some(Self::Signature),
            0x9D => Some(Self::KeyManagement),
            0x9E => Some(Self::CardAuthentication),
            0xF9 => Some(Self::Attestation),
            0x82..=0x95 => match RetiredSlot::new(byte - 0x81) {
                Some(n) => Some(Self::Retired(n)),
                None => None,
            },
            _ => None,
        }
    }

    /// Which seal of the card belongs to the slot: 0 for `9C`, 1 to 20 for the retired slots, `None`
    /// for a slot that holds no seal.
    #[must_use]
    pub const fn seal_index(self) -> Option<u8> {
        match self {
            Self::Signature => Some(0),
            Self::Retired(n) => Some(n.number()),
            _ => None,
        }
    }

    /// Every slot a host can use, in the order of the standard; the attestation slot is none of them.
    pub fn all() -> impl Iterator<Item = Self> {
        [
            Self::Authentication,
            Self::Signature,
            Self::KeyManagement,
            Self::CardAuthentication,
        ]
        .into_iter()
        .chain((1..=20).filter_map(RetiredSlot::new).map(Self::Retired))
    }
}

/// The management key reference (SP 800-73-5 part 1, table 4b).
pub const MANAGEMENT_KEY: u8 = 0x9B;

/// The management key of a blank card: AES-192.
pub const FACTORY_MANAGEMENT_KEY: [u8; 24] = [
    1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
];

/// An algorithm identifier (SP 800-78-5, table 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// `08` AES-128.
    Aes128,
    /// `0A` AES-192.
    Aes192,
    /// `0C` AES-256.
    Aes256,
    /// `11` ECC curve P-256.
    P256,
    /// `14` ECC curve P-384.
    P384,
}

impl Algorithm {
    /// The identifier byte (P1).
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Aes128 => 0x08,
            Self::Aes192 => 0x0A,
            Self::Aes256 => 0x0C,
            Self::P256 => 0x11,
            Self::P384 => 0x14,
        }
    }

    /// The algorithm for an identifier byte.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x08 => Some(Self::Aes128),
            0x0A => Some(Self::Aes192),
            0x0C => Some(Self::Aes256),
            0x11 => Some(Self::P256),
            0x14 => Some(Self::P384),
            _ => None,
        }
    }

    /// Length in bytes of a secret key of this algorithm, `None` for an asymmetric one.
    #[must_use]
    pub const fn secret_key_length(self) -> Option<usize> {
        match self {
            Self::Aes128 => Some(16),
            Self::Aes192 => Some(24),
            Self::Aes256 => Some(32),
            Self::P256 | Self::P384 => None,
        }
    }

    /// The curve of an asymmetric algorithm, `None` for a secret key.
    #[must_use]
    pub const fn curve(self) -> Option<Curve> {
        match self {
            Self::P256 => Some(Curve::P256),
            Self::P384 => Some(Curve::P384),
            _ => None,
        }
    }
}

/// An elliptic curve (SP 800-186, 3.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// P-256.
    P256,
    /// P-384.
    P384,
}

impl Curve {
    /// The algorithm identifier.
    #[must_use]
    pub const fn algorithm(self) -> Algorithm {
        match self {
            Self::P256 => Algorithm::P256,
            Self::P384 => Algorithm::P384,
        }
    }

    /// Length in bytes of a private scalar, of a coordinate, and of the digest a key signs.
    #[must_use]
    pub const fn scalar_length(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    /// Length in bytes of an uncompressed point (SEC 1, 2.3.3).
    #[must_use]
    pub const fn point_length(self) -> usize {
        1 + 2 * self.scalar_length()
    }
}

/// Length in bytes of the longest scalar, coordinate and digest.
pub const LONGEST_SCALAR: usize = Curve::P384.scalar_length();
/// Length in bytes of the longest uncompressed point.
pub const LONGEST_POINT: usize = Curve::P384.point_length();
/// Largest DER ECDSA-Sig-Value of any curve in bytes (RFC 3279, 2.2.3).
pub const LARGEST_SIGNATURE: usize = 104;

/// Length in bytes of an uncompressed P-256 point (SEC 1, 2.3.3).
pub const P256_POINT_LENGTH: usize = 65;
/// Largest DER ECDSA-Sig-Value over P-256 in bytes (RFC 3279, 2.2.3).
pub const P256_LARGEST_SIGNATURE: usize = 72;
/// Length of the digest a P-256 key signs, in bytes.
pub const P256_DIGEST_LENGTH: usize = 32;

/// When a key asks for the PIN (common extension, tag AA).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PinPolicy {
    /// `01`, the PIN is never asked for.
    Never,
    /// `02`, once after the card was powered on.
    Once,
    /// `03`, right before each use.
    Always,
    /// `04`, right before each use, or before a batch announced to the card (`specs/card.md`). Set and
    /// read by Sello's own instructions; GET METADATA shows it as `03`, the nearest other clients know.
    Counted,
}

impl PinPolicy {
    /// The policy byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Never => 0x01,
            Self::Once => 0x02,
            Self::Always => 0x03,
            Self::Counted => 0x04,
        }
    }

    /// The policy for a byte; 0 means "the slot's default" and is no policy of its own.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Never),
            0x02 => Some(Self::Once),
            0x03 => Some(Self::Always),
            0x04 => Some(Self::Counted),
            _ => None,
        }
    }

    /// The policy a slot has when GENERATE names none (SP 800-73-5 part 1, table 4b).
    #[must_use]
    pub const fn default_of(slot: Slot) -> Self {
        match slot {
            Slot::Signature => Self::Always,
            Slot::CardAuthentication => Self::Never,
            _ => Self::Once,
        }
    }
}

/// Where a key came from (GET METADATA, tag 03).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyOrigin {
    /// `01`, generated on the card.
    Generated,
    /// `02`, imported.
    Imported,
}

impl KeyOrigin {
    /// The origin byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Generated => 0x01,
            Self::Imported => 0x02,
        }
    }

    /// The origin for a byte.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Generated),
            0x02 => Some(Self::Imported),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_found_by_its_byte_and_there_are_twenty_four() {
        assert_eq!(Slot::all().count(), 24);
        for slot in Slot::all() {
            assert_eq!(Slot::from_byte(slot.to_byte()), Some(slot));
        }
        assert_eq!(Slot::from_byte(0x81), None);
        assert_eq!(Slot::from_byte(0x96), None);
        assert_eq!(Slot::from_byte(0x9B), None);
    }

    #[test]
    fn every_algorithm_and_policy_is_found_by_its_byte() {
        for byte in 0..=u8::MAX {
            if let Some(algorithm) = Algorithm::from_byte(byte) {
                assert_eq!(algorithm.to_byte(), byte);
            }
            if let Some(policy) = PinPolicy::from_byte(byte) {
                assert_eq!(policy.to_byte(), byte);
            }
        }
    }
}
