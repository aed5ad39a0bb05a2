//! The same commands to Sello's card and to a card of the same kind that others wrote, the one of the
//! `piv-authenticator` crate.
//!
//! A script of `scripts/` is played on a fresh pair of cards; what each answers is brought into a
//! [`shape`] in which random values do not show. Where the two differ, `differences.toml` has to say so,
//! with the text of the standard that decides; nothing else may be in it.
//!
//! `piv-authenticator` leaves keys, files and PINs to its platform. [`platform`] is one in memory: the
//! published one is made of a C file system and knows no P-384. Chaining, GET RESPONSE and Le are the
//! platform's affair too, so that scripts compare whole commands and whole answers.
#![forbid(unsafe_code)]

pub mod differences;
pub mod other_card;
pub mod platform;
pub mod player;
pub mod script;
pub mod shape;
mod store;
