//! Who signs certificates, lists and seals.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{DerSignature, SigningKey};
use sello_profile::ecdsa::POINT_LEN;
use zeroize::Zeroizing;

use crate::{Error, random};

/// A P-256 key that signs with ECDSA and SHA-256: in a file now, in a device later.
pub trait Signer {
    /// The public key, an uncompressed point.
    fn point(&self) -> [u8; POINT_LEN];

    /// The `ECDSA-Sig-Value` (DER) over `data`, hashed with SHA-256 by the signer.
    ///
    /// # Errors
    /// [`Error::Signer`].
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, Error>;
}

/// A key in memory, wiped on drop.
pub struct SoftwareKey {
    key: SigningKey,
    point: [u8; POINT_LEN],
}

impl SoftwareKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn generate() -> Result<Self, Error> {
        // A draw of zero or beyond the curve's order happens about once in 2^32 times.
        for _ in 0..64 {
            let scalar = Zeroizing::new(random::bytes::<32>()?);
            if let Ok(key) = Self::from_scalar(scalar.as_slice()) {
                return Ok(key);
            }
        }
        Err(Error::Random)
    }

    /// Takes the private scalar, 32 bytes big endian.
    ///
    /// # Errors
    /// [`Error::Vault`] if it is zero or beyond the curve's order.
    pub(crate) fn from_scalar(scalar: &[u8]) -> Result<Self, Error> {
        let broken = || Error::Vault {
            what: "signing key",
        };
        let key = SigningKey::from_slice(scalar).map_err(|_| broken())?;
        let point = key.verifying_key().to_sec1_point(false);
        let point = point.as_bytes().try_into().map_err(|_| broken())?;
        Ok(Self { key, point })
    }

    /// The `ECDSA-Sig-Value` (DER) over a SHA-256 digest.
    pub(crate) fn sign_digest(&self, digest: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let signature: Result<DerSignature, _> = self.key.sign_prehash(digest);
        let signature = signature.map_err(|error| Error::Signer {
            what: "software key",
            reason: error.to_string(),
        })?;
        Ok(signature.as_bytes().to_vec())
    }

    /// The private scalar, to be encrypted.
    pub(crate) fn scalar(&self) -> Zeroizing<Vec<u8>> {
        let mut field = self.key.to_bytes();
        let scalar = Zeroizing::new(field.to_vec());
        zeroize::Zeroize::zeroize(field.as_mut_slice());
        scalar
    }
}

impl Signer for SoftwareKey {
    fn point(&self) -> [u8; POINT_LEN] {
        self.point
    }

    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, Error> {
        let signature: DerSignature = self.key.try_sign(data).map_err(|error| Error::Signer {
            what: "software key",
            reason: error.to_string(),
        })?;
        Ok(signature.as_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_what_its_point_verifies() {
        let key = SoftwareKey::generate().unwrap();
        let signature = key.sign(b"data").unwrap();
        sello_profile::ecdsa::check(&key.point(), b"data", &signature).unwrap();
        assert!(sello_profile::ecdsa::check(&key.point(), b"date", &signature).is_err());
    }

    #[test]
    fn comes_back_from_its_scalar() {
        let key = SoftwareKey::generate().unwrap();
        let again = SoftwareKey::from_scalar(&key.scalar()).unwrap();
        assert_eq!(again.point(), key.point());
        assert!(SoftwareKey::from_scalar(&[0; 32]).is_err());
        assert!(SoftwareKey::from_scalar(&[0xff; 32]).is_err());
    }
}
