//! Signatures on files of any kind (ETSI EN 319 122-1 and EN 319 162-1).
//!
//! - [`verify_container`] judges an ASiC-S or ASiC-E container with CAdES
//!   signatures, [`verify_detached`] a signature beside its file,
//!   [`verify_attached`] one that carries its content.
//! - [`build`] prepares a container or a detached signature in stages: a digest
//!   goes out, a signature value comes back.
//! - [`zip`] reads and writes the container itself: leniently only in where its
//!   parts lie, strictly in that every reader sees the same ones.
//!
//! Nothing here knows cards, nor the time of day; a verifier never repairs.
#![forbid(unsafe_code)]

pub mod build;
mod container;
mod detached;
mod manifest;
mod report;
pub mod words;
pub mod zip;

pub use container::verify_container;
pub use detached::{hash, verify_attached, verify_detached};
pub use report::{
    Container, Fault, FileReport, FindingReport, ObjectReport, ObjectState, SignatureReport,
    SignerReport, TimestampReport,
};
