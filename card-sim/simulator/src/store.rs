//! Where the memory of a card lies.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::CardFileError;
use crate::faults::{CutMoment, Faults};
use crate::image::{Difference, Image};
use crate::memory::log::{LogError, RecordLog};

/// No card file is larger; anything above is not read.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// In RAM, in a file that outlives the process, or in simulated flash.
pub(crate) enum Store {
    Memory,
    File(CardFile),
    Flash(Box<RecordLog>),
}

/// Why a state could not be replaced.
pub(crate) enum NotReplaced {
    /// The old state is the state.
    Unchanged,
    /// The same, since there is no room for the new one.
    Full,
    /// Which of the two it is will be known after the next power-on.
    InDoubt,
}

/// Why a state could not be read.
pub(crate) enum NotRead {
    /// It cannot be understood.
    Unusable,
    /// The power went while what an earlier cut left was put in order.
    PowerCut,
}

impl Store {
    /// Makes a difference to the state, or does so only as far as the faults let it.
    pub(crate) fn replace(
        &mut self,
        before: &Image,
        difference: &Difference,
        faults: &mut Faults,
    ) -> Result<Option<CutMoment>, NotReplaced> {
        let cut = faults.next_commit();
        match self {
            Self::Memory => {}
            Self::File(file) => {
                let bytes = before
                    .with(difference)
                    .encode()
                    .map_err(|_| NotReplaced::Full)?;
                file.replace(&bytes, cut)?;
            }
            Self::Flash(log) => {
                if matches!(cut, None | Some(CutMoment::AfterReplacing)) {
                    let next = before.with(difference);
                    log.commit(before, &next, faults)
                        .map_err(|error| match error {
                            LogError::Full => NotReplaced::Full,
                            LogError::PowerCut | LogError::Damaged => NotReplaced::InDoubt,
                        })?;
                }
            }
        }
        Ok(cut)
    }

    /// Reads the state as a card finds it that gets power; `None` from RAM, which has nothing of its
    /// own.
    pub(crate) fn read(&mut self, faults: &mut Faults) -> Result<Option<Image>, NotRead> {
        match self {
            Self::Memory => Ok(None),
            Self::File(file) => file.read().map(Some).map_err(|_| NotRead::Unusable),
            Self::Flash(log) => match log.recover(faults) {
                Ok(image) => Ok(Some(image)),
                Err(LogError::PowerCut) => Err(NotRead::PowerCut),
                Err(LogError::Full | LogError::Damaged) => Err(NotRead::Unusable),
            },
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
    /// Locks a card file that may not exist yet. A symbolic link is followed once and for all: two
    /// names of one card are one lock, and a commit replaces the card, not the link.
    pub(crate) fn lock(path: &Path) -> Result<Self, CardFileError> {
        let path = match fs::canonicalize(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => {
                path.to_owned()
            }
            followed => followed.map_err(|source| io_error(path, source))?,
        };
        let mut options = private_options();
        let lock = options
            .create(true)
            .open(beside(&path, "lock"))
            .map_err(|source| io_error(&path, source))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(CardFileError::InUse { path }),
            Err(TryLockError::Error(source)) => Err(io_error(&path, source)),
        }
    }

    pub(crate) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Reads the state; the file is not changed, whatever it holds.
    pub(crate) fn read(&self) -> Result<Image, CardFileError> {
        let bytes = self
            .read_bytes()
            .map_err(|source| io_error(&self.path, source))?;
        Image::decode(&bytes).map_err(|source| CardFileError::State {
            path: self.path.clone(),
            source,
        })
    }

    /// Opening a pipe would wait for ever, and a device has no end.
    fn read_bytes(&self) -> io::Result<Zeroizing<Vec<u8>>> {
        let metadata = fs::metadata(&self.path)?;
        if !metadata.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        if metadata.len() > LARGEST_FILE {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut bytes = Zeroizing::new(Vec::new());
        bytes.reserve_exact(usize::try_from(metadata.len()).unwrap_or_default());
        File::open(&self.path)?
            .take(LARGEST_FILE)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes beside, brings it to the disk, and renames: a reader sees the old or the new state.
    fn replace(&self, bytes: &[u8], cut: Option<CutMoment>) -> Result<(), NotReplaced> {
        if cut == Some(CutMoment::BeforeWriting) {
            return Ok(());
        }
        let new_path = beside(&self.path, "new");
        if cut == Some(CutMoment::BeforeReplacing) {
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
            return write_new(&new_path, half).map_err(|_| NotReplaced::Unchanged);
        }
        let replaced = write_new(&new_path, bytes).and_then(|()| fs::rename(&new_path, &self.path));
        if replaced.is_err() {
            // What is left may hold keys, and takes room on a disk that may be full.
            let _ = fs::remove_file(&new_path);
            return Err(NotReplaced::Unchanged);
        }
        sync_folder(&self.path).map_err(|_| NotReplaced::InDoubt)
    }
}

/// Writes a file that nobody else has made or linked to: what an earlier cut left is removed first.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut new = private_options().create_new(true).open(path)?;
    new.write_all(bytes)?;
    new.sync_data()
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

/// For a file only its owner can read: it holds the private keys of the card.
fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
