//! `sello-sim`: simulated cards in virtual readers.
#![forbid(unsafe_code)]

mod cli;
mod language;
mod messages;
mod run;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let texts = messages::texts(language::choose(&arguments));
    match cli::parse(arguments, texts) {
        Ok(options) => run::run(&options, texts),
        Err(error) => error.exit(),
    }
}
