//! A key pair with its policy.

use sello_wire::key::{
    Algorithm, Curve, KeyOrigin, LONGEST_POINT, LONGEST_SCALAR, PinPolicy, Slot,
};
use zeroize::Zeroizing;

use super::bytes::{Fill, Take};
use crate::platform::{Failure, Platform, Point, PrivateKey, Record};

const LAYOUT: u8 = 2;
/// The layout of the first cards: P-256 alone, no dual control.
const FIRST_LAYOUT: u8 = 1;
/// Length of the longest stored key in bytes.
const LONGEST: usize = 5 + LONGEST_POINT + LONGEST_SCALAR;

/// A key pair with its policy.
pub(crate) struct StoredKey {
    pub(crate) policy: PinPolicy,
    pub(crate) origin: KeyOrigin,
    /// Each stamping needs the approver's leave.
    pub(crate) dual_control: bool,
    pub(crate) point: Point,
    pub(crate) private: PrivateKey,
}

/// The bytes of a stored key.
pub(crate) struct KeyBytes {
    bytes: Zeroizing<[u8; LONGEST]>,
    length: usize,
}

impl KeyBytes {
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl StoredKey {
    pub(crate) const fn curve(&self) -> Curve {
        self.private.curve()
    }

    /// Whether a slot can hold the key: batches and approvals are for keys whose signatures the journal
    /// counts.
    pub(crate) fn belongs_in(&self, slot: Slot) -> bool {
        let of_a_seal = self.policy == PinPolicy::Counted || self.dual_control;
        !of_a_seal || slot.seal_index().is_some()
    }

    pub(crate) fn encode(&self) -> KeyBytes {
        let mut bytes = Zeroizing::new([0; LONGEST]);
        let mut fill = Fill::new(bytes.as_mut_slice());
        fill.put(&[
            LAYOUT,
            self.curve().algorithm().to_byte(),
            self.policy.to_byte(),
            self.origin.to_byte(),
            u8::from(self.dual_control),
        ]);
        fill.put(self.point.as_bytes()).put(self.private.expose());
        let length = fill.len();
        KeyBytes { bytes, length }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut take = Take(bytes);
        let [layout, algorithm, policy, origin] = *take.array()?;
        let dual_control = match (layout, layout == LAYOUT) {
            (FIRST_LAYOUT, _) => 0,
            (_, true) => take.byte()?,
            _ => return None,
        };
        let curve = Algorithm::from_byte(algorithm)?.curve()?;
        let key = Self {
            policy: PinPolicy::from_byte(policy)?,
            origin: KeyOrigin::from_byte(origin)?,
            dual_control: match dual_control {
                0 => false,
                1 => true,
                _ => return None,
            },
            point: Point::new(curve, take.slice(curve.point_length())?)?,
            private: PrivateKey::new(curve, take.slice(curve.scalar_length())?)?,
        };
        take.is_empty().then_some(key)
    }

    /// Reads the key of a slot, `None` when it holds none.
    ///
    /// # Errors
    /// [`Failure::Memory`].
    pub(crate) fn load<P: Platform>(platform: &P, slot: Slot) -> Result<Option<Self>, Failure> {
        let mut bytes = Zeroizing::new([0; LONGEST]);
        let Some(length) = platform.read(Record::Key(slot), bytes.as_mut_slice())? else {
            return Ok(None);
        };
        let used = bytes.get(..length).unwrap_or_default();
        Self::decode(used).map(Some).ok_or(Failure::Memory)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::ToOwned;

    use super::*;

    fn key(curve: Curve) -> StoredKey {
        StoredKey {
            policy: PinPolicy::Counted,
            origin: KeyOrigin::Generated,
            dual_control: true,
            point: Point::new(curve, &[4; LONGEST_POINT][..curve.point_length()]).unwrap(),
            private: PrivateKey::new(curve, &[9; LONGEST_SCALAR][..curve.scalar_length()]).unwrap(),
        }
    }

    #[test]
    fn a_key_survives_its_bytes() {
        for curve in [Curve::P256, Curve::P384] {
            let bytes = key(curve).encode();
            let read = StoredKey::decode(bytes.as_slice()).unwrap();
            assert_eq!(read.encode().as_slice(), bytes.as_slice());
            assert!(read.dual_control);
        }
    }

    #[test]
    fn a_key_without_a_policy_or_of_the_wrong_length_is_refused() {
        let good = key(Curve::P256).encode();
        for place in 0..5 {
            let mut bytes = good.as_slice().to_owned();
            bytes[place] = 0x77;
            assert!(StoredKey::decode(&bytes).is_none(), "byte {place}");
        }
        assert!(StoredKey::decode(&good.as_slice()[1..]).is_none());
    }

    #[test]
    fn the_key_of_a_first_card_is_understood() {
        let mut bytes = vec![1, 0x11, 3, 1];
        bytes.extend([4; 65]);
        bytes.extend([9; 32]);
        let key = StoredKey::decode(&bytes).unwrap();
        assert!(!key.dual_control);
        assert_eq!(key.curve(), Curve::P256);
    }
}
