//! The secure channel, both ends.

use sello_scp03::put_key::{self, PutKeyError};
use sello_scp03::static_keys::diversification_data;
use sello_scp03::{
    Error, InitializeUpdateResponse, KeyVersion, LARGEST_OVERHEAD, Level, Software, StaticKeys,
    card, host,
};
use sello_wire::{Command, Status};

/// Whatever the bytes are: nothing that was not wrapped by the other end comes through, and what was
/// comes through unchanged.
pub fn run(data: &[u8]) {
    let Some((&[choice, place], rest)) = data.split_first_chunk() else {
        return;
    };
    match choice % 4 {
        0 => answer_to_initialize_update(rest),
        1 => new_keys(place, rest),
        2 => forged(place, rest),
        _ => exchange(place, rest),
    }
}

fn answer_to_initialize_update(bytes: &[u8]) {
    if let Ok(answer) = InitializeUpdateResponse::parse::<()>(bytes) {
        let written = answer.to_bytes();
        assert_eq!(written[..12], bytes[..12]);
        assert_eq!(written[13..], bytes[13..29]);
        if answer.sequence_counter.is_none() {
            assert_eq!(written, bytes);
        }
        // Nobody guesses the cryptogram.
        let keys = StaticKeys::factory();
        let opened = host::authenticate(&mut Software, &keys, &[0; 8], &answer, Level::MAC);
        assert!(matches!(opened, Err(Error::Cryptogram)));
    }
}

fn keys(seed: u8) -> StaticKeys {
    let length = [16, 24, 32][usize::from(seed % 3)];
    let bytes = |n: u8| vec![seed.wrapping_add(n); length];
    StaticKeys::new(&bytes(1), &bytes(2), &bytes(3)).unwrap()
}

/// The data of PUT KEY: our own is read back, damaged or foreign bytes are refused or read alike.
fn new_keys(seed: u8, bytes: &[u8]) {
    let present = keys(seed);
    let version = KeyVersion::new(seed).unwrap_or_else(|| KeyVersion::new(1).unwrap());
    let mut buffer = [0; put_key::LARGEST];
    let given = keys(seed.wrapping_mul(7));
    let encoded = put_key::encode(&mut Software, present.dek(), version, &given, &mut buffer);
    let mut encoded = encoded.unwrap().to_vec();
    let (read, same) = put_key::decode(&mut Software, present.dek(), &encoded).unwrap();
    assert_eq!(read, version);
    assert_eq!(same.dek().expose(), given.dek().expose());
    for (byte, damage) in encoded.iter_mut().zip(bytes) {
        *byte ^= damage;
    }
    for candidate in [&encoded, bytes] {
        match put_key::decode(&mut Software, present.dek(), candidate) {
            Ok((version, keys)) => {
                let mut again = [0; put_key::LARGEST];
                let again =
                    put_key::encode(&mut Software, present.dek(), version, &keys, &mut again);
                assert_eq!(again.unwrap(), candidate, "keys have one encoding");
            }
            Err(error) => assert!(!matches!(
                error,
                PutKeyError::NoRoom | PutKeyError::Primitives(_)
            )),
        }
    }
}

fn open(seed: u8) -> (host::Session, card::Session) {
    let keys = keys(seed);
    let level = Level::ALL[usize::from(seed) % Level::ALL.len()];
    let (host_challenge, card_challenge) = ([seed; 8], [!seed; 8]);
    let pending =
        card::Pending::begin(&mut Software, &keys, &host_challenge, &card_challenge).unwrap();
    let answer = InitializeUpdateResponse {
        diversification_data: diversification_data([0; 4]),
        key_version: 1,
        card_challenge,
        card_cryptogram: *pending.card_cryptogram(),
        sequence_counter: None,
    };
    let (host, proof) =
        host::authenticate(&mut Software, &keys, &host_challenge, &answer, level).unwrap();
    let card = pending
        .authenticate(&mut Software, &proof.command())
        .unwrap();
    (host, card)
}

/// Bytes of a stranger are refused by both ends, which are closed then.
fn forged(seed: u8, bytes: &[u8]) {
    let (mut host, mut card) = open(seed);
    let mut command = bytes.to_vec();
    let header = [bytes.first().copied().unwrap_or(4), 0xDB, 0x3F, 0xFF];
    assert!(card.unwrap(&mut Software, header, &mut command).is_err());
    assert!(card.is_closed());
    let again = card.unwrap(&mut Software, header, &mut command);
    assert!(matches!(again, Err(Error::Closed)));
    let mut answer = bytes.to_vec();
    let level = host.level();
    let unwrapped = host.unwrap_response(&mut Software, &mut answer, Status::OK);
    assert_eq!(unwrapped.is_ok(), !level.response_mac());
    let mut sequence = bytes.to_vec();
    let (_, other) = open(seed.wrapping_add(1));
    let pending = card::Pending::begin(&mut Software, &keys(seed), &[1; 8], &[2; 8]).unwrap();
    sequence.resize(16, 0);
    let data = &sequence[..16];
    let command = Command {
        cla: 0x84,
        ins: 0x82,
        p1: other.level().to_byte(),
        p2: 0,
        data,
        expected: 0,
        extended: false,
    };
    assert!(pending.authenticate(&mut Software, &command).is_err());
}

/// Commands and answers go through; one that is damaged on the way closes its end.
fn exchange(seed: u8, mut bytes: &[u8]) {
    let (mut host, mut card) = open(seed);
    while let Some((&[cla, length, damage], rest)) = bytes.split_first_chunk() {
        let (plain, rest) = rest.split_at(usize::from(length).min(rest.len()));
        bytes = rest;
        let command = Command {
            cla: if cla & 1 == 0 { 0x00 } else { 0x80 },
            ins: cla,
            p1: length,
            p2: damage,
            data: plain,
            expected: 256,
            extended: false,
        };
        let mut sent = vec![0; plain.len() + LARGEST_OVERHEAD];
        let wrapped = host.wrap(&mut Software, &command, &mut sent).unwrap();
        let header = [wrapped.cla, wrapped.ins, wrapped.p1, wrapped.p2];
        let mut received = wrapped.data.to_vec();
        if damage > 0xF0 {
            let place = usize::from(length) % received.len();
            received[place] ^= damage & 0x0F;
        }
        let damaged = received != wrapped.data;
        let unwrapped = card.unwrap(&mut Software, header, &mut received);
        if damaged {
            assert!(unwrapped.is_err() && card.is_closed());
            return;
        }
        assert_eq!(received[..unwrapped.unwrap()], *plain);
        answer(&mut host, &mut card, plain, damage);
    }
}

fn answer(host: &mut host::Session, card: &mut card::Session, plain: &[u8], kind: u8) {
    let status = [0x9000, 0x63C2, 0x6982][usize::from(kind % 3)];
    let status = Status(status);
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + LARGEST_OVERHEAD, 0xEE);
    let length = card.wrap_response(&mut Software, &mut buffer, plain.len(), status);
    let mut sent = buffer[..length.unwrap()].to_vec();
    let read = host.unwrap_response(&mut Software, &mut sent, status);
    let expected: &[u8] = if status.0 == 0x6982 { &[] } else { plain };
    assert_eq!(read.unwrap(), expected);
    // A second reading of the same bytes, a little changed, is refused.
    if card.level().response_mac() && status.0 == 0x9000 {
        let mut changed = buffer[..length.unwrap()].to_vec();
        changed[0] ^= 1;
        let (mut other, _) = open(kind);
        let refused = other.unwrap_response(&mut Software, &mut changed, status);
        assert!(refused.is_err() || !other.level().response_mac());
    }
}
