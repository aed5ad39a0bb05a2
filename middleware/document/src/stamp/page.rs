//! The page that is stamped: its widget and its appearance (ISO 32000-1 12.5).

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use sello_pdf::{Dictionary, IncrementalUpdate, Name, Object, Reference, View};

use super::error::StampError;
use super::placement::{Place, SealedPage};
use crate::appearance::{self, Picture};

/// Print, and locked: neither moved nor deleted by hand (ISO 32000-1 Table 165).
const ANNOTATION_FLAGS: i64 = 4 | 128;

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
    let user_unit = view.get(&page.dictionary, "UserUnit")?.as_number();
    Ok(SealedPage {
        user_unit: user_unit.filter(|unit| *unit > 0.0).unwrap_or(1.0),
        page,
    })
}

/// Adds the seal's appearance: its picture and the form that draws it.
pub(super) fn draw(
    update: &mut IncrementalUpdate,
    picture: &Picture,
    place: &Place,
) -> Result<Reference, StampError> {
    let soft_mask = match &picture.alpha {
        Some(alpha) => {
            let reference = update.allocate()?;
            let dictionary = appearance::soft_mask_dictionary(picture);
            update.set_stream(reference, dictionary, deflate(alpha)?);
            Some(reference)
        }
        None => None,
    };
    let image = update.allocate()?;
    let dictionary = appearance::image_dictionary(picture, soft_mask);
    update.set_stream(image, dictionary, deflate(&picture.rgb)?);

    let form = update.allocate()?;
    let (width, height) = place.size;
    let dictionary = appearance::form_dictionary(width, height, place.rotate, image);
    update.set_stream(form, dictionary, appearance::form_content(width, height));
    Ok(form)
}

fn deflate(bytes: &[u8]) -> Result<Vec<u8>, StampError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// The signature field and its widget in one dictionary (ISO 32000-1 12.5.6.19).
pub(super) fn widget(
    place: &Place,
    page: Reference,
    form: Reference,
    value: Reference,
    name: &str,
) -> Dictionary {
    let rectangle = place.rectangle;
    let corners = [
        rectangle.left,
        rectangle.bottom,
        rectangle.right,
        rectangle.top,
    ];
    Dictionary::from_iter([
        ("Type", Object::Name(Name::from("Annot"))),
        ("Subtype", Object::Name(Name::from("Widget"))),
        ("FT", Object::Name(Name::from("Sig"))),
        ("T", Object::String(name.into())),
        ("V", value.into()),
        ("F", Object::Integer(ANNOTATION_FLAGS)),
        ("P", page.into()),
        ("Rect", Object::Array(corners.map(Object::Real).to_vec())),
        ("AP", Dictionary::from_iter([("N", form)]).into()),
    ])
}

/// Adds the widget to the page's annotations, changing the page only if the list is part of it.
pub(super) fn annotate(
    update: &mut IncrementalUpdate,
    view: &View<'_>,
    page: &SealedPage,
    widget: Reference,
) -> Result<(), StampError> {
    let annotations = page.page.dictionary.get("Annots");
    let mut list = match view.get(&page.page.dictionary, "Annots")? {
        Object::Array(list) => list,
        Object::Null => Vec::new(),
        _ => {
            return Err(StampError::Form {
                what: "/Annots of the page is no array",
            });
        }
    };
    list.push(widget.into());
    match annotations {
        Some(Object::Reference(reference)) => update.set(*reference, list),
        _ => {
            let mut dictionary = page.page.dictionary.clone();
            dictionary.set("Annots", list);
            update.set(page.page.reference, dictionary);
        }
    }
    Ok(())
}
