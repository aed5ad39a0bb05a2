//! Command chaining, both ways.

use sello_wire::apdu::{Command, SHORT_DATA};
use sello_wire::chain::{Assembler, Step, split};
use sello_wire::instruction::CLA_CHAINING;

/// Small, so that it overflows.
const ROOM: usize = 600;

/// What is split is put together again, whatever was received before; and any commands leave the
/// assembler with what a plain reading of them says.
pub fn run(data: &[u8]) {
    let mut assembler = Assembler::<ROOM>::new();
    arbitrary(&mut assembler, data);
    whole(&mut assembler, data);
}

/// Commands as the bytes say: header, length, data.
fn arbitrary(assembler: &mut Assembler<ROOM>, mut data: &[u8]) {
    let mut open: Option<([u8; 4], Vec<u8>)> = None;
    while let Some((&[flags, ins, length], rest)) = data.split_first_chunk() {
        let (part, rest) = rest.split_at(usize::from(length).min(rest.len()));
        data = rest;
        let command = command(flags & CLA_CHAINING, ins & 3, part);
        let header = [0, ins & 3, 0, 0];
        let continues = open.as_ref().is_some_and(|(other, _)| *other == header);
        assert_eq!(assembler.is_continued_by(&command), continues);
        let mut expected = match open.take() {
            Some((_, received)) if continues => received,
            _ => Vec::new(),
        };
        expected.extend_from_slice(part);
        let more = flags & CLA_CHAINING != 0;
        match assembler.push(&command) {
            Ok(step) => {
                assert_eq!(step == Step::More, more);
                assert_eq!(assembler.data(), expected);
                if more {
                    open = Some((header, expected));
                }
            }
            Err(_) => {
                assert!(expected.len() > ROOM);
                assert!(assembler.data().is_empty());
            }
        }
        assert_eq!(assembler.is_open(), open.is_some());
        if !more {
            assembler.clear();
        }
    }
}

fn whole(assembler: &mut Assembler<ROOM>, data: &[u8]) {
    let long = command(0, 9, data);
    let parts = split(&long).collect::<Vec<_>>();
    for (index, part) in parts.iter().enumerate() {
        assert!(part.data.len() <= SHORT_DATA && !part.is_extended());
        let last = index + 1 == parts.len();
        match assembler.push(part) {
            Ok(step) => assert_eq!(step == Step::Whole, last),
            Err(_) => {
                assert!(data.len() > ROOM);
                return;
            }
        }
    }
    assert_eq!(assembler.data(), data);
    assembler.clear();
    assert!(assembler.data().is_empty() && !assembler.is_open());
}

const fn command(cla: u8, ins: u8, data: &[u8]) -> Command<'_> {
    Command {
        cla,
        ins,
        p1: 0,
        p2: 0,
        data,
        expected: 0,
        extended: false,
    }
}
