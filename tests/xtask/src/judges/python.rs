//! The judges from the Python package index, in a virtual environment of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::once;
use crate::command::{Result, run, shown};

/// Pinned, so that a verdict does not change under an unchanged tree.
const REQUIREMENTS: &[&str] = &[
    "pyHanko==0.38.0",
    "pyhanko-cli==0.6.0",
    "PyKCS11==1.5.20",
    "python-pkcs11==0.9.5",
    "yubikey-manager==5.9.2",
    // What their tests need besides.
    "makefun==1.16.0",
    "parameterized==0.9.0",
    "pytest==9.2.0",
];

/// The environment's `python`.
pub(super) fn program(folder: &Path) -> PathBuf {
    folder.join("bin/python")
}

/// Runs `pip` of the environment.
pub(super) fn pip(folder: &Path, words: &[&str]) -> Result<()> {
    let mut command = Command::new(program(folder));
    command.args(["-m", "pip"]).args(words);
    eprintln!("+ {}", shown(&command));
    run(&mut command)
}

/// Makes the environment.
pub(super) fn ensure(folder: &Path) -> Result<()> {
    once(
        &folder.join("requirements"),
        &REQUIREMENTS.join("\n"),
        || {
            let mut create = Command::new("python3");
            create.args(["-m", "venv"]).arg(folder);
            eprintln!("+ {}", shown(&create));
            run(&mut create)?;
            let words = ["install", "--quiet", "--disable-pip-version-check"];
            pip(folder, &[&words, REQUIREMENTS].concat())
        },
    )
}
