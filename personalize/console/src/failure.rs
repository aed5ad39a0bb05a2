//! Why a command ended.

use std::path::PathBuf;

use sello_card::{CardError, FindError};
use sello_issuing::station::Whose;
use sello_paper::letter::LetterError;
use sello_paper::picture::PictureError;
use sello_station::StationError;

use crate::{REFUSED, TROUBLE};

/// Why a command ended without doing what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The center refused or failed.
    #[error(transparent)]
    Center(#[from] sello_center::Error),
    /// The station refused or failed.
    #[error(transparent)]
    Station(#[from] StationError),
    /// No card to work with.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The card failed.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The seal picture could not be drawn.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The PIN letter could not be made.
    #[error(transparent)]
    Letter(#[from] LetterError),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The service cannot listen there.
    #[error("{address}: {source}")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The folder that a file is to be written into is not there.
    #[error("there is no folder {0}")]
    NoFolder(PathBuf),
    /// Under dual control two letters are made, for two people.
    #[error("dual control: two letters")]
    ApproverLetter,
    /// There is no approver to write to.
    #[error("no dual control: one letter")]
    NoApprover,
    /// The card is made, but not its letter; the codes are kept.
    #[error("{failure}")]
    LetterDue {
        /// The application's reference.
        application: String,
        /// Why there is no letter.
        failure: Box<Self>,
    },
    /// The card has its new PIN, but there is no letter with it; the PIN is kept.
    #[error("{failure}")]
    NewLetterDue {
        /// The application's reference.
        application: String,
        /// Whose PIN.
        whose: Whose,
        /// Why there is no letter.
        failure: Box<Self>,
    },
    /// No card to look at before activating.
    #[error(transparent)]
    ActivateFind(FindError),
    /// No passphrase could be read.
    #[error("{source}")]
    NoPassphrase {
        /// Why.
        source: std::io::Error,
    },
    /// The environment variable named is not set.
    #[error("{0}")]
    NoVariable(String),
    /// There are several officers and none was named.
    #[error("which officer?")]
    WhichOfficer,
    /// Two entries of a new passphrase differ.
    #[error("the passphrases differ")]
    PassphrasesDiffer,
    /// The standard folder is unknown, since HOME is not set.
    #[error("HOME is not set")]
    NoHome,
    /// The card in the reader is of another make.
    #[error("not a Sello card")]
    NotASelloCard,
    /// What was asked for could not be printed.
    #[error("{0}")]
    Output(#[from] std::io::Error),
    /// A date or number that cannot be printed.
    #[error("a value cannot be shown")]
    Unprintable,
}

impl Failure {
    /// The exit code: refused, or trouble around.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Center(error) => center_code(error),
            Self::LetterDue { failure, .. } | Self::NewLetterDue { failure, .. } => failure.code(),
            Self::Station(StationError::Refused(refusal)) => refusal_code(refusal),
            Self::Station(
                StationError::NotASelloCard | StationError::AlreadyPersonalized { .. },
            )
            | Self::NotASelloCard
            | Self::Find(FindError::ForeignCard { .. })
            | Self::ActivateFind(FindError::ForeignCard { .. }) => REFUSED,
            _ => TROUBLE,
        }
    }
}

fn center_code(error: &sello_center::Error) -> u8 {
    use sello_center::Error;
    match error {
        Error::Initialized(_)
        | Error::Head { .. }
        | Error::HeadFile(_)
        | Error::Tampered { .. }
        | Error::UnknownOfficer(_)
        | Error::OfficerExists(_)
        | Error::Passphrase(_)
        | Error::UnknownApplication(_)
        | Error::SameOfficer { .. }
        | Error::Forbidden(_)
        | Error::State { .. }
        | Error::OtherCard { .. }
        | Error::TransportPin
        | Error::CardKey
        | Error::NoCodes(_) => REFUSED,
        Error::Refused(refusal) => refusal_code(refusal),
        _ => TROUBLE,
    }
}

fn refusal_code(refusal: &sello_issuing::station::Refusal) -> u8 {
    match refusal {
        sello_issuing::station::Refusal::Center { .. }
        | sello_issuing::station::Refusal::Card { .. } => TROUBLE,
        _ => REFUSED,
    }
}
