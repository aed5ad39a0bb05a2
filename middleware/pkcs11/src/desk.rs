//! Which processes of this user are logged in to a card.
//!
//! The right that a PIN gains belongs to the card, not to the process that gave the PIN: a process that
//! takes it back takes it from all. So each process that is logged in holds a shared lock on a file for
//! the card, and gives the right up only when it gets the lock for itself alone, which is when it is the
//! last. Locks end with their process, however it ends; counters would not.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// How often and how long a login waits for somebody's logout, which holds the lock for one APDU.
const PATIENCE: (usize, Duration) = (50, Duration::from_millis(10));

/// A directory for the locks; without one, a directory of the user's own among the temporary ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desks(pub(crate) Option<PathBuf>);

/// This process's place at a card's desk: it is logged in.
#[derive(Debug)]
pub(crate) struct Place(Option<File>);

impl Place {
    /// Takes a place. Without a directory, or when it cannot be used, this process knows of no other.
    pub(crate) fn take(directory: Option<&Path>, card: &str) -> Self {
        let fallback = || Some(own_directory());
        let directory = directory.map(Path::to_path_buf).or_else(fallback);
        let file = directory.and_then(|directory| open(&directory, card));
        Self(file.filter(lock_shared))
    }

    /// A place where nobody else can be.
    pub(crate) const fn alone() -> Self {
        Self(None)
    }

    /// Leaves; what is to be done for the last one out is done while nobody can come in.
    pub(crate) fn leave(self, last: impl FnOnce()) {
        let Some(file) = self.0 else {
            return last();
        };
        let _ = file.unlock();
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {}
            Ok(()) | Err(TryLockError::Error(_)) => last(),
        }
        // A forked child has the same lock: it ends here and not with the last copy.
        let _ = file.unlock();
    }
}

fn lock_shared(file: &File) -> bool {
    let (tries, pause) = PATIENCE;
    (0..tries).any(|_| {
        let locked = file.try_lock_shared().is_ok();
        if !locked {
            thread::sleep(pause);
        }
        locked
    })
}

/// A directory of the user's own where there is none for the login session. Whose a directory in a place
/// for all really is, is looked at before it is used.
fn own_directory() -> PathBuf {
    let mut name = "sello".to_owned();
    #[cfg(unix)]
    if let Ok(about) = fs::metadata("/proc/self") {
        use std::os::unix::fs::MetadataExt as _;
        name = format!("sello-{}", about.uid());
    }
    std::env::temp_dir().join(name)
}

/// Opens the file of a card in a directory that is the user's own and closed to others.
fn open(directory: &Path, card: &str) -> Option<File> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).ok()?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let about = fs::symlink_metadata(directory).ok()?;
    if !about.is_dir() || !is_closed(&about) {
        return None;
    }
    let file = options.open(directory.join(format!("{card}.lock"))).ok()?;
    is_owned_alike(&about, &file.metadata().ok()?).then_some(file)
}

#[cfg(unix)]
fn is_closed(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    about.mode() & 0o077 == 0
}

#[cfg(unix)]
fn is_owned_alike(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    one.uid() == other.uid()
}

#[cfg(not(unix))]
const fn is_closed(_: &fs::Metadata) -> bool {
    true
}

#[cfg(not(unix))]
const fn is_owned_alike(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_last(place: Place) -> bool {
        let mut is_last = false;
        place.leave(|| is_last = true);
        is_last
    }

    #[test]
    fn only_the_last_one_out_gives_up_what_the_pin_gained() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("desks");
        let take = |card| Place::take(Some(&directory), card);
        let (first, second, other) = (take("1"), take("1"), take("2"));
        assert!(first.0.is_some());
        assert!(!is_last(first));
        assert!(is_last(other), "another card");
        assert!(is_last(second));
        assert!(is_last(take("1")), "the file is left, the lock is not");
    }

    #[test]
    fn a_place_that_is_dropped_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("desks");
        let one = Place::take(Some(&directory), "1");
        drop(Place::take(Some(&directory), "1"));
        assert!(is_last(one));
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_is_open_to_others_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let open = fs::Permissions::from_mode(0o777);
        fs::set_permissions(folder.path(), open).unwrap();
        let place = Place::take(Some(folder.path()), "1");
        assert!(place.0.is_none() && is_last(place));
        assert!(is_last(Place::alone()));
    }
}
