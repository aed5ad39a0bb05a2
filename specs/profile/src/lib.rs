//! The seal structure, the certificate profiles and the object identifiers.
//!
//! - [`oid`]: object identifiers under Sello's own arc, which is too wide for `const-oid`.
//! - [`seal`]: the electronic seal, `SESeal` version 4 of GB/T 38540-2020.
//! - [`certificate`]: what the center's certificates contain (RFC 5280), made in two steps so
//!   that the signature may come from anywhere.
//! - [`attestation`]: what a card states of its keys, checked up to the center's device root.
//! - [`crl`]: certificate revocation lists, made the same way.
//! - [`ecdsa`]: the one signature algorithm in use, ECDSA on P-256 with SHA-256.
//!
//! The rules are in `specs/seal.md` and `specs/issuing.md`. Nothing here reads files, knows the
//! time of day or holds a private key.
#![forbid(unsafe_code)]

pub mod attestation;
pub mod certificate;
pub mod crl;
pub mod ecdsa;
mod error;
pub mod oid;
pub mod seal;
pub mod text;

pub use error::Error;

#[cfg(test)]
mod testing;
