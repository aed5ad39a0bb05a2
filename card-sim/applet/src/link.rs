//! The two ends of the line: class bytes in, long answers out (ISO/IEC 7816-4, 5.3.3 and 5.4.1).

use sello_wire::instruction::{CLA_CHAINING, Instruction, Unknown};
use sello_wire::object::LARGEST_CONTENT;
use sello_wire::status::Status;
use sello_wire::tlv::{self, Writer};
use zeroize::Zeroize;

use crate::platform::{Failure, Platform, Record};

/// Most data bytes of a command, chained or extended: the largest object with room for its headers.
pub const LARGEST_COMMAND_DATA: usize = LARGEST_CONTENT + 328;
/// The least bytes a response buffer must have: 256 of data and the status word.
pub const SMALLEST_RESPONSE_BUFFER: usize = 258;

const LONGEST_ANSWER: usize = LARGEST_COMMAND_DATA;
/// Secure messaging of ISO/IEC 7816-4 (`08`, `0C`); GlobalPlatform's own is `04`.
const ISO_SECURE_MESSAGING: u8 = 0x08;
const LOGICAL_CHANNEL: u8 = 0x03;

/// Finds the instruction of a command, class first.
///
/// # Errors
/// `6700` for fewer than two bytes, `6882` for secure messaging of another kind, `6881` for a logical channel other
/// than the basic one, `6E00` and `6D00` for an unknown class and instruction, `6884` for a chain of
/// an instruction that takes none.
pub(crate) fn instruction_of(command: &[u8]) -> Result<Instruction, Status> {
    let [cla, ins, ..] = *command else {
        return Err(Status::WRONG_LENGTH);
    };
    match cla {
        0x00..=0x1F | 0x80..=0x9F if cla & ISO_SECURE_MESSAGING != 0 => {
            return Err(Status::SECURE_MESSAGING_NOT_SUPPORTED);
        }
        0x00..=0x1F | 0x80..=0x9F if cla & LOGICAL_CHANNEL != 0 => {
            return Err(Status::CHANNEL_NOT_SUPPORTED);
        }
        0x40..=0x7F => return Err(Status::CHANNEL_NOT_SUPPORTED),
        _ => {}
    }
    let instruction = Instruction::from_bytes(cla, ins).map_err(|unknown| match unknown {
        Unknown::Class => Status::CLASS_NOT_SUPPORTED,
        Unknown::Instruction => Status::INSTRUCTION_NOT_SUPPORTED,
    })?;
    let may_chain = matches!(
        instruction,
        Instruction::GeneralAuthenticate
            | Instruction::PutData
            | Instruction::ImportKey
            | Instruction::SignInBatch
    );
    if cla & CLA_CHAINING != 0 && !may_chain {
        return Err(Status::CHAINING_NOT_SUPPORTED);
    }
    Ok(instruction)
}

/// Whether a PIN verified right before the first part of a chain is good for the whole: the parts belong
/// to one command.
pub(crate) const fn carries_pin_over(instruction: Instruction) -> bool {
    matches!(
        instruction,
        Instruction::GeneralAuthenticate | Instruction::SignInBatch
    )
}

/// An answer and how much of it the host has fetched.
pub(crate) struct Outgoing {
    buffer: [u8; LONGEST_ANSWER],
    length: usize,
    sent: usize,
    /// The status word after the last byte.
    status: Status,
}

impl Outgoing {
    pub(crate) const fn new() -> Self {
        Self {
            buffer: [0; LONGEST_ANSWER],
            length: 0,
            sent: 0,
            status: Status::OK,
        }
    }

    /// Forgets the answer.
    pub(crate) fn clear(&mut self) {
        if let Some(used) = self.buffer.get_mut(..self.length) {
            used.zeroize();
        }
        self.length = 0;
        self.sent = 0;
        self.status = Status::OK;
    }

    /// Wraps the answer in place; `wrap` gets the whole buffer, the length of the answer and its status
    /// word, and gives the new length.
    ///
    /// # Errors
    /// Those of `wrap`.
    pub(crate) fn secure(
        &mut self,
        status: Status,
        wrap: impl FnOnce(&mut [u8], usize, Status) -> Result<usize, Status>,
    ) -> Result<(), Status> {
        self.length = wrap(&mut self.buffer, self.length, status)?;
        self.status = status;
        Ok(())
    }

    /// Writes the answer.
    ///
    /// # Errors
    /// `6F00` when it does not fit, which no answer of this card does.
    pub(crate) fn write(
        &mut self,
        fill: impl FnOnce(&mut Writer<'_>) -> Result<(), tlv::Error>,
    ) -> Result<(), Status> {
        let mut writer = Writer::new(&mut self.buffer);
        fill(&mut writer).map_err(|_| Status::UNKNOWN_ERROR)?;
        self.length = writer.len();
        Ok(())
    }

    /// Makes a stored record the answer; whether there is such a record.
    ///
    /// # Errors
    /// What the platform reports.
    pub(crate) fn write_record<P: Platform>(
        &mut self,
        platform: &P,
        record: Record,
    ) -> Result<bool, Failure> {
        let found = platform.read(record, &mut self.buffer)?;
        self.length = found.unwrap_or_default();
        Ok(found.is_some())
    }

    /// Whether part of the answer waits for GET RESPONSE.
    pub(crate) const fn is_waiting(&self) -> bool {
        self.sent < self.length
    }

    /// Sends as much as the host asked for (`expected`; 0, no Le, counts as 256) and fits, then `9000`
    /// or `61XX`. Gives the length of the response.
    pub(crate) fn send(&mut self, expected: usize, response: &mut [u8]) -> usize {
        let expected = if expected == 0 { 256 } else { expected };
        let room = response.len().saturating_sub(2);
        let waiting = self.buffer.get(self.sent..self.length).unwrap_or_default();
        let count = waiting.len().min(expected).min(room);
        if let (Some(to), Some(from)) = (response.get_mut(..count), waiting.get(..count)) {
            to.copy_from_slice(from);
        }
        let left = waiting.len() - count;
        self.sent += count;
        let status = if left == 0 {
            let last = self.status;
            self.clear();
            last
        } else {
            Status::more_data(left)
        };
        count + put_status(status, response.get_mut(count..).unwrap_or_default())
    }
}

/// Writes a bare status word; gives its length, 0 when there is no room.
pub(crate) fn put_status(status: Status, response: &mut [u8]) -> usize {
    match response.first_chunk_mut::<2>() {
        Some(room) => {
            *room = status.to_bytes();
            room.len()
        }
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_told_apart() {
        let cases = [
            ([0x08, 0x20], Status::SECURE_MESSAGING_NOT_SUPPORTED),
            ([0x8C, 0xF2], Status::SECURE_MESSAGING_NOT_SUPPORTED),
            ([0x01, 0x20], Status::CHANNEL_NOT_SUPPORTED),
            ([0x81, 0xF2], Status::CHANNEL_NOT_SUPPORTED),
            ([0x40, 0x20], Status::CHANNEL_NOT_SUPPORTED),
            ([0x20, 0x20], Status::CLASS_NOT_SUPPORTED),
            ([0xA0, 0x20], Status::CLASS_NOT_SUPPORTED),
            ([0xFF, 0x20], Status::CLASS_NOT_SUPPORTED),
            ([0x00, 0x21], Status::INSTRUCTION_NOT_SUPPORTED),
            ([0x80, 0x22], Status::INSTRUCTION_NOT_SUPPORTED),
            ([0x10, 0x20], Status::CHAINING_NOT_SUPPORTED),
        ];
        for (command, status) in cases {
            assert_eq!(instruction_of(&command), Err(status), "{command:02X?}");
        }
        assert_eq!(instruction_of(&[0]), Err(Status::WRONG_LENGTH));
        assert_eq!(
            instruction_of(&[0x10, 0xDB]),
            Ok(Instruction::PutData),
            "a chain of PUT DATA"
        );
    }

    #[test]
    fn a_long_answer_leaves_in_pieces() {
        let mut outgoing = Outgoing::new();
        outgoing
            .write(|w| w.bytes(&[7; 600]).map(drop))
            .expect("it fits");
        let mut response = [0; 300];
        assert_eq!(outgoing.send(0, &mut response), 258);
        assert_eq!(response[256..258], [0x61, 0x00]);
        assert_eq!(outgoing.send(256, &mut response), 258);
        assert_eq!(response[256..258], [0x61, 88]);
        assert_eq!(outgoing.send(80, &mut response), 82);
        assert_eq!(response[80..82], [0x61, 8]);
        assert_eq!(outgoing.send(256, &mut response), 10);
        assert_eq!(response[8..10], [0x90, 0x00]);
        assert!(!outgoing.is_waiting());
    }
}
