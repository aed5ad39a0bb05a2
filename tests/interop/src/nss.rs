//! poppler's `pdfsig`, with a certificate database of NSS that trusts one anchor.

use std::io;
use std::path::{Path, PathBuf};

use crate::tool::{Said, run};

/// A database in a folder, trusting the anchors of a trust folder.
#[derive(Debug)]
pub struct Database(PathBuf);

impl Database {
    /// Makes it.
    ///
    /// # Errors
    /// When `certutil` fails or there is no anchor.
    pub fn trusting(trust: &Path, folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let database = Self(folder.to_path_buf());
        database.certutil(&["-N", "--empty-password"])?;
        let anchor = anchor(trust)?;
        let anchor = anchor.to_string_lossy();
        database.certutil(&["-A", "-n", "anchor", "-t", "CT,C,C", "-a", "-i", &anchor])?;
        Ok(database)
    }

    fn certutil(&self, arguments: &[&str]) -> io::Result<()> {
        let folder = format!("sql:{}", self.0.display());
        let said = run("certutil", arguments.iter().copied().chain(["-d", &folder]))?;
        if said.code == 0 {
            Ok(())
        } else {
            Err(io::Error::other(said.text))
        }
    }

    /// What `pdfsig` says of a document.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn pdfsig(&self, document: &Path) -> io::Result<Said> {
        run(
            "pdfsig",
            ["-nssdir".as_ref(), self.0.as_os_str(), document.as_os_str()],
        )
    }
}

/// The one anchor of a trust folder.
///
/// # Errors
/// When the folder has no anchor.
pub fn anchor(trust: &Path) -> io::Result<PathBuf> {
    let mut entries = std::fs::read_dir(trust.join("anchors"))?;
    entries
        .next()
        .ok_or_else(|| io::Error::other("no anchor in the trust folder"))?
        .map(|e| e.path())
}
