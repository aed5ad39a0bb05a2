//! Readers with simulated cards, in the hands of a target.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sello_card::{CardConnection, ReaderError, ReaderState, Readers, TransportError};
use sello_simulator::SimulatedCard;
use sello_wire::Channel;

use super::cards;
use super::tamper::{Fault, Tampering};

/// Names of the readers.
const READERS: [&str; 2] = ["Reader A", "Reader B"];
/// Longest answer of a card, in bytes, with its status word.
const LONGEST: usize = 65_538;

/// The desk; the target holds one end, the module the other.
#[derive(Clone)]
pub(crate) struct Desk(Arc<Mutex<State>>);

/// What is on it.
pub(crate) struct State {
    slots: [Slot; READERS.len()],
    /// Whether the reader service answers.
    pub(crate) service: bool,
    /// APDUs since [`Desk::exchanged`] was asked last.
    exchanged: usize,
    /// What happens to answers.
    pub(crate) tampering: Tampering,
}

/// A reader.
#[derive(Default)]
struct Slot {
    card: Option<SimulatedCard>,
    is_foreign: bool,
    /// How often a card came or went.
    changes: u32,
    resets: u32,
}

impl Desk {
    /// An empty desk.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            slots: Default::default(),
            service: true,
            exchanged: 0,
            tampering: Tampering::default(),
        })))
    }

    /// It, for as long as nobody else needs it.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a fresh card into a reader, in place of what was there.
    pub(crate) fn insert(&self, reader: usize, card: usize) {
        let cards = cards::all();
        let known = &cards[card % cards.len()];
        let mut card = SimulatedCard::from_state(&known.state).unwrap();
        card.insert().unwrap();
        let mut desk = self.state();
        let slot = &mut desk.slots[reader % READERS.len()];
        slot.card = Some(card);
        slot.is_foreign = known.is_foreign;
        slot.changes += 1;
    }

    /// Pulls the card out.
    pub(crate) fn pull(&self, reader: usize) {
        let mut desk = self.state();
        let slot = &mut desk.slots[reader % READERS.len()];
        if slot.card.take().is_some() {
            slot.changes += 1;
        }
    }

    /// Another program resets the card.
    pub(crate) fn reset(&self, reader: usize) {
        let mut desk = self.state();
        let slot = &mut desk.slots[reader % READERS.len()];
        if let Some(card) = &mut slot.card {
            card.reset().unwrap();
            slot.resets += 1;
        }
    }

    /// Takes everything away.
    pub(crate) fn clear(&self) {
        let mut desk = self.state();
        for slot in &mut desk.slots {
            slot.card = None;
            slot.changes += 1;
        }
        desk.service = true;
        desk.exchanged = 0;
        desk.tampering = Tampering::default();
    }

    /// APDUs since this was asked last.
    pub(crate) fn exchanged(&self) -> usize {
        std::mem::take(&mut self.state().exchanged)
    }
}

impl Readers for Desk {
    fn list(&self) -> Result<Vec<ReaderState>, ReaderError> {
        let desk = self.state();
        if !desk.service {
            return Err(ReaderError::NoService);
        }
        let state = |(name, slot): (&str, &Slot)| {
            let atr = slot.card.as_ref().map(|card| card.atr().to_vec());
            ReaderState {
                name: name.to_owned(),
                card_present: atr.is_some(),
                atr: atr.unwrap_or_default(),
                changes: u64::from(slot.changes),
            }
        };
        Ok(READERS.into_iter().zip(&desk.slots).map(state).collect())
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, ReaderError> {
        let desk = self.state();
        if !desk.service {
            return Err(ReaderError::NoService);
        }
        let index = READERS.iter().position(|name| *name == reader);
        let index = index.ok_or_else(|| ReaderError::UnknownReader {
            name: reader.to_owned(),
        })?;
        let slot = &desk.slots[index];
        let card = slot.card.as_ref().ok_or_else(|| ReaderError::EmptyReader {
            reader: reader.to_owned(),
        })?;
        Ok(Box::new(Connection {
            desk: self.clone(),
            reader: index,
            changes: slot.changes,
            resets: slot.resets,
            atr: card.atr(),
        }))
    }
}

/// A connection to the card that was there when it was made.
struct Connection {
    desk: Desk,
    reader: usize,
    changes: u32,
    resets: u32,
    atr: &'static [u8],
}

impl Connection {
    /// The desk, if the card is still there and was not reset.
    fn check(&mut self) -> Result<MutexGuard<'_, State>, TransportError> {
        let desk = self.desk.state();
        if !desk.service {
            return Err(TransportError::NoService);
        }
        let slot = &desk.slots[self.reader];
        if slot.card.is_none() || slot.changes != self.changes {
            return Err(TransportError::Removed);
        }
        if slot.resets != self.resets {
            self.resets = slot.resets;
            return Err(TransportError::Reset);
        }
        Ok(desk)
    }
}

impl Channel for Connection {
    type Error = TransportError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], TransportError> {
        let reader = self.reader;
        let mut desk = self.check()?;
        let desk = &mut *desk;
        desk.exchanged += 1;
        let fault = desk.tampering.next();
        if let Some(Fault::Lost { error, executed }) = &fault {
            if *executed {
                desk.slots[reader].answer(command);
            }
            return Err(error.clone());
        }
        if let Some(Fault::OtherCard) = fault {
            // The card behind the connection is another one from now on, and nobody was told.
            let [first, second] = &mut desk.slots;
            std::mem::swap(&mut first.card, &mut second.card);
            std::mem::swap(&mut first.is_foreign, &mut second.is_foreign);
        }
        let true_answer = desk.slots[reader].answer(command);
        let other = (fault == Some(Fault::OtherAnswer))
            .then(|| desk.slots[(reader + 1) % READERS.len()].answer(command));
        let answer = desk.tampering.answer(fault, command, true_answer, other);
        let room = response.get_mut(..answer.len());
        let room = room.ok_or_else(|| TransportError::Other {
            reason: "the response is longer than its buffer".to_owned(),
        })?;
        room.copy_from_slice(&answer);
        Ok(room)
    }
}

impl Slot {
    /// What its card answers.
    fn answer(&mut self, command: &[u8]) -> Vec<u8> {
        // A token of another make knows nothing of Sello's own class.
        if self.is_foreign && command.first() == Some(&0x80) {
            return vec![0x6E, 0x00];
        }
        let mut buffer = vec![0; LONGEST];
        match &mut self.card {
            Some(card) => match card.transmit(command, &mut buffer) {
                Ok(answer) => answer.to_vec(),
                Err(_) => Vec::new(),
            },
            None => Vec::new(),
        }
    }
}

impl CardConnection for Connection {
    fn begin_exclusive(&mut self) -> Result<(), TransportError> {
        self.check().map(drop)
    }

    fn end_exclusive(&mut self) -> Result<(), TransportError> {
        self.check().map(drop)
    }

    fn atr(&self) -> &[u8] {
        self.atr
    }
}
