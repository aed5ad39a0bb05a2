//! System packages: Debian and Ubuntu by name, anything else by telling what is needed.

use std::process::{Command, Stdio};

use crate::command::{Error, Result, is_root, run, shown, succeeds};

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
    "libnss3-tools",
    "opensc",
    "opensc-pkcs11",
    "openssl",
    "python3",
    "python3-venv",
    "qpdf",
];

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
    let prefix = privilege(missing)?;
    let mut update = apt(prefix);
    update.arg("update");
    let mut install = apt(prefix);
    install
        .args(["install", "--yes", "--no-install-recommends"])
        .args(missing);
    for command in [&mut update, &mut install] {
        eprintln!("+ {}", shown(command));
        run(command)?;
    }
    Ok(())
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
