//! GlobalPlatform Secure Channel Protocol '03', both ends (Card Specification v2.3, Amendment D v1.1.1).
//!
//! The center is the host end, a card the other, and only bytes pass between them; a station in the
//! middle relays what it can neither read nor change. Both ends stand on the one definition here:
//! keys and their diversification ([`StaticKeys`]), the two commands that open a channel
//! ([`handshake`]), the open channel ([`host::Session`], [`card::Session`]) and new keys
//! ([`put_key`]). S8 mode: challenges, cryptograms and MACs have 8 bytes.
//!
//! No allocation. Cryptography comes from [`Primitives`]: the chip's on a card, `Software` (feature
//! `software`) elsewhere. Random numbers are the caller's.
#![no_std]
#![forbid(unsafe_code)]

pub mod card;
mod derivation;
pub mod error;
pub mod handshake;
pub mod host;
pub mod key;
pub mod level;
mod padding;
pub mod primitives;
pub mod put_key;
mod session;
#[cfg(feature = "software")]
pub mod software;
pub mod static_keys;

pub use error::Error;
pub use handshake::{Challenge, Cryptogram, InitializeUpdateResponse};
pub use key::{Key, KeyLength, KeyVersion};
pub use level::Level;
pub use primitives::Primitives;
#[cfg(feature = "software")]
pub use software::Software;
pub use static_keys::{CheckValue, DiversificationData, StaticKeys};

/// Bit of the class byte that says GlobalPlatform secure messaging (Amendment D, 6.2.4).
pub const CLA_SECURE_MESSAGING: u8 = 0x04;
/// Length in bytes of a MAC as it is sent.
pub const MAC_LENGTH: usize = 8;
/// Length in bytes of an AES block.
pub const BLOCK_LENGTH: usize = 16;
/// What [`host::Session::wrap`] and [`card::Session::wrap_response`] add at most, in bytes: padding to
/// whole blocks and a MAC.
pub const LARGEST_OVERHEAD: usize = BLOCK_LENGTH + MAC_LENGTH;
