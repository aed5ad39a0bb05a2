//! The seal in the structure of a tagged document (ISO 32000-1 14.7 and 14.8), with words for who
//! cannot see it.

use sello_pdf::{Dictionary, Name, Object, Page, Reference};

use super::draft::Draft;
use super::error::StampError;
use super::text;

/// Most nodes of the parent tree's right edge.
const DEEPEST: usize = 32;

/// What is added to the structure, gathered over one revision.
#[derive(Debug, Default)]
pub(super) struct Tags {
    entries: Vec<(i64, Reference)>,
    next: Option<i64>,
}

impl Tags {
    /// Adds an element for an annotation: `role` is `Form` for a field, `Figure` for what is only
    /// seen. Gives the key that goes into the annotation as `StructParent`.
    pub(super) fn add(
        &mut self,
        draft: &mut Draft<'_>,
        role: &str,
        alternative: &str,
        annotation: Reference,
        page: &Page,
    ) -> Result<i64, StampError> {
        let (root, tree) = root(draft)?;
        let key = match self.next {
            Some(key) => key,
            None => first_free_key(draft, &tree)?,
        };
        self.next = Some(key.saturating_add(1));
        let content = Dictionary::from_iter([
            ("Type", Object::Name(Name::from("OBJR"))),
            ("Obj", annotation.into()),
            ("Pg", page.reference.into()),
        ]);
        let element = draft.update.allocate()?;
        draft.update.set(
            element,
            Dictionary::from_iter([
                ("Type", Object::Name(Name::from("StructElem"))),
                ("S", Object::Name(Name::from(role))),
                ("P", root.into()),
                ("Pg", page.reference.into()),
                ("Alt", Object::String(text::encode(alternative))),
                ("K", content.into()),
            ]),
        );
        self.entries.push((key, element));
        Ok(key)
    }

    /// Writes the structure's root with what was added.
    pub(super) fn close(self, draft: &mut Draft<'_>) -> Result<(), StampError> {
        let Some(next) = self.next else {
            return Ok(());
        };
        let (root, mut tree) = root(draft)?;
        let mut kids = match tree.get("K").cloned() {
            None => Vec::new(),
            Some(kids) => match draft.view.value(&kids)? {
                Object::Array(kids) => kids,
                _ => vec![kids],
            },
        };
        kids.extend(
            self.entries
                .iter()
                .map(|(_, element)| Object::from(*element)),
        );
        tree.set("K", kids);
        tree.set("ParentTreeNextKey", next);
        let pairs = self
            .entries
            .iter()
            .flat_map(|(key, element)| [Object::Integer(*key), (*element).into()]);
        let mut parents = match draft.view.get(&tree, "ParentTree")? {
            Object::Dictionary(parents) => parents,
            Object::Null => Dictionary::new(),
            _ => return Err(STRUCTURE),
        };
        if let Object::Array(mut leaves) = draft.view.get(&parents, "Kids")? {
            let limits = [
                next.saturating_sub(count(&self.entries)),
                next.saturating_sub(1),
            ];
            let leaf = draft.update.allocate()?;
            draft.update.set(
                leaf,
                Dictionary::from_iter([
                    (
                        "Limits",
                        Object::Array(limits.map(Object::Integer).to_vec()),
                    ),
                    ("Nums", Object::Array(pairs.collect())),
                ]),
            );
            leaves.push(leaf.into());
            parents.set("Kids", leaves);
        } else {
            let mut numbers = match draft.view.get(&parents, "Nums")? {
                Object::Array(numbers) => numbers,
                Object::Null => Vec::new(),
                _ => return Err(STRUCTURE),
            };
            numbers.extend(pairs);
            parents.set("Nums", numbers);
        }
        match tree.get("ParentTree") {
            Some(Object::Reference(reference)) => draft.update.set(*reference, parents),
            _ => {
                tree.set("ParentTree", parents);
            }
        }
        draft.update.set(root, tree);
        Ok(())
    }
}

fn count(entries: &[(i64, Reference)]) -> i64 {
    i64::try_from(entries.len()).unwrap_or(i64::MAX)
}

/// The root of the structure, an object of its own.
fn root(draft: &Draft<'_>) -> Result<(Reference, Dictionary), StampError> {
    let Some(Object::Reference(root)) = draft.catalog().get("StructTreeRoot") else {
        return Err(STRUCTURE);
    };
    match draft.view.resolve(*root)? {
        Object::Dictionary(tree) => Ok((*root, tree)),
        _ => Err(STRUCTURE),
    }
}

/// A key that neither `ParentTreeNextKey` nor the tree itself has given away.
fn first_free_key(draft: &Draft<'_>, tree: &Dictionary) -> Result<i64, StampError> {
    let said = draft.view.get(tree, "ParentTreeNextKey")?;
    let said = said.as_integer().unwrap_or(0);
    let mut node = draft.view.get(tree, "ParentTree")?;
    for _ in 0..DEEPEST {
        let Object::Dictionary(dictionary) = &node else {
            return Ok(said);
        };
        if let Object::Array(numbers) = draft.view.get(dictionary, "Nums")? {
            let keys = numbers.iter().step_by(2).filter_map(Object::as_integer);
            let beyond = keys.max().map_or(0, |key| key.saturating_add(1));
            return Ok(said.max(beyond));
        }
        let Object::Array(kids) = draft.view.get(dictionary, "Kids")? else {
            return Ok(said);
        };
        // The keys grow from node to node, so the last one has the largest.
        let Some(last) = kids.last() else {
            return Ok(said);
        };
        node = draft.view.value(last)?;
    }
    Err(STRUCTURE)
}

const STRUCTURE: StampError = StampError::Structure;
