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
    /// The document is signed already, and this would change it.
    #[error("{what} can only be added before the first signature, and the document has one")]
    SignedAlready {
        /// What was to be added.
        what: &'static str,
    },
    /// An earlier signature has locked the field.
    #[error("the signature in the field {by} allows no signature in the field {field}")]
    Locked {
        /// The field to be signed.
        field: String,
        /// The field of the signature that forbids it.
        by: String,
    },
    /// There is no signature field of this name.
    #[error("there is no signature field {name}; empty ones: {}", list(.empty))]
    NoSuchField {
        /// The name asked for.
        name: String,
        /// The empty signature fields.
        empty: Vec<String>,
    },
    /// The field has a signature.
    #[error("the field {name} is signed already")]
    FieldSigned {
        /// Its name.
        name: String,
    },
    /// The field shows nothing, or more than once, so that the seal could not be seen.
    #[error("the field {name} has no single visible place on a page")]
    FieldInvisible {
        /// Its name.
        name: String,
    },
    /// The field's maker demands what this signature is not (ISO 32000-1 Table 234).
    #[error("the field {field} demands {what}")]
    SeedValue {
        /// Its name.
        field: String,
        /// What is demanded.
        what: &'static str,
    },
    /// A new field may not have this name.
    #[error("a field's name has 1 to 200 characters and no period: {name:?}")]
    FieldName {
        /// The name.
        name: String,
    },
    /// There is a field of this name.
    #[error("there is a field {name} already")]
    FieldExists {
        /// The name.
        name: String,
    },
    /// A seal across pages needs several.
    #[error("a seal across pages takes 2 to {most} pages, not {pages}")]
    StraddlePages {
        /// How many were chosen.
        pages: usize,
        /// The limit.
        most: usize,
    },
    /// The document is not the one that was digested.
    #[error("the document was changed meanwhile")]
    Changed,
    /// The tags of the document are not as ISO 32000-1 14.7 wants them.
    #[error("the structure of the tagged document is damaged")]
    Structure,
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

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.join(", ")
}
