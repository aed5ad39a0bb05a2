//! The state file of a simulated card.

use sello_simulator::{STATE_FILE_VERSION, SimulatedCard};
use sello_wire::Channel;
use sha2::{Digest, Sha256};

/// What a file begins with.
const MAGIC: &[u8; 10] = b"SELLOCARD\0";

/// A file that is understood is a card that answers, and is written again as it was; the others are
/// refused.
pub fn run(data: &[u8]) {
    open(data);
    // The checksum keeps damage out; what a file says under a right one is looked at too.
    for version in 1..=STATE_FILE_VERSION {
        let mut repaired = MAGIC.to_vec();
        repaired.extend_from_slice(&version.to_be_bytes());
        repaired.extend_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes());
        repaired.extend_from_slice(data);
        let checksum = Sha256::digest(&repaired);
        repaired.extend_from_slice(&checksum);
        open(&repaired);
    }
}

/// The records of a file.
fn records(bytes: &[u8]) -> &[u8] {
    &bytes[MAGIC.len() + 2..bytes.len() - 32]
}

fn open(bytes: &[u8]) {
    let Ok(mut card) = SimulatedCard::from_state(bytes) else {
        return;
    };
    // It is written in the newest version.
    let state = card.state();
    assert_eq!(records(&state), records(bytes));
    let mut buffer = [0; 4096];
    for command in [
        &[0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08][..],
        &[0x80, 0xF2, 0x00, 0x00, 0x00],
        &[0x00, 0xF7, 0x00, 0x9C, 0x00],
        &[0x00, 0xF7, 0x00, 0x9B, 0x00],
        &[0x80, 0xE4, 0x00, 0x9C, 0x00],
        &[0x80, 0xB2, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00],
        &[
            0x00, 0xCB, 0x3F, 0xFF, 0x05, 0x5C, 0x03, 0x5F, 0xC1, 0x02, 0x00,
        ],
        &[0x80, 0x50, 0x00, 0x00, 0x08, 1, 2, 3, 4, 5, 6, 7, 8, 0x00],
    ] {
        let answer = card.transmit(command, &mut buffer).unwrap();
        assert!(answer.len() >= 2);
    }
    // A power-on reads the memory again: it is the same card.
    card.reset().unwrap();
    assert_eq!(*card.state(), *state);
}
