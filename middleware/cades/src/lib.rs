//! CMS and CAdES structures, certificate paths, revocation lists and the
//! trust store.
//!
//! - [`build`] makes a detached CAdES signature (ETSI EN 319 122-1 on
//!   RFC 5652) around a signature value that was made elsewhere.
//!
//! Nothing here knows documents or cards. Bytes that were signed are checked
//! as they were read; nothing is encoded again to be compared.
#![forbid(unsafe_code)]

extern crate alloc;

pub mod build;
pub mod error;
mod oid;
mod tlv;
