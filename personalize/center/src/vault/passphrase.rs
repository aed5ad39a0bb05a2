//! Officers' passphrases and the center key encrypted under each.

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::center_key::{CenterKey, Sealed, decrypt, encrypt};
use crate::{Error, random};

/// Fewest characters of a passphrase.
const LEAST: usize = 8;

/// A passphrase as typed, wiped on drop.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Passphrase(Vec<u8>);

impl Passphrase {
    /// Takes a passphrase.
    pub fn new(text: String) -> Self {
        Self(text.into_bytes())
    }

    /// Refuses a passphrase too short to be chosen.
    pub(crate) fn check_length(&self) -> Result<(), Error> {
        let characters = String::from_utf8_lossy(&self.0).chars().count();
        if characters < LEAST {
            return Err(Error::ShortPassphrase { least: LEAST });
        }
        Ok(())
    }

    /// Whether two passphrases typed are the same.
    pub fn same(&self, other: &Self) -> bool {
        // Both were typed by the same person a moment ago: nothing to learn from the time taken.
        self.0 == other.0
    }
}

/// What argon2id spends on a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// RFC 9106's second recommendation: 64 MiB, three passes, four lanes.
    pub const RECOMMENDED: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 4,
    };
    /// The most that a stored cost may ask, so that a changed ledger cannot exhaust memory.
    const MOST: Self = Self {
        memory_kib: 1024 * 1024,
        passes: 16,
        lanes: 16,
    };
}

/// The center key, encrypted for one officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrapped {
    /// Of argon2id.
    #[serde(with = "hex::serde")]
    pub salt: [u8; 16],
    /// Of argon2id.
    pub cost: Cost,
    /// The center key.
    pub sealed: Sealed,
}

impl Wrapped {
    /// Encrypts the center key for an officer.
    ///
    /// # Errors
    /// [`Error::ShortPassphrase`] or [`Error::Random`].
    pub fn new(
        key: &CenterKey,
        officer: &str,
        passphrase: &Passphrase,
        cost: Cost,
    ) -> Result<Self, Error> {
        passphrase.check_length()?;
        let salt = random::bytes()?;
        let wrapping = derive(passphrase, &salt, cost).ok_or(Error::Random)?;
        Ok(Self {
            salt,
            cost,
            sealed: encrypt(&wrapping, &associated(officer), key.expose())?,
        })
    }

    /// Opens an officer's copy; nothing if the passphrase, the name or the stored bytes are wrong.
    pub fn open(&self, officer: &str, passphrase: &Passphrase) -> Option<CenterKey> {
        let wrapping = derive(passphrase, &self.salt, self.cost)?;
        let key = decrypt(&wrapping, &associated(officer), &self.sealed)?;
        CenterKey::from_bytes(&key)
    }
}

fn associated(officer: &str) -> Vec<u8> {
    [b"sello-center:officer\0", officer.as_bytes()].concat()
}

fn derive(passphrase: &Passphrase, salt: &[u8; 16], cost: Cost) -> Option<Zeroizing<[u8; 32]>> {
    let most = Cost::MOST;
    if cost.memory_kib > most.memory_kib || cost.passes > most.passes || cost.lanes > most.lanes {
        return None;
    }
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(&passphrase.0, salt, key.as_mut_slice())
        .ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };

    fn typed(text: &str) -> Passphrase {
        Passphrase::new(text.into())
    }

    #[test]
    fn opens_for_the_right_officer_with_the_right_passphrase() {
        let key = CenterKey::generate().unwrap();
        let wrapped = Wrapped::new(&key, "ana", &typed("correct horse"), CHEAP).unwrap();
        let opened = wrapped.open("ana", &typed("correct horse")).unwrap();
        assert_eq!(opened.expose(), key.expose());
        assert!(wrapped.open("ana", &typed("correct house")).is_none());
        assert!(wrapped.open("eva", &typed("correct horse")).is_none());
    }

    #[test]
    fn a_changed_cost_neither_opens_nor_exhausts_memory() {
        let key = CenterKey::generate().unwrap();
        let mut wrapped = Wrapped::new(&key, "ana", &typed("correct horse"), CHEAP).unwrap();
        for memory_kib in [9, 0, u32::MAX] {
            wrapped.cost.memory_kib = memory_kib;
            assert!(wrapped.open("ana", &typed("correct horse")).is_none());
        }
    }

    #[test]
    fn short_passphrases_are_refused_by_characters() {
        let key = CenterKey::generate().unwrap();
        let make = |text| Wrapped::new(&key, "ana", &typed(text), CHEAP);
        assert!(matches!(
            make("ñañañañ"),
            Err(Error::ShortPassphrase { least: 8 })
        ));
        assert!(make("ñañañañañ").is_ok());
    }
}
