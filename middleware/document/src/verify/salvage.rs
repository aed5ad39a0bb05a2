//! Documents whose end cannot be read: what lies before it may still be a sound document that
//! somebody signed. Programs that repair show what was put after it, so the seals in it are failed by
//! name rather than passed over in silence.

use sello_pdf::{Document, Error, Prefix, Source};

/// How far from the end of the file ends of revisions are looked for.
const REACH: u64 = 16 << 20;
/// Bytes looked through at a time.
const BLOCK: u64 = 64 * 1024;
/// Most ends tried.
const MOST_TRIED: usize = 16;
const MARKER: &[u8] = b"%%EOF";

/// The longest beginning of a damaged document that is a sound one.
pub(super) fn sound_beginning<'a, S: Source>(
    source: &'a S,
    error: &Error,
) -> Option<Document<Prefix<&'a S>>> {
    let damaged = matches!(
        error,
        Error::Damaged { .. } | Error::DamagedObject { .. } | Error::InObjectStream { .. }
    );
    if !damaged {
        return None;
    }
    let mut end = source.len();
    for _ in 0..MOST_TRIED {
        let marker = last_marker(source, end)?;
        let length = with_line_end(source, marker.saturating_add(length_of(MARKER)));
        if length < source.len()
            && let Ok(document) = Document::open(Prefix::new(source, length))
        {
            return Some(document);
        }
        end = marker;
    }
    None
}

/// Whether the file has a signature's words in it, at its beginning or end.
pub(super) fn speaks_of_signatures(source: &dyn Source) -> bool {
    const WORD: &[u8] = b"/ByteRange";
    let (length, step) = (source.len(), BLOCK.saturating_sub(length_of(WORD)));
    let mut from = 0;
    while from < length {
        let size = length.saturating_sub(from).min(BLOCK);
        let mut block = vec![0; usize::try_from(size).unwrap_or_default()];
        if source.read_exact_at(from, &mut block).is_err() {
            return false;
        }
        if block.windows(WORD.len()).any(|window| window == WORD) {
            return true;
        }
        from = from.saturating_add(step);
        if from > REACH && from < length.saturating_sub(REACH) {
            from = length.saturating_sub(REACH);
        }
    }
    false
}

/// Takes in the line end at `end`, if one is there.
fn with_line_end<S: Source>(source: &S, end: u64) -> u64 {
    let byte = |offset: u64| {
        let mut byte = [0];
        source
            .read_exact_at(offset, &mut byte)
            .ok()
            .map(|()| byte[0])
    };
    let next = end.saturating_add(1);
    match (byte(end), byte(next)) {
        (Some(b'\r'), Some(b'\n')) => next.saturating_add(1),
        (Some(b'\r' | b'\n'), _) => next,
        _ => end,
    }
}

/// The last marker before `end`, not further than is looked.
fn last_marker<S: Source>(source: &S, end: u64) -> Option<u64> {
    let reach = source.len().saturating_sub(REACH);
    let mut to = end;
    while to > reach {
        let from = to.saturating_sub(BLOCK).max(reach);
        // A marker may lie across two blocks.
        let over = to
            .saturating_add(length_of(MARKER))
            .saturating_sub(1)
            .min(end);
        let size = usize::try_from(over.saturating_sub(from)).ok()?;
        let mut block = vec![0; size];
        source.read_exact_at(from, &mut block).ok()?;
        let found = block
            .windows(MARKER.len())
            .rposition(|window| window == MARKER);
        if let Some(at) = found {
            return Some(from.saturating_add(u64::try_from(at).ok()?));
        }
        to = from;
    }
    None
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_found_from_the_end_on_and_across_blocks() {
        for at in [0usize, 65_531, 65_534, 65_536, 131_070] {
            let mut bytes = vec![b'x'; 131_075];
            bytes[at..at + 5].copy_from_slice(MARKER);
            let at = u64::try_from(at).unwrap();
            assert_eq!(last_marker(&bytes, Source::len(&bytes)), Some(at));
            assert_eq!(last_marker(&bytes, at), None);
        }
    }
}
