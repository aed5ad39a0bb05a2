//! The typed commands, as methods of [`crate::Exclusive`], one module a kind.

mod card_object;
pub(crate) mod key;
mod management;
mod object;
mod pin;
pub(crate) mod seal;
pub(crate) mod status;
