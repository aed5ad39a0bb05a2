//! The static keys of the secure channel.

use sello_scp03::{Key, KeyVersion, StaticKeys};
use sello_wire::life_cycle::LifeCycle;
use zeroize::Zeroizing;

use super::bytes::{Fill, Take};
use crate::platform::{Failure, Platform, Record};

const LAYOUT: u8 = 1;
/// Length of the longest record in bytes.
const LONGEST: usize = 3 + 3 * Key::LARGEST;

/// The keys and their version.
pub(crate) struct ChannelKeys {
    pub(crate) version: KeyVersion,
    pub(crate) keys: StaticKeys,
}

/// The bytes of the record.
pub(crate) struct ChannelKeyBytes {
    bytes: Zeroizing<[u8; LONGEST]>,
    length: usize,
}

impl ChannelKeyBytes {
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl ChannelKeys {
    /// The keys every blank card has.
    pub(crate) fn factory() -> Self {
        Self {
            version: KeyVersion::FACTORY,
            keys: StaticKeys::factory(),
        }
    }

    pub(crate) fn is_factory(&self) -> bool {
        self.version == KeyVersion::FACTORY
    }

    pub(crate) fn encode(&self) -> ChannelKeyBytes {
        let mut bytes = Zeroizing::new([0; LONGEST]);
        let mut fill = Fill::new(bytes.as_mut_slice());
        let length = u8::try_from(self.keys.length()).unwrap_or_default();
        fill.put(&[LAYOUT, self.version.to_byte(), length]);
        for key in [self.keys.enc(), self.keys.mac(), self.keys.dek()] {
            fill.put(key.expose());
        }
        let length = fill.len();
        ChannelKeyBytes { bytes, length }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut take = Take(bytes);
        let [layout, version, length] = *take.array()?;
        let length = usize::from(length);
        let (enc, mac, dek) = (
            take.slice(length)?,
            take.slice(length)?,
            take.slice(length)?,
        );
        let keys = Self {
            version: KeyVersion::new(version)?,
            keys: StaticKeys::new(enc, mac, dek).ok()?,
        };
        (layout == LAYOUT && take.is_empty()).then_some(keys)
    }

    /// Reads the keys. A blank card that was given none has the factory's, any other has none: keys that
    /// everybody knows must not administer it.
    ///
    /// # Errors
    /// [`Failure::Memory`].
    pub(crate) fn load<P: Platform>(
        platform: &P,
        life_cycle: LifeCycle,
    ) -> Result<Option<Self>, Failure> {
        let mut bytes = Zeroizing::new([0; LONGEST]);
        match platform.read(Record::ChannelKeys, bytes.as_mut_slice())? {
            None => Ok((life_cycle == LifeCycle::Blank).then(Self::factory)),
            Some(length) => {
                let used = bytes.get(..length).unwrap_or_default();
                Self::decode(used).map(Some).ok_or(Failure::Memory)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::ToOwned;

    use super::*;

    #[test]
    fn keys_survive_their_bytes() {
        for length in [16, 24, 32] {
            let [enc, mac, dek] = [[1; 32], [2; 32], [3; 32]];
            let keys = ChannelKeys {
                version: KeyVersion::new(1).unwrap(),
                keys: StaticKeys::new(&enc[..length], &mac[..length], &dek[..length]).unwrap(),
            };
            let bytes = keys.encode();
            let read = ChannelKeys::decode(bytes.as_slice()).unwrap();
            assert_eq!(read.encode().as_slice(), bytes.as_slice());
            assert_eq!(read.keys.dek().expose(), &dek[..length]);
            assert!(ChannelKeys::decode(&bytes.as_slice()[1..]).is_none());
        }
    }

    #[test]
    fn stored_keys_never_pass_for_the_factorys() {
        let mut bytes = ChannelKeys::factory().encode().as_slice().to_owned();
        assert!(ChannelKeys::decode(&bytes).is_none());
        bytes[1] = 1;
        assert!(!ChannelKeys::decode(&bytes).unwrap().is_factory());
    }
}
