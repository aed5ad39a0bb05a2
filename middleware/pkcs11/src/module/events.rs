//! `C_WaitForSlotEvent`.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use cryptoki_sys::CK_SLOT_ID;

use super::Module;
use crate::error::Error;
use crate::lock::{lock, read};
use crate::token::{ReaderState, Watch};

/// How long a thread waits before it looks again by itself: for a reader that came between two requests
/// of the service, and for services that cannot tell of new readers.
const LONGEST: Duration = Duration::from_secs(1);
/// How long the end of the module waits for those who wait. A watch that is cancelled just before it
/// begins to wait is cancelled again.
const PATIENCE: Duration = Duration::from_millis(90);

/// Something that happened, or the readers as they are.
enum Seen {
    Event(CK_SLOT_ID),
    Nothing(Vec<ReaderState>),
}

impl Module {
    /// The slot in which something happened since it was last told: a card came or went, or the
    /// reader did.
    ///
    /// # Errors
    /// `CKR_NO_EVENT` when nothing happened and `wait` is false; `CKR_CRYPTOKI_NOT_INITIALIZED` when
    /// the module ends meanwhile.
    pub fn slot_event(&self, wait: bool) -> Result<CK_SLOT_ID, Error> {
        let mut waiting = None;
        loop {
            if self.is_ending.load(Ordering::Acquire) {
                return Err(Error::NotInitialized);
            }
            let states = match self.next_event()? {
                Seen::Event(slot) => return Ok(slot),
                Seen::Nothing(_) if !wait => return Err(Error::NoEvent),
                Seen::Nothing(states) => states,
            };
            let waiting = waiting.get_or_insert_with(|| Waiting::begin(self));
            // The end may have come before there was anything to cancel.
            if !self.is_ending.load(Ordering::Acquire) {
                waiting.watch.wait(&states, LONGEST);
            }
        }
    }

    /// The first slot whose reader is not as it was told, which is told by that.
    fn next_event(&self) -> Result<Seen, Error> {
        let now = self.reader_states()?;
        let slots = read(&self.slots).clone();
        let mut told = lock(&self.told);
        let told = told.get_or_insert_with(|| now.clone());
        for slot in slots {
            let is = now.iter().find(|state| state.name == slot.reader);
            let was = told.iter().find(|state| state.name == slot.reader);
            if is != was {
                tell(told, &slot.reader, is);
                return Ok(Seen::Event(slot.id));
            }
        }
        Ok(Seen::Nothing(now))
    }

    /// Lets those who wait return, and waits until they have.
    pub(super) fn end_waiting(&self) {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if !self.cancel_waiting() {
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Cancels those who wait now; whether there are any.
    pub(super) fn cancel_waiting(&self) -> bool {
        let watches = lock(&self.watches).clone();
        watches.iter().for_each(|watch| watch.cancel());
        !watches.is_empty()
    }
}

/// A thread that waits; as long as this lives, the end of the module cancels its watch.
struct Waiting<'m> {
    module: &'m Module,
    watch: Arc<dyn Watch>,
}

impl<'m> Waiting<'m> {
    fn begin(module: &'m Module) -> Self {
        let watch = module.ground.readers.watch();
        lock(&module.watches).push(Arc::clone(&watch));
        Self { module, watch }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(&self.module.watches).retain(|watch| !Arc::ptr_eq(watch, &self.watch));
    }
}

fn tell(told: &mut Vec<ReaderState>, reader: &str, is: Option<&ReaderState>) {
    told.retain(|state| state.name != reader);
    told.extend(is.cloned());
}
