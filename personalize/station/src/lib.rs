//! Puts cards within the center's reach.
//!
//! [`personalize`] lends the card of a session to the center, which makes it in the order of
//! `specs/issuing.md`. The station carries commands and answers: those that matter are wrapped, so it can
//! neither read nor change them, and it holds no key, no PIN and no PUK. It stores nothing. [`lend`] does the
//! same for whatever else the center does to a card.
#![forbid(unsafe_code)]

mod error;
mod personalize;
mod relay;
#[cfg(test)]
mod testing;

pub use error::StationError;
pub use personalize::{lend, personalize};
