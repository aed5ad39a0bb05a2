//! What may happen to the answers of a card.

use std::collections::VecDeque;

use sello_card::TransportError;

/// The instruction that signs (SP 800-73-5 part 2, 3.2.4).
const GENERAL_AUTHENTICATE: u8 = 0x87;

/// What happens to one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A byte is changed.
    Byte { at: u16, xor: u8 },
    /// It ends early.
    Cut { length: u16 },
    /// Bytes come before its status word.
    Longer { count: u16, byte: u8 },
    /// It has another status word.
    Status([u8; 2]),
    /// Something else comes.
    Garbage(Vec<u8>),
    /// The answer before comes once more.
    Late,
    /// No answer comes; the command may have been carried out.
    Lost {
        /// What the reader says.
        error: TransportError,
        /// Whether the card did it.
        executed: bool,
    },
    /// The card in the other reader answers, and it does from now on.
    OtherCard,
    /// The card in the other reader answers this once.
    OtherAnswer,
}

impl Fault {
    /// What the reader may say in place of an answer.
    pub(crate) fn lost(kind: u8, executed: bool) -> Self {
        let error = match kind % 5 {
            0 => TransportError::Removed,
            1 => TransportError::Reset,
            2 => TransportError::Sharing,
            3 => TransportError::NoService,
            _ => TransportError::Other {
                reason: "a reader with a bad contact".to_owned(),
            },
        };
        Self::Lost { error, executed }
    }
}

/// The faults to come, and what came of those before.
#[derive(Default)]
pub(crate) struct Tampering {
    /// After so many good answers, this so many times.
    plan: VecDeque<(u16, Fault, u16)>,
    last: Vec<u8>,
    /// The last answer to a command that signs, as delivered, and whether the card gave it so.
    pub(crate) signature: Option<(Vec<u8>, bool)>,
}

impl Tampering {
    /// After `after` more good answers, `fault` happens `times` times.
    pub(crate) fn plan(&mut self, after: u16, fault: Fault, times: u16) {
        self.plan.push_back((after, fault, times));
    }

    /// The fault of the next answer.
    pub(super) fn next(&mut self) -> Option<Fault> {
        let (after, fault, times) = self.plan.front_mut()?;
        if *after > 0 {
            *after -= 1;
            return None;
        }
        let fault = fault.clone();
        *times = times.saturating_sub(1);
        if *times == 0 {
            self.plan.pop_front();
        }
        Some(fault)
    }

    /// What is delivered.
    pub(super) fn answer(
        &mut self,
        fault: Option<Fault>,
        command: &[u8],
        true_answer: Vec<u8>,
        other: Option<Vec<u8>>,
    ) -> Vec<u8> {
        let mut answer = true_answer.clone();
        match fault {
            None | Some(Fault::Lost { .. } | Fault::OtherCard) => {}
            Some(Fault::Byte { at, xor }) => {
                let length = answer.len().max(1);
                if let Some(byte) = answer.get_mut(usize::from(at) % length) {
                    *byte ^= xor;
                }
            }
            Some(Fault::Cut { length }) => answer.truncate(usize::from(length)),
            Some(Fault::Longer { count, byte }) => {
                let end = answer.len().saturating_sub(2);
                let more = vec![byte; usize::from(count)];
                answer.splice(end..end, more);
            }
            Some(Fault::Status(status)) => {
                answer.truncate(answer.len().saturating_sub(2));
                answer.extend(status);
            }
            Some(Fault::Garbage(bytes)) => answer = bytes,
            Some(Fault::Late) => answer = self.last.clone(),
            Some(Fault::OtherAnswer) => answer = other.unwrap_or_default(),
        }
        if command.get(1) == Some(&GENERAL_AUTHENTICATE) {
            self.signature = Some((answer.clone(), answer == true_answer));
        }
        self.last = true_answer;
        answer
    }
}
