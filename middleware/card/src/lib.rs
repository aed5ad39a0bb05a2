//! The host's card session: typed commands over PC/SC.
//!
//! [`Readers`] lists readers and connects; [`PcscReaders`] is the one for real readers.
//! [`CardSession`] selects the PIV application, and [`Exclusive`], which a session lends, sends the
//! typed commands. [`find_card`] picks the one card a program should use, or says why it cannot.
//!
//! ```no_run
//! use sello_card::{CardFilter, Pin, PcscReaders, find_card};
//! use sello_wire::Slot;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut found = find_card(&PcscReaders::new(), &CardFilter::default())?;
//! let mut card = found.session.exclusive()?;
//! card.verify_pin(&Pin::new(b"123456")?)?;
//! let signature = card.sign(Slot::Signature, &[0; 32])?;
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod atr;
mod command;
mod error;
mod exchange;
mod find;
mod journal;
mod merkle;
mod pcsc;
mod reader;
#[cfg(test)]
mod script;
mod secret;
mod session;
mod template;
pub mod trace;

pub use self::pcsc::PcscReaders;
pub use command::key::Metadata;
pub use command::pin_pad::{PadRefusal, PinPad};
pub use command::policy::KeyPolicy;
pub use command::seal::SealEntry;
pub use command::status::{CardStatus, Tier, Tries};
pub use error::{CardError, ReaderError, TransportError};
pub use find::{Candidate, CardFilter, FindError, FoundCard, find_card};
pub use journal::{EntryKind, Journal, JournalEntry, JournalError, JournalHead};
pub use merkle::{Batch, BatchSize};
pub use reader::{CardConnection, Control, Pause, ReaderState, Readers, Watch};
pub use secret::{Pin, Puk, SecretFormat};
pub use session::{CardSession, Exclusive};
