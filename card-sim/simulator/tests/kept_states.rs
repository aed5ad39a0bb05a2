//! State files that earlier versions of the program wrote are still read.
//!
//! `kept/NAME-vN.sello` was written with version N of the state file; it is never written again.
//!
//! | File | How it was made |
//! |---|---|
//! | `blank-v1.sello` | `SimulatedCard::create` of the program with card edge 1.0 |
//! | `operational-v1.sello` | the same, then `sello_conformance::personalization::perform` to its end: a key, its certificate and a seal in `9C`, PIN `246813` |
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::fs;
use std::path::{Path, PathBuf};

use sello_simulator::SimulatedCard;
use sello_wire::{Channel, LifeCycle};

/// A copy that may be written, and its folder.
fn copy_of(name: &str) -> (tempfile::TempDir, PathBuf) {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kept");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::copy(kept.join(name), &path).unwrap();
    (folder, path)
}

fn send(card: &mut SimulatedCard, command: &[u8]) -> Vec<u8> {
    let mut buffer = [0; 258];
    card.transmit(command, &mut buffer).unwrap().to_vec()
}

const SELECT: [u8; 10] = [0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8];
const VERIFY: [u8; 13] = *b"\x00\x20\x00\x80\x08246813\xFF\xFF";
const WRONG_PIN: [u8; 13] = *b"\x00\x20\x00\x80\x08000000\xFF\xFF";

#[test]
fn a_blank_card_of_version_1_is_a_blank_card() {
    let (_folder, path) = copy_of("blank-v1.sello");
    let mut card = SimulatedCard::open(&path).unwrap();
    let summary = card.summary().unwrap();
    assert_eq!(summary.life_cycle, LifeCycle::Blank);
    assert_eq!(summary.serial, 41_715_380);
}

#[test]
fn an_operational_card_of_version_1_still_stamps() {
    let (_folder, path) = copy_of("operational-v1.sello");
    let before = fs::read(&path).unwrap();
    let mut card = SimulatedCard::open(&path).unwrap();
    let summary = card.summary().unwrap();
    assert_eq!(summary.life_cycle, LifeCycle::Operational);
    assert_eq!(summary.serial, 51_483_487);
    assert!(!summary.transport_pin);
    assert_eq!(fs::read(&path).unwrap(), before, "reading writes nothing");

    send(&mut card, &SELECT);
    let certificate = send(
        &mut card,
        &[0, 0xCB, 0x3F, 0xFF, 5, 0x5C, 3, 0x5F, 0xC1, 0x0A, 0],
    );
    assert!(certificate.ends_with(&[0x90, 0]));
    assert_eq!(send(&mut card, &WRONG_PIN), [0x63, 0xC2]);
    assert_eq!(send(&mut card, &VERIFY), [0x90, 0]);
    let mut sign = vec![0, 0x87, 0x11, 0x9C, 0x26, 0x7C, 0x24, 0x82, 0, 0x81, 0x20];
    sign.extend_from_slice(&[0x5A; 32]);
    sign.push(0);
    assert!(send(&mut card, &sign).ends_with(&[0x90, 0]));

    let after = fs::read(&path).unwrap();
    assert_eq!(
        after[..12],
        *b"SELLOCARD\0\0\x02",
        "written as the present version"
    );
    let state = card.state();
    drop(card);
    assert_eq!(*SimulatedCard::open(&path).unwrap().state(), *state);
}
