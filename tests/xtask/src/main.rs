//! `cargo xtask`: one command for each thing a person does with this repository.
//!
//! It builds on a machine that has only Rust and a C compiler, and installs what the rest needs.
#![forbid(unsafe_code)]

mod bare;
mod checks;
mod command;
mod corpus;
mod deb;
mod emulator;
mod footprint;
mod fuzz;
mod image;
mod judges;
mod packages;
mod sanitize;
mod stack;
mod tasks;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Sets up what is missing, then shows, tests and checks Sello.
#[derive(Parser)]
#[command(name = "cargo xtask", version, about, long_about = None)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Play the whole life of a seal, from the application to the loss report.
    Demo {
        /// A PDF document to seal; a contract is made when none is given.
        document: Option<PathBuf>,
        /// The folder the demo leaves its files in.
        #[arg(long, default_value = "demo")]
        out: PathBuf,
        /// The language of the demo and of the programs in it: en or es.
        #[arg(long)]
        lang: Option<String>,
    },
    /// Run the whole test suite, through a real pcscd and with the outside judges.
    Test {
        /// Arguments for `cargo test`, such as `-p sello-wire` or a test's name.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Check formatting, lints, licences, bans and sources.
    Check,
    /// Print the benchmarks beside named peers, and which of the bars they keep.
    Bench {
        /// Which one: `apdus` (what the main dialogues send), `clock` (what they take with named cards),
        /// `applet` (the card in the same process beside p256), `pcsc` (APDUs and signatures through
        /// pcscd), `pkcs11` (the PKCS#11 module beside OpenSC's and ykcs11), `stamp` (a large document
        /// stamped with the card, beside pyHanko), `documents` (their time and memory beside OpenSSL's
        /// digest, pyHanko and pdfsig), or all of them in one run.
        #[arg(default_value = "all")]
        which: String,
        /// What else the benchmark is told, as `--part bulk` for `documents`.
        #[arg(last = true)]
        more: Vec<OsString>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Judge a folder of documents with known verdicts (`expected.tsv`) and print where we differ.
    Corpus {
        /// The folder.
        folder: PathBuf,
    },
    /// Print how large the applet is on a bare chip, and how deep its stack; its signature is verified.
    Footprint,
    /// Look for bytes for which something does not hold, with a fuzzing engine.
    Fuzz {
        /// Which target, such as `dialogue`, or nothing for all.
        target: Option<String>,
        /// How long each, in seconds.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// Put inputs that reach something new into `tests/fuzz/corpus`.
        #[arg(long)]
        keep: bool,
    },
    /// Make the Debian package of client and PKCS#11 module.
    Package,
    /// Run the PKCS#11 module's tests and its fuzz corpora under a sanitizer.
    Sanitize {
        /// Which one: memory used wrongly or lost, or threads that get in each other's way.
        #[arg(default_value = "address")]
        sanitizer: sanitize::Sanitizer,
    },
    /// Install what the other commands need, and do no more.
    Setup,
    /// Run a command, or a shell, beside a pcscd of its own with eight virtual readers.
    Stack {
        /// The command; a shell when none is given.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
    /// The inner half of `stack`, run within the namespaces.
    #[command(hide = true)]
    InStack {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Demo {
            document,
            out,
            lang,
        } => tasks::demo(document, &out, lang),
        Task::Test { arguments } => tasks::test(&arguments),
        Task::Check => checks::all(),
        Task::Bench { which, json, more } => tasks::bench(&which, json, &more),
        Task::Corpus { folder } => corpus::judge(&folder),
        Task::Footprint => footprint::print(),
        Task::Fuzz {
            target,
            seconds,
            keep,
        } => fuzz::fuzz(&fuzz::Plan {
            target,
            seconds,
            keep,
        }),
        Task::Package => deb::package(),
        Task::Sanitize { sanitizer } => sanitize::sanitize(sanitizer),
        Task::Setup => tasks::setup(),
        Task::Stack { command } => tasks::stack(&command),
        Task::InStack { command } => stack::inner(&command),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
