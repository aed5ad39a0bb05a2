//! `sello-package-files FOLDER`: writes what the package holds beside the programs.
#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("sello-package-files: name a folder");
        return ExitCode::from(2);
    };
    match sello_package::write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sello-package-files: {error}");
            ExitCode::FAILURE
        }
    }
}
