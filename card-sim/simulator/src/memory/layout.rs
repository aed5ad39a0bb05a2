//! The bytes of the log.
//!
//! ```text
//! area        = area mark ‖ transactions
//! area mark   = "SLOG" ‖ 01 ‖ 00 00 00 ‖ generation (4) ‖ CRC (4)
//! transaction = entries ‖ commit mark
//! entry       = A5 ‖ kind (1) ‖ 00 00 ‖ name (4) ‖ length (4) ‖ CRC (4), then the bytes of the record,
//!               filled with FF to whole units; length FFFFFFFF: the record is erased
//! commit mark = C3 ‖ 00 00 00 ‖ units of the transaction before the mark (4) ‖ CRC of these (4) ‖ CRC (4)
//! ```
//!
//! Every mark and every head of an entry is one unit of 16 bytes and ends with the CRC-32 (ISO-HDLC) of
//! its own bytes before it. Numbers are big-endian; kind and name are those of the state file.

use super::flash::UNIT;

const AREA: &[u8; 5] = b"SLOG\x01";
const ENTRY: u8 = 0xA5;
const COMMIT: u8 = 0xC3;
const ERASURE: u32 = u32::MAX;

/// One unit of flash.
pub(super) type Unit = [u8; UNIT];

/// What a unit at the place of a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// The first unit of an area in use.
    Area {
        /// Of two areas the one of the later generation counts.
        generation: u32,
    },
    /// The head of an entry.
    Entry {
        kind: u8,
        name: u32,
        /// Bytes that follow, or `None` when the record is erased.
        length: Option<u32>,
    },
    /// The end of a transaction.
    Commit { units: u32, crc: u32 },
}

impl Mark {
    pub(super) fn encode(self) -> Unit {
        let (head, one, two): ([u8; 4], u32, u32) = match self {
            Self::Area { generation } => {
                let [a, b, c, d, version] = *AREA;
                (
                    [a, b, c, d],
                    u32::from_be_bytes([version, 0, 0, 0]),
                    generation,
                )
            }
            Self::Entry { kind, name, length } => {
                ([ENTRY, kind, 0, 0], name, length.unwrap_or(ERASURE))
            }
            Self::Commit { units, crc } => ([COMMIT, 0, 0, 0], units, crc),
        };
        let mut unit = [0; UNIT];
        let parts = head
            .into_iter()
            .chain(one.to_be_bytes())
            .chain(two.to_be_bytes());
        for (to, from) in unit.iter_mut().zip(parts) {
            *to = from;
        }
        let (body, crc) = unit.split_at_mut(UNIT - 4);
        crc.copy_from_slice(&crc32fast::hash(body).to_be_bytes());
        unit
    }

    /// `None` when the unit is no mark, or a torn one.
    pub(super) fn decode(unit: &[u8]) -> Option<Self> {
        let (body, crc) = unit.split_last_chunk::<4>()?;
        if unit.len() != UNIT || crc32fast::hash(body) != u32::from_be_bytes(*crc) {
            return None;
        }
        let (head, rest) = body.split_first_chunk::<4>()?;
        let (one, rest) = rest.split_first_chunk::<4>()?;
        let one = u32::from_be_bytes(*one);
        let two = u32::from_be_bytes(*rest.first_chunk::<4>()?);
        let mark = match *head {
            [ENTRY, kind, 0, 0] => Self::Entry {
                kind,
                name: one,
                length: (two != ERASURE).then_some(two),
            },
            [COMMIT, 0, 0, 0] => Self::Commit {
                units: one,
                crc: two,
            },
            _ if body.starts_with(AREA) => Self::Area { generation: two },
            _ => return None,
        };
        (mark.encode() == unit).then_some(mark)
    }
}

/// Bytes of the entry of a record with this many bytes, its head included.
pub(super) const fn entry_length(content: usize) -> usize {
    content.next_multiple_of(UNIT).saturating_add(UNIT)
}

/// Appends an entry.
pub(super) fn push_entry(
    to: &mut Vec<u8>,
    (kind, name): (u8, u32),
    content: Option<&[u8]>,
) -> Option<()> {
    let length = match content {
        None => None,
        Some(content) => Some(u32::try_from(content.len()).ok()?),
    };
    to.extend_from_slice(&Mark::Entry { kind, name, length }.encode());
    let content = content.unwrap_or_default();
    to.extend_from_slice(content);
    to.resize(to.len().next_multiple_of(UNIT), 0xFF);
    Some(())
}

/// The mark that makes the entries count.
pub(super) fn commit_mark(entries: &[u8]) -> Option<Unit> {
    let units = u32::try_from(entries.len() / UNIT).ok()?;
    let crc = crc32fast::hash(entries);
    Some(Mark::Commit { units, crc }.encode())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_back_and_every_flipped_bit_is_noticed() {
        let marks = [
            Mark::Area { generation: 7 },
            Mark::Entry {
                kind: 3,
                name: 0x005F_C102,
                length: Some(3072),
            },
            Mark::Entry {
                kind: 2,
                name: 0x9C,
                length: None,
            },
            Mark::Commit { units: 5, crc: 99 },
        ];
        for mark in marks {
            let unit = mark.encode();
            assert_eq!(Mark::decode(&unit), Some(mark));
            for bit in 0..UNIT * 8 {
                let mut flipped = unit;
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(Mark::decode(&flipped), None, "{mark:?} bit {bit}");
            }
        }
    }

    #[test]
    fn erased_zeroed_and_short_units_are_no_marks() {
        for unit in [[0xFF; UNIT], [0; UNIT]] {
            assert_eq!(Mark::decode(&unit), None);
        }
        let unit = Mark::Area { generation: 1 }.encode();
        assert_eq!(Mark::decode(&unit[..15]), None);
        assert_eq!(Mark::decode(&[]), None);
    }

    #[test]
    fn an_entry_fills_whole_units() {
        for (content, expected) in [(0, 16), (1, 32), (16, 32), (17, 48)] {
            let mut bytes = Vec::new();
            push_entry(&mut bytes, (1, 0), Some(&vec![9; content])).unwrap();
            assert_eq!(bytes.len(), expected);
            assert_eq!(entry_length(content), expected);
        }
    }
}
