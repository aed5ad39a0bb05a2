//! The non-volatile memory of a card as a chip has it: flash, and a log of transactions on it.
//!
//! [`flash`] is the chip's part: what it can do in one write, and what is left when the power goes in
//! the middle. [`log`] keeps the records of a card there so that every change is made as a whole or not
//! at all; [`layout`] is the meaning of its bytes.

pub(crate) mod estimate;
pub(crate) mod flash;
mod layout;
pub(crate) mod log;
