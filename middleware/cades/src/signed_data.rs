//! CMS signatures as read, of whatever maker (RFC 5652, 5), and their check.

use alloc::string::String;
use alloc::vec::Vec;

use sello_profile::oid::RawOid;

use crate::algorithm::{AlgorithmIdentifier, DigestAlgorithm, ecdsa_digest};
use crate::attributes::{Attributes, CertificateReference};
use crate::ber;
use crate::build::SealedDocument;
use crate::certificate::Certificate;
use crate::error::{Asn1Error, CmsError, UnsupportedAlgorithm};
use crate::oid;
use crate::tlv::{self, Cursor, tag};

/// Longest signature read, in bytes.
pub const MAX_SIGNED_DATA: usize = 8 * 1024 * 1024;
/// Most certificates read from one signature.
const MAX_CERTIFICATES: usize = 64;

/// A detached CMS signature as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedData {
    certificates: Vec<Certificate>,
    unreadable_certificates: usize,
    signer: SignerInfo,
    indefinite: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct SignerInfo {
    identifier: SignerIdentifier,
    digest_algorithm: AlgorithmIdentifier,
    attributes: Option<Attributes>,
    signature_algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    has_unsigned_attributes: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum SignerIdentifier {
    IssuerAndSerialNumber { issuer: Vec<u8>, serial: Vec<u8> },
    SubjectKeyIdentifier(Vec<u8>),
}

impl SignedData {
    /// Reads a `ContentInfo` with detached `SignedData`; zero octets may
    /// follow, since a reserved place is padded with them.
    ///
    /// # Errors
    /// [`CmsError`] for what is wrong with its form.
    pub fn parse(contents: &[u8]) -> Result<Self, CmsError> {
        if contents.len() > MAX_SIGNED_DATA {
            return Err(CmsError::Asn1(Asn1Error::TooLarge {
                structure: "ContentInfo",
                limit: MAX_SIGNED_DATA,
            }));
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
    /// ```
    fn read(content: &[u8], indefinite: bool) -> Result<Self, CmsError> {
        let structure = "SignedData";
        let mut fields = Cursor::new(structure, content);
        fields.expect(tag::INTEGER)?;
        fields.expect(tag::SET)?;
        let encapsulated = fields.expect(tag::SEQUENCE)?;
        let mut inner = Cursor::new("EncapsulatedContentInfo", encapsulated.value);
        let kind = inner.expect(tag::OBJECT_IDENTIFIER)?.value;
        if kind != oid::DATA || !inner.is_empty() {
            return Err(CmsError::NotDetached);
        }
        let certificates = fields.optional(tag::context(0))?;
        fields.optional(tag::context(1))?;
        let signers = fields.expect(tag::SET)?;
        fields.finish()?;
        let mut members = Cursor::new(structure, signers.value);
        let mut found = Vec::new();
        while !members.is_empty() {
            found.push(members.expect(tag::SEQUENCE)?);
            if found.len() > MAX_CERTIFICATES {
                break;
            }
        }
        let [signer] = found.as_slice() else {
            let count = found.len();
            return Err(CmsError::Signers { count });
        };
        let certificates = certificates.map_or(&[][..], |set| set.value);
        let (certificates, unreadable_certificates) = read_certificates(certificates)?;
        Ok(Self {
            certificates,
            unreadable_certificates,
            signer: SignerInfo::read(signer.value)?,
            indefinite,
        })
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

    /// Whether the signature was not written in DER, as PAdES demands.
    #[must_use]
    pub const fn is_indefinite(&self) -> bool {
        self.indefinite
    }

    /// Whether there are unsigned attributes, which are not looked at.
    #[must_use]
    pub const fn has_unsigned_attributes(&self) -> bool {
        self.signer.has_unsigned_attributes
    }

    /// The algorithm with which the content is to be hashed for
    /// [`check`](Self::check).
    ///
    /// # Errors
    /// [`UnsupportedAlgorithm`].
    pub fn digest_algorithm(&self) -> Result<DigestAlgorithm, UnsupportedAlgorithm> {
        DigestAlgorithm::from_oid(&self.signer.digest_algorithm.oid)
    }

    /// The certificate that the signer is named by. Where several fit, the one
    /// that the signed attributes refer to.
    #[must_use]
    pub fn signer_certificate(&self) -> Option<&Certificate> {
        let mut fitting = self
            .certificates
            .iter()
            .filter(|certificate| self.signer.identifier.fits(certificate));
        let first = fitting.next()?;
        let referred = |certificate: &&Certificate| {
            let attributes = self.signer.attributes.as_ref();
            attributes.is_some_and(|attributes| {
                matches!(
                    attributes.check_reference(certificate),
                    Ok(CertificateReference::Version1 | CertificateReference::Version2)
                )
            })
        };
        core::iter::once(first)
            .chain(fitting)
            .find(referred)
            .or(Some(first))
    }

    /// The digest of the content that the signed attributes state; nothing
    /// where there are no signed attributes. It can refute a content before
    /// the signature is checked, never confirm one.
    ///
    /// # Errors
    /// [`CmsError`] where content-type or message-digest are not as they must be.
    pub fn message_digest(&self) -> Result<Option<&[u8]>, CmsError> {
        let attributes = self.signer.attributes.as_ref();
        attributes.map(Attributes::message_digest).transpose()
    }

    /// The digest that the signature is over: that of the signed attributes as
    /// read (RFC 5652, 5.4); nothing where there are none. It counts only after
    /// [`check_signature`](Self::check_signature).
    #[must_use]
    pub fn signed_digest(&self) -> Option<Vec<u8>> {
        let attributes = self.signer.attributes.as_ref()?;
        let algorithm = self.signer.algorithm().ok()?;
        Some(algorithm.digest(attributes.signed()))
    }

    /// The seal structure among the signed attributes, as read. It counts only
    /// after [`check`](Self::check).
    ///
    /// # Errors
    /// [`CmsError::AttributeValues`].
    pub fn seal(&self) -> Result<Option<&[u8]>, CmsError> {
        let attributes = self.signer.attributes.as_ref();
        attributes.map_or(Ok(None), Attributes::seal)
    }

    /// The `sealed-document` attribute. It counts only after
    /// [`check_signature`](Self::check_signature).
    ///
    /// # Errors
    /// [`CmsError`] for a malformed attribute.
    pub fn sealed_document(&self) -> Result<Option<SealedDocument>, CmsError> {
        let attributes = self.signer.attributes.as_ref();
        attributes.map_or(Ok(None), Attributes::sealed_document)
    }

    /// Checks the whole: [`check_signature`](Self::check_signature), and that
    /// what was signed is the content with this digest, computed with
    /// [`digest_algorithm`](Self::digest_algorithm).
    ///
    /// # Errors
    /// [`CmsError`]; [`CmsError::MessageDigestMismatch`] only when all the
    /// rest holds.
    pub fn check(&self, content_digest: &[u8]) -> Result<CertificateReference, CmsError> {
        match &self.signer.attributes {
            Some(attributes) => {
                let reference = self.check_signature()?;
                if attributes.message_digest()? == content_digest {
                    Ok(reference)
                } else {
                    Err(CmsError::MessageDigestMismatch)
                }
            }
            // RFC 5652, 5.4: without attributes the content itself is signed.
            None => {
                let key = self.signer_certificate();
                let key = key.ok_or(CmsError::NoSignerCertificate)?.key();
                self.signer.algorithm()?;
                key.verify_digest(content_digest, &self.signer.signature)
                    .map_err(|error| match error.into() {
                        CmsError::SignatureMismatch => CmsError::MessageDigestMismatch,
                        other => other,
                    })?;
                Ok(CertificateReference::Absent)
            }
        }
    }

    /// Checks the signed attributes and the signature over them as read,
    /// leaving the content aside. A signature without signed attributes says
    /// nothing apart from its content and passes.
    ///
    /// # Errors
    /// [`CmsError`].
    pub fn check_signature(&self) -> Result<CertificateReference, CmsError> {
        let certificate = self.signer_certificate();
        let certificate = certificate.ok_or(CmsError::NoSignerCertificate)?;
        let algorithm = self.signer.algorithm()?;
        let Some(attributes) = &self.signer.attributes else {
            return Ok(CertificateReference::Absent);
        };
        attributes.message_digest()?;
        let reference = attributes.check_reference(certificate)?;
        let digest = algorithm.digest(attributes.signed());
        certificate
            .key()
            .verify_digest(&digest, &self.signer.signature)?;
        Ok(reference)
    }
}

impl SignerInfo {
    /// ```asn1
    /// SignerInfo ::= SEQUENCE { version, sid, digestAlgorithm,
    ///     signedAttrs [0] IMPLICIT OPTIONAL, signatureAlgorithm,
    ///     signature OCTET STRING, unsignedAttrs [1] IMPLICIT OPTIONAL }
    /// ```
    fn read(content: &[u8]) -> Result<Self, CmsError> {
        let mut fields = Cursor::new("SignerInfo", content);
        fields.expect(tag::INTEGER)?;
        let identifier = SignerIdentifier::read(&mut fields)?;
        let digest_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let attributes = fields.optional(tag::context(0))?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let signature = fields.expect(tag::OCTET_STRING)?.value.to_vec();
        let unsigned = fields.optional(tag::context(1))?;
        fields.finish()?;
        Ok(Self {
            identifier,
            digest_algorithm,
            attributes: attributes
                .map(|attributes| Attributes::parse(attributes.value))
                .transpose()?,
            signature_algorithm,
            signature,
            has_unsigned_attributes: unsigned.is_some(),
        })
    }

    /// The digest algorithm, once it is clear that both fields mean the same.
    fn algorithm(&self) -> Result<DigestAlgorithm, CmsError> {
        let digest = DigestAlgorithm::from_oid(&self.digest_algorithm.oid)?;
        // Some makers name the kind of key instead of the whole algorithm.
        if self.signature_algorithm.oid == oid::EC_PUBLIC_KEY {
            return Ok(digest);
        }
        if ecdsa_digest(&self.signature_algorithm.oid)? == digest {
            Ok(digest)
        } else {
            Err(CmsError::DigestAlgorithmMismatch)
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

/// `certificates [0] IMPLICIT CertificateSet`. A certificate that cannot be
/// read is counted and passed over: it may be one that is not needed.
fn read_certificates(content: &[u8]) -> Result<(Vec<Certificate>, usize), CmsError> {
    let structure = "CertificateSet";
    let mut members = Cursor::new(structure, content);
    let mut certificates = Vec::new();
    let mut unreadable = 0_usize;
    while !members.is_empty() {
        match Certificate::from_der(members.any()?.raw) {
            Ok(certificate) => certificates.push(certificate),
            Err(_) => unreadable = unreadable.saturating_add(1),
        }
        if certificates.len().saturating_add(unreadable) > MAX_CERTIFICATES {
            let limit = MAX_CERTIFICATES;
            return Err(Asn1Error::TooLarge { structure, limit }.into());
        }
    }
    Ok((certificates, unreadable))
}

#[cfg(test)]
mod tests;
