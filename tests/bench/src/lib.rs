//! Benchmarks beside named peers.
//!
//! `sello-bench apdus` counts what a signature costs the card; it has a card in its own process, so it
//! needs no reader and its numbers do not depend on the machine. `sello-bench stamp` times the client
//! beside pyHanko; it needs the PC/SC stack and the programs, as the flow tests do.
#![forbid(unsafe_code)]

pub mod apdus;
pub mod card;
pub mod document;
pub mod reader;
pub mod stamp;
pub mod table;
