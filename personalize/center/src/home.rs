//! The folder of a center.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::Error;

/// Where everything of a center lies.
///
/// ```text
/// center.db     ledger (SQLite)
/// center.lock   taken while the ledger changes
/// audit.head    last line of the audit log
/// keys.json     CA key, seal-making key, device root key, card master key, encrypted
/// ca.pem        the CA's certificate
/// issued/       certificates and seals, for reference
/// crl/          the newest revocation list
/// ```
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

impl Home {
    /// Takes the folder; it need not exist.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("center.db")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("center.lock")
    }

    pub(crate) fn head(&self) -> PathBuf {
        self.0.join("audit.head")
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.0.join("keys.json")
    }

    pub(crate) fn ca_certificate(&self) -> PathBuf {
        self.0.join("ca.pem")
    }

    pub(crate) fn issued(&self, name: &str) -> PathBuf {
        self.0.join("issued").join(name)
    }

    pub(crate) fn revocation_list(&self) -> PathBuf {
        self.0.join("crl").join("ca.crl")
    }

    /// Makes the folders, readable by their owner only.
    pub(crate) fn create(&self) -> Result<(), Error> {
        for folder in [self.0.clone(), self.0.join("issued"), self.0.join("crl")] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)
                .map_err(Error::file(&folder))?;
        }
        Ok(())
    }
}

/// Writes a file that its owner alone can read: beside, synced, then renamed.
///
/// # Errors
/// [`Error::File`]; the old file, if any, is as it was.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_with_mode(path, bytes, 0o600)
}

/// The folder that a file lies in; a bare name lies in the present one.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Writes a file that everyone may read.
pub(crate) fn write_public(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_with_mode(path, bytes, 0o644)
}

/// Writes beside, syncs, then renames: there is the old file or the new one, never half of one.
fn write_with_mode(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = (|| {
        // A left-over of a program killed here, whose mode might be another.
        if beside.exists() {
            fs::remove_file(&beside)?;
        }
        let mut file = OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(mode)
            .open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        File::open(folder_of(path))?.sync_all()
    })();
    written.map_err(|source| {
        // The error to tell is the first one; a left-over that cannot be removed is harmless.
        let _ = fs::remove_file(&beside);
        Error::file(path)(source)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn files_are_replaced_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_bare_name_lies_in_the_present_folder() {
        assert_eq!(folder_of(Path::new("letter.pdf")), Path::new("."));
        assert_eq!(folder_of(Path::new("to/letter.pdf")), Path::new("to"));
        assert_eq!(folder_of(Path::new("/letter.pdf")), Path::new("/"));
        // The tests of a crate run in its folder.
        let name = Path::new("bare-name.tmp");
        write_private(name, b"one").unwrap();
        assert_eq!(fs::read(name).unwrap(), b"one");
        fs::remove_file(name).unwrap();
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("inside"), b"x").unwrap();
        assert!(write_private(&path, b"two").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
