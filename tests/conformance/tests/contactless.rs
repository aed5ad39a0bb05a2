//! The PIN without contacts, as the card policy allows or forbids it (`specs/card.md`, 2.7).
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use sello_conformance::Terminal;
use sello_conformance::personalization::{self, Authority, KEYS_MADE_AFTER, PIN, PUK};
use sello_simulator::{Interface, SimulatedCard};

const DIGEST: [u8; 38] = {
    let mut data = [0x5A; 38];
    let [a, b, c, d, e, f, ..] = &mut data;
    (*a, *b, *c, *d, *e, *f) = (0x7C, 36, 0x82, 0, 0x81, 32);
    data
};
const VERIFY: [u8; 4] = [0, 0x20, 0, 0x80];
const SIGN: [u8; 4] = [0, 0x87, 0x11, 0x9C];

/// An operational card with this policy.
fn card(forbidden: bool) -> Terminal<SimulatedCard> {
    let mut terminal = Terminal::new(SimulatedCard::blank(5).unwrap());
    personalization::perform(&mut terminal, KEYS_MADE_AFTER).unwrap();
    let p1 = if forbidden { 0x10 } else { 0 };
    terminal
        .demand_secure("policy", [0x80, 0xE6, p1, 0], &[])
        .unwrap();
    personalization::perform_from(&mut terminal, KEYS_MADE_AFTER, usize::MAX).unwrap();
    terminal
}

fn hold_to(terminal: &mut Terminal<SimulatedCard>, interface: Interface) {
    terminal.channel.set_interface(interface);
    terminal.channel.reset().unwrap();
    terminal.select().unwrap();
}

fn status(terminal: &mut Terminal<SimulatedCard>, header: [u8; 4], data: &[u8]) -> u16 {
    terminal.send(header, data).unwrap().status.0
}

#[test]
fn a_card_that_forbids_it_takes_no_pin_without_contacts() {
    let mut terminal = card(true);
    hold_to(&mut terminal, Interface::Contactless);
    let before = terminal.channel.state();
    let pins = [
        (VERIFY, PIN.to_vec()),
        (VERIFY, b"000000\xFF\xFF".to_vec()),
        ([0, 0x24, 0, 0x80], [PIN, PIN].concat()),
        ([0, 0x24, 0, 0x81], [PUK, PUK].concat()),
        ([0, 0x2C, 0, 0x80], [PUK, PIN].concat()),
        ([0x80, 0x20, 0, 0x82], [&PIN[..], &[0x9C, 0, 1]].concat()),
        (SIGN, DIGEST.to_vec()),
    ];
    for (header, data) in &pins {
        assert_eq!(
            status(&mut terminal, *header, data),
            0x6982,
            "{header:02X?}"
        );
    }
    assert_eq!(*before, *terminal.channel.state());
    // The tries left are no secret, and the center's channel is as good here as anywhere.
    assert_eq!(status(&mut terminal, VERIFY, &[]), 0x63C3);
    personalization::open(&mut terminal, Authority::Own).unwrap();
    let verified = terminal.secure(VERIFY, &PIN).unwrap();
    assert_eq!(verified.status.0, 0x9000);
    assert_eq!(status(&mut terminal, SIGN, &DIGEST), 0x6982);

    hold_to(&mut terminal, Interface::Contact);
    assert_eq!(status(&mut terminal, VERIFY, &PIN), 0x9000);
    assert_eq!(status(&mut terminal, SIGN, &DIGEST), 0x9000);
}

#[test]
fn a_card_that_allows_it_stamps_without_contacts() {
    let mut terminal = card(false);
    hold_to(&mut terminal, Interface::Contactless);
    assert_eq!(status(&mut terminal, VERIFY, &PIN), 0x9000);
    assert_eq!(status(&mut terminal, SIGN, &DIGEST), 0x9000);
}
