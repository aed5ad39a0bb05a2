//! Whether the document lets itself be sealed again (ISO 32000-1 12.8.2.2).

use sello_pdf::{Dictionary, Object, View};

use super::error::StampError;

/// Refuses a document that is certified with DocMDP, P 1: no changes.
pub(super) fn check(view: &View<'_>) -> Result<(), StampError> {
    let Object::Dictionary(permissions) = view.get(&view.catalog()?, "Perms")? else {
        return Ok(());
    };
    let Object::Dictionary(signature) = view.get(&permissions, "DocMDP")? else {
        return Ok(());
    };
    let Object::Array(references) = view.get(&signature, "Reference")? else {
        return Ok(());
    };
    for reference in &references {
        if let Object::Dictionary(reference) = view.value(reference)?
            && allows_nothing(view, &reference)?
        {
            return Err(StampError::NoChangesAllowed);
        }
    }
    Ok(())
}

fn allows_nothing(view: &View<'_>, reference: &Dictionary) -> Result<bool, StampError> {
    let method = view.get(reference, "TransformMethod")?;
    if method.as_name().is_none_or(|method| *method != "DocMDP") {
        return Ok(false);
    }
    let Object::Dictionary(parameters) = view.get(reference, "TransformParams")? else {
        return Ok(false);
    };
    Ok(view.get(&parameters, "P")? == Object::Integer(1))
}
