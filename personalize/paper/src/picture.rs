//! The round seal picture: a ring, the organization's name along the upper arc, the kind of seal
//! along the lower one, a star in the middle.

mod arc;
mod plan;
mod raster;
mod shapes;

use crate::text::{self, TextError};
use crate::typeface::{Face, FontError, Typeface};

/// Most characters of [`SealPicture::organization`], after conversion to capitals.
pub const MAX_ORGANIZATION: usize = 100;
/// Most characters of [`SealPicture::kind_label`], after conversion to capitals.
pub const MAX_KIND_LABEL: usize = 32;
/// Most characters of [`SealPicture::identifier`].
pub const MAX_IDENTIFIER: usize = 20;
/// Diameters a seal may have, in mm.
pub const DIAMETER_MM: std::ops::RangeInclusive<u16> = 15..=100;
/// Edge lengths a picture may have, in pixels. 2400 are 100 mm at 600 dpi.
pub const PIXELS: std::ops::RangeInclusive<u16> = 64..=2400;
/// Most pixels along an edge that stamping and verifying draw (`specs/documents.md`).
const MOST_DRAWN: u32 = 2048;

/// The edge, in pixels, of a seal that prints sharp at 600 dpi; of one over 86 mm, the largest that can be
/// stamped.
#[must_use]
pub fn pixels_at_600_dpi(diameter_mm: u16) -> u16 {
    let pixels = (u32::from(diameter_mm) * 6000).div_ceil(254);
    u16::try_from(pixels.min(MOST_DRAWN)).unwrap_or(u16::MAX)
}

/// What a seal picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealPicture<'a> {
    /// Name on the upper arc, drawn in capitals. A long one takes two arcs.
    pub organization: &'a str,
    /// Kind of seal on the lower arc, drawn in capitals (for example `Sello oficial`).
    pub kind_label: &'a str,
    /// Small line under the star, such as the organization's tax number.
    pub identifier: Option<&'a str>,
    /// Outer diameter on paper, in mm; written into the file as its resolution.
    pub diameter_mm: u16,
    /// Edge of the square picture, in pixels; see [`pixels_at_600_dpi`].
    pub pixels: u16,
}

/// Why no picture was drawn.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// A text is empty, too long or cannot be drawn.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A diameter outside [`DIAMETER_MM`].
    #[error("a seal of {0} mm cannot be drawn (15 to 100)")]
    Diameter(u16),
    /// A size outside [`PIXELS`].
    #[error("a picture of {0} pixels cannot be drawn (64 to 2400)")]
    Pixels(u16),
    /// The build lacks the font.
    #[error(transparent)]
    Font(#[from] FontError),
    /// The PNG could not be written.
    #[error("the picture could not be encoded: {0}")]
    Encode(#[from] png::EncodingError),
}

/// Draws the seal as a PNG: one red in steps of opacity on a transparent background. The same input gives the same
/// bytes.
///
/// # Errors
/// [`PictureError`]: a text or size out of bounds.
pub fn draw(seal: &SealPicture<'_>) -> Result<Vec<u8>, PictureError> {
    if !DIAMETER_MM.contains(&seal.diameter_mm) {
        return Err(PictureError::Diameter(seal.diameter_mm));
    }
    if !PIXELS.contains(&seal.pixels) {
        return Err(PictureError::Pixels(seal.pixels));
    }
    let face = Face::load(Typeface::SerifBold)?;
    let name = capitals("organization", seal.organization, MAX_ORGANIZATION, &face)?;
    let label = capitals("kind label", seal.kind_label, MAX_KIND_LABEL, &face)?;
    let identifier = seal
        .identifier
        .map(|text| capitals("identifier", text, MAX_IDENTIFIER, &face))
        .transpose()?;
    let drawing = plan::compose(&face, &name, &label, identifier.as_deref());
    let coverage = raster::coverage(&drawing, seal.pixels);
    Ok(raster::encode(&coverage, seal.pixels, seal.diameter_mm)?)
}

/// The checked text in capitals, blanks tidied.
fn capitals(
    field: &'static str,
    text: &str,
    limit: usize,
    face: &Face,
) -> Result<String, TextError> {
    // First bounds the work, then bounds what is drawn: capitals can be longer (ß becomes SS).
    text::check(field, text, limit, face)?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let capitals = words.join(" ").to_uppercase();
    text::check(field, &capitals, limit, face)?;
    Ok(capitals)
}

#[cfg(test)]
mod tests;
