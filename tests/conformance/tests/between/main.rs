//! Reset, removal and a second client at every point between two commands of every dialogue.
//!
//! Each dialogue is recorded command by command, parts of chains, GET RESPONSE and what opens a channel
//! included. Then it is played again for each point between two of them and each thing that can happen
//! there, and goes on with the commands that were recorded, whatever the card answers now. A watcher
//! ([`oracle`]) knows which rights were won again, and the card must not do what needs another one; what
//! happened in between changes nothing that lasts. Random numbers are the same at the same command, so
//! that a channel can be opened again by what was recorded.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod lasting;
mod oracle;
mod recording;

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sello_conformance::{Dialogue, dialogues};
use sello_simulator::SimulatedCard;
use sello_wire::Channel;

use lasting::Lasting;
use oracle::{Exchange, Oracle, is_success, status};
use recording::{APART, Event, Recording, record, seed};

const SELECT: &[u8] = &[0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8, 0];
const SELECT_OTHER: &[u8] = &[0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 0, 1, 0];
const GET_STATUS: &[u8] = &[0x80, 0xF2, 0, 0, 0];
const PIN_STATUS: &[u8] = &[0, 0x20, 0, 0x80];
const PUT_DATA: &[u8] = &[0, 0xDB, 0x3F, 0xFF, 7, 0x5C, 3, 0x5F, 0xC1, 0x06, 0x53, 0];

fn sign() -> Vec<u8> {
    let head = [0, 0x87, 0x11, 0x9C, 38, 0x7C, 36, 0x82, 0, 0x81, 32];
    [&head[..], &[0x5A; 32], &[0]].concat()
}

/// A card, watched.
struct Watched {
    card: SimulatedCard,
    oracle: Oracle,
    state: Vec<u8>,
    lasting: Lasting,
}

impl Watched {
    fn with_piv_selected(state: &[u8]) -> Self {
        let mut card = SimulatedCard::from_state(state).unwrap();
        card.transmit(SELECT, &mut [0; 258]).unwrap();
        Self {
            card,
            oracle: Oracle::default(),
            state: state.to_vec(),
            lasting: Lasting::of(state),
        }
    }

    fn send(&mut self, place: usize, command: &[u8]) -> Result<u16, String> {
        self.card.faults().fix_random(seed(place));
        let mut buffer = vec![0; 4096];
        let answer = self.card.transmit(command, &mut buffer);
        let response = answer.map_err(|error| error.to_string())?;
        let state = self.card.state();
        let after = if *state == self.state {
            self.lasting.clone()
        } else {
            self.state = state.to_vec();
            Lasting::of(&self.state)
        };
        let exchange = Exchange {
            command,
            response,
            before: &self.lasting,
            after: &after,
        };
        let watched = self.oracle.watch(&exchange);
        let told = watched.map_err(|why| {
            let beginning = hex::encode_upper(&command[..command.len().min(8)]);
            format!("{beginning}: {why}")
        });
        self.lasting = after;
        told.map(|()| status(response))
    }

    fn play(&mut self, place: usize, event: &Event) -> Result<Option<u16>, String> {
        match event {
            Event::Reset => {
                self.card.reset().unwrap();
                self.oracle.session_ends();
                Ok(None)
            }
            Event::Command { bytes, .. } => self.send(place, bytes).map(Some),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interruption {
    Reset,
    Removal,
    OtherApplication,
    OtherApplicationProbed,
    SelectAgain,
    Status,
}

impl Interruption {
    const ALL: [Self; 6] = [
        Self::Reset,
        Self::Removal,
        Self::OtherApplication,
        Self::OtherApplicationProbed,
        Self::SelectAgain,
        Self::Status,
    ];

    const fn ends_session(self) -> bool {
        !matches!(self, Self::SelectAgain | Self::Status)
    }

    /// Whether the rights are tried before the dialogue goes on. Trying ends a chain, which would hide
    /// that the interruption has.
    const fn is_probed(self) -> bool {
        matches!(self, Self::Removal | Self::OtherApplicationProbed)
    }

    fn happen(self, watched: &mut Watched) -> Result<(), String> {
        let command = match self {
            Self::Reset => {
                watched.card.reset().unwrap();
                SELECT
            }
            Self::Removal => {
                watched.card.remove();
                let gone = watched.card.transmit(SELECT, &mut [0; 258]).is_err();
                assert!(gone, "a card that was pulled answers");
                watched.card.insert().unwrap();
                SELECT
            }
            Self::OtherApplication | Self::OtherApplicationProbed => SELECT_OTHER,
            Self::SelectAgain => SELECT,
            Self::Status => GET_STATUS,
        };
        if matches!(self, Self::Reset | Self::Removal) {
            watched.oracle.session_ends();
        }
        let before = watched.state.clone();
        watched.send(APART, command)?;
        if watched.state == before {
            Ok(())
        } else {
            Err("what happened in between changed the memory".into())
        }
    }
}

/// What came out.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    points: usize,
    interruptions: usize,
    commands: usize,
    as_recorded: usize,
    refused_now: usize,
    accepted_now: usize,
    chains: usize,
    answers: usize,
    right_before: usize,
    pins: usize,
    management: usize,
    channels: usize,
    batches: usize,
}

impl Tally {
    fn counts(&mut self) -> [&mut usize; 13] {
        [
            &mut self.points,
            &mut self.interruptions,
            &mut self.commands,
            &mut self.as_recorded,
            &mut self.refused_now,
            &mut self.accepted_now,
            &mut self.chains,
            &mut self.answers,
            &mut self.right_before,
            &mut self.pins,
            &mut self.management,
            &mut self.channels,
            &mut self.batches,
        ]
    }

    fn add(&mut self, mut other: Self) {
        for (sum, more) in self.counts().into_iter().zip(other.counts()) {
            *sum += *more;
        }
    }
}

/// Tries every right that was held before, and those that nobody had.
fn probe(
    watched: &mut Watched,
    held: &Oracle,
    rest: &[Event],
    tally: &mut Tally,
) -> Result<(), String> {
    let before = watched.state.clone();
    let refused = |watched: &mut Watched, command: &[u8]| {
        let status = watched.send(APART, command)?;
        let shown = hex::encode_upper(&command[..4]);
        match is_success(status) {
            true => Err(format!("probe {shown}: {status:04X}")),
            false => Ok(()),
        }
    };
    refused(watched, PIN_STATUS)?;
    refused(watched, PUT_DATA)?;
    // The watcher knows whether a key needs no PIN; its signature is in the journal all the same.
    let signs = watched.lasting.policy(0x9C) == Some(1);
    if !signs {
        refused(watched, &sign())?;
    }
    let next = |wanted: fn(&[u8]) -> bool| {
        rest.iter().find_map(|event| match event {
            Event::Command { bytes, .. } if wanted(bytes) => Some(bytes),
            _ => None,
        })
    };
    if let Some(leaf) = next(|bytes| bytes[..2] == [0x80, 0x87]) {
        refused(watched, leaf)?;
        tally.batches += usize::from(held.batch_allowed());
    }
    let wrapped = next(|b| b.len() > 3 && b[0] & 0x14 == 0x04 && b[0] & 0x60 == 0 && b[1] != 0x82);
    if let Some(wrapped) = wrapped {
        refused(watched, wrapped)?;
        tally.channels += usize::from(held.channel);
    }
    tally.pins += usize::from(held.pin);
    tally.management += usize::from(held.managed);
    match watched.state == before {
        true => Ok(()),
        false => Err("a refused probe changed the memory".into()),
    }
}

fn interrupt(
    recording: &Recording,
    point: usize,
    interruption: Interruption,
) -> Result<Tally, String> {
    let (before, rest) = recording.events.split_at(point);
    let mut watched = Watched::with_piv_selected(&recording.state);
    for (place, event) in before.iter().enumerate() {
        let now = watched.play(place, event)?;
        let then = event.status();
        if now != then {
            return Err(format!("not as recorded: {now:04X?}, {then:04X?}"));
        }
    }
    let held = watched.oracle.clone();
    let mut tally = Tally {
        interruptions: 1,
        ..Tally::default()
    };
    interruption.happen(&mut watched)?;
    if interruption.is_probed() {
        probe(&mut watched, &held, rest, &mut tally)?;
    }
    for (place, event) in rest.iter().enumerate() {
        let now = watched.play(point + place, event)?;
        let (Some(now), Some(then), Event::Command { bytes, .. }) = (now, event.status(), event)
        else {
            continue;
        };
        if place == 0 {
            first_after(&held, interruption, bytes, (then, now), &mut tally)?;
        }
        tally.commands += 1;
        tally.as_recorded += usize::from(now == then);
        tally.refused_now += usize::from(is_success(then) && !is_success(now));
        tally.accepted_now += usize::from(!is_success(then) && is_success(now));
    }
    Ok(tally)
}

/// The command right after what happened in between: it finds no chain, no answer that waits, no PIN
/// given right before.
fn first_after(
    held: &Oracle,
    interruption: Interruption,
    command: &[u8],
    (then, now): (u16, u16),
    tally: &mut Tally,
) -> Result<(), String> {
    let beginning = command.first_chunk::<4>().copied().unwrap_or_default();
    let [cla, ins, ..] = beginning;
    if ins == 0xC0 {
        tally.answers += usize::from(is_success(then));
        if is_success(now) {
            return Err("GET RESPONSE gave what was dropped".into());
        }
    }
    let chain = held
        .chain
        .filter(|(header, brought)| *header == beginning && *brought);
    if chain.is_some() && cla & 0x10 == 0 {
        tally.chains += usize::from(is_success(then));
        if is_success(now) {
            return Err("the end of a chain was taken for the whole".into());
        }
    }
    if held.pin_right_before && ins == 0x87 && is_success(then) && !is_success(now) {
        tally.right_before += usize::from(!interruption.ends_session());
    }
    Ok(())
}

fn interrupt_everywhere(dialogue: &Dialogue) -> Result<Tally, String> {
    let recording = record(dialogue)?;
    let mut tally = Tally::default();
    for point in 0..=recording.events.len() {
        tally.points += 1;
        for interruption in Interruption::ALL {
            let outcome = interrupt(&recording, point, interruption);
            let outcome = outcome.map_err(|why| format!("{interruption:?} at {point}: {why}"));
            tally.add(outcome?);
        }
    }
    Ok(tally)
}

#[test]
fn no_right_and_no_half_command_outlasts_what_happens_in_between() {
    let dialogues = dialogues().unwrap();
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Tally::default());
    let failures = Mutex::new(Vec::new());
    let work = || {
        while let Some((name, dialogue)) = dialogues.get(next.fetch_add(1, Ordering::Relaxed)) {
            match interrupt_everywhere(dialogue) {
                Ok(tally) => total.lock().unwrap().add(tally),
                Err(why) => failures.lock().unwrap().push(format!("{name}: {why}")),
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let total = total.into_inner().unwrap();
    // Past the test harness, which shows what is printed only of a failed test.
    writeln!(
        std::io::stderr(),
        "between two commands: {} dialogues, {} points, {} interruptions, {} commands after them: {} \
         answered as without, {} refused that were not, {} accepted that were refused, each with rights won \
         again; lost and refused when tried: PIN {}, management key {}, channel {}, batch {}; broken off: {} \
         chains, {} answers, {} PINs given right before",
        dialogues.len(),
        total.points,
        total.interruptions,
        total.commands,
        total.as_recorded,
        total.refused_now,
        total.accepted_now,
        total.pins,
        total.management,
        total.channels,
        total.batches,
        total.chains,
        total.answers,
        total.right_before,
    )
    .unwrap();
    assert!(total.clone().counts().into_iter().all(|count| *count > 0));
}
