//! The time a whole card is charged.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod common;

use std::time::{Duration, Instant};

use sello_simulator::{Line, Pace, SimulatedCard, Timing, TimingProfile};
use sello_wire::Channel;

const SELECT: &[u8] = &[0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8];

fn timed(line: Line, pace: Pace) -> SimulatedCard {
    let mut card = SimulatedCard::blank(9).unwrap();
    let profile = TimingProfile::find("j3r180").unwrap();
    card.set_timing(Timing {
        profile,
        line,
        pace,
    });
    card.reset().unwrap();
    card
}

fn send(card: &mut SimulatedCard, command: &[u8]) -> Vec<u8> {
    let mut buffer = [0; 258];
    card.transmit(command, &mut buffer).unwrap().to_vec()
}

#[test]
fn every_apdu_takes_its_bytes_and_the_overhead() {
    for (line, bits, frame, rate) in [
        (Line::Contact(9_600), 11, 8, 9_600),
        (Line::Contactless(424), 9, 6, 424_000),
    ] {
        let mut card = timed(line, Pace::Virtual);
        assert_eq!(card.clock(), Duration::ZERO);
        let first = SELECT.len() + send(&mut card, SELECT).len();
        let second = 5 + send(&mut card, &[0, 0xFD, 0, 0, 0]).len();
        let bits = (first + second + 2 * frame) * bits;
        let expected = Duration::from_secs(u64::try_from(bits).unwrap()) / rate;
        let expected = expected + 2 * Duration::from_millis(3);
        assert!(
            card.clock().abs_diff(expected) < Duration::from_micros(1),
            "{line}"
        );
    }
}

#[test]
fn a_commit_takes_memory_writes_and_cryptography_its_blocks() {
    let mut card = timed(Line::Contact(921_600), Pace::Virtual);
    let before = card.work();
    let mut bytes = 0;
    let put_key = common::put_key_through(|command| {
        let answer = send(&mut card, command);
        bytes += command.len() + answer.len() + 8;
        answer
    });
    bytes += put_key.len() + send(&mut card, &put_key).len() + 8;
    let after = card.work();
    // The register and the channel keys in one page with one mark, and zeros over the old register.
    assert_eq!(after.memory.programs - before.memory.programs, 3);
    assert!(after.aes_blocks > before.aes_blocks);
    assert_eq!(after.p256, before.p256);
    let profile = TimingProfile::find("j3r180").unwrap();
    let work = profile.work(&after) - profile.work(&before);
    let line = Duration::from_secs(u64::try_from(bytes * 11).unwrap()) / 921_600;
    let expected = work + line + 4 * Duration::from_millis(3);
    assert!(card.clock().abs_diff(expected) < Duration::from_micros(1));
}

/// However slow the machine is, the answer never comes before the real card's would.
#[test]
fn in_real_time_the_answer_comes_no_earlier_than_the_cards() {
    let mut card = timed(Line::Contact(9_600), Pace::Real);
    let begun = Instant::now();
    send(&mut card, SELECT);
    assert!(begun.elapsed() >= card.clock());
    assert!(card.clock() > Duration::from_millis(30));
}
