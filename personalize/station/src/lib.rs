//! Drives blank cards for the center.
//!
//! [`personalize`] makes one card for one application, in the order of `specs/issuing.md`. The center
//! says where to begin, so that a run that was interrupted goes on or starts again cleanly; the
//! station itself stores nothing. It touches no card that the center did not agree to, and hands the
//! card back only after transport PIN and key have proved themselves.
#![forbid(unsafe_code)]

mod error;
mod objects;
mod personalize;
#[cfg(test)]
mod testing;

pub use error::StationError;
pub use personalize::{Outcome, personalize};
