//! What can go wrong at the center, each with the facts that its message needs.

use std::path::PathBuf;

use sello_issuing::state::{Forbidden, State};

/// An error of the center. Unless its text says otherwise, nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder holds a center already.
    #[error("there is a center in {0} already")]
    Initialized(PathBuf),
    /// The folder holds no center.
    #[error("there is no center in {0}")]
    NotInitialized(PathBuf),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The change is recorded, but the list that tells it is not published.
    #[error("recorded, but the revocation list could not be written to {path}: {source}")]
    NotPublished {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database refused.
    #[error("the ledger failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A stored value cannot be what the center wrote.
    #[error("the ledger holds a value that cannot be: {what}")]
    Stored {
        /// Which.
        what: &'static str,
    },
    /// The database was made by a newer program.
    #[error("the ledger has schema {found}; this program knows up to {known}")]
    Schema {
        /// Found.
        found: i64,
        /// Known.
        known: i64,
    },
    /// A transaction would change something without a line in the log.
    #[error("a change without a line in the audit log was held back")]
    Unlogged,
    /// The ledger's last log line is not the one noted outside of it.
    #[error(
        "the audit log ends at line {ledger}, but {noted} was noted in audit.head: \
         the ledger was changed, or an old copy was put back"
    )]
    Head {
        /// Last line in the ledger.
        ledger: i64,
        /// Line noted outside.
        noted: i64,
    },
    /// The note of the last log line is missing or unreadable.
    #[error("audit.head is missing or unreadable: {0}")]
    HeadFile(PathBuf),
    /// The log or a table was tampered with.
    #[error("audit log line {line}: {what}")]
    Tampered {
        /// The first bad line, or the last line that speaks of what is wrong.
        line: i64,
        /// What is wrong with it.
        what: String,
    },
    /// No officer of that name.
    #[error("there is no officer named {0}")]
    UnknownOfficer(String),
    /// The name is taken.
    #[error("there is an officer named {0} already")]
    OfficerExists(String),
    /// A passphrase that does not open the officer's copy of the center key.
    #[error("wrong passphrase for {0}")]
    Passphrase(String),
    /// A passphrase too short to be one.
    #[error("a passphrase has at least {least} characters")]
    ShortPassphrase {
        /// Fewest characters.
        least: usize,
    },
    /// Stored keys do not open.
    #[error("the stored {what} does not open: the file was changed or belongs to another center")]
    Vault {
        /// Which key.
        what: &'static str,
    },
    /// No such application.
    #[error("there is no application {0}")]
    UnknownApplication(String),
    /// The same officer again.
    #[error("{officer} has approved {application} already; a second officer must")]
    SameOfficer {
        /// The officer.
        officer: String,
        /// The application.
        application: String,
    },
    /// The state does not admit it.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Something is asked of an application in another state.
    #[error("application {application} is {state}")]
    State {
        /// The reference.
        application: String,
        /// Its state.
        state: State,
    },
    /// A value of an application that cannot be accepted.
    #[error("{what}: {why}")]
    Value {
        /// The value.
        what: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// The card in the reader is another.
    #[error("the card in the reader has number {found}; this application's card is {expected}")]
    OtherCard {
        /// In the reader, hexadecimal.
        found: String,
        /// Of the application, hexadecimal.
        expected: String,
    },
    /// The card still has its transport PIN.
    #[error("the custodian has not changed the transport PIN yet")]
    TransportPin,
    /// The card does not hold the key that was certified.
    #[error("the card does not hold the key that was certified")]
    CardKey,
    /// Codes were taken already, or never made.
    #[error("there are no codes for a PIN letter of {0}: the letter was made, or no card was")]
    NoCodes(String),
    /// A structure could not be made or read.
    #[error(transparent)]
    Profile(#[from] sello_profile::Error),
    /// A signer failed.
    #[error("the {what} cannot sign: {reason}")]
    Signer {
        /// Which key.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// No random bytes from the system.
    #[error("the system gives no random bytes")]
    Random,
    /// The clock is set before 1970 or after 9999.
    #[error("the clock is not set")]
    Clock,
    /// A refusal to a station.
    #[error(transparent)]
    Refused(#[from] sello_issuing::station::Refusal),
}

impl Error {
    /// Names the file that an operation failed on.
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + use<'_> {
        move |source| Self::File {
            path: path.to_owned(),
            source,
        }
    }
}
