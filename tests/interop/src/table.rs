//! A PIV card in a reader and a folder for the files that go to and fro between the judges.

use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::piv_card::{MANAGEMENT_KEY, PIN, PivCard};
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

    /// With a new card that has a P-256 key that wants the PIN once, in slot 9A, and its certificate.
    ///
    /// # Errors
    /// As [`Table::new`], and when `yubico-piv-tool` fails, with what it said.
    pub fn with_authentication_key() -> io::Result<Self> {
        let table = Self::new()?;
        let key = format!("--key={MANAGEMENT_KEY} -P {PIN} -s 9a");
        for actions in [
            "-a generate -A ECCP256 -o @9a.pem",
            "-a verify-pin -a selfsign-certificate -S /CN=Example/ -i @9a.pem -o @9a.crt",
            "-a import-certificate -i @9a.crt",
        ] {
            let mut words = vec!["-r".to_owned(), table.card.reader().to_owned()];
            words.extend(table.words(&format!("{key} {actions}")));
            let said = tool::run_newer("yubico-piv-tool", words, &[])?;
            if said.code != 0 {
                return Err(io::Error::other(said.text));
            }
        }
        Ok(table)
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
