//! Hashing what is covered, block by block: memory does not grow with the document.

use std::io;
use std::ops::Range;

use sello_cades::DigestAlgorithm;
use sello_pdf::Source;

const BLOCK: usize = 64 * 1024;

/// The digest over these ranges of bytes, one after another.
pub(super) fn digest(
    source: &dyn Source,
    ranges: &[Range<u64>],
    algorithm: DigestAlgorithm,
) -> io::Result<Vec<u8>> {
    let mut hasher = algorithm.hasher();
    let mut buffer = vec![0; BLOCK];
    for range in ranges {
        let mut position = range.start;
        while position < range.end {
            let left = range.end.saturating_sub(position);
            let size = usize::try_from(left).unwrap_or(usize::MAX).min(BLOCK);
            let block = buffer.get_mut(..size).unwrap_or_default();
            source.read_exact_at(position, block)?;
            hasher.update(block);
            position = position.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
        }
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn ranges_are_hashed_without_their_gap_over_blocks() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let ranges = [0..70_000, 150_000..200_000];
        let expected = Sha256::digest([&bytes[..70_000], &bytes[150_000..]].concat());
        let actual = digest(&bytes, &ranges, DigestAlgorithm::Sha256).unwrap();
        assert_eq!(actual, expected.to_vec());
        let beyond = 0..200_001;
        assert!(digest(&bytes, &[beyond], DigestAlgorithm::Sha256).is_err());
    }
}
