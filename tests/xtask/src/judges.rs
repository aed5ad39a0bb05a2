//! The outside judges that no system package brings: programs from the Python package index, the test
//! suite of `ykman`, and the PIV programs of a later Debian than the one we may be on.

mod debian;
mod node;
mod pkcs11_check;
mod python;
mod suite;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{Error, Result, target};

/// Where the judges are.
pub(crate) struct Judges {
    folder: PathBuf,
}

impl Judges {
    /// Brings what is not there yet.
    pub(crate) fn ensure() -> Result<Self> {
        let folder = target().join("judges");
        std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        python::ensure(&folder)?;
        suite::ensure(&folder)?;
        node::ensure(&folder)?;
        debian::ensure(&folder)?;
        pkcs11_check::ensure(&folder)?;
        Ok(Self { folder })
    }

    /// Tells a program where they are.
    pub(crate) fn tell(&self, command: &mut Command) {
        command
            .env("SELLO_JUDGES", &self.folder)
            .env("SELLO_JUDGES_PYTHON", python::program(&self.folder));
    }
}

/// Does the work unless a file says that it was done, for the same wish.
fn once(stamp: &Path, wish: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    if std::fs::read_to_string(stamp).is_ok_and(|made| made == wish) {
        return Ok(());
    }
    work()?;
    std::fs::write(stamp, wish).map_err(Error::file(stamp))
}
