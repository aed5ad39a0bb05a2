//! The time a real card would take.
//!
//! A [`Profile`] says what the operations of a named card cost, a [`Line`] what its bytes cost on the way.
//! Every APDU is charged for its bytes both ways, for the card's overhead, and for the [`Work`] the chip
//! did; either a clock counts it ([`Pace::Virtual`]), or the answer comes that late ([`Pace::Real`]).

mod line;
mod profile;

use std::time::Duration;

pub use line::{Line, UnknownLine};
pub use profile::{Profile, ProfileError};

use crate::memory::flash::FlashWork;

/// What a chip has done since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// On P-256.
    pub p256: CurveWork,
    /// On P-384.
    pub p384: CurveWork,
    /// Blocks of 16 bytes through AES.
    pub aes_blocks: u64,
    /// Blocks of 64 bytes through SHA-256.
    pub sha256_blocks: u64,
    /// Writes of the memory; for a card that is not on flash, those it would take there.
    pub memory: FlashWork,
}

/// What a chip has done on one curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CurveWork {
    /// Key pairs generated.
    pub generated: u64,
    /// Digests signed.
    pub signed: u64,
    /// Secrets agreed upon, and points computed from private keys.
    pub agreed: u64,
}

/// How the time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// The card answers as late as the real one would.
    Real,
    /// The card answers at once, and its clock is put forward.
    Virtual,
}

/// Which card is timed, and how.
#[derive(Clone, Debug)]
pub struct Timing {
    /// What its operations cost.
    pub profile: Profile,
    /// What its bytes cost on the way.
    pub line: Line,
    /// How the time passes.
    pub pace: Pace,
}

impl Timing {
    /// What one APDU takes: its bytes both ways, the overhead, and the work done since `before`.
    #[must_use]
    pub fn apdu(&self, command: usize, response: usize, before: &Work, after: &Work) -> Duration {
        let line = self.line.apdu(command, response);
        let work = self
            .profile
            .work(after)
            .saturating_sub(self.profile.work(before));
        line.saturating_add(self.profile.overhead())
            .saturating_add(work)
    }
}
