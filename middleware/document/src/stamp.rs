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

mod archive;
mod blocks;
mod certification;
mod conformance;
mod draft;
mod drawing;
mod error;
mod evidence;
mod existing;
mod field;
mod fields;
mod options;
mod page;
mod placement;
mod prepared;
mod request;
mod seal;
mod seed;
mod signature;
mod straddle;
mod tagging;
mod text;

use std::io;

use sello_pdf::{Document, Source};

pub use archive::{Digested, PreparedTimestamp, prepare_timestamp, signature_values};
pub use drawing::Drawing;
pub use error::StampError;
pub use evidence::{Evidence, add_evidence};
pub use options::{Edge, EmptyField, FieldLock, Options, Permission, Straddle, Surface};
pub use placement::Placement;
pub(crate) use placement::shown_mm;
pub use prepared::{Prepared, Sealed};
pub use request::Request;

use draft::Draft;

/// Lays out the revision that seals `document`, and digests the document with it.
///
/// # Errors
/// See [`StampError`]; nothing is changed in any case.
pub fn prepare<S: Source>(
    document: Document<S>,
    request: &Request<'_>,
) -> Result<Prepared<S>, StampError> {
    let drawing = Drawing::of(request.seal)?;
    prepare_with(
        document,
        request,
        &Options::default(),
        &drawing,
        &mut |_| Ok(()),
    )
}

/// As [`prepare`], with everything that has a default, and a picture that was made ready once for
/// many documents. `take` gets the document's bytes as they are digested, block by block: who
/// copies them there copies what is signed, whatever happens to the file meanwhile.
///
/// # Errors
/// See [`StampError`]; nothing is changed in any case.
pub fn prepare_with<S: Source>(
    document: Document<S>,
    request: &Request<'_>,
    options: &Options<'_>,
    drawing: &Drawing,
    take: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<Prepared<S>, StampError> {
    request::check_seal(request)?;
    certification::check(&document.latest())?;
    let mut draft = Draft::of(&document)?;
    let earlier = draft.fields.in_order();
    for field in options.prepare_fields {
        field::prepare(&mut draft, field)?;
    }
    if !options.prepare_fields.is_empty() && !earlier.is_empty() {
        return Err(StampError::SignedAlready {
            what: "empty fields",
        });
    }
    let sealing = seal::lay_out(&mut draft, request, options, drawing)?;
    draft.mark_signed()?;
    let mut update = draft.close()?;
    signature::identify(&mut update, &document, request);
    signature::prepare(document, update, sealing, request, options, earlier, take)
}

/// Appends a revision with these empty signature fields to a document that nobody has signed yet.
///
/// # Errors
/// [`StampError::SignedAlready`] where somebody has, since a new field would be a change; see
/// [`StampError`].
pub fn prepare_fields<S: Source>(
    document: &Document<S>,
    fields: &[EmptyField],
) -> Result<Vec<u8>, StampError> {
    certification::check(&document.latest())?;
    let mut draft = Draft::of(document)?;
    if draft.fields.are_signed() {
        return Err(StampError::SignedAlready {
            what: "empty fields",
        });
    }
    for field in fields {
        field::prepare(&mut draft, field)?;
    }
    Ok(draft.close()?.finish()?.bytes)
}
