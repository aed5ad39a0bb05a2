//! The Debian package of client and PKCS#11 module, by cargo-deb.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::command::{Result, cargo, run, shown, succeeds, target};
use crate::{packages, tasks};

/// The version of cargo-deb that the metadata in `middleware/client/Cargo.toml` is written for.
const CARGO_DEB: &str = "3.8.0";

/// Builds what the package holds, and the package.
pub(crate) fn package() -> Result<ExitCode> {
    tasks::ensure_packages(&[packages::DEMO, packages::PACKAGING])?;
    let tool = ensure()?;
    let mut build = cargo();
    build.args(["build", "--locked", "--release"]);
    for package in ["sello-client", "sello-pkcs11-module", "sello-package"] {
        build.args(["--package", package]);
    }
    eprintln!("+ {}", shown(&build));
    run(&mut build)?;
    let programs = target().join("release");
    let mut files = Command::new(programs.join("sello-package-files"));
    files.arg(programs.join("package"));
    run(&mut files)?;
    let mut pack = Command::new(tool);
    pack.args(["deb", "--package", "sello-client", "--no-build", "--locked"])
        .args(["--multiarch", "foreign", "--output"])
        .arg(target().join("debian"))
        .current_dir(crate::command::root());
    eprintln!("+ {}", shown(&pack));
    run(&mut pack)?;
    Ok(ExitCode::SUCCESS)
}

/// cargo-deb: the user's own, or one installed below the target folder.
pub(crate) fn ensure() -> Result<PathBuf> {
    let own = target().join("tools");
    let installed = own.join("bin/cargo-deb");
    if installed.exists() {
        return Ok(installed);
    }
    let users = Path::new("cargo-deb");
    if succeeds(Command::new(users).arg("--version")) {
        return Ok(users.to_path_buf());
    }
    let mut install = cargo();
    install
        .args(["install", "cargo-deb", "--version", CARGO_DEB])
        .args(["--locked", "--root"])
        .arg(&own);
    eprintln!("+ {}", shown(&install));
    run(&mut install)?;
    Ok(installed)
}
