//! What a revision may add to a sealed document: one further signature and nothing else, compared
//! object by object.

use sello_pdf::{Dictionary, Document, Entry, Error, Object, Reference, Source, View};

/// `SignaturesExist` and `AppendOnly` (ISO 32000-1 Table 219).
const SIGNATURE_FLAGS: i64 = 1 | 2;
/// Entries of an invisible signature's field.
const INVISIBLE_KEYS: [&str; 10] = [
    "Type", "Subtype", "FT", "T", "V", "F", "P", "Rect", "Ff", "TU",
];
/// Trailer entries that every revision has of its own.
const OWN_TRAILER_KEYS: [&str; 10] = [
    "Size",
    "Prev",
    "XRefStm",
    "W",
    "Index",
    "Type",
    "Filter",
    "DecodeParms",
    "Length",
    "ID",
];

/// The signature that a revision adds.
#[derive(Debug)]
pub(super) struct Addition {
    /// Its field, which is also its widget.
    pub(super) field: Reference,
    pub(super) dictionary: Dictionary,
    /// Its signature dictionary.
    pub(super) value: Reference,
    /// The objects of its appearance; none if it is not drawn.
    pub(super) drawn: Vec<Reference>,
}

/// Why a revision is more than a further signature.
#[derive(Debug)]
pub(super) enum Excess {
    /// Something that may not be there, for the report.
    Change(String),
    /// Something that cannot be read.
    Unreadable(Error),
}

impl From<Error> for Excess {
    fn from(error: Error) -> Self {
        Self::Unreadable(error)
    }
}

/// Checks revision `index` (not the original) against the one before it.
pub(super) fn check<S: Source>(
    document: &Document<S>,
    index: usize,
    addition: Option<&Addition>,
) -> Result<(), Excess> {
    let Some(addition) = addition else {
        return Err(change("it adds no sound signature"));
    };
    let old = document.at_revision(index.saturating_sub(1))?;
    let new = document.at_revision(index)?;
    check_trailer(old.trailer(), new.trailer())?;
    check_size(&old, &new)?;
    check_invisible(addition)?;
    let roles = Roles::of(&old, &new, addition)?;
    for number in document.changed_objects(index)? {
        match (entry(&old, number), entry(&new, number)) {
            (None, Some(_)) => roles.check_new(&new, number)?,
            (Some(before), Some(after)) if generation(before) == generation(after) => {
                roles.check_changed(&old, &new, Reference::new(number, generation(after)))?;
            }
            (None, None) => {}
            _ => return Err(object(number, "was removed")),
        }
    }
    Ok(())
}

/// Which object is what, before and after.
struct Roles<'a> {
    addition: &'a Addition,
    catalog: Reference,
    /// The form's object before, and the object of its list of fields.
    form: Option<Reference>,
    fields: Option<Reference>,
    /// The form's object now, if there was no form before.
    new_form: Option<Reference>,
    page: Option<Reference>,
    annotations: Option<Reference>,
}

impl<'a> Roles<'a> {
    fn of(old: &View<'_>, new: &View<'_>, addition: &'a Addition) -> Result<Self, Excess> {
        let catalog = old.revision().root()?;
        let before = old.catalog()?;
        let after = new.catalog()?;
        let form = before.get("AcroForm").and_then(Object::as_reference);
        let old_form = old.get(&before, "AcroForm")?;
        let fields = old_form
            .as_dictionary()
            .and_then(|form| form.get("Fields"))
            .and_then(Object::as_reference);
        let new_form = if old_form.is_null() {
            after.get("AcroForm").and_then(Object::as_reference)
        } else {
            None
        };
        let page = addition.dictionary.get("P").and_then(Object::as_reference);
        let annotations = match page.map(|page| old.resolve(page)).transpose()? {
            Some(Object::Dictionary(page)) => page.get("Annots").and_then(Object::as_reference),
            _ => None,
        };
        Ok(Self {
            addition,
            catalog,
            form,
            fields,
            new_form,
            page,
            annotations,
        })
    }

    fn check_new(&self, new: &View<'_>, number: u32) -> Result<(), Excess> {
        let is = |reference: Reference| reference.number == number;
        let of_signature = is(self.addition.field)
            || is(self.addition.value)
            || self.addition.drawn.iter().copied().any(is);
        if of_signature {
            return Ok(());
        }
        if let Some(form) = self.new_form.filter(|form| is(*form)) {
            return check_new_form(&new.resolve(form)?, self.addition.field);
        }
        let kind = match new.resolve(Reference::new(number, 0))? {
            Object::Stream(stream) => stream.dictionary.get("Type").cloned(),
            _ => None,
        };
        let kind = kind.as_ref().and_then(Object::as_name);
        if kind.is_some_and(|kind| *kind == "XRef" || *kind == "ObjStm") {
            return Ok(());
        }
        Err(object(number, "was added"))
    }

    fn check_changed(
        &self,
        old: &View<'_>,
        new: &View<'_>,
        reference: Reference,
    ) -> Result<(), Excess> {
        let before = old.resolve(reference)?;
        let after = new.resolve(reference)?;
        let same = before == after && !matches!(before, Object::Stream(_));
        let allowed = same
            || if reference == self.catalog {
                self.catalog_may(&before, &after)
            } else if Some(reference) == self.form {
                form_may(&before, &after, self.addition.field)
            } else if Some(reference) == self.fields || Some(reference) == self.annotations {
                appended(&before, &after, self.addition.field)
            } else if Some(reference) == self.page {
                page_may(&before, &after, self.addition.field)
            } else {
                false
            };
        if allowed {
            Ok(())
        } else {
            Err(object(reference.number, "was changed"))
        }
    }

    /// The catalog may only gain or change its form.
    fn catalog_may(&self, before: &Object, after: &Object) -> bool {
        let Some((before, after)) = same_but(before, after, &["AcroForm"]) else {
            return false;
        };
        match (before.get("AcroForm"), after.get("AcroForm")) {
            (None, Some(Object::Reference(form))) => Some(*form) == self.new_form,
            (None, Some(form)) => check_new_form(form, self.addition.field).is_ok(),
            (Some(Object::Reference(old)), Some(Object::Reference(new))) => old == new,
            (Some(old), Some(new)) => form_may(old, new, self.addition.field),
            (None, None) => true,
            (Some(_), None) => false,
        }
    }
}

/// A form that was not there before holds the one field and nothing else.
fn check_new_form(form: &Object, field: Reference) -> Result<(), Excess> {
    let wrong = || change("the new form holds more than the signature's field");
    let form = form.as_dictionary().ok_or_else(wrong)?;
    let only_known = form
        .iter()
        .all(|(key, _)| *key == "Fields" || *key == "SigFlags");
    let fields = form.get("Fields") == Some(&Object::Array(vec![field.into()]));
    if only_known && fields && flags_of(form) & !SIGNATURE_FLAGS == 0 {
        Ok(())
    } else {
        Err(wrong())
    }
}

/// A form may gain the field, and the flags that say that there are signatures.
fn form_may(before: &Object, after: &Object, field: Reference) -> bool {
    let Some((before, after)) = same_but(before, after, &["Fields", "SigFlags"]) else {
        return false;
    };
    let (old, new) = (flags_of(before), flags_of(after));
    let flags = new & old == old && new & !(old | SIGNATURE_FLAGS) == 0;
    let fields = match (before.get("Fields"), after.get("Fields")) {
        (None, Some(new)) => *new == Object::Array(vec![field.into()]),
        (Some(old), Some(new)) => old == new || appended(old, new, field),
        _ => false,
    };
    flags && fields
}

/// A page may gain the widget.
fn page_may(before: &Object, after: &Object, widget: Reference) -> bool {
    let Some((before, after)) = same_but(before, after, &["Annots"]) else {
        return false;
    };
    match (before.get("Annots"), after.get("Annots")) {
        (None, Some(new)) => *new == Object::Array(vec![widget.into()]),
        (Some(old), Some(new)) => old == new || appended(old, new, widget),
        _ => false,
    }
}

/// Whether `after` is the list `before` with `item` after it.
fn appended(before: &Object, after: &Object, item: Reference) -> bool {
    match (before.as_array(), after.as_array()) {
        (Some(before), Some([head @ .., last])) => {
            head == before && *last == Object::Reference(item)
        }
        _ => false,
    }
}

/// Both as dictionaries, if they agree in all entries but these.
fn same_but<'a>(
    before: &'a Object,
    after: &'a Object,
    keys: &[&str],
) -> Option<(&'a Dictionary, &'a Dictionary)> {
    let (before, after) = (before.as_dictionary()?, after.as_dictionary()?);
    (without(before, keys) == without(after, keys)).then_some((before, after))
}

fn without(dictionary: &Dictionary, keys: &[&str]) -> Dictionary {
    let mut dictionary = dictionary.clone();
    for key in keys {
        dictionary.remove(key);
    }
    dictionary
}

fn flags_of(form: &Dictionary) -> i64 {
    form.get("SigFlags")
        .and_then(Object::as_integer)
        .unwrap_or(0)
}

/// The trailer keeps what is not the revision's own: the catalog above all.
fn check_trailer(before: &Dictionary, after: &Dictionary) -> Result<(), Excess> {
    if without(before, &OWN_TRAILER_KEYS) != without(after, &OWN_TRAILER_KEYS) {
        return Err(change("the trailer was changed"));
    }
    let first = |trailer: &Dictionary| {
        let halves = trailer.get("ID").and_then(Object::as_array);
        halves.and_then(<[Object]>::first).cloned()
    };
    match (first(before), first(after)) {
        (None, _) => Ok(()),
        (before, after) if before == after => Ok(()),
        _ => Err(change("the document's identifier was changed")),
    }
}

/// Objects from `Size` on do not exist for some viewers (ISO 32000-1 Table 15): a smaller one would
/// hide what was there. And viewers differ in how they read hybrid sections; some makers name the one
/// before again.
fn check_size(old: &View<'_>, new: &View<'_>) -> Result<(), Excess> {
    let hybrid = new.trailer().get("XRefStm");
    if hybrid.is_some() && hybrid != old.trailer().get("XRefStm") {
        return Err(change("it has a hybrid cross-reference section"));
    }
    let size = |view: &View<'_>| view.trailer().get("Size").and_then(Object::as_integer);
    let highest = new.revision().entries().last();
    let highest = highest.map_or(0, |(number, _)| i64::from(*number));
    let kept = match (size(old), size(new)) {
        (Some(old), Some(new)) => old <= new && highest < new,
        _ => false,
    };
    if kept {
        Ok(())
    } else {
        Err(change("the number of objects was changed"))
    }
}

/// A signature that is not drawn must not be able to show anything.
fn check_invisible(addition: &Addition) -> Result<(), Excess> {
    if !addition.drawn.is_empty() {
        return Ok(());
    }
    let known = |key: &sello_pdf::Name| INVISIBLE_KEYS.iter().any(|known| key == known);
    let flat = match addition.dictionary.get("Rect").and_then(Object::as_array) {
        Some([a, b, c, d]) => a == c && b == d,
        Some(_) => false,
        None => true,
    };
    if flat
        && is_widget(&addition.dictionary)
        && addition.dictionary.iter().all(|(key, _)| known(key))
    {
        Ok(())
    } else {
        Err(change("it adds a signature that shows something unsealed"))
    }
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

fn object(number: u32, what: &str) -> Excess {
    Excess::Change(format!("object {number} {what}"))
}

fn change(what: &str) -> Excess {
    Excess::Change(what.to_owned())
}
