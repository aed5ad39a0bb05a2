//! Why the program could not do what it was asked, with the facts a person needs.

use std::io;
use std::path::{Path, PathBuf};

use sello_card::{
    Candidate, CardError, FindError, JournalError, ReaderError, SecretFormat, TransportError,
};
use sello_document::stamp::StampError;
use sello_wire::{LifeCycle, Slot};

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretKind {
    Pin,
    NewPin,
    Puk,
    ApproverPin,
}

/// Why the program could not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    // Readers and cards.
    NoService,
    NoReaders,
    UnknownReader {
        name: String,
        available: Vec<String>,
    },
    AmbiguousReader {
        name: String,
        available: Vec<String>,
    },
    EmptyReaders {
        readers: Vec<String>,
    },
    ForeignCard {
        reader: String,
        atr: String,
    },
    MuteCard {
        reader: String,
    },
    CardInUse,
    UnknownSerial {
        serial: u32,
        cards: Vec<Candidate>,
    },
    SeveralCards {
        cards: Vec<Candidate>,
    },
    CardRemoved,
    CardFailed {
        reason: String,
    },
    // The card's state.
    NoSealOnCard,
    NotPersonalized,
    OutOfUse {
        life_cycle: LifeCycle,
    },
    TransportPin,
    NoSuchSeal {
        slot: Slot,
        seals: Vec<(Slot, String)>,
    },
    SeveralSeals {
        seals: Vec<(Slot, String)>,
    },
    SealDamaged {
        reason: String,
    },
    SignatureMisfit,
    NotSupported,
    // Dual control, batches, the journal.
    NoApprover,
    ApproverTransportPin,
    NoDualControl,
    ApprovalsMissing {
        needed: u16,
        left: u16,
    },
    NotCounted {
        slot: Slot,
    },
    BatchSize {
        count: usize,
    },
    BatchBroken {
        sealed: usize,
        total: usize,
        cause: Box<Self>,
    },
    JournalFull,
    Journal(JournalError),
    NotAnExport {
        path: PathBuf,
        reason: String,
    },
    // Documents that are verified.
    OneDocument,
    NoSuchSignature {
        number: usize,
        count: usize,
    },
    NothingCovered {
        number: usize,
    },
    // PIN and PUK.
    WrongPin {
        tries_left: u8,
    },
    PinBlocked,
    WrongPuk {
        tries_left: u8,
    },
    PukBlocked,
    WrongApproverPin {
        tries_left: u8,
    },
    ApproverBlocked,
    NewPinRefused,
    SamePin,
    PinsDiffer,
    SecretForm {
        kind: SecretKind,
    },
    NoTerminal {
        kind: SecretKind,
    },
    SecretSource {
        source: String,
        reason: String,
    },
    // Documents.
    Unreadable {
        path: PathBuf,
        reason: String,
    },
    NotPdf {
        path: PathBuf,
    },
    EncryptedPdf {
        path: PathBuf,
    },
    DamagedPdf {
        path: PathBuf,
        reason: String,
    },
    NoSuchPage {
        page: usize,
        pages: usize,
    },
    OutsidePage {
        width_mm: f64,
        height_mm: f64,
    },
    SealSize,
    Certified,
    SealNotInForce,
    CertificateNotInSeal,
    CannotStamp {
        reason: String,
    },
    /// A document that somebody writes to meanwhile.
    Changed {
        path: PathBuf,
    },
    /// A document with the beginning of a revision at its end.
    HalfWritten {
        path: PathBuf,
        excess: u64,
    },
    NothingSealed {
        path: PathBuf,
    },
    CannotSearch {
        path: PathBuf,
        reason: String,
    },
    NoSuchText {
        path: PathBuf,
        text: String,
        count: usize,
    },
    // Authorities.
    NoTimestampAuthority,
    NotHttp {
        url: String,
    },
    Network {
        url: String,
        reason: String,
    },
    Timestamp {
        url: String,
        reason: String,
    },
    EvidenceMissing {
        subject: String,
        reason: String,
    },
    Trust {
        path: PathBuf,
        reason: String,
    },
    SameFile {
        path: PathBuf,
    },
    SeveralDocuments,
    SameName {
        path: PathBuf,
    },
    SealedAlready {
        path: PathBuf,
    },
    NoFolder {
        path: PathBuf,
    },
    Unwritable {
        path: PathBuf,
        reason: String,
    },
    DiskFull {
        path: PathBuf,
    },
}

impl Failure {
    /// Writing failed; a full disk is told apart.
    pub(crate) fn writing(path: &Path, error: &io::Error) -> Self {
        let path = path.to_path_buf();
        match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::DiskFull { path },
            _ => Self::Unwritable {
                path,
                reason: error.to_string(),
            },
        }
    }

    /// Reading failed.
    pub(crate) fn reading(path: &Path, error: &io::Error) -> Self {
        Self::Unreadable {
            path: path.to_path_buf(),
            reason: error.to_string(),
        }
    }

    /// A document is none, or cannot be used.
    pub(crate) fn document(path: &Path, error: &sello_pdf::Error) -> Self {
        let path = path.to_path_buf();
        match error {
            sello_pdf::Error::NotPdf => Self::NotPdf { path },
            sello_pdf::Error::Encrypted => Self::EncryptedPdf { path },
            sello_pdf::Error::Read { cause, .. } => Self::Unreadable {
                path,
                reason: cause.to_string(),
            },
            other => Self::DamagedPdf {
                path,
                reason: other.to_string(),
            },
        }
    }

    /// A document was not stamped.
    pub(crate) fn stamping(path: &Path, error: StampError) -> Self {
        match error {
            StampError::Document(error) => Self::document(path, &error),
            StampError::Read(error) => Self::reading(path, &error),
            StampError::CertificateNotInSeal => Self::CertificateNotInSeal,
            StampError::SealNotInForce => Self::SealNotInForce,
            StampError::NoSuchPage { page, pages } => Self::NoSuchPage { page, pages },
            StampError::Size => Self::SealSize,
            StampError::OutsidePage {
                width_mm,
                height_mm,
            } => Self::OutsidePage {
                width_mm,
                height_mm,
            },
            StampError::NoChangesAllowed => Self::Certified,
            other => Self::CannotStamp {
                reason: other.to_string(),
            },
        }
    }

    /// A PIN or PUK as typed has not the form of one.
    pub(crate) const fn secret_form(kind: SecretKind) -> impl FnOnce(SecretFormat) -> Self {
        move |_| Self::SecretForm { kind }
    }
}

impl From<FindError> for Failure {
    fn from(error: FindError) -> Self {
        match error {
            FindError::NoReaders => Self::NoReaders,
            FindError::UnknownReader { name, available } => Self::UnknownReader { name, available },
            FindError::AmbiguousReader { name, available } => {
                Self::AmbiguousReader { name, available }
            }
            FindError::EmptyReaders { readers } => Self::EmptyReaders { readers },
            FindError::ForeignCard { reader, atr } => Self::ForeignCard {
                reader,
                atr: spaced_hex(&atr),
            },
            FindError::UnknownSerial { serial, cards } => Self::UnknownSerial { serial, cards },
            FindError::SeveralCards { cards } => Self::SeveralCards { cards },
            FindError::Reader(error) => error.into(),
            FindError::Card { error, .. } => error.into(),
            other => Self::CardFailed {
                reason: other.to_string(),
            },
        }
    }
}

impl From<ReaderError> for Failure {
    fn from(error: ReaderError) -> Self {
        match error {
            ReaderError::NoService => Self::NoService,
            ReaderError::UnknownReader { name } => Self::UnknownReader {
                name,
                available: Vec::new(),
            },
            ReaderError::EmptyReader { reader } => Self::EmptyReaders {
                readers: vec![reader],
            },
            ReaderError::Sharing { .. } => Self::CardInUse,
            ReaderError::Mute { reader } => Self::MuteCard { reader },
            other => Self::CardFailed {
                reason: other.to_string(),
            },
        }
    }
}

impl From<CardError> for Failure {
    fn from(error: CardError) -> Self {
        match error {
            CardError::Transport(TransportError::Removed) => Self::CardRemoved,
            CardError::Transport(TransportError::NoService) => Self::NoService,
            CardError::Transport(TransportError::Sharing) => Self::CardInUse,
            CardError::WrongPin { tries_left } => Self::WrongPin { tries_left },
            CardError::PinBlocked => Self::PinBlocked,
            CardError::WrongPuk { tries_left } => Self::WrongPuk { tries_left },
            CardError::PukBlocked => Self::PukBlocked,
            CardError::WrongApproverPin { tries_left } => Self::WrongApproverPin { tries_left },
            CardError::ApproverBlocked => Self::ApproverBlocked,
            CardError::NoApprover => Self::NoApprover,
            CardError::ApproverTransportPinInForce => Self::ApproverTransportPin,
            CardError::NoDualControl { .. } => Self::NoDualControl,
            CardError::ApprovalMissing { approvals_left, .. } => Self::ApprovalsMissing {
                needed: approvals_left.saturating_add(1),
                left: approvals_left,
            },
            CardError::NotCounted { slot } => Self::NotCounted { slot },
            CardError::Journal(error) => Self::Journal(error),
            CardError::JournalFull => Self::JournalFull,
            CardError::NotSupported { .. } => Self::NotSupported,
            CardError::NewPinRefused => Self::NewPinRefused,
            CardError::TransportPinInForce => Self::TransportPin,
            CardError::NotPersonalized { .. } => Self::NotPersonalized,
            CardError::OutOfUse { life_cycle } => Self::OutOfUse { life_cycle },
            CardError::SealMismatch { .. } => Self::SealDamaged {
                reason: error.to_string(),
            },
            other => Self::CardFailed {
                reason: other.to_string(),
            },
        }
    }
}

/// Bytes in hexadecimal with spaces, as readers' tools show an ATR.
pub(crate) fn spaced_hex(bytes: &[u8]) -> String {
    let bytes = bytes.iter().map(|byte| format!("{byte:02X}"));
    bytes.collect::<Vec<_>>().join(" ")
}
