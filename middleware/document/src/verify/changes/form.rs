//! The fields of a form as of a revision, all kinds, by their objects.

use std::collections::{BTreeMap, BTreeSet};

use sello_pdf::{Dictionary, Error, Object, Reference, View};

use super::super::effort::{Effort, Work};
use super::super::text::text;

/// Deepest tree of fields.
const DEEPEST: usize = 32;

/// A field or a widget of one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// Full name of its field.
    pub(crate) name: String,
    /// Its field's type, own or inherited.
    pub(crate) kind: Option<String>,
    /// Its field's value, own or inherited.
    pub(crate) value: Option<Object>,
}

impl Node {
    pub(crate) fn is_signature(&self) -> bool {
        self.kind.as_deref() == Some("Sig")
    }

    pub(crate) fn has_value(&self) -> bool {
        self.value.as_ref().is_some_and(|value| !value.is_null())
    }
}

/// A form with everything below it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    /// Its fields and widgets that are objects, by number.
    pub(crate) nodes: BTreeMap<u32, Node>,
    /// The objects that are lists of fields.
    pub(crate) lists: BTreeSet<u32>,
    /// The form's own object.
    pub(crate) object: Option<u32>,
    /// Whether it is larger than is looked at.
    pub(crate) cut_short: bool,
}

impl Form {
    pub(crate) fn of(view: &View<'_>, effort: &mut Effort) -> Result<Self, Error> {
        let mut form = Self::default();
        let catalog = view.catalog()?;
        form.object = number(catalog.get("AcroForm"));
        let Object::Dictionary(entries) = view.get(&catalog, "AcroForm")? else {
            return Ok(form);
        };
        let root = Node {
            name: String::new(),
            kind: None,
            value: None,
        };
        form.list(view, &entries, "Fields", &root, 0, effort)?;
        Ok(form)
    }

    fn list(
        &mut self,
        view: &View<'_>,
        entries: &Dictionary,
        key: &str,
        above: &Node,
        depth: usize,
        effort: &mut Effort,
    ) -> Result<(), Error> {
        let Object::Array(kids) = view.get(entries, key)? else {
            return Ok(());
        };
        self.lists.extend(number(entries.get(key)));
        for kid in &kids {
            if depth > DEEPEST || !effort.spend(Work::Nodes, 1) {
                self.cut_short = true;
                return Ok(());
            }
            if let Some(reference) = kid.as_reference()
                && self.nodes.contains_key(&reference.number)
            {
                continue;
            }
            let Object::Dictionary(field) = view.value(kid)? else {
                continue;
            };
            let node = below(view, &field, above)?;
            if let Some(reference) = kid.as_reference() {
                self.nodes.insert(reference.number, node.clone());
            }
            self.list(view, &field, "Kids", &node, depth.saturating_add(1), effort)?;
        }
        Ok(())
    }
}

fn below(view: &View<'_>, field: &Dictionary, above: &Node) -> Result<Node, Error> {
    let mut node = above.clone();
    if let Some(part) = text(&view.get(field, "T")?) {
        if !node.name.is_empty() {
            node.name.push('.');
        }
        node.name.push_str(&part);
    }
    if let Object::Name(kind) = view.get(field, "FT")? {
        node.kind = Some(String::from_utf8_lossy(kind.as_bytes()).into_owned());
    }
    if let Some(value) = field.get("V") {
        node.value = Some(value.clone());
    }
    Ok(node)
}

/// The number of the object that a value refers to.
pub(crate) fn number(value: Option<&Object>) -> Option<u32> {
    let reference: Reference = value?.as_reference()?;
    Some(reference.number)
}
