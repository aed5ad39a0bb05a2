//! Other people's values, from `specs/vectors/scp03`.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod support;

use sello_scp03::software::SoftwareError;
use sello_scp03::static_keys::check_value;
use sello_scp03::{
    Error, InitializeUpdateResponse, Key, KeyVersion, Level, Primitives, Software, StaticKeys,
    card, handshake, host,
};
use sello_wire::{Command, Status};
use support::Vector;

/// What a trace of one channel holds.
struct Trace {
    keys: StaticKeys,
    initialize_update: Vec<u8>,
    host_challenge: [u8; 8],
    answer: InitializeUpdateResponse,
    external_authenticate: Vec<u8>,
    /// Plain and wrapped.
    commands: Vec<(Vec<u8>, Vec<u8>)>,
    /// Plain and wrapped, of the first command.
    response: (Vec<u8>, Vec<u8>),
}

impl Trace {
    fn all() -> Vec<Self> {
        Vector::all("aes", ".trace", 9)
            .iter()
            .map(Self::of)
            .collect()
    }

    fn of(vector: &Vector) -> Self {
        let [enc, mac, dek] = ["enc", "mac", "dek"].map(|name| vector.bytes(name));
        let initialize_update = vector.bytes("initialize-update");
        let commands: Vec<_> = vector
            .each("plain")
            .into_iter()
            .zip(vector.each("wrapped"))
            .collect();
        assert_eq!(commands.len(), 5);
        let answer = InitializeUpdateResponse::parse::<SoftwareError>(&vector.bytes("answer"));
        Self {
            keys: StaticKeys::new(&enc, &mac, &dek).unwrap(),
            host_challenge: initialize_update[5..13].try_into().unwrap(),
            initialize_update,
            answer: answer.unwrap(),
            external_authenticate: vector.bytes("external-authenticate"),
            commands,
            response: (vector.bytes("plain-answer"), vector.bytes("wrapped-answer")),
        }
    }

    fn level(&self) -> Level {
        Level::from_byte(self.external_authenticate[2]).unwrap()
    }
}

fn encoded(command: &Command<'_>) -> Vec<u8> {
    let mut buffer = [0; 300];
    command.encode(&mut buffer).unwrap().to_vec()
}

#[test]
fn the_host_says_what_the_traces_say() {
    for trace in Trace::all() {
        let version = KeyVersion::new(trace.answer.key_version).unwrap();
        let first = handshake::initialize_update(Some(version), &trace.host_challenge);
        assert_eq!(encoded(&first), trace.initialize_update);
        let (mut session, authenticate) = host::authenticate(
            &mut Software,
            &trace.keys,
            &trace.host_challenge,
            &trace.answer,
            trace.level(),
        )
        .unwrap();
        assert_eq!(
            encoded(&authenticate.command()),
            trace.external_authenticate
        );
        for (index, (plain, wrapped)) in trace.commands.iter().enumerate() {
            let command = Command::parse(plain).unwrap();
            let mut buffer = [0; 300];
            let command = session.wrap(&mut Software, &command, &mut buffer).unwrap();
            assert_eq!(hex::encode(encoded(&command)), hex::encode(wrapped));
            if index == 0 {
                let (plain, mut wrapped) = trace.response.clone();
                let opened = session.unwrap_response(&mut Software, &mut wrapped, Status::OK);
                assert_eq!(opened.unwrap(), plain);
            }
        }
    }
}

#[test]
fn the_card_takes_and_answers_what_the_traces_say() {
    for trace in Trace::all() {
        let pending = card::Pending::begin(
            &mut Software,
            &trace.keys,
            &trace.host_challenge,
            &trace.answer.card_challenge,
        )
        .unwrap();
        assert_eq!(pending.card_cryptogram(), &trace.answer.card_cryptogram);
        let command = Command::parse(&trace.external_authenticate).unwrap();
        let mut session = pending.authenticate(&mut Software, &command).unwrap();
        assert_eq!(session.level(), trace.level());
        for (index, (plain, wrapped)) in trace.commands.iter().enumerate() {
            let Command {
                cla,
                ins,
                p1,
                p2,
                data,
                ..
            } = Command::parse(wrapped).unwrap();
            let mut data = data.to_vec();
            let length = session
                .unwrap(&mut Software, [cla, ins, p1, p2], &mut data)
                .unwrap();
            assert_eq!(&data[..length], Command::parse(plain).unwrap().data);
            if index == 0 {
                let (plain, wrapped) = &trace.response;
                let mut buffer = [0; 100];
                buffer[..plain.len()].copy_from_slice(plain);
                let length = session
                    .wrap_response(&mut Software, &mut buffer, plain.len(), Status::OK)
                    .unwrap();
                assert_eq!(&buffer[..length], &wrapped[..]);
            }
        }
    }
}

#[test]
fn another_key_does_not_open_the_traces() {
    for trace in Trace::all() {
        let [enc, mac, dek] = [trace.keys.enc(), trace.keys.mac(), trace.keys.dek()];
        let mut other = mac.expose().to_vec();
        other[0] ^= 1;
        let keys = StaticKeys::new(enc.expose(), &other, dek.expose()).unwrap();
        let refused = host::authenticate(
            &mut Software,
            &keys,
            &trace.host_challenge,
            &trace.answer,
            trace.level(),
        );
        assert_eq!(refused.err(), Some(Error::Cryptogram));
    }
}

#[test]
fn cards_get_the_keys_that_globalplatformpro_gives_them() {
    for vector in Vector::all("kdf3", ".vector", 4) {
        let master = StaticKeys::single(&Key::new(&vector.bytes("master")).unwrap());
        let data = vector.bytes("data").try_into().unwrap();
        let keys = master.diversify(&mut Software, &data).unwrap();
        if let Some(enc) = vector.find("enc") {
            assert_eq!(keys.enc().expose(), enc);
            continue;
        }
        let checks = ["check-enc", "check-mac", "check-dek"].map(|name| vector.bytes(name));
        assert_eq!(
            keys.check_values(&mut Software).unwrap().map(Vec::from),
            checks
        );
    }
}

#[test]
fn cmac_is_that_of_the_standard_however_the_message_is_cut() {
    for vector in Vector::all("cmac", ".vector", 3) {
        let key = vector.bytes("key");
        let (messages, macs) = (vector.each("message"), vector.each("cmac"));
        assert_eq!((messages.len(), macs.len()), (4, 4));
        for (message, mac) in messages.iter().zip(&macs) {
            for cut in 0..=message.len() {
                let (before, after) = message.split_at(cut);
                let found = Software.cmac(&key, &[before, after]).unwrap();
                assert_eq!(found, mac[..]);
            }
        }
    }
}

#[test]
fn cbc_is_that_of_the_standard() {
    for vector in Vector::all("cbc", ".vector", 3) {
        let [key, iv, plain, encrypted] =
            ["key", "iv", "plain", "encrypted"].map(|name| vector.bytes(name));
        let iv = iv.try_into().unwrap();
        let mut data = plain.clone();
        Software.encrypt_cbc(&key, &iv, &mut data).unwrap();
        assert_eq!(data, encrypted);
        Software.decrypt_cbc(&key, &iv, &mut data).unwrap();
        assert_eq!(data, plain);
    }
}

#[test]
fn what_aes_cannot_take_is_refused() {
    for length in (0..=40).filter(|n| !matches!(n, 16 | 24 | 32)) {
        let key = vec![0; length];
        let refused = Err(SoftwareError::KeyLength { length });
        assert_eq!(Software.cmac(&key, &[]).map(drop), refused);
        assert_eq!(Software.encrypt_cbc(&key, &[0; 16], &mut [0; 16]), refused);
        assert_eq!(Software.decrypt_cbc(&key, &[0; 16], &mut [0; 16]), refused);
        assert!(Key::new(&key).is_err());
    }
    let refused = Err(SoftwareError::DataLength { length: 17 });
    assert_eq!(
        Software.encrypt_cbc(&[0; 16], &[0; 16], &mut [0; 17]),
        refused
    );
    assert_eq!(
        Software.decrypt_cbc(&[0; 16], &[0; 16], &mut [0; 17]),
        refused
    );
}

#[test]
fn the_factory_keys_are_known_by_their_check_value() {
    let keys = StaticKeys::factory();
    let expected: Vec<u8> = (0x40..=0x4F).collect();
    assert_eq!(keys.enc().expose(), expected);
    // GlobalPlatformPro, TestPlaintextKeys.testSessionKeys_SCP03.
    assert_eq!(
        check_value(&mut Software, keys.dek()),
        Ok([0x50, 0x4A, 0x77])
    );
    assert_eq!(
        keys.check_values(&mut Software),
        Ok([[0x50, 0x4A, 0x77]; 3])
    );
}
