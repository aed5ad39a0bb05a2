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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_padded_has_whole_blocks_and_its_length_is_found_again() {
        for length in 0..=48 {
            let mut block = [0xEE; 64];
            let padded = padded_length(length);
            assert!(padded > length && padded - length <= 16 && padded.is_multiple_of(16));
            let block = &mut block[..padded];
            pad(block, length);
            assert_eq!(block[length], 0x80);
            assert_eq!(unpadded_length(block), Some(length));
        }
    }

    #[test]
    fn data_that_is_not_padded_is_refused() {
        let mut last = [0; 32];
        assert_eq!(unpadded_length(&last), None, "zeros only");
        assert_eq!(unpadded_length(&[]), None, "nothing");
        last[15] = 0x80;
        assert_eq!(
            unpadded_length(&last),
            None,
            "a whole block of zeros too many"
        );
        last[15] = 0;
        last[16] = 0x80;
        assert_eq!(unpadded_length(&last), Some(16));
        last[31] = 0x01;
        assert_eq!(unpadded_length(&last), None, "no 80");
    }
}
