//! The electronic seal: `SESeal` version 4 of GB/T 38540-2020.
//!
//! A seal binds a picture, a name and a time of validity to the certificates that may use it, and
//! is signed by its maker. Rules: `specs/seal.md`.
//!
//! ```text
//! SESeal ::= SEQUENCE {
//!     eSealInfo    SES_SealInfo,
//!     cert         OCTET STRING,      -- the maker's certificate, DER
//!     signAlgID    OBJECT IDENTIFIER,
//!     signedValue  BIT STRING }       -- over the DER of eSealInfo
//! ```

mod asn1;
mod info;
mod signed;

pub use info::{ExtData, Picture, SealInfo, SealKind};
pub use signed::SeSeal;

/// Longest seal structure accepted, in bytes: what 64 chunks of 3072 bytes on a card hold.
pub const MAX_LEN: usize = 64 * 3072;
/// Longest certificate accepted, in bytes.
pub const MAX_CERTIFICATE_LEN: usize = 8192;
/// Most certificates, and most extension data, accepted in one seal.
pub const MAX_ENTRIES: usize = 16;
/// Longest text accepted, in bytes of UTF-8.
pub const MAX_TEXT_LEN: usize = 256;
/// Longest edge of a picture accepted, in millimetres.
pub const MAX_EDGE_MM: u32 = 500;

#[cfg(test)]
mod tests;
