//! Stamping documents in stages, and verifying them.
#![forbid(unsafe_code)]

pub mod appearance;
pub mod keyword;
pub mod report;
pub mod stamp;
pub mod verify;

pub use report::{Language, Report, render_text};
pub use verify::{Verifier, verify};
