//! The two ends against each other, and against somebody in between.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use proptest::collection::vec;
use proptest::prelude::*;
use sello_scp03::software::SoftwareError;
use sello_scp03::static_keys::diversification_data;
use sello_scp03::{
    Error, InitializeUpdateResponse, Key, LARGEST_OVERHEAD, Level, Primitives, Software,
    StaticKeys, card, host,
};
use sello_wire::{Command, Status};

const HOST_CHALLENGE: [u8; 8] = [0xB1; 8];
const CARD_CHALLENGE: [u8; 8] = [0xC5; 8];

fn keys(length: usize) -> StaticKeys {
    let key = |first: u8| (first..).take(length).collect::<Vec<_>>();
    StaticKeys::new(&key(0x10), &key(0x40), &key(0x70)).unwrap()
}

/// Opens a channel between two ends that have the same keys.
fn open(keys: &StaticKeys, level: Level) -> (host::Session, card::Session) {
    let (pending, answer) = begin(keys);
    let (host, command) =
        host::authenticate(&mut Software, keys, &HOST_CHALLENGE, &answer, level).unwrap();
    let card = pending
        .authenticate(&mut Software, &command.command())
        .unwrap();
    (host, card)
}

fn begin(keys: &StaticKeys) -> (card::Pending, InitializeUpdateResponse) {
    let pending =
        card::Pending::begin(&mut Software, keys, &HOST_CHALLENGE, &CARD_CHALLENGE).unwrap();
    let answer = InitializeUpdateResponse {
        diversification_data: diversification_data([0, 0, 0, 7]),
        key_version: 1,
        card_challenge: CARD_CHALLENGE,
        card_cryptogram: *pending.card_cryptogram(),
        sequence_counter: None,
    };
    let parsed = InitializeUpdateResponse::parse::<SoftwareError>(&answer.to_bytes());
    assert_eq!(parsed, Ok(answer));
    (pending, answer)
}

const fn command(data: &[u8]) -> Command<'_> {
    Command {
        cla: 0x00,
        ins: 0xDB,
        p1: 0x3F,
        p2: 0xFF,
        data,
        expected: 0,
        extended: false,
    }
}

fn wrapped(host: &mut host::Session, data: &[u8]) -> ([u8; 4], Vec<u8>) {
    let mut buffer = vec![0; data.len() + LARGEST_OVERHEAD];
    let command = command(data);
    let command = host.wrap(&mut Software, &command, &mut buffer).unwrap();
    let header = [command.cla, command.ins, command.p1, command.p2];
    (header, command.data.to_vec())
}

fn answered(card: &mut card::Session, data: &[u8], status: Status) -> Vec<u8> {
    let mut buffer = data.to_vec();
    buffer.resize(data.len() + LARGEST_OVERHEAD, 0xEE);
    let length = card
        .wrap_response(&mut Software, &mut buffer, data.len(), status)
        .unwrap();
    buffer.truncate(length);
    buffer
}

fn level() -> impl Strategy<Value = Level> {
    proptest::sample::select(&Level::ALL[..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_one_end_wraps_the_other_unwraps(
        length in proptest::sample::select(&[16_usize, 24, 32][..]),
        level in level(),
        exchanges in vec((vec(any::<u8>(), 0..600), vec(any::<u8>(), 0..600), 0..4_usize), 1..6),
    ) {
        let statuses = [Status::OK, Status::OK, Status::wrong_pin(2), Status(0x6A82)];
        let (mut host, mut card) = open(&keys(length), level);
        for (data, response, status) in exchanges {
            let status = statuses[status];
            let (header, mut sent) = wrapped(&mut host, &data);
            let plain = card.unwrap(&mut Software, header, &mut sent).unwrap();
            prop_assert_eq!(&sent[..plain], &data[..]);
            let mut sent = answered(&mut card, &response, status);
            let got = host.unwrap_response(&mut Software, &mut sent, status).unwrap();
            let expected = if status == statuses[3] { &[][..] } else { &response[..] };
            prop_assert_eq!(got, expected);
        }
    }

    #[test]
    fn a_changed_bit_of_a_command_is_refused_and_closes(
        level in level(),
        data in vec(any::<u8>(), 0..300),
        at: proptest::sample::Index,
        bit in 0..8_u32,
    ) {
        let (mut host, mut card) = open(&keys(16), level);
        let (header, sent) = wrapped(&mut host, &data);
        let mut changed = [&header[..], &sent].concat();
        let at = at.index(changed.len());
        changed[at] ^= 1 << bit;
        let (header, data) = changed.split_first_chunk_mut::<4>().unwrap();
        let refused = card.unwrap(&mut Software, *header, data).unwrap_err();
        let wrong = matches!(refused, Error::Mac | Error::Class { .. });
        prop_assert!(wrong, "{refused}");
        prop_assert!(card.is_closed());
    }

    #[test]
    fn a_changed_bit_of_an_answer_is_refused_and_closes(
        level in level().prop_filter("with R-MAC", |level| level.response_mac()),
        data in vec(any::<u8>(), 0..300),
        at: proptest::sample::Index,
        bit in 0..8_u32,
    ) {
        let (mut host, mut card) = open(&keys(32), level);
        let (header, mut sent) = wrapped(&mut host, &[]);
        card.unwrap(&mut Software, header, &mut sent).unwrap();
        let mut sent = answered(&mut card, &data, Status::OK);
        let at = at.index(sent.len() + 1);
        let mut status = Status::OK;
        match sent.get_mut(at) {
            Some(byte) => *byte ^= 1 << bit,
            None => status = Status::wrong_pin(3),
        }
        let refused = host.unwrap_response(&mut Software, &mut sent, status);
        prop_assert_eq!(refused, Err(Error::Mac));
        prop_assert!(host.is_closed());
    }

    #[test]
    fn a_changed_bit_of_the_handshake_opens_nothing(
        level in level(),
        at in 0..16_usize,
        bit in 0..8_u32,
    ) {
        let (pending, mut answer) = begin(&keys(16));
        let mut proof =
            host::authenticate(&mut Software, &keys(16), &HOST_CHALLENGE, &answer, level)
                .unwrap()
                .1;
        proof.data[at] ^= 1 << bit;
        let refused = pending.authenticate(&mut Software, &proof.command()).err();
        prop_assert_eq!(refused, Some(Error::Mac));

        answer.card_cryptogram[at % 8] ^= 1 << bit;
        let refused =
            host::authenticate(&mut Software, &keys(16), &HOST_CHALLENGE, &answer, level).err();
        prop_assert_eq!(refused, Some(Error::Cryptogram));
    }

    #[test]
    fn no_bytes_make_an_end_panic(
        level in level(),
        header: [u8; 4],
        mut data in vec(any::<u8>(), 0..80),
        status: u16,
    ) {
        let (mut host, mut card) = open(&keys(24), level);
        prop_assert!(card.unwrap(&mut Software, header, &mut data).is_err());
        let _ = InitializeUpdateResponse::parse::<SoftwareError>(&data);
        let _ = host.unwrap_response(&mut Software, &mut data, Status(status));
    }
}

#[test]
fn a_command_that_is_repeated_or_comes_before_its_turn_is_refused() {
    for level in Level::ALL {
        let (mut host, mut card) = open(&keys(16), level);
        let (header, first) = wrapped(&mut host, b"first");
        card.unwrap(&mut Software, header, &mut first.clone())
            .unwrap();
        let refused = card.unwrap(&mut Software, header, &mut first.clone());
        assert_eq!(refused, Err(Error::Mac), "repeated");

        let (mut host, mut card) = open(&keys(16), level);
        let _left_out = wrapped(&mut host, b"first");
        let (header, mut second) = wrapped(&mut host, b"second");
        let refused = card.unwrap(&mut Software, header, &mut second);
        assert_eq!(refused, Err(Error::Mac), "left out");
    }
}

#[test]
fn what_is_closed_stays_closed() {
    let (mut host, mut card) = open(&keys(16), Level::ENCRYPTION_BOTH);
    let (header, sent) = wrapped(&mut host, b"data");
    let mut changed = sent.clone();
    changed[0] ^= 1;
    assert_eq!(
        card.unwrap(&mut Software, header, &mut changed),
        Err(Error::Mac)
    );
    assert_eq!(
        card.unwrap(&mut Software, header, &mut sent.clone()),
        Err(Error::Closed)
    );
    let closed = card.wrap_response(&mut Software, &mut [0; 64], 0, Status::OK);
    assert_eq!(closed, Err(Error::Closed));

    let mut buffer = [0; 64];
    let refused = host.unwrap_response(&mut Software, &mut buffer, Status::OK);
    assert_eq!(refused, Err(Error::Mac));
    let closed = host.wrap(&mut Software, &command(b"data"), &mut buffer);
    assert_eq!(closed.err(), Some(Error::Closed));
}

#[test]
fn encrypted_data_is_never_sent_in_the_clear_nor_twice_the_same() {
    let plain = [0x5A; 32];
    for level in Level::ALL {
        let (mut host, mut card) = open(&keys(32), level);
        let mut seen = Vec::new();
        for _ in 0..2 {
            let (header, mut sent) = wrapped(&mut host, &plain);
            let clear = sent.windows(8).any(|part| plain.starts_with(part));
            assert_eq!(clear, !level.command_encryption());
            seen.push(sent[..32].to_vec());
            card.unwrap(&mut Software, header, &mut sent).unwrap();
            let sent = answered(&mut card, &plain, Status::OK);
            let clear = sent.windows(8).any(|part| plain.starts_with(part));
            assert_eq!(clear, !level.response_encryption());
            seen.push(sent[..32].to_vec());
        }
        seen.sort();
        seen.dedup();
        let different = match (level.command_encryption(), level.response_encryption()) {
            (true, true) => 4,
            (true, false) => 3,
            _ => 1,
        };
        assert_eq!(seen.len(), different, "{level:?}");
    }
}

#[test]
fn an_answer_without_its_protection_is_refused() {
    for level in Level::ALL.into_iter().filter(|level| level.response_mac()) {
        let unwrap = |data: &[u8], status| {
            let (mut host, _) = open(&keys(16), level);
            let _ = wrapped(&mut host, b"data");
            let mut data = data.to_vec();
            host.unwrap_response(&mut Software, &mut data, status)
                .map(<[u8]>::to_vec)
        };
        assert_eq!(unwrap(&[], Status::OK), Err(Error::Length { length: 0 }));
        assert_eq!(
            unwrap(&[0; 7], Status::OK),
            Err(Error::Length { length: 7 })
        );
        assert_eq!(unwrap(&[0; 8], Status::OK), Err(Error::Mac));
        assert_eq!(unwrap(&[0; 8], Status(0x6A82)), Err(Error::Unprotected));
        assert_eq!(unwrap(&[], Status(0x6A82)), Ok(vec![]));
    }
}

#[test]
fn only_external_authenticate_with_a_level_opens_a_channel() {
    let (_, answer) = begin(&keys(16));
    let (_, proof) = host::authenticate(
        &mut Software,
        &keys(16),
        &HOST_CHALLENGE,
        &answer,
        Level::MAC,
    )
    .unwrap();
    let right = proof.command();
    let refusal = |command: Command<'_>| {
        let (pending, _) = begin(&keys(16));
        pending.authenticate(&mut Software, &command).err()
    };
    assert_eq!(refusal(right), None);
    assert_eq!(
        refusal(Command { cla: 0x80, ..right }),
        Some(Error::Class { cla: 0x80 })
    );
    assert_eq!(refusal(Command { ins: 0x50, ..right }), Some(Error::Header));
    assert_eq!(refusal(Command { p2: 1, ..right }), Some(Error::Header));
    for level in (0..=u8::MAX).filter(|byte| Level::from_byte(*byte).is_none()) {
        assert_eq!(
            refusal(Command { p1: level, ..right }),
            Some(Error::Level { level })
        );
    }
    assert_eq!(
        refusal(Command { p1: 0x33, ..right }),
        Some(Error::Mac),
        "the level is in the MAC"
    );
    for length in [0, 8, 15] {
        let short = Command {
            data: &right.data[..length],
            ..right
        };
        assert_eq!(refusal(short), Some(Error::Length { length }));
    }
    let long = Command {
        data: &[0; 17],
        ..right
    };
    assert_eq!(refusal(long), Some(Error::Length { length: 17 }));
}

#[test]
fn a_host_with_other_enc_keys_is_not_understood() {
    let right = keys(16);
    let other = Key::new(&[0x99; 16]).unwrap();
    let other =
        StaticKeys::new(other.expose(), right.mac().expose(), right.dek().expose()).unwrap();
    let (pending, answer) = begin(&right);
    let (mut host, proof) = host::authenticate(
        &mut Software,
        &other,
        &HOST_CHALLENGE,
        &answer,
        Level::ENCRYPTION,
    )
    .unwrap();
    let mut card = pending
        .authenticate(&mut Software, &proof.command())
        .unwrap();
    let (header, mut sent) = wrapped(&mut host, b"data");
    let refused = card.unwrap(&mut Software, header, &mut sent);
    assert_eq!(refused, Err(Error::Padding));
    assert!(card.is_closed());
}

#[test]
fn what_cannot_be_wrapped_leaves_the_channel_as_it_was() {
    let (mut host, mut card) = open(&keys(16), Level::ENCRYPTION);
    let mut buffer = [0; 27];
    for cla in [0x04, 0x10, 0x84, 0x01, 0xFF] {
        let stranger = Command {
            cla,
            ..command(b"data")
        };
        let refused = host.wrap(&mut Software, &stranger, &mut buffer);
        assert_eq!(refused.err(), Some(Error::Class { cla }));
    }
    let refused = host.wrap(&mut Software, &command(b"data"), &mut buffer);
    assert_eq!(refused.err(), Some(Error::NoRoom { needed: 28 }));
    let (header, mut sent) = wrapped(&mut host, b"data");
    assert_eq!(card.unwrap(&mut Software, header, &mut sent), Ok(4));
}

#[test]
fn lc_in_the_mac_is_long_from_256_bytes_on() {
    // 247 + 8 = 255 and 248 + 8 = 256: the other form of Lc gives another MAC.
    for (length, lc) in [(247, &[0xFF][..]), (248, &[0, 1, 0][..])] {
        let (mut host, _) = open(&keys(16), Level::MAC);
        let data = vec![7; length];
        let (_, sent) = wrapped(&mut host, &data);
        let (_, proof) = {
            let (_, answer) = begin(&keys(16));
            host::authenticate(
                &mut Software,
                &keys(16),
                &HOST_CHALLENGE,
                &answer,
                Level::MAC,
            )
            .unwrap()
        };
        let s_mac = derive_s_mac(&keys(16));
        let mac = |chain: &[u8], message: &[&[u8]]| {
            Software
                .cmac(&s_mac, &[&[chain], message].concat())
                .unwrap()
        };
        let first = mac(&[0; 16], &[&[0x84, 0x82, 0x01, 0, 0x10], &proof.data[..8]]);
        assert_eq!(first[..8], proof.data[8..]);
        let second = mac(&first, &[&[0x04, 0xDB, 0x3F, 0xFF], lc, &data]);
        assert_eq!(second[..8], sent[length..]);
    }
}

/// S-MAC of an AES-128 key, spelled out (Amendment D v1.1.1, 4.1.5).
fn derive_s_mac(keys: &StaticKeys) -> [u8; 16] {
    let fixed = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0x80, 1];
    Software
        .cmac(
            keys.mac().expose(),
            &[&fixed, &HOST_CHALLENGE, &CARD_CHALLENGE],
        )
        .unwrap()
}

/// A chip that works a number of times and then no more.
struct Failing {
    works: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ChipFailed;

impl Failing {
    fn step<T>(&mut self, step: impl FnOnce(&mut Software) -> T) -> Result<T, ChipFailed> {
        self.works = self.works.checked_sub(1).ok_or(ChipFailed)?;
        Ok(step(&mut Software))
    }
}

impl Primitives for Failing {
    type Error = ChipFailed;

    fn cmac(&mut self, key: &[u8], parts: &[&[u8]]) -> Result<[u8; 16], ChipFailed> {
        self.step(|chip| chip.cmac(key, parts).unwrap())
    }

    fn encrypt_cbc(
        &mut self,
        key: &[u8],
        iv: &[u8; 16],
        data: &mut [u8],
    ) -> Result<(), ChipFailed> {
        self.step(|chip| chip.encrypt_cbc(key, iv, data).unwrap())
    }

    fn decrypt_cbc(
        &mut self,
        key: &[u8],
        iv: &[u8; 16],
        data: &mut [u8],
    ) -> Result<(), ChipFailed> {
        self.step(|chip| chip.decrypt_cbc(key, iv, data).unwrap())
    }
}

#[test]
fn a_chip_that_fails_in_the_middle_closes_the_channel() {
    let failed = Error::Primitives(ChipFailed);
    // MAC, vector, data: three operations each way at level 33.
    for works in 0..=3 {
        let (mut host, mut card) = open(&keys(16), Level::ENCRYPTION_BOTH);
        let (header, mut sent) = wrapped(&mut host, b"data");
        let mut chip = Failing { works };
        let unwrapped = card.unwrap(&mut chip, header, &mut sent);
        assert_eq!(unwrapped, if works == 3 { Ok(4) } else { Err(failed) });
        assert_eq!(card.is_closed(), works < 3);
    }
    for works in 0..=3 {
        let (mut host, mut card) = open(&keys(16), Level::ENCRYPTION_BOTH);
        let (header, mut sent) = wrapped(&mut host, b"data");
        card.unwrap(&mut Software, header, &mut sent).unwrap();
        let mut chip = Failing { works };
        let answer = card.wrap_response(&mut chip, &mut [0; 64], 4, Status::OK);
        assert_eq!(answer, if works == 3 { Ok(24) } else { Err(failed) });
        assert_eq!(card.is_closed(), works < 3);
    }
    for works in 0..5 {
        let mut chip = Failing { works };
        let keys = keys(16);
        let pending = card::Pending::begin(&mut chip, &keys, &HOST_CHALLENGE, &CARD_CHALLENGE);
        assert_eq!(pending.err(), Some(ChipFailed), "five derivations");
    }
}

#[test]
fn an_answer_without_room_for_its_protection_closes() {
    for (room, length) in [(27, 16), (39, 16), (7, 0), (3, 4)] {
        let (_, mut card) = open(&keys(16), Level::ENCRYPTION_BOTH);
        let mut buffer = vec![0; room];
        let refused = card.wrap_response(&mut Software, &mut buffer, length, Status::OK);
        let needed = if length == 0 {
            8
        } else {
            length / 16 * 16 + 24
        };
        assert_eq!(refused, Err(Error::NoRoom { needed }));
        assert!(card.is_closed());
    }
}

#[test]
fn le_asks_for_the_longer_answer_and_is_not_put_where_there_was_none() {
    for (expected, wrapped) in [
        (0, 0),
        (1, 256),
        (256, 256),
        (257, 65_536),
        (65_536, 65_536),
    ] {
        let (mut host, _) = open(&keys(16), Level::MAC_BOTH);
        let plain = Command {
            expected,
            ..command(&[])
        };
        let mut buffer = [0; LARGEST_OVERHEAD];
        let command = host.wrap(&mut Software, &plain, &mut buffer).unwrap();
        assert_eq!(command.expected, wrapped);
    }
}
