//! Every dialogue of `specs/vectors/card`, in-process and through pcscd.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::collections::BTreeSet;
use std::time::Duration;

use sello_conformance::dialogue::Action;
use sello_conformance::pcsc_channel::{PcscChannel, wait_for};
use sello_conformance::run::Bench;
use sello_conformance::{Dialogue, Start, dialogues, run};
use sello_flow::rack::Lease;
use sello_simulator::{SimulatedCard, VirtualReader, VpcdAddress};
use sello_wire::Instruction;

/// pcscd looks into its readers every few tenths of a second.
const WAIT: Duration = Duration::from_secs(10);

/// A card as made, of the profile the dialogue begins with.
fn card(dialogue: &Dialogue, serial: u32) -> SimulatedCard {
    match dialogue.start {
        Start::Piv => SimulatedCard::piv(serial),
        _ => SimulatedCard::blank(serial),
    }
    .unwrap()
}

#[test]
fn every_dialogue_goes_as_written_in_process() {
    let bench = Bench {
        reset: SimulatedCard::reset,
        state: |card| Some(card.state().to_vec()),
    };
    let mut failures = Vec::new();
    for (name, dialogue) in dialogues().unwrap() {
        let card = card(&dialogue, 20_260_001);
        if let Err(failure) = run(&dialogue, card, &bench) {
            failures.push(format!("{name}: {failure}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Beside the stack that `cargo xtask test` starts.
#[test]
fn every_dialogue_goes_as_written_through_pcscd() {
    let bench = Bench {
        reset: PcscChannel::reset,
        state: |_| None,
    };
    let lease = Lease::take().unwrap();
    let (reader, port) = (lease.reader().unwrap(), lease.port());
    let mut failures = Vec::new();
    for (name, dialogue) in dialogues().unwrap() {
        let card = card(&dialogue, 20_260_002);
        let virtual_reader = VirtualReader::start(VpcdAddress::local(port), card).unwrap();
        wait_for(&reader, true, WAIT).unwrap();
        let channel = PcscChannel::connect(&reader).unwrap();
        if let Err(failure) = run(&dialogue, channel, &bench) {
            failures.push(format!("{name}: {failure}"));
        }
        virtual_reader.remove().unwrap();
        wait_for(&reader, false, WAIT).unwrap();
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_instruction_is_accepted_somewhere() {
    let mut accepted = BTreeSet::new();
    for (_, dialogue) in dialogues().unwrap() {
        for pair in dialogue.steps.windows(2) {
            if matches!(pair[0].action, Action::Open(..)) {
                accepted.extend([(0x80, 0x50), (0x80, 0x82)]);
            }
            let (Action::Send(command) | Action::SendSecure(command), Action::Expect(answer)) =
                (&pair[0].action, &pair[1].action)
            else {
                continue;
            };
            if answer.ends_with_success() {
                let bytes = command.beginning();
                accepted.insert((bytes[0] & !0x14, bytes[1]));
            }
        }
    }
    for instruction in Instruction::ALL {
        let bytes = (instruction.cla(), instruction.ins());
        assert!(accepted.contains(&bytes), "{instruction:?}");
    }
}
