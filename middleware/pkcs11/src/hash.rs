//! Digests on the host (FIPS 180-4, FIPS 202).

use cryptoki_sys as ck;
use cryptoki_sys::CK_MECHANISM_TYPE;
use sha2::digest::DynDigest;
use zeroize::Zeroizing;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha3_224,
    Sha3_256,
    Sha3_384,
    Sha3_512,
}

impl Hash {
    /// Every hash function, with the mechanisms that are the hash itself and the signature over it, and
    /// the key derivation function.
    pub(crate) const ALL: [(
        Self,
        CK_MECHANISM_TYPE,
        CK_MECHANISM_TYPE,
        ck::CK_EC_KDF_TYPE,
    ); 9] = [
        (
            Self::Sha1,
            ck::CKM_SHA_1,
            ck::CKM_ECDSA_SHA1,
            ck::CKD_SHA1_KDF,
        ),
        (
            Self::Sha224,
            ck::CKM_SHA224,
            ck::CKM_ECDSA_SHA224,
            ck::CKD_SHA224_KDF,
        ),
        (
            Self::Sha256,
            ck::CKM_SHA256,
            ck::CKM_ECDSA_SHA256,
            ck::CKD_SHA256_KDF,
        ),
        (
            Self::Sha384,
            ck::CKM_SHA384,
            ck::CKM_ECDSA_SHA384,
            ck::CKD_SHA384_KDF,
        ),
        (
            Self::Sha512,
            ck::CKM_SHA512,
            ck::CKM_ECDSA_SHA512,
            ck::CKD_SHA512_KDF,
        ),
        (
            Self::Sha3_224,
            ck::CKM_SHA3_224,
            ck::CKM_ECDSA_SHA3_224,
            ck::CKD_SHA3_224_KDF,
        ),
        (
            Self::Sha3_256,
            ck::CKM_SHA3_256,
            ck::CKM_ECDSA_SHA3_256,
            ck::CKD_SHA3_256_KDF,
        ),
        (
            Self::Sha3_384,
            ck::CKM_SHA3_384,
            ck::CKM_ECDSA_SHA3_384,
            ck::CKD_SHA3_384_KDF,
        ),
        (
            Self::Sha3_512,
            ck::CKM_SHA3_512,
            ck::CKM_ECDSA_SHA3_512,
            ck::CKD_SHA3_512_KDF,
        ),
    ];

    /// The hash that a digest mechanism is.
    pub(crate) fn of_digest(mechanism: CK_MECHANISM_TYPE) -> Option<Self> {
        let found = Self::ALL
            .iter()
            .find(|(_, digest, ..)| *digest == mechanism);
        found.map(|(hash, ..)| *hash)
    }

    /// The hash that a signature mechanism makes first.
    pub(crate) fn of_signature(mechanism: CK_MECHANISM_TYPE) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, _, sign, _)| *sign == mechanism);
        found.map(|(hash, ..)| *hash)
    }

    /// The hash that a key derivation function uses.
    pub(crate) fn of_derivation(kdf: ck::CK_EC_KDF_TYPE) -> Option<Self> {
        let found = Self::ALL.iter().find(|(.., known)| *known == kdf);
        found.map(|(hash, ..)| *hash)
    }

    /// Length of a digest in bytes.
    pub(crate) const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 | Self::Sha3_224 => 28,
            Self::Sha256 | Self::Sha3_256 => 32,
            Self::Sha384 | Self::Sha3_384 => 48,
            Self::Sha512 | Self::Sha3_512 => 64,
        }
    }

    /// Begins a digest.
    pub(crate) fn begin(self) -> Hasher {
        Hasher(match self {
            Self::Sha1 => Box::new(sha1::Sha1::default()),
            Self::Sha224 => Box::new(sha2::Sha224::default()),
            Self::Sha256 => Box::new(sha2::Sha256::default()),
            Self::Sha384 => Box::new(sha2::Sha384::default()),
            Self::Sha512 => Box::new(sha2::Sha512::default()),
            Self::Sha3_224 => Box::new(sha3::Sha3_224::default()),
            Self::Sha3_256 => Box::new(sha3::Sha3_256::default()),
            Self::Sha3_384 => Box::new(sha3::Sha3_384::default()),
            Self::Sha3_512 => Box::new(sha3::Sha3_512::default()),
        })
    }

    /// `length` bytes of key from a shared secret (ANSI X9.63, 5.6.3; SEC 1, 3.6.1).
    pub(crate) fn derive(self, secret: &[u8], shared: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(Vec::with_capacity(length + self.length()));
        let mut counter: u32 = 1;
        while key.len() < length {
            let mut hasher = self.begin();
            hasher.update(secret);
            hasher.update(&counter.to_be_bytes());
            hasher.update(shared);
            key.extend_from_slice(&Zeroizing::new(hasher.finish()));
            counter += 1;
        }
        key.truncate(length);
        key
    }
}

/// A digest being made.
pub(crate) struct Hasher(Box<dyn DynDigest + Send>);

impl Hasher {
    /// Takes data.
    pub(crate) fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    /// The digest.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0.finalize().into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hash_is_as_long_as_it_says_and_unlike_the_others() {
        let mut seen = Vec::new();
        for (hash, ..) in Hash::ALL {
            let mut whole = hash.begin();
            whole.update(b"abc");
            let whole = whole.finish();
            assert_eq!(whole.len(), hash.length());
            let mut parts = hash.begin();
            parts.update(b"a");
            parts.update(b"bc");
            assert_eq!(parts.finish(), whole);
            assert!(!seen.contains(&whole));
            seen.push(whole);
        }
    }

    #[test]
    fn abc_has_the_digests_of_the_standards() {
        let digest = |hash: Hash| {
            let mut hasher = hash.begin();
            hasher.update(b"abc");
            hasher.finish()
        };
        // FIPS 180-4 and FIPS 202, example values of NIST.
        assert!(digest(Hash::Sha1).starts_with(&[0xA9, 0x99, 0x3E, 0x36]));
        assert!(digest(Hash::Sha256).starts_with(&[0xBA, 0x78, 0x16, 0xBF]));
        assert!(digest(Hash::Sha3_256).starts_with(&[0x3A, 0x98, 0x5D, 0xA7]));
    }

    #[test]
    fn a_derived_key_is_the_hash_of_secret_counter_and_shared_data() {
        let mut hasher = Hash::Sha256.begin();
        hasher.update(b"secret\0\0\0\x01shared");
        let first = hasher.finish();
        let key = Hash::Sha256.derive(b"secret", b"shared", 40);
        assert_eq!((key.len(), &key[..32]), (40, &first[..]));
        assert_eq!(Hash::Sha256.derive(b"secret", b"shared", 5)[..], first[..5]);
    }
}
