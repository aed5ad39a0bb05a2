//! What a signature lets later revisions do (ISO 32000-2 12.8.2.2 and 12.8.2.4).

use sello_pdf::{Dictionary, View};

use super::text::text;
use crate::report::Permission;

/// What a signature allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Allowed {
    pub(super) permission: Permission,
    /// Whether it certifies the document (DocMDP).
    pub(super) certifies: bool,
    /// Fields that it locks (FieldMDP).
    locks: Vec<Lock>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Lock {
    All,
    Include(Vec<String>),
    Exclude(Vec<String>),
}

impl Allowed {
    /// What a signature allows that says nothing: further signatures and filled-in forms.
    pub(super) const fn by_default() -> Self {
        Self {
            permission: Permission::Filling,
            certifies: false,
            locks: Vec::new(),
        }
    }

    /// Reads the signature's references; what cannot be read allows nothing.
    pub(super) fn of(view: &View<'_>, entries: &Dictionary) -> Self {
        let mut allowed = Self::by_default();
        if entries.get("Reference").is_some() && allowed.read(view, entries).is_none() {
            allowed.permission = Permission::Always;
        }
        allowed
    }

    fn read(&mut self, view: &View<'_>, entries: &Dictionary) -> Option<()> {
        let references = view.get(entries, "Reference").ok()?;
        for reference in references.as_array()? {
            let reference = view.value(reference).ok()?;
            let reference = reference.as_dictionary()?;
            let method = view.get(reference, "TransformMethod").ok()?;
            let parameters = view.get(reference, "TransformParams").ok()?;
            let empty = Dictionary::new();
            let parameters = parameters.as_dictionary().unwrap_or(&empty);
            match method.as_name().map(sello_pdf::Name::as_bytes) {
                Some(b"DocMDP") => {
                    let level = view.get(parameters, "P").ok()?;
                    self.certifies = true;
                    self.permission = match level.as_integer() {
                        Some(2) => Permission::Filling,
                        Some(3) => Permission::Annotating,
                        None if level.is_null() => Permission::Filling,
                        _ => Permission::Always,
                    };
                }
                Some(b"FieldMDP") => self.locks.push(lock(view, parameters)?),
                _ => {}
            }
        }
        Some(())
    }

    /// Whether a field of this full name is locked.
    pub(super) fn locks(&self, name: &str) -> bool {
        let listed = |names: &[String]| {
            names.iter().any(|locked| {
                let below = name.strip_prefix(locked.as_str());
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        self.locks.iter().any(|lock| match lock {
            Lock::All => true,
            Lock::Include(names) => listed(names),
            Lock::Exclude(names) => !listed(names),
        })
    }
}

fn lock(view: &View<'_>, parameters: &Dictionary) -> Option<Lock> {
    let names = view.get(parameters, "Fields").ok()?;
    let names = names.as_array().unwrap_or_default();
    let names = names
        .iter()
        .map(|name| text(&view.value(name).ok()?))
        .collect::<Option<Vec<String>>>()?;
    let action = view.get(parameters, "Action").ok()?;
    Some(match action.as_name().map(sello_pdf::Name::as_bytes) {
        Some(b"Include") => Lock::Include(names),
        Some(b"Exclude") => Lock::Exclude(names),
        _ => Lock::All,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_locked_with_all_below_them() {
        let allowed = |lock| Allowed {
            locks: vec![lock],
            ..Allowed::by_default()
        };
        let names = || vec!["Price".to_owned(), "Buyer.Name".to_owned()];
        for (lock, name, locked) in [
            (Lock::All, "x", true),
            (Lock::Include(names()), "Price", true),
            (Lock::Include(names()), "Price.Net", true),
            (Lock::Include(names()), "Prices", false),
            (Lock::Include(names()), "Buyer", false),
            (Lock::Exclude(names()), "Buyer.Name", false),
            (Lock::Exclude(names()), "Other", true),
        ] {
            assert_eq!(allowed(lock).locks(name), locked, "{name}");
        }
        assert!(!Allowed::by_default().locks("x"));
    }
}
