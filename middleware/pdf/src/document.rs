//! A document, opened.

use std::fmt;

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::lexer::Lexer;
use crate::object::Reference;
use crate::parser::{IndirectObject, Value};
use crate::revisions::{History, Revision, revisions};
use crate::source::Source;
use crate::view::View;
use crate::xref::Entry;

/// A PDF document whose cross-reference sections have been read.
pub struct Document<S> {
    source: S,
    revisions: Vec<Revision>,
    latest: Revision,
    history: History,
    cache: Cache,
}

impl<S: Source> Document<S> {
    /// Reads the header and all cross-reference sections. Objects are read when asked for.
    ///
    /// # Errors
    /// [`Error::NotPdf`], [`Error::Encrypted`], [`Error::Damaged`] with the byte position,
    /// [`Error::TooLarge`] where a limit is met, [`Error::Read`].
    pub fn open(source: S) -> Result<Self> {
        let header = Lexer::new(&source, 0, source.len()).accept(b"%PDF-")?;
        if !header {
            return Err(Error::NotPdf);
        }
        let revisions = revisions(&source)?;
        let latest = revisions.last().cloned();
        let latest = latest.ok_or(Error::NoSuchRevision { index: 0 })?;
        latest.root()?;
        Ok(Self {
            source,
            history: History::new(&revisions),
            revisions,
            latest,
            cache: Cache::default(),
        })
    }

    /// The bytes the document is read from.
    pub const fn source(&self) -> &S {
        &self.source
    }

    /// Gives the bytes back.
    pub fn into_source(self) -> S {
        self.source
    }

    /// The revisions, the original first; there is at least one.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The byte after the last revision. Bytes from there on belong to no revision.
    pub fn end(&self) -> u64 {
        self.latest.span().end
    }

    /// The document as of revision `index`, from 0.
    ///
    /// # Errors
    /// [`Error::NoSuchRevision`].
    pub fn at_revision(&self, index: usize) -> Result<View<'_>> {
        let missing = Error::NoSuchRevision { index };
        let last = index.checked_add(1);
        let revisions = last.and_then(|last| self.revisions.get(..last));
        match revisions {
            Some(revisions @ [.., revision]) => {
                let (history, cache) = (&self.history, &self.cache);
                Ok(View::new(&self.source, revisions, revision, history, cache))
            }
            _ => Err(missing),
        }
    }

    /// The document as of its last revision.
    pub fn latest(&self) -> View<'_> {
        let (history, cache) = (&self.history, &self.cache);
        View::new(&self.source, &self.revisions, &self.latest, history, cache)
    }

    /// The numbers of the objects whose entry in revision `index` differs from the one in force
    /// before, in order; for the original, all objects it has.
    ///
    /// # Errors
    /// [`Error::NoSuchRevision`].
    pub fn changed_objects(&self, index: usize) -> Result<Vec<u32>> {
        let revision = self.at_revision(index)?.revision();
        let before = index
            .checked_sub(1)
            .map(|before| self.at_revision(before))
            .transpose()?;
        let changed = revision.entries().iter().filter(|(number, entry)| {
            let old = before.and_then(|before| before.entry(*number));
            old.unwrap_or(Entry::Free) != *entry
        });
        Ok(changed.map(|(number, _)| *number).collect())
    }

    /// The indirect object that begins at `offset`, as of the last revision.
    ///
    /// # Errors
    /// As [`View::parse_object_at`].
    pub fn parse_object_at(&self, offset: u64) -> Result<IndirectObject> {
        self.latest().parse_object_at(offset)
    }

    /// The direct value that begins at `offset`, as of the last revision.
    ///
    /// # Errors
    /// As [`View::parse_value_at`].
    pub fn parse_value_at(&self, offset: u64) -> Result<Value> {
        self.latest().parse_value_at(offset)
    }

    /// The catalog's reference, as of the last revision.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the trailer has none.
    pub fn root(&self) -> Result<Reference> {
        self.latest.root()
    }
}

impl<S> fmt::Debug for Document<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Document")
            .field("revisions", &self.revisions.len())
            .finish_non_exhaustive()
    }
}
