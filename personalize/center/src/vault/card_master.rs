//! The card master key, and each card's keys of the secure channel made from it.

use sello_scp03::static_keys::diversification_data;
use sello_scp03::{Key, Software, StaticKeys};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Error, random};

/// AES-256 key from which every card's channel keys are derived.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct CardMaster([u8; 32]);

impl CardMaster {
    pub(crate) fn generate() -> Result<Self, Error> {
        Ok(Self(random::bytes()?))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let key = bytes.try_into().map_err(|_| BROKEN)?;
        Ok(Self(key))
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The channel keys of the card with this serial number: "kdf3" of GlobalPlatformPro with the master
    /// for all three, so AES-256 each.
    ///
    /// # Errors
    /// [`Error::Vault`], which cannot happen with a key of 32 bytes.
    pub fn channel_keys(&self, serial: [u8; 4]) -> Result<StaticKeys, Error> {
        let master = Key::new(&self.0).map_err(|_| BROKEN)?;
        StaticKeys::single(&master)
            .diversify(&mut Software, &diversification_data(serial))
            .map_err(|_| BROKEN)
    }
}

const BROKEN: Error = Error::Vault {
    what: "card master key",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_values_computed_by_openssl() {
        // openssl mac -cipher AES-256-CBC -macopt hexkey:00..1f -in BLOCK CMAC, for the blocks
        // 01|02 || 000000 || usage || 00 || 00000000000000001234
        let mut master = [0; 32];
        for (byte, value) in master.iter_mut().zip(0..) {
            *byte = value;
        }
        let keys = CardMaster(master)
            .channel_keys([0, 0, 0x12, 0x34])
            .ok()
            .unwrap();
        let keys = [keys.enc(), keys.mac(), keys.dek()].map(|key| hex::encode_upper(key.expose()));
        assert_eq!(keys, VECTORS);
    }

    const VECTORS: [&str; 3] = [
        "5BCB32EC166C9855C171079B8DC72201E39E40557DA0550B45603E3C33D822AB",
        "9DDB5D625562661631AB80101F3195410AF0CB1F7C21B3CEED66FA5F4CE43092",
        "FDA1B7841222D54FB8F0FD68E170758777E98FD7B91247556A550AEA2C465E77",
    ];

    #[test]
    fn cards_and_masters_have_keys_of_their_own() {
        let one = CardMaster::generate().unwrap();
        let two = CardMaster::generate().unwrap();
        let enc = |master: &CardMaster, serial| {
            let keys = master.channel_keys(serial).ok().unwrap();
            keys.enc().expose().to_vec()
        };
        assert_ne!(enc(&one, [0; 4]), enc(&one, [0, 0, 0, 1]));
        assert_ne!(enc(&one, [0; 4]), enc(&two, [0; 4]));
    }
}
