//! A PIV card in a reader and a folder for the files that go to and fro between the judges.

use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::piv_card::PivCard;
use crate::tool::{self, Said};

/// The card and the folder. In the words of a command `@` stands for the folder and a blank parts words.
pub struct Table {
    /// The card.
    pub card: PivCard,
    folder: TempDir,
}

impl Table {
    /// With a new card.
    ///
    /// # Errors
    /// As [`PivCard::insert`].
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            card: PivCard::insert()?,
            folder: tempfile::tempdir()?,
        })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The words of a command.
    #[must_use]
    pub fn words(&self, command: &str) -> Vec<String> {
        let folder = format!("{}/", self.folder().display());
        let words = command.split_ascii_whitespace();
        words.map(|word| word.replace('@', &folder)).collect()
    }

    /// Runs OpenSSL.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn openssl(&self, command: &str) -> io::Result<Said> {
        tool::run("openssl", self.words(command))
    }

    /// Writes a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> io::Result<()> {
        std::fs::write(self.folder().join(name), content)
    }

    /// Whether two files are the same.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn same(&self, one: &str, other: &str) -> io::Result<bool> {
        let read = |name| std::fs::read(self.folder().join(name));
        Ok(read(one)? == read(other)?)
    }
}
