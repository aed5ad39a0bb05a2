//! System packages: Debian and Ubuntu by name, anything else by telling what is needed.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::command::{Error, Result, is_root, output, run, shown, succeeds};

/// What building and the demo need.
pub(crate) const DEMO: &[&str] = &[
    "iproute2",
    "libpcsclite-dev",
    "pcscd",
    "pkg-config",
    "poppler-utils",
    "util-linux",
    "vsmartcard-vpcd",
];

/// What the tests need besides: the outside judges.
pub(crate) const JUDGES: &[&str] = &[
    "debian-archive-keyring",
    "dpkg-dev",
    "g++",
    "gnutls-bin",
    "golang-github-miekg-pkcs11-dev",
    "golang-go",
    "libengine-pkcs11-openssl",
    "libnss3-tools",
    "make",
    "opensc",
    "opensc-pkcs11",
    "openssh-client",
    "openssl",
    "p11-kit",
    "p11-kit-modules",
    "python3",
    "python3-dev",
    "python3-venv",
    "qpdf",
    "valgrind",
];

/// What the tests need of Java and Node, which many machines have from elsewhere; each after the command that
/// succeeds where it is there.
pub(crate) const LANGUAGES: &[(&[&str; 2], &[&str])] = &[
    (&["jarsigner", "-h"], &["default-jdk-headless"]),
    (&["npm", "--version"], &["libnode-dev", "nodejs", "npm"]),
];

/// What making the Debian package needs.
pub(crate) const PACKAGING: &[&str] = &["binutils", "dpkg-dev"];

/// What measuring the applet on a bare chip needs: an emulator, and a judge of the signature.
pub(crate) const FOOTPRINT: &[&str] = &["openssl", "qemu-system-arm"];

/// What the fuzzing engine needs, which is written in C++.
pub(crate) const FUZZING: &[&str] = &["g++"];

/// Installs the packages that are missing.
///
/// # Errors
/// [`Error::Needed`] with the exact command where this program may not install them itself.
pub(crate) fn ensure(lists: &[&[&str]]) -> Result<()> {
    let wanted = lists.iter().flat_map(|list| list.iter().copied());
    if !succeeds(Command::new("dpkg-query").arg("--version")) {
        let names = wanted.collect::<Vec<_>>().join(" ");
        return Err(Error::Needed(format!(
            "this set-up knows Debian and Ubuntu. Install what these packages hold, then run the \
             command again with SELLO_SKIP_PACKAGES=1:\n  {names}"
        )));
    }
    let missing = wanted
        .filter(|name| !is_installed(name))
        .collect::<Vec<_>>();
    if missing.is_empty() {
        return Ok(());
    }
    install(&missing)
}

/// Whether the system has such a package to install.
pub(crate) fn is_known(name: &str) -> bool {
    let known = || succeeds(Command::new("apt-cache").args(["show", name]));
    known() || (update(&[name]).is_ok() && known())
}

/// What a package depends on.
///
/// # Errors
/// [`Error::Failed`] when the system knows no such package.
pub(crate) fn dependencies(name: &str) -> Result<Vec<String>> {
    let listed = output(
        Command::new("apt-cache")
            .args(["depends", name])
            .stderr(Stdio::inherit()),
    )?;
    let names = listed
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("Depends: "));
    Ok(names.map(str::to_owned).collect())
}

/// Downloads packages and unpacks them into a folder, without installing them.
///
/// # Errors
/// [`Error::Failed`] when one of them cannot be had.
pub(crate) fn unpack(names: &[String], folder: &Path) -> Result<()> {
    let downloads = tempfile::tempdir().map_err(Error::file(folder))?;
    let mut download = Command::new("apt-get");
    download
        .current_dir(downloads.path())
        .args(["--quiet", "download"])
        .args(names);
    eprintln!("+ {}", shown(&download));
    run(&mut download)?;
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let files = std::fs::read_dir(downloads.path()).map_err(Error::file(downloads.path()))?;
    for file in files {
        let file = file.map_err(Error::file(downloads.path()))?;
        run(Command::new("dpkg")
            .arg("--extract")
            .arg(file.path())
            .arg(folder))?;
    }
    Ok(())
}

/// Whether somebody said that the packages are there under other names.
pub(crate) fn are_skipped() -> bool {
    std::env::var_os("SELLO_SKIP_PACKAGES").is_some_and(|value| value == "1")
}

fn is_installed(name: &str) -> bool {
    let query = Command::new("dpkg-query")
        .args(["--show", "--showformat", "${db:Status-Status}", name])
        .stderr(Stdio::null())
        .output();
    query.is_ok_and(|output| output.stdout == b"installed")
}

fn install(missing: &[&str]) -> Result<()> {
    update(missing)?;
    let mut install = apt(privilege(missing)?);
    install
        .args(["install", "--yes", "--no-install-recommends"])
        .args(missing);
    eprintln!("+ {}", shown(&install));
    run(&mut install)
}

/// Asks the archive what there is, on behalf of these packages.
fn update(wanted: &[&str]) -> Result<()> {
    let mut update = apt(privilege(wanted)?);
    update.arg("update");
    eprintln!("+ {}", shown(&update));
    run(&mut update)
}

/// What to put before `apt-get`: nothing for root, `sudo` where it asks no password.
fn privilege(missing: &[&str]) -> Result<Option<&'static str>> {
    if is_root() {
        return Ok(None);
    }
    if succeeds(Command::new("sudo").args(["--non-interactive", "true"])) {
        return Ok(Some("sudo"));
    }
    Err(Error::Needed(format!(
        "system packages are missing and this account may not install them. Run this, then the same \
         command again:\n  sudo apt-get update && sudo apt-get install --yes \
         --no-install-recommends {}",
        missing.join(" ")
    )))
}

fn apt(prefix: Option<&str>) -> Command {
    let mut command = match prefix {
        None => Command::new("apt-get"),
        Some(prefix) => {
            let mut command = Command::new(prefix);
            command.args(["--non-interactive", "apt-get"]);
            command
        }
    };
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null());
    command
}
