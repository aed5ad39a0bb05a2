//! Power cut at every commit of the personalization and of the PIN dialogues.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::path::Path;

use sello_conformance::personalization::{
    self, Authority, DELIVERED_AFTER, KEYS_MADE_AFTER, PIN, PUK, TRANSPORT_PIN, actions,
    perform_from,
};
use sello_conformance::{Terminal, TerminalError};
use sello_simulator::{CardError, CutMoment, SimulatedCard};
use sello_wire::LifeCycle;
use sello_wire::tag::status;

const WRONG_PIN: [u8; 8] = *b"000000\xFF\xFF";
const WRONG_PUK: [u8; 8] = *b"00000000";

fn is_cut<T>(outcome: &Result<T, TerminalError<CardError>>) -> bool {
    matches!(outcome, Err(TerminalError::Channel(CardError::PowerCut)))
}

/// The card after the cut, as a new process finds it: from its file, or from its RAM.
fn power_again(terminal: Terminal<SimulatedCard>, file: Option<&Path>) -> Terminal<SimulatedCard> {
    let mut card = terminal.channel;
    match file {
        None => {
            card.power_on().unwrap();
            Terminal::new(card)
        }
        Some(path) => {
            drop(card);
            Terminal::new(SimulatedCard::open(path).unwrap())
        }
    }
}

/// Cuts every action of the personalization at its first commit, and from what is left finishes the
/// card: once by doing the action again, once from a clean restart.
fn cut_every_action(file: Option<&Path>) {
    for (index, action) in actions().iter().enumerate() {
        for moment in CutMoment::ALL {
            let card = match file {
                None => SimulatedCard::blank(1).unwrap(),
                Some(path) => {
                    let _ = std::fs::remove_file(path);
                    SimulatedCard::create(path).unwrap()
                }
            };
            let mut terminal = Terminal::new(card);
            personalization::perform(&mut terminal, index).unwrap();
            let before = terminal.channel.state();
            terminal.channel.faults().cut_power_at(1, moment);
            let outcome = action.perform(&mut terminal);
            assert!(is_cut(&outcome), "{}: {outcome:?}", action.name);

            let mut terminal = power_again(terminal, file);
            let after = terminal.channel.state();
            let replaced = moment == CutMoment::AfterReplacing;
            assert_eq!(*after != *before, replaced, "{} {moment:?}", action.name);
            finish(&mut terminal, index, replaced);
        }
    }
}

/// Brings a card that was cut in action `index` to its end.
fn finish(terminal: &mut Terminal<SimulatedCard>, index: usize, replaced: bool) {
    terminal.select().unwrap();
    let first = match life_cycle(terminal) {
        LifeCycle::Blank if index == 0 && !replaced => 0,
        // A clean restart, once the card has keys of its own.
        LifeCycle::Blank | LifeCycle::Personalizing => 1,
        // Delivered: only its PIN was to be changed.
        _ => DELIVERED_AFTER,
    };
    if first == DELIVERED_AFTER {
        for pin in [TRANSPORT_PIN, PIN] {
            let reply = terminal.send([0, 0x20, 0, 0x80], &pin).unwrap();
            if reply.status.0 == 0x9000 {
                return;
            }
        }
        panic!("neither PIN works after action {index}");
    }
    perform_from(terminal, first, usize::MAX).unwrap();
    assert_eq!(life_cycle(terminal), LifeCycle::Operational);
}

fn life_cycle(terminal: &mut Terminal<SimulatedCard>) -> LifeCycle {
    let field = terminal.status_field(status::LIFE_CYCLE).unwrap();
    LifeCycle::from_byte(field[0]).unwrap()
}

#[test]
fn personalization_survives_a_cut_at_every_action_in_memory() {
    cut_every_action(None);
}

#[test]
fn personalization_survives_a_cut_at_every_action_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    cut_every_action(Some(&folder.path().join("card")));
}

#[test]
fn every_action_but_the_pins_is_one_commit() {
    let mut terminal = Terminal::new(SimulatedCard::blank(1).unwrap());
    for (index, action) in actions().iter().enumerate() {
        perform_from(&mut terminal, index, index).unwrap();
        terminal.channel.faults().clear();
        action.perform(&mut terminal).unwrap();
        let pin = ["CHANGE", "VERIFY"]
            .iter()
            .any(|w| action.name.starts_with(w));
        let commits = terminal.channel.faults().commits();
        assert_eq!(commits, if pin { 2 } else { 1 }, "{}", action.name);
    }
}

/// Tries left of PIN and PUK.
fn tries(terminal: &mut Terminal<SimulatedCard>) -> (u8, u8) {
    let pin = terminal.status_field(status::PIN_TRIES).unwrap()[0];
    let puk = terminal.status_field(status::PUK_TRIES).unwrap()[0];
    (pin, puk)
}

/// A PIN command, and whether its reference data is right.
type Dialogue = ([u8; 4], Vec<u8>, bool);

fn pin_dialogues() -> Vec<Dialogue> {
    let verify = [0, 0x20, 0, 0x80];
    let change_pin = [0, 0x24, 0, 0x80];
    let change_puk = [0, 0x24, 0, 0x81];
    let unblock = [0, 0x2C, 0, 0x80];
    vec![
        (verify, PIN.to_vec(), true),
        (verify, WRONG_PIN.to_vec(), false),
        (change_pin, [PIN, TRANSPORT_PIN].concat(), true),
        (change_pin, [WRONG_PIN, TRANSPORT_PIN].concat(), false),
        (change_puk, [PUK, WRONG_PUK].concat(), true),
        (change_puk, [WRONG_PUK, PUK].concat(), false),
        (unblock, [PUK, TRANSPORT_PIN].concat(), true),
        (unblock, [WRONG_PUK, TRANSPORT_PIN].concat(), false),
    ]
}

#[test]
fn no_cut_gives_a_try_back() {
    for (header, data, right) in pin_dialogues() {
        let about_puk = header[1] == 0x2C || header[3] == 0x81;
        let commits = if right { 2 } else { 1 };
        for commit in 1..=commits {
            for moment in CutMoment::ALL {
                let mut terminal = Terminal::new(SimulatedCard::blank(1).unwrap());
                personalization::perform(&mut terminal, usize::MAX).unwrap();
                terminal.channel.faults().cut_power_at(commit, moment);
                let outcome = terminal.send(header, &data);
                assert!(is_cut(&outcome), "{header:02X?} {moment:?}: {outcome:?}");

                let mut terminal = power_again(terminal, None);
                terminal.select().unwrap();
                let (pin, puk) = tries(&mut terminal);
                let counted = if about_puk { puk } else { pin };
                let other = if about_puk { pin } else { puk };
                // Before the first commit nothing was compared; after the second one it was right.
                let replaced = moment == CutMoment::AfterReplacing;
                let compared = (commit == 1 && replaced) || (commit == 2 && !replaced);
                assert_eq!(
                    counted,
                    if compared { 2 } else { 3 },
                    "{header:02X?} {moment:?}"
                );
                assert_eq!(other, 3);
            }
        }
    }
}

#[test]
fn cutting_every_guess_blocks_the_pin_all_the_same() {
    let mut terminal = Terminal::new(SimulatedCard::blank(1).unwrap());
    personalization::perform(&mut terminal, usize::MAX).unwrap();
    for _ in 0..3 {
        terminal
            .channel
            .faults()
            .cut_power_at(1, CutMoment::AfterReplacing);
        assert!(is_cut(&terminal.send([0, 0x20, 0, 0x80], &WRONG_PIN)));
        terminal = power_again(terminal, None);
        terminal.select().unwrap();
    }
    let reply = terminal.send([0, 0x20, 0, 0x80], &PIN).unwrap();
    assert_eq!(reply.status.0, 0x6983);
}

#[test]
fn a_cut_possession_signature_is_not_given_twice() {
    let mut terminal = Terminal::new(SimulatedCard::blank(1).unwrap());
    personalization::perform(&mut terminal, KEYS_MADE_AFTER).unwrap();
    let possession = &actions()[KEYS_MADE_AFTER];
    assert_eq!(possession.name, "possession signature");
    terminal
        .channel
        .faults()
        .cut_power_at(1, CutMoment::AfterReplacing);
    assert!(is_cut(&possession.perform(&mut terminal)));
    let mut terminal = power_again(terminal, None);
    personalization::open(&mut terminal, Authority::Own).unwrap();
    let refused = possession.perform(&mut terminal);
    assert!(matches!(
        refused,
        Err(TerminalError::Refused { status, .. }) if status.0 == 0x6985
    ));
}
