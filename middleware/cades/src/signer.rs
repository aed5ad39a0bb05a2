//! One signer of a CMS signature (RFC 5652, 5.3), and the check of its signature.

use alloc::vec::Vec;

use time::OffsetDateTime;

use crate::algorithm::AlgorithmIdentifier;
use crate::attributes::{Attribute, Attributes, CertificateReference, read_all, values};
use crate::build::SealedDocument;
use crate::certificate::Certificate;
use crate::digest::DigestAlgorithm;
use crate::error::{CmsError, UnsupportedAlgorithm};
use crate::key::Message;
use crate::oid;
use crate::scheme::Scheme;
use crate::tlv::{self, Cursor, tag};
use crate::weakness::{Weakness, of_digest, of_key, of_scheme};

/// A `SignerInfo` as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    identifier: SignerIdentifier,
    digest_algorithm: AlgorithmIdentifier,
    attributes: Option<Attributes>,
    signature_algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    unsigned: Vec<Attribute>,
    /// The content type that the signed attributes have to name; none for a
    /// counter-signature.
    content_type: Option<Vec<u8>>,
    /// The octets of the fields before the unsigned attributes, one after another.
    fields: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum SignerIdentifier {
    IssuerAndSerialNumber { issuer: Vec<u8>, serial: Vec<u8> },
    SubjectKeyIdentifier(Vec<u8>),
}

impl Signer {
    /// Reads the content of
    ///
    /// ```asn1
    /// SignerInfo ::= SEQUENCE { version, sid, digestAlgorithm,
    ///     signedAttrs [0] IMPLICIT OPTIONAL, signatureAlgorithm,
    ///     signature OCTET STRING, unsignedAttrs [1] IMPLICIT OPTIONAL }
    /// ```
    pub(crate) fn read(content: &[u8], content_type: Option<&[u8]>) -> Result<Self, CmsError> {
        let mut fields = Cursor::new("SignerInfo", content);
        fields.expect(tag::INTEGER)?;
        let identifier = SignerIdentifier::read(&mut fields)?;
        let digest_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let attributes = fields.optional(tag::context(0))?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let signature = fields.expect(tag::OCTET_STRING)?.value.to_vec();
        let signed_fields = content.len().saturating_sub(fields.left());
        let unsigned = fields.optional(tag::context(1))?;
        fields.finish()?;
        let unsigned = unsigned.map_or(&[][..], |unsigned| unsigned.value);
        Ok(Self {
            identifier,
            digest_algorithm,
            attributes: attributes
                .map(|attributes| Attributes::parse(attributes.value))
                .transpose()?,
            signature_algorithm,
            signature,
            unsigned: read_all("UnsignedAttributes", unsigned)?,
            content_type: content_type.map(<[u8]>::to_vec),
            fields: content.get(..signed_fields).unwrap_or_default().to_vec(),
        })
    }

    /// The algorithm with which the content is to be hashed for
    /// [`check`](Self::check).
    ///
    /// # Errors
    /// [`UnsupportedAlgorithm`].
    pub fn digest_algorithm(&self) -> Result<DigestAlgorithm, UnsupportedAlgorithm> {
        DigestAlgorithm::from_oid(&self.digest_algorithm.oid)
    }

    /// The certificate among `certificates` that the signer is named by. Where
    /// several fit, the one that the signed attributes refer to.
    #[must_use]
    pub fn certificate<'a>(&self, certificates: &'a [Certificate]) -> Option<&'a Certificate> {
        let mut fitting = certificates
            .iter()
            .filter(|certificate| self.identifier.fits(certificate));
        let first = fitting.next()?;
        core::iter::once(first)
            .chain(fitting)
            .find(|certificate| self.refers_to(certificate))
            .or(Some(first))
    }

    fn refers_to(&self, certificate: &Certificate) -> bool {
        self.attributes.as_ref().is_some_and(|attributes| {
            matches!(
                attributes.check_reference(certificate),
                Ok(CertificateReference::Version1 | CertificateReference::Version2)
            )
        })
    }

    /// The digest of the content that the signed attributes state; nothing
    /// where there are no signed attributes. It can refute a content before
    /// the signature is checked, never confirm one.
    ///
    /// # Errors
    /// [`CmsError`] where content-type or message-digest are not as they must be.
    pub fn message_digest(&self) -> Result<Option<&[u8]>, CmsError> {
        let content_type = self.content_type.as_deref();
        let attributes = self.attributes.as_ref();
        attributes
            .map(|attributes| attributes.message_digest(content_type))
            .transpose()
    }

    /// The digest that the signature is over: that of the signed attributes as
    /// read (RFC 5652, 5.4); nothing where there are none. It counts only after
    /// [`check_signature`](Self::check_signature).
    #[must_use]
    pub fn signed_digest(&self) -> Option<Vec<u8>> {
        let attributes = self.attributes.as_ref()?;
        let digest = self.scheme().ok()?.digest();
        let digest = digest.map_or_else(|| self.digest_algorithm().ok(), Some)?;
        Some(digest.digest(attributes.signed()))
    }

    /// When the signature was made, as the signer says; it proves nothing.
    ///
    /// # Errors
    /// [`CmsError`] for a malformed attribute.
    pub fn signing_time(&self) -> Result<Option<OffsetDateTime>, CmsError> {
        let attributes = self.attributes.as_ref();
        attributes.map_or(Ok(None), Attributes::signing_time)
    }

    /// The seal structure among the signed attributes, as read. It counts only
    /// after [`check`](Self::check).
    ///
    /// # Errors
    /// [`CmsError::AttributeValues`].
    pub fn seal(&self) -> Result<Option<&[u8]>, CmsError> {
        let attributes = self.attributes.as_ref();
        attributes.map_or(Ok(None), Attributes::seal)
    }

    /// The `sealed-document` attribute. It counts only after
    /// [`check_signature`](Self::check_signature).
    ///
    /// # Errors
    /// [`CmsError`] for a malformed attribute.
    pub fn sealed_document(&self) -> Result<Option<SealedDocument>, CmsError> {
        let attributes = self.attributes.as_ref();
        attributes.map_or(Ok(None), Attributes::sealed_document)
    }

    /// Checks the whole: [`check_signature`](Self::check_signature), and that
    /// what was signed is the content with this digest, computed with
    /// [`digest_algorithm`](Self::digest_algorithm).
    ///
    /// # Errors
    /// [`CmsError`]; [`CmsError::MessageDigestMismatch`] only when all the
    /// rest holds.
    pub fn check(
        &self,
        certificate: Option<&Certificate>,
        content_digest: &[u8],
    ) -> Result<CertificateReference, CmsError> {
        if self.attributes.is_some() {
            let reference = self.check_signature(certificate)?;
            return match self.message_digest()? {
                Some(stated) if stated == content_digest => Ok(reference),
                _ => Err(CmsError::MessageDigestMismatch),
            };
        }
        // RFC 5652, 5.4: without attributes the content itself is signed.
        let key = certificate.ok_or(CmsError::NoSignerCertificate)?.key();
        let message = Message::Digest(content_digest);
        key.check(self.scheme()?, message, &self.signature)
            .map_err(|error| match error.into() {
                CmsError::SignatureMismatch => CmsError::MessageDigestMismatch,
                other => other,
            })?;
        Ok(CertificateReference::Absent)
    }

    /// Checks the signed attributes and the signature over them as read,
    /// leaving the content aside. A signature without signed attributes says
    /// nothing apart from its content and passes.
    ///
    /// # Errors
    /// [`CmsError`].
    pub fn check_signature(
        &self,
        certificate: Option<&Certificate>,
    ) -> Result<CertificateReference, CmsError> {
        let certificate = certificate.ok_or(CmsError::NoSignerCertificate)?;
        let scheme = self.scheme()?;
        let Some(attributes) = &self.attributes else {
            return Ok(CertificateReference::Absent);
        };
        attributes.message_digest(self.content_type.as_deref())?;
        attributes.check_algorithms(&self.digest_algorithm, &self.signature_algorithm)?;
        let reference = attributes.check_reference(certificate)?;
        let message = Message::Whole(attributes.signed());
        certificate.key().check(scheme, message, &self.signature)?;
        Ok(reference)
    }

    /// The signature value, which a signature timestamp and a counter-signature
    /// are over.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Whether there are signed attributes.
    #[must_use]
    pub const fn has_signed_attributes(&self) -> bool {
        self.attributes.is_some()
    }

    /// Whether there are unsigned attributes.
    #[must_use]
    pub const fn has_unsigned_attributes(&self) -> bool {
        !self.unsigned.is_empty()
    }

    /// The counter-signatures (RFC 5652, 11.4), each judged by itself: a
    /// signature over [`signature`](Self::signature) of this one.
    #[must_use]
    pub fn counter_signatures(&self) -> Vec<Result<Self, CmsError>> {
        let read = |value| {
            let info = tlv::single("Countersignature", tag::SEQUENCE, value)?;
            Self::read(info.value, None)
        };
        self.unsigned_values(oid::COUNTER_SIGNATURE)
            .map(read)
            .collect()
    }

    /// The signature timestamps (EN 319 122-1, 5.3): tokens over the digest of
    /// [`signature`](Self::signature).
    pub fn signature_timestamps(&self) -> impl Iterator<Item = &[u8]> {
        self.unsigned_values(oid::SIGNATURE_TIMESTAMP)
    }

    /// The content timestamps (EN 319 122-1, 5.2.8): tokens over the digest of
    /// the content.
    pub fn content_timestamps(&self) -> impl Iterator<Item = &[u8]> {
        let attributes = self.attributes.iter();
        attributes.flat_map(|attributes| attributes.values(oid::CONTENT_TIMESTAMP))
    }

    /// The algorithms it uses that are too weak to be relied on.
    #[must_use]
    pub fn weaknesses(&self, certificate: Option<&Certificate>) -> Vec<Weakness> {
        let digest = self.digest_algorithm().ok().and_then(of_digest);
        let scheme = self.scheme().ok().and_then(of_scheme);
        let key = certificate.and_then(|certificate| of_key(certificate.key()));
        let mut found: Vec<Weakness> = [digest, scheme, key].into_iter().flatten().collect();
        found.dedup();
        found
    }

    pub(crate) fn unsigned_values<'a>(&'a self, kind: &[u8]) -> impl Iterator<Item = &'a [u8]> {
        values(&self.unsigned, kind)
    }

    pub(crate) fn unsigned(&self) -> &[Attribute] {
        &self.unsigned
    }

    /// The octets of the fields `version` to `signature`, as read.
    pub(crate) fn fields(&self) -> &[u8] {
        &self.fields
    }

    /// The scheme, once it is clear that both algorithm fields mean the same.
    fn scheme(&self) -> Result<Scheme, CmsError> {
        let stated = self.digest_algorithm()?;
        let scheme = Scheme::of(&self.signature_algorithm, Some(stated))?;
        match scheme.digest() {
            Some(digest) if digest != stated => Err(CmsError::DigestAlgorithmMismatch),
            _ => Ok(scheme),
        }
    }
}

impl SignerIdentifier {
    fn read(fields: &mut Cursor<'_>) -> Result<Self, CmsError> {
        if let Some(key) = fields.optional(tag::context_primitive(0))? {
            return Ok(Self::SubjectKeyIdentifier(key.value.to_vec()));
        }
        let sequence = fields.expect(tag::SEQUENCE)?;
        let mut parts = Cursor::new("IssuerAndSerialNumber", sequence.value);
        let issuer = parts.expect(tag::SEQUENCE)?.raw.to_vec();
        let serial = parts.expect(tag::INTEGER)?.value.to_vec();
        parts.finish()?;
        Ok(Self::IssuerAndSerialNumber { issuer, serial })
    }

    fn fits(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerialNumber { issuer, serial } => {
                certificate.issuer().as_der() == issuer && certificate.serial() == serial
            }
            Self::SubjectKeyIdentifier(key) => {
                certificate.subject_key_identifier() == Some(key.as_slice())
            }
        }
    }
}
