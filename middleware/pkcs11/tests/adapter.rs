//! The way from a token to APDUs: which commands go out, and what each answer comes to.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    dead_code,
    unreachable_pub,
    reason = "a test may stop at the first surprise"
)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use sello_card::{CardConnection, Control, ReaderError, ReaderState, TransportError};
use sello_pkcs11::card::CardReaders;
use sello_pkcs11::store::Store;
use sello_pkcs11::token::{Token, TokenError};
use sello_wire::{Channel, PinPolicy, Slot};

const SEAL: &[u8] = include_bytes!("data/seal.der");
const ISSUER: &[u8] = include_bytes!("data/issuer.der");
const SELECTED: &[u8] = b"\x61\x11\x4F\x06\0\0\x10\0\x01\0\x79\x07\x4F\x05\xA0\0\0\x03\x08\x90\0";

/// A connection that knows what will be asked, in order.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    dialogue: VecDeque<(Vec<u8>, Vec<u8>)>,
    begin: VecDeque<TransportError>,
    /// What the reader answers to its own commands; a reader that takes none has nothing here.
    controls: VecDeque<Vec<u8>>,
    connect: Option<ReaderError>,
}

impl Script {
    /// The next command begins like this, and is answered so.
    fn on(self, command: &[u8], answer: &[u8]) -> Self {
        let entry = (command.to_vec(), answer.to_vec());
        self.0.lock().unwrap().dialogue.push_back(entry);
        self
    }

    fn token(&self) -> Result<Box<dyn Token>, TokenError> {
        CardReaders::shared(self.clone()).connect("R")
    }

    fn selected(self) -> Box<dyn Token> {
        let script = self.clone();
        let rest = std::mem::take(&mut script.0.lock().unwrap().dialogue);
        script.clone().on(&[0, 0xA4, 4, 0], SELECTED);
        script.0.lock().unwrap().dialogue.extend(rest);
        script.token().unwrap()
    }
}

impl sello_card::Readers for Script {
    fn list(&self) -> Result<Vec<ReaderState>, ReaderError> {
        Err(ReaderError::NoService)
    }

    fn connect(&self, _reader: &str) -> Result<Box<dyn CardConnection>, ReaderError> {
        match self.0.lock().unwrap().connect.clone() {
            Some(error) => Err(error),
            None => Ok(Box::new(self.clone())),
        }
    }
}

impl Channel for Script {
    type Error = TransportError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], TransportError> {
        let next = self.0.lock().unwrap().dialogue.pop_front();
        let (expected, answer) = next.unwrap_or_else(|| panic!("unexpected {command:02X?}"));
        assert!(
            command.starts_with(&expected),
            "{command:02X?}, not {expected:02X?}"
        );
        response[..answer.len()].copy_from_slice(&answer);
        Ok(&response[..answer.len()])
    }
}

impl CardConnection for Script {
    fn begin_exclusive(&mut self) -> Result<(), TransportError> {
        self.0.lock().unwrap().begin.pop_front().map_or(Ok(()), Err)
    }

    fn end_exclusive(&mut self) -> Result<(), TransportError> {
        Ok(())
    }

    fn atr(&self) -> &[u8] {
        &[0x3B, 0]
    }

    fn control(&mut self, _: Control, _: &[u8]) -> Result<Vec<u8>, TransportError> {
        let next = self.0.lock().unwrap().controls.pop_front();
        next.ok_or_else(|| TransportError::Other {
            reason: "unsupported".to_owned(),
        })
    }
}

fn tlv(tag: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = tag.to_vec();
    let [.., high, low] = value.len().to_be_bytes();
    out.extend([0x82, high, low]);
    out.extend(value);
    out
}

fn ok(data: &[u8]) -> Vec<u8> {
    [data, &[0x90, 0]].concat()
}

fn certificate_object(der: &[u8]) -> Vec<u8> {
    let content = [tlv(&[0x70], der), vec![0x71, 1, 0, 0xFE, 0]].concat();
    ok(&tlv(&[0x53], &content))
}

fn status(life_cycle: u8, flags: u8, tries: u8) -> Vec<u8> {
    let fields = [
        &[0x80, 1, life_cycle, 0x81, 1, flags, 0x82, 2, tries, 3][..],
        &[0x83, 2, 3, 3, 0x84, 4, 0, 0, 0x12, 0x67],
        &[0x85, 4, 0, 0, 0, 9, 0x86, 2, 1, 0],
    ]
    .concat();
    ok(&tlv(&[0xE0], &fields))
}

fn directory(slot: u8, chain: u8) -> Vec<u8> {
    let digest = [&[0x82, 32][..], &[0; 32]].concat();
    let entry = [
        &[0x80, 1, slot, 0x81, 4, 0, 0, 0, 9][..],
        &digest,
        &[0x83, 1, 1, 0x84, 1, chain],
    ];
    ok(&tlv(&[0x53], &tlv(&[0xE1], &entry.concat())))
}

const GET_STATUS: &[u8] = &[0x80, 0xF2, 0, 0];
const GET_DATA: &[u8] = &[0, 0xCB, 0x3F, 0xFF];
const KEY_HISTORY: &[u8] = &[0, 0xCB, 0x3F, 0xFF, 5, 0x5C, 3, 0x5F, 0xC1, 0x0C];
const VERIFY: &[u8] = &[0, 0x20, 0, 0x80, 8];
const SIGN: &[u8] = &[0, 0x87, 0x11, 0x9C];

#[test]
fn a_seal_card_is_read_in_three_commands_and_its_chain_in_one_more() {
    let script = Script::default()
        .on(GET_STATUS, &status(7, 1, 2))
        .on(GET_DATA, &directory(0x9C, 1))
        .on(GET_DATA, &certificate_object(SEAL))
        .on(GET_DATA, &certificate_object(ISSUER));
    let mut token = script.selected();
    let contents = token.read().unwrap();
    let state = contents.state;
    assert_eq!((state.serial, state.operational), (Some(0x1267), true));
    assert_eq!((state.transport_pin, state.tries_left), (true, Some(2)));
    let key = &contents.keys[0];
    assert_eq!((key.slot, key.policy), (Slot::Signature, PinPolicy::Always));
    assert_eq!(
        (key.certificate.as_deref(), key.has_chain),
        (Some(SEAL), true)
    );
    assert_eq!(token.chain(Slot::Signature).unwrap(), [ISSUER]);
    assert_eq!(
        token.chain(Slot::Authentication).unwrap(),
        Vec::<Vec<u8>>::new()
    );
}

#[test]
fn a_further_seal_tells_its_pin_policy() {
    let script = Script::default()
        .on(GET_STATUS, &status(7, 0, 3))
        .on(GET_DATA, &directory(0x82, 0))
        .on(GET_DATA, &certificate_object(SEAL))
        .on(&[0, 0xF7, 0, 0x82], &ok(&[1, 1, 0x11, 2, 2, 3, 1, 3, 1, 1]));
    let contents = script.selected().read().unwrap();
    assert_eq!(contents.keys[0].policy, PinPolicy::Always);
}

#[test]
fn another_makers_card_is_looked_through_slot_by_slot() {
    let missing = &[0x6A, 0x82][..];
    let script = Script::default()
        .on(GET_STATUS, &[0x6E, 0])
        .on(&[0, 0x20, 0, 0x80], &[0x63, 0xC5])
        .on(&[0, 0xF8], &[0x6D, 0])
        .on(GET_DATA, missing)
        .on(GET_DATA, missing)
        .on(&[0, 0xF7, 0, 0x9C], &[0x6D, 0])
        .on(GET_DATA, &certificate_object(SEAL))
        .on(GET_DATA, missing)
        .on(GET_DATA, missing)
        .on(KEY_HISTORY, &ok(&[0x53, 6, 0xC1, 1, 1, 0xC2, 1, 0]))
        .on(GET_DATA, &certificate_object(ISSUER));
    let contents = script.selected().read().unwrap();
    assert_eq!(contents.state.serial, None);
    assert_eq!(
        (contents.state.tries_left, contents.state.tries_total),
        (Some(5), 5)
    );
    let found = contents.keys.iter().map(|key| (key.slot, key.policy));
    let retired = Slot::from_byte(0x82).unwrap();
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            (Slot::Authentication, PinPolicy::Once),
            (retired, PinPolicy::Once)
        ]
    );
}

#[test]
fn without_a_key_history_every_retired_slot_is_looked_into() {
    let missing = &[0x6A, 0x82][..];
    let mut script = Script::default()
        .on(GET_STATUS, &[0x6D, 0])
        .on(&[0, 0x20, 0, 0x80], &[0x90, 0])
        .on(&[0, 0xF8], &[0x6D, 0])
        .on(GET_DATA, missing)
        .on(GET_DATA, &certificate_object(SEAL))
        .on(GET_DATA, missing)
        .on(&[0, 0xF7, 0, 0x9A], &[0x6A, 0x88])
        .on(GET_DATA, missing)
        .on(&[0, 0xF7, 0, 0x9D], &[0x6A, 0x88])
        .on(GET_DATA, missing)
        .on(&[0, 0xF7, 0, 0x9E], &[0x6A, 0x88])
        .on(KEY_HISTORY, missing);
    for slot in 0x82..=0x94 {
        // This card tells of keys, so the certificate of a slot without one is not read.
        script = script.on(&[0, 0xF7, 0, slot], &[0x6A, 0x88]);
    }
    let script = script
        .on(&[0, 0xF7, 0, 0x95], &ok(&[1, 1, 0x11, 2, 2, 3, 1, 3, 1, 1]))
        .on(GET_DATA, &certificate_object(SEAL));
    let contents = script.clone().selected().read().unwrap();
    assert_eq!(contents.keys.len(), 2);
    assert_eq!(contents.keys[1].policy, PinPolicy::Always);
    assert!(script.0.lock().unwrap().dialogue.is_empty());
}

#[test]
fn what_was_kept_is_not_read_again_until_the_card_changes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(Some(folder.path().join("kept")));
    let read = |script: &Script| {
        let mut token = script.clone().selected();
        token.use_store(store.clone());
        let contents = token.read().unwrap();
        let chain = token.chain(Slot::Signature).unwrap();
        assert!(script.0.lock().unwrap().dialogue.is_empty());
        (contents.keys, chain)
    };
    let whole = |status: &[u8], certificate: &[u8]| {
        Script::default()
            .on(GET_STATUS, status)
            .on(GET_DATA, &directory(0x9C, 1))
            .on(GET_DATA, &certificate_object(certificate))
            .on(GET_DATA, &certificate_object(ISSUER))
    };
    let first = read(&whole(&status(7, 0, 3), SEAL));
    let again = read(&Script::default().on(GET_STATUS, &status(7, 0, 2)));
    assert_eq!(first, again);
    let mut renewed = status(7, 0, 3);
    let counter = renewed.windows(3).position(|bytes| bytes == [0x85, 4, 0]);
    renewed[counter.unwrap() + 5] = 10;
    let (keys, _) = read(&whole(&renewed, ISSUER));
    assert_eq!(keys[0].certificate.as_deref(), Some(ISSUER));
    for entry in std::fs::read_dir(folder.path().join("kept")).unwrap() {
        std::fs::write(entry.unwrap().path(), b"damaged").unwrap();
    }
    assert_eq!(read(&whole(&status(7, 0, 3), SEAL)), first);
    assert_eq!(
        read(&Script::default().on(GET_STATUS, &status(7, 0, 3))),
        first
    );
}

#[test]
fn a_card_that_wants_a_right_before_it_is_read_is_out_of_order() {
    for answer in [[0x69, 0x82], [0x69, 0x83], [0x69, 0x85], [0x63, 0xC2]] {
        let script = Script::default()
            .on(GET_STATUS, &status(7, 0, 3))
            .on(GET_DATA, &answer);
        let outcome = script.selected().read();
        assert!(
            matches!(outcome, Err(TokenError::Failed { .. })),
            "{outcome:?}"
        );
        let outcome = Script::default().on(GET_STATUS, &answer).selected().state();
        assert!(
            matches!(outcome, Err(TokenError::Failed { .. })),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_blank_card_has_no_keys_and_is_not_searched() {
    let script = Script::default()
        .on(GET_STATUS, &status(1, 0, 3))
        .on(GET_DATA, &[0x6A, 0x82]);
    let contents = script.selected().read().unwrap();
    assert!(contents.keys.is_empty());
    assert!(!contents.state.operational);
}

#[test]
fn answers_to_a_pin_are_told_apart() {
    let outcome = |answer: &[u8]| {
        Script::default()
            .on(VERIFY, answer)
            .selected()
            .verify(b"123456")
    };
    assert_eq!(outcome(&[0x90, 0]), Ok(()));
    assert_eq!(
        outcome(&[0x63, 0xC2]),
        Err(TokenError::WrongPin { tries_left: 2 })
    );
    assert_eq!(outcome(&[0x69, 0x83]), Err(TokenError::PinBlocked));
    let unsent = Script::default().selected().verify(b"12345a");
    assert_eq!(unsent, Err(TokenError::PinFormat), "nothing was sent");
    assert!(matches!(
        outcome(&[0x6F, 0]),
        Err(TokenError::Failed { .. })
    ));
}

#[test]
fn answers_to_a_signature_are_told_apart() {
    let outcome = |answer: &[u8]| {
        Script::default()
            .on(SIGN, answer)
            .selected()
            .sign(Slot::Signature, &[7; 32])
    };
    let signature = [0x30, 6, 2, 1, 5, 2, 1, 9];
    let good = ok(&[&[0x7C, 10, 0x82, 8][..], &signature].concat());
    assert_eq!(outcome(&good), Ok(signature.to_vec()));
    // No PIN was given, so that none is told to be blocked: the login is gone.
    assert_eq!(outcome(&[0x69, 0x83]), Err(TokenError::PinRequired));
    assert_eq!(outcome(&[0x69, 0x82]), Err(TokenError::PinRequired));
    let refused = |life_cycle, flags| {
        let script = Script::default()
            .on(SIGN, &[0x69, 0x85])
            .on(GET_STATUS, &status(life_cycle, flags, 3));
        script.selected().sign(Slot::Signature, &[7; 32])
    };
    assert_eq!(refused(7, 1), Err(TokenError::TransportPin));
    assert_eq!(refused(0x0F, 0), Err(TokenError::NotOperational));
}

#[test]
fn a_reader_with_a_keypad_says_so_and_takes_the_pin() {
    let features = [6, 4, 0x42, 0x33, 0, 6, 7, 4, 0x42, 0x33, 0, 7];
    let script = Script::default()
        .on(GET_STATUS, &status(7, 0, 3))
        .on(GET_DATA, &[0x6A, 0x82])
        .on(GET_STATUS, &status(7, 0, 2));
    for answer in [
        &features[..],
        &[0x63, 0xC2],
        &[0x64, 1],
        &[0x90, 0],
        &[0x64, 2],
    ] {
        script.0.lock().unwrap().controls.push_back(answer.to_vec());
    }
    let mut token = script.selected();
    assert!(token.read().unwrap().state.pin_pad);
    assert!(token.state().unwrap().pin_pad);
    let wrong = Err(TokenError::WrongPin { tries_left: 2 });
    assert_eq!(token.verify_on_pad(), wrong);
    assert_eq!(token.verify_on_pad(), Err(TokenError::NotEntered));
    assert_eq!(token.change_pin_on_pad(), Ok(()));
    assert_eq!(token.change_pin_on_pad(), Err(TokenError::NewPinRefused));
    let plain = Script::default()
        .on(GET_STATUS, &status(7, 0, 3))
        .on(GET_DATA, &[0x6A, 0x82]);
    let mut token = plain.selected();
    assert!(!token.read().unwrap().state.pin_pad);
    assert_eq!(token.verify_on_pad(), Err(TokenError::PinFormat));
}

#[test]
fn a_reset_by_another_program_is_told_once() {
    let script = Script::default()
        .on(&[0, 0xA4], SELECTED)
        .on(VERIFY, &[0x90, 0]);
    let mut token = script.clone().selected();
    script
        .0
        .lock()
        .unwrap()
        .begin
        .push_back(TransportError::Reset);
    assert_eq!(token.verify(b"123456"), Err(TokenError::Reset));
    assert_eq!(token.verify(b"123456"), Ok(()));
}

#[test]
fn a_pulled_card_and_a_missing_one_are_told_apart() {
    let script = Script::default();
    let mut token = script.clone().selected();
    script
        .0
        .lock()
        .unwrap()
        .begin
        .push_back(TransportError::Removed);
    assert_eq!(token.state(), Err(TokenError::Removed));
    let reader = || "R".to_owned();
    for (error, expected) in [
        (ReaderError::NoService, TokenError::NoService),
        (
            ReaderError::EmptyReader { reader: reader() },
            TokenError::NoCard,
        ),
        (
            ReaderError::UnknownReader { name: reader() },
            TokenError::NoCard,
        ),
        (ReaderError::Mute { reader: reader() }, TokenError::Foreign),
    ] {
        script.0.lock().unwrap().connect = Some(error);
        assert_eq!(script.token().err(), Some(expected));
    }
    let foreign = Script::default().on(&[0, 0xA4], &[0x6A, 0x82]);
    assert_eq!(foreign.token().err(), Some(TokenError::Foreign));
}
