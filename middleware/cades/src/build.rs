//! Building a detached CAdES signature around a value that was made elsewhere.
//!
//! The form is the baseline B-B of PAdES (ETSI EN 319 142-1, 6) on CMS
//! (RFC 5652): a digest goes out, a signature value comes back, and nothing
//! here ever hashes the attributes a second time.

mod longer;

use alloc::vec::Vec;

use sello_profile::oid::{RawOid, SEAL, SEALED_DOCUMENT};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::datetime;
use crate::error::{Asn1Error, BuildError};
use crate::oid;
use crate::tlv::{self, Cursor, Tlv, constructed, element, set_of, tag};

pub use longer::{ArchiveDraft, ValidationData, add_signature_timestamp, add_validation_data};

/// Longest element that is built, in bytes; a seal or a certificate beyond it
/// is refused.
const MAX_ELEMENT: usize = 16 * 1024 * 1024;

/// What the signed attribute `sealed-document` says of the document.
///
/// ```asn1
/// SealedDocument ::= SEQUENCE {
///     documentId  OCTET STRING OPTIONAL,
///     length      INTEGER }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedDocument {
    /// First element of the trailer's `ID` (ISO 32000-2, 14.4), where there is one.
    pub document_id: Option<Vec<u8>>,
    /// Bytes covered by the `ByteRange`, the gap left out.
    pub length: u64,
}

/// The signed attributes of one signature, in their final encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAttributes {
    der: Vec<u8>,
    content_type: &'static [u8],
}

impl SignedAttributes {
    /// Makes the attributes: content-type `id-data`, message-digest,
    /// signing-certificate-v2 (RFC 5035, SHA-256, without issuerSerial), and
    /// Sello's `seal` and `sealed-document` where given. There is no
    /// signing-time: PAdES forbids it (EN 319 142-1, 6.3).
    ///
    /// `message_digest` is the SHA-256 of the covered bytes,
    /// `seal_der` the seal structure (DER `SESeal`).
    ///
    /// # Errors
    /// If the certificate or the seal is not one DER SEQUENCE, or too long.
    pub fn new(
        message_digest: [u8; 32],
        signer_certificate_der: &[u8],
        seal_der: Option<&[u8]>,
        document: Option<&SealedDocument>,
    ) -> Result<Self, BuildError> {
        let mut attributes = mandatory(oid::DATA, message_digest, signer_certificate_der)?;
        if let Some(seal) = seal_der {
            check_element(seal, "SESeal").map_err(BuildError::Seal)?;
            attributes.push(own_attribute(&SEAL, seal));
        }
        if let Some(document) = document {
            attributes.push(own_attribute(&SEALED_DOCUMENT, &document.to_der()));
        }
        Self::of(attributes, oid::DATA)
    }

    /// The attributes of a signature on any file (CAdES B-B, ETSI EN 319 122-1,
    /// 6): those of [`new`](Self::new), and signing-time, which CAdES asks for.
    /// The time is the maker's claim and proves nothing.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_file(
        message_digest: [u8; 32],
        signer_certificate_der: &[u8],
        seal_der: Option<&[u8]>,
        document: Option<&SealedDocument>,
        signing_time: OffsetDateTime,
    ) -> Result<Self, BuildError> {
        let mut attributes = mandatory(oid::DATA, message_digest, signer_certificate_der)?;
        attributes.push(attribute(oid::SIGNING_TIME, &datetime::time(signing_time)));
        if let Some(seal) = seal_der {
            check_element(seal, "SESeal").map_err(BuildError::Seal)?;
            attributes.push(own_attribute(&SEAL, seal));
        }
        if let Some(document) = document {
            attributes.push(own_attribute(&SEALED_DOCUMENT, &document.to_der()));
        }
        Self::of(attributes, oid::DATA)
    }

    /// The attributes of a timestamp token around this `TSTInfo` (RFC 3161,
    /// 2.4.2; RFC 5816).
    pub(crate) fn of_token(info: &[u8], certificate: &[u8]) -> Result<Self, BuildError> {
        let digest = Sha256::digest(info).into();
        Self::of(
            mandatory(oid::TST_INFO, digest, certificate)?,
            oid::TST_INFO,
        )
    }

    fn of(attributes: Vec<Vec<u8>>, content_type: &'static [u8]) -> Result<Self, BuildError> {
        let der = set_of(tag::SET, attributes);
        within_limit(der.len())?;
        Ok(Self { der, content_type })
    }

    /// The DER SET OF Attribute: the bytes that are hashed and signed
    /// (RFC 5652, 5.4).
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of [`der`](Self::der): what the card signs.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }
}

impl SealedDocument {
    fn to_der(&self) -> Vec<u8> {
        let id = self
            .document_id
            .as_ref()
            .map(|id| element(tag::OCTET_STRING, id));
        constructed(
            tag::SEQUENCE,
            &[
                id.as_deref().unwrap_or_default(),
                &tlv::unsigned(self.length),
            ],
        )
    }
}

/// Puts the signature together: the DER `ContentInfo` with a detached
/// `SignedData` of one `SignerInfo` (RFC 5652, 5).
///
/// `signature_der` is the DER `ECDSA-Sig-Value` over
/// [`SignedAttributes::digest`]; `other_certificates` are the issuers', in any
/// order and without regard to duplicates.
///
/// # Errors
/// If the certificates or the signature value cannot be read as what they
/// must be, or the whole is too long.
pub fn signed_data(
    attributes: &SignedAttributes,
    signature_der: &[u8],
    signer_certificate_der: &[u8],
    other_certificates: &[Vec<u8>],
) -> Result<Vec<u8>, BuildError> {
    assemble(
        attributes,
        signature_der,
        signer_certificate_der,
        Some(other_certificates),
        None,
    )
}

/// [`signed_data`] with the content in it; without certificates where none are
/// given, not even the signer's.
pub(crate) fn assemble(
    attributes: &SignedAttributes,
    signature_der: &[u8],
    signer_certificate_der: &[u8],
    other_certificates: Option<&[Vec<u8>]>,
    content: Option<&[u8]>,
) -> Result<Vec<u8>, BuildError> {
    check_element(signature_der, "ECDSA-Sig-Value").map_err(BuildError::Signature)?;
    let sha256 = constructed(tag::SEQUENCE, &[&object_identifier(oid::SHA256)]);
    let certificates = other_certificates
        .map(|others| certificate_set(signer_certificate_der, others))
        .transpose()?;
    let signer = signer_info(attributes, signature_der, signer_certificate_der, &sha256)?;
    let content = content.map(|content| {
        let octets = element(tag::OCTET_STRING, content);
        element(tag::context(0), &octets)
    });
    // RFC 5652, 5.1: version 3 where the content is not plain data.
    let version = if attributes.content_type == oid::DATA {
        1
    } else {
        3
    };
    let encapsulated = constructed(
        tag::SEQUENCE,
        &[
            &object_identifier(attributes.content_type),
            content.as_deref().unwrap_or_default(),
        ],
    );
    let signed_data = constructed(
        tag::SEQUENCE,
        &[
            &tlv::unsigned(version),
            &element(tag::SET, &sha256),
            &encapsulated,
            certificates.as_deref().unwrap_or_default(),
            &element(tag::SET, &signer),
        ],
    );
    within_limit(signed_data.len())?;
    Ok(constructed(
        tag::SEQUENCE,
        &[
            &object_identifier(oid::SIGNED_DATA),
            &element(tag::context(0), &signed_data),
        ],
    ))
}

/// Puts a further unsigned attribute behind those of the last signer. Every
/// octet that was signed stays as it is; only lengths around it change.
pub(crate) fn add_unsigned(signature: &[u8], attribute: Vec<u8>) -> Result<Vec<u8>, BuildError> {
    let wrong = BuildError::SignedData;
    let (kind, mut cursor) = opened(signature).map_err(wrong)?;
    let mut fields = Vec::new();
    while !cursor.is_empty() {
        fields.push(cursor.any().map_err(wrong)?);
    }
    // The signers are the last field.
    let signers = fields.pop().filter(|field| field.tag == tag::SET);
    let missing = Asn1Error::Truncated {
        structure: "SignedData",
    };
    let signers = signers.ok_or(BuildError::SignedData(missing))?;
    let signer = tlv::single("SignerInfo", tag::SEQUENCE, signers.value).map_err(wrong)?;
    let signer = with_unsigned(signer.value, attribute).map_err(wrong)?;
    let before: Vec<u8> = fields.iter().flat_map(|field| field.raw.to_vec()).collect();
    closed(kind, &[&before, &element(tag::SET, &signer)])
}

/// The content type of a `ContentInfo`, and the fields of the `SignedData` in it.
fn opened(signature: &[u8]) -> Result<(Tlv<'_>, Cursor<'_>), Asn1Error> {
    let content_info = tlv::single("ContentInfo", tag::SEQUENCE, signature)?;
    let mut outer = Cursor::new("ContentInfo", content_info.value);
    let kind = outer.expect(tag::OBJECT_IDENTIFIER)?;
    let explicit = outer.expect(tag::context(0))?;
    outer.finish()?;
    let signed_data = tlv::single("SignedData", tag::SEQUENCE, explicit.value)?;
    Ok((kind, Cursor::new("SignedData", signed_data.value)))
}

/// What [`opened`] took apart, with these fields.
fn closed(kind: Tlv<'_>, fields: &[&[u8]]) -> Result<Vec<u8>, BuildError> {
    let signed_data = constructed(tag::SEQUENCE, fields);
    within_limit(signed_data.len())?;
    let explicit = element(tag::context(0), &signed_data);
    Ok(constructed(tag::SEQUENCE, &[kind.raw, &explicit]))
}

fn with_unsigned(signer: &[u8], attribute: Vec<u8>) -> Result<Vec<u8>, Asn1Error> {
    let mut cursor = Cursor::new("SignerInfo", signer);
    let mut signed = Vec::new();
    let mut unsigned = Vec::new();
    while !cursor.is_empty() {
        let field = cursor.any()?;
        if field.tag == tag::context(1) {
            let mut members = Cursor::new("UnsignedAttributes", field.value);
            while !members.is_empty() {
                unsigned.push(members.any()?.raw.to_vec());
            }
        } else {
            signed.extend_from_slice(field.raw);
        }
    }
    unsigned.push(attribute);
    let unsigned = set_of(tag::context(1), unsigned);
    Ok(constructed(tag::SEQUENCE, &[&signed, &unsigned]))
}

/// What every signature has: content-type, message-digest and
/// signing-certificate-v2.
fn mandatory(
    content_type: &[u8],
    message_digest: [u8; 32],
    certificate: &[u8],
) -> Result<Vec<Vec<u8>>, BuildError> {
    check_element(certificate, "Certificate").map_err(BuildError::Certificate)?;
    Ok(Vec::from([
        attribute(oid::CONTENT_TYPE, &object_identifier(content_type)),
        attribute(
            oid::MESSAGE_DIGEST,
            &element(tag::OCTET_STRING, &message_digest),
        ),
        attribute(
            oid::SIGNING_CERTIFICATE_V2,
            &signing_certificate_v2(certificate),
        ),
    ]))
}

/// ```asn1
/// SignerInfo ::= SEQUENCE { version 1, IssuerAndSerialNumber,
///     digestAlgorithm, [0] IMPLICIT SignedAttributes,
///     signatureAlgorithm, signature OCTET STRING }
/// ```
fn signer_info(
    attributes: &SignedAttributes,
    signature: &[u8],
    certificate: &[u8],
    digest_algorithm: &[u8],
) -> Result<Vec<u8>, BuildError> {
    let (issuer, serial) =
        issuer_and_serial_number(certificate).map_err(BuildError::Certificate)?;
    // The attributes are hashed as a SET OF and carried as [0] IMPLICIT: only
    // the identifier octet differs.
    let carried: Vec<u8> = core::iter::once(tag::context(0))
        .chain(attributes.der.iter().skip(1).copied())
        .collect();
    Ok(constructed(
        tag::SEQUENCE,
        &[
            &tlv::unsigned(1),
            &constructed(tag::SEQUENCE, &[issuer, serial]),
            digest_algorithm,
            &carried,
            &constructed(tag::SEQUENCE, &[&object_identifier(oid::ECDSA_SHA256)]),
            &element(tag::OCTET_STRING, signature),
        ],
    ))
}

/// `certificates [0] IMPLICIT CertificateSet`, each certificate once.
fn certificate_set(signer: &[u8], others: &[Vec<u8>]) -> Result<Vec<u8>, BuildError> {
    let mut all: Vec<Vec<u8>> = Vec::from([signer.to_vec()]);
    for other in others {
        check_element(other, "Certificate").map_err(BuildError::Certificate)?;
        if !all.contains(other) {
            all.push(other.clone());
        }
    }
    Ok(set_of(tag::context(0), all))
}

/// The issuer's name and the serial number, as they stand in the certificate
/// (RFC 5280, 4.1).
fn issuer_and_serial_number(certificate: &[u8]) -> Result<(&[u8], &[u8]), Asn1Error> {
    let outer = tlv::single("Certificate", tag::SEQUENCE, certificate)?;
    let tbs = Cursor::new("Certificate", outer.value).expect(tag::SEQUENCE)?;
    let mut fields = Cursor::new("TBSCertificate", tbs.value);
    fields.optional(tag::context(0))?;
    let serial = fields.expect(tag::INTEGER)?;
    fields.expect(tag::SEQUENCE)?;
    let issuer = fields.expect(tag::SEQUENCE)?;
    Ok((issuer.raw, serial.raw))
}

/// ```asn1
/// SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2 }
/// ESSCertIDv2 ::= SEQUENCE { hashAlgorithm DEFAULT sha256, certHash OCTET STRING }
/// ```
fn signing_certificate_v2(certificate: &[u8]) -> Vec<u8> {
    let hash = element(tag::OCTET_STRING, &Sha256::digest(certificate));
    let id = element(tag::SEQUENCE, &hash);
    constructed(tag::SEQUENCE, &[&element(tag::SEQUENCE, &id)])
}

/// `Attribute ::= SEQUENCE { attrType, attrValues SET OF }` with one value.
fn attribute(kind: &[u8], value: &[u8]) -> Vec<u8> {
    constructed(
        tag::SEQUENCE,
        &[&object_identifier(kind), &element(tag::SET, value)],
    )
}

fn own_attribute(kind: &RawOid, value: &[u8]) -> Vec<u8> {
    attribute(kind.as_bytes(), value)
}

fn object_identifier(content: &[u8]) -> Vec<u8> {
    element(tag::OBJECT_IDENTIFIER, content)
}

fn check_element(bytes: &[u8], structure: &'static str) -> Result<(), Asn1Error> {
    if bytes.len() > MAX_ELEMENT {
        return Err(Asn1Error::TooLarge {
            structure,
            limit: MAX_ELEMENT,
        });
    }
    tlv::single(structure, tag::SEQUENCE, bytes).map(|_| ())
}

const fn within_limit(length: usize) -> Result<(), BuildError> {
    if length > MAX_ELEMENT {
        Err(BuildError::TooLong { length })
    } else {
        Ok(())
    }
}
