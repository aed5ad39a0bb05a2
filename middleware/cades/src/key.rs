//! Public keys, and the checking of signatures with them.

use alloc::vec::Vec;

use ed25519_dalek::Signature as Ed25519Signature;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use crate::algorithm::{AlgorithmIdentifier, bit_string};
use crate::digest::DigestAlgorithm;
use crate::error::{Asn1Error, CmsError, UnsupportedAlgorithm};
use crate::oid;
use crate::scheme::Scheme;
use crate::tlv::{self, Cursor, constructed, element, tag};

/// Largest RSA modulus, in bits: the work grows with its square.
const MAX_RSA_BITS: usize = 8192;

/// ```asn1
/// SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier,
///                                     subjectPublicKey BIT STRING }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicKey {
    algorithm: AlgorithmIdentifier,
    bits: Vec<u8>,
}

/// What was signed: all of it, or only its digest.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Message<'a> {
    /// The octets.
    Whole(&'a [u8]),
    /// Their digest, of the algorithm that the scheme uses.
    Digest(&'a [u8]),
}

/// Why a signature is not confirmed by a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyError {
    /// The key or the algorithm is of a kind not known here.
    Unsupported(UnsupportedAlgorithm),
    /// The key is malformed: no point on its curve, or no modulus that can be one.
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

impl PublicKey {
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Asn1Error> {
        let sequence = cursor.expect(tag::SEQUENCE)?;
        let mut fields = Cursor::new("SubjectPublicKeyInfo", sequence.value);
        let algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let bits = bit_string(&mut fields, "SubjectPublicKeyInfo")?.to_vec();
        fields.finish()?;
        Ok(Self { algorithm, bits })
    }

    /// The octets of the key itself, which key identifiers are digests of
    /// (RFC 5280, 4.2.1.2; RFC 6960, 4.2.1).
    pub(crate) fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// Checks a signature over bytes, of an algorithm that names all.
    pub(crate) fn verify(
        &self,
        algorithm: &AlgorithmIdentifier,
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<(), KeyError> {
        let scheme = Scheme::of(algorithm, None).map_err(KeyError::Unsupported)?;
        self.check(scheme, Message::Whole(bytes), signature)
    }

    /// Checks a signature.
    pub(crate) fn check(
        &self,
        scheme: Scheme,
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<(), KeyError> {
        let digest = match (message, scheme.digest()) {
            (Message::Whole(bytes), Some(algorithm)) => algorithm.digest(bytes),
            (Message::Whole(bytes), None) => return self.check_ed25519(bytes, signature),
            (Message::Digest(digest), Some(algorithm)) if digest.len() == algorithm.length() => {
                digest.to_vec()
            }
            (Message::Digest(_), Some(_)) => return Err(KeyError::Mismatch),
            (Message::Digest(_), None) => {
                let what = "Ed25519 without signed attributes";
                return Err(KeyError::Unsupported(UnsupportedAlgorithm::named(what)));
            }
        };
        match scheme {
            Scheme::Ecdsa(_) => self.check_ecdsa(&digest, signature, false),
            Scheme::PlainEcdsa(_) => self.check_ecdsa(&digest, signature, true),
            Scheme::Pkcs1(algorithm) => self.check_pkcs1(algorithm, &digest, signature),
            Scheme::Pss { digest: kind, salt } => self.check_pss(kind, salt, &digest, signature),
            Scheme::Ed25519 => Err(KeyError::Mismatch),
        }
    }

    fn check_ecdsa(&self, digest: &[u8], signature: &[u8], plain: bool) -> Result<(), KeyError> {
        if self.algorithm.oid != oid::EC_PUBLIC_KEY {
            return Err(self.wrong_kind());
        }
        let curve = self.algorithm.parameters.as_deref().unwrap_or_default();
        let curve = tlv::single("ECParameters", tag::OBJECT_IDENTIFIER, curve)
            .map_err(|_| KeyError::Malformed)?;
        macro_rules! verify {
            ($curve:ty, $octets:literal) => {{
                type Signature = ecdsa::Signature<$curve>;
                let key = ecdsa::VerifyingKey::<$curve>::from_sec1_bytes(&self.bits);
                let key = key.map_err(|_| KeyError::Malformed)?;
                let signature = if plain {
                    Signature::from_slice(signature)
                } else {
                    Signature::from_der(signature)
                };
                let signature = signature.map_err(|_| KeyError::Mismatch)?;
                key.verify_prehash(&widened(digest, $octets), &signature)
                    .map_err(|_| KeyError::Mismatch)
            }};
        }
        match curve.value {
            oid::P256 => verify!(p256::NistP256, 32),
            oid::P384 => verify!(p384::NistP384, 48),
            oid::P521 => verify!(p521::NistP521, 66),
            oid::BRAINPOOL_P256 => verify!(bp256::BrainpoolP256r1, 32),
            oid::BRAINPOOL_P384 => verify!(bp384::BrainpoolP384r1, 48),
            other => Err(KeyError::Unsupported(UnsupportedAlgorithm::of(other))),
        }
    }

    fn check_ed25519(&self, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        if self.algorithm.oid != oid::ED25519 {
            return Err(self.wrong_kind());
        }
        let key = <[u8; 32]>::try_from(self.bits.as_slice()).map_err(|_| KeyError::Malformed)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&key).map_err(|_| KeyError::Malformed)?;
        let signature = Ed25519Signature::from_slice(signature).map_err(|_| KeyError::Mismatch)?;
        key.verify_strict(message, &signature)
            .map_err(|_| KeyError::Mismatch)
    }

    fn check_pkcs1(
        &self,
        algorithm: DigestAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), KeyError> {
        if self.algorithm.oid != oid::RSA {
            return Err(self.wrong_kind());
        }
        let padding = Pkcs1v15Sign {
            hash_len: Some(algorithm.length()),
            prefix: digest_info_prefix(algorithm).into_boxed_slice(),
        };
        self.rsa()?
            .verify(padding, digest, signature)
            .map_err(|_| KeyError::Mismatch)
    }

    fn check_pss(
        &self,
        algorithm: DigestAlgorithm,
        salt: usize,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), KeyError> {
        if self.algorithm.oid != oid::RSA && self.algorithm.oid != oid::RSA_PSS {
            return Err(self.wrong_kind());
        }
        let key = self.rsa()?;
        let verified = match algorithm {
            DigestAlgorithm::Sha1 => {
                key.verify(Pss::<Sha1>::new_with_salt(salt), digest, signature)
            }
            DigestAlgorithm::Sha224 => {
                key.verify(Pss::<Sha224>::new_with_salt(salt), digest, signature)
            }
            DigestAlgorithm::Sha256 => {
                key.verify(Pss::<Sha256>::new_with_salt(salt), digest, signature)
            }
            DigestAlgorithm::Sha384 => {
                key.verify(Pss::<Sha384>::new_with_salt(salt), digest, signature)
            }
            DigestAlgorithm::Sha512 => {
                key.verify(Pss::<Sha512>::new_with_salt(salt), digest, signature)
            }
        };
        verified.map_err(|_| KeyError::Mismatch)
    }

    /// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }`
    fn rsa_numbers(&self) -> Option<(&[u8], &[u8])> {
        let structure = "RSAPublicKey";
        let sequence = tlv::single(structure, tag::SEQUENCE, &self.bits).ok()?;
        let mut fields = Cursor::new(structure, sequence.value);
        let modulus = positive(fields.expect(tag::INTEGER).ok()?.value)?;
        let exponent = positive(fields.expect(tag::INTEGER).ok()?.value)?;
        fields.finish().ok()?;
        Some((modulus, exponent))
    }

    fn rsa(&self) -> Result<RsaPublicKey, KeyError> {
        let (modulus, exponent) = self.rsa_numbers().ok_or(KeyError::Malformed)?;
        let bits = bit_length(modulus);
        if bits > MAX_RSA_BITS {
            let name = alloc::format!("RSA of {bits} bits");
            return Err(KeyError::Unsupported(UnsupportedAlgorithm { name }));
        }
        let number = |octets: &[u8]| {
            let precision = u32::try_from(octets.len().saturating_mul(8)).ok()?;
            BoxedUint::from_be_slice(octets, precision).ok()
        };
        let (modulus, exponent) = number(modulus)
            .zip(number(exponent))
            .ok_or(KeyError::Malformed)?;
        RsaPublicKey::new(modulus, exponent).map_err(|_| KeyError::Malformed)
    }

    /// Bits of the modulus, if it is an RSA key.
    pub(crate) fn rsa_bits(&self) -> Option<usize> {
        let is_rsa = self.algorithm.oid == oid::RSA || self.algorithm.oid == oid::RSA_PSS;
        let (modulus, _) = self.rsa_numbers().filter(|_| is_rsa)?;
        Some(bit_length(modulus))
    }

    /// The key is of another kind than the algorithm. A kind that is not known
    /// at all is named; else the signature cannot fit.
    fn wrong_kind(&self) -> KeyError {
        match self.algorithm.oid.as_slice() {
            oid::RSA | oid::RSA_PSS | oid::EC_PUBLIC_KEY | oid::ED25519 => KeyError::Mismatch,
            other => KeyError::Unsupported(UnsupportedAlgorithm::of(other)),
        }
    }
}

/// A digest with zeros before it up to the length of the curve's field, which says the same number
/// (FIPS 186-5, 6.4.2, step 2): the crates refuse what is shorter than half of it.
fn widened(digest: &[u8], octets: usize) -> Vec<u8> {
    let zeros = octets.saturating_sub(digest.len());
    core::iter::repeat_n(0, zeros)
        .chain(digest.iter().copied())
        .collect()
}

/// The digits of a positive INTEGER.
fn positive(content: &[u8]) -> Option<&[u8]> {
    match content {
        [0, rest @ ..] if !rest.is_empty() => Some(rest),
        [first, ..] if (1..0x80).contains(first) => Some(content),
        _ => None,
    }
}

fn bit_length(digits: &[u8]) -> usize {
    let zeros = digits.first().map_or(0, |first| first.leading_zeros());
    let zeros = usize::try_from(zeros).unwrap_or(0);
    digits.len().saturating_mul(8).saturating_sub(zeros)
}

/// `DigestInfo` up to the digest (RFC 8017, 9.2, note 1).
fn digest_info_prefix(algorithm: DigestAlgorithm) -> Vec<u8> {
    let identifier = constructed(
        tag::SEQUENCE,
        &[&element(tag::OBJECT_IDENTIFIER, algorithm.oid()), &[5, 0]],
    );
    let digest = alloc::vec![0; algorithm.length()];
    let whole = constructed(
        tag::SEQUENCE,
        &[&identifier, &element(tag::OCTET_STRING, &digest)],
    );
    let prefix = whole.len().saturating_sub(algorithm.length());
    whole.into_iter().take(prefix).collect()
}

#[cfg(test)]
mod tests;
