//! The judges that come from the Python package index, in a virtual environment of their own.

use std::path::PathBuf;
use std::process::Command;

use crate::command::{Error, Result, run, shown, target};

/// Pinned, so that a verdict does not change under an unchanged tree.
const REQUIREMENTS: &[&str] = &["pyHanko==0.38.0", "pyhanko-cli==0.6.0"];

/// Makes the environment if it is not there yet and returns its `python`.
pub(crate) fn python() -> Result<PathBuf> {
    let folder = target().join("judges");
    let python = folder.join("bin/python");
    let stamp = folder.join("requirements");
    let wanted = REQUIREMENTS.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(python);
    }
    for command in [
        Command::new("python3").args(["-m", "venv"]).arg(&folder),
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(REQUIREMENTS),
    ] {
        eprintln!("+ {}", shown(command));
        run(command)?;
    }
    std::fs::write(&stamp, wanted).map_err(Error::file(&stamp))?;
    Ok(python)
}
