//! `C_WaitForSlotEvent`.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use cryptoki_sys::CK_SLOT_ID;

use super::Module;
use crate::error::Error;
use crate::lock::{lock, read};
use crate::token::ReaderState;

/// How often a waiting thread looks at the readers.
const INTERVAL: Duration = Duration::from_millis(50);

impl Module {
    /// The slot in which something happened since it was last told: a card came or went, or the
    /// reader did.
    ///
    /// # Errors
    /// `CKR_NO_EVENT` when nothing happened and `wait` is false; `CKR_CRYPTOKI_NOT_INITIALIZED` when
    /// the module ends meanwhile.
    pub fn slot_event(&self, wait: bool) -> Result<CK_SLOT_ID, Error> {
        loop {
            if self.is_ending.load(Ordering::Acquire) {
                return Err(Error::NotInitialized);
            }
            if let Some(slot) = self.next_event()? {
                return Ok(slot);
            }
            if !wait {
                return Err(Error::NoEvent);
            }
            thread::sleep(INTERVAL);
        }
    }

    /// The first slot whose reader is not as it was told, which is told by that.
    fn next_event(&self) -> Result<Option<CK_SLOT_ID>, Error> {
        let now = self.reader_states()?;
        let slots = read(&self.slots).clone();
        let mut told = lock(&self.told);
        let told = told.get_or_insert_with(|| now.clone());
        for slot in slots {
            let is = now.iter().find(|state| state.name == slot.reader);
            let was = told.iter().find(|state| state.name == slot.reader);
            if is != was {
                tell(told, &slot.reader, is);
                return Ok(Some(slot.id));
            }
        }
        Ok(None)
    }
}

fn tell(told: &mut Vec<ReaderState>, reader: &str, is: Option<&ReaderState>) {
    told.retain(|state| state.name != reader);
    told.extend(is.cloned());
}
