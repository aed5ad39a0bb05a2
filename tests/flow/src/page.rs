//! Where on a document a seal is put.

use std::io;

use sello_pdf::Document;

use crate::calls::Place;
use crate::sample::SEAL_PLACE_MM;

/// Millimeters in a point (1/72 inch).
const MM: f64 = 25.4 / 72.0;

/// The place for the provider's seal on the sample contract, at the lower right of the last page.
///
/// # Errors
/// When the document cannot be read or has no page.
pub(crate) fn signature_place(document: &[u8]) -> io::Result<Place> {
    let opened = Document::open(document).map_err(io::Error::other)?;
    let pages = opened.latest().pages().map_err(io::Error::other)?;
    let last = pages
        .last()
        .ok_or_else(|| io::Error::other("the document has no pages"))?;
    let height = if last.rotate % 180 == 0 {
        last.crop_box.height()
    } else {
        last.crop_box.width()
    };
    let (left, lower_edge, diameter) = SEAL_PLACE_MM;
    let y = height * MM - f64::from(lower_edge + diameter);
    Ok(Place {
        page: pages.len(),
        x: whole(left.into()),
        y: whole(y.max(0.0)),
    })
}

/// Whole millimeters.
#[expect(
    clippy::as_conversions,
    reason = "a page's height in mm, not negative, is far below the limit"
)]
fn whole(mm: f64) -> u32 {
    mm as u32
}
