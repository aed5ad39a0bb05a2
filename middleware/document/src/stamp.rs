//! Stamping a PDF document in stages (`specs/documents.md`, rules STA-1 and following).
//!
//! [`prepare`] lays out everything but the signature and gives a digest; whoever holds the key
//! signs the digest; [`Prepared::finish`] puts the signature in; [`Sealed::write_to`] writes the
//! original followed by the new revision. No key comes near this room.
//!
//! ```text
//! prepare(document, request) -> Prepared { digest }
//!     the card: digest -> signature
//! Prepared::finish(signature) -> Sealed -> write_to(output)
//! ```

mod blocks;
mod certification;
mod error;
mod field;
mod page;
mod placement;
mod prepared;
mod request;
mod signature;
mod text;

use sello_pdf::{Document, IncrementalUpdate, Source};

pub use error::StampError;
pub use placement::Placement;
pub use prepared::{Prepared, Sealed};
pub use request::Request;

use crate::appearance;

/// Lays out the revision that seals `document`, and digests the document with it.
///
/// # Errors
/// See [`StampError`]; nothing is changed in any case.
pub fn prepare<S: Source>(
    document: Document<S>,
    request: &Request<'_>,
) -> Result<Prepared<S>, StampError> {
    request::check_seal(request)?;
    certification::check(&document.latest())?;
    let picture = request.seal.picture();
    let drawn = appearance::decode_picture(&picture.data, appearance::Limits::default())?;
    let page = page::find(&document.latest(), request.placement.page)?;
    let size = (picture.width_mm, picture.height_mm);
    let place = request.placement.on(&page, size)?;

    let mut update = IncrementalUpdate::new(&document)?;
    signature::identify(&mut update, &document, request);
    let form = page::draw(&mut update, &drawn, &place)?;
    let value = update.allocate()?;
    let field = update.allocate()?;
    let name = field::register(&mut update, &document.latest(), field)?;
    let widget = page::widget(&place, page.page.reference, form, value, &name);
    update.set(field, widget);
    page::annotate(&mut update, &document.latest(), &page, field)?;
    signature::prepare(document, update, value, request, name)
}
