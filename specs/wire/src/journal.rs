//! The entries of the stamp journal (`specs/card.md`, "Journal").

use crate::key::{LONGEST_SCALAR, Slot};
use crate::tlv::{self, Writer};

/// Entries a card keeps.
pub const KEPT: u16 = 512;
/// Length of a chain value in bytes.
pub const CHAIN_LENGTH: usize = 32;
/// Length of a key id in bytes: the first of SHA-256 over the uncompressed point.
pub const KEY_ID_LENGTH: usize = 8;
/// Which key an entry is about: the first bytes of SHA-256 over its point.
pub type KeyId = [u8; KEY_ID_LENGTH];
/// Length of the longest entry in bytes.
pub const LONGEST_ENTRY: usize = 4 + 1 + 1 + KEY_ID_LENGTH + 1 + LONGEST_SCALAR;
/// Length of the longest entry with the chain value after it, in bytes.
pub const LONGEST_STORED_ENTRY: usize = LONGEST_ENTRY + CHAIN_LENGTH;
/// The chain value before the first entry.
pub const CHAIN_START: [u8; CHAIN_LENGTH] = [0; CHAIN_LENGTH];
/// Most bytes of entries, headers included, that one READ JOURNAL gives.
pub const LARGEST_PAGE: usize = 3072;
/// What the attestation key signs begins with this.
pub const STATEMENT_PREFIX: &[u8; 15] = b"SELLO-JOURNAL-1";
/// Longest nonce of ATTEST JOURNAL in bytes.
pub const LONGEST_NONCE: usize = 32;

/// What a signature was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `01`, a stamping, whatever the document.
    Stamp,
    /// `02`, the signature by which a new key shows that the card has it.
    Possession,
    /// `03`, a stamping within a batch.
    Batch,
}

impl Kind {
    /// The byte of the kind.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Stamp => 0x01,
            Self::Possession => 0x02,
            Self::Batch => 0x03,
        }
    }

    /// The kind for a byte.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Stamp),
            0x02 => Some(Self::Possession),
            0x03 => Some(Self::Batch),
            _ => None,
        }
    }
}

/// One entry: `counter (4) ‖ kind (1) ‖ slot (1) ‖ key id (8) ‖ digest length (1) ‖ digest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Number of the entry, from 1.
    pub counter: u32,
    /// What the signature was given for.
    pub kind: Kind,
    /// The slot the key was in.
    pub slot: Slot,
    /// Which key it was.
    pub key_id: KeyId,
    /// The digest signed, at most [`LONGEST_SCALAR`] bytes.
    pub digest: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Writes the entry.
    ///
    /// # Errors
    /// [`tlv::Error::NoRoom`] when the buffer is too short, or the digest too long.
    pub fn write(&self, writer: &mut Writer<'_>) -> Result<(), tlv::Error> {
        let length = u8::try_from(self.digest.len()).map_err(|_| tlv::Error::NoRoom)?;
        writer
            .bytes(&self.counter.to_be_bytes())?
            .bytes(&[self.kind.to_byte(), self.slot.to_byte()])?
            .bytes(&self.key_id)?
            .bytes(&[length])?
            .bytes(self.digest)
            .map(drop)
    }

    /// Reads an entry that fills the bytes; `None` when they are none.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (counter, rest) = bytes.split_first_chunk()?;
        let ([kind, slot], rest) = rest.split_first_chunk()?;
        let (key_id, rest) = rest.split_first_chunk()?;
        let ([length], digest) = rest.split_first_chunk()?;
        let fits = usize::from(*length) == digest.len() && digest.len() <= LONGEST_SCALAR;
        fits.then_some(Self {
            counter: u32::from_be_bytes(*counter),
            kind: Kind::from_byte(*kind)?,
            slot: Slot::from_byte(*slot)?,
            key_id: *key_id,
            digest,
        })
    }

    /// Splits what the card stores into the bytes of the entry and the chain value after it.
    #[must_use]
    pub fn split_stored(bytes: &'a [u8]) -> Option<(&'a [u8], &'a [u8; CHAIN_LENGTH])> {
        bytes.split_last_chunk()
    }
}

/// The oldest entry a card with this counter keeps; one more than the counter when there is none.
#[must_use]
pub fn first_kept(counter: u32) -> u32 {
    counter.saturating_sub(u32::from(KEPT - 1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_its_bytes() {
        let entry = Entry {
            counter: 0x0102_0304,
            kind: Kind::Batch,
            slot: Slot::Signature,
            key_id: [7; 8],
            digest: &[9; LONGEST_SCALAR],
        };
        let mut buffer = [0; LONGEST_ENTRY];
        let mut writer = Writer::new(&mut buffer);
        assert_eq!(entry.write(&mut writer), Ok(()));
        assert_eq!(buffer[..6], [1, 2, 3, 4, 3, 0x9C]);
        assert_eq!(Entry::parse(&buffer), Some(entry));
        for cut in 0..buffer.len() {
            assert_eq!(Entry::parse(&buffer[..cut]), None);
        }
        buffer[4] = 9;
        assert_eq!(Entry::parse(&buffer), None);
    }

    #[test]
    fn the_oldest_entry_moves_with_the_ring() {
        for (counter, first) in [(0, 1), (1, 1), (512, 1), (513, 2), (u32::MAX, 0xFFFF_FE00)] {
            assert_eq!(first_kept(counter), first);
        }
    }
}
