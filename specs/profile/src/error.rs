//! What can be wrong with a structure read or asked for.

/// An error of this crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not the DER of the structure expected.
    #[error("{what} cannot be read: {source}")]
    Der {
        /// The structure expected.
        what: &'static str,
        /// The codec's reason, with the position.
        source: der::Error,
    },
    /// A value is longer, or a list has more entries, than is accepted.
    #[error("{what} is too large: {actual}, at most {limit}")]
    TooLarge {
        /// The value.
        what: &'static str,
        /// Bytes or entries found.
        actual: usize,
        /// Bytes or entries accepted.
        limit: usize,
    },
    /// A value that must not be empty is.
    #[error("{what} is empty")]
    Empty {
        /// The value.
        what: &'static str,
    },
    /// The header's identifier is not `ES`: this is no electronic seal.
    #[error("not an electronic seal: its header does not say ES")]
    NotASeal,
    /// A version of the seal structure other than 4.
    #[error("the seal structure has version {0}; version 4 is understood")]
    SealVersion(u32),
    /// `certListType` other than 1 (a list of certificates).
    #[error("the seal lists its holder's certificates in form {0}; form 1 is understood")]
    CertificateListType(u32),
    /// The validity ends before it begins.
    #[error("the validity ends before it begins")]
    Validity,
    /// A signature algorithm other than ECDSA with SHA-256.
    #[error("signature algorithm {0} is not supported")]
    Algorithm(crate::oid::RawOid),
    /// A public key that is not an uncompressed point on P-256.
    #[error("the public key is not a point on P-256")]
    PublicKey,
    /// The signature does not fit the data and the key.
    #[error("the signature does not fit")]
    Signature,
    /// An attestation certificate, or that of the key that signed it, does not say what it has to.
    #[error("the attestation's {what} is not what it has to be")]
    Attestation {
        /// What is not.
        what: &'static str,
    },
    /// Text that its ASN.1 type cannot hold.
    #[error("{what} has characters or a length that its type cannot hold")]
    Text {
        /// The value.
        what: &'static str,
    },
}

impl Error {
    /// Makes a closure that names the structure a codec error belongs to.
    pub(crate) fn der(what: &'static str) -> impl FnOnce(der::Error) -> Self {
        move |source| Self::Der { what, source }
    }
}

/// Refuses a size over its limit.
pub(crate) fn at_most(what: &'static str, actual: usize, limit: usize) -> Result<(), Error> {
    if actual > limit {
        return Err(Error::TooLarge {
            what,
            actual,
            limit,
        });
    }
    Ok(())
}
