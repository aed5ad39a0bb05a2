//! CMS and CAdES structures, certificate paths, revocation lists and the
//! trust store.
//!
//! - [`build`] makes a detached CAdES signature (ETSI EN 319 122-1 on
//!   RFC 5652) around a signature value that was made elsewhere.
//! - [`signed_data`] reads such a signature, of whatever maker, and checks it.
//! - [`trust`] holds what one starts from, [`path`] leads there (RFC 5280),
//!   [`crl`] says what was revoked.
//!
//! Nothing here knows documents or cards, nor the time of day. Bytes that were
//! signed are checked as they were read; nothing is encoded again to be
//! compared.
#![forbid(unsafe_code)]

extern crate alloc;

mod algorithm;
mod attributes;
mod ber;
pub mod build;
pub mod certificate;
pub mod crl;
mod datetime;
pub mod error;
mod extensions;
pub mod name;
mod oid;
pub mod path;
pub mod signed_data;
#[cfg(test)]
mod testing;
mod tlv;
pub mod trust;

pub use algorithm::{DigestAlgorithm, Hasher};
pub use attributes::CertificateReference;
pub use certificate::Certificate;
pub use crl::{Revocation, RevocationList, RevocationReason};
pub use error::CmsError;
pub use path::{CertificatePath, PathError, Purpose, Standing};
pub use signed_data::SignedData;
pub use trust::{TrustError, TrustStore};
