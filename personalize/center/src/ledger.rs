//! What the center stores, behind a trait.
//!
//! A change is a [`Transaction`]: it sees the ledger as it is, nobody else changes it meanwhile,
//! and [`Transaction::commit`] demands that a line was appended to the audit log. Dropped without
//! commit, it leaves nothing.

mod rows;
mod sqlite;

pub use rows::{
    ApplicationRow, Approval, CertificateRow, CertificateStatus, OfficerRow, RevocationListRow,
    RunRow, RunState, StepRow,
};
pub use sqlite::SqliteLedger;

use sello_issuing::state::State;
use sello_issuing::station::{Mark, Step};

use crate::Error;
use crate::audit::{Entry, Line};

/// A store of the center's state.
pub trait Ledger: Send {
    /// Begins to change the ledger; waits for others that do.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::Head`] if the audit log does not end where it was noted to.
    fn begin(&mut self) -> Result<Box<dyn Transaction + '_>, Error>;

    /// Looks at the ledger, wherever its audit log ends. What is changed here cannot be committed
    /// unless it ends where it was noted to.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn inspect(&mut self) -> Result<Box<dyn Transaction + '_>, Error>;
}

/// Named values.
pub trait Meta {
    /// Reads one.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn meta(&mut self, name: &str) -> Result<Option<String>, Error>;
    /// Writes one that is not there yet.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn insert_meta(&mut self, name: &str, value: &str) -> Result<(), Error>;
}

/// Officers.
pub trait Officers {
    /// All of them, by name.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn officers(&mut self) -> Result<Vec<OfficerRow>, Error>;
    /// Adds one.
    ///
    /// # Errors
    /// [`Error::Database`], also if the name is taken.
    fn insert_officer(&mut self, row: &OfficerRow) -> Result<(), Error>;
}

/// Applications and approvals.
pub trait Applications {
    /// All of them, by number.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn applications(&mut self) -> Result<Vec<ApplicationRow>, Error>;
    /// One of them.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn application(&mut self, reference: &str) -> Result<Option<ApplicationRow>, Error>;
    /// Adds one.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn insert_application(&mut self, row: &ApplicationRow) -> Result<(), Error>;
    /// Sets the state.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn set_application_state(
        &mut self,
        reference: &str,
        state: State,
        at: i64,
    ) -> Result<(), Error>;
    /// Who has approved, in order of time.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn approvals(&mut self, reference: &str) -> Result<Vec<Approval>, Error>;
    /// Adds an approval.
    ///
    /// # Errors
    /// [`Error::Database`], also if the officer has approved already.
    fn insert_approval(&mut self, row: &Approval) -> Result<(), Error>;
}

/// Personalization runs and their steps.
pub trait Runs {
    /// All runs of an application, oldest first.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn runs(&mut self, application: &str) -> Result<Vec<RunRow>, Error>;
    /// One run.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn run(&mut self, id: &str) -> Result<Option<RunRow>, Error>;
    /// The open run on a card, if any.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn open_run_of_card(&mut self, card_serial: &str) -> Result<Option<RunRow>, Error>;
    /// Whether a card has had its own channel keys from this center: they are never taken back.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn has_own_keys(&mut self, card_serial: &str) -> Result<bool, Error>;
    /// Adds a run; its number is given here.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn insert_run(&mut self, row: &RunRow) -> Result<(), Error>;
    /// Sets a run's state.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn set_run_state(&mut self, id: &str, state: RunState) -> Result<(), Error>;
    /// Sets or erases a run's encrypted codes.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn set_run_codes(&mut self, id: &str, codes: Option<&str>) -> Result<(), Error>;
    /// The steps recorded.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn steps(&mut self, run: &str) -> Result<Vec<StepRow>, Error>;
    /// Records a step, or again.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn record_step(&mut self, run: &str, step: Step, mark: Mark, at: i64) -> Result<(), Error>;
}

/// Certificates and revocation lists.
pub trait Certificates {
    /// All of them, by serial number.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn certificates(&mut self) -> Result<Vec<CertificateRow>, Error>;
    /// Adds one.
    ///
    /// # Errors
    /// [`Error::Database`], also if the key was certified before or a live one is in its place.
    fn insert_certificate(&mut self, row: &CertificateRow) -> Result<(), Error>;
    /// Sets the status.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn set_certificate_status(
        &mut self,
        serial: &str,
        status: CertificateStatus,
        at: i64,
    ) -> Result<(), Error>;
    /// All lists, by number.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn revocation_lists(&mut self) -> Result<Vec<RevocationListRow>, Error>;
    /// The newest list.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn newest_revocation_list(&mut self) -> Result<Option<RevocationListRow>, Error>;
    /// Adds a list.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn insert_revocation_list(&mut self, row: &RevocationListRow) -> Result<(), Error>;
}

/// The audit log.
pub trait Log {
    /// Appends a line.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn append(&mut self, entry: Entry) -> Result<(), Error>;
    /// Every line, by number.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn lines(&mut self) -> Result<Vec<Line>, Error>;
    /// Compares the log's end, as the transaction found it, with the one noted outside.
    ///
    /// # Errors
    /// [`Error::Head`] or [`Error::HeadFile`].
    fn check_head(&self) -> Result<(), Error>;
}

/// One change, all of it or nothing.
pub trait Transaction: Meta + Officers + Applications + Runs + Certificates + Log {
    /// Makes the change last.
    ///
    /// # Errors
    /// [`Error::Unlogged`] if no line was appended; [`Error::File`] if the log's head cannot be
    /// noted; [`Error::Database`]. Nothing has changed then.
    fn commit(self: Box<Self>) -> Result<(), Error>;
}
