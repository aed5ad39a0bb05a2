//! Pages and what stands on them.

use std::collections::BTreeMap;

use sello_pdf::{Dictionary, Error, Object, Reference};

use super::super::effort::Work;
use super::Comparison;
use super::compare::{differing, gained};
use crate::report::{Change, ChangeKind};

/// Largest icon of a note, in page units along an edge.
const LARGEST_ICON: f64 = 40.0;
/// What may change of a comment without covering more.
const COMMENT_KEYS: [&str; 10] = [
    "Contents",
    "M",
    "RC",
    "Open",
    "T",
    "Subj",
    "State",
    "StateModel",
    "NM",
    "CreationDate",
];

impl Comparison<'_> {
    pub(super) fn page(
        &mut self,
        number: u32,
        before: &Object,
        after: &Object,
    ) -> Result<(), Error> {
        let page = self.page_number(number)?;
        let (Some(before), Some(after)) = (before.as_dictionary(), after.as_dictionary()) else {
            self.add(Change::new(ChangeKind::Pages).of_object(number));
            return Ok(());
        };
        for key in differing(before, after) {
            match key.as_str() {
                "Annots" => {
                    let (before, after) = (self.old.get(before, &key)?, self.new.get(after, &key)?);
                    self.annotations(page, &before, &after)?;
                }
                "Tabs" | "StructParents" if before.get(&key).is_none() => {
                    self.add(Change::new(ChangeKind::StructureExtended).on_page(page));
                }
                "LastModified" | "PieceInfo" | "Metadata" => {
                    self.add(Change::new(ChangeKind::Metadata).on_page(page).named(&*key));
                }
                "Contents" | "Resources" | "Group" => {
                    let change = Change::new(ChangeKind::PageContent).on_page(page);
                    self.add(change.of_object(number));
                }
                _ => {
                    let change = Change::new(ChangeKind::PageChanged).on_page(page);
                    self.add(change.named(&*key).of_object(number));
                }
            }
        }
        Ok(())
    }

    pub(super) fn page_tree(
        &mut self,
        number: u32,
        before: &Object,
        after: &Object,
    ) -> Result<(), Error> {
        let counts = (self.old.pages()?.len(), self.new.pages()?.len());
        let keys = match (before.as_dictionary(), after.as_dictionary()) {
            (Some(before), Some(after)) => differing(before, after),
            _ => Vec::new(),
        };
        let change = Change::new(ChangeKind::Pages).of_object(number);
        let detail = format!(
            "{} pages before, {} now; {}",
            counts.0,
            counts.1,
            keys.join(", ")
        );
        self.add(change.because(detail));
        Ok(())
    }

    /// A list of annotations that is an object of its own.
    pub(super) fn annotations_of_list(
        &mut self,
        number: u32,
        before: &Object,
        after: &Object,
    ) -> Result<(), Error> {
        let users: Vec<u32> = self
            .uses
            .live(number, &self.old)
            .filter(|of| of.key == "Annots")
            .map(|of| of.by)
            .collect();
        for user in users {
            let page = self.page_number(user)?;
            self.annotations(page, before, after)?;
        }
        Ok(())
    }

    fn annotations(
        &mut self,
        page: Option<usize>,
        before: &Object,
        after: &Object,
    ) -> Result<(), Error> {
        let (before, after) = (
            before.as_array().unwrap_or_default(),
            after.as_array().unwrap_or_default(),
        );
        let found = gained(before, after);
        if !found.in_order {
            let change = Change::new(ChangeKind::PageContent).on_page(page);
            self.add(change.because("annotations in another order"));
        }
        for removed in &found.removed {
            let widget = super::form::number(Some(removed));
            let widget = widget.and_then(|number| self.old_form.nodes.get(&number));
            let change = match widget {
                Some(node) => Change::new(ChangeKind::FieldRemoved).named(node.name.clone()),
                None => Change::new(ChangeKind::AnnotationRemoved),
            };
            self.add(change.on_page(page));
        }
        for added in &found.added {
            self.new_annotation(page, added)?;
        }
        Ok(())
    }

    fn new_annotation(&mut self, page: Option<usize>, added: &Object) -> Result<(), Error> {
        let number = super::form::number(Some(added));
        let node = number.and_then(|number| self.new_form.nodes.get(&number).cloned());
        if let (Some(number), Some(node)) = (number, node) {
            // A field for signatures that is new, or was signed: seen with the form.
            let before = self.old_form.nodes.get(&number);
            let fits = node.is_signature() && before.is_none_or(|before| !before.has_value());
            if !fits {
                let change = Change::new(ChangeKind::FieldAppearance).on_page(page);
                self.add(change.named(node.name));
            }
            return Ok(());
        }
        let Object::Dictionary(entries) = self.new.value(added)? else {
            return Ok(());
        };
        let kind = self.comment_kind(&entries)?;
        let change = Change::new(kind).on_page(page);
        self.add(change.named(subtype(&entries)));
        Ok(())
    }

    /// Whether an annotation is a comment that covers nothing. Those drawn by their maker's own
    /// appearance can show anything anywhere in their rectangle.
    fn comment_kind(&self, entries: &Dictionary) -> Result<ChangeKind, Error> {
        let acts = entries.get("A").is_some() || entries.get("AA").is_some();
        let harmless = match subtype(entries).as_str() {
            "Popup" => entries.get("AP").is_none(),
            "Text" => {
                let place = self.new.rectangle(&self.new.get(entries, "Rect")?)?;
                place.is_some_and(|place| {
                    place.width() <= LARGEST_ICON && place.height() <= LARGEST_ICON
                })
            }
            "Highlight" | "Underline" | "Squiggly" | "StrikeOut" => entries.get("AP").is_none(),
            _ => false,
        };
        Ok(if harmless && !acts {
            ChangeKind::AnnotationAdded
        } else {
            ChangeKind::CoveringAnnotation
        })
    }

    pub(super) fn annotation_changed(
        &mut self,
        number: u32,
        before: &Object,
        after: &Object,
    ) -> Result<(), Error> {
        let (Some(before), Some(after)) = (before.as_dictionary(), after.as_dictionary()) else {
            self.add(Change::new(ChangeKind::CoveringAnnotation).of_object(number));
            return Ok(());
        };
        let harmless = differing(before, after)
            .iter()
            .all(|key| COMMENT_KEYS.contains(&key.as_str()));
        let kind = if harmless && !matches!(subtype(before).as_str(), "FreeText" | "Widget") {
            ChangeKind::AnnotationChanged
        } else {
            ChangeKind::CoveringAnnotation
        };
        let page = match super::form::number(before.get("P")) {
            Some(page) => self.page_number(page)?,
            None => None,
        };
        let change = Change::new(kind).on_page(page).of_object(number);
        self.add(change.named(subtype(before)));
        Ok(())
    }

    /// The number, from 1, of the page that is this object.
    pub(super) fn page_number(&mut self, object: u32) -> Result<Option<usize>, Error> {
        if self.pages.is_none() {
            if !self.effort.has(Work::Pages) {
                return Ok(None);
            }
            let pages = self.old.pages()?;
            let count = u64::try_from(pages.len()).unwrap_or(u64::MAX);
            self.effort.spend(Work::Pages, count);
            let number = |reference: Reference| reference.number;
            let pages: BTreeMap<u32, usize> = pages
                .iter()
                .map(|page| number(page.reference))
                .zip(1..)
                .collect();
            self.pages = Some(pages);
        }
        let pages = self.pages.as_ref();
        Ok(pages.and_then(|pages| pages.get(&object)).copied())
    }
}

/// Whether an object is an annotation.
pub(super) fn is_annotation(object: &Object) -> bool {
    object.as_dictionary().is_some_and(|entries| {
        let kind = entries.get("Type").and_then(Object::as_name);
        kind.is_some_and(|kind| *kind == "Annot")
            || (entries.get("Rect").is_some() && entries.get("Subtype").is_some())
    })
}

fn subtype(entries: &Dictionary) -> String {
    let name = entries.get("Subtype").and_then(Object::as_name);
    name.map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned())
        .unwrap_or_default()
}
