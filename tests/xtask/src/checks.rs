//! Formatting, lints, licences, bans and sources.

use std::process::{Command, ExitCode};

use crate::command::{Result, cargo, root, run, shown, succeeds, target};

/// The version of cargo-deny that the configuration is written for.
const CARGO_DENY: &str = "0.20.2";

/// Runs all checks; the first that fails stops.
pub(crate) fn all() -> Result<ExitCode> {
    for command in [
        cargo().args(["fmt", "--all", "--", "--check"]),
        cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ]),
        &mut deny()?,
    ] {
        eprintln!("+ {}", shown(command));
        run(command)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `cargo deny` for everything that needs no advisory database: that one is downloaded, and nothing is
/// downloaded here but packages by name.
fn deny() -> Result<Command> {
    let own = target().join("tools");
    let installed = own.join("bin/cargo-deny");
    let program = if succeeds(Command::new("cargo-deny").arg("--version")) {
        "cargo-deny".into()
    } else {
        if !installed.exists() {
            let mut install = cargo();
            install.args([
                "install",
                "cargo-deny",
                "--version",
                CARGO_DENY,
                "--locked",
                "--root",
            ]);
            install.arg(&own);
            eprintln!("+ {}", shown(&install));
            run(&mut install)?;
        }
        installed
    };
    let mut command = Command::new(program);
    command
        .current_dir(root())
        .args(["--all-features", "check", "licenses", "bans", "sources"]);
    Ok(command)
}
