//! Files that are appended to: any failure cuts them back to the length they had.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use sello_pdf::FileSource;

use crate::failure::Failure;

/// By what a file is known to be the same and unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watch {
    device: u64,
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Watch {
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        file.metadata().map(|data| Self::read(&data))
    }

    fn read(data: &Metadata) -> Self {
        Self {
            device: data.dev(),
            inode: data.ino(),
            length: data.len(),
            changed: (data.mtime(), data.mtime_nsec()),
        }
    }

    /// Refuses a file that somebody else has written to, or put another in the place of.
    pub(crate) fn check(&self, path: &Path) -> Result<(), Failure> {
        let data = path.metadata();
        let data = data.map_err(|error| Failure::reading(path, &error))?;
        if Self::read(&data) == *self {
            return Ok(());
        }
        Err(Failure::Changed {
            path: path.to_path_buf(),
        })
    }
}

/// A file being appended to. Dropped before [`InPlaceFile::publish`], it is as it was.
pub(crate) struct InPlaceFile {
    file: File,
    path: PathBuf,
    watch: Watch,
    /// What was appended, to be compared with what the disk has.
    appended: Vec<u8>,
    published: bool,
}

impl InPlaceFile {
    /// Takes the file for itself. Nothing is changed yet.
    pub(crate) fn begin(path: &Path) -> Result<Self, Failure> {
        let unwritable = |error: io::Error| Failure::writing(path, &error);
        let file = OpenOptions::new().read(true).write(true).open(path);
        let file = file.map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::Changed {
                    path: path.to_path_buf(),
                });
            }
            // Some file systems know no locks.
            Err(TryLockError::Error(_)) => {}
        }
        let watch = Watch::of(&file).map_err(unwritable)?;
        Ok(Self {
            file,
            path: path.to_path_buf(),
            watch,
            appended: Vec::new(),
            published: false,
        })
    }

    /// Appends bytes.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if self.appended.is_empty() {
            self.watch.check(&self.path)?;
        }
        let end = self.end();
        // Before the write: a write that fails may have written a part.
        self.appended.extend_from_slice(bytes);
        let written = self.file.write_all_at(bytes, end);
        written.map_err(|error| Failure::writing(&self.path, &error))
    }

    fn end(&self) -> u64 {
        let appended = u64::try_from(self.appended.len()).unwrap_or(u64::MAX);
        self.watch.length.saturating_add(appended)
    }

    /// Its bytes so far, to be read.
    pub(crate) fn source(&self) -> Result<FileSource, Failure> {
        let source = self.file.try_clone().and_then(FileSource::new);
        source.map_err(|error| Failure::writing(&self.path, &error))
    }

    /// Cuts the file to this length, which is where its last whole revision ends.
    pub(crate) fn cut(&mut self, length: u64) -> Result<(), Failure> {
        let cut = self.file.set_len(length);
        let cut = cut.and_then(|()| self.file.sync_all());
        cut.map_err(|error| Failure::writing(&self.path, &error))?;
        let watch = Watch::of(&self.file);
        self.watch = watch.map_err(|error| Failure::writing(&self.path, &error))?;
        Ok(())
    }

    /// Brings what was appended to the disk and checks that it is there.
    pub(crate) fn publish(mut self) -> Result<(), Failure> {
        let checked = self.file.sync_all().and_then(|()| self.compare());
        checked.map_err(|error| Failure::writing(&self.path, &error))?;
        self.published = true;
        Ok(())
    }

    fn compare(&self) -> io::Result<()> {
        let mut found = vec![0; self.appended.len()];
        self.file.read_exact_at(&mut found, self.watch.length)?;
        if found == self.appended && self.file.metadata()?.len() == self.end() {
            return Ok(());
        }
        Err(io::Error::other("it does not hold what was written"))
    }

    /// Closes the file until the signature comes.
    pub(crate) fn rest(self) -> RestingInPlace {
        RestingInPlace {
            path: self.path.clone(),
            watch: self.watch,
        }
    }
}

impl Drop for InPlaceFile {
    fn drop(&mut self) {
        if !self.published && !self.appended.is_empty() {
            // What cannot be cut back now is found by the next run.
            let _ = self.file.set_len(self.watch.length);
            let _ = self.file.sync_all();
        }
    }
}

/// A file to be appended to, closed meanwhile.
pub(crate) struct RestingInPlace {
    path: PathBuf,
    watch: Watch,
}

impl RestingInPlace {
    /// Opens the file again; refuses it if it was changed meanwhile.
    pub(crate) fn wake(self) -> Result<InPlaceFile, Failure> {
        let file = InPlaceFile::begin(&self.path)?;
        if file.watch != self.watch {
            return Err(Failure::Changed { path: self.path });
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_not_published_is_cut_off_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("document");
        fs::write(&path, b"before").unwrap();
        let mut file = InPlaceFile::begin(&path).unwrap();
        file.append(b" and after").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"before and after");
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"before");
        let mut file = InPlaceFile::begin(&path).unwrap();
        file.append(b" and").unwrap();
        file.append(b" after").unwrap();
        file.publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"before and after");
    }

    #[test]
    fn a_file_that_somebody_changes_is_not_appended_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("document");
        fs::write(&path, b"before").unwrap();
        let mut file = InPlaceFile::begin(&path).unwrap();
        fs::write(&path, b"before!").unwrap();
        assert!(matches!(file.append(b"x"), Err(Failure::Changed { .. })));
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"before!");
        let resting = InPlaceFile::begin(&path).unwrap().rest();
        fs::write(&path, b"other").unwrap();
        assert!(matches!(resting.wake(), Err(Failure::Changed { .. })));
    }

    #[test]
    fn one_program_at_a_time_appends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("document");
        fs::write(&path, b"before").unwrap();
        let _one = InPlaceFile::begin(&path).unwrap();
        assert!(InPlaceFile::begin(&path).is_err());
    }
}
