//! CMS signatures as read, of whatever maker (RFC 5652, 5).

use alloc::string::String;
use alloc::vec::Vec;

use sello_profile::oid::RawOid;

use crate::attributes::CertificateReference;
use crate::ber;
use crate::build::SealedDocument;
use crate::certificate::Certificate;
use crate::digest::DigestAlgorithm;
use crate::error::{Asn1Error, CmsError, UnsupportedAlgorithm};
use crate::oid;
use crate::signer::Signer;
use crate::tlv::{self, Cursor, Tlv, tag};

/// Longest signature read, in bytes.
pub const MAX_SIGNED_DATA: usize = 8 * 1024 * 1024;
/// Most certificates read from one signature.
pub(crate) const MAX_CERTIFICATES: usize = 256;
/// Most signers read from one signature.
const MAX_SIGNERS: usize = 64;
/// Most lists and responses read from one signature.
pub(crate) const MAX_REVOCATION: usize = 1024;

/// A CMS signature as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedData {
    content_type: Vec<u8>,
    content: Option<Vec<u8>>,
    certificates: Vec<Certificate>,
    /// Every member of `certificates`, as read.
    certificate_values: Vec<Vec<u8>>,
    unreadable_certificates: usize,
    /// Every member of `crls`, as read.
    revocation_values: Vec<Vec<u8>>,
    signers: Vec<Result<Signer, CmsError>>,
    indefinite: bool,
}

impl SignedData {
    /// Reads the signature of a document: `ContentInfo` with detached
    /// `SignedData` of plain data and exactly one signer; zero octets may
    /// follow, since a reserved place is padded with them.
    ///
    /// # Errors
    /// [`CmsError`] for what is wrong with its form.
    pub fn parse(contents: &[u8]) -> Result<Self, CmsError> {
        let read = Self::parse_any(contents)?;
        if read.content_type != oid::DATA || read.content.is_some() {
            return Err(CmsError::NotDetached);
        }
        match read.signers.as_slice() {
            [Ok(_)] => Ok(read),
            [Err(error)] => Err(error.clone()),
            several => Err(CmsError::Signers {
                count: several.len(),
            }),
        }
    }

    /// Reads any `ContentInfo` with `SignedData`, with its content or without,
    /// of any number of signers, each of which is read by itself: one that
    /// cannot be read hides none of the others. Zero octets may follow.
    ///
    /// # Errors
    /// [`CmsError`] for what is wrong with the form of the whole.
    pub fn parse_any(contents: &[u8]) -> Result<Self, CmsError> {
        if contents.len() > MAX_SIGNED_DATA {
            return Err(CmsError::Asn1(Asn1Error::TooLarge {
                structure: "ContentInfo",
                limit: MAX_SIGNED_DATA,
            }));
        }
        if contents.iter().all(|octet| *octet == 0) {
            return Err(CmsError::Empty);
        }
        let (der, used) = ber::to_der(contents)?;
        let padding = contents.get(used..).unwrap_or_default();
        if let Some(first) = padding.iter().position(|octet| *octet != 0) {
            let count = padding.len().saturating_sub(first);
            let structure = "ContentInfo";
            return Err(Asn1Error::TrailingData { structure, count }.into());
        }
        let indefinite = contents.get(..used) != Some(der.as_slice());
        let content_info = tlv::single("ContentInfo", tag::SEQUENCE, &der)?;
        let mut fields = Cursor::new("ContentInfo", content_info.value);
        let content_type = fields.expect(tag::OBJECT_IDENTIFIER)?.value;
        if content_type != oid::SIGNED_DATA {
            let found = RawOid::from_content(content_type)
                .map_or_else(|_| String::from("?"), |oid| alloc::format!("{oid}"));
            return Err(CmsError::NotSignedData { found });
        }
        let content = fields.expect(tag::context(0))?;
        fields.finish()?;
        let signed_data = tlv::single("SignedData", tag::SEQUENCE, content.value)?;
        Self::read(signed_data.value, indefinite)
    }

    /// ```asn1
    /// SignedData ::= SEQUENCE { version, digestAlgorithms SET OF,
    ///     encapContentInfo, certificates [0] OPTIONAL, crls [1] OPTIONAL,
    ///     signerInfos SET OF SignerInfo }
    /// EncapsulatedContentInfo ::= SEQUENCE { eContentType OBJECT IDENTIFIER,
    ///     eContent [0] EXPLICIT OCTET STRING OPTIONAL }
    /// ```
    fn read(content: &[u8], indefinite: bool) -> Result<Self, CmsError> {
        let structure = "SignedData";
        let mut fields = Cursor::new(structure, content);
        fields.expect(tag::INTEGER)?;
        fields.expect(tag::SET)?;
        let encapsulated = fields.expect(tag::SEQUENCE)?;
        let mut inner = Cursor::new("EncapsulatedContentInfo", encapsulated.value);
        let content_type = inner.expect(tag::OBJECT_IDENTIFIER)?.value.to_vec();
        let carried = inner.optional(tag::context(0))?;
        inner.finish()?;
        let carried = carried
            .map(|carried| tlv::single("eContent", tag::OCTET_STRING, carried.value))
            .transpose()?;
        let certificates = members(fields.optional(tag::context(0))?, MAX_CERTIFICATES)?;
        let revocation_values = members(fields.optional(tag::context(1))?, MAX_REVOCATION)?;
        let signers = members(Some(fields.expect(tag::SET)?), MAX_SIGNERS)?;
        fields.finish()?;
        if signers.is_empty() {
            return Err(CmsError::Signers { count: 0 });
        }
        let signers = signers.iter().map(|signer| {
            let info = tlv::single("SignerInfo", tag::SEQUENCE, signer)?;
            Signer::read(info.value, Some(&content_type))
        });
        let signers = signers.collect();
        // A certificate that cannot be read is passed over: it may be one that
        // is not needed.
        let readable: Vec<Certificate> = certificates
            .iter()
            .filter_map(|certificate| Certificate::from_der(certificate).ok())
            .collect();
        Ok(Self {
            unreadable_certificates: certificates.len().saturating_sub(readable.len()),
            certificates: readable,
            certificate_values: certificates,
            revocation_values,
            signers,
            content: carried.map(|carried| carried.value.to_vec()),
            content_type,
            indefinite,
        })
    }

    /// The signers, each as far as it could be read.
    pub fn signers(&self) -> &[Result<Signer, CmsError>] {
        &self.signers
    }

    /// The first signer; of a signature read with [`parse`](Self::parse) it is
    /// the only one.
    #[must_use]
    pub fn signer(&self) -> Option<&Signer> {
        self.signers.first()?.as_ref().ok()
    }

    /// The content, where the signature carries it.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    /// The type of the content, as octets of its object identifier.
    #[must_use]
    pub fn content_type(&self) -> &[u8] {
        &self.content_type
    }

    /// The certificates that came with the signature; none of them is trusted
    /// for that.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// How many certificates came with the signature that cannot be read.
    #[must_use]
    pub const fn unreadable_certificates(&self) -> usize {
        self.unreadable_certificates
    }

    /// Every member of `certificates`, as read.
    pub(crate) fn certificate_values(&self) -> &[Vec<u8>] {
        &self.certificate_values
    }

    /// Every member of `crls` (`RevocationInfoChoices`), as read.
    pub(crate) fn revocation_values(&self) -> &[Vec<u8>] {
        &self.revocation_values
    }

    /// Whether the signature was not written in DER, as PAdES demands.
    #[must_use]
    pub const fn is_indefinite(&self) -> bool {
        self.indefinite
    }

    /// Whether the first signer has unsigned attributes.
    #[must_use]
    pub fn has_unsigned_attributes(&self) -> bool {
        self.signer().is_some_and(Signer::has_unsigned_attributes)
    }

    /// [`Signer::digest_algorithm`] of the first signer.
    ///
    /// # Errors
    /// [`UnsupportedAlgorithm`].
    pub fn digest_algorithm(&self) -> Result<DigestAlgorithm, UnsupportedAlgorithm> {
        match self.signer() {
            Some(signer) => signer.digest_algorithm(),
            None => Err(UnsupportedAlgorithm::named("of an unreadable signer")),
        }
    }

    /// [`Signer::certificate`] of the first signer among the certificates that
    /// came with the signature.
    #[must_use]
    pub fn signer_certificate(&self) -> Option<&Certificate> {
        self.signer()?.certificate(&self.certificates)
    }

    /// [`Signer::message_digest`] of the first signer.
    ///
    /// # Errors
    /// [`CmsError`].
    pub fn message_digest(&self) -> Result<Option<&[u8]>, CmsError> {
        self.first()?.message_digest()
    }

    /// [`Signer::signed_digest`] of the first signer.
    #[must_use]
    pub fn signed_digest(&self) -> Option<Vec<u8>> {
        self.signer()?.signed_digest()
    }

    /// [`Signer::seal`] of the first signer.
    ///
    /// # Errors
    /// [`CmsError::AttributeValues`].
    pub fn seal(&self) -> Result<Option<&[u8]>, CmsError> {
        self.first()?.seal()
    }

    /// [`Signer::sealed_document`] of the first signer.
    ///
    /// # Errors
    /// [`CmsError`] for a malformed attribute.
    pub fn sealed_document(&self) -> Result<Option<SealedDocument>, CmsError> {
        self.first()?.sealed_document()
    }

    /// [`Signer::check`] of the first signer with its certificate here.
    ///
    /// # Errors
    /// [`CmsError`].
    pub fn check(&self, content_digest: &[u8]) -> Result<CertificateReference, CmsError> {
        self.first()?
            .check(self.signer_certificate(), content_digest)
    }

    /// [`Signer::check_signature`] of the first signer with its certificate here.
    ///
    /// # Errors
    /// [`CmsError`].
    pub fn check_signature(&self) -> Result<CertificateReference, CmsError> {
        self.first()?.check_signature(self.signer_certificate())
    }

    fn first(&self) -> Result<&Signer, CmsError> {
        match self.signers.first() {
            Some(Ok(signer)) => Ok(signer),
            Some(Err(error)) => Err(error.clone()),
            None => Err(CmsError::Signers { count: 0 }),
        }
    }
}

/// The members of a SET OF, as read.
pub(crate) fn members(set: Option<Tlv<'_>>, limit: usize) -> Result<Vec<Vec<u8>>, Asn1Error> {
    let structure = "SignedData";
    let mut cursor = Cursor::new(structure, set.map_or(&[][..], |set| set.value));
    let mut found = Vec::new();
    while !cursor.is_empty() {
        found.push(cursor.any()?.raw.to_vec());
        if found.len() > limit {
            return Err(Asn1Error::TooLarge { structure, limit });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
