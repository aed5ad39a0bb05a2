//! The audit log: numbered lines, each with the hash of the one before.
//!
//! A line is written in the same transaction as what it tells. The number and hash of the last
//! line are noted outside the database as well ([`head`]), so that dropping lines from the end, or
//! putting an old copy of the database back, shows.

pub mod head;
mod line;

pub use head::{Head, HeadFile};
pub use line::{Entry, FIRST_PREVIOUS, Line};
