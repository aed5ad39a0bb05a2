//! A document's bytes, block by block.

use std::io;

use sello_pdf::Source;

const BLOCK: usize = 64 * 1024;

/// Hands all bytes of `source` to `take`, block by block.
pub(super) fn each_block(
    source: &dyn Source,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = vec![0; BLOCK];
    let mut position = 0;
    while position < source.len() {
        let left = source.len().saturating_sub(position);
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(BLOCK);
        let block = buffer.get_mut(..size).unwrap_or_default();
        source.read_exact_at(position, block)?;
        take(block)?;
        position = position.saturating_add(wide(size));
    }
    Ok(())
}

/// A length in memory as a file position; it always fits.
pub(super) fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
