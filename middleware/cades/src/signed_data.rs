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
mod tests {
    use super::*;
    use crate::build::{SignedAttributes, signed_data};
    use crate::testing::{Key, Template};
    use crate::tlv::{constructed, element, set_of};
    use sha2::{Digest, Sha256};

    const SEAL: &[u8] = &[0x30, 3, 2, 1, 4];

    fn certificate() -> Vec<u8> {
        Template::end("Seal", "Root").der(&Key::new(3), &Key::new(1))
    }

    fn digest() -> [u8; 32] {
        Sha256::digest(b"content").into()
    }

    fn document() -> SealedDocument {
        SealedDocument {
            document_id: Some(b"id".to_vec()),
            length: 0x1_8000,
        }
    }

    fn made() -> Vec<u8> {
        let document = document();
        let attributes =
            SignedAttributes::new(digest(), &certificate(), Some(SEAL), Some(&document)).unwrap();
        let signature = Key::new(3).sign_digest(&attributes.digest());
        let root = Template::authority("Root", "Root").der(&Key::new(1), &Key::new(1));
        let others = [root, certificate()];
        signed_data(&attributes, &signature, &certificate(), &others).unwrap()
    }

    #[test]
    fn what_is_built_is_confirmed() {
        let mut padded = made();
        padded.extend([0; 100]);
        let read = SignedData::parse(&padded).unwrap();
        assert_eq!(read.check(&digest()), Ok(CertificateReference::Version2));
        assert_eq!(read.certificates().len(), 2);
        assert_eq!(read.signer_certificate().unwrap().as_der(), certificate());
        assert_eq!(read.seal(), Ok(Some(SEAL)));
        assert_eq!(read.sealed_document(), Ok(Some(document())));
        assert!(!read.is_indefinite());
    }

    #[test]
    fn other_content_is_told_from_a_broken_signature() {
        let read = SignedData::parse(&made()).unwrap();
        assert_eq!(read.check(&[0; 32]), Err(CmsError::MessageDigestMismatch));
        assert_eq!(read.check_signature(), Ok(CertificateReference::Version2));
    }

    #[test]
    fn every_changed_byte_is_noticed_where_it_matters() {
        let made = made();
        for at in 0..made.len() {
            let mut changed = made.clone();
            changed[at] ^= 1;
            let Ok(read) = SignedData::parse(&changed) else {
                continue;
            };
            let Ok(_) = read.check(&digest()) else {
                continue;
            };
            // What still holds must name the same signer and carry the same
            // seal: then the change is in a part that is not used.
            assert_eq!(read.signer_certificate().unwrap().as_der(), certificate());
            assert_eq!(read.seal(), Ok(Some(SEAL)), "byte {at}");
            assert_eq!(read.sealed_document(), Ok(Some(document())), "byte {at}");
        }
    }

    /// Attributes as given, correctly signed.
    fn signed_with(attributes: Vec<Vec<u8>>, certificate: &[u8]) -> Result<SignedData, CmsError> {
        let set = set_of(tag::SET, attributes);
        let signature = Key::new(3).sign(&set);
        let normal = SignedAttributes::new(digest(), certificate, None, None).unwrap();
        let der = signed_data(&normal, &signature, certificate, &[]).unwrap();
        let carried = |set: &[u8]| {
            let mut carried = set.to_vec();
            carried[0] = tag::context(0);
            carried
        };
        SignedData::parse(&replaced(&der, &carried(normal.der()), &carried(&set)))
    }

    /// Replaces one element's octets deep inside, mending the lengths above.
    fn replaced(der: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
        let mut cursor = Cursor::new("test", der);
        let mut out = Vec::new();
        while !cursor.is_empty() {
            let part = cursor.any().unwrap();
            let holds = part.raw.windows(from.len()).any(|window| window == from);
            if part.raw == from {
                out.extend_from_slice(to);
            } else if holds {
                out.extend(element(part.tag, &replaced(part.value, from, to)));
            } else {
                out.extend_from_slice(part.raw);
            }
        }
        out
    }

    fn attribute(kind: &[u8], values: &[&[u8]]) -> Vec<u8> {
        constructed(
            tag::SEQUENCE,
            &[
                &element(tag::OBJECT_IDENTIFIER, kind),
                &constructed(tag::SET, values),
            ],
        )
    }

    fn content_type() -> Vec<u8> {
        attribute(
            oid::CONTENT_TYPE,
            &[&element(tag::OBJECT_IDENTIFIER, oid::DATA)],
        )
    }

    fn message_digest() -> Vec<u8> {
        attribute(
            oid::MESSAGE_DIGEST,
            &[&element(tag::OCTET_STRING, &digest())],
        )
    }

    #[test]
    fn plain_signatures_without_a_certificate_reference_are_read() {
        let read = signed_with(vec![content_type(), message_digest()], &certificate()).unwrap();
        assert_eq!(read.check(&digest()), Ok(CertificateReference::Absent));
    }

    #[test]
    fn missing_doubled_and_foreign_attributes_are_refused() {
        let check = |attributes| {
            signed_with(attributes, &certificate()).and_then(|read| read.check(&digest()))
        };
        assert!(matches!(
            check(vec![content_type()]),
            Err(CmsError::MissingAttribute { .. })
        ));
        assert!(matches!(
            check(vec![message_digest()]),
            Err(CmsError::MissingAttribute { .. })
        ));
        assert!(matches!(
            check(vec![content_type(), message_digest(), message_digest()]),
            Err(CmsError::DuplicateAttribute { .. })
        ));
        let two = element(tag::OCTET_STRING, &digest());
        let two = attribute(oid::MESSAGE_DIGEST, &[&two, &two]);
        assert!(matches!(
            check(vec![content_type(), two]),
            Err(CmsError::AttributeValues { count: 2, .. })
        ));
        let signed = element(tag::OBJECT_IDENTIFIER, oid::SIGNED_DATA);
        let signed = attribute(oid::CONTENT_TYPE, &[&signed]);
        assert!(matches!(
            check(vec![signed, message_digest()]),
            Err(CmsError::ContentType { .. })
        ));
    }

    #[test]
    fn a_reference_to_another_certificate_is_noticed() {
        for (kind, hash) in [
            (oid::SIGNING_CERTIFICATE_V2, &[7; 32][..]),
            (oid::SIGNING_CERTIFICATE, &[7; 20]),
        ] {
            let id = element(tag::SEQUENCE, &element(tag::OCTET_STRING, hash));
            let value = element(tag::SEQUENCE, &element(tag::SEQUENCE, &id));
            let attributes = vec![content_type(), message_digest(), attribute(kind, &[&value])];
            let read = signed_with(attributes, &certificate()).unwrap();
            assert_eq!(
                read.check(&digest()),
                Err(CmsError::CertificateReferenceMismatch)
            );
        }
    }

    #[test]
    fn another_key_does_not_fit() {
        let attributes = SignedAttributes::new(digest(), &certificate(), None, None).unwrap();
        let signature = Key::new(4).sign_digest(&attributes.digest());
        let der = signed_data(&attributes, &signature, &certificate(), &[]).unwrap();
        let read = SignedData::parse(&der).unwrap();
        assert_eq!(read.check(&digest()), Err(CmsError::SignatureMismatch));
    }

    #[test]
    fn several_signers_and_no_signer_are_refused() {
        let made = made();
        let read = |der: &[u8]| SignedData::parse(der).unwrap_err();
        let outer = tlv::single("", tag::SEQUENCE, &made).unwrap();
        let mut fields = Cursor::new("", outer.value);
        fields.any().unwrap();
        let content = fields.any().unwrap().value;
        let inner = tlv::single("", tag::SEQUENCE, content).unwrap();
        let mut fields = Cursor::new("", inner.value);
        let mut last = fields.any().unwrap();
        while !fields.is_empty() {
            last = fields.any().unwrap();
        }
        let twice = element(tag::SET, &[last.value, last.value].concat());
        let error = read(&replaced(&made, last.raw, &twice));
        assert_eq!(error, CmsError::Signers { count: 2 });
        let error = read(&replaced(&made, last.raw, &[tag::SET, 0]));
        assert_eq!(error, CmsError::Signers { count: 0 });
    }

    #[test]
    fn bytes_that_are_no_padding_and_other_content_are_refused() {
        let mut tail = made();
        tail.extend([0, 0, 7]);
        assert!(matches!(
            SignedData::parse(&tail),
            Err(CmsError::Asn1(Asn1Error::TrailingData { count: 1, .. }))
        ));
        let data = constructed(
            tag::SEQUENCE,
            &[
                &element(tag::OBJECT_IDENTIFIER, oid::DATA),
                &element(tag::context(0), &[5, 0]),
            ],
        );
        assert!(matches!(
            SignedData::parse(&data),
            Err(CmsError::NotSignedData { .. })
        ));
        assert!(SignedData::parse(&[]).is_err());
        assert!(SignedData::parse(&[0; 64]).is_err());
    }

    #[test]
    fn indefinite_lengths_are_read_and_told() {
        let made = made();
        let content = tlv::single("", tag::SEQUENCE, &made).unwrap().value;
        let ber = [&[0x30, 0x80], content, &[0, 0]].concat();
        let read = SignedData::parse(&ber).unwrap();
        assert!(read.is_indefinite());
        assert_eq!(read.check(&digest()), Ok(CertificateReference::Version2));
    }
}
