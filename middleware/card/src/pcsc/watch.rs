//! Waiting for a card or reader to come or go.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pcsc::{Context, Error, PNP_NOTIFICATION, State};

use super::{establish, look, reader_error};
use crate::error::ReaderError;
use crate::reader::{Pause, ReaderState, Watch};

/// How long a watch without a service waits before it looks again.
const WITHOUT_SERVICE: Duration = Duration::from_millis(250);

/// Shortest time between two looks.
const BREATH: Duration = Duration::from_millis(5);

/// Waits in the service, with a context of its own: a context that waits serves nobody else.
#[derive(Default)]
pub(super) struct PcscWatch {
    context: Mutex<Option<Context>>,
    pause: Pause,
}

impl PcscWatch {
    fn context(&self) -> Result<Context, ReaderError> {
        let mut kept = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(context) => Ok(context.clone()),
            None => Ok(kept.insert(establish()?).clone()),
        }
    }

    fn forget(&self) {
        *self.context.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn wait_in_service(&self, known: &[ReaderState], longest: Duration) -> Result<(), ReaderError> {
        let context = self.context()?;
        let mut states = Vec::new();
        look(&context, &mut states)?;
        if differs(&states, known) {
            return Ok(());
        }
        states
            .iter_mut()
            .for_each(pcsc::ReaderState::sync_current_state);
        states.push(pcsc::ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE));
        let begun = Instant::now();
        let waited = context.get_status_change(longest, &mut states);
        if begun.elapsed() < BREATH {
            // A service that answers at once, again and again, must not make this thread spin.
            self.pause.wait(known, BREATH);
        }
        match waited {
            Ok(()) | Err(Error::Timeout | Error::Cancelled | Error::UnknownReader) => Ok(()),
            Err(error) => Err(reader_error(error, "")),
        }
    }
}

/// Whether the readers are others than those known, or something happened in one. The count of a
/// service that was restarted stands in other bits than this context knows.
fn differs(states: &[pcsc::ReaderState], known: &[ReaderState]) -> bool {
    let is_known = |state: &pcsc::ReaderState| {
        known.iter().any(|known| {
            known.name == state.name().to_string_lossy()
                && known.card_present == state.event_state().contains(State::PRESENT)
                && known.changes & u64::from(u32::MAX) == u64::from(state.event_count())
        })
    };
    states.len() != known.len() || !states.iter().all(is_known)
}

impl Watch for PcscWatch {
    fn wait(&self, known: &[ReaderState], longest: Duration) {
        let waited = self.wait_in_service(known, longest);
        if waited.is_err() {
            self.forget();
            self.pause.wait(known, longest.min(WITHOUT_SERVICE));
        }
    }

    fn cancel(&self) {
        self.pause.cancel();
        let context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(context) = context.as_ref() {
            let _ = context.cancel();
        }
    }
}
