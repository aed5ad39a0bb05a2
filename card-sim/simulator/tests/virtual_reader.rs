//! The virtual reader against a driver of the test's own.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use sello_simulator::virtual_reader::Place;
use sello_simulator::{CutMoment, ReaderError, SimulatedCard, VirtualReader, VpcdAddress};
use sello_wire::aid;

const LONG: Duration = Duration::from_secs(20);

/// The driver's side of a reader.
struct Driver(TcpListener);

impl Driver {
    fn start() -> (Self, VpcdAddress) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        (Self(listener), VpcdAddress::local(port))
    }

    fn accept(&self) -> Card {
        let (stream, _) = self.0.accept().unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        Card(stream)
    }
}

/// A card as the driver sees it.
struct Card(TcpStream);

impl Card {
    /// Length and payload in two writes, as the driver does it.
    fn send(&mut self, payload: &[u8]) {
        let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
        self.0.write_all(&length).unwrap();
        self.0.write_all(payload).unwrap();
    }

    fn receive(&mut self) -> Vec<u8> {
        let mut length = [0; 2];
        self.0.read_exact(&mut length).unwrap();
        let mut payload = vec![0; usize::from(u16::from_be_bytes(length))];
        self.0.read_exact(&mut payload).unwrap();
        payload
    }

    fn exchange(&mut self, payload: &[u8]) -> Vec<u8> {
        self.send(payload);
        self.receive()
    }

    fn is_gone(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0) | Err(_))
    }
}

const POWER_ON: &[u8] = &[1];
const RESET: &[u8] = &[2];
const ATR: &[u8] = &[4];
const SELECT: &[u8] = &[0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8];
const VERSION: &[u8] = &[0, 0xFD, 0, 0, 0];

fn card() -> SimulatedCard {
    SimulatedCard::blank(3).unwrap()
}

#[test]
fn the_driver_gets_the_atr_and_answers() {
    let (driver, address) = Driver::start();
    let reader = VirtualReader::start(address, card()).unwrap();
    let mut card = driver.accept();
    card.send(POWER_ON);
    assert_eq!(card.exchange(ATR), aid::ATR);
    assert!(card.exchange(SELECT).ends_with(&[0x90, 0]));
    assert_eq!(card.exchange(VERSION), [5, 7, 0, 0x90, 0]);
    card.send(RESET);
    assert_eq!(card.exchange(VERSION), [0x6D, 0], "nothing is selected");
    let mut back = reader.stop().unwrap();
    assert!(card.is_gone());
    back.power_on().unwrap();
    assert_eq!(back.summary().unwrap().serial, 3);
}

#[test]
fn a_card_is_pulled_out_and_put_back() {
    let (driver, address) = Driver::start();
    let reader = VirtualReader::start(address, card()).unwrap();
    let mut first = driver.accept();
    first.send(POWER_ON);
    assert_eq!(first.exchange(ATR), aid::ATR);
    reader.remove().unwrap();
    assert!(first.is_gone());
    assert_eq!(reader.place(), Place::Removed);
    reader.insert().unwrap();
    let mut second = driver.accept();
    reader.wait_for(Place::Inserted, LONG).unwrap();
    second.send(POWER_ON);
    assert!(second.exchange(SELECT).ends_with(&[0x90, 0]));
}

#[test]
fn inserting_a_card_that_is_in_cuts_no_command_in_two() {
    let (driver, address) = Driver::start();
    let reader = VirtualReader::start(address, card()).unwrap();
    let mut card = driver.accept();
    card.send(POWER_ON);
    assert!(card.exchange(SELECT).ends_with(&[0x90, 0]));
    for _ in 0..50 {
        card.0.write_all(&[0]).unwrap();
        reader.insert().unwrap();
        card.0.write_all(&[5]).unwrap();
        reader.insert().unwrap();
        card.0.write_all(VERSION).unwrap();
        assert_eq!(card.receive(), [5, 7, 0, 0x90, 0]);
    }
}

#[test]
fn the_card_comes_back_by_itself_when_the_driver_does() {
    let (driver, address) = Driver::start();
    let reader = VirtualReader::start(address.clone(), card()).unwrap();
    drop(driver.accept());
    drop(driver);
    reader.wait_for(Place::Waiting, LONG).unwrap();
    let driver = Driver(TcpListener::bind(("127.0.0.1", address.port)).unwrap());
    let mut card = driver.accept();
    card.send(POWER_ON);
    assert_eq!(card.exchange(ATR), aid::ATR);
}

#[test]
fn a_power_cut_is_silence_and_then_a_card_again() {
    let (driver, address) = Driver::start();
    let reader = VirtualReader::start(address, card()).unwrap();
    let mut card = driver.accept();
    card.send(POWER_ON);
    assert!(card.exchange(SELECT).ends_with(&[0x90, 0]));
    reader.with_card(|card| card.faults().cut_power_at(1, CutMoment::BeforeWriting));
    let put_key = common::put_key_through(|command| card.exchange(command));
    card.send(&put_key);
    assert!(card.is_gone());
    let mut card = driver.accept();
    card.send(POWER_ON);
    assert_eq!(card.exchange(ATR), aid::ATR);
}

#[test]
fn without_a_driver_it_says_so_or_waits() {
    let (driver, address) = Driver::start();
    drop(driver);
    let refused = VirtualReader::start(address.clone(), card());
    assert!(matches!(refused.err(), Some(ReaderError::NoDriver { .. })));
    let reader = VirtualReader::start_waiting(address, card()).unwrap();
    assert_eq!(reader.place(), Place::Waiting);
}
