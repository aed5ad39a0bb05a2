//! Requests, answers and states between the center and a station.
//!
//! - [`state`]: the states of an application and the only transitions there are.
//! - [`station`]: what a station asks and the center answers while a card is personalized, and
//!   [`station::CenterLink`], the way between the two.
//! - [`possession`]: what a card signs to prove that it holds the new key.
//! - [`secret`]: management key, transport PIN and PUK, which can be neither printed nor serialized.
//!
//! No network and no storage here. The rules are in `specs/issuing.md`.
#![forbid(unsafe_code)]

pub mod possession;
pub mod secret;
pub mod state;
pub mod station;
