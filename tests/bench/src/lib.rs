//! Benchmarks beside named peers.
//!
//! `sello-bench apdus` counts what a signature costs the card; it has a card in its own process, so it
//! needs no reader and its numbers do not depend on the machine.
#![forbid(unsafe_code)]

pub mod apdus;
pub mod card;
pub mod reader;
pub mod table;
