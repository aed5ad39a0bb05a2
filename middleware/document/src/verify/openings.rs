//! References that a sealed document left open: to objects that it did not have. A later revision
//! that adds such an object shows something new, though it changes nothing that was there.

use std::collections::{BTreeMap, HashMap};

use sello_pdf::{Document, Entry, Object, Reference, Source, View};

use super::effort::{Effort, Work};
use super::placed::placed;

/// The objects that fill an opening, by the revision that adds them; or why nobody can tell.
pub(super) type Openings = Result<BTreeMap<usize, u32>, String>;

/// Looks for references to objects that came only later.
pub(super) fn openings<S: Source>(document: &Document<S>, effort: &mut Effort) -> Openings {
    let mut search = Search {
        added: added(document)?,
        filled: BTreeMap::new(),
    };
    if search.added.is_empty() {
        return Ok(search.filled);
    }
    search.in_file(document)?;
    search.in_streams(document, effort)?;
    Ok(search.filled)
}

/// Each object that the original did not have, with the revision that first has it.
fn added<S: Source>(document: &Document<S>) -> Result<HashMap<u32, usize>, String> {
    let mut added = HashMap::new();
    for index in 1..document.revisions().len() {
        let view = |index| {
            document
                .at_revision(index)
                .map_err(|error| error.to_string())
        };
        let (old, new) = (view(index.saturating_sub(1))?, view(index)?);
        for (number, entry) in new.revision().entries() {
            let before = old.entry(*number).unwrap_or(Entry::Free);
            if *entry != Entry::Free && before == Entry::Free {
                added.entry(*number).or_insert(index);
            }
        }
    }
    Ok(added)
}

struct Search {
    added: HashMap<u32, usize>,
    filled: BTreeMap<usize, u32>,
}

impl Search {
    fn in_file<S: Source>(&mut self, document: &Document<S>) -> Result<(), String> {
        let last = document.revisions().len().saturating_sub(1);
        for placed in placed(document) {
            if placed.revision == last {
                continue;
            }
            let view = document.at_revision(placed.revision);
            let object = view.and_then(|view| view.parse_object_within(&placed.range));
            let object = object.map_err(|error| error.to_string())?;
            self.references(&object.value.object, placed.revision);
        }
        Ok(())
    }

    fn in_streams<S: Source>(
        &mut self,
        document: &Document<S>,
        effort: &mut Effort,
    ) -> Result<(), String> {
        let last = document.revisions().len().saturating_sub(1);
        for index in 0..last {
            let view = document
                .at_revision(index)
                .map_err(|error| error.to_string())?;
            self.in_streams_of(&view, index, effort)?;
        }
        Ok(())
    }

    fn in_streams_of(
        &mut self,
        view: &View<'_>,
        revision: usize,
        effort: &mut Effort,
    ) -> Result<(), String> {
        let mut packed: Vec<(u32, u32, u32)> = Vec::new();
        packed.extend(
            view.revision()
                .entries()
                .iter()
                .filter_map(|(number, entry)| match entry {
                    Entry::InStream { stream, index } => Some((*stream, *index, *number)),
                    Entry::InFile { .. } | Entry::Free => None,
                }),
        );
        packed.sort_unstable();
        let mut at_hand = None;
        for (stream, _, number) in packed {
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
                self.references(&located.object, revision);
            }
        }
        Ok(())
    }

    /// Notes the references of an object of `revision` to what came later. Objects are nested no
    /// deeper than the reader allows.
    fn references(&mut self, object: &Object, revision: usize) {
        match object {
            Object::Reference(reference) => self.reference(*reference, revision),
            Object::Array(elements) => {
                for element in elements {
                    self.references(element, revision);
                }
            }
            Object::Dictionary(dictionary) => {
                for (_, value) in dictionary.iter() {
                    self.references(value, revision);
                }
            }
            Object::Stream(stream) => {
                for (_, value) in stream.dictionary.iter() {
                    self.references(value, revision);
                }
            }
            _ => {}
        }
    }

    fn reference(&mut self, reference: Reference, revision: usize) {
        let added = self.added.get(&reference.number);
        if let Some(index) = added.filter(|index| **index > revision) {
            self.filled.entry(*index).or_insert(reference.number);
        }
    }
}
