//! Two programs at one card through pcscd: neither uses what the other has proved.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::ffi::CString;
use std::sync::mpsc;
use std::time::Duration;

use pcsc::{Card, Context, Disposition, Error, Protocols, Scope, ShareMode};
use sello_conformance::Terminal;
use sello_conformance::pcsc_channel::wait_for;
use sello_conformance::personalization::{self, PIN};
use sello_flow::rack::Lease;
use sello_simulator::{SimulatedCard, VirtualReader, VpcdAddress};

const WAIT: Duration = Duration::from_secs(10);

const SELECT: &[u8] = &[0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8, 0];
const GET_STATUS: &[u8] = &[0x80, 0xF2, 0, 0, 0];

fn verify() -> Vec<u8> {
    [&[0, 0x20, 0, 0x80, 8], &PIN[..]].concat()
}

fn sign() -> Vec<u8> {
    let head = [0, 0x87, 0x11, 0x9C, 38, 0x7C, 36, 0x82, 0, 0x81, 32];
    [&head[..], &[0x5A; 32], &[0]].concat()
}

/// A card in a reader of the rack, and how programs reach it.
struct Desk {
    reader: String,
    card: VirtualReader<SimulatedCard>,
    _lease: Lease,
}

impl Desk {
    fn with_an_operational_card(serial: u32) -> Self {
        let mut terminal = Terminal::new(SimulatedCard::blank(serial).unwrap());
        personalization::perform(&mut terminal, usize::MAX).unwrap();
        let lease = Lease::take().unwrap();
        let reader = lease.reader().unwrap();
        let address = VpcdAddress::local(lease.port());
        let card = VirtualReader::start(address, terminal.channel).unwrap();
        wait_for(&reader, true, WAIT).unwrap();
        Self {
            reader,
            card,
            _lease: lease,
        }
    }

    fn connect(&self) -> Card {
        let name = CString::new(self.reader.as_str()).unwrap();
        let context = Context::establish(Scope::User).unwrap();
        context
            .connect(&name, ShareMode::Shared, Protocols::ANY)
            .unwrap()
    }

    fn signatures(&self) -> u32 {
        self.card.with_card(|card| {
            let state = card.state();
            // The counter of the journal, in the register (specs/card.md, 11).
            u32::from_be_bytes(state[104..108].try_into().unwrap())
        })
    }
}

fn send(card: &Card, command: &[u8]) -> Result<u16, Error> {
    let mut buffer = [0; 258];
    let answer = card.transmit(command, &mut buffer)?;
    let (_, status) = answer.split_last_chunk::<2>().unwrap();
    Ok(u16::from_be_bytes(*status))
}

fn connect_again(card: &mut Card, end: Disposition) {
    card.reconnect(ShareMode::Shared, Protocols::ANY, end)
        .unwrap();
}

#[test]
fn what_one_program_proved_is_no_good_after_another_has_been_there() {
    let desk = Desk::with_an_operational_card(20_260_005);
    let (mut one, mut other) = (desk.connect(), desk.connect());
    let before = desk.signatures();

    // A command in between, however harmless.
    assert_eq!(send(&one, SELECT), Ok(0x9000));
    assert_eq!(send(&one, &verify()), Ok(0x9000));
    assert_eq!(send(&other, GET_STATUS), Ok(0x9000));
    assert_eq!(send(&one, &sign()), Ok(0x6982));

    // A reset in between, which the first program is told of.
    assert_eq!(send(&one, &verify()), Ok(0x9000));
    connect_again(&mut other, Disposition::ResetCard);
    assert_eq!(send(&one, &sign()), Err(Error::ResetCard));
    connect_again(&mut one, Disposition::LeaveCard);
    assert_eq!(send(&one, &sign()), Ok(0x6D00));
    assert_eq!(send(&one, SELECT), Ok(0x9000));
    assert_eq!(send(&one, &sign()), Ok(0x6982));

    // The card pulled and put back in between.
    assert_eq!(send(&one, &verify()), Ok(0x9000));
    desk.card.remove().unwrap();
    wait_for(&desk.reader, false, WAIT).unwrap();
    assert!(send(&one, &sign()).is_err());
    desk.card.insert().unwrap();
    wait_for(&desk.reader, true, WAIT).unwrap();
    let again = desk.connect();
    assert_eq!(send(&again, SELECT), Ok(0x9000));
    assert_eq!(send(&again, &sign()), Ok(0x6982));

    assert_eq!(desk.signatures(), before);
    desk.card.remove().unwrap();
    wait_for(&desk.reader, false, WAIT).unwrap();
}

#[test]
fn a_transaction_keeps_the_other_program_out_until_it_ends() {
    let desk = Desk::with_an_operational_card(20_260_006);
    let mut one = desk.connect();
    let other = desk.connect();
    let before = desk.signatures();
    let (tell, told) = mpsc::channel();
    std::thread::scope(|scope| {
        let other = &other;
        scope.spawn(move || {
            told.recv().unwrap();
            // Waits for the end of the transaction.
            assert_eq!(send(other, GET_STATUS), Ok(0x9000));
            assert_eq!(send(other, &sign()), Ok(0x6982));
        });
        let transaction = one.transaction().unwrap();
        assert_eq!(send(&transaction, SELECT), Ok(0x9000));
        assert_eq!(send(&transaction, &verify()), Ok(0x9000));
        tell.send(()).unwrap();
        // Time for the other program to try; it must come too late however long it has.
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(send(&transaction, &sign()), Ok(0x9000));
        let ended = transaction.end(Disposition::LeaveCard);
        assert!(ended.is_ok());
    });
    assert_eq!(desk.signatures(), before + 1);
    desk.card.remove().unwrap();
    wait_for(&desk.reader, false, WAIT).unwrap();
}
