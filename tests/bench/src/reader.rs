//! A reader in the same process that keeps what goes over its wire.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sello_card::{CardConnection, ReaderError, ReaderState, Readers, TransportError};
use sello_simulator::SimulatedCard;
use sello_simulator::timing::Work;
use sello_wire::{Channel, aid};

use crate::dialogue::{Dialogue, Exchange};

/// The reader's name.
pub const NAME: &str = "Bench 00";

/// A reader with a card in it. Clones are the same reader.
#[derive(Clone)]
pub struct CountingReader(Arc<Mutex<Inside>>);

struct Inside {
    card: SimulatedCard,
    exchanges: Vec<Exchange>,
}

impl CountingReader {
    /// Puts a card into a reader.
    #[must_use]
    pub fn new(card: SimulatedCard) -> Self {
        Self(Arc::new(Mutex::new(Inside {
            card,
            exchanges: Vec::new(),
        })))
    }

    /// What went over the wire since the last call of this.
    #[must_use]
    pub fn take(&self, name: &'static str) -> Dialogue {
        Dialogue::new(name, std::mem::take(&mut self.inside().exchanges))
    }

    /// Does something with the card itself.
    pub fn with_card<T>(&self, action: impl FnOnce(&mut SimulatedCard) -> T) -> T {
        action(&mut self.inside().card)
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn keep(&mut self, command: &[u8], received: usize, before: Work) {
        if let [class, instruction, ..] = command {
            self.exchanges.push(Exchange {
                class: *class,
                instruction: *instruction,
                sent: command.len(),
                received,
                before,
                after: self.card.work(),
            });
        }
    }
}

impl Readers for CountingReader {
    fn list(&self) -> Result<Vec<ReaderState>, ReaderError> {
        Ok(vec![ReaderState {
            name: NAME.to_owned(),
            card_present: true,
            atr: aid::ATR.to_vec(),
            changes: 0,
        }])
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, ReaderError> {
        // The program before this one is gone, and pcscd has taken the power from its card.
        let powered = self.with_card(SimulatedCard::reset);
        powered.map_err(|_| ReaderError::Mute {
            reader: reader.to_owned(),
        })?;
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
        let before = inside.card.work();
        let answer = inside.card.transmit(command, response);
        let answer = answer.map_err(|error| TransportError::Other {
            reason: error.to_string(),
        })?;
        inside.keep(command, answer.len(), before);
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
