//! The card master key, and each card's management key made from it.

use aes::Aes256;
use cmac::{Cmac, KeyInit, Mac};
use sello_issuing::secret::ManagementKey;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Error, random};

/// The purpose bound into each derived key.
const LABEL: &[u8] = b"SELLO-CARD-9B";

/// AES-256 key from which every card's management key is derived.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct CardMaster([u8; 32]);

impl CardMaster {
    pub(crate) fn generate() -> Result<Self, Error> {
        Ok(Self(random::bytes()?))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let key = bytes.try_into().map_err(|_| Error::Vault {
            what: "card master key",
        })?;
        Ok(Self(key))
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The management key of the card with this serial number: SP 800-108r1, 4.1 (counter mode)
    /// with AES-256-CMAC; K(i) = CMAC(master, i || label || 00 || serial || 0100), i = 1, 2.
    pub fn management_key(&self, serial: [u8; 4]) -> ManagementKey {
        let mut key = Zeroizing::new([0; 32]);
        for (counter, block) in (1_u8..).zip(key.chunks_exact_mut(16)) {
            let mac = Cmac::<Aes256>::new(&self.0.into())
                .chain_update([counter])
                .chain_update(LABEL)
                .chain_update([0])
                .chain_update(serial)
                .chain_update(256_u16.to_be_bytes())
                .finalize();
            block.copy_from_slice(&mac.into_bytes());
        }
        ManagementKey::new(*key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_value_computed_by_openssl() {
        // openssl mac -cipher AES-256-CBC -macopt hexkey:00..1f -in BLOCK CMAC, for both blocks:
        // 01|02 || "SELLO-CARD-9B" || 00 || 00001234 || 0100
        let mut master = [0; 32];
        for (byte, value) in master.iter_mut().zip(0..) {
            *byte = value;
        }
        let key = CardMaster(master).management_key([0, 0, 0x12, 0x34]);
        assert_eq!(hex::encode_upper(key.expose()), VECTOR);
    }

    const VECTOR: &str = "74A0B4E1C88E1ACB29A5FCA95E5169AABAF42F461DE1624DF1BD2B9F215715F0";

    #[test]
    fn cards_and_masters_have_keys_of_their_own() {
        let one = CardMaster::generate().unwrap();
        let two = CardMaster::generate().unwrap();
        assert_ne!(
            one.management_key([0; 4]).expose(),
            one.management_key([1; 4]).expose()
        );
        assert_ne!(
            one.management_key([0; 4]).expose(),
            two.management_key([0; 4]).expose()
        );
    }
}
