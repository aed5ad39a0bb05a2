//! pyHanko's side of a comparison: scripts of this crate, run by a Python that has it.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variables that may name such a Python, in this order.
const PYTHON: [&str; 2] = ["SELLO_PYHANKO_PYTHON", "SELLO_JUDGES_PYTHON"];

/// A script of pyHanko's and the files it is given.
///
/// # Errors
/// Without a Python: a comparison with nobody is none.
pub fn command(script: &str, files: &[PathBuf]) -> Result<Command, Box<dyn Error>> {
    let python: Option<OsString> = PYTHON.iter().find_map(std::env::var_os);
    let python =
        python.ok_or("SELLO_PYHANKO_PYTHON names no Python with pyHanko; run cargo xtask setup")?;
    let mut command = Command::new(python);
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
        .args(files);
    Ok(command)
}

/// Runs a script; gives the seconds that it says its work took.
///
/// # Errors
/// As [`command`], and when the script fails.
pub fn run(script: &str, files: &[PathBuf]) -> Result<f64, Box<dyn Error>> {
    let said = command(script, files)?.output()?;
    if !said.status.success() {
        return Err(String::from_utf8_lossy(&said.stderr).into());
    }
    Ok(String::from_utf8(said.stdout)?.trim().parse()?)
}
