//! A batch announced to the card: documents that one PIN entry allows to be stamped.

use sello_wire::key::Slot;

/// Most documents of a batch.
pub(crate) const LARGEST_BATCH: u16 = 1024;
/// Bytes of the bit field of used leaves.
const USED_LENGTH: usize = 128;

/// The batch, its root fixed before the PIN.
pub(crate) struct Batch {
    pub(crate) slot: Slot,
    /// Root of the Merkle tree over the digests (RFC 9162, 2.1.1).
    pub(crate) root: [u8; 32],
    /// Number of leaves.
    pub(crate) count: u16,
    /// VERIFY came after the announcement.
    pub(crate) authorized: bool,
    used: [u8; USED_LENGTH],
}

impl Batch {
    pub(crate) const fn new(slot: Slot, root: [u8; 32], count: u16) -> Self {
        Self {
            slot,
            root,
            count,
            authorized: false,
            used: [0; USED_LENGTH],
        }
    }

    /// Whether the leaf has been signed; a leaf outside the batch counts as signed.
    pub(crate) fn is_used(&self, index: u16) -> bool {
        let byte = self.used.get(usize::from(index / 8));
        index >= self.count || byte.is_none_or(|byte| byte & (1 << (index % 8)) != 0)
    }

    pub(crate) fn set_used(&mut self, index: u16) {
        if let Some(byte) = self.used.get_mut(usize::from(index / 8)) {
            *byte |= 1 << (index % 8);
        }
    }
}
