//! A reader in the same process, with a counter on its wire.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sello_card::{CardConnection, ReaderError, ReaderState, Readers, TransportError};
use sello_simulator::SimulatedCard;
use sello_wire::{Channel, aid};

/// The reader's name.
pub const NAME: &str = "Bench 00";

/// What went over the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Command APDUs.
    pub commands: usize,
    /// Bytes to the card.
    pub sent: usize,
    /// Bytes from the card.
    pub received: usize,
}

/// A reader with a card in it. Clones are the same reader.
#[derive(Clone)]
pub struct CountingReader(Arc<Mutex<Inside>>);

struct Inside {
    card: SimulatedCard,
    traffic: Traffic,
    commands: Vec<[u8; 2]>,
}

impl CountingReader {
    /// Puts a card into a reader.
    #[must_use]
    pub fn new(card: SimulatedCard) -> Self {
        Self(Arc::new(Mutex::new(Inside {
            card,
            traffic: Traffic::default(),
            commands: Vec::new(),
        })))
    }

    /// What went over the wire since the last call of this, and the class and instruction bytes of the
    /// commands.
    #[must_use]
    pub fn take(&self) -> (Traffic, Vec<[u8; 2]>) {
        let mut inside = self.inside();
        let commands = std::mem::take(&mut inside.commands);
        (std::mem::take(&mut inside.traffic), commands)
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Readers for CountingReader {
    fn list(&self) -> Result<Vec<ReaderState>, ReaderError> {
        Ok(vec![ReaderState {
            name: NAME.to_owned(),
            card_present: true,
            atr: aid::ATR.to_vec(),
        }])
    }

    fn connect(&self, _reader: &str) -> Result<Box<dyn CardConnection>, ReaderError> {
        Ok(Box::new(self.clone()))
    }
}

impl Channel for CountingReader {
    type Error = TransportError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], TransportError> {
        let mut inside = self.inside();
        let answer = inside.card.transmit(command, response);
        let answer = answer.map_err(|error| TransportError::Other {
            reason: error.to_string(),
        })?;
        inside.traffic.commands += 1;
        inside.traffic.sent += command.len();
        inside.traffic.received += answer.len();
        if let [class, instruction, ..] = command {
            inside.commands.push([*class, *instruction]);
        }
        Ok(answer)
    }
}

impl CardConnection for CountingReader {
    fn begin_exclusive(&mut self) -> Result<(), TransportError> {
        Ok(())
    }

    fn end_exclusive(&mut self) -> Result<(), TransportError> {
        Ok(())
    }

    fn atr(&self) -> &[u8] {
        &aid::ATR
    }
}
