//! The revisions of a document (ISO 32000-1 7.5.6): the original and each incremental update.

use std::ops::Range;
use std::sync::Arc;

use crate::cursor::narrow;
use crate::error::{Damage, Error, Limit, Result};
use crate::object::{Dictionary, Object, Reference};
use crate::parser::Parser;
use crate::source::{Source, wide};
use crate::xref::{Entry, Hybrid, MOST_ENTRIES, Section, Tail, merge, position, section, tail};

/// Most cross-reference sections in one document.
const MOST_SECTIONS: usize = 4096;
/// How far before the end the last `startxref` is looked for.
const TAIL_LENGTH: u64 = 1024;

/// How a revision writes its cross-reference section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrossReferenceForm {
    /// As a table (ISO 32000-1 7.5.4), hybrid ones included.
    Table,
    /// As a stream (ISO 32000-1 7.5.8).
    Stream,
}

/// The original document or one incremental update.
#[derive(Debug, Clone)]
pub struct Revision {
    span: Range<u64>,
    marker_end: u64,
    section: u64,
    form: CrossReferenceForm,
    entries: Arc<[(u32, Entry)]>,
    trailer: Dictionary,
    hybrid: Option<Hybrid>,
}

impl Revision {
    /// Its bytes, from the end of the revision before to the end of its `%%EOF` line.
    #[must_use]
    pub fn span(&self) -> Range<u64> {
        self.span.clone()
    }

    /// The byte after its `%%EOF`, before the line end that may follow.
    #[must_use]
    pub const fn marker_end(&self) -> u64 {
        self.marker_end
    }

    /// Byte position of its cross-reference section, as `startxref` names it.
    #[must_use]
    pub const fn section(&self) -> u64 {
        self.section
    }

    /// The form of its cross-reference section.
    #[must_use]
    pub const fn form(&self) -> CrossReferenceForm {
        self.form
    }

    /// Its own cross-reference entries, ordered by object number.
    #[must_use]
    pub fn entries(&self) -> &[(u32, Entry)] {
        &self.entries
    }

    /// Its own entry for an object number.
    #[must_use]
    pub fn entry(&self, number: u32) -> Option<Entry> {
        let index = self
            .entries
            .binary_search_by_key(&number, |(number, _)| *number);
        index
            .ok()
            .and_then(|index| self.entries.get(index))
            .map(|(_, entry)| *entry)
    }

    /// Its trailer, or the dictionary of its cross-reference stream.
    #[must_use]
    pub const fn trailer(&self) -> &Dictionary {
        &self.trailer
    }

    /// The stream that its section names, if it is a hybrid one (ISO 32000-1 7.5.8.4).
    #[must_use]
    pub const fn hybrid(&self) -> Option<Hybrid> {
        self.hybrid
    }

    /// The catalog's reference.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the trailer has none.
    pub fn root(&self) -> Result<Reference> {
        let root = self.trailer.get("Root").and_then(Object::as_reference);
        root.ok_or_else(|| Error::damaged(self.section, Damage::MissingKey { key: "Root" }))
    }
}

/// Which revisions list which object, so that an object of a document with thousands of revisions
/// is found at once.
#[derive(Debug)]
pub(crate) struct History(Vec<(u32, u32)>);

impl History {
    pub(crate) fn new(revisions: &[Revision]) -> Self {
        let mut listed = Vec::new();
        for (index, revision) in (0u32..).zip(revisions) {
            let numbers = revision.entries().iter().map(|(number, _)| *number);
            listed.extend(numbers.map(|number| (number, index)));
        }
        listed.sort_unstable();
        Self(listed)
    }

    /// The newest of the first `count` revisions that lists the object.
    pub(crate) fn newest(&self, number: u32, count: usize) -> Option<usize> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let after = self.0.partition_point(|listed| *listed < (number, count));
        let (found, index) = *self.0.get(after.checked_sub(1)?)?;
        (found == number).then(|| usize::try_from(index).ok())?
    }
}

/// Reads all revisions, the original first.
pub(crate) fn revisions(source: &dyn Source) -> Result<Vec<Revision>> {
    let last = last_tail(source)?;
    let mut sections = sections(source, last.named)?;
    sections.reverse();
    let mut sections = sections.into_iter();
    let Some(oldest) = sections.next() else {
        return Ok(Vec::new());
    };
    let mut sections = sections.peekable();
    let linearized = sections.next_if(|second| second.offset < oldest.offset);
    let mut all = vec![match linearized {
        Some(first_page) => linearized_original(source, oldest, first_page)?,
        None => revision(source, oldest, 0)?,
    }];
    for section in sections {
        let start = all.last().map_or(0, |revision| revision.span.end);
        all.push(revision(source, section, start)?);
    }
    let newest = all
        .last()
        .map_or((0, 0), |newest| (newest.section, newest.marker_end));
    if newest.1 != last.marker_end {
        let damage = Damage::StartxrefAstray { section: newest.0 };
        return Err(Error::damaged(last.keyword, damage));
    }
    Ok(all)
}

fn last_tail(source: &dyn Source) -> Result<Tail> {
    let start = source.len().saturating_sub(TAIL_LENGTH);
    let mut bytes = vec![0; narrow(source.len().saturating_sub(start), start)?];
    source
        .read_exact_at(start, &mut bytes)
        .map_err(|cause| Error::Read {
            offset: start,
            cause,
        })?;
    let word = b"startxref";
    let found = bytes.windows(word.len()).rposition(|window| window == word);
    let index = found.ok_or_else(|| Error::damaged(source.len(), Damage::NoStartxref))?;
    tail(source, start.saturating_add(wide(index)))
}

/// The chain of sections, the newest first.
fn sections(source: &dyn Source, newest: u64) -> Result<Vec<Section>> {
    let mut sections: Vec<Section> = Vec::new();
    let mut entries = 0usize;
    let mut next = Some(newest);
    while let Some(offset) = next {
        if sections.iter().any(|section| section.offset == offset) {
            return Err(Error::damaged(offset, Damage::Circle));
        }
        if sections.len() >= MOST_SECTIONS {
            return Err(Error::too_large(offset, Limit::Revisions(MOST_SECTIONS)));
        }
        let section = section(source, offset, source.len())?;
        if section.trailer.get("Encrypt").is_some() {
            return Err(Error::Encrypted);
        }
        entries = entries.saturating_add(section.entries.len());
        if entries > MOST_ENTRIES {
            return Err(Error::too_large(offset, Limit::Entries(MOST_ENTRIES)));
        }
        let previous = section.trailer.get("Prev");
        next = previous
            .map(|previous| position(previous, "Prev", offset))
            .transpose()?;
        sections.push(section);
    }
    Ok(sections)
}

fn revision(source: &dyn Source, section: Section, start: u64) -> Result<Revision> {
    if section.offset < start {
        let previous = start;
        return Err(Error::damaged(
            section.offset,
            Damage::PreviousNotEarlier { previous },
        ));
    }
    let tail = tail(source, section.after)?;
    if tail.named != section.offset {
        let (named, section) = (tail.named, section.offset);
        return Err(Error::damaged(
            tail.keyword,
            Damage::StartxrefMismatch { named, section },
        ));
    }
    build(section, start, tail)
}

/// A linearized original (ISO 32000-1 Annex F): its first-page section stands near the
/// beginning and leads on to the main section near the end.
fn linearized_original(
    source: &dyn Source,
    main: Section,
    first_page: Section,
) -> Result<Revision> {
    if !is_linearized(source)? {
        let previous = main.offset;
        return Err(Error::damaged(
            first_page.offset,
            Damage::PreviousNotEarlier { previous },
        ));
    }
    let tail = tail(source, main.after)?;
    if tail.named != first_page.offset {
        let (named, section) = (tail.named, first_page.offset);
        return Err(Error::damaged(
            tail.keyword,
            Damage::StartxrefMismatch { named, section },
        ));
    }
    let entries = merge(main.entries, first_page.entries);
    let whole = Section {
        entries,
        ..first_page
    };
    build(whole, 0, tail)
}

fn build(section: Section, start: u64, tail: Tail) -> Result<Revision> {
    for (number, entry) in &section.entries {
        if let Entry::InFile { offset, .. } = entry
            && *offset >= tail.keyword
        {
            let damage = Damage::EntryOutside { number: *number };
            return Err(Error::damaged(section.offset, damage));
        }
    }
    Ok(Revision {
        span: start..tail.end,
        marker_end: tail.marker_end,
        section: section.offset,
        form: if section.is_stream {
            CrossReferenceForm::Stream
        } else {
            CrossReferenceForm::Table
        },
        entries: section.entries.into(),
        trailer: section.trailer,
        hybrid: section.hybrid,
    })
}

/// Whether the first object of the file is a linearization parameter dictionary.
fn is_linearized(source: &dyn Source) -> Result<bool> {
    let mut parser = Parser::new(source, 0, TAIL_LENGTH.min(source.len()));
    parser.lexer().skip_space()?;
    let no_length = |_| Err(Error::damaged(0, Damage::Circle));
    let first = parser.indirect_object(&no_length)?;
    let dictionary = first.value.object.as_dictionary();
    Ok(dictionary.is_some_and(|dictionary| dictionary.get("Linearized").is_some()))
}
