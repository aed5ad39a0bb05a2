//! Why a document is not stamped.

use crate::appearance::PictureError;

/// Why a document is not stamped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StampError {
    /// The document cannot be read or may not be extended.
    #[error(transparent)]
    Document(#[from] sello_pdf::Error),
    /// The document cannot be read while it is digested or written.
    #[error("the document cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The seal does not list the certificate of the key.
    #[error("the seal may not be used with this certificate")]
    CertificateNotInSeal,
    /// The claimed time is outside the seal's validity.
    #[error("the seal is not in force at the time of stamping")]
    SealNotInForce,
    /// The seal's picture has a format that cannot be drawn.
    #[error("the seal's picture is of type {media_type}, not PNG")]
    PictureType {
        /// The type that the seal names.
        media_type: String,
    },
    /// The seal's picture cannot be drawn.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The document does not have this page.
    #[error("there is no page {page}; the document has {pages}")]
    NoSuchPage {
        /// The page asked for, from 1.
        page: usize,
        /// How many pages there are.
        pages: usize,
    },
    /// The seal would have no size.
    #[error("the seal must be at least 1 mm and at most 1000 mm wide and high")]
    Size,
    /// Part of the seal would be off the page.
    #[error("the seal would lie off the page, which shows {width_mm:.1} by {height_mm:.1} mm")]
    OutsidePage {
        /// Shown width of the page, in millimetres.
        width_mm: f64,
        /// Shown height of the page, in millimetres.
        height_mm: f64,
    },
    /// The document is certified and allows no change (DocMDP, P 1).
    #[error("the document is certified and allows no further seal")]
    NoChangesAllowed,
    /// The document's form is not as ISO 32000-1 12.7 wants it.
    #[error("the document's form is damaged: {what}")]
    Form {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The signed attributes cannot be made.
    #[error("the signature cannot be prepared: {0}")]
    Attributes(#[source] sello_cades::error::BuildError),
    /// The signature given cannot be used.
    #[error("the signature cannot be put in: {0}")]
    Signature(#[source] sello_cades::error::BuildError),
    /// The signature is larger than the room left for it.
    #[error("the signature needs {needed} hexadecimal digits, there is room for {room}")]
    NoRoom {
        /// Digits left.
        room: usize,
        /// Digits needed.
        needed: usize,
    },
    /// A text is too long to be written into the document.
    #[error("{what} is longer than {most} characters")]
    TextTooLong {
        /// Which text.
        what: &'static str,
        /// The limit.
        most: usize,
    },
}
