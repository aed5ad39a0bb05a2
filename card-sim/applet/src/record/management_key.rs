//! The management key.

use sello_wire::key::{Algorithm, FACTORY_MANAGEMENT_KEY};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The management key.
#[derive(Clone)]
pub(crate) struct ManagementKey {
    algorithm: Algorithm,
    bytes: Zeroizing<[u8; Self::LONGEST]>,
}

impl ManagementKey {
    pub(super) const LONGEST: usize = 32;

    /// `None` when the key's length is not that of the algorithm.
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Option<Self> {
        algorithm
            .secret_key_length()
            .filter(|length| *length == key.len())?;
        let mut bytes = Zeroizing::new([0; Self::LONGEST]);
        bytes.get_mut(..key.len())?.copy_from_slice(key);
        Some(Self { algorithm, bytes })
    }

    pub(crate) fn factory() -> Self {
        let mut bytes = [0; Self::LONGEST];
        for (to, from) in bytes.iter_mut().zip(FACTORY_MANAGEMENT_KEY) {
            *to = from;
        }
        Self {
            algorithm: Algorithm::Aes192,
            bytes: Zeroizing::new(bytes),
        }
    }

    /// All zero: the place of a key that is gone.
    pub(super) fn erased() -> Self {
        Self {
            algorithm: Algorithm::Aes192,
            bytes: Zeroizing::new([0; Self::LONGEST]),
        }
    }

    pub(super) fn decode(algorithm: u8, bytes: &[u8; Self::LONGEST]) -> Option<Self> {
        let algorithm = Algorithm::from_byte(algorithm)?;
        algorithm.secret_key_length()?;
        Some(Self {
            algorithm,
            bytes: Zeroizing::new(*bytes),
        })
    }

    pub(super) fn padded(&self) -> &[u8; Self::LONGEST] {
        &self.bytes
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let length = self.algorithm.secret_key_length().unwrap_or_default();
        self.bytes.get(..length).unwrap_or_default()
    }

    pub(crate) fn is_factory(&self) -> bool {
        self.algorithm == Algorithm::Aes192
            && bool::from(self.bytes().ct_eq(&FACTORY_MANAGEMENT_KEY))
    }
}
