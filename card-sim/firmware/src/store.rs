//! Records in an array, as they would lie in the flash of a chip.

use sello_applet::{Change, Failure, Record};
use sello_wire::key::Slot;
use sello_wire::object::ObjectTag;

/// Room for the contents of all records, in bytes.
pub const CAPACITY: usize = 16 * 1024;

/// So many records are kept.
const MOST_RECORDS: usize = 32;

/// The memory of the chip: the contents of the records one behind the other, in the order of `entries`.
///
/// It is written in place: power that fails is not what is measured here.
pub struct Store {
    bytes: [u8; CAPACITY],
    entries: [Option<Entry>; MOST_RECORDS],
}

#[derive(Clone, Copy)]
struct Entry {
    record: Record,
    start: usize,
    length: usize,
}

impl Entry {
    const fn end(&self) -> usize {
        self.start + self.length
    }
}

impl Store {
    /// Empty memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: [0; CAPACITY],
            entries: [None; MOST_RECORDS],
        }
    }

    /// Empties the memory.
    pub(crate) fn clear(&mut self) {
        self.erase(|_| true);
    }

    /// The content of a record.
    pub(crate) fn record(&self, record: Record) -> Option<&[u8]> {
        let entry = self.entry(record)?;
        self.bytes.get(entry.start..entry.end())
    }

    /// Makes all changes or, where they might not fit, none. What is erased makes room for the next
    /// commit only.
    pub(crate) fn commit(&mut self, changes: &[Change<'_>]) -> Result<(), Failure> {
        let mut room = CAPACITY - self.used();
        let mut free = self.entries.iter().filter(|entry| entry.is_none()).count();
        for change in changes {
            if let Change::Write(record, content) = change {
                room = room.checked_sub(content.len()).ok_or(Failure::Full)?;
                if self.entry(*record).is_none() {
                    free = free.checked_sub(1).ok_or(Failure::Full)?;
                }
            }
        }
        for change in changes {
            self.make(change)?;
        }
        Ok(())
    }

    fn make(&mut self, change: &Change<'_>) -> Result<(), Failure> {
        match change {
            Change::Write(record, content) => self.write(*record, content),
            Change::Erase(record) => {
                self.erase(|held| held == *record);
                Ok(())
            }
            Change::EraseKeys => {
                self.erase(|held| matches!(held, Record::Key(slot) if slot != Slot::Attestation));
                Ok(())
            }
            Change::EraseObjects => {
                self.erase(|held| {
                    let kept = ObjectTag::certificate(Slot::Attestation);
                    matches!(held, Record::Object(tag) if tag != kept)
                });
                Ok(())
            }
        }
    }

    fn write(&mut self, record: Record, content: &[u8]) -> Result<(), Failure> {
        self.erase(|held| held == record);
        let start = self.used();
        let entry = Entry {
            record,
            start,
            length: content.len(),
        };
        let room = self.bytes.get_mut(start..entry.end());
        room.ok_or(Failure::Full)?.copy_from_slice(content);
        let mut places = self.entries.iter_mut();
        let place = places.find(|place| place.is_none());
        *place.ok_or(Failure::Full)? = Some(entry);
        Ok(())
    }

    /// Erases records and moves what lies behind each of them forward.
    fn erase(&mut self, chosen: impl Fn(Record) -> bool) {
        while let Some(gone) = self.take(&chosen) {
            let used = self.used().max(gone.end());
            self.bytes.copy_within(gone.end()..used, gone.start);
            // Nothing of an erased key stays behind.
            let left = self.bytes.get_mut(used - gone.length..used);
            left.unwrap_or_default().fill(0);
            for entry in self.entries.iter_mut().flatten() {
                if entry.start > gone.start {
                    entry.start -= gone.length;
                }
            }
        }
    }

    fn take(&mut self, chosen: impl Fn(Record) -> bool) -> Option<Entry> {
        let mut places = self.entries.iter_mut();
        places
            .find(|place| place.is_some_and(|entry| chosen(entry.record)))?
            .take()
    }

    fn entry(&self, record: Record) -> Option<Entry> {
        let mut held = self.entries.iter().flatten();
        held.find(|entry| entry.record == record).copied()
    }

    /// Where the last content ends.
    fn used(&self) -> usize {
        let ends = self.entries.iter().flatten().map(Entry::end);
        ends.max().unwrap_or_default()
    }
}

impl Default for Store {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUID: Record = Record::Object(ObjectTag::CHUID);
    const CCC: Record = Record::Object(ObjectTag::CCC);
    const KEY: Record = Record::Key(Slot::Signature);

    #[test]
    fn records_are_replaced_and_erased_one_by_one_and_by_kind() {
        let mut store = Store::new();
        let begin = [
            Change::Write(CHUID, b"first"),
            Change::Write(KEY, b"key"),
            Change::Write(CCC, b"ccc"),
            Change::Write(CHUID, b"second"),
        ];
        assert_eq!(store.commit(&begin), Ok(()));
        assert_eq!(store.record(CHUID), Some(&b"second"[..]));
        assert_eq!(store.record(KEY), Some(&b"key"[..]));
        assert_eq!(store.commit(&[Change::EraseKeys]), Ok(()));
        assert_eq!(store.record(KEY), None);
        assert_eq!(store.record(CCC), Some(&b"ccc"[..]));
        assert_eq!(store.commit(&[Change::Erase(CCC)]), Ok(()));
        assert_eq!(store.record(CHUID), Some(&b"second"[..]));
        assert_eq!(store.commit(&[Change::EraseObjects]), Ok(()));
        assert_eq!(store.record(CHUID), None);
        assert_eq!(store.used(), 0);
        assert!(store.bytes.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let mut store = Store::new();
        assert_eq!(store.commit(&[Change::Write(KEY, b"key")]), Ok(()));
        let large = [0xFF; CAPACITY];
        let changes = [Change::Write(CHUID, b"chuid"), Change::Write(CCC, &large)];
        assert_eq!(store.commit(&changes), Err(Failure::Full));
        assert_eq!(store.record(CHUID), None);
        assert_eq!(store.record(KEY), Some(&b"key"[..]));
    }
}
