//! Operations that take their data in parts.

use std::sync::Arc;

use crate::error::Error;
use crate::hash::{Hash, Hasher};
use crate::mechanism::SignMechanism;
use crate::object::PrivateKey;
use crate::signature::{fitted, raw_length};
use crate::verify::PublicKey;

/// Longest data `CKM_ECDSA` takes, in bytes: the longest digest there is.
const LONGEST_DIGEST: usize = 64;

/// A signature being made.
pub(crate) struct SignOperation {
    /// The key.
    pub(crate) key: PrivateKey,
    data: Data,
    /// Whether data came in parts.
    pub(crate) in_parts: bool,
}

/// What is to be signed.
enum Data {
    Digest(Vec<u8>),
    Hash(Hasher),
}

impl Data {
    fn new(mechanism: SignMechanism) -> Self {
        match mechanism {
            SignMechanism::Ecdsa => Self::Digest(Vec::new()),
            SignMechanism::Hashed(hash) => Self::Hash(hash.begin()),
        }
    }

    fn update(&mut self, part: &[u8]) -> Result<(), Error> {
        match self {
            Self::Digest(digest) if part.len() > LONGEST_DIGEST - digest.len() => {
                return Err(Error::DataLengthRange);
            }
            Self::Digest(digest) => digest.extend_from_slice(part),
            Self::Hash(hash) => hash.update(part),
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, Error> {
        match self {
            Self::Hash(hash) => Ok(hash.finish()),
            Self::Digest(digest) if digest.is_empty() => Err(Error::DataLengthRange),
            Self::Digest(digest) => Ok(digest),
        }
    }
}

impl SignOperation {
    /// Begins.
    pub(crate) fn new(mechanism: SignMechanism, key: PrivateKey) -> Self {
        Self {
            key,
            data: Data::new(mechanism),
            in_parts: false,
        }
    }

    /// Takes data.
    pub(crate) fn update(&mut self, part: &[u8]) -> Result<(), Error> {
        self.data.update(part)
    }

    /// The bytes the card signs, as long as a scalar of the key's curve.
    pub(crate) fn finish(self) -> Result<Vec<u8>, Error> {
        Ok(fitted(self.key.curve, &self.data.finish()?))
    }
}

/// A verification.
pub(crate) struct VerifyOperation {
    key: Arc<PublicKey>,
    data: Data,
    /// Whether data came in parts.
    pub(crate) in_parts: bool,
    /// The signature, where it was given first (`C_VerifySignatureInit`).
    pub(crate) signature: Option<Vec<u8>>,
}

impl VerifyOperation {
    /// Begins.
    pub(crate) fn new(mechanism: SignMechanism, key: Arc<PublicKey>) -> Self {
        Self {
            key,
            data: Data::new(mechanism),
            in_parts: false,
            signature: None,
        }
    }

    /// Refuses a signature of a length that none has.
    pub(crate) fn check_length(&self, signature: &[u8]) -> Result<(), Error> {
        if signature.len() == raw_length(self.key.curve) {
            Ok(())
        } else {
            Err(Error::SignatureLengthRange)
        }
    }

    /// Takes data.
    pub(crate) fn update(&mut self, part: &[u8]) -> Result<(), Error> {
        self.data.update(part)
    }

    /// Says whether the signature is good.
    pub(crate) fn finish(self, signature: &[u8]) -> Result<(), Error> {
        self.check_length(signature)?;
        let digest = fitted(self.key.curve, &self.data.finish()?);
        if self.key.verifies(&digest, signature) {
            Ok(())
        } else {
            Err(Error::SignatureInvalid)
        }
    }
}

/// A digest being made.
pub(crate) struct DigestOperation {
    /// The hash function.
    pub(crate) hash: Hash,
    /// The hash so far.
    pub(crate) hasher: Hasher,
    /// Whether data came in parts.
    pub(crate) in_parts: bool,
}

impl DigestOperation {
    /// Begins.
    pub(crate) fn new(hash: Hash) -> Self {
        Self {
            hash,
            hasher: hash.begin(),
            in_parts: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sello_wire::key::Curve;
    use sello_wire::{PinPolicy, Slot};
    use sha2::{Digest, Sha256};

    const KEY: PrivateKey = PrivateKey {
        slot: Slot::Signature,
        policy: PinPolicy::Always,
        curve: Curve::P256,
        derives: false,
    };

    fn digest_of(parts: &[&[u8]]) -> Result<Vec<u8>, Error> {
        let mut operation = SignOperation::new(SignMechanism::Ecdsa, KEY);
        for part in parts {
            operation.update(part)?;
        }
        operation.finish()
    }

    #[test]
    fn no_data_and_too_much_data_are_refused() {
        assert_eq!(digest_of(&[]), Err(Error::DataLengthRange));
        assert_eq!(digest_of(&[&[0; 64], &[0]]), Err(Error::DataLengthRange));
        assert_eq!(digest_of(&[&[7; 64]]), Ok(vec![7; 32]));
    }

    #[test]
    fn the_hash_of_parts_is_the_hash_of_the_whole_and_fits_the_curve() {
        for curve in [Curve::P256, Curve::P384] {
            let hashed = SignMechanism::Hashed(Hash::Sha256);
            let mut operation = SignOperation::new(hashed, PrivateKey { curve, ..KEY });
            operation.update(b"ab").unwrap();
            operation.update(b"c").unwrap();
            let signed = operation.finish().unwrap();
            assert_eq!(signed.len(), curve.scalar_length());
            assert!(signed.ends_with(&Sha256::digest(b"abc")));
        }
    }

    #[test]
    fn a_signature_of_another_length_is_told_from_a_wrong_one() {
        let key = Arc::new(PublicKey::new(Curve::P256, &[4; 65]));
        let verify = |signature: &[u8]| {
            let mut operation = VerifyOperation::new(SignMechanism::Ecdsa, Arc::clone(&key));
            operation.update(&[1; 32]).unwrap();
            operation.finish(signature)
        };
        assert_eq!(verify(&[0; 63]), Err(Error::SignatureLengthRange));
        assert_eq!(verify(&[0; 96]), Err(Error::SignatureLengthRange));
        assert_eq!(verify(&[0; 64]), Err(Error::SignatureInvalid));
    }
}
