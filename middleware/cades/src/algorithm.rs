//! Digest and signature algorithms: what is understood, and the checking.

use alloc::string::ToString;
use alloc::vec::Vec;

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::error::{Asn1Error, CmsError, UnsupportedAlgorithm};
use crate::oid;
use crate::tlv::{self, Cursor, Tlv, tag};

/// A digest algorithm that signatures may use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestAlgorithm {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384 (FIPS 180-4).
    Sha384,
    /// SHA-512 (FIPS 180-4).
    Sha512,
}

/// A digest being computed.
#[derive(Debug, Clone)]
pub enum Hasher {
    /// SHA-256.
    Sha256(Sha256),
    /// SHA-384.
    Sha384(Sha384),
    /// SHA-512.
    Sha512(Sha512),
}

impl DigestAlgorithm {
    /// Starts a digest.
    #[must_use]
    pub fn hasher(self) -> Hasher {
        match self {
            Self::Sha256 => Hasher::Sha256(Sha256::new()),
            Self::Sha384 => Hasher::Sha384(Sha384::new()),
            Self::Sha512 => Hasher::Sha512(Sha512::new()),
        }
    }

    /// The digest of bytes in memory.
    pub(crate) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let mut hasher = self.hasher();
        hasher.update(bytes);
        hasher.finish()
    }

    pub(crate) fn from_oid(content: &[u8]) -> Result<Self, UnsupportedAlgorithm> {
        match content {
            oid::SHA256 => Ok(Self::Sha256),
            oid::SHA384 => Ok(Self::Sha384),
            oid::SHA512 => Ok(Self::Sha512),
            other => Err(unsupported(other)),
        }
    }
}

impl Hasher {
    /// Takes in further bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha384(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// Ends the digest.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
            Self::Sha384(hasher) => hasher.finalize().to_vec(),
            Self::Sha512(hasher) => hasher.finalize().to_vec(),
        }
    }
}

/// ```asn1
/// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER,
///                                    parameters ANY OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AlgorithmIdentifier {
    /// Content octets of the identifier.
    pub(crate) oid: Vec<u8>,
    /// All octets of the parameters.
    pub(crate) parameters: Option<Vec<u8>>,
}

impl AlgorithmIdentifier {
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Asn1Error> {
        let sequence = cursor.expect(tag::SEQUENCE)?;
        let mut fields = Cursor::new("AlgorithmIdentifier", sequence.value);
        let oid = fields.expect(tag::OBJECT_IDENTIFIER)?.value.to_vec();
        let parameters = if fields.is_empty() {
            None
        } else {
            Some(fields.any()?.raw.to_vec())
        };
        fields.finish()?;
        Ok(Self { oid, parameters })
    }
}

/// ```asn1
/// SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier,
///                                     subjectPublicKey BIT STRING }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicKey {
    algorithm: AlgorithmIdentifier,
    bits: Vec<u8>,
}

impl PublicKey {
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Asn1Error> {
        let sequence = cursor.expect(tag::SEQUENCE)?;
        let mut fields = Cursor::new("SubjectPublicKeyInfo", sequence.value);
        let algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let bits = bit_string(&mut fields, "SubjectPublicKeyInfo")?.to_vec();
        fields.finish()?;
        Ok(Self { algorithm, bits })
    }

    /// The ECDSA key, if it is one on P-256.
    fn verifying_key(&self) -> Result<VerifyingKey, KeyError> {
        if self.algorithm.oid != oid::EC_PUBLIC_KEY {
            return Err(KeyError::Unsupported(unsupported(&self.algorithm.oid)));
        }
        let curve = self.algorithm.parameters.as_deref().unwrap_or_default();
        let curve = tlv::single("ECParameters", tag::OBJECT_IDENTIFIER, curve)
            .map_err(|_| KeyError::Malformed)?;
        if curve.value != oid::P256 {
            return Err(KeyError::Unsupported(unsupported(curve.value)));
        }
        VerifyingKey::from_sec1_bytes(&self.bits).map_err(|_| KeyError::Malformed)
    }

    /// Checks a signature over a digest already made.
    pub(crate) fn verify_digest(&self, digest: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        let key = self.verifying_key()?;
        let signature = Signature::from_der(signature).map_err(|_| KeyError::Mismatch)?;
        key.verify_prehash(digest, &signature)
            .map_err(|_| KeyError::Mismatch)
    }

    /// Checks a signature over bytes, of an algorithm that names its digest.
    pub(crate) fn verify(
        &self,
        algorithm: &AlgorithmIdentifier,
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<(), KeyError> {
        let digest = ecdsa_digest(&algorithm.oid).map_err(KeyError::Unsupported)?;
        self.verify_digest(&digest.digest(bytes), signature)
    }
}

/// Why a signature is not confirmed by a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyError {
    /// The key or the algorithm is of a kind not known here.
    Unsupported(UnsupportedAlgorithm),
    /// The key is no point on its curve.
    Malformed,
    /// The signature does not fit.
    Mismatch,
}

impl From<KeyError> for CmsError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Unsupported(cause) => Self::Unsupported(cause),
            KeyError::Malformed => Self::Key,
            KeyError::Mismatch => Self::SignatureMismatch,
        }
    }
}

/// The digest that an ECDSA algorithm identifier names (RFC 5758, 3.2).
pub(crate) fn ecdsa_digest(oid: &[u8]) -> Result<DigestAlgorithm, UnsupportedAlgorithm> {
    match oid {
        oid::ECDSA_SHA256 => Ok(DigestAlgorithm::Sha256),
        oid::ECDSA_SHA384 => Ok(DigestAlgorithm::Sha384),
        oid::ECDSA_SHA512 => Ok(DigestAlgorithm::Sha512),
        other => Err(unsupported(other)),
    }
}

/// What a certificate and a revocation list have in common: something, and a signature over its
/// octets (RFC 5280, 4.1.1 and 5.1.1).
pub(crate) struct Signed<'a> {
    /// The part that is signed.
    pub(crate) tbs: Tlv<'a>,
    /// With what it was signed.
    pub(crate) algorithm: AlgorithmIdentifier,
    /// The signature value.
    pub(crate) signature: Vec<u8>,
}

impl<'a> Signed<'a> {
    /// Reads the outer structure, of `limit` octets at most, and nothing after it.
    pub(crate) fn from_der(
        structure: &'static str,
        der: &'a [u8],
        limit: usize,
    ) -> Result<Self, Asn1Error> {
        if der.len() > limit {
            return Err(Asn1Error::TooLarge { structure, limit });
        }
        let outer = tlv::single(structure, tag::SEQUENCE, der)?;
        let mut parts = Cursor::new(structure, outer.value);
        let tbs = parts.expect(tag::SEQUENCE)?;
        let algorithm = AlgorithmIdentifier::read(&mut parts)?;
        let signature = bit_string(&mut parts, structure)?.to_vec();
        parts.finish()?;
        Ok(Self {
            tbs,
            algorithm,
            signature,
        })
    }
}

/// A BIT STRING of whole octets.
pub(crate) fn bit_string<'a>(
    cursor: &mut Cursor<'a>,
    structure: &'static str,
) -> Result<&'a [u8], Asn1Error> {
    match cursor.expect(tag::BIT_STRING)?.value.split_first() {
        Some((0, octets)) => Ok(octets),
        _ => Err(Asn1Error::Value {
            structure,
            what: "a bit string of whole octets is due",
        }),
    }
}

fn unsupported(oid: &[u8]) -> UnsupportedAlgorithm {
    UnsupportedAlgorithm {
        name: oid::name(oid).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streaming_and_whole_digests_agree() {
        for (algorithm, length) in [
            (DigestAlgorithm::Sha256, 32),
            (DigestAlgorithm::Sha384, 48),
            (DigestAlgorithm::Sha512, 64),
        ] {
            let mut hasher = algorithm.hasher();
            hasher.update(b"ab");
            hasher.update(b"c");
            let digest = hasher.finish();
            assert_eq!(digest, algorithm.digest(b"abc"));
            assert_eq!(digest.len(), length);
        }
    }

    #[test]
    fn what_is_not_known_is_named() {
        let sha1 = [0x2b, 0x0e, 0x03, 0x02, 0x1a];
        let error = DigestAlgorithm::from_oid(&sha1).unwrap_err();
        assert_eq!(error.name, "SHA-1");
        let error = ecdsa_digest(oid::SHA256).unwrap_err();
        assert_eq!(error.name, "SHA-256");
    }
}
