//! The typed commands, as methods of [`crate::Exclusive`], one module a kind.

mod approver;
mod batch;
mod card_object;
mod journal;
pub(crate) mod key;
mod object;
mod pin;
pub(crate) mod pin_pad;
pub(crate) mod policy;
pub(crate) mod seal;
pub(crate) mod status;
