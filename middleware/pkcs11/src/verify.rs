//! Public keys, and verification on the host.

use std::sync::OnceLock;

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm, ParsedPublicKey,
};
use sello_wire::key::Curve;

/// A public key of the card or of a caller.
pub(crate) struct PublicKey {
    /// Its curve.
    pub(crate) curve: Curve,
    point: Vec<u8>,
    /// Decoded at the first use; `None` when the point is not on the curve.
    parsed: OnceLock<Option<ParsedPublicKey>>,
}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?} {:02X?}", self.curve, self.point)
    }
}

impl PublicKey {
    /// A key from its uncompressed point.
    pub(crate) fn new(curve: Curve, point: &[u8]) -> Self {
        Self {
            curve,
            point: point.to_vec(),
            parsed: OnceLock::new(),
        }
    }

    /// Whether the point is on the curve.
    pub(crate) fn is_valid(&self) -> bool {
        self.parsed().is_some()
    }

    /// Whether `r || s` is a signature over a digest, which is as long as a scalar of the curve.
    pub(crate) fn verifies(&self, digest: &[u8], signature: &[u8]) -> bool {
        let hash = match self.curve {
            Curve::P256 => &digest::SHA256,
            Curve::P384 => &digest::SHA384,
        };
        let digest = Digest::import_less_safe(digest, hash);
        self.parsed()
            .zip(digest.ok())
            .is_some_and(|(key, digest)| key.verify_digest_sig(&digest, signature).is_ok())
    }

    fn parsed(&self) -> Option<&ParsedPublicKey> {
        let algorithm: &'static EcdsaVerificationAlgorithm = match self.curve {
            Curve::P256 => &ECDSA_P256_SHA256_FIXED,
            Curve::P384 => &ECDSA_P384_SHA384_FIXED,
        };
        self.parsed
            .get_or_init(|| ParsedPublicKey::new(algorithm, &self.point).ok())
            .as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

    #[test]
    fn a_good_signature_verifies_and_a_changed_one_does_not() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let signed = pair.sign(&SystemRandom::new(), b"data").unwrap();
        let key = PublicKey::new(Curve::P256, pair.public_key().as_ref());
        let digest = digest::digest(&digest::SHA256, b"data");
        assert!(key.is_valid());
        assert!(key.verifies(digest.as_ref(), signed.as_ref()));
        let mut other = signed.as_ref().to_vec();
        other[40] ^= 1;
        assert!(!key.verifies(digest.as_ref(), &other));
        assert!(!key.verifies(&digest.as_ref()[1..], signed.as_ref()));
        assert!(!key.verifies(&[0; 32], signed.as_ref()));
        assert!(!key.verifies(digest.as_ref(), &[0; 64]));
    }

    #[test]
    fn a_point_off_the_curve_verifies_nothing() {
        for curve in [Curve::P256, Curve::P384] {
            let mut point = vec![4];
            point.resize(curve.point_length(), 7);
            let key = PublicKey::new(curve, &point);
            assert!(!key.is_valid());
            let scalar = curve.scalar_length();
            assert!(!key.verifies(&vec![1; scalar], &vec![1; 2 * scalar]));
        }
    }
}
