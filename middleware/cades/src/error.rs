//! What can be wrong with the structures this crate reads or is asked to build.

use alloc::string::String;

/// Why bytes are not the ASN.1 structure they should be (X.690).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Asn1Error {
    /// The input ends inside an element.
    #[error("{structure}: the data ends inside an element")]
    Truncated {
        /// The structure being read, in the standard's words.
        structure: &'static str,
    },
    /// Bytes follow where the structure should have ended.
    #[error("{structure}: {count} unexpected bytes follow")]
    TrailingData {
        /// The structure being read.
        structure: &'static str,
        /// How many bytes are left over.
        count: usize,
    },
    /// Another element was due here.
    #[error("{structure}: tag {found:#04x} where {expected:#04x} is due")]
    UnexpectedTag {
        /// The structure being read.
        structure: &'static str,
        /// The identifier octet that was due.
        expected: u8,
        /// The identifier octet that was found.
        found: u8,
    },
    /// An identifier or length octet that DER forbids (high tag number,
    /// indefinite length, length not in its shortest form).
    #[error("{structure}: not in the distinguished encoding (DER)")]
    NotDer {
        /// The structure being read.
        structure: &'static str,
    },
    /// A value has a form or size its type does not allow.
    #[error("{structure}: {what}")]
    Value {
        /// The structure being read.
        structure: &'static str,
        /// What is wrong with the value.
        what: &'static str,
    },
    /// More elements, bytes or nesting than this program reads.
    #[error("{structure}: larger than the limit of {limit}")]
    TooLarge {
        /// The structure being read.
        structure: &'static str,
        /// The limit that was passed.
        limit: usize,
    },
}

/// Why a signature could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The certificate given is not a readable X.509 certificate.
    #[error("the signer's certificate cannot be read: {0}")]
    Certificate(#[source] Asn1Error),
    /// The seal structure given is not one DER element.
    #[error("the seal structure cannot be read: {0}")]
    Seal(#[source] Asn1Error),
    /// The signature value is not a DER `ECDSA-Sig-Value`.
    #[error("the signature value is not a DER ECDSA-Sig-Value: {0}")]
    Signature(#[source] Asn1Error),
    /// The timestamp token given is not one DER element.
    #[error("the timestamp token cannot be read: {0}")]
    Token(#[source] Asn1Error),
    /// The revocation list or OCSP response given is not one DER element.
    #[error("the validation data cannot be read: {0}")]
    Revocation(#[source] Asn1Error),
    /// The signature given is not one of one signer in DER.
    #[error("the signature cannot be taken apart: {0}")]
    SignedData(#[source] Asn1Error),
    /// An element would be longer than this program writes.
    #[error("an element of {length} bytes is longer than the limit")]
    TooLong {
        /// Bytes the element would have.
        length: usize,
    },
}

/// An algorithm that this program does not know how to check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the algorithm {name} is not supported")]
pub struct UnsupportedAlgorithm {
    /// The algorithm's usual name, or its dotted object identifier.
    pub name: String,
}

impl UnsupportedAlgorithm {
    /// The algorithm with this identifier (DER content octets).
    pub(crate) fn of(oid: &[u8]) -> Self {
        let name = crate::oid::name(oid);
        Self { name }
    }

    pub(crate) fn named(name: &str) -> Self {
        let name = String::from(name);
        Self { name }
    }
}

/// Why a signature cannot be read, or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CmsError {
    /// Not the ASN.1 that RFC 5652 asks for.
    #[error(transparent)]
    Asn1(#[from] Asn1Error),
    /// A `ContentInfo` of another type.
    #[error("the content is of type {found}, not signed-data")]
    NotSignedData {
        /// The type, dotted.
        found: String,
    },
    /// Nothing but zeros: the place of a signature that was never made.
    #[error("the place of the signature is empty")]
    Empty,
    /// The signature carries its content, or content of another type.
    #[error("the signature is not detached from plain data")]
    NotDetached,
    /// None or several signers.
    #[error("the signature has {count} signers; one is due")]
    Signers {
        /// How many.
        count: usize,
    },
    /// The algorithms that were signed (RFC 6211) are not those it names.
    #[error("the signature names other algorithms than were signed")]
    AlgorithmProtection,
    /// A signed attribute occurs twice (RFC 5652, 5.3).
    #[error("the signed attribute {kind} occurs twice")]
    DuplicateAttribute {
        /// The attribute, dotted.
        kind: String,
    },
    /// A signed attribute has none or several values.
    #[error("the signed attribute {kind} has {count} values")]
    AttributeValues {
        /// The attribute, dotted.
        kind: String,
        /// How many.
        count: usize,
    },
    /// A signed attribute that must be there is not.
    #[error("the signed attribute {kind} is missing")]
    MissingAttribute {
        /// The attribute, dotted.
        kind: String,
    },
    /// The content-type attribute names another type than that of the content.
    #[error("the signed content type is {found}, not that of the content")]
    ContentType {
        /// The type, dotted.
        found: String,
    },
    /// An algorithm that cannot be checked here.
    #[error(transparent)]
    Unsupported(#[from] UnsupportedAlgorithm),
    /// The digest algorithm and the one in the signature algorithm differ.
    #[error("the two digest algorithms of the signature differ")]
    DigestAlgorithmMismatch,
    /// The signer's certificate is not in the signature.
    #[error("the signer's certificate is missing")]
    NoSignerCertificate,
    /// The signer's public key is malformed.
    #[error("the signer's public key is malformed")]
    Key,
    /// The signed reference is to another certificate.
    #[error("the signature was made for another certificate than it shows")]
    CertificateReferenceMismatch,
    /// The digest that was signed is not that of the content.
    #[error("the content is not what was signed")]
    MessageDigestMismatch,
    /// The signature value does not fit the attributes and the key.
    #[error("the signature value does not fit")]
    SignatureMismatch,
}
