//! Padding method 2 (GlobalPlatform Card Specification v2.3, B.2.3): `80`, then zeros to whole blocks.

use crate::BLOCK_LENGTH;

/// Length of `length` bytes once they are padded: one to sixteen more.
pub(crate) const fn padded_length(length: usize) -> usize {
    length
        .saturating_add(BLOCK_LENGTH)
        .saturating_sub(length % BLOCK_LENGTH)
}

/// Pads what stands in the first `length` bytes, up to the end of `block`, which has the padded length.
pub(crate) fn pad(block: &mut [u8], length: usize) {
    if let Some((first, rest)) = block.get_mut(length..).and_then(<[u8]>::split_first_mut) {
        *first = 0x80;
        rest.fill(0);
    }
}

/// Length of the data before the padding; `None` when the last block does not end with one.
pub(crate) fn unpadded_length(padded: &[u8]) -> Option<usize> {
    let position = padded.iter().rposition(|byte| *byte != 0)?;
    let within_last_block = padded.len() - position <= BLOCK_LENGTH;
    (padded.get(position) == Some(&0x80) && within_last_block).then_some(position)
}
