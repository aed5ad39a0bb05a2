//! Test suites of Python programs and bindings, from their source distributions: wheels leave them out.

use std::path::Path;
use std::process::Command;

use super::{once, python};
use crate::command::{Error, Result, run, shown};

/// The folder and the package, in the same version as the installed one ([`python`]).
const SUITES: [(&str, &str, &str); 3] = [
    ("ykman", "yubikey-manager", "5.9.2"),
    ("pykcs11", "PyKCS11", "1.5.20"),
    ("python-pkcs11", "python-pkcs11", "0.9.5"),
];

/// Unpacks each into its folder.
pub(super) fn ensure(folder: &Path) -> Result<()> {
    for (name, package, version) in SUITES {
        let wish = format!("{package}=={version}");
        let stamp = folder.join(format!("suite-{name}"));
        once(&stamp, &wish, || {
            unpack(folder, &folder.join(name), package, &wish)
        })?;
    }
    Ok(())
}

fn unpack(folder: &Path, place: &Path, package: &str, wish: &str) -> Result<()> {
    if place.exists() {
        std::fs::remove_dir_all(place).map_err(Error::file(place))?;
    }
    std::fs::create_dir(place).map_err(Error::file(place))?;
    let only_source = format!("--no-binary={package}");
    let to = place.to_string_lossy();
    let words = [
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
    ];
    python::pip(
        folder,
        &[&words[..], &[&only_source, "--dest", &to, wish]].concat(),
    )?;
    let mut unpack = Command::new("sh");
    unpack
        .args([
            "-c",
            "tar --extract --gzip --strip-components=1 --file *.tar.gz",
        ])
        .current_dir(place);
    eprintln!("+ {}", shown(&unpack));
    run(&mut unpack)
}
