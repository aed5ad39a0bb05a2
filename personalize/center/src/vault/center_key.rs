//! The center key and what is encrypted under it.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Error, random};

/// Something encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// XChaCha20's nonce.
    #[serde(with = "hex::serde")]
    pub nonce: [u8; 24],
    /// Ciphertext and tag.
    #[serde(with = "hex::serde")]
    pub ciphertext: Vec<u8>,
}

/// The key that opens the center's other keys.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct CenterKey([u8; 32]);

impl CenterKey {
    /// Makes a new one.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn generate() -> Result<Self, Error> {
        Ok(Self(random::bytes()?))
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(super) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Encrypts; `what` names the contents and must be the same when opening.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn seal(&self, what: &'static str, secret: &[u8]) -> Result<Sealed, Error> {
        self.seal_for(what, "", secret)
    }

    /// Opens what [`Self::seal`] made.
    ///
    /// # Errors
    /// [`Error::Vault`] if it was changed, or is something else.
    pub fn open(&self, what: &'static str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.open_for(what, "", sealed)
    }

    /// As [`Self::seal`], bound to one `owner`, as a run.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn seal_for(
        &self,
        what: &'static str,
        owner: &str,
        secret: &[u8],
    ) -> Result<Sealed, Error> {
        encrypt(&self.0, &associated(what, owner), secret)
    }

    /// Opens what [`Self::seal_for`] made for the same owner.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn open_for(
        &self,
        what: &'static str,
        owner: &str,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        decrypt(&self.0, &associated(what, owner), sealed).ok_or(Error::Vault { what })
    }
}

fn associated(what: &str, owner: &str) -> Vec<u8> {
    [b"sello-center:", what.as_bytes(), b"\0", owner.as_bytes()].concat()
}

pub(super) fn encrypt(key: &[u8; 32], aad: &[u8], secret: &[u8]) -> Result<Sealed, Error> {
    let nonce: [u8; 24] = random::bytes()?;
    let ciphertext = XChaCha20Poly1305::new(&(*key).into())
        .encrypt(&nonce.into(), Payload { msg: secret, aad })
        .map_err(|_| Error::Random)?;
    Ok(Sealed { nonce, ciphertext })
}

pub(super) fn decrypt(key: &[u8; 32], aad: &[u8], sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
    let payload = Payload {
        msg: &sealed.ciphertext,
        aad,
    };
    XChaCha20Poly1305::new(&(*key).into())
        .decrypt(&sealed.nonce.into(), payload)
        .ok()
        .map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_what_it_is_and_whose_it_is() {
        let key = CenterKey::generate().unwrap();
        let sealed = key.seal_for("codes", "run-1", b"123456").unwrap();
        assert_eq!(*key.open_for("codes", "run-1", &sealed).unwrap(), b"123456");
        for (what, owner) in [("codes", "run-2"), ("ca key", "run-1"), ("codes", "")] {
            assert!(key.open_for(what, owner, &sealed).is_err());
        }
        let other = CenterKey::generate().unwrap();
        assert!(other.open_for("codes", "run-1", &sealed).is_err());
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let key = CenterKey::generate().unwrap();
        let sealed = key.seal("ca key", &[7; 32]).unwrap();
        for at in 0..sealed.ciphertext.len() {
            let mut changed = sealed.clone();
            changed.ciphertext[at] ^= 1;
            assert!(key.open("ca key", &changed).is_err());
        }
    }

    #[test]
    fn the_same_secret_never_looks_the_same() {
        let key = CenterKey::generate().unwrap();
        assert_ne!(key.seal("x", b"1").unwrap(), key.seal("x", b"1").unwrap());
    }
}
