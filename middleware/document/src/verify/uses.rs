//! Which objects of earlier revisions refer to those that a later one adds or replaces.
//!
//! A later revision that adds an object which was referred to before shows something new though it
//! changes nothing; one that replaces an object changes every place that uses it.

use std::collections::{BTreeMap, HashMap, HashSet};

use sello_pdf::{Document, Entry, Object, Reference, Source, View};

use super::effort::{Effort, Work};
use super::placed::placed;

/// One reference to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    /// The object that refers to it.
    pub(super) by: u32,
    /// Where that object stands: it counts as long as this is its place.
    pub(super) entry: Entry,
    /// The revision that the referring object is from.
    pub(super) revision: usize,
    /// The entry of the referring dictionary in which the reference stands; empty in an array.
    pub(super) key: String,
}

/// The references to each object that a later revision touches.
#[derive(Debug, Default)]
pub(super) struct Uses {
    to: HashMap<u32, Vec<Use>>,
    /// The first revision that has an object, for those that the original did not have.
    added: HashMap<u32, usize>,
}

/// Most references noted for one object: an object used so often is shared anyway.
const MOST_USES: usize = 256;

impl Uses {
    /// Reads all objects of all revisions but the last.
    pub(super) fn of<S: Source>(
        document: &Document<S>,
        effort: &mut Effort,
    ) -> Result<Self, String> {
        let mut uses = Self::default();
        let mut touched = HashSet::new();
        for index in 1..document.revisions().len() {
            let (old, new) = (at(document, index.saturating_sub(1))?, at(document, index)?);
            for (number, entry) in new.revision().entries() {
                let before = old.entry(*number).unwrap_or(Entry::Free);
                if before == *entry {
                    continue;
                }
                touched.insert(*number);
                if *entry != Entry::Free && before == Entry::Free {
                    uses.added.entry(*number).or_insert(index);
                }
            }
        }
        if touched.is_empty() {
            return Ok(uses);
        }
        uses.in_file(document, &touched)?;
        uses.in_streams(document, &touched, effort)?;
        Ok(uses)
    }

    /// The references to an object as of a revision: those of superseded objects do not count.
    pub(super) fn live<'a>(
        &'a self,
        number: u32,
        view: &'a View<'_>,
    ) -> impl Iterator<Item = &'a Use> {
        let all = self.to.get(&number).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(|of| view.entry(of.by) == Some(of.entry))
    }

    /// Whether more refer to it than are noted.
    pub(super) fn is_crowded(&self, number: u32) -> bool {
        self.to
            .get(&number)
            .is_some_and(|uses| uses.len() >= MOST_USES)
    }

    /// The objects that fill an opening, by the revision that adds them.
    pub(super) fn openings(&self) -> BTreeMap<usize, u32> {
        let mut filled = BTreeMap::new();
        for (number, index) in &self.added {
            let uses = self.to.get(number).map(Vec::as_slice).unwrap_or_default();
            if uses.iter().any(|of| of.revision < *index) {
                let first = filled.entry(*index).or_insert(*number);
                *first = (*first).min(*number);
            }
        }
        filled
    }

    fn in_file<S: Source>(
        &mut self,
        document: &Document<S>,
        touched: &HashSet<u32>,
    ) -> Result<(), String> {
        let last = document.revisions().len().saturating_sub(1);
        for placed in placed(document) {
            if placed.revision == last {
                continue;
            }
            let view = document.at_revision(placed.revision);
            let object = view.and_then(|view| view.parse_object_within(&placed.range));
            let object = object.map_err(|error| error.to_string())?;
            let from = From {
                by: object.reference.number,
                entry: Entry::InFile {
                    offset: placed.range.start,
                    generation: object.reference.generation,
                },
                revision: placed.revision,
            };
            self.note(&object.value.object, from, touched);
        }
        Ok(())
    }

    fn in_streams<S: Source>(
        &mut self,
        document: &Document<S>,
        touched: &HashSet<u32>,
        effort: &mut Effort,
    ) -> Result<(), String> {
        let last = document.revisions().len().saturating_sub(1);
        for index in 0..last {
            self.in_streams_of(&at(document, index)?, index, touched, effort)?;
        }
        Ok(())
    }

    fn in_streams_of(
        &mut self,
        view: &View<'_>,
        revision: usize,
        touched: &HashSet<u32>,
        effort: &mut Effort,
    ) -> Result<(), String> {
        let entries = view.revision().entries().iter();
        let mut packed: Vec<(u32, u32, u32)> = entries
            .filter_map(|(number, entry)| match entry {
                Entry::InStream { stream, index } => Some((*stream, *index, *number)),
                Entry::InFile { .. } | Entry::Free => None,
            })
            .collect();
        packed.sort_unstable();
        let mut at_hand = None;
        for (stream, index, number) in packed {
            if at_hand != Some(stream) {
                at_hand = Some(stream);
                let length = view.object_stream_length(stream);
                let length = length.map_err(|error| error.to_string())?;
                let length = u64::try_from(length).unwrap_or(u64::MAX);
                if !effort.spend(Work::Decoded, length) {
                    return Err("too much to look through".to_owned());
                }
            }
            let located = view.locate(Reference::new(number, 0));
            if let Some(located) = located.map_err(|error| error.to_string())? {
                let from = From {
                    by: number,
                    entry: Entry::InStream { stream, index },
                    revision,
                };
                self.note(&located.object, from, touched);
            }
        }
        Ok(())
    }

    /// Notes the references of one object, each with the entry it stands in.
    fn note(&mut self, object: &Object, from: From, touched: &HashSet<u32>) {
        let entries = match object {
            Object::Dictionary(dictionary) => dictionary,
            Object::Stream(stream) => &stream.dictionary,
            other => return self.references(other, from, b"", touched),
        };
        for (key, value) in entries.iter() {
            self.references(value, from, key.as_bytes(), touched);
        }
    }

    /// Objects are nested no deeper than the reader allows.
    fn references(&mut self, object: &Object, from: From, key: &[u8], touched: &HashSet<u32>) {
        match object {
            Object::Reference(reference) if touched.contains(&reference.number) => {
                let uses = self.to.entry(reference.number).or_default();
                if uses.len() < MOST_USES {
                    uses.push(Use {
                        by: from.by,
                        entry: from.entry,
                        revision: from.revision,
                        key: String::from_utf8_lossy(key).into_owned(),
                    });
                }
            }
            Object::Array(elements) => {
                for element in elements {
                    self.references(element, from, key, touched);
                }
            }
            Object::Dictionary(dictionary) => {
                for (_, value) in dictionary.iter() {
                    self.references(value, from, key, touched);
                }
            }
            Object::Stream(stream) => {
                for (_, value) in stream.dictionary.iter() {
                    self.references(value, from, key, touched);
                }
            }
            _ => {}
        }
    }
}

/// The object that is being looked through.
#[derive(Debug, Clone, Copy)]
struct From {
    by: u32,
    entry: Entry,
    revision: usize,
}

fn at<S: Source>(document: &Document<S>, index: usize) -> Result<View<'_>, String> {
    let view = document.at_revision(index);
    view.map_err(|error| error.to_string())
}
