//! `sello-center`: the center's and the station's command line.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use sello_card::PcscReaders;
use sello_console::{Console, run};

fn main() -> ExitCode {
    let mut console = Console::terminal();
    ExitCode::from(run(std::env::args_os(), &PcscReaders::new(), &mut console))
}
