//! One command there, one answer back, whatever form the transport needs: short or extended length,
//! command chaining, GET RESPONSE, a corrected Le.

use sello_wire::apdu::{EXTENDED_RESPONSE, SHORT_DATA, SHORT_RESPONSE};
use sello_wire::instruction::CLA_SECURE;
use sello_wire::{Command, Instruction, Response, Status, chain};
use zeroize::Zeroizing;

use crate::atr;
use crate::error::{CardError, TransportError};
use crate::reader::CardConnection;

/// Longest answer put together from GET RESPONSE, in bytes: far above any object of a PIV card.
const LONGEST_ANSWER: usize = 0x1_0000;

/// Most parts of such an answer: each but the last may be full. A card that sends it byte by byte would keep
/// its host busy for a quarter of an hour.
const MOST_PARTS: usize = LONGEST_ANSWER / SHORT_RESPONSE + 1;

/// How much answer data a command may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// None: no Le is sent.
    Nothing,
    /// Up to 256 bytes; more comes by GET RESPONSE.
    Short,
    /// An object of any length: extended Le where the card takes it.
    Long,
}

/// A command before its transport form is chosen.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) instruction: Instruction,
    /// Whether somebody else wrapped it for the secure channel.
    pub(crate) wrapped: bool,
    pub(crate) p1: u8,
    pub(crate) p2: u8,
    pub(crate) data: &'a [u8],
    pub(crate) expect: Expect,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) data: Vec<u8>,
    pub(crate) status: Status,
}

/// Whether the card and its reader take extended length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extended {
    /// Not tried yet.
    Untried,
    /// It has worked.
    Yes,
    /// The ATR rules it out, or it has failed.
    No,
}

/// The connection with what is known of its transport.
pub(crate) struct Exchange {
    connection: Box<dyn CardConnection>,
    extended: Extended,
    buffer: Vec<u8>,
}

impl Exchange {
    pub(crate) fn new(connection: Box<dyn CardConnection>) -> Self {
        let extended = if atr::offers_t1(connection.atr()) {
            Extended::Untried
        } else {
            Extended::No
        };
        Self {
            connection,
            extended,
            buffer: vec![0; EXTENDED_RESPONSE + 2],
        }
    }

    pub(crate) fn connection(&mut self) -> &mut dyn CardConnection {
        &mut *self.connection
    }

    pub(crate) fn atr(&self) -> &[u8] {
        self.connection.atr()
    }

    /// Whether a short answer comes with its command; with T=0 it has to be fetched.
    pub(crate) fn answers_at_once(&self) -> bool {
        atr::offers_t1(self.connection.atr())
    }

    /// Carries a command and collects its whole answer.
    pub(crate) fn send(&mut self, request: &Request<'_>) -> Result<Answer, CardError> {
        let wants_extended = request.data.len() > SHORT_DATA || request.expect == Expect::Long;
        if wants_extended && self.extended != Extended::No {
            match self.send_extended(request) {
                Err(CardError::Transport(TransportError::Other { .. }))
                    if self.extended == Extended::Untried => {}
                Ok(answer)
                    if self.extended == Extended::Untried
                        && answer.status == Status::WRONG_LENGTH => {}
                Ok(answer) => {
                    self.extended = Extended::Yes;
                    return Ok(answer);
                }
                Err(error) => return Err(error),
            }
            self.extended = Extended::No;
        }
        self.send_chained(request)
    }

    /// Extended commands are written by the vocabulary crate: the `apdu` crate writes their lengths
    /// little-endian.
    fn send_extended(&mut self, request: &Request<'_>) -> Result<Answer, CardError> {
        let command = Command {
            extended: true,
            expected: match request.expect {
                Expect::Nothing => 0,
                Expect::Short => SHORT_RESPONSE,
                Expect::Long => EXTENDED_RESPONSE,
            },
            ..short(request)
        };
        let mut bytes = Zeroizing::new(vec![0; command.encoded_length()]);
        let length = command
            .encode(&mut bytes)
            .map_err(|_| CardError::Malformed {
                instruction: request.instruction,
            })?
            .len();
        let first = self.transmit(request.instruction, bytes.get(..length).unwrap_or_default())?;
        self.collect(request.instruction, first)
    }

    fn send_chained(&mut self, request: &Request<'_>) -> Result<Answer, CardError> {
        let mut parts = chain::split(&short(request)).peekable();
        while let Some(part) = parts.next() {
            let answer = self.transmit(request.instruction, &encode_short(&part))?;
            if parts.peek().is_none() {
                let answer = self.correct_length(request.instruction, &part, answer)?;
                return self.collect(request.instruction, answer);
            }
            if answer.status != Status::OK {
                return Ok(answer);
            }
        }
        Err(CardError::Malformed {
            instruction: request.instruction,
        })
    }

    /// Sends a command once more when `6Cxx` named the right Le (ISO/IEC 7816-4, 5.6). A command that
    /// sent no Le is not repeated: `6Cxx` makes no sense there, and a PIN sent twice is two tries.
    fn correct_length(
        &mut self,
        instruction: Instruction,
        command: &Command<'_>,
        answer: Answer,
    ) -> Result<Answer, CardError> {
        match answer.status.right_length() {
            Some(expected) if command.expected > 0 => {
                let command = Command {
                    expected,
                    ..*command
                };
                self.transmit(instruction, &encode_short(&command))
            }
            _ => Ok(answer),
        }
    }

    /// Fetches what `61xx` announces, bounded, each time at least one byte.
    fn collect(
        &mut self,
        instruction: Instruction,
        mut answer: Answer,
    ) -> Result<Answer, CardError> {
        let mut parts = 0;
        while let Some(expected) = answer.status.remaining() {
            let command = Command {
                cla: Instruction::GetResponse.cla(),
                ins: Instruction::GetResponse.ins(),
                p1: 0,
                p2: 0,
                data: &[],
                expected,
                extended: false,
            };
            let next = self.transmit(instruction, &encode_short(&command))?;
            let next = self.correct_length(instruction, &command, next)?;
            if next.data.is_empty() && next.status.remaining().is_some() {
                return Err(CardError::Malformed { instruction });
            }
            answer.data.extend_from_slice(&next.data);
            answer.status = next.status;
            parts += 1;
            if answer.data.len() > LONGEST_ANSWER || parts == MOST_PARTS {
                return Err(CardError::AnswerTooLong { instruction });
            }
        }
        Ok(answer)
    }

    fn transmit(&mut self, instruction: Instruction, bytes: &[u8]) -> Result<Answer, CardError> {
        let raw = self.connection.transmit(bytes, &mut self.buffer)?;
        let response = Response::parse(raw).map_err(|_| CardError::Malformed { instruction })?;
        Ok(Answer {
            data: response.data.to_vec(),
            status: response.status,
        })
    }
}

fn short<'a>(request: &Request<'a>) -> Command<'a> {
    Command {
        cla: match request.wrapped {
            true => request.instruction.cla() | CLA_SECURE,
            false => request.instruction.cla(),
        },
        ins: request.instruction.ins(),
        p1: request.p1,
        p2: request.p2,
        data: request.data,
        expected: match request.expect {
            Expect::Nothing => 0,
            Expect::Short | Expect::Long => SHORT_RESPONSE,
        },
        extended: false,
    }
}

/// Writes a short command; wiped after use, since it may carry a PIN.
fn encode_short(command: &Command<'_>) -> Zeroizing<Vec<u8>> {
    let short = apdu::Command {
        cla: command.cla,
        ins: command.ins,
        p1: command.p1,
        p2: command.p2,
        le: u16::try_from(command.expected).ok().filter(|le| *le != 0),
        payload: Some(command.data).filter(|data| !data.is_empty()),
    };
    let mut bytes = Zeroizing::new(vec![0; short.len()]);
    short.write(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;

    const GET: Request<'static> = Request {
        instruction: Instruction::GetData,
        wrapped: false,
        p1: 0x3F,
        p2: 0xFF,
        data: &[0x5C, 0x01, 0x7E],
        expect: Expect::Long,
    };
    /// An ATR that offers T=0 only.
    const T0: [u8; 3] = [0x3B, 0x00, 0x00];

    fn exchange(script: &Script) -> Exchange {
        Exchange::new(Box::new(script.clone()))
    }

    #[test]
    fn extended_length_is_kept_once_it_works() {
        let script = Script::new()
            .on("00CB3FFF 000003 5C017E 0000", "AABB 9000")
            .on("00CB3FFF 000003 5C017E 0000", "6700");
        let mut exchange = exchange(&script);
        assert_eq!(exchange.send(&GET).unwrap().data, [0xAA, 0xBB]);
        assert_eq!(exchange.send(&GET).unwrap().status, Status::WRONG_LENGTH);
        script.done();
    }

    #[test]
    fn short_length_takes_over_when_extended_is_refused() {
        let script = Script::new()
            .on("00CB3FFF 000003 5C017E 0000", "6700")
            .on("00CB3FFF 03 5C017E 00", "AA 6102")
            .on("00C00000 02", "BBCC 9000")
            .on("00CB3FFF 03 5C017E 00", "9000");
        let mut exchange = exchange(&script);
        assert_eq!(exchange.send(&GET).unwrap().data, [0xAA, 0xBB, 0xCC]);
        assert!(exchange.send(&GET).unwrap().data.is_empty());
        script.done();
    }

    #[test]
    fn short_length_takes_over_when_the_reader_cannot_carry_extended() {
        let cannot = TransportError::Other {
            reason: "buffer".to_owned(),
        };
        let script = Script::new()
            .fails("00CB3FFF 000003 5C017E 0000", cannot)
            .on("00CB3FFF 03 5C017E 00", "AA 9000");
        assert_eq!(exchange(&script).send(&GET).unwrap().data, [0xAA]);
        script.done();
    }

    #[test]
    fn a_removed_card_is_no_reason_to_try_again() {
        let script = Script::new().fails("00CB3FFF 000003 5C017E 0000", TransportError::Removed);
        let error = exchange(&script).send(&GET).err();
        assert_eq!(error, Some(CardError::Transport(TransportError::Removed)));
        script.done();
    }

    #[test]
    fn a_card_of_t0_gets_chains_and_a_corrected_le() {
        let data = [0x11; 256];
        let put = Request {
            instruction: Instruction::PutData,
            wrapped: false,
            p1: 0x3F,
            p2: 0xFF,
            data: &data,
            expect: Expect::Nothing,
        };
        let script = Script::new()
            .with_atr(&T0)
            .on(&format!("10DB3FFF FF {}", "11".repeat(255)), "9000")
            .on("00DB3FFF 01 11", "9000")
            .on("00CB3FFF 03 5C017E 00", "6C02")
            .on("00CB3FFF 03 5C017E 02", "AABB 9000");
        let mut exchange = exchange(&script);
        assert_eq!(exchange.send(&put).unwrap().status, Status::OK);
        assert_eq!(exchange.send(&GET).unwrap().data, [0xAA, 0xBB]);
        script.done();
    }

    #[test]
    fn what_asks_for_no_answer_is_never_sent_twice() {
        let verify = Request {
            instruction: Instruction::Verify,
            wrapped: false,
            p1: 0,
            p2: 0x80,
            data: b"123456\xFF\xFF",
            expect: Expect::Nothing,
        };
        let script = Script::new().on("00200080 08 313233343536FFFF", "6C01");
        let status = exchange(&script).send(&verify).unwrap().status;
        assert_eq!(status, Status(0x6C01));
        script.done();
    }

    #[test]
    fn a_chain_stops_where_it_is_refused() {
        let data = [0x11; 256];
        let put = Request {
            instruction: Instruction::PutData,
            data: &data,
            expect: Expect::Nothing,
            ..GET
        };
        let script = Script::new()
            .with_atr(&T0)
            .on(&format!("10DB3FFF FF {}", "11".repeat(255)), "6982");
        let status = exchange(&script).send(&put).unwrap().status;
        assert_eq!(status, Status::SECURITY_STATUS_NOT_SATISFIED);
        script.done();
    }

    #[test]
    fn an_answer_without_end_is_cut_off() {
        let empty = Script::new()
            .with_atr(&T0)
            .on("00CB3FFF 03 5C017E 00", "6101")
            .on("00C00000 01", "6101");
        let instruction = Instruction::GetData;
        let error = exchange(&empty).send(&GET).err();
        assert_eq!(error, Some(CardError::Malformed { instruction }));

        let part = format!("{} 6100", "00".repeat(256));
        let mut endless = Script::new()
            .with_atr(&T0)
            .on("00CB3FFF 03 5C017E 00", &part);
        for _ in 0..256 {
            endless = endless.on("00C00000 00", &part);
        }
        let error = exchange(&endless).send(&GET).err();
        assert_eq!(error, Some(CardError::AnswerTooLong { instruction }));

        let mut slow = Script::new()
            .with_atr(&T0)
            .on("00CB3FFF 03 5C017E 00", "AA 6101");
        for _ in 0..MOST_PARTS {
            slow = slow.on("00C00000 01", "AA 6101");
        }
        let error = exchange(&slow).send(&GET).err();
        assert_eq!(error, Some(CardError::AnswerTooLong { instruction }));
        slow.done();
    }

    #[test]
    fn an_answer_without_status_word_is_malformed() {
        let script = Script::new()
            .with_atr(&T0)
            .on("00CB3FFF 03 5C017E 00", "90");
        let instruction = Instruction::GetData;
        let error = exchange(&script).send(&GET).err();
        assert_eq!(error, Some(CardError::Malformed { instruction }));
    }
}
