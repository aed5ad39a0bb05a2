//! Signature algorithms as their identifiers name them.

use alloc::vec::Vec;

use crate::algorithm::AlgorithmIdentifier;
use crate::digest::DigestAlgorithm;
use crate::error::UnsupportedAlgorithm;
use crate::oid;
use crate::tlv::{self, Cursor, tag};

/// Longest salt of RSASSA-PSS, in bytes: that of a key of 16,384 bits.
const MAX_SALT: usize = 2048;

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// ECDSA, its value a DER `ECDSA-Sig-Value` (RFC 5758, 3.2).
    Ecdsa(DigestAlgorithm),
    /// ECDSA, its value `r || s` (BSI TR-03111, 5.2.1).
    PlainEcdsa(DigestAlgorithm),
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2).
    Pkcs1(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017, 8.1); MGF1 with the same digest.
    Pss {
        /// The digest.
        digest: DigestAlgorithm,
        /// Bytes of the salt.
        salt: usize,
    },
    /// Ed25519 over the message itself (RFC 8032, 5.1).
    Ed25519,
}

impl Scheme {
    /// The scheme that an identifier names. Some makers name the kind of key
    /// instead of the whole algorithm: then `stated`, the digest algorithm
    /// named apart, makes it whole.
    pub(crate) fn of(
        algorithm: &AlgorithmIdentifier,
        stated: Option<DigestAlgorithm>,
    ) -> Result<Self, UnsupportedAlgorithm> {
        use DigestAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
        Ok(match (algorithm.oid.as_slice(), stated) {
            (oid::ECDSA_SHA1, _) => Self::Ecdsa(Sha1),
            (oid::ECDSA_SHA224, _) => Self::Ecdsa(Sha224),
            (oid::ECDSA_SHA256, _) => Self::Ecdsa(Sha256),
            (oid::ECDSA_SHA384, _) => Self::Ecdsa(Sha384),
            (oid::ECDSA_SHA512, _) => Self::Ecdsa(Sha512),
            (oid::EC_PUBLIC_KEY, Some(digest)) => Self::Ecdsa(digest),
            (oid::PLAIN_SHA1, _) => Self::PlainEcdsa(Sha1),
            (oid::PLAIN_SHA224, _) => Self::PlainEcdsa(Sha224),
            (oid::PLAIN_SHA256, _) => Self::PlainEcdsa(Sha256),
            (oid::PLAIN_SHA384, _) => Self::PlainEcdsa(Sha384),
            (oid::PLAIN_SHA512, _) => Self::PlainEcdsa(Sha512),
            (oid::RSA_SHA1, _) => Self::Pkcs1(Sha1),
            (oid::RSA_SHA224, _) => Self::Pkcs1(Sha224),
            (oid::RSA_SHA256, _) => Self::Pkcs1(Sha256),
            (oid::RSA_SHA384, _) => Self::Pkcs1(Sha384),
            (oid::RSA_SHA512, _) => Self::Pkcs1(Sha512),
            (oid::RSA, Some(digest)) => Self::Pkcs1(digest),
            (oid::RSA_PSS, _) => pss(algorithm)?,
            (oid::ED25519, _) => Self::Ed25519,
            (other, _) => return Err(UnsupportedAlgorithm::of(other)),
        })
    }

    /// The digest that the scheme itself makes of the message.
    pub(crate) const fn digest(self) -> Option<DigestAlgorithm> {
        match self {
            Self::Ecdsa(digest)
            | Self::PlainEcdsa(digest)
            | Self::Pkcs1(digest)
            | Self::Pss { digest, .. } => Some(digest),
            Self::Ed25519 => None,
        }
    }
}

/// ```asn1
/// RSASSA-PSS-params ::= SEQUENCE {
///     hashAlgorithm [0] DEFAULT sha1, maskGenAlgorithm [1] DEFAULT mgf1SHA1,
///     saltLength [2] INTEGER DEFAULT 20, trailerField [3] INTEGER DEFAULT 1 }
/// ```
fn pss(algorithm: &AlgorithmIdentifier) -> Result<Scheme, UnsupportedAlgorithm> {
    let malformed = || UnsupportedAlgorithm::named("RSASSA-PSS with these parameters");
    let parameters = algorithm.parameters.as_deref().unwrap_or(&[0x30, 0]);
    let (digest, mask, salt, trailer) = pss_parameters(parameters).ok_or_else(malformed)?;
    let digest = digest.map_or(Ok(DigestAlgorithm::Sha1), |digest| {
        DigestAlgorithm::from_oid(&digest.oid)
    })?;
    let mask = match mask {
        None => DigestAlgorithm::Sha1,
        Some(mask) if mask.oid == oid::MGF1 => {
            let inner = mask.parameters.as_deref().unwrap_or_default();
            let inner = AlgorithmIdentifier::read(&mut Cursor::new("MGF1", inner));
            DigestAlgorithm::from_oid(&inner.map_err(|_| malformed())?.oid)?
        }
        Some(other) => return Err(UnsupportedAlgorithm::of(&other.oid)),
    };
    if mask != digest || salt > MAX_SALT || trailer != 1 {
        return Err(malformed());
    }
    Ok(Scheme::Pss { digest, salt })
}

type PssParameters = (
    Option<AlgorithmIdentifier>,
    Option<AlgorithmIdentifier>,
    usize,
    usize,
);

fn pss_parameters(der: &[u8]) -> Option<PssParameters> {
    let structure = "RSASSA-PSS-params";
    let sequence = tlv::single(structure, tag::SEQUENCE, der).ok()?;
    let mut fields = Cursor::new(structure, sequence.value);
    let mut explicit = |number: u8| -> Option<Option<&[u8]>> {
        let field = fields.optional(tag::context(number)).ok()?;
        Some(field.map(|field| field.value))
    };
    let digest = explicit(0)?;
    let mask = explicit(1)?;
    let salt = explicit(2)?;
    let trailer = explicit(3)?;
    fields.finish().ok()?;
    let algorithm = |content: Option<&[u8]>| -> Option<Option<AlgorithmIdentifier>> {
        let Some(content) = content else {
            return Some(None);
        };
        let mut inner = Cursor::new(structure, content);
        let read = AlgorithmIdentifier::read(&mut inner).ok()?;
        inner.finish().ok()?;
        Some(Some(read))
    };
    let number = |content: Option<&[u8]>, default: usize| -> Option<usize> {
        let Some(content) = content else {
            return Some(default);
        };
        let octets: Vec<u8> = tlv::single(structure, tag::INTEGER, content)
            .ok()?
            .value
            .to_vec();
        match octets.as_slice() {
            [first, ..] if *first < 0x80 && octets.len() <= 3 => Some(
                octets
                    .iter()
                    .fold(0, |sum, &octet| (sum << 8) | usize::from(octet)),
            ),
            _ => None,
        }
    };
    Some((
        algorithm(digest)?,
        algorithm(mask)?,
        number(salt, 20)?,
        number(trailer, 1)?,
    ))
}
