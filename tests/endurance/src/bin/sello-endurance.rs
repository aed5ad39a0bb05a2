//! Maltreats the PKCS#11 module in one way and tells by its end how that went: 0 when all held.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use sello_endurance::library::{Locking, watchdog};
use sello_endurance::program::{self, Subject};
use sello_endurance::service;

/// A run that takes so many seconds is a hang.
const LONGEST: u32 = 180;

const USAGE: &str = "usage: sello-endurance WAY COUNT MODULE READER\n\
    ways: cycles, cycles-in-threads, signing-cycles, exit, exit-in-thread, fork, race-unsaid, race-system, \
    race-application, finalize-under-waiters, service";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [way, count, module, reader] = words.as_slice() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let Ok(count) = count.parse() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let subject = &Subject {
        path: module.into(),
        reader: reader.clone(),
    };
    watchdog(LONGEST);
    match way.as_str() {
        "cycles" => program::cycles(subject, count),
        "cycles-in-threads" => program::cycles_in_threads(subject, count),
        "signing-cycles" => program::signing_cycles(subject, count),
        "exit" => program::exit(subject, false),
        "exit-in-thread" => program::exit(subject, true),
        "fork" => program::fork(subject, count),
        "race-unsaid" => program::race(subject, Locking::Unsaid, count),
        "race-system" => program::race(subject, Locking::System, count),
        "race-application" => program::race(subject, Locking::Application, count),
        "service" => service::restarts(&subject.path, count),
        "finalize-under-waiters" => program::finalize_under_waiters(subject, count),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
