//! New keys, from the center to the card.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod support;

use proptest::prelude::*;
use sello_scp03::put_key::{self, PutKeyError};
use sello_scp03::software::SoftwareError;
use sello_scp03::{Key, KeyVersion, Primitives, Software, StaticKeys};
use support::Vector;

fn keys(length: usize) -> StaticKeys {
    let key = |first: u8| (first..).take(length).collect::<Vec<_>>();
    StaticKeys::new(&key(0x10), &key(0x40), &key(0x70)).unwrap()
}

fn version(byte: u8) -> KeyVersion {
    KeyVersion::new(byte).unwrap()
}

fn encoded(dek: &Key, version: KeyVersion, keys: &StaticKeys) -> Vec<u8> {
    let mut buffer = [0; put_key::LARGEST];
    put_key::encode(&mut Software, dek, version, keys, &mut buffer)
        .unwrap()
        .to_vec()
}

fn refusal(dek: &Key, data: &[u8]) -> Option<PutKeyError<SoftwareError>> {
    put_key::decode(&mut Software, dek, data).err()
}

#[test]
fn keys_are_put_in_the_form_of_the_standard() {
    // The first block of CBC with IV 0 is ECB, and the keys are the block that SP 800-38A encrypts.
    for vector in Vector::all("put-key", ".vector", 3) {
        let dek = Key::new(&vector.bytes("dek")).unwrap();
        let keys = StaticKeys::single(&Key::new(&vector.bytes("key")).unwrap());
        let encrypted = vector.bytes("encrypted");
        let [check, ..] = keys.check_values(&mut Software).unwrap();
        let one = [&[0x88, 17, 16][..], &encrypted, &[3], &check].concat();
        let expected = [&[0x21][..], &one, &one, &one].concat();
        assert_eq!(encoded(&dek, version(0x21), &keys), expected);
        let answer = put_key::answer(&mut Software, version(0x21), &keys).unwrap();
        assert_eq!(answer[..], [&[0x21][..], &check, &check, &check].concat());
    }
}

#[test]
fn keys_of_24_bytes_are_filled_with_zeros() {
    let dek = Key::new(&[9; 16]).unwrap();
    let data = encoded(&dek, version(1), &keys(24));
    assert_eq!(data.len(), put_key::LARGEST);
    assert_eq!(data[1..4], [0x88, 33, 24]);
    let mut block: [u8; 32] = data[4..36].try_into().unwrap();
    Software
        .decrypt_cbc(dek.expose(), &[0; 16], &mut block)
        .unwrap();
    assert_eq!(block[..24], *keys(24).enc().expose());
    assert_eq!(block[24..], [0; 8]);
    block[31] = 1;
    Software
        .encrypt_cbc(dek.expose(), &[0; 16], &mut block)
        .unwrap();
    let mut other = data;
    other[4..36].copy_from_slice(&block);
    assert_eq!(refusal(&dek, &other), Some(PutKeyError::Padding));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_put_arrives(
        length in proptest::sample::select(&[16_usize, 24, 32][..]),
        dek_length in proptest::sample::select(&[16_usize, 24, 32][..]),
        number in 0x01..=0x7F_u8,
    ) {
        let old = keys(dek_length);
        let data = encoded(old.dek(), version(number), &keys(length));
        let (found, new) = put_key::decode(&mut Software, old.dek(), &data).unwrap();
        prop_assert_eq!(found, version(number));
        for (new, put) in [
            (new.enc(), keys(length).enc()),
            (new.mac(), keys(length).mac()),
            (new.dek(), keys(length).dek()),
        ] {
            prop_assert_eq!(new.expose(), put.expose());
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(data in proptest::collection::vec(any::<u8>(), 0..130)) {
        prop_assert!(refusal(keys(16).dek(), &data).is_some());
    }
}

#[test]
fn a_changed_bit_of_a_key_is_refused() {
    for length in [16, 24, 32] {
        let dek = Key::new(&[9; 32]).unwrap();
        let data = encoded(&dek, version(1), &keys(length));
        // The first byte, the version, is protected by the channel alone.
        for at in 1..data.len() {
            for bit in 0..8 {
                let mut changed = data.clone();
                changed[at] ^= 1 << bit;
                assert!(refusal(&dek, &changed).is_some(), "byte {at} bit {bit}");
            }
        }
    }
}

#[test]
fn a_cut_or_longer_command_is_refused() {
    let dek = Key::new(&[9; 16]).unwrap();
    let data = encoded(&dek, version(1), &keys(16));
    for length in 0..data.len() {
        assert_eq!(refusal(&dek, &data[..length]), Some(PutKeyError::Length));
    }
    let longer = [&data[..], &[0]].concat();
    assert_eq!(refusal(&dek, &longer), Some(PutKeyError::Length));
}

#[test]
fn each_refusal_says_why() {
    let dek = Key::new(&[9; 16]).unwrap();
    let data = encoded(&dek, version(1), &keys(16));
    let with = |at: usize, byte: u8| {
        let mut changed = data.clone();
        changed[at] = byte;
        refusal(&dek, &changed).unwrap()
    };
    for version in [0x00, 0x80, 0xFF] {
        assert_eq!(with(0, version), PutKeyError::Version { version });
    }
    assert_eq!(with(1, 0x80), PutKeyError::KeyType { key_type: 0x80 });
    assert_eq!(with(2, 16), PutKeyError::Length);
    assert_eq!(with(3, 17), PutKeyError::KeyLength { length: 17 });
    assert_eq!(with(20, 0), PutKeyError::Length);
    assert_eq!(with(21, !data[21]), PutKeyError::CheckValue);
    let other = Key::new(&[8; 16]).unwrap();
    assert_eq!(refusal(&other, &data), Some(PutKeyError::CheckValue));

    let mixed = encoded(&dek, version(1), &keys(16))[..24].to_vec();
    let mixed = [&mixed, &encoded(&dek, version(1), &keys(32))[40..]].concat();
    let length = PutKeyError::KeyLength { length: 32 };
    assert_eq!(refusal(&dek, &mixed), Some(length));
}

#[test]
fn the_factory_version_and_a_small_buffer_are_refused() {
    let keys = keys(32);
    let mut buffer = [0; put_key::LARGEST];
    let mut put = |version, length: usize| {
        let buffer = &mut buffer[..length];
        put_key::encode(&mut Software, keys.dek(), version, &keys, buffer).err()
    };
    assert_eq!(
        put(KeyVersion::FACTORY, put_key::LARGEST),
        Some(PutKeyError::Version { version: 0xFF })
    );
    for length in 0..put_key::LARGEST {
        assert_eq!(put(version(1), length), Some(PutKeyError::NoRoom));
    }
    assert_eq!(put(version(1), put_key::LARGEST), None);
}

#[test]
fn the_command_names_the_keys_that_are_replaced() {
    let command = put_key::command(KeyVersion::FACTORY, &[7]);
    assert_eq!(
        [command.cla, command.ins, command.p1, command.p2],
        [0x80, 0xD8, 0xFF, 0x81]
    );
    assert_eq!((command.data, command.expected), (&[7][..], 256));
}
