//! Benchmarks beside named peers, with the bars they have to keep.
//!
//! `sello-bench apdus` and `sello-bench clock` count what the main dialogues cost and what they take with
//! named cards; they have cards in their own process, so they need no reader, and their numbers do not
//! depend on the machine. `sello-bench applet` times the card in the same process beside the bare
//! primitives. `sello-bench pcsc`, `sello-bench pkcs11` and `sello-bench stamp` go through the PC/SC stack, as the flow tests do.
#![forbid(unsafe_code)]

pub mod apdus;
pub mod applet;
pub mod card;
pub mod child;
pub mod clock;
pub mod dialogue;
pub mod document;
pub mod documents;
pub mod pcsc;
pub mod pkcs11;
pub mod pyhanko;
pub mod reader;
pub mod report;
pub mod scenes;
pub mod soft;
pub mod stamp;
pub mod table;
pub mod times;
