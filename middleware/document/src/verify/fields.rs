//! The signature fields of a form (ISO 32000-1 12.7), bounded and without going in circles.

use std::collections::HashSet;

use sello_pdf::{Dictionary, Error, Object, Reference, View};

use super::effort::{Effort, Work};
use super::text::text;

/// Most kids of one node.
const MOST_KIDS: usize = 20_000;
/// Deepest tree of fields.
const DEEPEST: usize = 32;

/// A signature field with a value.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Its full name (ISO 32000-1 12.7.3.2).
    pub(super) name: String,
    /// The field's object, unless it is written in its parent.
    pub(super) reference: Option<Reference>,
    /// The field.
    pub(super) dictionary: Dictionary,
    /// Its value as it stands: a reference, or the signature dictionary itself.
    pub(super) value: Object,
    /// Its widgets (ISO 32000-1 12.5.6.19); the field itself if it has no kids.
    pub(super) widgets: Vec<(Option<Reference>, Dictionary)>,
}

/// The fields found, and what went wrong meanwhile: one damaged field does not hide the others.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) found: Vec<Field>,
    pub(super) problems: Vec<Error>,
    /// Whether the form is larger than is looked at.
    pub(super) cut_short: bool,
}

/// All signature fields with a value, as of `view`.
pub(super) fn signature_fields(view: &View<'_>, effort: &mut Effort) -> Fields {
    let mut walk = Walk {
        view,
        seen: HashSet::new(),
        effort,
        fields: Fields::default(),
    };
    if let Err(error) = walk.form() {
        walk.fields.problems.push(error);
    }
    walk.fields
}

struct Walk<'a> {
    view: &'a View<'a>,
    seen: HashSet<Reference>,
    effort: &'a mut Effort,
    fields: Fields,
}

/// What a field takes over from the one above it.
#[derive(Debug, Clone, Default)]
struct Inherited {
    name: String,
    is_signature: bool,
    value: Option<Object>,
}

impl Walk<'_> {
    fn form(&mut self) -> Result<(), Error> {
        let catalog = Object::Reference(self.view.revision().root()?);
        let Object::Dictionary(catalog) = self.read(&catalog)? else {
            return self.view.catalog().map(|_| ());
        };
        let form = self.read(catalog.get("AcroForm").unwrap_or(&Object::Null))?;
        let Object::Dictionary(form) = form else {
            return Ok(());
        };
        let fields = self.read(form.get("Fields").unwrap_or(&Object::Null))?;
        let Object::Array(fields) = fields else {
            return Ok(());
        };
        for field in &fields {
            self.visit(field, &Inherited::default(), 0);
        }
        Ok(())
    }

    /// A value with what it refers to; nothing once too much has been read.
    fn read(&mut self, value: &Object) -> Result<Object, Error> {
        if !self.effort.has(Work::Read) {
            self.fields.cut_short = true;
            return Ok(Object::Null);
        }
        let read = self.view.value(value)?;
        self.effort.spend(Work::Read, weight(&read));
        Ok(read)
    }

    /// Looks at a node; what is wrong with it is noted.
    fn visit(&mut self, node: &Object, above: &Inherited, depth: usize) {
        if !self.effort.spend(Work::Nodes, 1) || depth > DEEPEST {
            self.fields.cut_short = true;
            return;
        }
        let reference = node.as_reference();
        if reference.is_some_and(|reference| !self.seen.insert(reference)) {
            return;
        }
        if let Err(error) = self.node(node, reference, above, depth) {
            self.fields.problems.push(error);
        }
    }

    fn node(
        &mut self,
        node: &Object,
        reference: Option<Reference>,
        above: &Inherited,
        depth: usize,
    ) -> Result<(), Error> {
        let Object::Dictionary(dictionary) = self.read(node)? else {
            return Ok(());
        };
        let own = self.inherit(&dictionary, above)?;
        let kids = self.kids(&dictionary)?;
        let mut widgets = Vec::new();
        for (kid, is_field) in &kids {
            if *is_field {
                self.visit(kid, &own, depth.saturating_add(1));
            } else if let Object::Dictionary(widget) = self.view.value(kid)? {
                widgets.push((kid.as_reference(), widget));
            }
        }
        let has_fields_below = kids.iter().any(|(_, is_field)| *is_field);
        let value = own.value.filter(|_| own.is_signature && !has_fields_below);
        if let Some(value) = value {
            if kids.is_empty() {
                widgets.push((reference, dictionary.clone()));
            }
            self.fields.found.push(Field {
                name: own.name,
                reference,
                dictionary,
                value,
                widgets,
            });
        }
        Ok(())
    }

    fn inherit(&self, dictionary: &Dictionary, above: &Inherited) -> Result<Inherited, Error> {
        let mut own = above.clone();
        if let Some(part) = text(&self.view.get(dictionary, "T")?) {
            if !own.name.is_empty() {
                own.name.push('.');
            }
            own.name.push_str(&part);
        }
        if let Object::Name(kind) = self.view.get(dictionary, "FT")? {
            own.is_signature = kind == "Sig";
        }
        if let Some(value) = dictionary.get("V") {
            own.value = Some(value.clone());
        }
        Ok(own)
    }

    /// The kids, each with whether it is a field (it has a name of its own).
    fn kids(&mut self, dictionary: &Dictionary) -> Result<Vec<(Object, bool)>, Error> {
        let Object::Array(kids) = self.view.get(dictionary, "Kids")? else {
            return Ok(Vec::new());
        };
        self.fields.cut_short |= kids.len() > MOST_KIDS;
        let mut all = Vec::new();
        for kid in kids.into_iter().take(MOST_KIDS) {
            let is_field = match self.view.value(&kid)? {
                Object::Dictionary(node) => node.get("T").is_some() || node.get("Kids").is_some(),
                _ => false,
            };
            all.push((kid, is_field));
        }
        Ok(all)
    }
}

/// About how many bytes of a file an object takes.
fn weight(object: &Object) -> u64 {
    let own = match object {
        Object::String(bytes) => bytes.len(),
        Object::Array(elements) => return elements.iter().map(weight).sum::<u64>().max(8),
        Object::Dictionary(entries) => {
            let entries = entries.iter().map(|(_, value)| weight(value).max(8));
            return entries.sum::<u64>().max(8);
        }
        _ => 8,
    };
    u64::try_from(own).unwrap_or(u64::MAX)
}
