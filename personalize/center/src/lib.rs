//! The seal center: ledger, certification authority, approvals, revocation, audit.
//!
//! [`Center`] is the whole of it, in one folder. Officers log in with a passphrase and get an
//! [`Officer`], the proof that every act with a consequence demands; [`Center::station`] gives the
//! way by which a station personalizes a card.
//!
//! - [`ledger`]: what is stored, behind a trait; SQLite is the one implementation yet.
//! - [`audit`]: the hash-chained log, written in the same transaction as what it tells.
//! - [`vault`]: keys at rest.
//! - [`signer`]: who signs; a software key, and room for others.
//!
//! Rules: `specs/issuing.md`. No reader and no drawing here: cards are reached through a station.
#![forbid(unsafe_code)]

pub mod application;
mod approval;
pub mod audit;
mod card;
mod center;
pub mod clock;
mod device;
mod error;
mod home;
mod init;
pub mod ledger;
mod lifecycle;
mod officer;
mod personalization;
mod picture;
mod random;
mod revocation;
pub mod signer;
mod text;
mod timestamp;
mod trust;
pub mod vault;
mod verify;

pub use center::Center;
pub use error::Error;
pub use home::{Home, folder_of, write_private};
pub use init::Authority;
pub use lifecycle::{CardEvidence, RevocationReason};
pub use officer::Officer;
pub use personalization::{Letter, NewPinLetter, Station};
pub use timestamp::TimestampAuthority;
pub use trust::Exported;
pub use verify::Verified;
