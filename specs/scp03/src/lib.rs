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
//!
//! ```
//! # #[cfg(feature = "software")]
//! # fn talk() -> Result<(), sello_scp03::Error<sello_scp03::software::SoftwareError>> {
//! use sello_scp03::static_keys::diversification_data;
//! use sello_scp03::{Error, InitializeUpdateResponse, LARGEST_OVERHEAD, Level, Software, StaticKeys};
//! use sello_scp03::{card, host};
//! use sello_wire::{Command, Status};
//!
//! let keys = StaticKeys::factory();
//! let (host_challenge, card_challenge) = ([1; 8], [2; 8]); // random in earnest
//!
//! // INITIALIZE UPDATE: the card answers with its challenge and its proof.
//! let pending = card::Pending::begin(&mut Software, &keys, &host_challenge, &card_challenge)
//!     .map_err(Error::Primitives)?;
//! let answer = InitializeUpdateResponse {
//!     diversification_data: diversification_data([0, 0, 0, 7]),
//!     key_version: 0xFF,
//!     card_challenge,
//!     card_cryptogram: *pending.card_cryptogram(),
//!     sequence_counter: None,
//! };
//!
//! // EXTERNAL AUTHENTICATE: the host's proof opens the channel.
//! let level = Level::ENCRYPTION_BOTH;
//! let (mut host, proof) =
//!     host::authenticate(&mut Software, &keys, &host_challenge, &answer, level)?;
//! let mut card = pending.authenticate(&mut Software, &proof.command())?;
//!
//! // A command goes through, and its answer comes back.
//! let plain = Command {
//!     cla: 0x00, ins: 0xDB, p1: 0x3F, p2: 0xFF, data: b"seal", expected: 0, extended: false,
//! };
//! let mut sent = [0; 4 + LARGEST_OVERHEAD];
//! let wrapped = host.wrap(&mut Software, &plain, &mut sent)?;
//! let header = [wrapped.cla, wrapped.ins, wrapped.p1, wrapped.p2];
//! let length = wrapped.data.len();
//! assert_eq!(card.unwrap(&mut Software, header, &mut sent[..length])?, 4);
//! assert_eq!(sent[..4], *b"seal");
//!
//! let mut answer = [0; LARGEST_OVERHEAD];
//! let length = card.wrap_response(&mut Software, &mut answer, 0, Status::OK)?;
//! assert_eq!(host.unwrap_response(&mut Software, &mut answer[..length], Status::OK)?, []);
//! # Ok(())
//! # }
//! # #[cfg(feature = "software")]
//! # talk().unwrap();
//! ```
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

/// Length in bytes of a MAC as it is sent.
pub const MAC_LENGTH: usize = 8;
/// Length in bytes of an AES block.
pub const BLOCK_LENGTH: usize = 16;
/// What [`host::Session::wrap`] and [`card::Session::wrap_response`] add at most, in bytes: padding to
/// whole blocks and a MAC.
pub const LARGEST_OVERHEAD: usize = BLOCK_LENGTH + MAC_LENGTH;
