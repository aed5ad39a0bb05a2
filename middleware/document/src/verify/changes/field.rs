//! The form: what was filled in, what was added, and what else was changed.

use sello_pdf::{Dictionary, Error, Object};

use super::compare::{differing, gained};
use super::{Comparison, is_invisible, is_widget};
use crate::report::{Change, ChangeKind};

/// `SignaturesExist` and `AppendOnly` (ISO 32000-1 Table 219).
const SIGNATURE_FLAGS: i64 = 1 | 2;
/// `ReadOnly` (ISO 32000-1 Table 221).
const READ_ONLY: i64 = 1;
/// `Invisible`, `Hidden`, `NoView` (ISO 32000-1 Table 165).
const HIDING: i64 = 1 | 2 | 32;
/// What filling in a field changes.
const FILLED_KEYS: [&str; 11] = ["V", "AP", "AS", "DA", "Q", "M", "RV", "I", "Ff", "F", "MK"];

impl Comparison<'_> {
    /// A form may gain fields for signatures, the flags that say so, and fonts for filling in.
    pub(super) fn form(&mut self, before: &Object, after: &Object) -> Result<(), Error> {
        let empty = Dictionary::new();
        let old = before.as_dictionary();
        let Some(new) = after.as_dictionary() else {
            self.add(Change::new(ChangeKind::FieldRemoved).because("the form was removed"));
            return Ok(());
        };
        let old = old.unwrap_or(&empty);
        for key in differing(old, new) {
            let allowed = match key.as_str() {
                "Fields" => {
                    let (before, after) = (self.old.get(old, &key)?, self.new.get(new, &key)?);
                    self.field_list(&before, &after)?;
                    true
                }
                "SigFlags" => {
                    let (old, new) = (flags(old, "SigFlags"), flags(new, "SigFlags"));
                    new & old == old && new & !(old | SIGNATURE_FLAGS) == 0
                }
                "DR" => self.extends(old.get("DR"), new.get("DR"), 0)?,
                "DA" => old.get("DA").is_none(),
                "NeedAppearances" => !matches!(new.get(&key), Some(Object::Boolean(true))),
                _ => false,
            };
            if !allowed {
                self.add(Change::new(ChangeKind::FormChanged).named(&*key));
            }
        }
        Ok(())
    }

    /// Whether resources gained entries and kept all they had.
    fn extends(
        &self,
        before: Option<&Object>,
        after: Option<&Object>,
        depth: usize,
    ) -> Result<bool, Error> {
        let (Some(before), Some(after)) = (before, after) else {
            return Ok(before.is_none());
        };
        if before == after {
            return Ok(true);
        }
        let (before, after) = (self.old.value(before)?, self.new.value(after)?);
        let (Some(old), Some(new)) = (before.as_dictionary(), after.as_dictionary()) else {
            return Ok(before == after);
        };
        for key in differing(old, new) {
            if depth > 2 || !self.extends(old.get(&key), new.get(&key), depth.saturating_add(1))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A list of fields may gain fields for signatures.
    pub(super) fn field_list(&mut self, before: &Object, after: &Object) -> Result<(), Error> {
        let before = before.as_array().unwrap_or_default();
        let Some(after) = after.as_array() else {
            self.add(Change::new(ChangeKind::FieldRemoved));
            return Ok(());
        };
        let found = gained(before, after);
        for removed in found.removed {
            let node = super::form::number(Some(removed));
            let node = node.and_then(|number| self.old_form.nodes.get(&number));
            let name = node.map(|node| node.name.clone()).unwrap_or_default();
            self.add(Change::new(ChangeKind::FieldRemoved).named(name));
        }
        for added in found.added {
            self.new_field(added)?;
        }
        Ok(())
    }

    fn new_field(&mut self, added: &Object) -> Result<(), Error> {
        let number = super::form::number(Some(added));
        let node = number.and_then(|number| self.new_form.nodes.get(&number).cloned());
        let (Some(number), Some(node)) = (number, node) else {
            self.add(Change::new(ChangeKind::FieldAdded));
            return Ok(());
        };
        let Object::Dictionary(field) = self.new.value(added)? else {
            self.add(Change::new(ChangeKind::FieldAdded));
            return Ok(());
        };
        let acts = field.get("A").is_some() || field.get("AA").is_some();
        let kids = field.get("Kids").is_some();
        let fits = node.is_signature() && !acts && (kids || is_widget(&field));
        if !fits || self.old_form.nodes.contains_key(&number) {
            self.add(Change::new(ChangeKind::FieldAdded).named(node.name));
            return Ok(());
        }
        self.filled.insert(number);
        if !node.has_value() {
            self.add(Change::new(ChangeKind::SignatureFieldAdded).named(node.name));
            return Ok(());
        }
        let kind = self.signature_kind(number, &field);
        self.add(Change::new(kind).named(node.name).of_object(number));
        Ok(())
    }

    fn signature_kind(&self, number: u32, field: &Dictionary) -> ChangeKind {
        let mut added = self.added.iter();
        let Some(addition) = added.find(|addition| addition.field.number == number) else {
            return ChangeKind::BrokenSignature;
        };
        let invisible = is_invisible(&self.new, field);
        if invisible && addition.is_timestamp {
            ChangeKind::TimestampAdded
        } else if invisible || !addition.drawn.is_empty() {
            ChangeKind::SignatureAdded
        } else {
            ChangeKind::VisibleSignatureAdded
        }
    }

    /// A field or widget that was there.
    pub(super) fn field(
        &mut self,
        number: u32,
        before: &Object,
        after: &Object,
    ) -> Result<(), Error> {
        let old = self.old_form.nodes.get(&number).cloned();
        let new = self.new_form.nodes.get(&number).cloned();
        let (Some(old), Some(before), Some(after)) =
            (old, before.as_dictionary(), after.as_dictionary())
        else {
            self.add(Change::new(ChangeKind::FieldChanged).of_object(number));
            return Ok(());
        };
        let mut changed = differing(before, after);
        if changed.iter().any(|key| key == "Kids") {
            let (before, after) = (self.old.get(before, "Kids")?, self.new.get(after, "Kids")?);
            self.field_list(&before, &after)?;
            changed.retain(|key| key != "Kids");
        }
        let Some(new) = new else {
            self.add(Change::new(ChangeKind::FieldRemoved).named(old.name));
            return Ok(());
        };
        if changed.is_empty() {
            return Ok(());
        }
        let only_filled = changed.iter().all(|key| match key.as_str() {
            "F" => flags(after, "F") & HIDING & !(flags(before, "F") & HIDING) == 0,
            "Ff" => flags(before, "Ff") | READ_ONLY == flags(after, "Ff"),
            // A border is nothing beside an appearance; who signs may take it away, as we do.
            "BS" | "Border" => old.is_signature() && after.get(key).is_none(),
            "Type" => old.is_signature() && before.get(key).is_none(),
            other => FILLED_KEYS.contains(&other),
        });
        let kind = if old.is_signature() {
            self.signature_field(&old, &new, &changed, only_filled, number)
        } else if !only_filled {
            ChangeKind::FieldChanged
        } else {
            let value = old.value != new.value
                || changed.iter().any(|key| key == "V" || key == "I")
                || (old.kind.as_deref() == Some("Btn") && changed.iter().any(|key| key == "AS"));
            let appearance = changed
                .iter()
                .any(|key| key == "AP" || key == "AS" || key == "MK");
            if appearance && !value {
                ChangeKind::FieldAppearance
            } else {
                self.filled.insert(number);
                ChangeKind::FieldFilled
            }
        };
        self.add(Change::new(kind).named(old.name).of_object(number));
        Ok(())
    }

    fn signature_field(
        &mut self,
        old: &super::form::Node,
        new: &super::form::Node,
        changed: &[String],
        only_filled: bool,
        number: u32,
    ) -> ChangeKind {
        if old.has_value() {
            if changed.iter().any(|key| key == "V") {
                return ChangeKind::SignatureReplaced;
            }
            return if changed == ["Ff"] && only_filled {
                ChangeKind::Metadata
            } else {
                ChangeKind::FieldChanged
            };
        }
        if !only_filled {
            return ChangeKind::FieldChanged;
        }
        if !new.has_value() {
            return ChangeKind::FieldChanged;
        }
        self.filled.insert(number);
        let mut added = self.added.iter();
        match added.find(|addition| addition.field.number == number) {
            Some(addition) if addition.is_timestamp => ChangeKind::TimestampAdded,
            Some(_) => ChangeKind::SignatureFieldFilled,
            None => ChangeKind::BrokenSignature,
        }
    }
}

fn flags(dictionary: &Dictionary, key: &str) -> i64 {
    dictionary
        .get(key)
        .and_then(Object::as_integer)
        .unwrap_or(0)
}
