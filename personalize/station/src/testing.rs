//! A reader and a center that follow a script. The real ones meet in `tests/flow`; the center makes a card
//! of rules in its own tests.

use std::sync::{Arc, Mutex, MutexGuard};

use sello_card::{CardConnection, CardSession, TransportError};
use sello_issuing::station::{
    CardFault, CenterLink, Mark, Outcome, Refusal, Relay, Run, Start, Step, Whose,
};
use sello_wire::{Channel, Command, Instruction, aid};

pub(crate) const APPLICATION: &str = "A-000001";

/// A reader with a card that answers every wrapped command with its instruction byte.
#[derive(Clone)]
pub(crate) struct Reader(Arc<Mutex<Inside>>);

struct Inside {
    /// Answer to GET STATUS; none for a card of another make.
    status: Option<Vec<u8>>,
    /// Wrapped commands, put together.
    seen: Vec<Vec<u8>>,
    /// Commands that the card still gets.
    left: usize,
}

impl Reader {
    pub(crate) fn with_card(serial: u32, life_cycle: u8) -> Self {
        let mut status = vec![0xE0, 30, 0x80, 1, life_cycle];
        status.extend([0x81, 1, 0, 0x82, 2, 3, 3, 0x83, 2, 3, 3, 0x84, 4]);
        status.extend(serial.to_be_bytes());
        status.extend([0x85, 4, 0, 0, 0, 1, 0x86, 2, 2, 0]);
        Self::new(Some(status))
    }

    pub(crate) fn with_foreign_card() -> Self {
        Self::new(None)
    }

    fn new(status: Option<Vec<u8>>) -> Self {
        Self(Arc::new(Mutex::new(Inside {
            status,
            seen: Vec::new(),
            left: usize::MAX,
        })))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap()
    }

    pub(crate) fn insert(&self) -> CardSession {
        CardSession::open(Box::new(self.clone())).unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Vec<u8>> {
        self.inside().seen.clone()
    }

    /// Pulls the card after so many more commands.
    pub(crate) fn tear_after(&self, commands: usize) {
        self.inside().left = commands;
    }
}

impl Inside {
    fn answer(&mut self, bytes: &[u8]) -> Vec<u8> {
        let command = Command::parse(bytes).unwrap();
        let status = match Instruction::from_bytes(command.cla, command.ins) {
            Ok(Instruction::Select) => return vec![0x61, 2, 0x4F, 0, 0x90, 0],
            Ok(Instruction::GetStatus) => match &self.status {
                Some(status) => return [&status[..], &[0x90, 0]].concat(),
                None => [0x6D, 0],
            },
            Ok(_) if command.cla & 0x04 != 0 => {
                self.seen.push(bytes.to_vec());
                return vec![command.ins, 0x90, 0];
            }
            _ => [0x6D, 0],
        };
        status.to_vec()
    }
}

impl Channel for Reader {
    type Error = TransportError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], TransportError> {
        let mut inside = self.inside();
        inside.left = inside.left.checked_sub(1).ok_or(TransportError::Removed)?;
        let answer = inside.answer(command);
        let room = &mut response[..answer.len()];
        room.copy_from_slice(&answer);
        Ok(room)
    }
}

impl CardConnection for Reader {
    fn begin_exclusive(&mut self) -> Result<(), TransportError> {
        Ok(())
    }

    fn end_exclusive(&mut self) -> Result<(), TransportError> {
        Ok(())
    }

    fn atr(&self) -> &[u8] {
        &aid::ATR
    }
}

/// Sends what it was told to, or refuses.
pub(crate) struct ScriptedCenter {
    commands: Vec<Vec<u8>>,
    refusal: Option<Refusal>,
    pub(crate) answers: Vec<Vec<u8>>,
    pub(crate) asked: bool,
}

impl ScriptedCenter {
    pub(crate) fn sending(commands: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self {
            commands: commands.into_iter().collect(),
            refusal: None,
            answers: Vec::new(),
            asked: false,
        }
    }

    pub(crate) fn refusing(refusal: Refusal) -> Self {
        Self {
            refusal: Some(refusal),
            ..Self::sending([])
        }
    }
}

impl CenterLink for ScriptedCenter {
    fn personalize(
        &mut self,
        application: &str,
        relay: &mut dyn Relay,
    ) -> Result<Outcome, Refusal> {
        assert_eq!(application, APPLICATION);
        self.asked = true;
        if let Some(refusal) = self.refusal.clone() {
            return Err(refusal);
        }
        let step = Step::TakeCard;
        relay.progress(step, Mark::Begun);
        for command in &self.commands {
            let answer = relay.transmit(command).map_err(|_| Refusal::Card {
                step: Some(step),
                fault: CardFault::Lost,
            })?;
            self.answers.push(answer);
        }
        relay.progress(step, Mark::Done);
        Ok(Outcome {
            run: Run("R-1".into()),
            serial: [0, 0xBC, 0x61, 0x4E],
            start: Start::Fresh,
        })
    }
    fn unblock(
        &mut self,
        application: &str,
        _: Whose,
        relay: &mut dyn Relay,
    ) -> Result<[u8; 4], Refusal> {
        self.personalize(application, relay).map(|made| made.serial)
    }

    fn terminate(&mut self, application: &str, relay: &mut dyn Relay) -> Result<[u8; 4], Refusal> {
        self.personalize(application, relay).map(|made| made.serial)
    }
}
