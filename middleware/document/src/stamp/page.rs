//! The page that is stamped: its widget and its appearance (ISO 32000-1 12.5).

use sello_pdf::{Dictionary, Name, Object, Page, Rectangle, Reference, View};

use super::error::StampError;
use super::placement::{Place, SealedPage};

/// Print, and locked: neither moved nor deleted by hand (ISO 32000-1 Table 165).
pub(super) const ANNOTATION_FLAGS: i64 = 4 | 128;

/// The page of this number, from 1.
pub(super) fn find(view: &View<'_>, number: usize) -> Result<SealedPage, StampError> {
    let page = match number.checked_sub(1) {
        Some(index) => view.page(index)?,
        None => None,
    };
    let Some(page) = page else {
        let pages = view.page_count()?;
        return Err(StampError::NoSuchPage {
            page: number,
            pages,
        });
    };
    with_unit(view, page)
}

/// A page with the size of its units.
pub(super) fn with_unit(view: &View<'_>, page: Page) -> Result<SealedPage, StampError> {
    let user_unit = view.get(&page.dictionary, "UserUnit")?.as_number();
    Ok(SealedPage {
        user_unit: user_unit.filter(|unit| *unit > 0.0).unwrap_or(1.0),
        page,
    })
}

/// The signature field and its widget in one dictionary (ISO 32000-1 12.5.6.19).
pub(super) fn widget(
    place: &Place,
    page: Reference,
    form: Reference,
    value: Reference,
    name: &str,
) -> Dictionary {
    let mut widget = empty_widget(place, page, name);
    widget.set("V", value);
    widget.set("AP", Dictionary::from_iter([("N", form)]));
    widget
}

/// A signature field without a signature.
pub(super) fn empty_widget(place: &Place, page: Reference, name: &str) -> Dictionary {
    Dictionary::from_iter([
        ("Type", Object::Name(Name::from("Annot"))),
        ("Subtype", Object::Name(Name::from("Widget"))),
        ("FT", Object::Name(Name::from("Sig"))),
        ("T", Object::String(super::text::encode(name))),
        ("F", Object::Integer(ANNOTATION_FLAGS)),
        ("P", page.into()),
        ("Rect", corners(place.rectangle)),
    ])
}

/// A field that shows nothing: a document timestamp's.
pub(super) fn invisible_widget(page: Reference, name: &str) -> Dictionary {
    Dictionary::from_iter([
        ("Type", Object::Name(Name::from("Annot"))),
        ("Subtype", Object::Name(Name::from("Widget"))),
        ("FT", Object::Name(Name::from("Sig"))),
        ("T", Object::String(super::text::encode(name))),
        ("F", Object::Integer(ANNOTATION_FLAGS)),
        ("P", page.into()),
        ("Rect", Object::Array([0; 4].map(Object::Integer).to_vec())),
    ])
}

/// A slice of a straddle seal that is not the field's own (ISO 32000-1 12.5.6.12): a signature
/// field refers to one annotation only (ISO 32000-2 12.7.5.5).
pub(super) fn slice(place: &Place, page: Reference, form: Reference) -> Dictionary {
    Dictionary::from_iter([
        ("Type", Object::Name(Name::from("Annot"))),
        ("Subtype", Object::Name(Name::from("Stamp"))),
        ("F", Object::Integer(ANNOTATION_FLAGS)),
        ("P", page.into()),
        ("Rect", corners(place.rectangle)),
        ("AP", Dictionary::from_iter([("N", form)]).into()),
    ])
}

fn corners(rectangle: Rectangle) -> Object {
    let corners = [
        rectangle.left,
        rectangle.bottom,
        rectangle.right,
        rectangle.top,
    ];
    Object::Array(corners.map(Object::Real).to_vec())
}
