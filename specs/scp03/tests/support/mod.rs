//! Vector files: lines `name = value`, in order; values in hexadecimal where they are bytes.

use std::fs;
use std::path::{Path, PathBuf};

/// A vector file.
pub(crate) struct Vector {
    path: PathBuf,
    lines: Vec<(String, String)>,
}

impl Vector {
    /// Every vector of `specs/vectors/scp03` whose file name begins and ends so; there must be `count`.
    pub(crate) fn all(prefix: &str, suffix: &str, count: usize) -> Vec<Self> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/scp03");
        let mut paths = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                let name = path.file_name().unwrap().to_str().unwrap();
                name.starts_with(prefix) && name.ends_with(suffix)
            })
            .collect::<Vec<_>>();
        paths.sort();
        assert_eq!(paths.len(), count, "{prefix}*{suffix}");
        paths.into_iter().map(Self::read).collect()
    }

    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| {
                let (name, value) = line.split_once('=').unwrap();
                (name.trim().to_owned(), value.trim().to_owned())
            })
            .collect();
        Self { path, lines }
    }

    /// The bytes of each line with this name.
    pub(crate) fn each(&self, name: &str) -> Vec<Vec<u8>> {
        self.lines
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, value)| hex::decode(value).unwrap())
            .collect()
    }

    /// The bytes of the only line with this name, if there is one.
    pub(crate) fn find(&self, name: &str) -> Option<Vec<u8>> {
        let mut all = self.each(name);
        assert!(all.len() < 2, "{}: {name} twice", self.path.display());
        all.pop()
    }

    /// The bytes of the only line with this name.
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        self.find(name)
            .unwrap_or_else(|| panic!("{}: no {name}", self.path.display()))
    }
}
