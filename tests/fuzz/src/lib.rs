//! What must hold for any bytes that reach a card or a host.
//!
//! Each target takes bytes and panics when something does not hold. The fuzzing engine feeds them
//! (`cargo xtask fuzz`); the tests of this crate replay the corpus it left and add random bytes, so that
//! the same is checked where there is no engine.
#![deny(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a target stops at the first thing that does not hold"
)]

pub mod apdu;
pub mod asic;
pub mod cache;
pub mod card_answers;
pub mod chaining;
pub mod cms;
pub mod crl;
pub mod dialogue;
pub mod documents;
mod nobody;
pub mod ocsp;
pub mod pkcs11;
pub mod pkcs11_calls;
pub mod scp03;
pub mod state_file;
pub mod timestamp;
pub mod tlv;

/// A target: its name, which is also its corpus folder's, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 15] = [
    ("apdu", apdu::run),
    ("asic", asic::run),
    ("cache", cache::run),
    ("card_answers", card_answers::run),
    ("chaining", chaining::run),
    ("cms", cms::run),
    ("crl", crl::run),
    ("dialogue", dialogue::run),
    ("documents", documents::run),
    ("ocsp", ocsp::run),
    ("pkcs11_calls", pkcs11_calls::run),
    ("scp03", scp03::run),
    ("state_file", state_file::run),
    ("timestamp", timestamp::run),
    ("tlv", tlv::run),
];
