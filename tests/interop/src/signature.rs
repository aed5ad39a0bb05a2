//! Taking the CMS signature and the bytes it covers out of a sealed document, for OpenSSL.

use std::io;

use sello_pdf::{Dictionary, Document, Object, View};

/// The signature of the last field: its CMS, and the bytes it covers.
///
/// # Errors
/// When the document has none.
pub fn last(document: &[u8]) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let opened = Document::open(document).map_err(io::Error::other)?;
    let none = || io::Error::other("no signature in the document");
    let signature = dictionary(&opened.latest())
        .map_err(io::Error::other)?
        .ok_or_else(none)?;
    let contents = signature
        .get("Contents")
        .and_then(Object::as_string)
        .ok_or_else(none)?;
    let range = signature
        .get("ByteRange")
        .and_then(Object::as_array)
        .ok_or_else(none)?;
    let numbers = range
        .iter()
        .filter_map(Object::as_integer)
        .map(usize::try_from);
    let numbers = numbers
        .collect::<Result<Vec<_>, _>>()
        .map_err(io::Error::other)?;
    let [a, b, c, d] = numbers.as_slice() else {
        return Err(none());
    };
    let part = |start: usize, length: usize| document.get(start..start + length).ok_or_else(none);
    Ok((contents.to_vec(), [part(*a, *b)?, part(*c, *d)?].concat()))
}

fn dictionary(view: &View<'_>) -> sello_pdf::Result<Option<Dictionary>> {
    let catalog = view.catalog()?;
    let form = view.get(&catalog, "AcroForm")?;
    let fields = form
        .as_dictionary()
        .map(|form| view.get(form, "Fields"))
        .transpose()?;
    let last = fields
        .as_ref()
        .and_then(Object::as_array)
        .and_then(|fields| fields.last());
    let Some(field) = last.map(|field| view.value(field)).transpose()? else {
        return Ok(None);
    };
    let value = field
        .as_dictionary()
        .map(|field| view.get(field, "V"))
        .transpose()?;
    Ok(value.as_ref().and_then(Object::as_dictionary).cloned())
}
