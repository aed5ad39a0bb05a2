//! Data object tags (SP 800-73-5 part 1, table 3) and Sello's own (`specs/card.md`).

use crate::key::Slot;

/// The tag of a data object, as it stands in a tag list (`5C`): 1 to 3 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectTag(pub u32);

/// Largest content of a data object in bytes, so that other PIV tokens hold it too.
pub const LARGEST_CONTENT: usize = 3072;
/// Largest number of chunks of a seal structure: third tag bytes `00` to `3F`.
pub const LARGEST_CHUNK_COUNT: usize = 0x40;
/// Largest number of chain certificates of a seal: third tag bytes `40` to `7F`.
pub const LARGEST_CHAIN_COUNT: usize = 0x40;

impl ObjectTag {
    /// Card capability container.
    pub const CCC: Self = Self(0x5F_C107);
    /// Card holder unique identifier.
    pub const CHUID: Self = Self(0x5F_C102);
    /// Discovery object.
    pub const DISCOVERY: Self = Self(0x7E);
    /// Key history object.
    pub const KEY_HISTORY: Self = Self(0x5F_C10C);
    /// Printed information, readable with the PIN.
    pub const PRINTED: Self = Self(0x5F_C109);
    /// Card holder fingerprints, readable with the PIN.
    pub const FINGERPRINTS: Self = Self(0x5F_C103);
    /// Card holder facial image, readable with the PIN.
    pub const FACIAL_IMAGE: Self = Self(0x5F_C108);
    /// Card holder iris images, readable with the PIN.
    pub const IRIS_IMAGES: Self = Self(0x5F_C121);
    /// Pairing code reference data, readable with the PIN.
    pub const PAIRING_CODE: Self = Self(0x5F_C123);
    /// Security object.
    pub const SECURITY: Self = Self(0x5F_C106);
    /// Sello's directory of seals.
    pub const SELLO_DIRECTORY: Self = Self(0x5F_FF10);

    /// The certificate object of a key slot.
    #[must_use]
    pub fn certificate(slot: Slot) -> Self {
        match slot {
            Slot::Authentication => Self(0x5F_C105),
            Slot::Signature => Self(0x5F_C10A),
            Slot::KeyManagement => Self(0x5F_C10B),
            Slot::CardAuthentication => Self(0x5F_C101),
            Slot::Attestation => Self(0x5F_FF01),
            Slot::Retired(n) => Self(0x5F_C10D + u32::from(n.zero_based())),
        }
    }

    /// Chunk `chunk` (from 0) of the seal structure that belongs to the key in `slot`; `None` for a
    /// slot that holds no seal or a chunk out of range.
    #[must_use]
    pub fn seal_chunk(slot: Slot, chunk: usize) -> Option<Self> {
        Self::seal_object(slot, chunk, LARGEST_CHUNK_COUNT, 0x00)
    }

    /// Certificate `index` (from 0) of the issuer chain of the seal in `slot`.
    #[must_use]
    pub fn seal_chain(slot: Slot, index: usize) -> Option<Self> {
        Self::seal_object(slot, index, LARGEST_CHAIN_COUNT, 0x40)
    }

    fn seal_object(slot: Slot, index: usize, count: usize, base: u32) -> Option<Self> {
        let seal = u32::from(slot.seal_index()?);
        let index = u32::try_from(index).ok().filter(|_| index < count)?;
        Some(Self(0x5F_E000 | (seal << 8) | base | index))
    }

    /// Whether the tag is one a data object can have: `7E`, or `5F` followed by two bytes that make a
    /// well-formed three-byte tag.
    #[must_use]
    pub const fn is_well_formed(self) -> bool {
        let [first, second, third, fourth] = self.0.to_be_bytes();
        self.0 == Self::DISCOVERY.0
            || (first == 0 && second == 0x5F && third & 0x80 != 0 && fourth & 0x80 == 0)
    }

    /// Whether reading the object needs the PIN (SP 800-73-5 part 1, table 2).
    #[must_use]
    pub const fn needs_pin_to_read(self) -> bool {
        matches!(
            self,
            Self::PRINTED
                | Self::FINGERPRINTS
                | Self::FACIAL_IMAGE
                | Self::IRIS_IMAGES
                | Self::PAIRING_CODE
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::RetiredSlot;

    #[test]
    fn certificates_lie_where_the_standard_puts_them() {
        let first = Slot::Retired(RetiredSlot::new(1).unwrap());
        let last = Slot::Retired(RetiredSlot::new(20).unwrap());
        assert_eq!(ObjectTag::certificate(first).0, 0x5F_C10D);
        assert_eq!(ObjectTag::certificate(last).0, 0x5F_C120);
        assert_eq!(ObjectTag::certificate(Slot::Signature).0, 0x5F_C10A);
    }

    #[test]
    fn seal_objects_never_overlap() {
        let second = Slot::Retired(RetiredSlot::new(1).unwrap());
        assert_eq!(
            ObjectTag::seal_chunk(Slot::Signature, 0),
            Some(ObjectTag(0x5F_E000))
        );
        assert_eq!(
            ObjectTag::seal_chunk(second, 0x3F),
            Some(ObjectTag(0x5F_E13F))
        );
        assert_eq!(ObjectTag::seal_chain(second, 0), Some(ObjectTag(0x5F_E140)));
        assert_eq!(ObjectTag::seal_chunk(second, 0x40), None);
        assert_eq!(ObjectTag::seal_chunk(Slot::Authentication, 0), None);
    }

    #[test]
    fn tags_of_another_shape_are_refused() {
        for good in [0x7E, 0x5F_C102, 0x5F_FF10, 0x5F_F47F] {
            assert!(ObjectTag(good).is_well_formed());
        }
        for bad in [0x7F, 0x5F_4102, 0x5F_C180, 0x015F_C102, 0] {
            assert!(!ObjectTag(bad).is_well_formed());
        }
    }
}
