//! Files for what cards hold: one a card, whole or not there.
//!
//! A file is `magic ‖ SHA-256 of the rest ‖ rest`, written beside and renamed. Whatever is wrong with
//! one, or with the directory, it is as if there were none: a card can always be read again.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

/// What a file begins with; another form gets another number.
const MAGIC: &[u8; 16] = b"SELLO-PKCS11-C1\n";
/// Length of the digest in bytes.
const DIGEST: usize = 32;
/// Longest file in bytes: 21 seals of the largest kind do not fit, and need not.
const LONGEST: usize = 1 << 20;
/// Most files: the ones used last are kept.
const MOST: usize = 64;
/// How the files end.
const SUFFIX: &str = ".card";

/// A directory of such files, or none.
#[derive(Clone, Debug, Default)]
pub struct Store(Option<PathBuf>);

impl Store {
    /// A store in a directory, which is made when something is first kept; `None` keeps nothing.
    #[must_use]
    pub const fn new(directory: Option<PathBuf>) -> Self {
        Self(directory)
    }

    /// What was kept under a name.
    pub(crate) fn load(&self, name: &str) -> Option<Vec<u8>> {
        let file = File::open(self.0.as_ref()?.join(format!("{name}{SUFFIX}"))).ok()?;
        let about = file.metadata().ok()?;
        if !about.is_file() || !is_ours_alone(&about) {
            return None;
        }
        let mut bytes = Vec::new();
        let most = u64::try_from(LONGEST).ok()?;
        file.take(most + 1).read_to_end(&mut bytes).ok()?;
        if bytes.len() > LONGEST {
            return None;
        }
        let rest = bytes.strip_prefix(MAGIC)?;
        let (digest, rest) = rest.split_at_checked(DIGEST)?;
        (Sha256::digest(rest).as_slice() == digest).then(|| rest.to_vec())
    }

    /// Keeps something under a name, in place of what was there; whether that worked.
    pub(crate) fn save(&self, name: &str, content: &[u8]) -> bool {
        self.0.as_ref().is_some_and(|directory| {
            MAGIC.len() + DIGEST + content.len() <= LONGEST
                && write(directory, name, content).is_some()
        })
    }
}

fn write(directory: &Path, name: &str, content: &[u8]) -> Option<()> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).ok()?;
    make_room(directory);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let beside = directory.join(format!(".{name}.{}.{number}", std::process::id()));
    let written = write_new(&beside, content)
        .and_then(|()| fs::rename(&beside, directory.join(format!("{name}{SUFFIX}"))));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.ok()
}

fn write_new(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(MAGIC)?;
    file.write_all(&Sha256::digest(content))?;
    file.write_all(content)
}

/// Takes the files used longest ago away, when there are too many, and what a killed process left.
fn make_room(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    let mut files: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let about = entry.metadata().ok()?;
            about
                .is_file()
                .then_some((about.modified().ok()?, entry.path()))
        })
        .collect();
    files.sort();
    let spare = (files.len() + 1).saturating_sub(MOST);
    for (_, path) in files.into_iter().take(spare) {
        let _ = fs::remove_file(path);
    }
}

#[cfg(unix)]
fn is_ours_alone(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    about.mode() & 0o022 == 0
}

#[cfg(not(unix))]
const fn is_ours_alone(_: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, PathBuf, Store) {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("a/b");
        let store = Store::new(Some(directory.clone()));
        (folder, directory, store)
    }

    #[test]
    fn what_is_kept_is_found_again_for_its_owner_only() {
        let (_folder, directory, store) = store();
        assert_eq!(store.load("one"), None);
        assert!(store.save("one", b"content"));
        assert!(store.save("one", b"other"));
        assert_eq!(store.load("one").as_deref(), Some(&b"other"[..]));
        assert_eq!(store.load("two"), None);
        let names = fs::read_dir(&directory).unwrap();
        assert_eq!(names.count(), 1, "nothing is left beside");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&directory), 0o700);
            assert_eq!(mode(&directory.join("one.card")), 0o600);
        }
    }

    #[test]
    fn a_damaged_or_foreign_file_is_no_file_and_is_written_anew() {
        let (_folder, directory, store) = store();
        assert!(store.save("one", b"content"));
        let path = directory.join("one.card");
        let good = fs::read(&path).unwrap();
        for index in 0..good.len() {
            let mut bad = good.clone();
            bad[index] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert_eq!(store.load("one"), None, "byte {index}");
            fs::write(&path, &good[..index]).unwrap();
            assert_eq!(store.load("one"), None, "cut at {index}");
        }
        fs::write(&path, vec![0; LONGEST + 1]).unwrap();
        assert_eq!(store.load("one"), None);
        assert!(store.save("one", b"content"));
        assert!(store.load("one").is_some());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
            assert_eq!(store.load("one"), None, "others may write it");
        }
    }

    #[test]
    fn where_nothing_can_be_written_nothing_is_kept() {
        let (folder, _, _) = store();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let store = Store::new(Some(file.join("below")));
        assert!(!store.save("one", b"content"));
        assert_eq!(store.load("one"), None);
        assert!(!Store::default().save("one", b"content"));
        let (_folder, _, store) = self::store();
        assert!(!store.save("one", &vec![0; LONGEST]));
    }

    #[test]
    fn the_store_does_not_grow_without_end() {
        let (_folder, directory, store) = store();
        for card in 0..MOST + 10 {
            assert!(store.save(&card.to_string(), b"content"));
        }
        let count = fs::read_dir(&directory).unwrap().count();
        assert_eq!(count, MOST);
        assert!(store.load(&(MOST + 9).to_string()).is_some());
    }
}
