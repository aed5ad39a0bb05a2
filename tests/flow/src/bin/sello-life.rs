//! The demo: `cargo xtask demo` builds it and runs it beside a PC/SC stack.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use sello_flow::demo::{self, Language, Settings};
use sello_flow::in_process::InProcess;
use sello_flow::stage::Real;

/// Plays the whole life of a seal.
#[derive(Parser)]
struct Arguments {
    /// A PDF document to seal; a contract is made when none is given.
    document: Option<PathBuf>,
    /// The folder to leave the files in.
    #[arg(long, default_value = "demo")]
    out: PathBuf,
    /// en or es; the locale's language when not given.
    #[arg(long)]
    lang: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let locale = || {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        set("LC_ALL")
            .or_else(|| set("LC_MESSAGES"))
            .or_else(|| set("LANG"))
            .unwrap_or_default()
    };
    let language = Language::of_locale(&arguments.lang.unwrap_or_else(locale));
    let settings = Settings {
        out: arguments.out,
        document: arguments.document,
        language,
    };
    let no_stack = std::env::var("SELLO_STACK").is_ok_and(|kind| kind == "none");
    let played = if no_stack {
        demo::play(&mut InProcess::new(language), &settings)
    } else {
        Real::new(language).and_then(|mut stage| demo::play(&mut stage, &settings))
    };
    match played {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("sello-life: {error}");
            ExitCode::FAILURE
        }
    }
}
