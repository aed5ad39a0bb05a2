//! Whatever lies where the PKCS#11 module keeps what it read of a card.
//!
//! Bytes say what happened to the file of a card: changed, cut, made longer, another card's, no file at
//! all. The module neither fails nor shows anything but what is on the card, and has the file whole again
//! for the next time.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use sello_pkcs11::card::CardReaders;
use sello_pkcs11::store::Store;
use sello_pkcs11::token::KeyEntry;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::pkcs11::choices::Choices;
use crate::pkcs11::desk::Desk;

/// The reader with the card.
const READER: &str = "Reader A";
/// The card that is read, among [`cards::all`](crate::pkcs11::cards::all), and another one.
const CARDS: [usize; 2] = [0, 1];
/// APDUs for a card whose contents are kept: SELECT and GET STATUS.
const FEW_APDUS: usize = 2;
/// Length of what stands before the contents in a file: its magic.
const MAGIC: usize = 16;
/// Length of the digest after it.
const DIGEST: usize = 32;

/// What lies in the place of the card's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// Nothing.
    Nothing,
    /// A file of the user's own with these bytes.
    File(Vec<u8>),
    /// A file that everybody may write, with these bytes.
    OpenFile(Vec<u8>),
    /// A file that nobody may read.
    ClosedFile(Vec<u8>),
    /// A link to a file with these bytes.
    Link(Vec<u8>),
    /// A link that leads nowhere.
    DeadLink,
    /// A directory with something in it.
    Directory,
    /// A file where the directory of the files should be.
    NoDirectory,
}

/// Everything that is public on a card.
#[derive(Debug, PartialEq, Eq)]
struct Contents {
    keys: Vec<KeyEntry>,
    chains: Vec<Vec<Vec<u8>>>,
    seals: Vec<Option<Vec<u8>>>,
}

/// What one reading came to.
struct Reading {
    contents: Contents,
    apdus: usize,
}

/// Reads a card, with what is kept of it in a directory.
fn read(card: usize, store: Store) -> Reading {
    let desk = Desk::new();
    desk.insert(0, card);
    let mut token = CardReaders::shared(desk.clone()).connect(READER).unwrap();
    token.use_store(store);
    let keys = token.read().unwrap().keys;
    let contents = Contents {
        chains: keys
            .iter()
            .map(|key| token.chain(key.slot).unwrap())
            .collect(),
        seals: keys
            .iter()
            .map(|key| token.seal(key.slot).unwrap())
            .collect(),
        keys,
    };
    Reading {
        contents,
        apdus: desk.exchanged(),
    }
}

/// A directory for one run, and the path of the card's file in it.
struct Place {
    folder: TempDir,
    file: PathBuf,
}

/// The name of the card's file, and what a module that read the card leaves in it.
fn kept(card: usize) -> (String, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    read(card, Store::new(Some(folder.path().to_path_buf())));
    let mut files = fs::read_dir(folder.path()).unwrap();
    let file = files.next().expect("what was read is kept").unwrap();
    let name = file.file_name().into_string().unwrap();
    (name, fs::read(file.path()).unwrap())
}

/// Name and bytes of the files of both cards, as they should be.
static KEPT: LazyLock<[(String, Vec<u8>); 2]> = LazyLock::new(|| CARDS.map(kept));
/// What is on the card.
static TRUTH: LazyLock<Contents> = LazyLock::new(|| read(CARDS[0], Store::default()).contents);

/// What a module leaves in the file of the card (0), and of another (1).
#[must_use]
pub fn whole(card: usize) -> &'static [u8] {
    &KEPT[card % CARDS.len()].1
}

impl Place {
    fn new(thing: &Thing) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kept").join(&KEPT[0].0);
        let place = Self { folder, file };
        place.put(thing);
        place
    }

    fn directory(&self) -> &Path {
        self.file.parent().unwrap()
    }

    /// Where a link leads to.
    fn elsewhere(&self) -> PathBuf {
        self.folder.path().join("elsewhere")
    }

    fn store(&self) -> Store {
        Store::new(Some(self.directory().to_path_buf()))
    }

    fn put(&self, thing: &Thing) {
        if *thing == Thing::NoDirectory {
            return fs::write(self.directory(), b"").unwrap();
        }
        fs::create_dir(self.directory()).unwrap();
        let written = |bytes: &[u8], mode| {
            fs::write(&self.file, bytes).unwrap();
            fs::set_permissions(&self.file, Permissions::from_mode(mode)).unwrap();
        };
        match thing {
            Thing::Nothing | Thing::NoDirectory => {}
            Thing::File(bytes) => written(bytes, 0o600),
            Thing::OpenFile(bytes) => written(bytes, 0o666),
            Thing::ClosedFile(bytes) => written(bytes, 0o000),
            Thing::Link(bytes) => {
                fs::write(self.elsewhere(), bytes).unwrap();
                symlink(self.elsewhere(), &self.file).unwrap();
            }
            Thing::DeadLink => symlink(self.elsewhere(), &self.file).unwrap(),
            Thing::Directory => fs::create_dir_all(self.file.join("something")).unwrap(),
        }
    }
}

/// Reads the card with a thing in its file's place.
///
/// # Panics
/// When anything else is shown than what is on the card, or the file is not whole afterwards.
pub fn holds(thing: &Thing) {
    let place = Place::new(thing);
    assert_eq!(read(CARDS[0], place.store()).contents, *TRUTH);
    if let Thing::Link(bytes) = thing {
        let there = fs::read(place.elsewhere()).unwrap();
        assert_eq!(there, *bytes, "a link was followed");
    }
    let again = read(CARDS[0], place.store());
    assert_eq!(again.contents, *TRUTH);
    if matches!(thing, Thing::Directory | Thing::NoDirectory) {
        assert!(again.apdus > FEW_APDUS, "kept where nothing can be");
        return;
    }
    assert!(again.apdus <= FEW_APDUS, "{} APDUs", again.apdus);
    let about = fs::symlink_metadata(&place.file).unwrap();
    assert!(about.is_file());
    assert_eq!(about.permissions().mode() & 0o022, 0);
    assert_eq!(fs::read(&place.file).unwrap(), whole(0));
}

/// Reads the card with these contents in its file, under a digest that is right: nobody but the user
/// can have made that, so what is shown may be wrong, but nothing fails.
fn bears(contents: &[u8]) {
    let mut file = whole(0)[..MAGIC].to_vec();
    file.extend(Sha256::digest(contents));
    file.extend(contents);
    let place = Place::new(&Thing::File(file));
    let _ = read(CARDS[0], place.store());
}

/// Does what the bytes say.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let what = choices.byte();
    let mut bytes = whole(usize::from(what & 1)).to_vec();
    let is_resealed = what >> 1 == 0;
    if is_resealed {
        bytes.drain(..MAGIC + DIGEST);
    }
    while !choices.is_over() {
        edit(&mut bytes, &mut choices);
    }
    if is_resealed {
        return bears(&bytes);
    }
    holds(&match (what >> 1) % 8 {
        1 => Thing::Nothing,
        2 => Thing::OpenFile(bytes),
        3 => Thing::ClosedFile(bytes),
        4 => Thing::Link(bytes),
        5 => Thing::DeadLink,
        6 => Thing::Directory,
        7 => Thing::NoDirectory,
        _ => Thing::File(bytes),
    });
}

/// Changes a file's bytes in one way.
fn edit(bytes: &mut Vec<u8>, choices: &mut Choices<'_>) {
    let kind = choices.byte();
    let at = usize::from(choices.word()) % (bytes.len() + 1);
    match kind % 5 {
        0 | 1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= choices.byte().max(1);
            }
        }
        2 => bytes.truncate(at),
        3 => bytes.splice(at..at, choices.bytes()).for_each(drop),
        _ => {
            let end = at
                .saturating_add(usize::from(choices.byte()))
                .min(bytes.len());
            bytes.drain(at..end);
        }
    }
}
