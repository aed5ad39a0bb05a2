//! Why a card was not personalized.

use sello_card::{CardError, SecretFormat};
use sello_issuing::station::{Refusal, Step};
use sello_wire::LifeCycle;
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
    /// Neither the factory's management key nor this center's opens the card.
    #[error("card {serial} has the management key of another center")]
    ForeignManagementKey {
        /// The card's serial number.
        serial: u32,
    },
    /// The center said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The card could not be read before anything was done.
    #[error("the card could not be read: {0}")]
    Unreadable(CardError),
    /// The card failed at a step. Running again continues.
    #[error("step {step}: {error}")]
    Card {
        /// The step under way.
        step: Step,
        /// What the card said.
        error: CardError,
    },
    /// The center sent a certificate or seal that does not fit the key in the card.
    #[error("the center's objects do not fit the card: {reason}")]
    Misfit {
        /// What does not fit.
        reason: Misfit,
    },
    /// PIN or PUK of the unfinished card were set by somebody else. The card was wiped; running again
    /// begins afresh.
    #[error("card {serial} had a PIN or PUK of somebody else's and was wiped; run again")]
    ForeignCodes {
        /// The card's serial number.
        serial: u32,
    },
    /// The center sent a code or key of a form the card does not take.
    #[error("the center sent an unusable code: {0}")]
    Code(#[from] SecretFormat),
    /// The center asks to begin at a point this station does not know.
    #[error("the center asks for a start this station does not know")]
    UnknownStart,
}

/// What does not fit in the center's objects.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Misfit {
    /// The certificate is for another key.
    #[error("the certificate is for another key")]
    Key,
    /// The seal structure does not list the certificate.
    #[error("the seal does not list the certificate")]
    Seal,
    /// A structure cannot be read.
    #[error(transparent)]
    Unreadable(#[from] sello_profile::Error),
    /// What was read back is not what was written.
    #[error("the card gave back another {what} than was written")]
    ReadBack {
        /// Which object.
        what: &'static str,
    },
}
