//! Files for what cards hold: one a card, whole or not there.
//!
//! A file is `magic ‖ SHA-256 of the rest ‖ rest`, written beside and renamed. Whatever is wrong with
//! one, or with the directory, it is as if there were none: a card can always be read again.

use std::ffi::OsStr;
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
        let file = open(&self.0.as_ref()?.join(format!("{name}{SUFFIX}")))?;
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

/// Opens a file, if it is one and nobody else can have written it.
fn open(path: &Path) -> Option<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    // A link would lead to a file that is not the store's, and opening a pipe would wait for its writer.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NOFOLLOW | libc::O_NONBLOCK,
    );
    let file = options.open(path).ok()?;
    let about = file.metadata().ok()?;
    (about.is_file() && is_ours_alone(&about)).then_some(file)
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

/// Takes the store's files used longest ago away, when there are too many, and what a killed process left.
/// A person may have named a directory in which other things lie: those stay.
fn make_room(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    let mut files: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let about = entry.metadata().ok()?;
            let is_ours = about.is_file() && is_named_by_us(&entry.file_name());
            is_ours.then_some((about.modified().ok()?, entry.path()))
        })
        .collect();
    files.sort();
    let spare = (files.len() + 1).saturating_sub(MOST);
    for (_, path) in files.into_iter().take(spare) {
        let _ = fs::remove_file(path);
    }
}

/// Whether a file's name is one that [`write()`] gives, for good or while it writes.
fn is_named_by_us(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    let is_card = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_hexdigit());
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if let Some(card) = name.strip_suffix(SUFFIX) {
        return is_card(card);
    }
    let parts: Vec<&str> = name.split('.').collect();
    matches!(parts.as_slice(), ["", card, process, number]
        if is_card(card) && is_number(process) && is_number(number))
}

/// Whether a file belongs to this process's user, and nobody else may write it. The digest in it tells
/// damage, not malice: in a directory that others may write, this does.
#[cfg(unix)]
fn is_ours_alone(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // The kernel gives a process's own directory to its effective user (`proc(5)`).
    let user = fs::metadata("/proc/self").map(|process| process.uid());
    about.mode() & 0o022 == 0 && user.is_ok_and(|user| user == about.uid())
}

#[cfg(not(unix))]
const fn is_ours_alone(_: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests;
