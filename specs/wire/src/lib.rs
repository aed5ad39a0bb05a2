//! The one definition of the card interface.
//!
//! Instructions, status words, tags, TLV access, application identifiers, key references, algorithm
//! identifiers, command chaining and the [`Channel`] trait, spelled as NIST SP 800-73-5, NIST SP
//! 800-78-5 and ISO/IEC 7816-4 spell them. The card and the host both stand on this crate and never
//! on each other. It knows nothing of readers, of keys, or of *when* anything is allowed.
//!
//! No allocation: views borrow, writers write into the caller's buffer.
#![no_std]
#![forbid(unsafe_code)]

pub mod aid;
pub mod apdu;
pub mod chain;
pub mod channel;
pub mod content;
pub mod instruction;
pub mod journal;
pub mod key;
pub mod life_cycle;
pub mod merkle;
pub mod object;
pub mod pin;
pub mod status;
pub mod tag;
pub mod tlv;

pub use apdu::{Command, Response};
pub use channel::Channel;
pub use instruction::Instruction;
pub use key::{Algorithm, KeyOrigin, PinPolicy, Slot};
pub use life_cycle::LifeCycle;
pub use object::ObjectTag;
pub use pin::PinReference;
pub use status::Status;
pub use tag::Tag;
