//! The applet on a bare Cortex-M4, to measure it: `cargo xtask footprint`.
//!
//! [`Chip`] is the least a chip has to be: its records lie in a static array, its cryptography is
//! RustCrypto's without allocation, and its random numbers are no random numbers but the same stream at
//! every power-on ([`FixedStream`]). [`play_center`] and [`play_signatures`] are the dialogues that are measured. The program in `main.rs`
//! plays them in an emulator and tells how deep the stack of each command was; here they are played by the
//! tests too.
#![no_std]
#![forbid(unsafe_code)]

mod channel;
mod chip;
mod fixed_stream;
mod play;
mod store;
mod table;

pub use chip::Chip;
pub use fixed_stream::FixedStream;
pub use play::{Signed, play_center, play_signatures, renew};
pub use store::{CAPACITY, Store};
pub use table::{Reader, Refused};
