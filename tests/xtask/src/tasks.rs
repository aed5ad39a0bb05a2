//! What each command of `cargo xtask` does.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::bare::Compiler;
use crate::command::{Error, Result, cargo, exit_code, run, shown, status, succeeds, target};
use crate::judges::Judges;
use crate::{deb, packages, stack};

/// Plays the whole life of a seal.
pub(crate) fn demo(
    document: Option<PathBuf>,
    out: &Path,
    lang: Option<String>,
) -> Result<ExitCode> {
    ensure_packages(&[packages::DEMO])?;
    build()?;
    let mut words = vec![OsString::from(target().join("debug/sello-life"))];
    words.extend([OsString::from("--out"), absolute(out)?.into()]);
    if let Some(lang) = lang {
        words.extend([OsString::from("--lang"), lang.into()]);
    }
    if let Some(document) = document {
        words.push(absolute(&document)?.into());
    }
    let kind = stack::find();
    Ok(exit_code(status(&mut stack::command(kind, &words)?)?))
}

/// Runs the tests, all of them unless `arguments` choose.
pub(crate) fn test(arguments: &[OsString]) -> Result<ExitCode> {
    ensure_judges_packages()?;
    let judges = Judges::ensure()?;
    let packager = deb::ensure()?;
    // Whole, even for one package: a build script asks cargo for the sources of an outside suite.
    run(cargo().args(["fetch", "--locked", "--quiet"]))?;
    build()?;
    let kind = stack::find();
    if kind == stack::Kind::Absent {
        return Err(Error::Needed(
            "the tests need a pcscd with virtual readers: either allow unprivileged user namespaces \
             (or run as root), or start pcscd with the driver of the package vsmartcard-vpcd"
                .into(),
        ));
    }
    let mut tests = vec![
        OsString::from(cargo().get_program()),
        "test".into(),
        "--locked".into(),
        "--no-fail-fast".into(),
    ];
    if arguments.is_empty() {
        tests.push("--workspace".into());
    }
    tests.extend(arguments.iter().cloned());
    let mut compile = cargo();
    compile
        .args(tests.iter().skip(1).take_while(|word| *word != "--"))
        .arg("--no-run");
    eprintln!("+ {}", shown(&compile));
    run(&mut compile)?;
    let mut command = stack::command(kind, &tests)?;
    judges.tell(&mut command);
    command
        .env("SELLO_PROGRAMS", target().join("debug"))
        .env("SELLO_CARGO_DEB", packager);
    // Within the network namespace there is nothing to download from, and nothing left to download.
    command
        .env("CARGO_NET_OFFLINE", "true")
        .current_dir(crate::command::root());
    Ok(exit_code(status(&mut command)?))
}

/// Prints the benchmarks, from optimized programs.
pub(crate) fn bench(which: &str, json: bool, more: &[OsString]) -> Result<ExitCode> {
    ensure_judges_packages()?;
    let judges = Judges::ensure()?;
    build_with(&["sello-bench"], &["--release"])?;
    let programs = target().join("release");
    let mut words = vec![programs.join("sello-bench").into(), OsString::from(which)];
    words.extend(json.then(|| OsString::from("--json")));
    words.extend_from_slice(more);
    let mut command = stack::command(stack::find(), &words)?;
    judges.tell(&mut command);
    command.env("SELLO_PROGRAMS", &programs);
    Ok(exit_code(status(&mut command)?))
}

/// Installs what is missing and no more.
pub(crate) fn setup() -> Result<ExitCode> {
    ensure_judges_packages()?;
    ensure_packages(&[packages::FOOTPRINT])?;
    Judges::ensure()?;
    deb::ensure()?;
    Compiler::find()?;
    Ok(ExitCode::SUCCESS)
}

/// Runs a command, or a shell, beside a pcscd of its own.
pub(crate) fn stack(command: &[OsString]) -> Result<ExitCode> {
    ensure_packages(&[packages::DEMO])?;
    build()?;
    let shell = || std::env::var_os("SHELL").unwrap_or_else(|| "sh".into());
    let words = if command.is_empty() {
        vec![shell()]
    } else {
        command.to_vec()
    };
    let mut command = stack::command(stack::find(), &words)?;
    let programs = target().join("debug");
    let old = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(programs).chain(std::env::split_paths(&old));
    if let Ok(path) = std::env::join_paths(paths) {
        command.env("PATH", path);
    }
    Ok(exit_code(status(&mut command)?))
}

/// Installs what the tests need, the judges' packages among it.
fn ensure_judges_packages() -> Result<()> {
    let missing = packages::LANGUAGES
        .iter()
        .filter(|([program, word], _)| !succeeds(Command::new(program).arg(word)))
        .map(|(_, names)| *names);
    let lists: Vec<_> = [packages::DEMO, packages::JUDGES]
        .into_iter()
        .chain(missing)
        .collect();
    ensure_packages(&lists)
}

/// Installs the packages that are missing, unless somebody said that they are there.
pub(crate) fn ensure_packages(lists: &[&[&str]]) -> Result<()> {
    if packages::are_skipped() {
        Ok(())
    } else {
        packages::ensure(lists)
    }
}

/// Builds the client.
pub(crate) fn build_client() -> Result<()> {
    ensure_packages(&[packages::DEMO])?;
    let mut command = cargo();
    command.args(["build", "--locked", "--package", "sello-client"]);
    run(&mut command)
}

/// Builds the programs people run, the module and the demo.
fn build() -> Result<()> {
    build_with(&[], &[])
}

/// As [`build`], with further packages and options.
fn build_with(further: &[&str], options: &[&str]) -> Result<()> {
    let mut command = cargo();
    command.args(["build", "--locked"]).args(options);
    let programs = [
        "sello-simulator",
        "sello-client",
        "sello-console",
        "sello-pkcs11-module",
        "sello-flow",
        "sello-package",
    ];
    for package in programs.iter().chain(further) {
        command.args(["--package", package]);
    }
    eprintln!("+ {}", shown(&command));
    run(&mut command)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(Error::file(path))
}
