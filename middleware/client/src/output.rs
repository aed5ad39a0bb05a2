//! Files that appear whole or not at all: written beside their place, then renamed into it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sello_pdf::FileSource;
use tempfile::{Builder, NamedTempFile, TempPath};

use crate::copier::Copier;
use crate::failure::Failure;

/// Originals from this length on, in bytes, are written by a thread of their own.
const LONG: usize = 4 * 1024 * 1024;

/// A file being written. Dropped before [`NewFile::publish`], it leaves nothing.
pub(crate) struct NewFile {
    temporary: NamedTempFile,
    path: PathBuf,
    /// Bytes taken so far.
    taken: usize,
    /// Writes the rest of a long original.
    copier: Option<Copier>,
}

impl NewFile {
    /// Begins a file that will stand at `path`, in the same folder, so that renaming cannot fail for
    /// lack of room.
    pub(crate) fn begin(path: &Path) -> Result<Self, Failure> {
        if path.is_dir() {
            let reason = io::Error::from(io::ErrorKind::IsADirectory);
            return Err(Failure::writing(path, &reason));
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            return Err(Failure::NoFolder {
                path: folder.to_path_buf(),
            });
        }
        let mut builder = Builder::new();
        builder.prefix(".sello-").suffix(".part");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let temporary = builder
            .tempfile_in(folder)
            .map_err(|error| Failure::writing(path, &error))?;
        Ok(Self {
            temporary,
            path: path.to_path_buf(),
            taken: 0,
            copier: None,
        })
    }

    /// Appends bytes of the original; those of a long one are written by a thread of its own.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.taken = self.taken.saturating_add(bytes.len());
        if let Some(copier) = &self.copier {
            if copier.write(bytes).is_ok() {
                return Ok(());
            }
            // Says why it stopped.
            self.settle()?;
        }
        if self.taken >= LONG {
            let copier = Copier::begin(self.temporary.as_file())
                .and_then(|copier| copier.write(bytes).map(|()| copier));
            self.copier = Some(copier.map_err(|error| Failure::writing(&self.path, &error))?);
            return Ok(());
        }
        self.write(bytes)
    }

    /// Waits until everything taken is written.
    fn settle(&mut self) -> Result<(), Failure> {
        let Some(copier) = self.copier.take() else {
            return Ok(());
        };
        let finished = copier.finish();
        finished.map_err(|error| Failure::writing(&self.path, &error))
    }

    /// Appends bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.settle()?;
        let written = self.temporary.write_all(bytes);
        written.map_err(|error| Failure::writing(&self.path, &error))
    }

    /// Its bytes so far, to be read.
    pub(crate) fn source(&mut self) -> Result<FileSource, Failure> {
        self.settle()?;
        let source = File::open(self.temporary.path()).and_then(FileSource::new);
        source.map_err(|error| Failure::writing(&self.path, &error))
    }

    /// The file itself, for what does not only append.
    pub(crate) fn file(&mut self) -> &mut File {
        self.temporary.as_file_mut()
    }

    /// Closes the file until the rest of it comes: a batch has more files than a process may hold open.
    pub(crate) fn rest(mut self) -> Result<RestingFile, Failure> {
        self.settle()?;
        Ok(RestingFile {
            temporary: self.temporary.into_temp_path(),
            path: self.path,
        })
    }

    /// Brings the file to the disk and to its name, replacing what had the name.
    pub(crate) fn publish(mut self) -> Result<(), Failure> {
        self.settle()?;
        let path = self.path;
        self.temporary
            .as_file()
            .sync_all()
            .map_err(|error| Failure::writing(&path, &error))?;
        self.temporary
            .persist(&path)
            .map_err(|error| Failure::writing(&path, &error.error))?;
        Ok(())
    }
}

/// A file half written and closed. Dropped, it leaves nothing.
pub(crate) struct RestingFile {
    temporary: TempPath,
    path: PathBuf,
}

impl RestingFile {
    /// Opens the file again, to go on at its end.
    pub(crate) fn wake(self) -> Result<NewFile, Failure> {
        let path = self.path;
        let file = OpenOptions::new().append(true).open(&self.temporary);
        let file = file.map_err(|error| Failure::writing(&path, &error))?;
        Ok(NewFile {
            temporary: NamedTempFile::from_parts(file, self.temporary),
            path,
            taken: 0,
            copier: None,
        })
    }
}

/// Refuses an output that is the input, under whatever name.
pub(crate) fn refuse_same_file(input: &Path, output: &Path) -> Result<(), Failure> {
    let same = match (fs::canonicalize(input), fs::canonicalize(output)) {
        (Ok(input), Ok(output)) => input == output || is_same_inode(&input, &output),
        _ => false,
    };
    if same {
        return Err(Failure::SameFile {
            path: output.to_path_buf(),
        });
    }
    Ok(())
}

#[cfg(unix)]
fn is_same_inode(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |path| fs::metadata(path).map(|data: fs::Metadata| (data.dev(), data.ino()));
    matches!((identity(one), identity(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(not(unix))]
fn is_same_inode(_: &Path, _: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_with_ordinary_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        fs::write(&input, b"begin").unwrap();
        let mut file = NewFile::begin(&output).unwrap();
        file.write(b"begin").unwrap();
        file.write(b"end").unwrap();
        assert!(!output.exists());
        file.publish().unwrap();
        assert_eq!(fs::read(&output).unwrap(), b"beginend");
        assert_eq!(names(folder.path()), ["in", "out"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&output), mode(&input));
        }
    }

    #[test]
    fn a_long_original_is_written_in_order_whoever_writes_it() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("out");
        let mut file = NewFile::begin(&output).unwrap();
        let mut expected = Vec::new();
        for number in 0..200_u8 {
            let block = vec![number; 64 * 1024];
            file.take(&block).unwrap();
            expected.extend(block);
        }
        file.write(b"end").unwrap();
        expected.extend(b"end");
        file.publish().unwrap();
        assert!(fs::read(&output).unwrap() == expected);
    }

    #[test]
    fn what_is_not_published_leaves_nothing_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("out");
        fs::write(&output, b"before").unwrap();
        let mut file = NewFile::begin(&output).unwrap();
        file.write(b"half").unwrap();
        drop(file);
        assert_eq!(names(folder.path()), ["out"]);
        assert_eq!(fs::read(&output).unwrap(), b"before");
    }

    #[test]
    fn a_file_that_rested_goes_on_at_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("out");
        let mut file = NewFile::begin(&output).unwrap();
        file.write(b"first, ").unwrap();
        let mut file = file.rest().unwrap().wake().unwrap();
        file.write(b"then").unwrap();
        assert!(!output.exists());
        file.publish().unwrap();
        assert_eq!(fs::read(&output).unwrap(), b"first, then");
        drop(
            NewFile::begin(&folder.path().join("other"))
                .unwrap()
                .rest()
                .unwrap(),
        );
        assert_eq!(names(folder.path()), ["out"]);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            NewFile::begin(folder.path()),
            Err(Failure::Unwritable { .. })
        ));
        assert!(matches!(
            NewFile::begin(&folder.path().join("none/out")),
            Err(Failure::NoFolder { path }) if path == folder.path().join("none")
        ));
    }

    #[test]
    fn a_full_disk_is_told_apart() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert!(matches!(
            Failure::writing(Path::new("out"), &full),
            Failure::DiskFull { .. }
        ));
    }

    #[test]
    fn the_input_is_never_the_output() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in");
        fs::write(&input, b"x").unwrap();
        let link = folder.path().join("link");
        fs::hard_link(&input, &link).unwrap();
        let round = folder.path().join(".").join("in");
        for output in [&input, &link, &round] {
            assert!(matches!(
                refuse_same_file(&input, output),
                Err(Failure::SameFile { .. })
            ));
        }
        assert!(refuse_same_file(&input, &folder.path().join("out")).is_ok());
    }
}
