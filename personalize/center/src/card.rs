//! A card as the center reaches it: through a station's relay, and once the channel is open by wrapped
//! commands only.

mod channel;
mod command;
mod object;
mod status;

pub(crate) use channel::{Keys, NoChannel};
pub(crate) use command::{Given, padded};
pub(crate) use object::{Identity, certificate_object, objects};
pub(crate) use status::Found;

use sello_issuing::station::{CardFault, CardLost, Mark, Relay, Step};
use sello_scp03::{LARGEST_OVERHEAD, Software, host};
use sello_wire::apdu::{EXTENDED_RESPONSE, SHORT_DATA, SHORT_RESPONSE};
use sello_wire::{Command, Instruction, Response, Status};
use zeroize::Zeroizing;

/// A command before it is wrapped.
#[derive(Clone, Copy)]
pub(crate) struct Plain<'a> {
    pub(crate) instruction: Instruction,
    pub(crate) p1: u8,
    pub(crate) p2: u8,
    pub(crate) data: &'a [u8],
    /// Whether the answer may be longer than 256 bytes.
    pub(crate) long: bool,
}

/// What a card answered.
pub(crate) struct Answer {
    pub(crate) data: Zeroizing<Vec<u8>>,
    pub(crate) status: Status,
}

/// The card in a station's reader.
pub(crate) struct Card<'r> {
    relay: &'r mut dyn Relay,
    channel: Option<host::Session>,
}

impl<'r> Card<'r> {
    pub(crate) fn new(relay: &'r mut dyn Relay) -> Self {
        Self {
            relay,
            channel: None,
        }
    }

    /// Tells the station how far the center is.
    pub(crate) fn progress(&mut self, step: Step, mark: Mark) {
        self.relay.progress(step, mark);
    }

    /// Sends a command, wrapped when the channel is open, and gives its plain answer.
    fn send(&mut self, plain: Plain<'_>) -> Result<Answer, CardFault> {
        let command = Command {
            cla: plain.instruction.cla(),
            ins: plain.instruction.ins(),
            p1: plain.p1,
            p2: plain.p2,
            data: plain.data,
            expected: match plain.long {
                true => EXTENDED_RESPONSE,
                false => SHORT_RESPONSE,
            },
            extended: plain.data.len() > SHORT_DATA || plain.long,
        };
        match self.channel.take() {
            None => self.transmit(&command),
            Some(session) => self.send_wrapped(session, &command),
        }
    }

    /// A session that refuses an answer is not put back: nothing more goes through it.
    fn send_wrapped(
        &mut self,
        mut session: host::Session,
        command: &Command<'_>,
    ) -> Result<Answer, CardFault> {
        let mut buffer = Zeroizing::new(vec![0; command.data.len() + LARGEST_OVERHEAD]);
        let wrapped = session
            .wrap(&mut Software, command, &mut buffer)
            .map_err(|_| CardFault::Channel)?;
        let Answer { mut data, status } = self.transmit(&wrapped)?;
        let length = session
            .unwrap_response(&mut Software, &mut data, status)
            .map_err(|_| CardFault::Channel)?
            .len();
        data.truncate(length);
        self.channel = Some(session);
        Ok(Answer { data, status })
    }

    fn transmit(&mut self, command: &Command<'_>) -> Result<Answer, CardFault> {
        let malformed = CardFault::Malformed {
            class: command.cla,
            instruction: command.ins,
        };
        let mut bytes = Zeroizing::new(vec![0; command.encoded_length()]);
        let encoded = command.encode(&mut bytes).map_err(|_| malformed)?;
        let answer = self
            .relay
            .transmit(encoded)
            .map_err(|CardLost| CardFault::Lost)?;
        let answer = Zeroizing::new(answer);
        let response = Response::parse(&answer).map_err(|_| malformed)?;
        Ok(Answer {
            data: Zeroizing::new(response.data.to_vec()),
            status: response.status,
        })
    }

    /// As [`Self::send`], for a command that has to succeed.
    fn must(&mut self, plain: Plain<'_>) -> Result<Zeroizing<Vec<u8>>, CardFault> {
        let answer = self.send(plain)?;
        if answer.status == Status::OK {
            Ok(answer.data)
        } else {
            Err(refused(plain.instruction, answer.status))
        }
    }
}

/// The fault for a status word other than `9000`.
fn refused(instruction: Instruction, status: Status) -> CardFault {
    CardFault::Status {
        class: instruction.cla(),
        instruction: instruction.ins(),
        status: status.0,
    }
}

/// The fault for an answer of another form.
fn malformed(instruction: Instruction) -> CardFault {
    CardFault::Malformed {
        class: instruction.cla(),
        instruction: instruction.ins(),
    }
}
