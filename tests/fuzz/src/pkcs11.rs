//! What the targets of the PKCS#11 module share: cards, readers, and calls as a C program makes them.

pub(crate) mod arguments;
pub(crate) mod caller;
pub mod cards;
pub(crate) mod choices;
pub(crate) mod client;
pub(crate) mod desk;
pub(crate) mod memory;
pub(crate) mod panics;
pub(crate) mod returns;
pub(crate) mod stage;
pub(crate) mod tamper;
pub(crate) mod templates;
