//! The card in the reader, lent to the center.

use sello_card::{CardError, Exclusive};
use sello_issuing::station::{CardLost, Mark, Relay, Step};
use sello_wire::Command;

/// A relay over exclusive access: nobody else reaches the card as long as this value lives.
pub(crate) struct CardRelay<'a, 's> {
    card: Exclusive<'s>,
    progress: &'a mut dyn FnMut(Step, Mark),
    /// Why the card was lost.
    lost: Option<CardError>,
}

impl<'a, 's> CardRelay<'a, 's> {
    pub(crate) fn new(card: Exclusive<'s>, progress: &'a mut dyn FnMut(Step, Mark)) -> Self {
        Self {
            card,
            progress,
            lost: None,
        }
    }

    /// Why the card was lost, if it was.
    pub(crate) fn into_lost(self) -> Option<CardError> {
        self.lost
    }
}

impl Relay for CardRelay<'_, '_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardLost> {
        // A command that is none comes from a center gone wrong: the card does not see it.
        let command = Command::parse(command).map_err(|_| CardLost)?;
        match self.card.relay(&command) {
            Ok((mut answer, status)) => {
                answer.extend(status.to_bytes());
                Ok(answer)
            }
            Err(error) => {
                self.lost = Some(error);
                Err(CardLost)
            }
        }
    }

    fn progress(&mut self, step: Step, mark: Mark) {
        (self.progress)(step, mark);
    }
}
