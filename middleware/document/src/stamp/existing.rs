//! Sealing into a signature field that is there and empty, as its maker wants it (ISO 32000-1
//! 12.7.4.5).

use sello_pdf::{Dictionary, Object, Page, Reference, View};

use super::draft::Draft;
use super::error::StampError;
use super::fields::SignatureField;
use super::options::{FieldLock, Permission};
use super::page;
use super::placement::Place;
use super::text;

/// An empty field that will be signed.
#[derive(Debug)]
pub(super) struct Existing {
    pub(super) field: SignatureField,
    /// Its widget's object; the field's own where they are one.
    pub(super) widget: Reference,
    pub(super) page: Page,
    pub(super) place: Place,
    /// What its signature locks.
    pub(super) lock: Option<FieldLock>,
    /// What its signature allows afterwards.
    pub(super) permission: Option<Permission>,
}

/// The empty field of this name.
pub(super) fn find(draft: &Draft<'_>, name: &str) -> Result<Existing, StampError> {
    let view = draft.view;
    let fields = &draft.fields.signatures;
    let Some(field) = fields.iter().find(|field| field.name == name) else {
        let empty = fields.iter().filter(|field| field.value.is_none());
        return Err(StampError::NoSuchField {
            name: name.to_owned(),
            empty: empty.map(|field| field.name.clone()).collect(),
        });
    };
    if field.value.is_some() {
        let name = name.to_owned();
        return Err(StampError::FieldSigned { name });
    }
    let invisible = || StampError::FieldInvisible {
        name: name.to_owned(),
    };
    let (widget, dictionary) = match field.widgets.as_slice() {
        [] => (field.reference, &field.dictionary),
        [(reference, dictionary)] => (*reference, dictionary),
        _ => return Err(invisible()),
    };
    let rectangle = view.rectangle(&view.get(dictionary, "Rect")?)?;
    let page = page_of(&view, widget, dictionary)?;
    let (Some(rectangle), Some(page)) = (rectangle, page) else {
        return Err(invisible());
    };
    let place = Place::of_rectangle(&page, rectangle);
    if place.size.0 < 1.0 || place.size.1 < 1.0 {
        return Err(invisible());
    }
    let lock = view.get(&field.dictionary, "Lock")?;
    let lock = lock.as_dictionary();
    Ok(Existing {
        field: field.clone(),
        widget,
        page,
        place,
        lock: lock.map(|lock| read_lock(&view, lock)).transpose()?,
        permission: match lock {
            Some(lock) => read_permission(&view, lock)?,
            None => None,
        },
    })
}

/// The page that lists the widget.
fn page_of(
    view: &View<'_>,
    widget: Reference,
    dictionary: &Dictionary,
) -> Result<Option<Page>, StampError> {
    let said = dictionary.get("P").and_then(Object::as_reference);
    let mut found = None;
    for page in view.pages()? {
        let Object::Array(list) = view.get(&page.dictionary, "Annots")? else {
            continue;
        };
        if list.contains(&Object::Reference(widget)) {
            if said.is_none() || said == Some(page.reference) {
                return Ok(Some(page));
            }
            found = Some(page);
        }
    }
    Ok(found)
}

/// `Lock` of a field (ISO 32000-1 Table 233), or the parameters of FieldMDP (Table 256).
pub(super) fn read_lock(view: &View<'_>, lock: &Dictionary) -> Result<FieldLock, StampError> {
    let names = match view.get(lock, "Fields")? {
        Object::Array(names) => names,
        _ => Vec::new(),
    };
    let names = names.iter().map(|name| match view.value(name)? {
        Object::String(name) => Ok(text::decode(&name)),
        _ => Err(LOCK),
    });
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let action = view.get(lock, "Action")?;
    match action.as_name() {
        Some(action) if *action == "All" => Ok(FieldLock::All),
        Some(action) if *action == "Include" => Ok(FieldLock::Include(names)),
        Some(action) if *action == "Exclude" => Ok(FieldLock::Exclude(names)),
        _ => Err(LOCK),
    }
}

fn read_permission(view: &View<'_>, lock: &Dictionary) -> Result<Option<Permission>, StampError> {
    let level = view.get(lock, "P")?;
    Ok(level.as_integer().and_then(Permission::of_level))
}

impl Existing {
    /// The field and its widget with the signature; where they are two objects, both.
    pub(super) fn signed(
        &self,
        value: Reference,
        form: Reference,
        image_only: &mut dyn FnMut(&mut Dictionary),
    ) -> Vec<(Reference, Dictionary)> {
        let dress = |widget: &mut Dictionary| {
            widget.set("AP", Dictionary::from_iter([("N", form)]));
            // What a viewer would draw in place of the appearance, or on top of it.
            for key in ["AS", "MK", "BS", "Border"] {
                widget.remove(key);
            }
            widget.set("Type", sello_pdf::Name::from("Annot"));
            widget.set("F", page::ANNOTATION_FLAGS);
        };
        let mut field = self.field.dictionary.clone();
        field.set("V", value);
        if let [(reference, widget)] = self.field.widgets.as_slice() {
            let mut widget = widget.clone();
            dress(&mut widget);
            image_only(&mut widget);
            return vec![(self.field.reference, field), (*reference, widget)];
        }
        dress(&mut field);
        image_only(&mut field);
        vec![(self.field.reference, field)]
    }
}

const LOCK: StampError = StampError::Form {
    what: "the lock of a signature field cannot be read",
};
