//! The command line of the center and the station, as a library: [`run`] takes arguments, readers and
//! a [`Console`] and gives the exit code, so that tests and demonstrations can run it in process.
//!
//! Exit codes: 0 done; 1 refused, nothing was done; 2 wrong usage, or something around the program
//! is missing or broken.
#![forbid(unsafe_code)]

mod cli;
mod command;
mod console;
mod context;
mod failure;
mod language;
mod message;
mod passphrase;

use std::ffi::OsString;

use sello_card::Readers;

pub use console::{Ask, Console, Environment};
use context::Context;
use language::Language;

/// Exit code: done.
pub const DONE: u8 = 0;
/// Exit code: refused.
pub const REFUSED: u8 = 1;
/// Exit code: wrong usage or environment.
pub const TROUBLE: u8 = 2;

/// Runs one command; the first argument is the program's name. Gives the exit code.
pub fn run(
    arguments: impl Iterator<Item = OsString>,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> u8 {
    let arguments: Vec<_> = arguments.collect();
    let language = Language::choose(&arguments, console.environment.as_ref());
    let matches = match cli::command(language).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => return console.usage(&error),
    };
    let mut context = Context::new(&matches, language, readers, console);
    match command::run(&mut context, &matches) {
        Ok(()) => DONE,
        Err(failure) => context.report(&failure),
    }
}
