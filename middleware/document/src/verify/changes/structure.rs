//! The structure of a tagged document (ISO 32000-1 14.7): it may take in what was added, and keeps
//! what it says of what was there.

use sello_pdf::Object;

use super::Comparison;
use super::compare::{differing, gained};
use crate::report::{Change, ChangeKind};

/// Entries that lead from contents to elements; they are never read aloud or shown.
const LEADING_KEYS: [&str; 4] = ["ParentTree", "ParentTreeNextKey", "IDTree", "Nums"];
/// The entries by which parts of the structure refer to one another.
const USED_BY: [&str; 6] = [
    "K",
    "ParentTree",
    "Nums",
    "Kids",
    "IDTree",
    "StructTreeRoot",
];

/// Whether an object is part of the structure.
pub(super) fn is_structure(object: &Object, uses: &[(u32, String)]) -> bool {
    let kind = super::type_of(object);
    let kind = kind.as_deref();
    if matches!(kind, Some("StructElem" | "StructTreeRoot")) {
        return true;
    }
    kind.is_none()
        && !matches!(object, Object::Stream(_))
        && !uses.is_empty()
        && uses.iter().all(|(_, key)| USED_BY.contains(&key.as_str()))
        && !is_tree_of_something_else(object)
}

/// Fields and page trees have kids too.
fn is_tree_of_something_else(object: &Object) -> bool {
    object.as_dictionary().is_some_and(|entries| {
        ["FT", "T", "Count", "Parent", "MediaBox"]
            .iter()
            .any(|key| entries.get(key).is_some())
    })
}

impl Comparison<'_> {
    pub(super) fn structure(&mut self, number: u32, before: &Object, after: &Object) {
        let kept = match (before, after) {
            (Object::Dictionary(old), Object::Dictionary(new)) => {
                differing(old, new).iter().all(|key| match key.as_str() {
                    "K" => extends(old.get("K"), new.get("K")),
                    other => LEADING_KEYS.contains(&other),
                })
            }
            (old @ Object::Array(_), new @ Object::Array(_)) => extends(Some(old), Some(new)),
            _ => false,
        };
        let kind = if kept {
            ChangeKind::StructureExtended
        } else {
            ChangeKind::StructureChanged
        };
        self.add(Change::new(kind).of_object(number));
    }
}

/// Whether what was there is still there, in its order.
fn extends(before: Option<&Object>, after: Option<&Object>) -> bool {
    let list = |value: Option<&Object>| match value {
        None | Some(Object::Null) => Vec::new(),
        Some(Object::Array(items)) => items.clone(),
        Some(other) => vec![other.clone()],
    };
    let (before, after) = (list(before), list(after));
    let found = gained(&before, &after);
    found.removed.is_empty() && found.in_order
}
