//! The objects of a file one after the other. Each ends where the next one begins, so that
//! looking at all of them takes as long as the file is, however its sections overlap.

use std::ops::Range;

use sello_pdf::{Document, Entry, Source};

/// An object with a place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    /// The oldest revision that lists it.
    pub(super) revision: usize,
    /// From its first byte to that of the next object.
    pub(super) range: Range<u64>,
}

/// All objects of all revisions, by their place.
pub(super) fn placed<S: Source>(document: &Document<S>) -> Vec<Placed> {
    let mut starts = Vec::new();
    for (index, revision) in document.revisions().iter().enumerate() {
        starts.extend(
            revision
                .entries()
                .iter()
                .filter_map(|(_, entry)| match entry {
                    Entry::InFile { offset, .. } => Some((*offset, index)),
                    Entry::InStream { .. } | Entry::Free => None,
                }),
        );
    }
    starts.sort_unstable();
    starts.dedup_by_key(|(offset, _)| *offset);
    let ends = starts.iter().skip(1).map(|(offset, _)| *offset);
    let ends = ends.chain([document.end()]);
    let placed = starts.iter().zip(ends);
    placed
        .map(|((start, revision), end)| Placed {
            revision: *revision,
            range: *start..end,
        })
        .collect()
}
