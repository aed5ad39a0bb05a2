//! The program `sello`.
#![forbid(unsafe_code)]

use std::env;
use std::io::{IsTerminal, stderr, stdout};
use std::process::ExitCode;

use sello_card::PcscReaders;
use sello_client::{AskSecret, Console, Language, run};
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// Asks on the terminal without echo, whatever the standard input is.
struct Terminal;

impl AskSecret for Terminal {
    fn ask(&mut self, prompt: &str) -> std::io::Result<Zeroizing<String>> {
        rpassword::prompt_password(prompt).map(Zeroizing::new)
    }
}

fn main() -> ExitCode {
    let mut console = Console {
        out: &mut stdout(),
        err: &mut stderr(),
        secrets: &mut Terminal,
        environment: &|name| env::var_os(name),
        interactive: stderr().is_terminal(),
        language: Language::English,
        now: OffsetDateTime::now_utc(),
    };
    ExitCode::from(run(env::args_os(), &PcscReaders::new(), &mut console))
}
