//! Readers and connections, as the session needs them: PC/SC is one implementation, a simulated card
//! in the same process another.

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
}
