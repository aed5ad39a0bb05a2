//! The dialogues of `specs/vectors/card`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::dialogue::{Dialogue, ParseError};

/// Why the dialogues cannot be read.
#[derive(Debug, Error)]
pub enum LibraryError {
    /// The folder or a file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is no dialogue.
    #[error("{name}: {source}")]
    Parse {
        /// Its name.
        name: String,
        /// What is wrong with it.
        source: ParseError,
    },
    /// There is no dialogue at all.
    #[error("{}: no dialogues", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

/// Every dialogue, with the name of its file, in the order of the names.
///
/// # Errors
/// [`LibraryError`], also when there is none: a test of every dialogue would say nothing then.
pub fn dialogues() -> Result<Vec<(String, Dialogue)>, LibraryError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs/vectors/card");
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| LibraryError::Io { path, source }
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(at(&folder))? {
        let path = entry.map_err(at(&folder))?.path();
        if path.extension().is_some_and(|e| e == "dialogue") {
            let name = path.file_name().unwrap_or_default();
            let name = name.to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).map_err(at(&path))?;
            match Dialogue::parse(&text) {
                Ok(dialogue) => found.push((name, dialogue)),
                Err(source) => return Err(LibraryError::Parse { name, source }),
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    if found.is_empty() {
        return Err(LibraryError::Empty { path: folder });
    }
    Ok(found)
}
