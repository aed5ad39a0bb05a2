//! Where the memory of a card lies.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::CardFileError;
use crate::faults::CutMoment;
use crate::image::Image;

/// No card file is larger; anything above is not read.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// In RAM, or in a file that outlives the process.
pub(crate) enum Store {
    Memory,
    File(CardFile),
}

impl Store {
    /// Makes the bytes the state, or does so only as far as the cut lets it.
    pub(crate) fn replace(&self, bytes: &[u8], cut: Option<CutMoment>) -> io::Result<()> {
        match self {
            Self::Memory => Ok(()),
            Self::File(file) => file.replace(bytes, cut),
        }
    }
}

/// A card file, locked as long as this lives.
pub(crate) struct CardFile {
    path: PathBuf,
    /// Keeps the lock. It lies in a file of its own, since each commit puts a new file in the card
    /// file's place.
    _lock: File,
}

impl CardFile {
    /// Locks a card file that may not exist yet.
    pub(crate) fn lock(path: &Path) -> Result<Self, CardFileError> {
        let lock_path = beside(path, "lock");
        let lock = private_options()
            .open(&lock_path)
            .map_err(|source| io_error(path, source))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(CardFileError::InUse {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(io_error(path, source)),
        }
    }

    pub(crate) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Reads the state; the file is not changed, whatever it holds.
    pub(crate) fn read(&self) -> Result<Image, CardFileError> {
        let length = fs::metadata(&self.path)
            .map_err(|source| io_error(&self.path, source))?
            .len();
        if length > LARGEST_FILE {
            let source = io::Error::from(io::ErrorKind::FileTooLarge);
            return Err(io_error(&self.path, source));
        }
        let bytes = fs::read(&self.path).map_err(|source| io_error(&self.path, source))?;
        let bytes = Zeroizing::new(bytes);
        Image::decode(&bytes).map_err(|source| CardFileError::State {
            path: self.path.clone(),
            source,
        })
    }

    /// Writes beside, brings it to the disk, and renames: a reader sees the old or the new state.
    fn replace(&self, bytes: &[u8], cut: Option<CutMoment>) -> io::Result<()> {
        if cut == Some(CutMoment::BeforeWriting) {
            return Ok(());
        }
        let new_path = beside(&self.path, "new");
        let mut new = private_options().truncate(true).open(&new_path)?;
        if cut == Some(CutMoment::BeforeReplacing) {
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
            return new.write_all(half);
        }
        new.write_all(bytes)?;
        new.sync_data()?;
        fs::rename(&new_path, &self.path)?;
        sync_folder(&self.path)
    }
}

/// Brings the renaming to the disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_data(),
        _ => File::open(".")?.sync_data(),
    }
}

/// The path with a further extension.
fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn io_error(path: &Path, source: io::Error) -> CardFileError {
    CardFileError::Io {
        path: path.to_owned(),
        source,
    }
}

/// A file only its owner can read: it holds the private keys of the card.
fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
