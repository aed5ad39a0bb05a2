//! Building a detached CAdES signature around a value that was made elsewhere.
//!
//! The form is the baseline B-B of PAdES (ETSI EN 319 142-1, 6) on CMS
//! (RFC 5652): a digest goes out, a signature value comes back, and nothing
//! here ever hashes the attributes a second time.

use alloc::vec::Vec;

use sello_profile::oid::{RawOid, SEAL, SEALED_DOCUMENT};
use sha2::{Digest, Sha256};

use crate::error::{Asn1Error, BuildError};
use crate::oid;
use crate::tlv::{self, Cursor, constructed, element, set_of, tag};

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
        check_element(signer_certificate_der, "Certificate").map_err(BuildError::Certificate)?;
        let mut attributes = Vec::from([
            attribute(oid::CONTENT_TYPE, &object_identifier(oid::DATA)),
            attribute(
                oid::MESSAGE_DIGEST,
                &element(tag::OCTET_STRING, &message_digest),
            ),
            attribute(
                oid::SIGNING_CERTIFICATE_V2,
                &signing_certificate_v2(signer_certificate_der),
            ),
        ]);
        if let Some(seal) = seal_der {
            check_element(seal, "SESeal").map_err(BuildError::Seal)?;
            attributes.push(own_attribute(&SEAL, seal));
        }
        if let Some(document) = document {
            attributes.push(own_attribute(&SEALED_DOCUMENT, &document.to_der()));
        }
        let der = set_of(tag::SET, attributes);
        within_limit(der.len())?;
        Ok(Self { der })
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
    check_element(signature_der, "ECDSA-Sig-Value").map_err(BuildError::Signature)?;
    let sha256 = constructed(tag::SEQUENCE, &[&object_identifier(oid::SHA256)]);
    let certificates = certificate_set(signer_certificate_der, other_certificates)?;
    let signer = signer_info(attributes, signature_der, signer_certificate_der, &sha256)?;
    let signed_data = constructed(
        tag::SEQUENCE,
        &[
            &tlv::unsigned(1),
            &element(tag::SET, &sha256),
            &constructed(tag::SEQUENCE, &[&object_identifier(oid::DATA)]),
            &certificates,
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
