//! The memory of a card, and the bytes of its file.
//!
//! ```text
//! state file = "SELLOCARD" ‖ 00 ‖ version (2) ‖ length of the records (4) ‖ records ‖ SHA-256 (32)
//! record     = kind (1) ‖ name (4) ‖ length (4) ‖ bytes
//! kind       = 01 register (name 0), 02 key (name = slot), 03 object (name = tag),
//!              04 keys of the secure channel (name 0), 05 journal entry (name = its place in the ring)
//! ```
//!
//! Numbers are big-endian, records ascend, and the checksum covers everything before it. Version 1 had
//! kinds 01 to 03 only; it is still read.

mod difference;

use std::collections::BTreeMap;
use std::sync::Arc;

use sello_applet::{Change, Failure, Record};
use sello_wire::journal;
use sello_wire::key::Slot;
use sello_wire::object::ObjectTag;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub(crate) use difference::Difference;

use crate::error::StateError;

/// Version of the state file this program writes.
pub const STATE_FILE_VERSION: u16 = 2;
const FIRST_VERSION: u16 = 1;
/// Memory of a simulated card for its records, in bytes.
pub const DEFAULT_MEMORY_LIMIT: usize = 160 * 1024;

const MAGIC: &[u8; 10] = b"SELLOCARD\0";
const CHECKSUM_LENGTH: usize = 32;
/// What a record costs besides its bytes: kind, name and length.
const RECORD_OVERHEAD: usize = 9;

/// What a full journal takes: 512 entries.
const JOURNAL_ROOM: usize = 512 * (journal::LONGEST_STORED_ENTRY + RECORD_OVERHEAD);

const REGISTER: u8 = 1;
const KEY: u8 = 2;
const OBJECT: u8 = 3;
const CHANNEL_KEYS: u8 = 4;
const JOURNAL: u8 = 5;

/// The bytes of a record, wiped when dropped.
type Content = Arc<Zeroizing<Vec<u8>>>;

/// Every record of a card.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Image {
    /// Shared with the images before and after it.
    records: BTreeMap<Record, Content>,
    /// What the records but the journal's take of the memory.
    charged: usize,
}

fn content(bytes: &[u8]) -> Content {
    Arc::new(Zeroizing::new(bytes.to_vec()))
}

impl Image {
    pub(crate) fn record(&self, record: Record) -> Option<&[u8]> {
        self.records.get(&record).map(|bytes| bytes.as_slice())
    }

    /// Every record, ascending.
    pub(crate) fn records(&self) -> impl Iterator<Item = (Record, &[u8])> {
        let records = self.records.iter();
        records.map(|(record, bytes)| (*record, bytes.as_slice()))
    }

    /// What is to be written (or, with `None`, erased) to come here from another image.
    pub(crate) fn changes_since<'i>(&'i self, before: &Self) -> Vec<(Record, Option<&'i [u8]>)> {
        let written = self
            .records
            .iter()
            .filter(|(record, content)| before.records.get(record) != Some(content))
            .map(|(record, content)| (*record, Some(content.as_slice())));
        let erased = before
            .records
            .keys()
            .filter(|record| !self.records.contains_key(record))
            .map(|record| (*record, None));
        written.chain(erased).collect()
    }

    pub(crate) fn insert(&mut self, record: Record, bytes: &[u8]) {
        self.put(record, Some(content(bytes)));
    }

    fn put(&mut self, record: Record, content: Option<Content>) {
        let put = content.as_ref().map_or(0, |bytes| charge(record, bytes));
        let replaced = match content {
            Some(content) => self.records.insert(record, content),
            None => self.records.remove(&record),
        };
        let freed = replaced.map_or(0, |bytes| charge(record, &bytes));
        self.charged = self.charged.saturating_add(put).saturating_sub(freed);
    }

    /// What the changes leave different. It takes no longer for a large image than for a small one:
    /// every signature waits for it.
    ///
    /// # Errors
    /// [`Failure::Full`] when the records would take more than `limit` bytes. The journal has its room
    /// from the beginning: objects that fill the card must not keep it from counting stampings.
    pub(crate) fn difference(
        &self,
        changes: &[Change<'_>],
        limit: usize,
    ) -> Result<Difference, Failure> {
        let difference = Difference::of(self, changes);
        let (mut put, mut freed) = (0, 0);
        for (record, content) in &difference.0 {
            put += content.as_ref().map_or(0, |bytes| charge(*record, bytes));
            freed += self
                .records
                .get(record)
                .map_or(0, |bytes| charge(*record, bytes));
        }
        if JOURNAL_ROOM + self.charged + put - freed > limit {
            return Err(Failure::Full);
        }
        Ok(difference)
    }

    /// Makes the difference.
    pub(crate) fn apply(&mut self, difference: Difference) {
        for (record, content) in difference.0 {
            self.put(record, content);
        }
    }

    /// The image with the difference made.
    pub(crate) fn with(&self, difference: &Difference) -> Self {
        let mut next = self.clone();
        for (record, content) in &difference.0 {
            next.put(*record, content.clone());
        }
        next
    }

    fn size(&self) -> usize {
        let bytes = |(_, b): (Record, &[u8])| b.len() + RECORD_OVERHEAD;
        self.records().map(bytes).sum()
    }

    /// The bytes of the state file.
    ///
    /// # Errors
    /// [`Failure::Full`] for records of 4 GiB, which no card has.
    pub(crate) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let length = |n: usize| u32::try_from(n).map_err(|_| Failure::Full);
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.size() + 64));
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&STATE_FILE_VERSION.to_be_bytes());
        bytes.extend_from_slice(&length(self.size())?.to_be_bytes());
        for (record, content) in self.records() {
            let (kind, name) = name_of(record);
            bytes.push(kind);
            bytes.extend_from_slice(&name.to_be_bytes());
            bytes.extend_from_slice(&length(content.len())?.to_be_bytes());
            bytes.extend_from_slice(content);
        }
        let checksum = Sha256::digest(bytes.as_slice());
        bytes.extend_from_slice(&checksum);
        Ok(bytes)
    }

    /// Reads the bytes of a state file.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(StateError::NotACard)?;
        let (version, rest) = rest.split_first_chunk().ok_or(StateError::NotACard)?;
        let version = u16::from_be_bytes(*version);
        if version > STATE_FILE_VERSION {
            return Err(StateError::NewerVersion {
                found: version,
                supported: STATE_FILE_VERSION,
            });
        }
        if version < FIRST_VERSION {
            return Err(StateError::NotACard);
        }
        let (announced, rest) = rest.split_first_chunk().ok_or(StateError::NotACard)?;
        let announced = usize::try_from(u32::from_be_bytes(*announced)).unwrap_or(usize::MAX);
        let header = bytes.len() - rest.len();
        let expected = announced.saturating_add(header + CHECKSUM_LENGTH);
        if bytes.len() != expected {
            return Err(StateError::WrongLength {
                expected,
                actual: bytes.len(),
            });
        }
        let (covered, checksum) = bytes.split_at(bytes.len() - CHECKSUM_LENGTH);
        if Sha256::digest(covered).as_slice() != checksum {
            return Err(StateError::WrongChecksum);
        }
        let last_kind = if version == FIRST_VERSION {
            OBJECT
        } else {
            JOURNAL
        };
        decode_records(covered.get(header..).unwrap_or_default(), last_kind)
    }
}

fn decode_records(records: &[u8], last_kind: u8) -> Result<Image, StateError> {
    let mut image = Image::default();
    let mut rest = records;
    while !rest.is_empty() {
        let bad = StateError::BadRecord {
            position: records.len() - rest.len(),
        };
        let (record, content, after) = decode_record(rest, last_kind).ok_or(bad)?;
        let ascends = image.records.keys().next_back() < Some(&record);
        if !ascends {
            return Err(bad);
        }
        image.insert(record, content);
        rest = after;
    }
    Ok(image)
}

fn decode_record(bytes: &[u8], last_kind: u8) -> Option<(Record, &[u8], &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    if *kind > last_kind {
        return None;
    }
    let (name, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let record = record_of(*kind, u32::from_be_bytes(*name))?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (content, rest) = rest.split_at_checked(length)?;
    Some((record, content, rest))
}

/// Kind and name of a record, in the state file and in flash.
pub(crate) fn name_of(record: Record) -> (u8, u32) {
    match record {
        Record::Register => (REGISTER, 0),
        Record::Key(slot) => (KEY, u32::from(slot.to_byte())),
        Record::Object(tag) => (OBJECT, tag.0),
        Record::ChannelKeys => (CHANNEL_KEYS, 0),
        Record::Journal(place) => (JOURNAL, u32::from(place)),
    }
}

pub(crate) fn record_of(kind: u8, name: u32) -> Option<Record> {
    match kind {
        REGISTER if name == 0 => Some(Record::Register),
        KEY => u8::try_from(name)
            .ok()
            .and_then(Slot::from_byte)
            .map(Record::Key),
        OBJECT => Some(Record::Object(ObjectTag(name))),
        CHANNEL_KEYS if name == 0 => Some(Record::ChannelKeys),
        JOURNAL => u16::try_from(name).ok().map(Record::Journal),
        _ => None,
    }
}

/// What a record takes of the memory, if it is not the journal's.
fn charge(record: Record, bytes: &[u8]) -> usize {
    match record {
        Record::Journal(_) => 0,
        _ => bytes.len() + RECORD_OVERHEAD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Image {
        /// The image after the changes.
        pub(crate) fn changed(
            &self,
            changes: &[Change<'_>],
            limit: usize,
        ) -> Result<Self, Failure> {
            Ok(self.with(&self.difference(changes, limit)?))
        }
    }

    const ROOM: usize = JOURNAL_ROOM + 1000;

    fn sample() -> Image {
        let changes = [
            Change::Write(Record::Register, &[1, 2, 3]),
            Change::Write(Record::Key(Slot::Signature), &[4; 40]),
            Change::Write(Record::Object(ObjectTag::CHUID), &[0x53, 0]),
        ];
        Image::default().changed(&changes, ROOM).unwrap()
    }

    #[test]
    fn an_image_is_read_back_as_written() {
        let image = sample();
        assert!(Image::decode(&image.encode().unwrap()) == Ok(image));
    }

    #[test]
    fn erasing_is_by_kind() {
        let image = sample().changed(&[Change::EraseKeys], ROOM).unwrap();
        assert_eq!(image.record(Record::Key(Slot::Signature)), None);
        assert!(image.record(Record::Object(ObjectTag::CHUID)).is_some());
        let image = image.changed(&[Change::EraseObjects], ROOM).unwrap();
        assert_eq!(image.records.len(), 1);
    }

    #[test]
    fn the_last_change_of_a_record_counts_and_what_stays_is_no_difference() {
        let image = sample();
        let kept = [4; 40];
        let changes = [
            Change::Write(Record::Key(Slot::KeyManagement), &[5; 40]),
            Change::EraseKeys,
            Change::Write(Record::Key(Slot::Signature), &kept),
            Change::Erase(Record::Object(ObjectTag::CCC)),
            Change::Write(Record::Register, &[7]),
            Change::Write(Record::Register, &[8, 8]),
        ];
        let difference = image.difference(&changes, ROOM).unwrap();
        let different: Vec<_> = difference.records().collect();
        assert_eq!(different, [(Record::Register, Some(&[8, 8][..]))]);
        let mut applied = image.clone();
        applied.apply(difference);
        assert!(applied == image.changed(&changes, ROOM).unwrap());
        assert_eq!(applied.charged, image.charged - 1);
        assert!(Image::decode(&applied.encode().unwrap()) == Ok(applied));
    }

    #[test]
    fn the_first_version_is_read_and_knows_no_later_kinds() {
        let as_first = |image: &Image| {
            let mut bytes = image.encode().unwrap().to_vec();
            bytes[11] = 1;
            let body = bytes.len() - CHECKSUM_LENGTH;
            let checksum = Sha256::digest(&bytes[..body]);
            bytes[body..].copy_from_slice(&checksum);
            bytes
        };
        assert!(Image::decode(&as_first(&sample())) == Ok(sample()));
        let mut later = sample();
        later.insert(Record::ChannelKeys, &[7; 4]);
        assert!(Image::decode(&later.encode().unwrap()) == Ok(later.clone()));
        assert!(matches!(
            Image::decode(&as_first(&later)).err(),
            Some(StateError::BadRecord { .. })
        ));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let large = [0; 900];
        let change = [Change::Write(Record::Object(ObjectTag::CCC), &large)];
        assert_eq!(
            sample().changed(&change, JOURNAL_ROOM + 900).err(),
            Some(Failure::Full)
        );
    }

    #[test]
    fn each_kind_of_damage_has_its_error() {
        let good = sample().encode().unwrap();
        let mut newer = good.to_vec();
        newer[11] = 9;
        assert_eq!(
            Image::decode(&newer).err(),
            Some(StateError::NewerVersion {
                found: 9,
                supported: 2
            })
        );
        let short = &good[..good.len() - 1];
        assert!(matches!(
            Image::decode(short).err(),
            Some(StateError::WrongLength { .. })
        ));
        let mut flipped = good.to_vec();
        flipped[20] ^= 1;
        assert_eq!(
            Image::decode(&flipped).err(),
            Some(StateError::WrongChecksum)
        );
        assert_eq!(
            Image::decode(b"%PDF-1.7 and so on").err(),
            Some(StateError::NotACard)
        );
        assert_eq!(Image::decode(&[]).err(), Some(StateError::NotACard));
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_noticed(position in 0_usize..1000, bit in 0..8) {
            let mut bytes = sample().encode().unwrap().to_vec();
            let position = position % bytes.len();
            bytes[position] ^= 1_u8 << bit;
            prop_assert!(Image::decode(&bytes).is_err());
        }
    }
}
