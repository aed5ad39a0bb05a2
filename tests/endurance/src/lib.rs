//! The PKCS#11 module under bad luck.
//!
//! `sello-endurance` is a program that loads the module and maltreats it, one way a run; the tests start it
//! and judge how it ends, so that a crash or a hang is seen from outside. [`cards`] puts cards into virtual
//! readers that are pulled, late, or answer what they should not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first thing that does not hold"
)]

pub mod beside;
pub mod cards;
pub mod library;
pub mod program;
pub mod resources;
pub mod service;
