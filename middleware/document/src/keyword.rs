//! Words in the text of pages, and where they stand.
//!
//! Each page is taken out of the document by our own strict reader, as a small document of its own
//! without pictures, and given to an interpreter of page contents: memory depends on the page, never
//! on the document.

mod excerpt;
mod glyphs;

use sello_pdf::{Document, Page, Source};

use crate::stamp::shown_mm;

/// Longest text looked for, in characters.
const LONGEST: usize = 1000;
/// Most occurrences.
const MOST: usize = 100_000;

/// Why a text cannot be looked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeywordError {
    /// The document cannot be read.
    #[error(transparent)]
    Document(#[from] sello_pdf::Error),
    /// The page is larger than is read for its text.
    #[error("page {page} needs more than {limit} MiB to read its text")]
    PageTooLarge {
        /// The page, from 1.
        page: usize,
        /// The limit.
        limit: usize,
    },
    /// The contents of the page cannot be made out.
    #[error("the text of page {page} cannot be made out")]
    Unreadable {
        /// The page, from 1.
        page: usize,
    },
    /// The document does not have this page.
    #[error("there is no page {page}")]
    NoSuchPage {
        /// The page, from 1.
        page: usize,
    },
    /// There is nothing to look for, or too much.
    #[error("a text to look for has 1 to {LONGEST} characters that are no spaces")]
    Text,
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Occurrence {
    /// Page, from 1.
    pub page: usize,
    /// Its middle, in millimetres from the left and from the top of the page as it is shown.
    pub center_mm: (f64, f64),
}

/// Every occurrence of `text`, in the order of the pages and of their contents; on one page alone
/// where one is named, from 1. Spaces and line ends do not matter, capitals do.
///
/// # Errors
/// See [`KeywordError`].
pub fn find<S: Source>(
    document: &Document<S>,
    text: &str,
    only: Option<usize>,
) -> Result<Vec<Occurrence>, KeywordError> {
    let wanted: Vec<char> = text.chars().filter(|one| !one.is_whitespace()).collect();
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Err(KeywordError::Text);
    }
    let view = document.latest();
    let pages = view.pages()?;
    if let Some(page) = only
        && (page == 0 || page > pages.len())
    {
        return Err(KeywordError::NoSuchPage { page });
    }
    let mut found = Vec::new();
    for (index, page) in pages.iter().enumerate() {
        let number = index.saturating_add(1);
        if only.is_some_and(|only| only != number) {
            continue;
        }
        let excerpt = excerpt::of(&view, document.source(), page, number)?;
        let glyphs = glyphs::of(excerpt).ok_or(KeywordError::Unreadable { page: number })?;
        let unit = view.get(&page.dictionary, "UserUnit")?.as_number();
        let unit = unit.filter(|unit| *unit > 0.0).unwrap_or(1.0);
        found.extend(matches(&glyphs, &wanted, page, unit, number));
        if found.len() > MOST {
            return Err(KeywordError::Text);
        }
    }
    Ok(found)
}

fn matches(
    glyphs: &[glyphs::Letter],
    wanted: &[char],
    page: &Page,
    unit: f64,
    number: usize,
) -> Vec<Occurrence> {
    let mut found = Vec::new();
    let mut from = 0_usize;
    while let Some(window) = glyphs.get(from..from.saturating_add(wanted.len())) {
        let same = window
            .iter()
            .zip(wanted)
            .all(|(letter, wanted)| letter.character == *wanted);
        if !same {
            from = from.saturating_add(1);
            continue;
        }
        if let Some(center) = middle(window) {
            found.push(Occurrence {
                page: number,
                center_mm: shown_mm(page, unit, center),
            });
        }
        from = from.saturating_add(wanted.len());
    }
    found
}

/// The middle of the letters on the line of the first one.
fn middle(letters: &[glyphs::Letter]) -> Option<(f64, f64)> {
    let first = letters.first()?;
    let along = (first.end.0 - first.start.0, first.end.1 - first.start.1);
    let on_line = letters.iter().take_while(|letter| {
        let off = (
            letter.start.0 - first.start.0,
            letter.start.1 - first.start.1,
        );
        let distance = (off.0 * along.1 - off.1 * along.0).abs();
        distance <= first.height * along.0.hypot(along.1).max(f64::EPSILON)
    });
    let last = on_line.last()?;
    Some((
        f64::midpoint(first.start.0, last.end.0),
        f64::midpoint(first.start.1, last.end.1),
    ))
}
