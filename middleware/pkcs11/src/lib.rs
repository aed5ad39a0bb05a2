//! The PKCS#11 module below its exports: sessions, objects, mechanisms.
//!
//! The way of a call: an entry point of [`abi`] checks pointers and state, [`module`] finds session and
//! object, the slot takes the lock of its card, and a [`token::Token`] talks to it. Everything but `abi`
//! is safe code.
#![deny(unsafe_code)]

pub mod abi;
pub mod attribute;
pub mod card;
mod certificate;
pub mod configuration;
mod desk;
pub mod error;
mod hash;
mod host_object;
mod inserted;
mod lock;
mod mechanism;
pub mod module;
mod object;
mod operation;
mod profile;
mod session;
mod signature;
mod slot;
pub mod store;
mod template;
pub mod token;
mod trace;
mod verify;
