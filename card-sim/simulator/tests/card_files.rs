//! Cards in files: they survive, they are locked, and what is wrong with a file is told.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use sello_simulator::error::StateError;
use sello_simulator::{CardError, CardFileError, SimulatedCard};
use sello_wire::{Channel, LifeCycle};

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card.sello");
    (folder, path)
}

/// Why a file is refused; it is still there, byte for byte.
fn refusal(path: &Path) -> CardFileError {
    let before = fs::read(path).unwrap();
    let Err(error) = SimulatedCard::open(path) else {
        panic!("the file was taken");
    };
    assert!(SimulatedCard::open_or_create(path).is_err());
    assert_eq!(fs::read(path).unwrap(), before);
    error
}

#[test]
fn a_card_comes_back_from_its_file() {
    let (_folder, path) = folder();
    let mut card = SimulatedCard::create(&path).unwrap();
    let summary = card.summary().unwrap();
    assert_eq!(summary.life_cycle, LifeCycle::Blank);
    assert!((10_000_000..100_000_000).contains(&summary.serial));
    let state = card.state();
    drop(card);
    let mut again = SimulatedCard::open_or_create(&path).unwrap();
    assert_eq!(again.summary().unwrap(), summary);
    assert_eq!(*again.state(), *state);
    assert_eq!(fs::read(&path).unwrap(), *state);
}

#[test]
fn one_card_is_in_one_hand_at_a_time() {
    let (_folder, path) = folder();
    let card = SimulatedCard::create(&path).unwrap();
    assert!(matches!(refusal(&path), CardFileError::InUse { .. }));
    drop(card);
    SimulatedCard::open(&path).unwrap();
}

#[test]
fn a_new_card_never_takes_the_place_of_an_old_one() {
    let (_folder, path) = folder();
    drop(SimulatedCard::create(&path).unwrap());
    let before = fs::read(&path).unwrap();
    let again = SimulatedCard::create(&path);
    assert!(matches!(again.err(), Some(CardFileError::Exists { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn damaged_short_newer_and_foreign_files_are_refused_and_left_alone() {
    let (_folder, path) = folder();
    drop(SimulatedCard::create(&path).unwrap());
    let good = fs::read(&path).unwrap();

    let mut flipped = good.clone();
    flipped[30] ^= 1;
    let mut newer = good.clone();
    newer[11] = 3;
    let cases = [
        (flipped, StateError::WrongChecksum),
        (
            newer,
            StateError::NewerVersion {
                found: 3,
                supported: 2,
            },
        ),
        (
            good[..50].to_vec(),
            StateError::WrongLength {
                expected: good.len(),
                actual: 50,
            },
        ),
        (b"%PDF-1.7".to_vec(), StateError::NotACard),
        (vec![], StateError::NotACard),
    ];
    for (bytes, expected) in cases {
        fs::write(&path, bytes).unwrap();
        match refusal(&path) {
            CardFileError::State { source, .. } => assert_eq!(source, expected),
            other => panic!("{other}"),
        }
    }
    assert!(matches!(
        SimulatedCard::open(&path.with_extension("absent")).err(),
        Some(CardFileError::Io { .. })
    ));
}

#[test]
fn a_file_left_beside_by_a_cut_does_no_harm() {
    let (_folder, path) = folder();
    drop(SimulatedCard::create(&path).unwrap());
    fs::write(path.with_extension("sello.new"), b"half a state").unwrap();
    SimulatedCard::open(&path).unwrap().summary().unwrap();
}

/// Puts new keys for the secure channel into a blank card and gives the status.
fn put_key(card: &mut SimulatedCard) -> [u8; 2] {
    let mut buffer = [0; 258];
    let mut send = |command: &[u8]| card.transmit(command, &mut buffer).unwrap().to_vec();
    let command = common::put_key_through(&mut send);
    *send(&command).last_chunk().unwrap()
}

/// As on a full disk, but for every user: a folder stands where the new state is to be written.
#[test]
fn what_cannot_be_written_is_not_acknowledged() {
    let (_folder, path) = folder();
    let mut card = SimulatedCard::create(&path).unwrap();
    let before = card.state();
    let obstacle = path.with_extension("sello.new");
    fs::create_dir(&obstacle).unwrap();
    assert_eq!(put_key(&mut card), [0x65, 0x81]);
    assert_eq!(*card.state(), *before);
    assert_eq!(fs::read(&path).unwrap(), *before);
    fs::remove_dir(&obstacle).unwrap();
    assert_eq!(put_key(&mut card), [0x90, 0]);
    assert_eq!(fs::read(&path).unwrap(), *card.state());
}

#[cfg(unix)]
#[test]
fn a_link_left_beside_is_not_written_through() {
    let (folder, path) = folder();
    let mut card = SimulatedCard::create(&path).unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::write(&elsewhere, b"public").unwrap();
    std::os::unix::fs::symlink(&elsewhere, path.with_extension("sello.new")).unwrap();
    assert_eq!(put_key(&mut card), [0x90, 0]);
    assert_eq!(fs::read(&elsewhere).unwrap(), b"public");
    assert!(!path.is_symlink());
    assert_eq!(fs::read(&path).unwrap(), *card.state());
}

#[cfg(unix)]
#[test]
fn two_names_of_a_card_are_one_card() {
    let (folder, path) = folder();
    let mut card = SimulatedCard::create(&path).unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let second = SimulatedCard::open(&link).err();
    assert!(matches!(second, Some(CardFileError::InUse { .. })));
    let serial = card.summary().unwrap().serial;
    drop(card);
    let mut linked = SimulatedCard::open(&link).unwrap();
    assert_eq!(linked.summary().unwrap().serial, serial);
    assert_eq!(put_key(&mut linked), [0x90, 0]);
    assert!(link.is_symlink());
    assert_eq!(fs::read(&path).unwrap(), *linked.state());
    drop(linked);
    // A link to nothing is no place for a new card.
    fs::remove_file(&path).unwrap();
    assert!(SimulatedCard::open_or_create(&link).is_err());
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let (folder, path) = folder();
    std::os::unix::net::UnixListener::bind(&path).unwrap();
    let inside = folder.path().join("inside");
    fs::create_dir(&inside).unwrap();
    for path in [path, inside] {
        let error = SimulatedCard::open_or_create(&path).err().unwrap();
        assert!(error.to_string().ends_with("not a regular file"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_card_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    drop(SimulatedCard::create(&path).unwrap());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_card_out_of_its_reader_says_so() {
    let mut card = SimulatedCard::blank(1).unwrap();
    let mut buffer = [0; 258];
    card.remove();
    let sent = card.transmit(&[0, 0xA4, 4, 0], &mut buffer);
    assert_eq!(sent, Err(CardError::Removed));
    card.insert().unwrap();
    card.power_off();
    let sent = card.transmit(&[0, 0xA4, 4, 0], &mut buffer);
    assert_eq!(sent, Err(CardError::NoPower));
    card.power_on().unwrap();
    let mut tiny = [0; 1];
    let small = card.transmit(&[0, 0xA4, 4, 0], &mut tiny);
    assert_eq!(
        small,
        Err(CardError::BufferTooSmall {
            needed: 2,
            available: 1
        })
    );
}
