//! The signature field in the document's form (ISO 32000-1 12.7).

use std::collections::HashSet;

use sello_pdf::{Dictionary, IncrementalUpdate, Object, Reference, View};

use super::error::StampError;
use super::text;

/// `SignaturesExist` and `AppendOnly` (ISO 32000-1 Table 219).
const SIGNATURE_FLAGS: i64 = 1 | 2;

/// Adds the field to the form, making a form if there is none; gives the name for it.
pub(super) fn register(
    update: &mut IncrementalUpdate,
    view: &View<'_>,
    field: Reference,
) -> Result<String, StampError> {
    let mut catalog = view.catalog()?;
    let entry = catalog.get("AcroForm").cloned();
    let mut form = match view.get(&catalog, "AcroForm")? {
        Object::Dictionary(form) => form,
        Object::Null => Dictionary::new(),
        _ => return Err(FORM),
    };
    let mut fields = match view.get(&form, "Fields")? {
        Object::Array(fields) => fields,
        Object::Null => Vec::new(),
        _ => return Err(FIELDS),
    };
    let name = free_name(view, &fields)?;
    fields.push(field.into());

    let flags = view.get(&form, "SigFlags")?.as_integer().unwrap_or(0);
    let mut changed = flags | SIGNATURE_FLAGS != flags;
    if changed {
        form.set("SigFlags", flags | SIGNATURE_FLAGS);
    }
    match form.get("Fields") {
        Some(Object::Reference(reference)) => update.set(*reference, fields),
        _ => {
            form.set("Fields", fields);
            changed = true;
        }
    }
    if !changed {
        return Ok(name);
    }
    match entry {
        Some(Object::Reference(reference)) => update.set(reference, form),
        Some(_) => {
            catalog.set("AcroForm", form);
            update.set(view.revision().root()?, catalog);
        }
        None => {
            let reference = update.allocate()?;
            update.set(reference, form);
            catalog.set("AcroForm", reference);
            update.set(view.revision().root()?, catalog);
        }
    }
    Ok(name)
}

/// `Sello1`, or the first such name that no field at the top of the form has.
fn free_name(view: &View<'_>, fields: &[Object]) -> Result<String, StampError> {
    let mut taken = HashSet::new();
    for field in fields {
        let Object::Dictionary(field) = view.value(field)? else {
            return Err(FIELDS);
        };
        if let Object::String(name) = view.get(&field, "T")? {
            taken.insert(text::decode(&name));
        }
    }
    let mut number = 1usize;
    loop {
        let name = format!("Sello{number}");
        if !taken.contains(&name) {
            return Ok(name);
        }
        number = number.saturating_add(1);
    }
}

const FORM: StampError = StampError::Form {
    what: "/AcroForm is no dictionary",
};
const FIELDS: StampError = StampError::Form {
    what: "/Fields is no array of fields",
};
