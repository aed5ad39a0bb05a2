//! The signatures of a document, through all its revisions: one that a later revision hides is
//! found as well.

use std::collections::HashSet;

use sello_pdf::{Document, Entry, Error, Object, Place, Source, Value, View};

use super::effort::Effort;
use super::fields::{Field, Fields, signature_fields};

/// Most objects searched for signatures that belong to no field. Such a signature counts for
/// nothing; pointing it out is a service that need not be endless.
const MOST_SEARCHED: usize = 50_000;
/// Most signatures judged in one document.
const MOST_SIGNATURES: usize = 500;

/// A signature dictionary, and the field it was found in.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The field, as of the revision in which it first had this value; none if it belongs to
    /// no field.
    pub(super) field: Option<Field>,
    /// The revision in which it was first found, from 0.
    pub(super) first_seen: usize,
    /// The signature dictionary with the positions of its parts; none if it has no place of its
    /// own in the file.
    pub(super) value: Option<Value>,
}

/// All signatures, the oldest first, and what went wrong in looking for them.
#[derive(Debug, Default)]
pub(super) struct Search {
    pub(super) found: Vec<Found>,
    pub(super) problems: Vec<Error>,
    /// Whether a limit kept something from being looked at.
    pub(super) cut_short: bool,
}

/// Where a signature dictionary stands: the same place is the same signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    At(u64),
    In(u32, u32),
}

pub(super) fn search<S: Source>(document: &Document<S>, effort: &mut Effort) -> Search {
    let mut search = Search::default();
    let mut seen = HashSet::new();
    for index in 0..document.revisions().len() {
        match document.at_revision(index) {
            Ok(view) => {
                let fields = signature_fields(&view, effort);
                in_fields(&view, fields, index, &mut seen, &mut search);
            }
            Err(error) => search.problems.push(error),
        }
    }
    without_field(document, &mut seen, &mut search);
    search.found.sort_by_key(|found| {
        let place = found.value.as_ref().map_or(0, |value| value.span.start);
        (found.first_seen, place)
    });
    search
}

fn in_fields(
    view: &View<'_>,
    fields: Fields,
    index: usize,
    seen: &mut HashSet<Key>,
    search: &mut Search,
) {
    search.cut_short |= fields.cut_short;
    search.problems.extend(fields.problems);
    for field in fields.found {
        match value_of(view, &field) {
            Ok(Some((key, value))) => {
                if seen.insert(key) {
                    search.add(Found {
                        field: Some(field),
                        first_seen: index,
                        value,
                    });
                }
            }
            Ok(None) => {}
            Err(error) => search.problems.push(error),
        }
    }
}

impl Search {
    fn add(&mut self, found: Found) {
        if self.found.len() >= MOST_SIGNATURES {
            self.cut_short = true;
        } else {
            self.found.push(found);
        }
    }
}

/// The signature dictionary of a field; nothing if the field is empty.
fn value_of(view: &View<'_>, field: &Field) -> Result<Option<(Key, Option<Value>)>, Error> {
    if let Object::Reference(reference) = field.value {
        let Some(located) = view.locate(reference)? else {
            return Ok(None);
        };
        if located.object.is_null() {
            return Ok(None);
        }
        return match located.place {
            Place::Stream { number, index } => Ok(Some((Key::In(number, index), None))),
            Place::File(range) => {
                let value = view.parse_object_at(range.start)?.value;
                Ok(Some((Key::At(value.span.start), Some(value))))
            }
        };
    }
    let Some(reference) = field.reference else {
        return Ok(Some((Key::In(0, 0), None)));
    };
    match view.locate(reference)?.map(|located| located.place) {
        Some(Place::File(range)) => {
            let object = view.parse_object_at(range.start)?;
            let Some(span) = object.value.entry_span("V") else {
                return Ok(Some((Key::In(reference.number, 0), None)));
            };
            let value = view.parse_value_at(span.start)?;
            Ok(Some((Key::At(value.span.start), Some(value))))
        }
        Some(Place::Stream { number, index }) => Ok(Some((Key::In(number, index), None))),
        None => Ok(None),
    }
}

/// Signature dictionaries that no field leads to.
fn without_field<S: Source>(document: &Document<S>, seen: &mut HashSet<Key>, search: &mut Search) {
    let mut searched = 0_usize;
    for index in 0..document.revisions().len() {
        let Ok(view) = document.at_revision(index) else {
            continue;
        };
        for (_, entry) in view.revision().entries() {
            let Entry::InFile { offset, .. } = entry else {
                continue;
            };
            searched = searched.saturating_add(1);
            if searched > MOST_SEARCHED {
                return;
            }
            // What cannot be read here is no signature; where it is needed, it is complained of.
            let Ok(object) = view.parse_object_at(*offset) else {
                continue;
            };
            let value = object.value;
            if is_signature(&value.object) && seen.insert(Key::At(value.span.start)) {
                search.add(Found {
                    field: None,
                    first_seen: index,
                    value: Some(value),
                });
            }
        }
    }
}

fn is_signature(object: &Object) -> bool {
    let Some(dictionary) = object.as_dictionary() else {
        return false;
    };
    let kind = dictionary.get("Type").and_then(Object::as_name);
    let by_type = kind.is_some_and(|kind| *kind == "Sig" || *kind == "DocTimeStamp");
    // A signature field is of type Annot or of none, but may be typed Sig by mistake.
    let is_field = dictionary.get("FT").is_some();
    let by_parts = dictionary.get("ByteRange").is_some() && dictionary.get("Contents").is_some();
    (by_type && !is_field) || by_parts
}
