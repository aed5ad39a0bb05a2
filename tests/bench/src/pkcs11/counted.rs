//! A card that counts its commands, whatever program sends them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sello_simulator::{CardError, Contacts, SimulatedCard};
use sello_wire::Channel;

/// An answer to reset that offers T=0 alone, which carries no extended length; no historical bytes.
const SHORT_ATR: [u8; 2] = [0x3B, 0x00];
/// Status word: wrong length.
const WRONG_LENGTH: [u8; 2] = [0x67, 0x00];

/// How long the commands may be that a card takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// As ISO/IEC 7816-4 allows.
    Extended,
    /// 255 bytes of data, 256 of answer.
    Short,
}

/// The commands so far. Clones are the same counter.
#[derive(Clone, Default)]
pub struct Counter(Arc<AtomicUsize>);

impl Counter {
    /// The commands since the last call of this.
    #[must_use]
    pub fn take(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

/// The card.
pub struct Counted {
    card: SimulatedCard,
    length: Length,
    counter: Counter,
}

impl Counted {
    /// Counts the commands of a card.
    #[must_use]
    pub const fn new(card: SimulatedCard, length: Length, counter: Counter) -> Self {
        Self {
            card,
            length,
            counter,
        }
    }
}

/// Whether a command has extended length: a zero where the length of its data would be, and more
/// (ISO/IEC 7816-4, 5.2).
fn is_extended(command: &[u8]) -> bool {
    command.get(4) == Some(&0) && command.len() > 5
}

impl Channel for Counted {
    type Error = CardError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], CardError> {
        self.counter.0.fetch_add(1, Ordering::SeqCst);
        if self.length == Length::Extended || !is_extended(command) {
            return self.card.transmit(command, response);
        }
        let available = response.len();
        let room = response.get_mut(..WRONG_LENGTH.len());
        let room = room.ok_or(CardError::BufferTooSmall {
            needed: WRONG_LENGTH.len(),
            available,
        })?;
        room.copy_from_slice(&WRONG_LENGTH);
        Ok(room)
    }
}

impl Contacts for Counted {
    fn answer_to_reset(&self) -> &[u8] {
        match self.length {
            Length::Extended => self.card.answer_to_reset(),
            Length::Short => &SHORT_ATR,
        }
    }

    fn supply(&mut self) -> Result<(), CardError> {
        self.card.supply()
    }

    fn cut(&mut self) {
        self.card.cut();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SELECT: [u8; 10] = [0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8];

    #[test]
    fn each_command_is_counted_once() {
        let counter = Counter::default();
        let card = SimulatedCard::blank(1).unwrap();
        let mut card = Counted::new(card, Length::Extended, counter.clone());
        let mut buffer = [0; 258];
        for _ in 0..3 {
            let answer = card.transmit(&SELECT, &mut buffer).unwrap();
            assert!(answer.ends_with(&[0x90, 0x00]));
        }
        assert_eq!((counter.take(), counter.take()), (3, 0));
    }

    #[test]
    fn a_card_of_short_length_refuses_extended_length_and_takes_the_rest() {
        let card = SimulatedCard::blank(1).unwrap();
        let mut card = Counted::new(card, Length::Short, Counter::default());
        let mut buffer = [0; 258];
        let get_data = [0, 0xCB, 0x3F, 0xFF, 0, 0, 3, 0x5C, 1, 0x7E, 0, 0];
        let answer = card.transmit(&get_data, &mut buffer).unwrap();
        assert_eq!(answer, WRONG_LENGTH);
        let answer = card.transmit(&SELECT, &mut buffer).unwrap();
        assert!(answer.ends_with(&[0x90, 0x00]));
        assert_eq!(card.answer_to_reset(), SHORT_ATR);
    }
}
