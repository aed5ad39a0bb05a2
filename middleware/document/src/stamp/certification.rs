//! What earlier signatures allow (DocMDP and FieldMDP, ISO 32000-1 12.8.2), and what this one will.

use sello_pdf::{Dictionary, Name, Object, Reference, View};

use super::error::StampError;
use super::existing::read_lock;
use super::fields::Fields;
use super::options::{FieldLock, Permission};
use super::text;

/// Refuses a document that is certified with DocMDP, P 1: no changes.
pub(super) fn check(view: &View<'_>) -> Result<(), StampError> {
    let Object::Dictionary(permissions) = view.get(&view.catalog()?, "Perms")? else {
        return Ok(());
    };
    let Object::Dictionary(signature) = view.get(&permissions, "DocMDP")? else {
        return Ok(());
    };
    each_transform(view, &signature, |method, parameters| {
        if method == "DocMDP" && view.get(parameters, "P")? == Object::Integer(1) {
            return Err(StampError::NoChangesAllowed);
        }
        Ok(())
    })
}

/// Refuses to sign a field that an earlier signature has locked.
pub(super) fn check_locks(view: &View<'_>, fields: &Fields, name: &str) -> Result<(), StampError> {
    for signed in &fields.signatures {
        let Some(value) = &signed.value else { continue };
        each_transform(view, value, |method, parameters| {
            let locked = match method {
                "FieldMDP" => read_lock(view, parameters)?.covers(name),
                // A signature field's lock may allow as little as a certification does.
                "DocMDP" => view.get(parameters, "P")? == Object::Integer(1),
                _ => false,
            };
            if locked {
                return Err(StampError::Locked {
                    field: name.to_owned(),
                    by: signed.name.clone(),
                });
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn each_transform(
    view: &View<'_>,
    signature: &Dictionary,
    mut look: impl FnMut(&str, &Dictionary) -> Result<(), StampError>,
) -> Result<(), StampError> {
    let Object::Array(references) = view.get(signature, "Reference")? else {
        return Ok(());
    };
    for reference in &references {
        let Object::Dictionary(reference) = view.value(reference)? else {
            continue;
        };
        let method = view.get(&reference, "TransformMethod")?;
        let Some(method) = method.as_name() else {
            continue;
        };
        if let Object::Dictionary(parameters) = view.get(&reference, "TransformParams")? {
            look(&String::from_utf8_lossy(method.as_bytes()), &parameters)?;
        }
    }
    Ok(())
}

/// The signature's `Reference`: what it allows afterwards and the fields it locks.
pub(super) fn references(
    permission: Option<Permission>,
    lock: Option<&FieldLock>,
    catalog: Reference,
) -> Vec<Object> {
    let mut references = Vec::new();
    if let Some(permission) = permission {
        let parameters = Dictionary::from_iter([
            ("Type", name("TransformParams")),
            ("V", name("1.2")),
            ("P", permission.level().into()),
        ]);
        references.push(transform("DocMDP", parameters, None));
    }
    if let Some(lock) = lock {
        let mut parameters = dictionary(lock);
        parameters.set("Type", name("TransformParams"));
        parameters.set("V", name("1.2"));
        references.push(transform("FieldMDP", parameters, Some(catalog)));
    }
    references
}

fn transform(method: &str, parameters: Dictionary, data: Option<Reference>) -> Object {
    let mut reference = Dictionary::from_iter([
        ("Type", name("SigRef")),
        ("TransformMethod", name(method)),
        ("TransformParams", parameters.into()),
    ]);
    if let Some(data) = data {
        reference.set("Data", data);
    }
    reference.into()
}

/// `Lock` of a field to be signed (ISO 32000-1 Table 233).
pub(super) fn lock_dictionary(lock: &FieldLock) -> Dictionary {
    let mut dictionary = dictionary(lock);
    dictionary.set("Type", name("SigFieldLock"));
    dictionary
}

fn dictionary(lock: &FieldLock) -> Dictionary {
    let mut dictionary = Dictionary::from_iter([("Action", name(lock.action()))]);
    if let Some(names) = lock.names() {
        let names = names.iter().map(|name| Object::String(text::encode(name)));
        dictionary.set("Fields", names.collect::<Vec<_>>());
    }
    dictionary
}

fn name(name: &str) -> Object {
    Object::Name(Name::from(name))
}
