//! Why the center does not make a card, or could not go on.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::run::{LifeCycle, Run, Step};
use crate::state::State;

/// How a card failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "fault")]
#[non_exhaustive]
pub enum CardFault {
    /// The station could not reach it.
    #[error("the station lost the card")]
    Lost,
    /// It refused a command.
    #[error("the card answered {class:02X} {instruction:02X} with {status:04X}")]
    Status {
        /// Class byte of the command, before it was wrapped.
        class: u8,
        /// Its instruction byte.
        instruction: u8,
        /// The status word.
        status: u16,
    },
    /// Its answer has a form that no card gives.
    #[error("the card's answer to {class:02X} {instruction:02X} is malformed")]
    Malformed {
        /// Class byte of the command, before it was wrapped.
        class: u8,
        /// Its instruction byte.
        instruction: u8,
    },
    /// An answer was changed on its way, or came without the protection agreed upon.
    #[error("an answer was changed on its way from the card")]
    Channel,
    /// It gave back another object than was written.
    #[error("the card gave back another object {tag:X} than was written")]
    ReadBack {
        /// The object's tag.
        tag: u32,
    },
}

/// What the center does to a card after it was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Service {
    /// Set a new transport PIN.
    Unblock,
    /// End it for good.
    Terminate,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unblock => "unblocked",
            Self::Terminate => "terminated",
        })
    }
}

/// What is wrong with an attestation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "fault")]
#[non_exhaustive]
pub enum AttestationFault {
    /// The card gives none.
    #[error("the card gives no attestation ({status:04X})")]
    Missing {
        /// Its status word.
        status: u16,
    },
    /// It cannot be read, does not chain to the device root, or does not say what it has to.
    #[error("{reason}")]
    Unsound {
        /// Why.
        reason: String,
    },
    /// It is of another card.
    #[error("it is of card {serial}")]
    Card {
        /// That card's serial number.
        serial: u32,
    },
    /// It is of a key in another slot.
    #[error("it is of slot {slot:02X}")]
    Slot {
        /// That slot.
        slot: u8,
    },
    /// It is of another key.
    #[error("it is of another key")]
    Key,
    /// The key has other policies than were set.
    #[error("the key has PIN policy {pin_policy:02X} and dual control {dual_control}")]
    Policy {
        /// The PIN policy byte.
        pin_policy: u8,
        /// Whether each use needs an approval.
        dual_control: bool,
    },
}

/// Names the step in front of a message.
struct Before<'a>(&'a Option<Step>);

impl fmt::Display for Before<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(step) => write!(f, "step {step}: "),
            None => Ok(()),
        }
    }
}

/// The center says no. Nothing has changed unless the text says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "refusal")]
#[non_exhaustive]
pub enum Refusal {
    /// No such application.
    #[error("there is no application {application}")]
    UnknownApplication {
        /// The reference asked for.
        application: String,
    },
    /// The application is not in a state that admits it.
    #[error("application {application} is {state}; a card is made for an approved one only")]
    ApplicationState {
        /// The reference.
        application: String,
        /// Its state.
        state: State,
    },
    /// The card is personalized already, blocked or terminated.
    #[error("the card is {life_cycle:?}; only a blank card can be personalized")]
    CardState {
        /// Its life cycle.
        life_cycle: LifeCycle,
    },
    /// The card is not in use, so it has no PIN to be set anew.
    #[error("the card is {life_cycle:?}; only a card in use gets a new PIN")]
    NotInUse {
        /// Its life cycle.
        life_cycle: LifeCycle,
    },
    /// The card belongs to another application.
    #[error("this card belongs to application {application}")]
    CardTaken {
        /// That application.
        application: String,
    },
    /// The application is not in a state in which its card is unblocked or ended.
    #[error("application {application} is {state}; its card cannot be {service}")]
    ServiceState {
        /// The reference.
        application: String,
        /// Its state.
        state: State,
        /// What was asked for.
        service: Service,
    },
    /// The first letter of the card has not been made yet: its PIN is the one to use.
    #[error("the PIN letter of application {application} has not been made yet")]
    LetterDue {
        /// The reference.
        application: String,
    },
    /// The seal has no approver.
    #[error("the seal of application {application} is not under dual control")]
    NoApprover {
        /// The reference.
        application: String,
    },
    /// The card has channel keys that are neither the factory's nor this center's.
    #[error("card {serial} has the keys of another center")]
    ForeignKeys {
        /// The card's serial number.
        serial: u32,
    },
    /// The card says that it has the factory's channel keys, but this center gave it its own, which no card
    /// gives up: somebody pretends to be it, to be told its secrets.
    #[error(
        "card {serial} has keys of this center, but what is in the reader opens with the factory's"
    )]
    FactoryKeys {
        /// The card's serial number.
        serial: u32,
    },
    /// PIN or PUK of the unfinished card are somebody else's. The card was wiped; the next run begins
    /// afresh.
    #[error("card {serial} had a PIN or PUK of somebody else's and was wiped; run again")]
    ForeignCodes {
        /// The card's serial number.
        serial: u32,
    },
    /// The card was made a plain PIV card at its factory, for its holder alone to administer.
    #[error("a plain PIV card, which a center cannot make a seal card")]
    NotASealCard,
    /// The finished card does not take the transport PIN of its letter.
    #[error("card {serial} does not take its transport PIN")]
    WrongPin {
        /// The card's serial number.
        serial: u32,
    },
    /// The card failed.
    #[error("{}{fault}", Before(.step))]
    Card {
        /// The step under way; `None` while nothing had been done yet.
        step: Option<Step>,
        /// How it failed.
        fault: CardFault,
    },
    /// No such run, or not the latest of its application.
    #[error("run {run} is unknown or over")]
    UnknownRun {
        /// The run asked for.
        run: Run,
    },
    /// Another card than the one the run began with, or another key in it.
    #[error("this is not the card, or not the key, that the run began with")]
    OtherCard,
    /// The possession signature does not fit the key, the card or the run.
    #[error("the card did not prove that it holds the new key")]
    Possession,
    /// The card does not attest that it generated the key, for this slot and with these policies.
    #[error("the key is not attested: {reason}")]
    Attestation {
        /// What is wrong.
        reason: AttestationFault,
    },
    /// The key was certified before.
    #[error("this key has been certified before")]
    KeyKnown,
    /// The steps before this one are not all done.
    #[error("step {step} is not due")]
    OutOfOrder {
        /// The step.
        step: Step,
    },
    /// The center cannot do its work; the reason is for its operator.
    #[error("the center failed: {reason}")]
    Center {
        /// What happened.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_travel_as_json_and_name_their_step() {
        let refusal = Refusal::OutOfOrder {
            step: Step::SetCodes,
        };
        let json = serde_json::to_string(&refusal).unwrap();
        assert_eq!(json, r#"{"refusal":"out-of-order","step":"set-codes"}"#);
        assert_eq!(serde_json::from_str::<Refusal>(&json).unwrap(), refusal);
        let refusal = Refusal::Card {
            step: Some(Step::TakeCard),
            fault: CardFault::Status {
                class: 0x80,
                instruction: 0xf0,
                status: 0x6985,
            },
        };
        let json = serde_json::to_string(&refusal).unwrap();
        assert_eq!(serde_json::from_str::<Refusal>(&json).unwrap(), refusal);
        assert_eq!(
            refusal.to_string(),
            "step take-card: the card answered 80 F0 with 6985"
        );
    }
}
