//! What is stored, a struct a table.

use sello_issuing::state::State;
use sello_profile::crl::CrlReason;

use crate::vault::Sealed;

/// An officer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerRow {
    /// Name as given.
    pub name: String,
    /// The center key, encrypted for the officer: JSON of [`crate::vault::Wrapped`].
    pub wrapped: String,
    /// When, in seconds since 1970.
    pub added_at: i64,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationRow {
    /// Number, from 1.
    pub number: i64,
    /// Reference, made of the number.
    pub reference: String,
    /// State.
    pub state: State,
    /// JSON of [`crate::application::Request`] without its picture.
    pub request: String,
    /// Seal picture, a PNG file.
    pub picture: Vec<u8>,
    /// When it was received, in seconds since 1970.
    pub created_at: i64,
    /// When its state last changed.
    pub changed_at: i64,
}

/// One officer's approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The application.
    pub application: String,
    /// The officer.
    pub officer: String,
    /// When, in seconds since 1970.
    pub approved_at: i64,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// Going on, or stopped and to be resumed.
    Open,
    /// Given up for a later one.
    Superseded,
    /// Complete.
    Finished,
}

impl RunState {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Superseded => "superseded",
            Self::Finished => "finished",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Open, Self::Superseded, Self::Finished]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// One attempt to personalize a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Random name.
    pub id: String,
    /// The application.
    pub application: String,
    /// The card's serial number, hexadecimal.
    pub card_serial: String,
    /// Where it stands.
    pub state: RunState,
    /// Nonce of the possession statement.
    pub nonce: [u8; 32],
    /// The card's GUID.
    pub guid: [u8; 16],
    /// Transport PIN and PUK: JSON of [`crate::vault::Sealed`], until the letter is made.
    pub codes: Option<String>,
    /// When, in seconds since 1970.
    pub started_at: i64,
}

impl RunRow {
    /// Whether the codes are those of a new card; a PIN set anew is stored in another form.
    pub(crate) fn waits_for_first_letter(&self) -> bool {
        let codes = self.codes.as_deref();
        codes.is_some_and(|text| serde_json::from_str::<Sealed>(text).is_ok())
    }
}

/// A recorded step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRow {
    /// The step's word.
    pub step: String,
    /// `begun` or `done`.
    pub mark: String,
    /// When last, in seconds since 1970.
    pub recorded_at: i64,
}

/// Whether a certificate can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateStatus {
    /// Not now: issued but not activated, or reported lost.
    Hold,
    /// Yes.
    Good,
    /// Never again.
    Revoked(CrlReason),
}

impl CertificateStatus {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Good => "good",
            Self::Revoked(_) => "revoked",
        }
    }

    /// The reason on the revocation list; none if the certificate is not on it.
    pub fn reason(self) -> Option<CrlReason> {
        match self {
            Self::Hold => Some(CrlReason::CertificateHold),
            Self::Good => None,
            Self::Revoked(reason) => Some(reason),
        }
    }

    pub(crate) fn code(self) -> Option<i64> {
        self.reason().map(|reason| match reason {
            CrlReason::Unspecified => 0,
            CrlReason::KeyCompromise => 1,
            CrlReason::CaCompromise => 2,
            CrlReason::AffiliationChanged => 3,
            CrlReason::Superseded => 4,
            CrlReason::CessationOfOperation => 5,
            CrlReason::CertificateHold => 6,
            CrlReason::RemoveFromCRL => 8,
            CrlReason::PrivilegeWithdrawn => 9,
            CrlReason::AaCompromise => 10,
        })
    }

    pub(crate) fn from_stored(word: &str, code: Option<i64>) -> Option<Self> {
        let status = match (word, code) {
            ("hold", _) => Self::Hold,
            ("good", _) => Self::Good,
            ("revoked", Some(0)) => Self::Revoked(CrlReason::Unspecified),
            ("revoked", Some(1)) => Self::Revoked(CrlReason::KeyCompromise),
            ("revoked", Some(3)) => Self::Revoked(CrlReason::AffiliationChanged),
            ("revoked", Some(4)) => Self::Revoked(CrlReason::Superseded),
            ("revoked", Some(5)) => Self::Revoked(CrlReason::CessationOfOperation),
            ("revoked", Some(9)) => Self::Revoked(CrlReason::PrivilegeWithdrawn),
            _ => return None,
        };
        (status.code() == code).then_some(status)
    }
}

/// A seal certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRow {
    /// Serial number, hexadecimal.
    pub serial: String,
    /// The application.
    pub application: String,
    /// The run that it was made in.
    pub run: String,
    /// The card's serial number, hexadecimal.
    pub card_serial: String,
    /// The public key, hexadecimal.
    pub point: String,
    /// The certificate.
    pub der: Vec<u8>,
    /// The seal structure made with it.
    pub seal: Vec<u8>,
    /// Whether it can be relied on.
    pub status: CertificateStatus,
    /// Since when, in seconds since 1970.
    pub since: i64,
}

/// A published revocation list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationListRow {
    /// `cRLNumber`.
    pub number: i64,
    /// When it was made, in seconds since 1970.
    pub this_update: i64,
    /// When the next one comes at the latest.
    pub next_update: i64,
    /// The list.
    pub der: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_statuses_read_back_and_nothing_else_does() {
        use CrlReason::*;
        let reasons = [
            Unspecified,
            KeyCompromise,
            AffiliationChanged,
            Superseded,
            CessationOfOperation,
            PrivilegeWithdrawn,
        ];
        let revoked = reasons.map(CertificateStatus::Revoked);
        for status in revoked
            .into_iter()
            .chain([CertificateStatus::Hold, CertificateStatus::Good])
        {
            let read = CertificateStatus::from_stored(status.word(), status.code());
            assert_eq!(read, Some(status));
        }
        for (word, code) in [
            ("good", Some(6)),
            ("hold", None),
            ("revoked", None),
            ("x", None),
        ] {
            assert_eq!(CertificateStatus::from_stored(word, code), None);
        }
    }
}
