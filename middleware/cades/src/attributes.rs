//! Signed attributes as read (RFC 5652, 5.3 and 11).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sello_profile::oid::{RawOid, SEAL, SEALED_DOCUMENT};
use sha1::Sha1;
use sha2::Digest as _;

use crate::algorithm::AlgorithmIdentifier;
use crate::build::SealedDocument;
use crate::certificate::Certificate;
use crate::digest::DigestAlgorithm;
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

/// `Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// Content octets of the type.
    pub(crate) kind: Vec<u8>,
    /// The values as read.
    pub(crate) values: Vec<Vec<u8>>,
    /// All of its octets as read.
    pub(crate) raw: Vec<u8>,
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
        let all = read_all("SignedAttributes", content)?;
        for (index, attribute) in all.iter().enumerate() {
            let mut before = all.iter().take(index);
            if !attribute.is_single() {
                continue;
            }
            let kind = dotted(&attribute.kind);
            if before.any(|other| other.kind == attribute.kind) {
                return Err(CmsError::DuplicateAttribute { kind });
            }
            if attribute.values.len() != 1 {
                let count = attribute.values.len();
                return Err(CmsError::AttributeValues { kind, count });
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

    /// Every value of the attributes of this type.
    pub(crate) fn values<'a>(&'a self, kind: &[u8]) -> impl Iterator<Item = &'a [u8]> {
        values(&self.all, kind)
    }

    /// The single value of an attribute.
    pub(crate) fn value(&self, kind: &[u8]) -> Result<Option<&[u8]>, CmsError> {
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

    /// Checks content-type and gives the message-digest. `content_type` is that
    /// of the content; a counter-signature has none (RFC 5652, 11.4), and what
    /// it says of itself then is passed over.
    pub(crate) fn message_digest(&self, content_type: Option<&[u8]>) -> Result<&[u8], CmsError> {
        let missing = |kind: &[u8]| CmsError::MissingAttribute { kind: dotted(kind) };
        if let Some(due) = content_type {
            let stated = self.value(oid::CONTENT_TYPE)?;
            let stated = stated.ok_or_else(|| missing(oid::CONTENT_TYPE))?;
            let stated = tlv::single("ContentType", tag::OBJECT_IDENTIFIER, stated)?;
            if stated.value != due {
                return Err(CmsError::ContentType {
                    found: dotted(stated.value),
                });
            }
        }
        let digest = self.value(oid::MESSAGE_DIGEST)?;
        let digest = digest.ok_or_else(|| missing(oid::MESSAGE_DIGEST))?;
        Ok(tlv::single("MessageDigest", tag::OCTET_STRING, digest)?.value)
    }

    /// Checks that the algorithms that were signed are those that are used
    /// (RFC 6211), where they were signed.
    pub(crate) fn check_algorithms(
        &self,
        digest: &AlgorithmIdentifier,
        signature: &AlgorithmIdentifier,
    ) -> Result<(), CmsError> {
        let Some(value) = self.value(oid::ALGORITHM_PROTECTION)? else {
            return Ok(());
        };
        let structure = "CMSAlgorithmProtection";
        let sequence = tlv::single(structure, tag::SEQUENCE, value)?;
        let mut fields = Cursor::new(structure, sequence.value);
        let stated_digest = AlgorithmIdentifier::read(&mut fields)?;
        let stated_signature = fields.expect(tag::context(1))?.value;
        let stated_signature = AlgorithmIdentifier::from_content(stated_signature)?;
        fields.finish()?;
        if stated_digest.means(digest) && stated_signature.means(signature) {
            Ok(())
        } else {
            Err(CmsError::AlgorithmProtection)
        }
    }

    /// When it was made, as the signer says (RFC 5652, 11.3). It proves nothing.
    pub(crate) fn signing_time(&self) -> Result<Option<time::OffsetDateTime>, CmsError> {
        let Some(value) = self.value(oid::SIGNING_TIME)? else {
            return Ok(None);
        };
        let mut cursor = Cursor::new("SigningTime", value);
        let time = crate::datetime::read(&mut cursor, "SigningTime")?;
        cursor.finish()?;
        Ok(Some(time))
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
    /// Whether it occurs once. Of content timestamps and the like there may be
    /// several (EN 319 122-1, 5.2.8); makers' own attributes, which nobody here
    /// reads, may occur as they like.
    fn is_single(&self) -> bool {
        let single: [&[u8]; 11] = [
            oid::CONTENT_IDENTIFIER,
            oid::CONTENT_TYPE,
            oid::MESSAGE_DIGEST,
            oid::SIGNING_TIME,
            oid::SIGNING_CERTIFICATE,
            oid::SIGNING_CERTIFICATE_V2,
            oid::ALGORITHM_PROTECTION,
            oid::CONTENT_HINTS,
            oid::SIGNATURE_POLICY,
            SEAL.as_bytes(),
            SEALED_DOCUMENT.as_bytes(),
        ];
        single.contains(&self.kind.as_slice())
    }

    fn read(members: &mut Cursor<'_>) -> Result<Self, Asn1Error> {
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
        Ok(Self {
            kind,
            values,
            raw: sequence.raw.to_vec(),
        })
    }
}

/// Reads `SET OF Attribute`, or what stands in its place.
pub(crate) fn read_all(
    structure: &'static str,
    content: &[u8],
) -> Result<Vec<Attribute>, Asn1Error> {
    let mut members = Cursor::new(structure, content);
    let mut all = Vec::new();
    while !members.is_empty() {
        all.push(Attribute::read(&mut members)?);
        if all.len() > MAX_ATTRIBUTES {
            let limit = MAX_ATTRIBUTES;
            return Err(Asn1Error::TooLarge { structure, limit });
        }
    }
    Ok(all)
}

/// Every value of the attributes of this type.
pub(crate) fn values<'a>(all: &'a [Attribute], kind: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    all.iter()
        .filter(move |attribute| attribute.kind == kind)
        .flat_map(|attribute| attribute.values.iter().map(Vec::as_slice))
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

pub(crate) fn dotted(oid: &[u8]) -> String {
    RawOid::from_content(oid).map_or_else(|_| String::from("?"), |oid| oid.to_string())
}
