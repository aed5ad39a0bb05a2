//! The card: a PIV card edge with a seal on it.
//!
//! [`Applet`] takes command APDUs and gives response APDUs, as `specs/card.md` says. It asks its world
//! (random numbers, AES, P-256, memory) through the one small trait [`Platform`]; it knows nothing of
//! readers or files. No allocation: every buffer has a fixed size.
//!
//! A command goes through four steps, each in a module of its own: the class and length are checked and
//! chains put together (`link`), the bytes become a closed `request::Request`, the life cycle permits or
//! refuses it (`gate`), and only then does one of the handlers act.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
#[macro_use]
extern crate std;

mod applet;
mod attestation;
mod batch;
mod channel;
mod context;
mod der;
mod failure;
mod gate;
mod handler;
mod journal;
mod link;
mod manufacture;
mod platform;
mod record;
mod request;
mod session;

pub use applet::Applet;
pub use link::{LARGEST_COMMAND_DATA, SMALLEST_RESPONSE_BUFFER};
pub use manufacture::manufacture;
pub use platform::{
    Change, Failure, Platform, Point, PrivateKey, RawSignature, Record, SharedSecret,
};
pub use record::Profile;
pub use session::Interface;
