//! What lasts: no command panics, refused commands change nothing, faults are told.
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
use sello_conformance::personalization::{self, Authority, DELIVERED_AFTER, PIN, PUK};
use sello_conformance::{Reply, Terminal};
use sello_simulator::SimulatedCard;
use sello_wire::Instruction;
use sello_wire::apdu::Command;
use sello_wire::key::{Algorithm, FACTORY_MANAGEMENT_KEY};
use sello_wire::tag::status;

/// Commands that are nearly right, and some that are not.
fn command() -> impl Strategy<Value = Vec<u8>> {
    let known = (0..Instruction::ALL.len()).prop_map(|i| {
        let instruction = Instruction::ALL[i];
        [instruction.cla(), instruction.ins()]
    });
    let p2 = prop_oneof![
        Just(0x80_u8),
        Just(0x81),
        Just(0x9A),
        Just(0x9B),
        Just(0x9C),
        Just(0x82),
        Just(0x00),
        Just(0xFF),
        any::<u8>()
    ];
    let p1 = prop_oneof![
        Just(0x00_u8),
        Just(0x3F),
        Just(0x11),
        Just(0x0C),
        Just(0x0A),
        Just(0x03),
        Just(0x07),
        Just(0x04),
        Just(0xFF),
        any::<u8>()
    ];
    let data = prop_oneof![
        Just(vec![]),
        Just(PIN.to_vec()),
        Just([PIN, PIN].concat()),
        Just([PUK, PIN].concat()),
        Just(b"000000\xFF\xFF".to_vec()),
        Just(vec![0xA0, 0, 0, 3, 8]),
        Just(vec![0x5C, 3, 0x5F, 0xC1, 0x02]),
        Just(vec![0x5C, 3, 0x5F, 0xC1, 0x02, 0x53, 2, 1, 2]),
        Just(vec![0x7C, 2, 0x80, 0]),
        Just(vec![0x7C, 2, 0x81, 0]),
        Just(vec![0xAC, 3, 0x80, 1, 0x11]),
        Just([&[0x7C, 36, 0x82, 0, 0x81, 32][..], &[7; 32]].concat()),
        vec(any::<u8>(), 0..40),
    ];
    let usual = (known, any::<bool>(), p1, p2, data, any::<bool>()).prop_map(
        |([cla, ins], chained, p1, p2, data, le)| {
            let cla = if chained && ins & 1 == 1 {
                cla | 0x10
            } else {
                cla
            };
            let mut bytes = vec![cla, ins, p1, p2];
            if !data.is_empty() {
                bytes.push(u8::try_from(data.len()).unwrap());
                bytes.extend_from_slice(&data);
            }
            if le {
                bytes.push(0);
            }
            bytes
        },
    );
    prop_oneof![9 => usual, 1 => vec(any::<u8>(), 0..300)]
}

/// A card in one of its states, with or without a secure channel.
fn card(actions: usize, managed: bool) -> Terminal<SimulatedCard> {
    let mut terminal = Terminal::new(SimulatedCard::blank(5).unwrap());
    personalization::perform(&mut terminal, actions).unwrap();
    terminal.channel.reset().unwrap();
    terminal.select().unwrap();
    if managed {
        let authority = if actions == 0 {
            Authority::Factory
        } else {
            Authority::Own
        };
        personalization::open(&mut terminal, authority).unwrap();
    }
    terminal
}

/// A PIV token whose management key has been authenticated.
fn token() -> Terminal<SimulatedCard> {
    let mut terminal = Terminal::new(SimulatedCard::piv(5).unwrap());
    terminal.select().unwrap();
    terminal
        .authenticate(Algorithm::Aes192, &FACTORY_MANAGEMENT_KEY)
        .unwrap();
    terminal
}

/// Sends a command through the channel while one is open, or else as it is.
fn send(terminal: &mut Terminal<SimulatedCard>, secure: bool, command: &[u8]) -> Reply {
    let parsed = Command::parse(command).ok();
    let wrapped = parsed
        .filter(|_| secure)
        .and_then(|command| terminal.wrap(&command).ok())
        .and_then(|parts| terminal.exchange(&parts).ok());
    wrapped.unwrap_or_else(|| terminal.raw(command).unwrap())
}

/// Places of the retry counters in the state file: header (16), kind, name and length of the first
/// record (9), then five bytes, and of PIN, PUK and approver PIN each eight bytes of value, tries left
/// and in all.
const TRIES: [usize; 3] = [38, 48, 58];
const CHECKSUM: usize = 32;

/// The state without retry counters and checksum.
fn lasting(card: &SimulatedCard) -> Vec<u8> {
    let mut state = card.state().to_vec();
    state.truncate(state.len() - CHECKSUM);
    for place in TRIES {
        state[place] = 0;
    }
    state
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_dialogue_panics_and_refusals_change_nothing(
        actions in 0..=DELIVERED_AFTER + 2,
        plain_token: bool,
        managed: bool,
        commands in vec((any::<bool>(), command()), 1..30),
    ) {
        let mut terminal = if plain_token { token() } else { card(actions, managed) };
        for (secure, command) in &commands {
            let before = lasting(&terminal.channel);
            let Reply { status, .. } = send(&mut terminal, *secure, command);
            if !status.is_success() {
                prop_assert_eq!(&before, &lasting(&terminal.channel), "{:02X?} {}", command, status);
            }
        }
        // Whatever happened, the card starts again.
        terminal.channel.reset().unwrap();
        terminal.select().unwrap();
    }

    #[test]
    fn without_management_nothing_but_pins_changes(
        commands in vec(command(), 1..30),
    ) {
        let mut terminal = card(usize::MAX, false);
        let counter = terminal.status_field(status::WRITE_COUNTER).unwrap();
        for command in &commands {
            terminal.raw(command).unwrap();
        }
        terminal.channel.reset().unwrap();
        terminal.select().unwrap();
        prop_assert_eq!(counter, terminal.status_field(status::WRITE_COUNTER).unwrap());
    }
}

#[test]
fn the_retry_counters_lie_where_the_comparison_leaves_them_out() {
    let mut terminal = card(usize::MAX, false);
    let before = lasting(&terminal.channel);
    let whole = terminal.channel.state();
    terminal
        .send([0, 0x20, 0, 0x80], b"000000\xFF\xFF")
        .unwrap();
    assert_ne!(*whole, *terminal.channel.state());
    assert_eq!(before, lasting(&terminal.channel));
}

#[test]
fn without_random_numbers_nothing_is_made_and_nothing_changes() {
    let mut terminal = token();
    let before = terminal.channel.state();
    terminal.channel.faults().fail_random(true);
    let generate = ([0, 0x47, 0, 0x9C], vec![0xAC, 3, 0x80, 1, 0x11]);
    for (header, data) in [
        generate.clone(),
        ([0, 0x87, 0x0A, 0x9B], vec![0x7C, 2, 0x80, 0]),
        ([0, 0x87, 0x0A, 0x9B], vec![0x7C, 2, 0x81, 0]),
    ] {
        let reply = terminal.send(header, &data).unwrap();
        assert_eq!((reply.status.0, reply.data.len()), (0x6F00, 0));
    }
    assert_eq!(*before, *terminal.channel.state());
    terminal.channel.faults().fail_random(false);
    let made = terminal.send(generate.0, &generate.1);
    assert_eq!(made.unwrap().status.0, 0x9000);
}

#[test]
fn without_random_numbers_no_channel_is_opened() {
    let mut terminal = card(0, false);
    terminal.channel.faults().fail_random(true);
    let reply = terminal.send([0x80, 0x50, 0xFF, 0], &[7; 8]).unwrap();
    assert_eq!((reply.status.0, reply.data.len()), (0x6F00, 0));
}

/// A PUT DATA of 3,000 bytes to chunk `k` of the first seal.
fn chunk(k: u8) -> Vec<u8> {
    let mut data = vec![0x5C, 3, 0x5F, 0xE0, k, 0x53, 0x82, 0x0B, 0xB8];
    data.resize(data.len() + 3000, k);
    data
}

#[test]
fn a_full_memory_refuses_and_keeps_what_it_has() {
    let mut terminal = token();
    let header = [0, 0xDB, 0x3F, 0xFF];
    let mut written = 0;
    let refused = loop {
        let before = terminal.channel.state();
        let reply = terminal.send(header, &chunk(written)).unwrap();
        if reply.status.0 != 0x9000 {
            assert_eq!(*before, *terminal.channel.state());
            break reply.status.0;
        }
        written += 1;
    };
    assert_eq!(refused, 0x6A84);
    assert!(written >= 31, "96 KiB hold 31 such objects, not {written}");
    // What was there is still there, and there is room again after erasing.
    let read = terminal
        .send([0, 0xCB, 0x3F, 0xFF], &[0x5C, 3, 0x5F, 0xE0, 0])
        .unwrap();
    assert_eq!(read.data.len(), 256);
    let erased = terminal
        .send(header, &[0x5C, 3, 0x5F, 0xE0, 0, 0x53, 0])
        .unwrap();
    assert_eq!(erased.status.0, 0x9000);
    assert_eq!(
        terminal.send(header, &chunk(written)).unwrap().status.0,
        0x9000
    );
}

/// Not a dialogue: the virtual reader takes a single byte for an order.
#[test]
fn fewer_bytes_than_a_header_are_a_wrong_length() {
    let mut terminal = card(0, false);
    for command in [&[][..], &[0], &[0, 0xFD], &[0, 0xFD, 0]] {
        let reply = terminal.raw(command).unwrap();
        assert_eq!(reply.status.0, 0x6700, "{command:02X?}");
    }
}

#[test]
fn the_largest_object_goes_in_and_comes_out_by_chain_and_extended() {
    let mut terminal = token();
    let mut data = vec![
        0x5C, 3, 0x5F, 0xE0, 0, 0x53, 0x82, 0x0C, 0x0A, 0x80, 4, 0, 0, 0x0C, 0,
    ];
    data.extend_from_slice(&[0x81, 0x82, 0x0C, 0x00]);
    data.resize(data.len() + 3072, 0xC5);
    let command = Command {
        cla: 0,
        ins: 0xDB,
        p1: 0x3F,
        p2: 0xFF,
        data: &data,
        expected: 0,
        extended: false,
    };
    for part in sello_wire::chain::split(&command) {
        let mut buffer = [0; 300];
        let reply = terminal.raw(part.encode(&mut buffer).unwrap()).unwrap();
        assert_eq!(reply.status.0, 0x9000);
    }
    let read = [0, 0xCB, 0x3F, 0xFF, 0, 0, 5, 0x5C, 3, 0x5F, 0xE0, 0, 0, 0];
    let reply = terminal.raw(&read).unwrap();
    assert_eq!(reply.status.0, 0x9000);
    assert_eq!(reply.data, data[5..]);
}
