//! A session and the operations that are active in it.

use std::sync::{Arc, Mutex};

use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_STATE};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::mechanism::SignMechanism;
use crate::object::PrivateKey;
use crate::slot::Slot;

/// Longest data `CKM_ECDSA` takes, in bytes: the longest digest there is.
const LONGEST_DIGEST: usize = 64;

/// A session with the card of a slot.
pub(crate) struct Session {
    /// Its handle.
    pub(crate) handle: CK_SESSION_HANDLE,
    /// Its slot.
    pub(crate) slot: Arc<Slot>,
    /// Whether it is a read/write session.
    pub(crate) is_writable: bool,
    /// The card it was opened with.
    pub(crate) generation: u64,
    /// What is going on in it.
    pub(crate) operations: Mutex<Operations>,
}

impl Session {
    /// The state of PKCS#11 2.40, 4.3 ("Session state").
    pub(crate) fn state(&self) -> CK_STATE {
        self.slot.session_state(self.is_writable)
    }
}

/// The active operations, one of each kind at most.
#[derive(Default)]
pub(crate) struct Operations {
    /// A search: the handles not told yet, in reverse.
    pub(crate) find: Option<Vec<CK_OBJECT_HANDLE>>,
    /// A signature.
    pub(crate) sign: Option<SignOperation>,
    /// A digest.
    pub(crate) digest: Option<DigestOperation>,
}

/// A signature being made.
pub(crate) struct SignOperation {
    /// The key.
    pub(crate) key: PrivateKey,
    data: SignData,
    /// Whether data came in parts.
    pub(crate) in_parts: bool,
}

enum SignData {
    Digest(Vec<u8>),
    Hash(Sha256),
}

impl SignOperation {
    /// Begins.
    pub(crate) fn new(mechanism: SignMechanism, key: PrivateKey) -> Self {
        let data = match mechanism {
            SignMechanism::Ecdsa => SignData::Digest(Vec::new()),
            SignMechanism::EcdsaSha256 => SignData::Hash(Sha256::new()),
        };
        Self {
            key,
            data,
            in_parts: false,
        }
    }

    /// Takes data.
    pub(crate) fn update(&mut self, part: &[u8]) -> Result<(), Error> {
        match &mut self.data {
            SignData::Digest(digest) if digest.len() + part.len() > LONGEST_DIGEST => {
                return Err(Error::DataLengthRange);
            }
            SignData::Digest(digest) => digest.extend_from_slice(part),
            SignData::Hash(hash) => hash.update(part),
        }
        Ok(())
    }

    /// The 32 bytes the card signs: a longer digest is cut on the right (FIPS 186-5, 6.4.1), a shorter
    /// one is a smaller number.
    pub(crate) fn finish(self) -> Result<[u8; 32], Error> {
        match self.data {
            SignData::Hash(hash) => Ok(hash.finalize().into()),
            SignData::Digest(digest) if digest.is_empty() => Err(Error::DataLengthRange),
            SignData::Digest(digest) => {
                let used = digest.get(..32).unwrap_or(&digest);
                let mut out = [0; 32];
                for (place, byte) in out.iter_mut().rev().zip(used.iter().rev()) {
                    *place = *byte;
                }
                Ok(out)
            }
        }
    }
}

/// A digest being made.
#[derive(Default)]
pub(crate) struct DigestOperation {
    /// The hash so far.
    pub(crate) hash: Sha256,
    /// Whether data came in parts.
    pub(crate) in_parts: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use sello_wire::{PinPolicy, Slot};

    const KEY: PrivateKey = PrivateKey {
        slot: Slot::Signature,
        policy: PinPolicy::Always,
    };

    fn digest_of(parts: &[&[u8]]) -> Result<[u8; 32], Error> {
        let mut operation = SignOperation::new(SignMechanism::Ecdsa, KEY);
        for part in parts {
            operation.update(part)?;
        }
        operation.finish()
    }

    #[test]
    fn longer_digests_are_cut_and_shorter_ones_padded_on_the_left() {
        assert_eq!(digest_of(&[&[7; 32]]), Ok([7; 32]));
        let mut long = vec![1; 32];
        long.extend([2; 32]);
        assert_eq!(digest_of(&[&long]), Ok([1; 32]));
        let short = digest_of(&[&[9; 20]]).unwrap();
        assert_eq!((short[11], short[12], short[31]), (0, 9, 9));
    }

    #[test]
    fn no_data_and_too_much_data_are_refused() {
        assert_eq!(digest_of(&[]), Err(Error::DataLengthRange));
        assert_eq!(digest_of(&[&[0; 64], &[0]]), Err(Error::DataLengthRange));
    }

    #[test]
    fn the_hash_of_parts_is_the_hash_of_the_whole() {
        let mut operation = SignOperation::new(SignMechanism::EcdsaSha256, KEY);
        operation.update(b"ab").unwrap();
        operation.update(b"c").unwrap();
        let expected: [u8; 32] = Sha256::digest(b"abc").into();
        assert_eq!(operation.finish(), Ok(expected));
    }
}
