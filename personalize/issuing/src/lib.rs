//! Requests, answers and states between the center and a station.
//!
//! - [`state`]: the states of an application and the only transitions there are.
//! - [`station`]: how the center makes a card in a station's reader: [`station::CenterLink`], the way to
//!   the center, and [`station::Relay`], the way back to the card.
//! - [`run`]: one attempt to make a card, and its steps; [`refusal`]: why it does not succeed.
//! - [`possession`]: what a card signs to prove that it holds the new key.
//! - [`secret`]: transport PIN and PUK, which can be neither printed nor serialized.
//!
//! No network and no storage here. The rules are in `specs/issuing.md`.
#![forbid(unsafe_code)]

pub mod possession;
pub mod refusal;
pub mod run;
pub mod secret;
pub mod state;
pub mod station;
