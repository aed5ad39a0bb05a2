//! The signatures of a document, through all its revisions: one that a later revision hides is
//! found as well.

use std::collections::{HashMap, HashSet};

use sello_pdf::{Document, Entry, Error, Object, Place, Reference, Source, Value, View};

use super::effort::Effort;
use super::fields::{Field, Fields, signature_fields};
use super::placed::placed;

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
    /// Whether another field leads to it as well.
    pub(super) shared: bool,
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

/// What has been looked at already.
#[derive(Debug, Default)]
struct Seen {
    keys: HashSet<Key>,
    /// Where the objects that are fields' values begin, with the first field of each and its
    /// position among the signatures found.
    places: HashMap<u64, (Option<Reference>, usize)>,
}

/// Where the object that is a field's value begins.
fn place_of(view: &View<'_>, field: &Field) -> Option<u64> {
    let reference = field.value.as_reference()?;
    match view.entry(reference.number) {
        Some(Entry::InFile { offset, generation }) if generation == reference.generation => {
            Some(offset)
        }
        _ => None,
    }
}

pub(super) fn search<S: Source>(document: &Document<S>, effort: &mut Effort) -> Search {
    let mut search = Search::default();
    let mut seen = Seen::default();
    for index in 0..document.revisions().len() {
        match document.at_revision(index) {
            Ok(view) => {
                let fields = signature_fields(&view, effort);
                in_fields(&view, fields, index, &mut seen, &mut search);
            }
            Err(error) => search.problems.push(error),
        }
    }
    without_field(document, &mut seen.keys, &mut search);
    search.found.sort_by_key(|found| {
        let place = found.value.as_ref().map_or(0, |value| value.span.start);
        (found.first_seen, place)
    });
    search
}

fn in_fields(view: &View<'_>, fields: Fields, index: usize, seen: &mut Seen, search: &mut Search) {
    search.cut_short |= fields.cut_short;
    search.problems.extend(fields.problems);
    for field in fields.found {
        let place = place_of(view, &field);
        if let Some((first, at)) = place.and_then(|place| seen.places.get(&place)) {
            // The same signature again need not be read again, unless it may be another field's.
            if *first != field.reference
                && let Some(found) = search.found.get_mut(*at)
            {
                found.shared = true;
            }
            continue;
        }
        match value_of(view, &field) {
            Ok(Some((key, value))) => {
                if let Some(place) = place {
                    let at = search.found.len();
                    seen.places.insert(place, (field.reference, at));
                }
                if seen.keys.insert(key) {
                    search.add(Found {
                        field: Some(field),
                        first_seen: index,
                        shared: false,
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
    for placed in placed(document).into_iter().take(MOST_SEARCHED) {
        let Ok(view) = document.at_revision(placed.revision) else {
            continue;
        };
        // What cannot be read here is no signature; where it is needed, it is complained of.
        let Ok(object) = view.parse_object_within(&placed.range) else {
            continue;
        };
        let value = object.value;
        if is_signature(&value.object) && seen.insert(Key::At(value.span.start)) {
            search.add(Found {
                field: None,
                first_seen: placed.revision,
                shared: false,
                value: Some(value),
            });
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
