//! What can be found, each with the facts a person needs.

use std::path::PathBuf;

use crate::failure::Failure;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Good,
    Wrong,
    /// It could not be looked at.
    Unsure,
    /// It was not looked at, because of what is said before.
    Skipped,
}

/// What was found, with the facts a person needs.
#[derive(Debug)]
pub(crate) enum Finding {
    Program {
        version: &'static str,
        path: Option<PathBuf>,
    },
    Module(ModuleFinding),
    Service(ServiceFinding),
    Readers {
        names: Vec<String>,
    },
    Card {
        reader: String,
        serial: Option<u32>,
    },
    SealCard {
        version: [u8; 2],
        seals: usize,
    },
    PlainCard,
    Operational,
    OwnPin,
    Pin {
        left: u8,
        total: Option<u8>,
    },
    LastTry,
    /// The card does not tell its tries.
    PinUntold,
    Certificate(CertificateFinding),
    Trust(TrustFinding),
    Failed(Failure),
    Skipped,
}

impl Finding {
    pub(crate) const fn state(&self) -> State {
        match self {
            Self::Program { .. }
            | Self::Readers { .. }
            | Self::Card { .. }
            | Self::SealCard { .. }
            | Self::PlainCard
            | Self::Operational
            | Self::OwnPin
            | Self::Pin { .. }
            | Self::PinUntold => State::Good,
            Self::Module(found) => found.state(),
            Self::Service(found) => found.state(),
            Self::Certificate(found) => found.state(),
            Self::Trust(found) => found.state(),
            Self::Failed(
                Failure::CardFailed { .. } | Failure::CardInUse | Failure::CardRemoved,
            ) => State::Unsure,
            Self::LastTry | Self::Failed(_) => State::Wrong,
            Self::Skipped => State::Skipped,
        }
    }
}

impl From<ModuleFinding> for Finding {
    fn from(found: ModuleFinding) -> Self {
        Self::Module(found)
    }
}

impl From<ServiceFinding> for Finding {
    fn from(found: ServiceFinding) -> Self {
        Self::Service(found)
    }
}

impl From<CertificateFinding> for Finding {
    fn from(found: CertificateFinding) -> Self {
        Self::Certificate(found)
    }
}

impl From<TrustFinding> for Finding {
    fn from(found: TrustFinding) -> Self {
        Self::Trust(found)
    }
}

impl From<Failure> for Finding {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Of the PKCS#11 module and its registration.
#[derive(Debug)]
pub(crate) enum ModuleFinding {
    Good {
        path: PathBuf,
    },
    Absent {
        looked: Vec<PathBuf>,
    },
    Bad {
        path: PathBuf,
        fault: ModuleFault,
    },
    Registered {
        file: PathBuf,
    },
    /// There is no p11-kit on this machine, so that nothing has to be registered.
    NoP11Kit,
    NotRegistered {
        module: Option<PathBuf>,
    },
    /// A registration names a module that is not there.
    RegisteredAstray {
        file: PathBuf,
        module: PathBuf,
    },
}

/// Why a file is no module for this machine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ModuleFault {
    Unreadable { reason: String },
    NotALibrary,
    OtherMachine { machine: String },
    NoEntry { function: &'static str },
}

impl ModuleFinding {
    const fn state(&self) -> State {
        match self {
            Self::Good { .. } | Self::Registered { .. } | Self::NoP11Kit => State::Good,
            _ => State::Wrong,
        }
    }
}

/// Of the PC/SC service.
#[derive(Debug)]
pub(crate) enum ServiceFinding {
    Good,
    NotInstalled,
    NotRunning {
        socket: PathBuf,
    },
    /// A socket that nobody listens on.
    Dead {
        socket: PathBuf,
    },
    /// The service is there and does not serve this user.
    Refuses {
        reason: String,
    },
}

impl ServiceFinding {
    const fn state(&self) -> State {
        match self {
            Self::Good => State::Good,
            _ => State::Wrong,
        }
    }
}

/// Of a certificate on the card.
#[derive(Debug)]
pub(crate) enum CertificateFinding {
    Good { slot: u8, until: String },
    Ends { slot: u8, until: String, days: i64 },
    Expired { slot: u8, since: String },
    NotYet { slot: u8, from: String },
    Damaged { slot: u8 },
    Absent,
}

impl CertificateFinding {
    const fn state(&self) -> State {
        match self {
            Self::Good { .. } => State::Good,
            _ => State::Wrong,
        }
    }
}

/// Of the trust folder and its revocation lists.
#[derive(Debug)]
pub(crate) enum TrustFinding {
    Good { folder: PathBuf, anchors: usize },
    NoAnchors { folder: PathBuf },
    Absent { looked: Vec<PathBuf> },
    Current { until: Option<String> },
    Old { issuer: String, since: String },
    NoList { folder: PathBuf },
}

impl TrustFinding {
    const fn state(&self) -> State {
        match self {
            Self::Good { .. } | Self::Current { .. } => State::Good,
            _ => State::Wrong,
        }
    }
}
