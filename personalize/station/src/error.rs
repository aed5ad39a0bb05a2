//! Why a card was not personalized.

use sello_card::CardError;
use sello_issuing::station::{CardFault, Refusal, Step};
use sello_wire::{Instruction, LifeCycle, Status};
use thiserror::Error;

/// Why a card was not personalized. Nothing on the card has changed unless a step is named.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StationError {
    /// The card is a PIV card of another make.
    #[error("not a Sello card: it does not answer GET STATUS")]
    NotASelloCard,
    /// The card has been personalized already; blocked and terminated cards were, too.
    #[error("card {serial} is personalized already (life cycle {life_cycle:?})")]
    AlreadyPersonalized {
        /// The card's serial number.
        serial: u32,
        /// Its life cycle.
        life_cycle: LifeCycle,
    },
    /// The center said no.
    #[error(transparent)]
    Refused(Refusal),
    /// The card failed outside the steps of its making.
    #[error("the card failed: {0}")]
    Unreadable(CardError),
    /// The card failed at a step. Running again continues.
    #[error("step {step}: {error}")]
    Card {
        /// The step under way.
        step: Step,
        /// What the card said.
        error: CardError,
    },
}

impl StationError {
    /// What the center refused; `lost` is why the relay lost the card, which the center cannot know.
    pub(crate) fn new(refusal: Refusal, lost: Option<CardError>) -> Self {
        let (step, error) = match (refusal, lost) {
            (
                Refusal::Card {
                    step,
                    fault: CardFault::Lost,
                },
                Some(error),
            ) => (step, error),
            (Refusal::Card { step, fault }, _) => match in_words_of_the_edge(fault) {
                Some(error) => (step, error),
                None => return Self::Refused(Refusal::Card { step, fault }),
            },
            (refusal, _) => return Self::Refused(refusal),
        };
        match step {
            Some(step) => Self::Card { step, error },
            None => Self::Unreadable(error),
        }
    }
}

fn in_words_of_the_edge(fault: CardFault) -> Option<CardError> {
    match fault {
        CardFault::Status {
            class,
            instruction,
            status,
        } => Some(CardError::Status {
            instruction: Instruction::from_bytes(class, instruction).ok()?,
            status: Status(status),
        }),
        CardFault::Malformed { class, instruction } => Some(CardError::Malformed {
            instruction: Instruction::from_bytes(class, instruction).ok()?,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sello_card::TransportError;

    fn card(step: Option<Step>, fault: CardFault) -> Refusal {
        Refusal::Card { step, fault }
    }

    #[test]
    fn a_lost_card_is_told_in_the_words_of_who_lost_it() {
        let removed = CardError::Transport(TransportError::Removed);
        let step = Step::TakeCard;
        let error = removed.clone();
        assert_eq!(
            StationError::new(card(Some(step), CardFault::Lost), Some(removed.clone())),
            StationError::Card { step, error }
        );
        assert_eq!(
            StationError::new(card(None, CardFault::Lost), Some(removed.clone())),
            StationError::Unreadable(removed)
        );
    }

    #[test]
    fn a_status_word_is_told_with_its_instruction() {
        let fault = CardFault::Status {
            class: 0x80,
            instruction: 0xF0,
            status: 0x6985,
        };
        let error = CardError::Status {
            instruction: Instruction::SetStatus,
            status: Status::CONDITIONS_NOT_SATISFIED,
        };
        let step = Step::Operational;
        assert_eq!(
            StationError::new(card(Some(step), fault), None),
            StationError::Card { step, error }
        );
        let refusal = card(Some(step), CardFault::Channel);
        assert_eq!(
            StationError::new(refusal.clone(), None),
            StationError::Refused(refusal)
        );
    }
}
