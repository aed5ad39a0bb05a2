//! The custodian's program `sello`: stamp, verify, look at seals and cards, manage the PIN.
//!
//! The program is [`run`], a function of its arguments, the readers and a [`Console`], so that tests
//! and demonstrations can give it a simulated card and listen to what it says.
//!
//! Exit codes: 0 done, or every seal valid; 1 a seal or signature is broken, the document was changed,
//! a journal is not what the card wrote, or `sello doctor` found something wrong; 2 anything else, such as an error or a verdict that cannot
//! be given.
#![forbid(unsafe_code)]

mod authority;
mod card;
mod cli;
mod command;
mod console;
mod copier;
mod doctor;
mod evidence;
mod failure;
mod in_place;
mod journal;
mod language;
mod messages;
mod output;
mod repair;
mod secret;
mod target;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser as _};
use sello_card::Readers;

pub use console::{AskSecret, Console};
pub use language::Language;

use cli::{Arguments, Command, JournalCommand, PinCommand};
use failure::Failure;

/// Exit code: done, or every seal and signature is valid.
pub const EXIT_GOOD: u8 = 0;
/// Exit code: a seal or signature is broken, forged, or the document was changed.
pub const EXIT_BAD: u8 = 1;
/// Exit code: cannot tell, or an error.
pub const EXIT_UNSURE: u8 = 2;

/// The command line, for manual pages and completions.
#[must_use]
pub fn command_line() -> clap::Command {
    Arguments::command()
}

/// Runs the program with its arguments (the first is the program's name) and returns its exit code.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> u8 {
    let words = arguments.into_iter().collect::<Vec<_>>();
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => return console.usage(&error, &words),
    };
    let language = arguments
        .lang
        .unwrap_or_else(|| Language::from_environment(console.environment));
    console.language = language;
    match dispatch(arguments.command, readers, console) {
        Ok(code) => code,
        Err(failure) => {
            console.failure(&failure);
            EXIT_UNSURE
        }
    }
}

fn dispatch(
    command: Command,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    match command {
        Command::Stamp(arguments) => command::stamp::run(&arguments, readers, console),
        Command::Prepare(arguments) => command::prepare::run(&arguments, console),
        Command::Renew(arguments) => command::renew::run(&arguments, console),
        Command::StampFiles(arguments) => command::stamp_files::run(&arguments, readers, console),
        Command::Verify(arguments) => command::verify::run(&arguments, console),
        Command::Open(arguments) => command::open::run(&arguments, console),
        Command::Seals(arguments) => command::seals::run(&arguments, readers, console),
        Command::Card(arguments) => command::card::run(&arguments, readers, console),
        Command::Approve(arguments) => command::approve::run(&arguments, readers, console),
        Command::Journal(JournalCommand::Show(arguments)) => {
            command::journal::show(&arguments, readers, console)
        }
        Command::Journal(JournalCommand::Export(arguments)) => {
            command::journal::export(&arguments, readers, console)
        }
        Command::Journal(JournalCommand::Verify(arguments)) => {
            command::journal::verify(&arguments, readers, console)
        }
        Command::Doctor(arguments) => command::doctor::run(&arguments, readers, console),
        Command::Pin(PinCommand::Change(arguments)) => {
            command::pin::change(&arguments, readers, console)
        }
        Command::Pin(PinCommand::Unblock(arguments)) => {
            command::pin::unblock(&arguments, readers, console)
        }
    }
}
