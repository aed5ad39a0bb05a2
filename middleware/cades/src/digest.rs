//! Digest algorithms (FIPS 180-4).

use alloc::vec::Vec;

use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use crate::error::UnsupportedAlgorithm;
use crate::oid;
use crate::tlv::{element, tag};

/// A digest algorithm that can be computed here. That it can be does not make
/// it good: see [`weakness`](crate::weakness).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DigestAlgorithm {
    /// SHA-1. Broken; known so that it can be named and old documents judged.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// A digest being computed.
#[derive(Debug, Clone)]
pub enum Hasher {
    /// SHA-1.
    Sha1(Sha1),
    /// SHA-224.
    Sha224(Sha224),
    /// SHA-256.
    Sha256(Sha256),
    /// SHA-384.
    Sha384(Sha384),
    /// SHA-512.
    Sha512(Sha512),
}

/// The 32 octets of a SHA-256 digest as an array; what is shorter is filled with zeros, what is longer cut.
#[must_use]
pub fn sha256_octets(digest: &[u8]) -> [u8; 32] {
    let mut octets = [0; 32];
    for (to, from) in octets.iter_mut().zip(digest) {
        *to = *from;
    }
    octets
}

impl DigestAlgorithm {
    /// Starts a digest.
    #[must_use]
    pub fn hasher(self) -> Hasher {
        match self {
            Self::Sha1 => Hasher::Sha1(Sha1::new()),
            Self::Sha224 => Hasher::Sha224(Sha224::new()),
            Self::Sha256 => Hasher::Sha256(Sha256::new()),
            Self::Sha384 => Hasher::Sha384(Sha384::new()),
            Self::Sha512 => Hasher::Sha512(Sha512::new()),
        }
    }

    /// The digest of bytes in memory.
    #[must_use]
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let mut hasher = self.hasher();
        hasher.update(bytes);
        hasher.finish()
    }

    /// Bytes of a digest.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Its usual name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// The algorithm with this object identifier (DER content octets).
    ///
    /// # Errors
    /// [`UnsupportedAlgorithm`] with its name.
    pub fn from_oid(content: &[u8]) -> Result<Self, UnsupportedAlgorithm> {
        match content {
            oid::SHA1 => Ok(Self::Sha1),
            oid::SHA224 => Ok(Self::Sha224),
            oid::SHA256 => Ok(Self::Sha256),
            oid::SHA384 => Ok(Self::Sha384),
            oid::SHA512 => Ok(Self::Sha512),
            other => Err(UnsupportedAlgorithm::of(other)),
        }
    }

    pub(crate) const fn oid(self) -> &'static [u8] {
        match self {
            Self::Sha1 => oid::SHA1,
            Self::Sha224 => oid::SHA224,
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
        }
    }

    /// Its `AlgorithmIdentifier` without parameters (RFC 5754, 2).
    pub(crate) fn identifier(self) -> Vec<u8> {
        element(tag::SEQUENCE, &element(tag::OBJECT_IDENTIFIER, self.oid()))
    }
}

impl Hasher {
    /// Takes in further bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha224(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha384(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// Ends the digest.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha1(hasher) => hasher.finalize().to_vec(),
            Self::Sha224(hasher) => hasher.finalize().to_vec(),
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
            Self::Sha384(hasher) => hasher.finalize().to_vec(),
            Self::Sha512(hasher) => hasher.finalize().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streaming_and_whole_digests_agree() {
        for algorithm in [
            DigestAlgorithm::Sha1,
            DigestAlgorithm::Sha224,
            DigestAlgorithm::Sha256,
            DigestAlgorithm::Sha384,
            DigestAlgorithm::Sha512,
        ] {
            let mut hasher = algorithm.hasher();
            hasher.update(b"ab");
            hasher.update(b"c");
            let digest = hasher.finish();
            assert_eq!(digest, algorithm.digest(b"abc"));
            assert_eq!(digest.len(), algorithm.length());
            assert_eq!(DigestAlgorithm::from_oid(algorithm.oid()), Ok(algorithm));
            assert_eq!(oid::name(algorithm.oid()), algorithm.name());
        }
    }

    #[test]
    fn what_is_not_known_is_named() {
        let md5 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05];
        let error = DigestAlgorithm::from_oid(&md5).unwrap_err();
        assert_eq!(error.name, "MD5");
    }
}
