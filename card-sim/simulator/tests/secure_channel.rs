//! The center talks to a whole card through the secure channel (`specs/card.md`, section 13).
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use sello_scp03::software::SoftwareError;
use sello_scp03::{
    Error, InitializeUpdateResponse, Key, KeyVersion, LARGEST_OVERHEAD, Level, Software,
    StaticKeys, handshake, host, put_key, static_keys,
};
use sello_simulator::SimulatedCard;
use sello_wire::{Channel, Command, LifeCycle, Response, Status, chain};

const SERIAL: u32 = 20_260_001;
const HOST_CHALLENGE: [u8; 8] = [0xB1; 8];

/// A command as bytes, its answer gathered by GET RESPONSE.
struct Reader(SimulatedCard);

impl Reader {
    fn blank() -> Self {
        let mut reader = Self(SimulatedCard::blank(SERIAL).unwrap());
        reader.select();
        reader
    }

    fn select(&mut self) {
        let aid = [0xA0, 0x00, 0x00, 0x03, 0x08];
        assert_eq!(
            self.send(&command(0x00, 0xA4, 0x04, 0x00, &aid)).1,
            Status::OK
        );
    }

    fn send(&mut self, command: &Command<'_>) -> (Vec<u8>, Status) {
        let mut answer = Vec::new();
        let mut last = (Vec::new(), Status::OK);
        if command.extended {
            last = self.transmit(command);
        } else {
            for part in chain::split(command) {
                last = self.transmit(&part);
            }
        }
        answer.append(&mut last.0);
        while last.1.remaining().is_some() {
            last = self.transmit(&self::command(0x00, 0xC0, 0x00, 0x00, &[]));
            answer.append(&mut last.0);
        }
        (answer, last.1)
    }

    fn transmit(&mut self, command: &Command<'_>) -> (Vec<u8>, Status) {
        let mut bytes = vec![0; command.encoded_length()];
        let mut buffer = [0; 4000];
        let bytes = command.encode(&mut bytes).unwrap();
        let answer = Response::parse(self.0.transmit(bytes, &mut buffer).unwrap()).unwrap();
        (answer.data.to_vec(), answer.status)
    }

    /// Opens a channel with the keys of this version.
    fn open(
        &mut self,
        version: KeyVersion,
        keys: &StaticKeys,
        level: Level,
    ) -> Result<host::Session, Refused> {
        let first = handshake::initialize_update(Some(version), &HOST_CHALLENGE);
        let (answer, status) = self.send(&first);
        if status != Status::OK {
            return Err(Refused::Card(status));
        }
        let answer = InitializeUpdateResponse::parse(&answer).map_err(Refused::Host)?;
        let data = static_keys::diversification_data(SERIAL.to_be_bytes());
        assert_eq!(answer.diversification_data, data);
        assert_eq!(answer.key_version, version.to_byte());
        let (session, proof) =
            host::authenticate(&mut Software, keys, &HOST_CHALLENGE, &answer, level)
                .map_err(Refused::Host)?;
        match self.send(&proof.command()) {
            (data, Status::OK) if data.is_empty() => Ok(session),
            (_, status) => Err(Refused::Card(status)),
        }
    }

    /// Sends a command through a channel.
    fn through(&mut self, session: &mut host::Session, command: &Command<'_>) -> (Vec<u8>, Status) {
        let mut buffer = vec![0; command.data.len() + LARGEST_OVERHEAD];
        let wrapped = session.wrap(&mut Software, command, &mut buffer).unwrap();
        let (mut answer, status) = self.send(&wrapped);
        let plain = session.unwrap_response(&mut Software, &mut answer, status);
        (plain.unwrap().to_vec(), status)
    }

    /// Puts the card's own keys in place of the factory's.
    fn put_own_keys(&mut self) -> (KeyVersion, StaticKeys) {
        let factory = StaticKeys::factory();
        let mut session = self
            .open(KeyVersion::FACTORY, &factory, Level::ENCRYPTION_BOTH)
            .unwrap();
        let version = KeyVersion::new(0x01).unwrap();
        let master = StaticKeys::single(&Key::new(&[0x77; 32]).unwrap());
        let data = static_keys::diversification_data(SERIAL.to_be_bytes());
        let keys = master.diversify(&mut Software, &data).unwrap();
        let mut buffer = [0; put_key::LARGEST];
        let data =
            put_key::encode(&mut Software, factory.dek(), version, &keys, &mut buffer).unwrap();
        let command = put_key::command(KeyVersion::FACTORY, data);
        let (answer, status) = self.through(&mut session, &command);
        assert_eq!(status, Status::OK);
        let expected = put_key::answer(&mut Software, version, &keys).unwrap();
        assert_eq!(answer, expected);
        (version, keys)
    }

    /// Looks at the card, which resets it.
    fn life_cycle(&mut self) -> LifeCycle {
        let life_cycle = self.0.summary().unwrap().life_cycle;
        self.select();
        life_cycle
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Refused {
    Card(Status),
    Host(Error<SoftwareError>),
}

const fn command(cla: u8, ins: u8, p1: u8, p2: u8, data: &[u8]) -> Command<'_> {
    Command {
        cla,
        ins,
        p1,
        p2,
        data,
        expected: 256,
        extended: false,
    }
}

const fn set_status(state: u8) -> Command<'static> {
    command(0x80, 0xF0, state, 0x00, &[])
}

#[test]
fn a_card_with_its_own_keys_does_not_know_the_factorys_any_more() {
    let mut reader = Reader::blank();
    let (version, keys) = reader.put_own_keys();
    let factory = StaticKeys::factory();
    let gone = reader.open(KeyVersion::FACTORY, &factory, Level::MAC);
    let not_found = Refused::Card(Status::REFERENCE_NOT_FOUND);
    assert_eq!(gone.err(), Some(not_found));
    let other = reader.open(version, &factory, Level::MAC);
    assert_eq!(other.err(), Some(Refused::Host(Error::Cryptogram)));
    reader.open(version, &keys, Level::MAC).map(drop).unwrap();
}

#[test]
fn the_factorys_keys_begin_no_personalization() {
    let mut reader = Reader::blank();
    let factory = StaticKeys::factory();
    let mut session = reader
        .open(KeyVersion::FACTORY, &factory, Level::MAC_BOTH)
        .unwrap();
    let (_, status) = reader.through(&mut session, &set_status(0x03));
    assert_eq!(status, Status::CONDITIONS_NOT_SATISFIED);
    let (version, keys) = reader.put_own_keys();
    let mut session = reader.open(version, &keys, Level::MAC_BOTH).unwrap();
    let (_, status) = reader.through(&mut session, &set_status(0x03));
    assert_eq!(status, Status::OK);
    assert_eq!(reader.life_cycle(), LifeCycle::Personalizing);
}

#[test]
fn long_data_goes_through_at_every_level_chained_and_extended() {
    for level in Level::ALL {
        let mut reader = Reader::blank();
        let (version, keys) = reader.put_own_keys();
        let mut session = reader.open(version, &keys, level).unwrap();
        reader.through(&mut session, &set_status(0x03));
        for (extended, filling) in [(false, 0x5A), (true, 0xA5)] {
            let mut object = vec![0x5C, 0x03, 0x5F, 0xFF, 0x10, 0x53, 0x82, 0x07, 0xD0];
            object.resize(object.len() + 2000, filling);
            let mut put = command(0x00, 0xDB, 0x3F, 0xFF, &object);
            put.extended = extended;
            let (_, status) = reader.through(&mut session, &put);
            assert_eq!(status, Status::OK, "{level:?}");
            let mut get = command(0x00, 0xCB, 0x3F, 0xFF, &object[..5]);
            get.extended = extended;
            let (found, status) = reader.through(&mut session, &get);
            assert_eq!(status, Status::OK);
            assert_eq!(found, object[5..]);
        }
        let missing = [0x5C, 0x03, 0x5F, 0xFF, 0x11];
        let get = command(0x00, 0xCB, 0x3F, 0xFF, &missing);
        let answer = reader.through(&mut session, &get);
        assert_eq!(answer, (vec![], Status::NOT_FOUND), "bare");
    }
}

#[test]
fn a_wrong_mac_a_reset_and_another_application_close_the_channel() {
    let mut reader = Reader::blank();
    let (version, keys) = reader.put_own_keys();
    let refused = (vec![], Status::SECURITY_STATUS_NOT_SATISFIED);

    let mut session = reader.open(version, &keys, Level::MAC).unwrap();
    let mut buffer = [0; LARGEST_OVERHEAD];
    let wrapped = session
        .wrap(&mut Software, &set_status(0x03), &mut buffer)
        .unwrap();
    let changed = Command {
        p1: 0x7F,
        ..wrapped
    };
    assert_eq!(reader.send(&changed), refused);
    assert_eq!(reader.send(&wrapped), refused, "closed");
    assert_eq!(reader.life_cycle(), LifeCycle::Blank);

    let mut session = reader.open(version, &keys, Level::MAC).unwrap();
    reader.0.reset().unwrap();
    reader.select();
    assert_eq!(reader.through(&mut session, &set_status(0x03)), refused);

    let mut session = reader.open(version, &keys, Level::MAC).unwrap();
    let other = command(0x00, 0xA4, 0x04, 0x00, &[0xA0, 0x00, 0x00, 0x01, 0x51]);
    assert_eq!(reader.send(&other).1, Status::NOT_FOUND);
    assert_eq!(reader.through(&mut session, &set_status(0x03)), refused);
    assert_eq!(reader.life_cycle(), LifeCycle::Blank);
}

#[test]
fn an_initialize_update_is_good_for_one_answer() {
    let mut reader = Reader::blank();
    let factory = StaticKeys::factory();
    let first = handshake::initialize_update(None, &HOST_CHALLENGE);
    let (answer, _) = reader.send(&first);
    let answer = InitializeUpdateResponse::parse::<SoftwareError>(&answer).unwrap();
    let (_, proof) = host::authenticate(
        &mut Software,
        &factory,
        &HOST_CHALLENGE,
        &answer,
        Level::MAC,
    )
    .unwrap();
    let mut wrong = proof;
    wrong.data[0] ^= 1;
    let status = reader.send(&wrong.command()).1;
    assert_eq!(status, Status::SECURITY_STATUS_NOT_SATISFIED);
    let status = reader.send(&proof.command()).1;
    assert_eq!(status, Status::CONDITIONS_NOT_SATISFIED);
}
