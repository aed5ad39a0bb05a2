//! What a signature needs, looked at piece by piece: from the program itself to the revocation list.
//!
//! Nothing is changed, no PIN is asked for, and the module is read, never loaded.

mod card;
mod finding;
mod module;
mod service;
mod trust;

use std::path::{Path, PathBuf};

use sello_card::{CardFilter, Readers};
use time::OffsetDateTime;

pub(crate) use finding::{
    CertificateFinding, Finding, ModuleFault, ModuleFinding, ServiceFinding, State, TrustFinding,
};

/// A certificate that ends within so many days has to be renewed now.
const SOON: i64 = 30;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    Program,
    Module,
    P11Kit,
    Service,
    Readers,
    Card,
    Kind,
    LifeCycle,
    TransportPin,
    Pin,
    Certificate,
    Trust,
    Revocation,
}

impl Topic {
    /// The name in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Module => "module",
            Self::P11Kit => "p11-kit",
            Self::Service => "pcscd",
            Self::Readers => "readers",
            Self::Card => "card",
            Self::Kind => "kind",
            Self::LifeCycle => "life_cycle",
            Self::TransportPin => "transport_pin",
            Self::Pin => "pin",
            Self::Certificate => "certificate",
            Self::Trust => "trust",
            Self::Revocation => "revocation",
        }
    }
}

/// One thing looked at.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) topic: Topic,
    pub(crate) finding: Finding,
}

impl Check {
    fn new(topic: Topic, finding: impl Into<Finding>) -> Self {
        let finding = finding.into();
        Self { topic, finding }
    }
}

/// Where things are on this machine.
pub(crate) struct Machine<'a> {
    /// The root of the file system.
    pub(crate) root: &'a Path,
    /// This program.
    pub(crate) program: Option<PathBuf>,
    /// The module, where one is named.
    pub(crate) module: Option<PathBuf>,
    /// The user's folder for configurations.
    pub(crate) configuration: Option<PathBuf>,
    /// The socket of pcscd.
    pub(crate) socket: Option<PathBuf>,
    /// The trust folders, the first that there is counts.
    pub(crate) trust: Vec<PathBuf>,
    /// The time of day.
    pub(crate) now: OffsetDateTime,
}

/// Looks at everything, in the order in which one thing needs the other.
pub(crate) fn examine(
    machine: &Machine<'_>,
    readers: &dyn Readers,
    filter: &CardFilter,
) -> Vec<Check> {
    let mut checks = vec![Check::new(
        Topic::Program,
        Finding::Program {
            version: env!("CARGO_PKG_VERSION"),
            path: machine.program.clone(),
        },
    )];
    checks.extend(module::examine(machine));
    match service::examine(machine, readers) {
        Ok((check, listed)) => {
            checks.push(check);
            checks.extend(card::examine(machine, readers, &listed, filter));
        }
        Err(check) => {
            checks.push(check);
            checks.push(Check::new(Topic::Readers, Finding::Skipped));
            checks.extend(skipped(&card::TOPICS));
        }
    }
    checks.extend(trust::examine(machine));
    checks
}

fn skipped(topics: &[Topic]) -> impl Iterator<Item = Check> + '_ {
    let skip = |topic: &Topic| Check::new(*topic, Finding::Skipped);
    topics.iter().map(skip)
}

/// The day of a time, in UTC.
fn day(time: OffsetDateTime) -> String {
    time.date().to_string()
}
