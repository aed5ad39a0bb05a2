//! Command chaining (ISO/IEC 7816-4, 5.3.3), both ways.
//!
//! [`split`] is the host's half: one long command becomes short ones. [`Assembler`] is the card's.

use crate::apdu::{Command, SHORT_DATA};
use crate::instruction::CLA_CHAINING;
use crate::status::Status;

/// Splits a command into short commands of at most 255 data bytes, all but the last with the chaining
/// bit. A command that fits comes out as it is, in short form.
///
/// Ne is asked for in the last command only, 256 at most: the rest comes by GET RESPONSE.
pub fn split<'a>(command: &Command<'a>) -> impl Iterator<Item = Command<'a>> + use<'a> {
    let command = *command;
    let count = command.data.len().div_ceil(SHORT_DATA).max(1);
    (0..count).map(move |index| {
        let start = index * SHORT_DATA;
        let end = command.data.len().min(start + SHORT_DATA);
        let last = index + 1 == count;
        Command {
            cla: if last {
                command.cla
            } else {
                command.cla | CLA_CHAINING
            },
            data: command.data.get(start..end).unwrap_or_default(),
            expected: if last { command.expected.min(256) } else { 0 },
            extended: false,
            ..command
        }
    })
}

/// What all commands of a chain have in common: class (without the chaining bit), INS, P1 and P2.
const fn header(command: &Command<'_>) -> [u8; 4] {
    [
        command.cla & !CLA_CHAINING,
        command.ins,
        command.p1,
        command.p2,
    ]
}

/// Puts the commands of a chain together in a buffer of `N` bytes. It has no `Debug`, since what was
/// received may be a PIN.
pub struct Assembler<const N: usize> {
    buffer: [u8; N],
    length: usize,
    /// The header of the chain being received.
    open: Option<[u8; 4]>,
}

/// What a command of a chain led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// More commands follow; the card answers `9000` and does nothing yet.
    More,
    /// The command is whole; [`Assembler::data`] holds its data.
    Whole,
}

impl<const N: usize> Assembler<N> {
    /// An empty assembler.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            buffer: [0; N],
            length: 0,
            open: None,
        }
    }

    /// Takes the next command.
    ///
    /// A command that does not continue the open chain (other instruction or parameters) ends the
    /// chain and is taken as a new one: what was received of the old one is forgotten.
    ///
    /// # Errors
    /// `6700` when the data of the chain is longer than the buffer; the chain is forgotten.
    pub fn push(&mut self, command: &Command<'_>) -> Result<Step, Status> {
        if !self.is_continued_by(command) {
            self.clear();
        }
        let end = self.length.saturating_add(command.data.len());
        let Some(room) = self.buffer.get_mut(self.length..end) else {
            self.clear();
            return Err(Status::WRONG_LENGTH);
        };
        room.copy_from_slice(command.data);
        self.length = end;
        if command.cla & CLA_CHAINING == 0 {
            self.open = None;
            Ok(Step::Whole)
        } else {
            self.open = Some(header(command));
            Ok(Step::More)
        }
    }

    /// Whether the command is the next part of the open chain.
    #[must_use]
    pub fn is_continued_by(&self, command: &Command<'_>) -> bool {
        self.open == Some(header(command))
    }

    /// The data received so far.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    /// The data received so far, to be decrypted in place.
    pub fn data_mut(&mut self) -> &mut [u8] {
        self.buffer.get_mut(..self.length).unwrap_or_default()
    }

    /// Forgets everything and overwrites what was received, which may have been a PIN.
    pub fn clear(&mut self) {
        if let Some(used) = self.buffer.get_mut(..self.length) {
            used.fill(0);
        }
        self.length = 0;
        self.open = None;
    }

    /// Whether a chain has begun and is not whole yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open.is_some()
    }
}

impl<const N: usize> Default for Assembler<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn command(data: &[u8]) -> Command<'_> {
        Command {
            cla: 0,
            ins: 0xDB,
            p1: 0x3F,
            p2: 0xFF,
            data,
            expected: 0,
            extended: false,
        }
    }

    #[test]
    fn another_command_ends_the_chain() {
        let mut assembler = Assembler::<16>::new();
        let mut first = command(&[1, 2, 3]);
        first.cla = CLA_CHAINING;
        assert_eq!(assembler.push(&first), Ok(Step::More));
        assert!(assembler.is_open());
        assert!(assembler.is_continued_by(&command(&[4])));
        let mut other = command(&[9]);
        other.ins = 0x20;
        assert!(!assembler.is_continued_by(&other));
        assert_eq!(assembler.push(&other), Ok(Step::Whole));
        assert_eq!(assembler.data(), &[9]);
    }

    #[test]
    fn too_much_data_is_refused_and_forgotten() {
        let mut assembler = Assembler::<4>::new();
        let mut part = command(&[1, 2, 3]);
        part.cla = CLA_CHAINING;
        assert_eq!(assembler.push(&part), Ok(Step::More));
        assert_eq!(assembler.push(&part), Err(Status::WRONG_LENGTH));
        assert!(!assembler.is_open());
        assert!(assembler.data().is_empty());
    }

    proptest! {
        #[test]
        fn what_is_split_is_put_together(data in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let mut assembler = Assembler::<2048>::new();
            let parts = split(&command(&data)).collect::<std::vec::Vec<_>>();
            for (index, part) in parts.iter().enumerate() {
                prop_assert!(part.data.len() <= SHORT_DATA);
                let step = assembler.push(part).unwrap();
                prop_assert_eq!(step == Step::Whole, index + 1 == parts.len());
                if step == Step::Whole {
                    prop_assert_eq!(assembler.data(), &data[..]);
                }
            }
        }
    }

    extern crate std;
}
