//! How the center makes a card that lies in a station's reader.
//!
//! ```text
//! station                                  center
//! personalize(application, relay)     ->   reads status, serial, key in 9C; compares with the ledger
//!   transmit(command)                 <-   INITIALIZE UPDATE, EXTERNAL AUTHENTICATE: the card proves its
//!   answer                            ->   keys, the center the right to administer it
//!   ...                                    everything else is wrapped (SCP03): the station carries what
//!                                          it can neither read nor change
//! outcome                             <-   the application is issued
//! ```
//!
//! The station sees no key, PIN or PUK. The center records each step before the card is touched and after
//! it has answered, so the same call with the same card goes on where an earlier one stopped.

use serde::{Deserialize, Serialize};

pub use crate::refusal::{AttestationFault, CardFault, Refusal, Service};
pub use crate::run::{LifeCycle, Mark, Outcome, Run, SEAL_SLOT, Start, Step};

/// The station has no card any more, or none that answers; it knows why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the station lost the card")]
pub struct CardLost;

/// The card in a station's reader, as far as the center reaches it.
pub trait Relay {
    /// Carries a command to the card, in any transport form the card takes, and brings the whole answer:
    /// data, then two bytes of status word.
    ///
    /// # Errors
    /// [`CardLost`].
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardLost>;

    /// Hears each step when it begins and when it is done.
    fn progress(&mut self, step: Step, mark: Mark);
}

/// Whose PIN the center sets anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// The custodian's.
    Custodian,
    /// The approver's.
    Approver,
}

/// The way from a station to the center. In one program now, over a network later.
pub trait CenterLink {
    /// Personalizes the card behind the relay for an application.
    ///
    /// # Errors
    /// [`Refusal`].
    fn personalize(&mut self, application: &str, relay: &mut dyn Relay)
    -> Result<Outcome, Refusal>;

    /// Gives the delivered card behind the relay a new transport PIN, which waits for its letter. Asked
    /// again before there is a letter, it sets the same one. Gives the card's serial number.
    ///
    /// # Errors
    /// [`Refusal`].
    fn unblock(
        &mut self,
        application: &str,
        whose: Whose,
        relay: &mut dyn Relay,
    ) -> Result<[u8; 4], Refusal>;

    /// Ends the card behind the relay for good; its seal must have been revoked. Gives the card's serial
    /// number.
    ///
    /// # Errors
    /// [`Refusal`].
    fn terminate(&mut self, application: &str, relay: &mut dyn Relay) -> Result<[u8; 4], Refusal>;
}
