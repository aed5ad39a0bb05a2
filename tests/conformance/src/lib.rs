//! APDU dialogues as data, run in-process and through pcscd.
//!
//! A [`Dialogue`] is a file of `specs/vectors/card`: commands, and what the card must answer, each with
//! the rule of `specs/card.md` it tests. [`run`] plays one over any [`sello_wire::Channel`].
//! [`Terminal`] and [`personalization`] are the few host-side steps the dialogues and the other card
//! tests need, written apart from the product's own middleware so that one can judge the other.
#![forbid(unsafe_code)]

pub mod dialogue;
pub mod library;
pub mod pattern;
pub mod pcsc_channel;
pub mod personalization;
pub mod run;
pub mod secure_channel;
pub mod terminal;

pub use dialogue::{Dialogue, Start, Step};
pub use library::dialogues;
pub use run::{Failure, run};
pub use terminal::{Reply, Terminal, TerminalError};
