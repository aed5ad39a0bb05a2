//! CMS and CAdES structures, certificate paths, revocation lists and the
//! trust store.
//!
//! - [`build`] makes a detached CAdES signature (ETSI EN 319 122-1 on
//!   RFC 5652) around a signature value that was made elsewhere.
//! - [`signed_data`] reads such a signature, of whatever maker, and checks it.
//! - [`timestamp`] knows the time-stamp protocol and its tokens (RFC 3161).
//! - [`trust`] holds what one starts from, [`path`] leads there (RFC 5280),
//!   [`crl`] and [`ocsp`] say what was revoked.
//!
//! - [`validation`] puts it together for one signature, for the time at which
//!   it provably existed (ETSI EN 319 102-1).
//!
//! Nothing here knows documents or cards, nor the time of day. Bytes that were
//! signed are checked as they were read; nothing is encoded again to be
//! compared.
#![forbid(unsafe_code)]

extern crate alloc;

mod algorithm;
mod archive;
mod attributes;
mod ber;
pub mod build;
pub mod carried;
pub mod certificate;
pub mod crl;
mod datetime;
mod digest;
mod distribution;
pub mod error;
mod evidence;
mod extensions;
mod general_name;
mod key;
pub mod name;
pub mod ocsp;
mod oid;
pub mod path;
pub mod problem;
mod revocation;
mod scheme;
pub mod signed_data;
pub mod signer;
#[cfg(test)]
mod testing;
pub mod timestamp;
mod tlv;
pub mod trust;
pub mod validation;
pub mod weakness;

pub use attributes::CertificateReference;
pub use certificate::Certificate;
pub use crl::RevocationList;
pub use digest::{DigestAlgorithm, Hasher, sha256_octets};
pub use error::CmsError;
pub use evidence::Evidence;
pub use ocsp::OcspResponse;
pub use path::{CertificatePath, PathError, PolicyInputs, Purpose, Standing};
pub use problem::{Indication, Integrity, Problem};
pub use revocation::{CrlProblem, Moment, Revocation, RevocationReason};
pub use signed_data::SignedData;
pub use signer::Signer;
pub use trust::{TrustError, TrustStore};
pub use weakness::Weakness;
