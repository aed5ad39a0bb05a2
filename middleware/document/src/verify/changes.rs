//! What a revision did to the document as it was before: object by object, each change with the
//! permission it takes.
//!
//! Objects that were there and now stand elsewhere are compared with what they were, by the part
//! they play: catalog, form, field, page, list of annotations, structure, store of validation data.
//! What plays no known part must not change. Objects that are new do nothing by themselves: something
//! that was there must have come to refer to them, which is a change of that; or referred to them all
//! along, which [`Uses`](super::uses::Uses) finds.

mod compare;
mod field;
mod form;
mod page;
mod shown;
mod structure;

use std::collections::{BTreeMap, BTreeSet};

use sello_pdf::{Dictionary, Document, Entry, Error, Object, Reference, Source, View};

pub(super) use self::form::Form;
use super::effort::{Effort, Work};
use super::uses::Uses;
use crate::report::{Change, ChangeKind};
use compare::{differing, without};

/// Trailer entries that decide what is shown.
const DECISIVE_TRAILER_KEYS: [&str; 2] = ["Root", "Encrypt"];
/// Entries of an invisible signature's field that show nothing.
const INVISIBLE_KEYS: [&str; 19] = [
    "Type",
    "Subtype",
    "FT",
    "T",
    "V",
    "F",
    "P",
    "Rect",
    "Ff",
    "TU",
    "H",
    "DA",
    "MK",
    "Lock",
    "SV",
    "StructParent",
    "BS",
    "Border",
    "M",
];

/// A signature that a revision adds.
#[derive(Debug, Clone)]
pub(super) struct Addition {
    /// Its field, which is also its widget.
    pub(super) field: Reference,
    /// The objects of its sealed appearance; none if what it shows is not sealed.
    pub(super) drawn: Vec<Reference>,
    /// Whether it is a document timestamp.
    pub(super) is_timestamp: bool,
}

/// What examining one revision goes on with.
pub(super) struct Progress<'a> {
    pub(super) effort: &'a mut Effort,
    /// The form as of the revision before, once read.
    pub(super) form: Option<Form>,
}

/// What revision `index` (not the original) changed. `added` are the signatures that cover it.
pub(super) fn examine<S: Source>(
    document: &Document<S>,
    index: usize,
    uses: &Uses,
    added: &[&Addition],
    progress: &mut Progress<'_>,
) -> Vec<Change> {
    match compare(document, index, uses, added, progress) {
        Ok(changes) => changes,
        Err(error) => vec![Change::new(ChangeKind::Unreadable).because(error)],
    }
}

fn compare<S: Source>(
    document: &Document<S>,
    index: usize,
    uses: &Uses,
    added: &[&Addition],
    progress: &mut Progress<'_>,
) -> Result<Vec<Change>, Error> {
    let old = document.at_revision(index.saturating_sub(1))?;
    let new = document.at_revision(index)?;
    let old_form = match progress.form.take() {
        Some(form) => form,
        None => Form::of(&old, progress.effort)?,
    };
    let new_form = Form::of(&new, progress.effort)?;
    let mut comparison = Comparison {
        root: old.revision().root()?.number,
        old,
        new,
        old_form,
        new_form,
        uses,
        added,
        filled: BTreeSet::new(),
        effort: progress.effort,
        pages: None,
        changes: Vec::new(),
    };
    comparison.trailer();
    comparison.section(
        document
            .revisions()
            .get(index)
            .map_or(0, |new| new.span().start),
    );
    comparison.objects(&document.changed_objects(index)?)?;
    comparison.appearances()?;
    if comparison.old_form.cut_short || comparison.new_form.cut_short {
        comparison.add(Change::new(ChangeKind::Unreadable).because("the form is too large"));
    }
    if comparison.changes.is_empty() {
        comparison.add(Change::new(ChangeKind::EmptyRevision));
    }
    progress.form = Some(comparison.new_form);
    let mut changes: Vec<Change> = Vec::new();
    for change in comparison.changes {
        if !changes.contains(&change) {
            changes.push(change);
        }
    }
    Ok(changes)
}

/// Two revisions beside each other.
struct Comparison<'a> {
    root: u32,
    old: View<'a>,
    new: View<'a>,
    old_form: Form,
    new_form: Form,
    uses: &'a Uses,
    added: &'a [&'a Addition],
    /// The fields and widgets that were filled in or signed.
    filled: BTreeSet<u32>,
    effort: &'a mut Effort,
    /// The page numbers by object, once needed.
    pages: Option<BTreeMap<u32, usize>>,
    changes: Vec<Change>,
}

impl Comparison<'_> {
    fn add(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// The trailer keeps the catalog and the document's identifier.
    fn trailer(&mut self) {
        let (before, after) = (self.old.trailer(), self.new.trailer());
        for key in DECISIVE_TRAILER_KEYS {
            if before.get(key) != after.get(key) {
                self.add(Change::new(ChangeKind::TrailerChanged).named(key));
            }
        }
        let first = |trailer: &Dictionary| {
            let halves = trailer.get("ID").and_then(Object::as_array);
            halves.and_then(<[Object]>::first).cloned()
        };
        if first(before).is_some() && first(before) != first(after) {
            self.add(Change::new(ChangeKind::TrailerChanged).named("ID"));
        }
        if before.get("Info") != after.get("Info") {
            self.add(Change::new(ChangeKind::Metadata).named("Info"));
        }
    }

    /// Objects from `Size` on do not exist for some viewers (ISO 32000-1 Table 15), so that a smaller
    /// one would hide what was there. Hybrid sections are read by some and not by others.
    fn section(&mut self, start: u64) {
        let size = |view: &View<'_>| view.trailer().get("Size").and_then(Object::as_integer);
        let highest = self.new.revision().entries().last();
        let highest = highest.map_or(0, |(number, _)| i64::from(*number));
        let kept = match (size(&self.old), size(&self.new)) {
            (Some(old), Some(new)) => old <= new && highest < new,
            _ => false,
        };
        if !kept {
            let change = Change::new(ChangeKind::AmbiguousSection);
            self.add(change.because("the number of objects was changed"));
        }
        let Some(hybrid) = self.new.revision().hybrid() else {
            return;
        };
        // Some makers name the stream of the section before once more.
        let again = self.old.revision().hybrid().map(|old| old.position);
        let own = hybrid.position >= start || again == Some(hybrid.position);
        if !own || !hybrid.agrees {
            let change = Change::new(ChangeKind::AmbiguousSection);
            self.add(change.because("a hybrid cross-reference section"));
        }
    }

    fn objects(&mut self, touched: &[u32]) -> Result<(), Error> {
        let mut others = Vec::new();
        for number in touched {
            match (entry(&self.old, *number), entry(&self.new, *number)) {
                (Some(before), Some(after)) if generation(before) == generation(after) => {
                    let reference = Reference::new(*number, generation(after));
                    let (before, after) =
                        (self.old.resolve(reference)?, self.new.resolve(reference)?);
                    if self.same(&before, &after)? {
                        continue;
                    }
                    let of_form = *number == self.root
                        || Some(*number) == self.old_form.object
                        || self.old_form.lists.contains(number)
                        || self.old_form.nodes.contains_key(number);
                    if of_form {
                        self.of_form(*number, &before, &after)?;
                    } else {
                        others.push((*number, before, after));
                    }
                }
                (None, _) => {}
                _ => self.add(Change::new(ChangeKind::ObjectRemoved).of_object(*number)),
            }
        }
        for (number, before, after) in others {
            self.other(number, &before, &after)?;
        }
        Ok(())
    }

    fn same(&mut self, before: &Object, after: &Object) -> Result<bool, Error> {
        let (Object::Stream(one), Object::Stream(other)) = (before, after) else {
            return Ok(before == after);
        };
        let length = one.data.end.saturating_sub(one.data.start);
        if one.dictionary != other.dictionary || !self.effort.spend(Work::Read, length) {
            return Ok(false);
        }
        self.old.same_bytes(one, other)
    }

    fn of_form(&mut self, number: u32, before: &Object, after: &Object) -> Result<(), Error> {
        if number == self.root {
            return self.catalog(before, after);
        }
        if Some(number) == self.old_form.object {
            return self.form(before, after);
        }
        if self.old_form.lists.contains(&number) {
            self.field_list(before, after)?;
            return self.annotations_of_list(number, before, after);
        }
        self.field(number, before, after)
    }

    /// The catalog may gain or change its form, its store of validation data, its metadata, its
    /// version and its structure.
    fn catalog(&mut self, before: &Object, after: &Object) -> Result<(), Error> {
        let (Some(before), Some(after)) = (before.as_dictionary(), after.as_dictionary()) else {
            self.add(Change::new(ChangeKind::CatalogChanged).of_object(self.root));
            return Ok(());
        };
        for key in differing(before, after) {
            let (old, new) = (before.get(&key), after.get(&key));
            match key.as_str() {
                "AcroForm" => {
                    let old = self.old.value(old.unwrap_or(&Object::Null))?;
                    let new = self.new.value(new.unwrap_or(&Object::Null))?;
                    self.form(&old, &new)?;
                }
                "DSS" if new.is_some() => {
                    self.add(Change::new(ChangeKind::ValidationDataAdded));
                }
                "Extensions" | "Version" if new.is_some() => {
                    self.add(Change::new(ChangeKind::Extensions).named(&*key));
                }
                "Metadata" if new.is_some() => {
                    self.add(Change::new(ChangeKind::Metadata).named(&*key));
                }
                "StructTreeRoot" | "MarkInfo" if old.is_none() => {
                    self.add(Change::new(ChangeKind::StructureExtended));
                }
                _ => self.add(
                    Change::new(ChangeKind::CatalogChanged)
                        .named(&*key)
                        .of_object(self.root),
                ),
            }
        }
        Ok(())
    }

    /// What is neither the catalog nor of the form.
    fn other(&mut self, number: u32, before: &Object, after: &Object) -> Result<(), Error> {
        let kind = type_of(before);
        match kind.as_deref() {
            _ if is_signature(before) => {
                self.add(Change::new(ChangeKind::SignatureReplaced).of_object(number));
                return Ok(());
            }
            Some("Page") => return self.page(number, before, after),
            Some("Pages") => return self.page_tree(number, before, after),
            _ => {}
        }
        let uses: Vec<(u32, String)> = self
            .uses
            .live(number, &self.old)
            // Cross-reference streams are objects too, with a trailer's entries.
            .filter(|of| of.key != "Info")
            .map(|of| (of.by, of.key.clone()))
            .collect();
        let all_keys = |wanted: &[&str]| {
            !uses.is_empty() && uses.iter().all(|(_, key)| wanted.contains(&key.as_str()))
        };
        if number_of(self.old.trailer(), "Info") == Some(number) && uses.is_empty() {
            self.add(Change::new(ChangeKind::Metadata).named("Info"));
        } else if kind.as_deref() == Some("Metadata") && all_keys(&["Metadata"]) {
            self.add(Change::new(ChangeKind::Metadata).named("Metadata"));
        } else if self.is_store(number, &uses)? {
            self.add(Change::new(ChangeKind::ValidationDataAdded));
        } else if all_keys(&["Extensions"]) {
            self.add(Change::new(ChangeKind::Extensions));
        } else if all_keys(&["Annots"]) {
            self.annotations_of_list(number, before, after)?;
        } else if page::is_annotation(before) {
            self.annotation_changed(number, before, after)?;
        } else if structure::is_structure(before, &uses) {
            self.structure(number, before, after);
        } else {
            self.replaced(number, before, &uses)?;
        }
        Ok(())
    }

    /// Whether an object belongs to the store of validation data and to nothing else (EN 319 142-1,
    /// 5.4.2): it is reached from the catalog's `DSS`, and only what is in there refers to it.
    fn is_store(&mut self, number: u32, uses: &[(u32, String)]) -> Result<bool, Error> {
        let catalog = self.old.catalog()?;
        let mut inside = BTreeSet::from([self.root]);
        let mut next: Vec<Object> = catalog.get("DSS").cloned().into_iter().collect();
        for _ in 0..4 {
            for value in std::mem::take(&mut next) {
                if let Some(reference) = value.as_reference()
                    && !inside.insert(reference.number)
                {
                    continue;
                }
                if !self.effort.spend(Work::Nodes, 1) {
                    return Ok(false);
                }
                match self.old.value(&value)? {
                    Object::Array(elements) => next.extend(elements),
                    Object::Dictionary(entries) => {
                        next.extend(entries.iter().map(|(_, value)| value.clone()));
                    }
                    _ => {}
                }
            }
        }
        let from_catalog = |(by, key): &(u32, String)| *by != self.root || key == "DSS";
        Ok(inside.contains(&number)
            && uses
                .iter()
                .all(|of| inside.contains(&of.0) && from_catalog(of)))
    }

    /// An object of no known part: an appearance of what was filled in, or a change.
    fn replaced(
        &mut self,
        number: u32,
        before: &Object,
        uses: &[(u32, String)],
    ) -> Result<(), Error> {
        let of_filled =
            |(by, key): &(u32, String)| self.filled.contains(by) && (key == "AP" || key == "MK");
        if uses.iter().any(of_filled) {
            if uses.iter().all(of_filled) && !self.uses.is_crowded(number) {
                return Ok(());
            }
            self.add(Change::new(ChangeKind::SharedObject).of_object(number));
            return Ok(());
        }
        let of_field = |(by, key): &(u32, String)| {
            key == "AP"
                && self
                    .old_form
                    .nodes
                    .get(by)
                    .is_some_and(|node| !node.is_signature())
        };
        if let Some((by, _)) = uses.iter().find(|of| of_field(of)) {
            let name = self.old_form.nodes.get(by).map(|node| node.name.clone());
            let change = Change::new(ChangeKind::FieldAppearance).of_object(number);
            self.add(change.named(name.unwrap_or_default()));
            return Ok(());
        }
        let shows = ["Contents", "Resources", "XObject", "Font", "AP", "Annots"];
        let shown = uses.iter().find(|(_, key)| shows.contains(&key.as_str()));
        let page = match shown {
            Some((by, _)) => self.page_number(*by)?,
            None => None,
        };
        let of_page = page.is_some() || is_drawing(before);
        let kind = if of_page {
            ChangeKind::PageContent
        } else {
            ChangeKind::ObjectChanged
        };
        self.add(Change::new(kind).on_page(page).of_object(number));
        Ok(())
    }
}

/// Whether a signature shows nothing: no surface, no actions, and no appearance but an empty one.
pub(super) fn is_invisible(view: &View<'_>, widget: &Dictionary) -> bool {
    let known = |key: &sello_pdf::Name| INVISIBLE_KEYS.iter().any(|known| key == known);
    let others = without(widget, &["AP"]);
    let flat = match widget.get("Rect").and_then(Object::as_array) {
        Some([a, b, c, d]) => a == c && b == d,
        Some(_) => false,
        None => true,
    };
    flat && is_widget(widget)
        && others.iter().all(|(key, _)| known(key))
        && shows_nothing(view, widget).unwrap_or(false)
}

fn shows_nothing(view: &View<'_>, widget: &Dictionary) -> Option<bool> {
    if widget.get("AP").is_none() {
        return Some(true);
    }
    let Object::Dictionary(states) = view.get(widget, "AP").ok()? else {
        return Some(false);
    };
    let Object::Stream(form) = view.get(&states, "N").ok()? else {
        return Some(false);
    };
    let extent = view.rectangle(form.dictionary.get("BBox")?).ok()?;
    let empty = extent.is_none_or(|extent| extent.width() <= 0.0 || extent.height() <= 0.0);
    Some(states.len() == 1 && (empty || form.data.start == form.data.end))
}

/// Whether a field is one for a signature and a widget, and nothing else: other annotations are
/// drawn by other rules, a note even without a surface.
pub(super) fn is_widget(field: &Dictionary) -> bool {
    let is = |key: &str, wanted: &str| {
        let name = field.get(key).and_then(Object::as_name);
        name.is_some_and(|name| *name == wanted)
    };
    let annotation = field.get("Type").is_none() || is("Type", "Annot");
    annotation && is("Subtype", "Widget") && is("FT", "Sig")
}

/// A dictionary's type, or that of a stream.
fn type_of(object: &Object) -> Option<String> {
    let dictionary = match object {
        Object::Dictionary(dictionary) => dictionary,
        Object::Stream(stream) => &stream.dictionary,
        _ => return None,
    };
    let name = dictionary.get("Type").and_then(Object::as_name)?;
    Some(String::from_utf8_lossy(name.as_bytes()).into_owned())
}

/// Whether an object is a signature dictionary, by its type or by its parts.
fn is_signature(object: &Object) -> bool {
    let by_type = matches!(type_of(object).as_deref(), Some("Sig" | "DocTimeStamp"));
    object.as_dictionary().is_some_and(|entries| {
        let parts = entries.get("ByteRange").is_some() && entries.get("Contents").is_some();
        parts || (by_type && entries.get("FT").is_none())
    })
}

fn is_drawing(object: &Object) -> bool {
    object.as_stream().is_some_and(|stream| {
        let name = stream.dictionary.get("Subtype").and_then(Object::as_name);
        name.is_some_and(|name| *name == "Form" || *name == "Image")
    })
}

fn number_of(dictionary: &Dictionary, key: &str) -> Option<u32> {
    form::number(dictionary.get(key))
}

/// An object's entry, unless it is free.
fn entry(view: &View<'_>, number: u32) -> Option<Entry> {
    view.entry(number).filter(|entry| *entry != Entry::Free)
}

const fn generation(entry: Entry) -> u16 {
    match entry {
        Entry::InFile { generation, .. } => generation,
        Entry::InStream { .. } | Entry::Free => 0,
    }
}
