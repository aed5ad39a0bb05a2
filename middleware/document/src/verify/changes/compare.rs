//! Comparing dictionaries and lists.

use sello_pdf::{Dictionary, Object};

/// The keys whose entries differ, in order.
pub(super) fn differing(before: &Dictionary, after: &Dictionary) -> Vec<String> {
    let name = |key: &sello_pdf::Name| String::from_utf8_lossy(key.as_bytes()).into_owned();
    let mut keys: Vec<String> = before
        .iter()
        .chain(after.iter())
        .filter(|(key, _)| {
            let key = name(key);
            before.get(&key) != after.get(&key)
        })
        .map(|(key, _)| name(key))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// A dictionary without some of its entries.
pub(super) fn without(dictionary: &Dictionary, keys: &[&str]) -> Dictionary {
    let mut dictionary = dictionary.clone();
    for key in keys {
        dictionary.remove(key);
    }
    dictionary
}

/// What a list gained and lost. Nothing if what it kept is in another order.
pub(super) struct Gained<'a> {
    pub(super) added: Vec<&'a Object>,
    pub(super) removed: Vec<&'a Object>,
    pub(super) in_order: bool,
}

pub(super) fn gained<'a>(before: &'a [Object], after: &'a [Object]) -> Gained<'a> {
    let mut added = Vec::new();
    let mut rest = before.iter().peekable();
    for item in after {
        if rest.peek() == Some(&item) {
            rest.next();
        } else {
            added.push(item);
        }
    }
    // Lists are short, or one was appended to and nothing is left.
    let left: Vec<&Object> = rest.collect();
    let mut in_order = true;
    let mut removed = Vec::new();
    for item in left {
        if let Some(at) = added.iter().position(|other| *other == item) {
            added.remove(at);
            in_order = false;
        } else {
            removed.push(item);
        }
    }
    Gained {
        added,
        removed,
        in_order,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(numbers: &[i64]) -> Vec<Object> {
        numbers.iter().map(|n| Object::Integer(*n)).collect()
    }

    #[test]
    fn what_a_list_gains_loses_and_moves_is_told_apart() {
        for (before, after, added, removed, in_order) in [
            (vec![1, 2], vec![1, 2, 3], vec![3], vec![], true),
            (vec![1, 2], vec![0, 1, 2], vec![0], vec![], true),
            (vec![1, 2], vec![1], vec![], vec![2], true),
            (vec![1, 2], vec![2, 1], vec![], vec![], false),
        ] {
            let (before, after) = (list(&before), list(&after));
            let found = gained(&before, &after);
            let numbers = |items: &[&Object]| {
                items
                    .iter()
                    .filter_map(|item| item.as_integer())
                    .collect::<Vec<_>>()
            };
            assert_eq!(numbers(&found.added), added);
            assert_eq!(numbers(&found.removed), removed);
            assert_eq!(found.in_order, in_order);
        }
    }
}
