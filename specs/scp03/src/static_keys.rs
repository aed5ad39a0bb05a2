//! The keys that stay on a card, and how each card gets its own.

use crate::derivation;
use crate::key::{Key, KeyLength};
use crate::primitives::Primitives;

/// Key diversification data, in the answer to INITIALIZE UPDATE (Amendment D v1.1.1, 7.1.1.6).
pub type DiversificationData = [u8; 10];

/// A key check value: the first three bytes of AES(key, `01` x 16) (Amendment D v1.1.1, 7.2).
pub type CheckValue = [u8; 3];

/// The three keys of a card (or of the center, from which a card's are diversified), all of one
/// length, wiped when dropped.
///
/// They have no `Debug`, so that they cannot be printed.
#[derive(Clone)]
pub struct StaticKeys {
    enc: Key,
    mac: Key,
    dek: Key,
}

/// Key usage in "kdf3", which is the key identifier too.
mod usage {
    pub(super) const ENC: u8 = 1;
    pub(super) const MAC: u8 = 2;
    pub(super) const DEK: u8 = 3;
}

impl StaticKeys {
    /// Takes three keys of one length.
    ///
    /// # Errors
    /// [`KeyLength`] when one has not 16, 24 or 32 bytes, or not as many as the first.
    pub fn new(enc: &[u8], mac: &[u8], dek: &[u8]) -> Result<Self, KeyLength> {
        let keys = Self {
            enc: Key::new(enc)?,
            mac: Key::new(mac)?,
            dek: Key::new(dek)?,
        };
        for length in [mac.len(), dek.len()] {
            if length != enc.len() {
                return Err(KeyLength { length });
            }
        }
        Ok(keys)
    }

    /// One key for all three: a master key, or the factory's.
    #[must_use]
    pub fn single(key: &Key) -> Self {
        Self {
            enc: key.clone(),
            mac: key.clone(),
            dek: key.clone(),
        }
    }

    /// The keys of a card that left the factory: AES-128, `40` to `4F`, known to everybody.
    #[must_use]
    pub fn factory() -> Self {
        Self::single(&Key::aes_128(*b"@ABCDEFGHIJKLMNO"))
    }

    /// The keys of the card with this diversification data, by GlobalPlatformPro's "kdf3" from these,
    /// the center's.
    ///
    /// # Errors
    /// When the primitives fail.
    pub fn diversify<P: Primitives>(
        &self,
        primitives: &mut P,
        data: &DiversificationData,
    ) -> Result<Self, P::Error> {
        Ok(Self {
            enc: derivation::diversify(primitives, &self.enc, usage::ENC, data)?,
            mac: derivation::diversify(primitives, &self.mac, usage::MAC, data)?,
            dek: derivation::diversify(primitives, &self.dek, usage::DEK, data)?,
        })
    }

    /// The check values of ENC, MAC and DEK.
    ///
    /// # Errors
    /// When the primitives fail.
    pub fn check_values<P: Primitives>(
        &self,
        primitives: &mut P,
    ) -> Result<[CheckValue; 3], P::Error> {
        Ok([
            check_value(primitives, &self.enc)?,
            check_value(primitives, &self.mac)?,
            check_value(primitives, &self.dek)?,
        ])
    }

    /// K-ENC, from which S-ENC is derived.
    #[must_use]
    pub const fn enc(&self) -> &Key {
        &self.enc
    }

    /// K-MAC, from which S-MAC and S-RMAC are derived.
    #[must_use]
    pub const fn mac(&self) -> &Key {
        &self.mac
    }

    /// K-DEK, which encrypts keys.
    #[must_use]
    pub const fn dek(&self) -> &Key {
        &self.dek
    }

    /// Length of each key in bytes.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.enc.length()
    }
}

/// The check value of a key.
///
/// # Errors
/// When the primitives fail.
pub fn check_value<P: Primitives>(primitives: &mut P, key: &Key) -> Result<CheckValue, P::Error> {
    let mut block = [1; 16];
    primitives.encrypt_cbc(key.expose(), &[0; 16], &mut block)?;
    let [a, b, c, ..] = block;
    Ok([a, b, c])
}

/// The diversification data of a Sello card: six zeros and its serial number.
#[must_use]
pub const fn diversification_data(serial: [u8; 4]) -> DiversificationData {
    let [a, b, c, d] = serial;
    [0, 0, 0, 0, 0, 0, a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_keys_have_one_length() {
        let bytes = [7; 32];
        for (enc, mac, dek, wrong) in [
            (16, 24, 16, 24),
            (16, 16, 32, 32),
            (32, 32, 31, 31),
            (0, 0, 0, 0),
        ] {
            let keys = StaticKeys::new(&bytes[..enc], &bytes[..mac], &bytes[..dek]);
            assert_eq!(keys.err(), Some(KeyLength { length: wrong }));
        }
        let keys = StaticKeys::new(&bytes[..24], &bytes[8..], &bytes[..24]).unwrap();
        assert_eq!(keys.length(), 24);
    }

    #[test]
    fn a_card_is_diversified_by_its_serial_number() {
        let data = diversification_data([0xA1, 0xB2, 0xC3, 0xD4]);
        assert_eq!(data, [0, 0, 0, 0, 0, 0, 0xA1, 0xB2, 0xC3, 0xD4]);
    }
}
