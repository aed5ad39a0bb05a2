//! The last line of the log, noted outside the database.
//!
//! ```text
//! committed 41 9f86…
//! pending 42 60ba…
//! ```
//!
//! `pending` is written before the database commits and `committed` replaces it afterwards, all
//! under one lock of `center.lock`. A program that dies in between leaves both, and either may be
//! the ledger's last line; at rest there is `committed` alone and it must be.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::line::FIRST_PREVIOUS;
use crate::Error;
use crate::home::write_private;

/// Number and hash of a line; 0 and zeros stand before the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The line's number.
    pub line: i64,
    /// Its hash.
    pub hash: String,
}

impl Head {
    /// Before the first line.
    pub fn start() -> Self {
        Self {
            line: 0,
            hash: FIRST_PREVIOUS.to_owned(),
        }
    }
}

/// The file `audit.head` and the lock beside it.
#[derive(Debug, Clone)]
pub struct HeadFile {
    path: PathBuf,
    lock: PathBuf,
}

/// The right to change ledger and head, until dropped.
pub struct Locked {
    path: PathBuf,
    // Dropping the file releases the lock.
    _lock: File,
}

impl HeadFile {
    /// Takes the path of the head and of the file to lock.
    pub fn new(path: PathBuf, lock: PathBuf) -> Self {
        Self { path, lock }
    }

    /// Waits until no other program changes the ledger.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn lock(&self) -> Result<Locked, Error> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.lock)
            .map_err(Error::file(&self.lock))?;
        file.lock().map_err(Error::file(&self.lock))?;
        Ok(Locked {
            path: self.path.clone(),
            _lock: file,
        })
    }
}

impl Locked {
    /// Refuses a ledger whose last line is not the one noted.
    ///
    /// # Errors
    /// [`Error::Head`] or [`Error::HeadFile`].
    pub fn check(&self, ledger: &Head) -> Result<(), Error> {
        let (committed, pending) = self.read()?;
        if *ledger == committed || pending.as_ref() == Some(ledger) {
            return Ok(());
        }
        Err(Error::Head {
            ledger: ledger.line,
            noted: committed.line,
        })
    }

    /// Notes the line that the ledger is about to commit.
    ///
    /// # Errors
    /// [`Error::File`]; the ledger must not commit then.
    pub fn announce(&self, ledger: &Head, next: &Head) -> Result<(), Error> {
        let text = format!("{}{}", word("committed", ledger), word("pending", next));
        write_private(&self.path, text.as_bytes())
    }

    /// Notes that the ledger has committed.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn confirm(&self, ledger: &Head) -> Result<(), Error> {
        write_private(&self.path, word("committed", ledger).as_bytes())
    }

    fn read(&self) -> Result<(Head, Option<Head>), Error> {
        if !self.path.exists() {
            return Err(Error::HeadFile(self.path.clone()));
        }
        let text = std::fs::read_to_string(&self.path).map_err(Error::file(&self.path))?;
        parse(&text).ok_or_else(|| Error::HeadFile(self.path.clone()))
    }

    /// Where the head is noted.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn word(name: &str, head: &Head) -> String {
    format!("{name} {} {}\n", head.line, head.hash)
}

fn parse(text: &str) -> Option<(Head, Option<Head>)> {
    let mut lines = text.lines();
    let committed = parse_line(lines.next()?, "committed")?;
    let pending = match lines.next() {
        Some(line) => Some(parse_line(line, "pending")?),
        None => None,
    };
    lines.next().is_none().then_some((committed, pending))
}

fn parse_line(line: &str, name: &str) -> Option<Head> {
    let (number, hash) = line
        .strip_prefix(name)?
        .strip_prefix(' ')?
        .split_once(' ')?;
    let fits = hash.len() == FIRST_PREVIOUS.len() && hash.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then_some(Head {
        line: number.parse().ok()?,
        hash: hash.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(line: i64) -> Head {
        Head {
            line,
            hash: hex::encode([u8::try_from(line).unwrap(); 32]),
        }
    }

    fn in_folder(test: impl FnOnce(&HeadFile, &Path)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.head");
        test(
            &HeadFile::new(path.clone(), folder.path().join("lock")),
            &path,
        );
    }

    #[test]
    fn between_announcement_and_confirmation_both_lines_pass() {
        in_folder(|file, _| {
            let locked = file.lock().unwrap();
            locked.confirm(&head(1)).unwrap();
            locked.check(&head(1)).unwrap();
            assert!(matches!(
                locked.check(&head(2)),
                Err(Error::Head {
                    ledger: 2,
                    noted: 1
                })
            ));
            locked.announce(&head(1), &head(2)).unwrap();
            locked.check(&head(1)).unwrap();
            locked.check(&head(2)).unwrap();
            locked.confirm(&head(2)).unwrap();
            assert!(matches!(
                locked.check(&head(1)),
                Err(Error::Head {
                    ledger: 1,
                    noted: 2
                })
            ));
        });
    }

    #[test]
    fn the_same_number_with_another_hash_is_refused() {
        in_folder(|file, _| {
            let locked = file.lock().unwrap();
            locked.confirm(&head(1)).unwrap();
            let other = Head { line: 1, ..head(9) };
            assert!(locked.check(&other).is_err());
        });
    }

    #[test]
    fn missing_or_mangled_is_refused() {
        in_folder(|file, path| {
            let locked = file.lock().unwrap();
            assert!(matches!(locked.check(&head(1)), Err(Error::HeadFile(_))));
            let good = word("committed", &head(1));
            for text in [
                "",
                "committed 1",
                &format!("{good}{good}"),
                &good.replace('0', "x"),
            ] {
                std::fs::write(path, text).unwrap();
                assert!(
                    matches!(locked.check(&head(1)), Err(Error::HeadFile(_))),
                    "{text:?}"
                );
            }
        });
    }
}
