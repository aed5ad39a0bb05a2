//! Documents whose end an interrupted stamping left half written: where the last whole revision ends.

use std::io;
use std::path::Path;

use sello_pdf::{Document, FileSource, Source};

use crate::failure::Failure;

/// How far back from the end is looked, in bytes: more than a revision of ours can have.
const FARTHEST: u64 = 64 * 1024 * 1024;
/// Bytes looked at at a time.
const BLOCK: u64 = 1024 * 1024;
/// Most marks that are tried.
const MOST_TRIES: usize = 64;
const MARK: &[u8] = b"%%EOF";

/// The first bytes of a source.
struct Prefix<'a> {
    source: &'a FileSource,
    length: u64,
}

impl Source for Prefix<'_> {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let wanted = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        if offset.saturating_add(wanted) > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.source.read_exact_at(offset, buffer)
    }
}

/// Where the last whole revision ends, if the document can be read up to there; nothing where no
/// end of the kind is found.
pub(crate) fn sound_length(path: &Path, source: &FileSource) -> Result<Option<u64>, Failure> {
    let marks = marks(source).map_err(|error| Failure::reading(path, &error))?;
    for mark in marks.into_iter().take(MOST_TRIES) {
        for length in line_ends(source, mark).into_iter().flatten() {
            let prefix = Prefix { source, length };
            if let Ok(document) = Document::open(prefix)
                && document.end() == length
                && document.latest().page_count().is_ok()
            {
                return Ok(Some(length));
            }
        }
    }
    Ok(None)
}

/// Whether what stands behind the last revision is the beginning of another one, or room that was
/// never written to; some programs leave line ends or remarks there.
pub(crate) fn looks_unfinished(source: &FileSource, end: u64) -> bool {
    let left = source.len().saturating_sub(end).min(64);
    let mut tail = vec![0; usize::try_from(left).unwrap_or(0)];
    if source.read_exact_at(end, &mut tail).is_err() {
        return false;
    }
    let first = tail.iter().find(|byte| !byte.is_ascii_whitespace());
    first.is_some_and(|first| first.is_ascii_digit() || *first == 0)
}

/// After the mark, with its line end or without one.
fn line_ends(source: &FileSource, mark: u64) -> [Option<u64>; 3] {
    let after = mark.saturating_add(5);
    let at = |offset: u64| {
        let mut byte = [0];
        let read = source.read_exact_at(offset, &mut byte);
        read.is_ok().then_some(byte[0])
    };
    let next = after.saturating_add(1);
    match (at(after), at(next)) {
        (Some(b'\r'), Some(b'\n')) => [Some(next.saturating_add(1)), Some(next), Some(after)],
        (Some(b'\r' | b'\n'), _) => [Some(next), Some(after), None],
        _ => [Some(after), None, None],
    }
}

/// Where `%%EOF` stands, the last one first.
fn marks(source: &FileSource) -> io::Result<Vec<u64>> {
    let end = source.len();
    let floor = end.saturating_sub(FARTHEST);
    let mut marks = Vec::new();
    let mut upper = end;
    while upper > floor && marks.len() < MOST_TRIES {
        let lower = upper.saturating_sub(BLOCK).max(floor);
        // A mark that lies across two blocks is found with the lower one.
        let until = upper.saturating_add(4).min(end);
        let size = usize::try_from(until.saturating_sub(lower)).unwrap_or(0);
        let mut block = vec![0; size];
        source.read_exact_at(lower, &mut block)?;
        let found = block
            .windows(MARK.len())
            .enumerate()
            .filter(|(_, window)| *window == MARK)
            .map(|(index, _)| lower.saturating_add(u64::try_from(index).unwrap_or(u64::MAX)));
        let mut found: Vec<u64> = found.collect();
        found.reverse();
        marks.extend(found);
        upper = lower;
    }
    Ok(marks)
}
