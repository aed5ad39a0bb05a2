//! Stamping documents in stages, and verifying them.
#![forbid(unsafe_code)]
