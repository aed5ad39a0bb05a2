//! Stamping documents in stages, and verifying them.
#![forbid(unsafe_code)]

pub mod appearance;
pub mod stamp;
