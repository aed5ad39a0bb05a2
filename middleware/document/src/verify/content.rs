//! Hashing what is covered, block by block: memory does not grow with the document. What one
//! signature covers begins with what the one before it covers, so that much is hashed once.

use std::io;
use std::ops::Range;

use sello_cades::{DigestAlgorithm, Hasher};
use sello_pdf::Source;

use super::effort::{Effort, Work};

const BLOCK: usize = 64 * 1024;

/// The state of a hash over the beginning of a document.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    state: Option<(DigestAlgorithm, Hasher, u64)>,
}

/// The digest over `0..gap` and `after`; nothing if it would be too much work.
pub(super) fn digest(
    source: &dyn Source,
    [before, after]: &[Range<u64>; 2],
    algorithm: DigestAlgorithm,
    beginning: &mut Beginning,
    effort: &mut Effort,
) -> io::Result<Option<Vec<u8>>> {
    let known = beginning
        .state
        .take()
        .filter(|(used, _, end)| *used == algorithm && *end <= before.end);
    let (mut hasher, start) =
        known.map_or_else(|| (algorithm.hasher(), 0), |(_, hasher, end)| (hasher, end));
    let amount = |range: &Range<u64>| range.end.saturating_sub(range.start);
    let first = start..before.end;
    let work = amount(&first).saturating_add(amount(after));
    if !effort.spend(Work::Bytes, work) {
        return Ok(None);
    }
    feed(source, &first, &mut hasher)?;
    beginning.state = Some((algorithm, hasher.clone(), before.end));
    feed(source, after, &mut hasher)?;
    Ok(Some(hasher.finish()))
}

fn feed(source: &dyn Source, range: &Range<u64>, hasher: &mut Hasher) -> io::Result<()> {
    let mut buffer = vec![0; BLOCK];
    let mut position = range.start;
    while position < range.end {
        let left = range.end.saturating_sub(position);
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(BLOCK);
        let block = buffer.get_mut(..size).unwrap_or_default();
        source.read_exact_at(position, block)?;
        hasher.update(block);
        position = position.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256, Sha512};

    fn bytes() -> Vec<u8> {
        (0..200_000_u32).map(|n| n.to_le_bytes()[0]).collect()
    }

    #[test]
    fn what_is_known_of_the_beginning_gives_the_same_digests() {
        let bytes = bytes();
        let mut beginning = Beginning::default();
        let mut effort = Effort::of(200_000);
        for (gap, after, end) in [
            (70_000_u32, 90_000_u32, 100_000_u32),
            (150_000, 150_001, 200_000),
            (10, 199_999, 200_000),
            (0, 0, 0),
        ] {
            let ranges = [0..gap.into(), after.into()..end.into()];
            let [gap, after, end] = [gap, after, end].map(|at| usize::try_from(at).unwrap());
            let expected = [&bytes[..gap], &bytes[after..end]].concat();
            let actual = |algorithm, beginning: &mut Beginning, effort: &mut Effort| {
                digest(&bytes, &ranges, algorithm, beginning, effort)
                    .unwrap()
                    .unwrap()
            };
            let short = actual(DigestAlgorithm::Sha256, &mut beginning, &mut effort);
            assert_eq!(short, Sha256::digest(&expected).to_vec());
            let long = actual(DigestAlgorithm::Sha512, &mut beginning, &mut effort);
            assert_eq!(long, Sha512::digest(&expected).to_vec());
        }
    }

    #[test]
    fn bytes_that_are_not_there_and_too_much_work_are_told_apart() {
        let bytes = bytes();
        let mut effort = Effort::of(200_000);
        let beyond = [0..10, 20..200_001];
        let mut hash = |ranges| {
            let mut beginning = Beginning::default();
            digest(
                &bytes,
                ranges,
                DigestAlgorithm::Sha256,
                &mut beginning,
                &mut effort,
            )
        };
        assert!(hash(&beyond).is_err());
        let endless = [0..10, 20..u64::MAX];
        assert!(hash(&endless).unwrap().is_none());
    }
}
