//! A dialogue, recorded command by command.

use sello_conformance::run::Bench;
use sello_conformance::{Dialogue, Start, run};
use sello_simulator::{CardError, SimulatedCard};
use sello_wire::Channel;

use crate::oracle::status;

const SERIAL: u32 = 20_260_004;

/// Random numbers that no command of a dialogue gets.
pub(crate) const APART: usize = 1 << 32;

#[derive(Clone, Debug)]
pub(crate) enum Event {
    Reset,
    Command { bytes: Vec<u8>, status: u16 },
}

impl Event {
    pub(crate) const fn status(&self) -> Option<u16> {
        match self {
            Self::Reset => None,
            Self::Command { status, .. } => Some(*status),
        }
    }
}

/// A card whose commands are written down.
struct Recorder {
    card: SimulatedCard,
    events: Vec<Event>,
    /// Commands that prepare the card, and are none of the dialogue.
    skipped: usize,
    sent: usize,
}

impl Channel for Recorder {
    type Error = CardError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], CardError> {
        // Place by place of what is recorded; what prepares the card comes apart.
        let place = match self.sent.checked_sub(self.skipped) {
            Some(_) => self.events.len(),
            None => 2 * APART + self.sent,
        };
        self.card.faults().fix_random(seed(place));
        self.sent += 1;
        let answer = self.card.transmit(command, response)?;
        if self.sent > self.skipped {
            self.events.push(Event::Command {
                bytes: command.to_vec(),
                status: status(answer),
            });
        }
        Ok(answer)
    }
}

/// What fixes the random numbers of a command.
pub(crate) fn seed(place: usize) -> u64 {
    u64::try_from(place).unwrap()
}

impl Recorder {
    fn play(card: &[u8], dialogue: &Dialogue, skipped: usize) -> Result<Self, String> {
        let mut recorder = Self {
            card: SimulatedCard::from_state(card).unwrap(),
            events: Vec::new(),
            skipped,
            sent: 0,
        };
        let bench = Bench {
            reset: |recorder: &mut &mut Self| {
                recorder.events.push(Event::Reset);
                recorder.card.reset()
            },
            state: |_| None,
        };
        match run(dialogue, &mut recorder, &bench) {
            Ok(()) => Ok(recorder),
            Err(failure) => Err(failure.to_string()),
        }
    }
}

/// A dialogue as it went, from a prepared card with PIV selected.
pub(crate) struct Recording {
    pub(crate) state: Vec<u8>,
    pub(crate) events: Vec<Event>,
}

pub(crate) fn record(dialogue: &Dialogue) -> Result<Recording, String> {
    let made = match dialogue.start {
        Start::Piv => SimulatedCard::piv(SERIAL),
        _ => SimulatedCard::blank(SERIAL),
    };
    let made = made.unwrap().state();
    let mut bare = dialogue.clone();
    bare.steps.clear();
    let prepared = Recorder::play(&made, &bare, usize::MAX)?;
    let whole = Recorder::play(&made, dialogue, prepared.sent)?;
    Ok(Recording {
        state: prepared.card.state().to_vec(),
        events: whole.events,
    })
}
