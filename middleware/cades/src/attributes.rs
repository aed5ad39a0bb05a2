//! Signed attributes as read (RFC 5652, 5.3 and 11).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sello_profile::oid::{RawOid, SEAL, SEALED_DOCUMENT};
use sha1::Sha1;
use sha2::Digest as _;

use crate::algorithm::{AlgorithmIdentifier, DigestAlgorithm};
use crate::build::SealedDocument;
use crate::certificate::Certificate;
use crate::error::{Asn1Error, CmsError};
use crate::oid;
use crate::tlv::{self, Cursor, element, tag};

/// Most attributes read.
const MAX_ATTRIBUTES: usize = 64;

/// The signed attributes of a signature, with the octets that were signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attributes {
    /// As a SET OF: the form that is hashed (RFC 5652, 5.4).
    signed: Vec<u8>,
    all: Vec<Attribute>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Attribute {
    kind: Vec<u8>,
    values: Vec<Vec<u8>>,
}

/// How the signature names its signer's certificate in its signed attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateReference {
    /// Not at all.
    Absent,
    /// signing-certificate (RFC 2634, 5.4), by SHA-1.
    Version1,
    /// signing-certificate-v2 (RFC 5035, 3).
    Version2,
}

impl Attributes {
    /// Takes the content of `[0] IMPLICIT SignedAttributes`.
    pub(crate) fn parse(content: &[u8]) -> Result<Self, CmsError> {
        let structure = "SignedAttributes";
        let mut members = Cursor::new(structure, content);
        let mut all: Vec<Attribute> = Vec::new();
        while !members.is_empty() {
            let attribute = Attribute::read(&mut members)?;
            let twice = all.iter().any(|other| other.kind == attribute.kind);
            if twice && attribute.is_known() {
                return Err(CmsError::DuplicateAttribute {
                    kind: dotted(&attribute.kind),
                });
            }
            all.push(attribute);
            if all.len() > MAX_ATTRIBUTES {
                let limit = MAX_ATTRIBUTES;
                return Err(Asn1Error::TooLarge { structure, limit }.into());
            }
        }
        Ok(Self {
            signed: element(tag::SET, content),
            all,
        })
    }

    /// The octets that were hashed and signed.
    pub(crate) fn signed(&self) -> &[u8] {
        &self.signed
    }

    /// The single value of an attribute.
    fn value(&self, kind: &[u8]) -> Result<Option<&[u8]>, CmsError> {
        let attribute = self.all.iter().find(|attribute| attribute.kind == kind);
        match attribute.map(|attribute| attribute.values.as_slice()) {
            None => Ok(None),
            Some([value]) => Ok(Some(value)),
            Some(values) => Err(CmsError::AttributeValues {
                kind: dotted(kind),
                count: values.len(),
            }),
        }
    }

    /// Checks content-type and gives the message-digest.
    pub(crate) fn message_digest(&self) -> Result<&[u8], CmsError> {
        let missing = |kind: &[u8]| CmsError::MissingAttribute { kind: dotted(kind) };
        let content_type = self.value(oid::CONTENT_TYPE)?;
        let content_type = content_type.ok_or_else(|| missing(oid::CONTENT_TYPE))?;
        let content_type = tlv::single("ContentType", tag::OBJECT_IDENTIFIER, content_type)?;
        if content_type.value != oid::DATA {
            return Err(CmsError::ContentType {
                found: dotted(content_type.value),
            });
        }
        let digest = self.value(oid::MESSAGE_DIGEST)?;
        let digest = digest.ok_or_else(|| missing(oid::MESSAGE_DIGEST))?;
        Ok(tlv::single("MessageDigest", tag::OCTET_STRING, digest)?.value)
    }

    /// Checks that every reference to the signer's certificate is to this one.
    pub(crate) fn check_reference(
        &self,
        certificate: &Certificate,
    ) -> Result<CertificateReference, CmsError> {
        let mut found = CertificateReference::Absent;
        if let Some(value) = self.value(oid::SIGNING_CERTIFICATE)? {
            check_ess_v1(value, certificate)?;
            found = CertificateReference::Version1;
        }
        if let Some(value) = self.value(oid::SIGNING_CERTIFICATE_V2)? {
            check_ess_v2(value, certificate)?;
            found = CertificateReference::Version2;
        }
        Ok(found)
    }

    /// The seal structure, as read.
    pub(crate) fn seal(&self) -> Result<Option<&[u8]>, CmsError> {
        self.value(SEAL.as_bytes())
    }

    /// What the signature says of the document it was made for.
    pub(crate) fn sealed_document(&self) -> Result<Option<SealedDocument>, CmsError> {
        let value = self.value(SEALED_DOCUMENT.as_bytes())?;
        value.map(parse_sealed_document).transpose()
    }
}

impl Attribute {
    /// Whether it has a meaning here. Such an attribute occurs once; makers'
    /// own ones, which nobody here reads, may occur as they like.
    fn is_known(&self) -> bool {
        let known: [&[u8]; 7] = [
            oid::CONTENT_TYPE,
            oid::MESSAGE_DIGEST,
            oid::SIGNING_TIME,
            oid::SIGNING_CERTIFICATE,
            oid::SIGNING_CERTIFICATE_V2,
            SEAL.as_bytes(),
            SEALED_DOCUMENT.as_bytes(),
        ];
        known.contains(&self.kind.as_slice())
    }

    fn read(members: &mut Cursor<'_>) -> Result<Self, CmsError> {
        let sequence = members.expect(tag::SEQUENCE)?;
        let mut fields = Cursor::new("Attribute", sequence.value);
        let kind = fields.expect(tag::OBJECT_IDENTIFIER)?.value.to_vec();
        let set = fields.expect(tag::SET)?;
        fields.finish()?;
        let mut values = Vec::new();
        let mut elements = Cursor::new("Attribute", set.value);
        while !elements.is_empty() {
            values.push(elements.any()?.raw.to_vec());
        }
        Ok(Self { kind, values })
    }
}

fn parse_sealed_document(value: &[u8]) -> Result<SealedDocument, CmsError> {
    let structure = "SealedDocument";
    let sequence = tlv::single(structure, tag::SEQUENCE, value)?;
    let mut fields = Cursor::new(structure, sequence.value);
    let id = fields.optional(tag::OCTET_STRING)?;
    let length = fields.expect(tag::INTEGER)?.value;
    fields.finish()?;
    let what = "the length is out of range";
    let out_of_range = CmsError::Asn1(Asn1Error::Value { structure, what });
    match length {
        [first, ..] if *first < 0x80 && length.len() <= 8 => Ok(SealedDocument {
            document_id: id.map(|id| id.value.to_vec()),
            length: length
                .iter()
                .fold(0, |sum, &octet| (sum << 8) | u64::from(octet)),
        }),
        _ => Err(out_of_range),
    }
}

/// ```asn1
/// SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2,
///     policies SEQUENCE OF PolicyInformation OPTIONAL }
/// ESSCertIDv2 ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier DEFAULT sha256,
///     certHash OCTET STRING, issuerSerial IssuerSerial OPTIONAL }
/// ```
fn check_ess_v2(value: &[u8], certificate: &Certificate) -> Result<(), CmsError> {
    let mut fields = first_cert_id("ESSCertIDv2", value)?;
    let algorithm = if fields.peek() == Some(tag::SEQUENCE) {
        let algorithm = AlgorithmIdentifier::read(&mut fields)?;
        DigestAlgorithm::from_oid(&algorithm.oid)?
    } else {
        DigestAlgorithm::Sha256
    };
    let hash = fields.expect(tag::OCTET_STRING)?.value;
    let matches = hash == algorithm.digest(certificate.as_der());
    check_cert_id(fields, matches, certificate)
}

/// ```asn1
/// ESSCertID ::= SEQUENCE { certHash OCTET STRING (SHA-1),
///     issuerSerial IssuerSerial OPTIONAL }
/// ```
fn check_ess_v1(value: &[u8], certificate: &Certificate) -> Result<(), CmsError> {
    let mut fields = first_cert_id("ESSCertID", value)?;
    let hash = fields.expect(tag::OCTET_STRING)?.value;
    let matches = *hash == *Sha1::digest(certificate.as_der());
    check_cert_id(fields, matches, certificate)
}

/// The first entry is the signer's (RFC 5035, 3); the others are not used.
fn first_cert_id<'a>(structure: &'static str, value: &'a [u8]) -> Result<Cursor<'a>, CmsError> {
    let outer = tlv::single(structure, tag::SEQUENCE, value)?;
    let certs = Cursor::new(structure, outer.value).expect(tag::SEQUENCE)?;
    let first = Cursor::new(structure, certs.value).expect(tag::SEQUENCE)?;
    Ok(Cursor::new(structure, first.value))
}

/// ```asn1
/// IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber INTEGER }
/// ```
fn check_cert_id(
    mut fields: Cursor<'_>,
    hash_matches: bool,
    certificate: &Certificate,
) -> Result<(), CmsError> {
    let issuer_serial = fields.optional(tag::SEQUENCE)?;
    fields.finish()?;
    let mut matches = hash_matches;
    if let Some(issuer_serial) = issuer_serial {
        let mut parts = Cursor::new("IssuerSerial", issuer_serial.value);
        let names = parts.expect(tag::SEQUENCE)?;
        let serial = parts.expect(tag::INTEGER)?;
        parts.finish()?;
        // GeneralName ::= CHOICE { directoryName [4] EXPLICIT Name, .. }
        let directory = element(tag::context(4), certificate.issuer().as_der());
        matches = matches && serial.value == certificate.serial() && names.value == directory;
    }
    if matches {
        Ok(())
    } else {
        Err(CmsError::CertificateReferenceMismatch)
    }
}

fn dotted(oid: &[u8]) -> String {
    RawOid::from_content(oid).map_or_else(|_| String::from("?"), |oid| oid.to_string())
}
