//! What host and card said to each other.

use std::time::Duration;

use sello_simulator::Timing;
use sello_simulator::timing::Work;

/// A command and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    /// Class byte.
    pub class: u8,
    /// Instruction byte.
    pub instruction: u8,
    /// Bytes to the card.
    pub sent: usize,
    /// Bytes from the card, status word included.
    pub received: usize,
    /// What the chip had done before.
    pub before: Work,
    /// What it had done afterwards.
    pub after: Work,
}

/// What was said for one purpose.
#[derive(Clone, Debug)]
pub struct Dialogue {
    /// The purpose.
    pub name: &'static str,
    exchanges: Vec<Exchange>,
}

/// What went over the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Command APDUs.
    pub commands: usize,
    /// Bytes to the card.
    pub sent: usize,
    /// Bytes from the card.
    pub received: usize,
}

impl Dialogue {
    /// A dialogue of these exchanges.
    #[must_use]
    pub const fn new(name: &'static str, exchanges: Vec<Exchange>) -> Self {
        Self { name, exchanges }
    }

    /// Several dialogues as one.
    #[must_use]
    pub fn joined(name: &'static str, parts: &[Self]) -> Self {
        let exchanges = parts.iter().flat_map(|part| part.exchanges.iter().copied());
        Self::new(name, exchanges.collect())
    }

    /// What went over the wire.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        let exchanges = self.exchanges.iter();
        exchanges.fold(Traffic::default(), |sum, exchange| Traffic {
            commands: sum.commands + 1,
            sent: sum.sent + exchange.sent,
            received: sum.received + exchange.received,
        })
    }

    /// The commands, by instruction byte.
    #[must_use]
    pub fn instructions(&self) -> Vec<u8> {
        self.exchanges.iter().map(|e| e.instruction).collect()
    }

    /// The time it takes with a named card on a line: what its clock would show.
    #[must_use]
    pub fn time(&self, timing: &Timing) -> Duration {
        let time = |e: &Exchange| timing.apdu(e.sent, e.received, &e.before, &e.after);
        self.exchanges.iter().map(time).sum()
    }
}
