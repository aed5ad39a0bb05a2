//! New signature fields (ISO 32000-1 12.7).

use sello_pdf::Reference;

use super::certification::{self, check_locks};
use super::draft::Draft;
use super::error::StampError;
use super::fields::Fields;
use super::options::EmptyField;
use super::page;

/// Longest name of a field, in characters.
const LONGEST_NAME: usize = 200;

/// Adds a field for this stamping to the form; gives the name for it.
pub(super) fn register(draft: &mut Draft<'_>, field: Reference) -> Result<String, StampError> {
    let name = free_name(&draft.fields);
    check_locks(&draft.view, &draft.fields, &name)?;
    draft.add_field(&name, field);
    Ok(name)
}

/// `Sello1`, or the first such name that no field at the top of the form has.
fn free_name(fields: &Fields) -> String {
    let mut number = 1usize;
    loop {
        let name = format!("Sello{number}");
        if !fields.top_names.contains(&name) {
            return name;
        }
        number = number.saturating_add(1);
    }
}

/// Adds an empty field for a later seal.
pub(super) fn prepare(draft: &mut Draft<'_>, field: &EmptyField) -> Result<(), StampError> {
    let name = &field.name;
    let plain = !name.is_empty() && !name.contains('.') && name.chars().count() <= LONGEST_NAME;
    if !plain {
        let name = name.clone();
        return Err(StampError::FieldName { name });
    }
    if draft.fields.top_names.contains(name) {
        let name = name.clone();
        return Err(StampError::FieldExists { name });
    }
    let Some(size) = field.placement.size_mm else {
        return Err(StampError::Size);
    };
    let page = page::find(&draft.view, field.placement.page)?;
    let place = field.placement.on(&page, size)?;
    let reference = draft.update.allocate()?;
    let mut widget = page::empty_widget(&place, page.page.reference, name);
    if let Some(lock) = &field.lock {
        let lock_reference = draft.update.allocate()?;
        let lock = certification::lock_dictionary(lock);
        draft.update.set(lock_reference, lock);
        widget.set("Lock", lock_reference);
    }
    draft.update.set(reference, widget);
    draft.annotate(&page.page, reference)?;
    draft.add_field(name, reference);
    Ok(())
}
