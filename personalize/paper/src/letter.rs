//! The PIN letters, one A4 page each: one brings the transport PIN and the PUK to the custodian, another the
//! transport PIN of the approver to that person.

mod page;
mod words;

use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};
use zeroize::Zeroizing;

pub use crate::secret::{SecretDigits, SecretDigitsError};
use crate::text::{self, TextError};
use crate::typeface::FontError;
use crate::typeset::A4;

/// Most characters of a name on the letter.
pub const MAX_TEXT: usize = 120;
/// Most characters of the application's and the card's number.
pub const MAX_REFERENCE: usize = 40;

/// The language of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// US English.
    English,
    /// Spanish of Spain.
    Spanish,
}

/// Who receives a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// Who keeps the card.
    Custodian,
    /// Who approves stampings, under dual control.
    Approver,
}

/// What a PIN letter says.
#[derive(Clone, Copy)]
pub struct PinLetter<'a> {
    /// The language of the fixed text.
    pub language: Language,
    /// Name of the center that sends it.
    pub center: &'a str,
    /// Who receives it: the custodian or the organization.
    pub holder: &'a str,
    /// Number of the application.
    pub application: &'a str,
    /// Serial number of the card, as the card's reader shows it.
    pub card_serial: &'a str,
    /// Name of the seal.
    pub seal: &'a str,
    /// The transport PIN.
    pub pin: &'a SecretDigits,
    /// The PUK; none in the approver's letter, which goes to another person, nor in one with a PIN set anew.
    pub puk: Option<&'a SecretDigits>,
    /// Who receives it.
    pub recipient: Recipient,
    /// Day of the letter.
    pub date: time::Date,
}

/// Why no letter was made.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// A text is empty, too long or cannot be drawn.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The texts, though each within its limit, do not fit one page.
    #[error("the letter's texts need {excess_pt} points more than the page has")]
    TooTall {
        /// Height missing, in whole points.
        excess_pt: u16,
    },
    /// The build lacks a font.
    #[error(transparent)]
    Font(#[from] FontError),
    /// The PDF could not be written.
    #[error("the letter could not be written as PDF")]
    Pdf,
}

/// Makes the letter: a PDF of one page with its fonts embedded, wiped when dropped. The same input
/// gives the same bytes.
///
/// The drawing library's own buffers, in which the page takes shape, are freed without being
/// wiped; only what this crate holds is.
///
/// # Errors
/// [`LetterError`]: a text out of bounds.
pub fn pin_letter(letter: &PinLetter<'_>) -> Result<Zeroizing<Vec<u8>>, LetterError> {
    let faces = page::Faces::load()?;
    for (field, value, limit) in [
        ("center", letter.center, MAX_TEXT),
        ("holder", letter.holder, MAX_TEXT),
        ("seal", letter.seal, MAX_TEXT),
        ("application", letter.application, MAX_REFERENCE),
        ("card serial", letter.card_serial, MAX_REFERENCE),
    ] {
        text::check(field, value, limit, faces.values())?;
    }
    let words = words::of(letter);
    let mut document = Document::new_with(SerializeSettings::default());
    document.set_metadata(
        Metadata::new()
            .title(words.title.to_owned())
            .language(words.tag.to_owned()),
    );
    let (width, height) = A4;
    let settings = PageSettings::from_wh(width, height).ok_or(LetterError::Pdf)?;
    let mut sheet = document.start_page_with(settings);
    let mut surface = sheet.surface();
    let drawn = page::draw(&mut surface, letter, words, &faces);
    surface.finish();
    sheet.finish();
    drawn?;
    document
        .finish()
        .map(Zeroizing::new)
        .map_err(|_| LetterError::Pdf)
}

#[cfg(test)]
mod tests;
