//! PINs with tries, each with a key that it opens.

use std::collections::BTreeMap;

use trussed_core::Error;

use crate::store::random;

struct Pin {
    value: Vec<u8>,
    tries: Option<u8>,
    left: Option<u8>,
    key: Vec<u8>,
}

/// All PINs.
#[derive(Default)]
pub(super) struct Pins(BTreeMap<u8, Pin>);

impl Pins {
    pub(super) fn has(&self, id: u8) -> bool {
        self.0.contains_key(&id)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn left(&self, id: u8) -> Result<Option<u8>, Error> {
        self.0.get(&id).map(|pin| pin.left).ok_or(Error::NoSuchKey)
    }

    /// Sets a PIN; without a key it gets a new one.
    pub(super) fn set(
        &mut self,
        id: u8,
        value: &[u8],
        tries: Option<u8>,
        key: Option<Vec<u8>>,
    ) -> Result<(), Error> {
        let key = match key {
            Some(key) => key,
            None => random::<32>()?.to_vec(),
        };
        let pin = Pin {
            value: value.to_vec(),
            tries,
            left: tries,
            key,
        };
        self.0.insert(id, pin);
        Ok(())
    }

    /// The key of a PIN, for who knows it; a wrong one costs a try.
    pub(super) fn open(&mut self, id: u8, value: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let pin = self.0.get_mut(&id).ok_or(Error::NoSuchKey)?;
        if pin.left == Some(0) {
            return Ok(None);
        }
        if pin.value == value {
            pin.left = pin.tries;
            return Ok(Some(pin.key.clone()));
        }
        pin.left = pin.left.map(|left| left.saturating_sub(1));
        Ok(None)
    }

    pub(super) fn change(&mut self, id: u8, old: &[u8], new: &[u8]) -> Result<bool, Error> {
        if self.open(id, old)?.is_none() {
            return Ok(false);
        }
        if let Some(pin) = self.0.get_mut(&id) {
            pin.value = new.to_vec();
        }
        Ok(true)
    }
}
