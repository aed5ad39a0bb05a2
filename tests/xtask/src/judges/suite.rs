//! The test suite of `ykman`, from its source distribution: wheels leave it out.

use std::path::Path;
use std::process::Command;

use super::{once, python};
use crate::command::{Error, Result, run, shown};

/// The same version as the program's ([`python`]).
const SUITE: &str = "yubikey-manager==5.9.2";

/// Unpacks it to `ykman` below the folder.
pub(super) fn ensure(folder: &Path) -> Result<()> {
    once(&folder.join("suite"), SUITE, || {
        let place = folder.join("ykman");
        if place.exists() {
            std::fs::remove_dir_all(&place).map_err(Error::file(&place))?;
        }
        std::fs::create_dir(&place).map_err(Error::file(&place))?;
        let to = place.to_string_lossy();
        python::pip(
            folder,
            &[
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--no-binary=yubikey-manager",
                "--dest",
                &to,
                SUITE,
            ],
        )?;
        let mut unpack = Command::new("sh");
        unpack
            .args([
                "-c",
                "tar --extract --gzip --strip-components=1 --file *.tar.gz",
            ])
            .current_dir(&place);
        eprintln!("+ {}", shown(&unpack));
        run(&mut unpack)
    })
}
