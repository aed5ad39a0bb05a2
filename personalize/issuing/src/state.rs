//! The states of an application, from request to end, and every transition there is.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum State {
    /// Received, seen by no officer.
    Applied,
    /// One officer has approved.
    ApprovedOnce,
    /// Two officers have approved; a card may be made.
    Approved,
    /// Refused. The end.
    Rejected,
    /// A station is making the card, or was when it stopped.
    Personalizing,
    /// The card is made and on its way; its certificate is on hold.
    Issued,
    /// In the hands of its custodian, who has set a PIN of their own.
    Active,
    /// Reported lost or doubted; on hold.
    Suspended,
    /// Not to be relied on any more. The end.
    Revoked,
}

/// What moves an application from one state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// An officer approves.
    Approve,
    /// An officer refuses.
    Reject,
    /// A station begins, or begins again.
    Personalize,
    /// The card is complete and proved.
    Issue,
    /// The custodian has the card and has changed the transport PIN.
    Activate,
    /// The card is reported lost.
    ReportLoss,
    /// The card was found and is trusted again.
    Reinstate,
    /// The seal is ended for good.
    Revoke,
}

/// Every transition there is: what is not listed cannot happen.
pub const TRANSITIONS: &[(State, Event, State)] = &[
    (State::Applied, Event::Approve, State::ApprovedOnce),
    (State::ApprovedOnce, Event::Approve, State::Approved),
    (State::Applied, Event::Reject, State::Rejected),
    (State::ApprovedOnce, Event::Reject, State::Rejected),
    (State::Approved, Event::Reject, State::Rejected),
    (State::Approved, Event::Personalize, State::Personalizing),
    (
        State::Personalizing,
        Event::Personalize,
        State::Personalizing,
    ),
    (State::Personalizing, Event::Issue, State::Issued),
    (State::Personalizing, Event::Revoke, State::Revoked),
    (State::Issued, Event::Activate, State::Active),
    (State::Issued, Event::Revoke, State::Revoked),
    (State::Active, Event::ReportLoss, State::Suspended),
    (State::Active, Event::Revoke, State::Revoked),
    (State::Suspended, Event::Reinstate, State::Active),
    (State::Suspended, Event::Revoke, State::Revoked),
];

/// A transition that is not in [`TRANSITIONS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an application that is {from} does not admit '{event}'")]
pub struct Forbidden {
    /// Where the application stands.
    pub from: State,
    /// What was asked.
    pub event: Event,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Applied,
        Self::ApprovedOnce,
        Self::Approved,
        Self::Rejected,
        Self::Personalizing,
        Self::Issued,
        Self::Active,
        Self::Suspended,
        Self::Revoked,
    ];

    /// The state after `event`.
    ///
    /// # Errors
    /// [`Forbidden`] if [`TRANSITIONS`] does not list it.
    pub fn after(self, event: Event) -> Result<Self, Forbidden> {
        TRANSITIONS
            .iter()
            .find(|(from, by, _)| *from == self && *by == event)
            .map(|(_, _, to)| *to)
            .ok_or(Forbidden { from: self, event })
    }

    /// The word stored and shown to programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::ApprovedOnce => "approved-once",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Personalizing => "personalizing",
            Self::Issued => "issued",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }

    /// The state that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 8] = [
        Self::Approve,
        Self::Reject,
        Self::Personalize,
        Self::Issue,
        Self::Activate,
        Self::ReportLoss,
        Self::Reinstate,
        Self::Revoke,
    ];

    /// The word stored and shown to programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Personalize => "personalize",
            Self::Issue => "issue",
            Self::Activate => "activate",
            Self::ReportLoss => "report-loss",
            Self::Reinstate => "reinstate",
            Self::Revoke => "revoke",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_not_listed_is_forbidden() {
        let mut allowed = 0;
        for from in State::ALL {
            for event in Event::ALL {
                match from.after(event) {
                    Ok(to) => {
                        assert!(TRANSITIONS.contains(&(from, event, to)));
                        allowed += 1;
                    }
                    Err(error) => assert_eq!(error, Forbidden { from, event }),
                }
            }
        }
        assert_eq!(allowed, TRANSITIONS.len());
    }

    #[test]
    fn no_card_without_two_approvals() {
        // Walks backwards from Personalizing: the only way in counts two approvals.
        let into = |target: State| {
            TRANSITIONS
                .iter()
                .filter(move |(from, _, to)| *to == target && *from != target)
        };
        let ways: Vec<_> = into(State::Personalizing).collect();
        assert_eq!(
            ways,
            [&(State::Approved, Event::Personalize, State::Personalizing)]
        );
        let ways: Vec<_> = into(State::Approved).collect();
        assert_eq!(
            ways,
            [&(State::ApprovedOnce, Event::Approve, State::Approved)]
        );
        let ways: Vec<_> = into(State::ApprovedOnce).collect();
        assert_eq!(
            ways,
            [&(State::Applied, Event::Approve, State::ApprovedOnce)]
        );
    }

    #[test]
    fn ends_are_ends() {
        for end in [State::Rejected, State::Revoked] {
            assert!(
                Event::ALL
                    .into_iter()
                    .all(|event| end.after(event).is_err())
            );
        }
    }

    #[test]
    fn a_suspended_seal_becomes_active_only_if_it_was_active() {
        let ways: Vec<_> = TRANSITIONS
            .iter()
            .filter(|(_, _, to)| *to == State::Suspended)
            .map(|(from, _, _)| *from)
            .collect();
        assert_eq!(ways, [State::Active]);
    }

    #[test]
    fn words_are_the_serialized_names() {
        for state in State::ALL {
            let json = serde_json::to_string(&state).unwrap();
            assert_eq!(json, format!("\"{}\"", state.word()));
            assert_eq!(State::from_word(state.word()), Some(state));
        }
        for event in Event::ALL {
            let json = serde_json::to_string(&event).unwrap();
            assert_eq!(json, format!("\"{}\"", event.word()));
        }
        assert_eq!(State::from_word("blank"), None);
    }
}
