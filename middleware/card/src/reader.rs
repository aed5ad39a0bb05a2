//! Readers and connections, as the session needs them: PC/SC is one implementation, a simulated card
//! in the same process another.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use sello_wire::Channel;

use crate::error::{ReaderError, TransportError};

/// A reader and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderState {
    /// The name, unique among the readers.
    pub name: String,
    /// Whether a card is in the reader.
    pub card_present: bool,
    /// The card's answer to reset; empty without a card.
    pub atr: Vec<u8>,
    /// Another number whenever a card came or went; so a card that was exchanged between two looks is
    /// noticed. 0 from readers that do not count.
    pub changes: u64,
}

/// The readers of this machine.
pub trait Readers: Send + Sync {
    /// Every reader with its state now; an empty list when there is none.
    ///
    /// # Errors
    /// [`ReaderError::NoService`] when the PC/SC service does not answer.
    fn list(&self) -> Result<Vec<ReaderState>, ReaderError>;

    /// Connects to the card in a reader, shared with other programs, without resetting the card.
    ///
    /// # Errors
    /// See [`ReaderError`].
    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, ReaderError>;

    /// One reader with its state now; `None` when there is none of this name.
    ///
    /// # Errors
    /// As [`Readers::list`].
    fn look(&self, reader: &str) -> Result<Option<ReaderState>, ReaderError> {
        let mut states = self.list()?.into_iter();
        Ok(states.find(|state| state.name == reader))
    }

    /// Whether these are this machine's readers, whose cards other processes use too.
    fn are_shared(&self) -> bool {
        false
    }

    /// Something to wait with until a card or reader comes or goes. Readers that cannot tell are looked
    /// at again after a short while.
    fn watch(&self) -> Arc<dyn Watch> {
        Arc::new(Pause::default())
    }
}

/// Waits until a card or reader comes or goes; for one waiting thread at a time.
pub trait Watch: Send + Sync {
    /// Returns when something is not as `known`, after [`Watch::cancel`], and at the latest when
    /// `longest` is over; now and then for no reason.
    fn wait(&self, known: &[ReaderState], longest: Duration);

    /// Lets the waiting thread return, now and for ever.
    fn cancel(&self);
}

/// The watch of readers that cannot tell when something happens: a pause that can be cut short.
#[derive(Debug, Default)]
pub struct Pause {
    is_cancelled: Mutex<bool>,
    cancelled: Condvar,
}

/// How long a pause lasts at most.
const PAUSE: Duration = Duration::from_millis(250);

impl Watch for Pause {
    fn wait(&self, _known: &[ReaderState], longest: Duration) {
        let is_cancelled = self.is_cancelled.lock();
        let is_cancelled = is_cancelled.unwrap_or_else(PoisonError::into_inner);
        let longest = longest.min(PAUSE);
        let waiting = |is_cancelled: &mut bool| !*is_cancelled;
        drop(
            self.cancelled
                .wait_timeout_while(is_cancelled, longest, waiting),
        );
    }

    fn cancel(&self) {
        let is_cancelled = self.is_cancelled.lock();
        *is_cancelled.unwrap_or_else(PoisonError::into_inner) = true;
        self.cancelled.notify_all();
    }
}

/// A command for the reader itself (PC/SC part 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// `CM_IOCTL_GET_FEATURE_REQUEST`: what the reader can do.
    GetFeatureRequest,
    /// A control code that the reader named.
    Code(u32),
}

/// A connection to one card. Dropping it disconnects and leaves the card as it is.
pub trait CardConnection: Channel<Error = TransportError> + Send {
    /// Keeps every other program from the card until [`CardConnection::end_exclusive`]; waits while
    /// another one has it.
    ///
    /// # Errors
    /// [`TransportError::Reset`] when the card was reset since the last command: the connection is
    /// usable again, exclusive access was not begun, and every right is lost. Otherwise see
    /// [`TransportError`].
    fn begin_exclusive(&mut self) -> Result<(), TransportError>;

    /// Lets other programs use the card again; nothing happens when exclusive access was not begun.
    ///
    /// # Errors
    /// See [`TransportError`].
    fn end_exclusive(&mut self) -> Result<(), TransportError>;

    /// The card's answer to reset.
    fn atr(&self) -> &[u8];

    /// Sends a command to the reader; one that takes none fails.
    ///
    /// # Errors
    /// See [`TransportError`].
    fn control(&mut self, _control: Control, _data: &[u8]) -> Result<Vec<u8>, TransportError> {
        Err(TransportError::Other {
            reason: "the reader takes no commands".to_owned(),
        })
    }
}
