//! A document between digest and signature, and after it.

use std::io::{self, Write};
use std::ops::Range;

use sello_cades::build::{SignedAttributes, add_signature_timestamp, signed_data};
use sello_pdf::{Reference, Source};

use super::archive::Digested;
use super::blocks::each_block;
use super::error::StampError;
use super::text;

/// A document ready for its signature.
#[derive(Debug)]
pub struct Prepared<S> {
    pub(super) source: S,
    pub(super) revision: Vec<u8>,
    /// Where the hexadecimal digits of `Contents` go, in `revision`.
    pub(super) contents: Range<usize>,
    pub(super) attributes: SignedAttributes,
    pub(super) signer_certificate: Vec<u8>,
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) field: String,
    /// The page with the seal.
    pub(super) page: Reference,
    pub(super) original: Digested,
    /// The fields that were signed before.
    pub(super) earlier: Vec<String>,
}

impl<S> Prepared<S> {
    /// The SHA-256 digest that the key signs: that of the signed attributes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.attributes.digest()
    }

    /// The name of the new signature field.
    #[must_use]
    pub fn field_name(&self) -> &str {
        &self.field
    }

    /// The page with the seal, or with its first slice.
    #[must_use]
    pub const fn page(&self) -> Reference {
        self.page
    }

    /// The fields that were signed before this one, in the order of their signatures.
    #[must_use]
    pub fn earlier_fields(&self) -> &[String] {
        &self.earlier
    }

    /// Lets go of the document, whose file need not stay open until the signature comes: what is
    /// finished then is the revision alone, for who has copied the original already.
    #[must_use]
    pub fn detach(self) -> Prepared<()> {
        Prepared {
            source: (),
            revision: self.revision,
            contents: self.contents,
            attributes: self.attributes,
            signer_certificate: self.signer_certificate,
            chain: self.chain,
            field: self.field,
            page: self.page,
            original: self.original,
            earlier: self.earlier,
        }
    }

    /// Puts the signature in: an ECDSA signature over [`digest`](Self::digest), DER.
    ///
    /// # Errors
    /// [`StampError::Signature`] when it is no ECDSA signature, [`StampError::NoRoom`] when the
    /// room left for it does not do.
    pub fn finish(self, signature: &[u8]) -> Result<Sealed<S>, StampError> {
        self.finish_with(signature, None)
    }

    /// As [`finish`](Self::finish), with a timestamp token (DER) over the SHA-256 digest of
    /// `signature`: level B-T. Its size was set aside as
    /// [`unsigned_room`](super::Options::unsigned_room).
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_with(
        mut self,
        signature: &[u8],
        token: Option<&[u8]>,
    ) -> Result<Sealed<S>, StampError> {
        let data = signed_data(
            &self.attributes,
            signature,
            &self.signer_certificate,
            &self.chain,
        );
        let data = match token {
            Some(token) => data.and_then(|data| add_signature_timestamp(&data, token)),
            None => data,
        };
        let mut data = data.map_err(StampError::Signature)?;
        let hex = text::hex(&data);
        let room = self.contents.len();
        let needed = hex.len();
        let start = self.contents.start;
        let hole = start
            .checked_add(needed)
            .filter(|_| needed <= room)
            .and_then(|end| self.revision.get_mut(start..end))
            .ok_or(StampError::NoRoom { room, needed })?;
        hole.copy_from_slice(&hex);
        data.resize(room / 2, 0);
        Ok(Sealed {
            source: self.source,
            revision: self.revision,
            contents: data,
            original: self.original,
        })
    }
}

/// A sealed document, not yet written.
#[derive(Debug)]
pub struct Sealed<S> {
    source: S,
    revision: Vec<u8>,
    contents: Vec<u8>,
    original: Digested,
}

impl<S: Source> Sealed<S> {
    /// Writes the original, byte for byte, and the revision after it.
    ///
    /// # Errors
    /// When the original cannot be read or `output` not written.
    pub fn write_to(&self, output: &mut dyn Write) -> io::Result<()> {
        each_block(&self.source, |block| output.write_all(block))?;
        output.write_all(&self.revision)
    }
}

impl<S> Sealed<S> {
    /// The revision's bytes, which follow the original's.
    #[must_use]
    pub fn revision(&self) -> &[u8] {
        &self.revision
    }

    /// The whole value of `Contents`, the zeros behind the signature included.
    #[must_use]
    pub fn contents(&self) -> &[u8] {
        &self.contents
    }

    /// The SHA-256 state of the whole sealed document, for what is appended next.
    #[must_use]
    pub fn digested(&self) -> Digested {
        let mut digested = self.original.clone();
        digested.append(&self.revision);
        digested
    }
}
