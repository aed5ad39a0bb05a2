//! The commands, one module each.

pub(crate) mod approve;
pub(crate) mod card;
pub(crate) mod doctor;
pub(crate) mod journal;
pub(crate) mod open;
pub(crate) mod pin;
pub(crate) mod prepare;
pub(crate) mod renew;
pub(crate) mod seals;
mod signed;
pub(crate) mod stamp;
pub(crate) mod stamp_files;
mod subject;
mod trust;
pub(crate) mod verify;
mod verify_files;

use serde::Serialize;

use crate::console::Console;

/// Documents from this length on, in bytes, show progress.
const LONG: u64 = 16 << 20;

/// Answers as JSON. Our own types have no form that cannot be written.
fn json(console: &mut Console<'_>, answer: &impl Serialize) {
    if let Ok(text) = serde_json::to_string_pretty(answer) {
        console.line(&text);
    }
}
