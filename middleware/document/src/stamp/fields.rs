//! The fields that a form has already (ISO 32000-1 12.7.3), read within limits.

use std::collections::HashSet;

use sello_pdf::{Dictionary, Object, Reference, View};

use super::error::StampError;
use super::text;

/// Most fields and widgets looked at.
const MOST_FIELDS: usize = 20_000;
/// Deepest tree of fields.
const DEEPEST: usize = 32;

/// A signature field.
#[derive(Debug, Clone)]
pub(super) struct SignatureField {
    /// Its full name.
    pub(super) name: String,
    pub(super) reference: Reference,
    pub(super) dictionary: Dictionary,
    /// Its value, where it is signed.
    pub(super) value: Option<Dictionary>,
    /// Widgets that are objects of their own; none where field and widget are one dictionary.
    pub(super) widgets: Vec<(Reference, Dictionary)>,
}

/// What is known of a form's fields.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// The names at the top of the form.
    pub(super) top_names: HashSet<String>,
    /// All full names.
    pub(super) names: HashSet<String>,
    pub(super) signatures: Vec<SignatureField>,
}

impl Fields {
    /// The names of the signed fields, in the order in which the signatures were made.
    pub(super) fn in_order(&self) -> Vec<String> {
        let signed = self.signatures.iter().filter_map(|field| {
            let value = field.value.as_ref()?;
            Some((end_of(value), field.name.clone()))
        });
        let mut signed: Vec<_> = signed.collect();
        signed.sort();
        signed.into_iter().map(|(_, name)| name).collect()
    }

    /// Whether anything in the document is signed.
    pub(super) fn are_signed(&self) -> bool {
        self.signatures.iter().any(|field| field.value.is_some())
    }
}

/// Reads the fields of a form.
pub(super) fn read(view: &View<'_>, fields: &[Object]) -> Result<Fields, StampError> {
    let mut walk = Walk {
        view,
        seen: HashSet::new(),
        fields: Fields::default(),
    };
    for field in fields {
        walk.visit(field, None, false, 0)?;
    }
    Ok(walk.fields)
}

/// Where the revision of a signature ends, as it says itself.
fn end_of(signature: &Dictionary) -> i64 {
    let range = signature.get("ByteRange").and_then(Object::as_array);
    let Some([.., after, rest]) = range else {
        return i64::MAX;
    };
    match (after.as_integer(), rest.as_integer()) {
        (Some(after), Some(rest)) => after.saturating_add(rest),
        _ => i64::MAX,
    }
}

struct Walk<'a, 'v> {
    view: &'a View<'v>,
    seen: HashSet<Reference>,
    fields: Fields,
}

impl Walk<'_, '_> {
    fn visit(
        &mut self,
        field: &Object,
        above: Option<&str>,
        signature_above: bool,
        depth: usize,
    ) -> Result<(), StampError> {
        let Object::Reference(reference) = field else {
            return Err(FIELDS);
        };
        if !self.seen.insert(*reference) || depth > DEEPEST || self.seen.len() > MOST_FIELDS {
            return Err(TOO_MANY);
        }
        let Object::Dictionary(dictionary) = self.view.resolve(*reference)? else {
            return Err(FIELDS);
        };
        let own = match self.view.get(&dictionary, "T")? {
            Object::String(name) => Some(text::decode(&name)),
            _ => None,
        };
        let name = match (above, own) {
            (Some(above), Some(own)) => format!("{above}.{own}"),
            (None, Some(own)) => own,
            (above, None) => above.unwrap_or_default().to_owned(),
        };
        if above.is_none() {
            self.fields.top_names.insert(name.clone());
        }
        let kind = self.view.get(&dictionary, "FT")?;
        let is_signature = kind
            .as_name()
            .map_or(signature_above, |kind| *kind == "Sig");
        let (fields, widgets) = self.kids(&dictionary)?;
        for kid in &fields {
            self.visit(kid, Some(&name), is_signature, depth.saturating_add(1))?;
        }
        self.fields.names.insert(name.clone());
        if is_signature && fields.is_empty() {
            let value = match self.view.get(&dictionary, "V")? {
                Object::Dictionary(value) => Some(value),
                Object::Null => None,
                _ => return Err(FIELDS),
            };
            self.fields.signatures.push(SignatureField {
                name,
                reference: *reference,
                dictionary,
                value,
                widgets,
            });
        }
        Ok(())
    }

    /// The fields below a field, and its widgets: a kid without a name is a widget.
    #[expect(
        clippy::type_complexity,
        reason = "two lists, named where they are taken"
    )]
    fn kids(
        &mut self,
        field: &Dictionary,
    ) -> Result<(Vec<Object>, Vec<(Reference, Dictionary)>), StampError> {
        let (mut fields, mut widgets) = (Vec::new(), Vec::new());
        let Object::Array(kids) = self.view.get(field, "Kids")? else {
            return Ok((fields, widgets));
        };
        for kid in kids {
            let Object::Reference(reference) = kid else {
                return Err(FIELDS);
            };
            if self.seen.len().saturating_add(fields.len()) > MOST_FIELDS {
                return Err(TOO_MANY);
            }
            let Object::Dictionary(dictionary) = self.view.resolve(reference)? else {
                return Err(FIELDS);
            };
            if dictionary.get("T").is_some() {
                fields.push(kid);
            } else if self.seen.insert(reference) {
                widgets.push((reference, dictionary));
            } else {
                return Err(TOO_MANY);
            }
        }
        Ok((fields, widgets))
    }
}

const FIELDS: StampError = StampError::Form {
    what: "/Fields is no tree of fields",
};
const TOO_MANY: StampError = StampError::Form {
    what: "it has too many fields, or they lead in a circle",
};
