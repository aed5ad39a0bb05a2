//! What lasts of a card, read from the bytes of its state (`specs/card.md`, 11).

use std::collections::BTreeMap;

/// Kinds of records.
const REGISTER: u8 = 1;
const KEY: u8 = 2;
const JOURNAL: u8 = 5;

/// Bytes before the records, and the checksum behind them.
const HEAD: usize = 16;
const CHECKSUM: usize = 32;

/// Places in the register of the tries left of PIN, PUK and approver PIN.
pub(crate) const TRIES: [usize; 3] = [13, 23, 33];

/// The places of an entry in the ring of the journal.
const RING: u32 = 512;

/// A memory, record by record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lasting {
    records: BTreeMap<(u8, u32), Vec<u8>>,
}

impl Lasting {
    pub(crate) fn of(state: &[u8]) -> Self {
        let mut records = BTreeMap::new();
        let mut rest = &state[HEAD..state.len() - CHECKSUM];
        while let [kind, after @ ..] = rest {
            let name = u32::from_be_bytes(after[..4].try_into().unwrap());
            let length = u32::from_be_bytes(after[4..8].try_into().unwrap());
            let (bytes, next) = after[8..].split_at(usize::try_from(length).unwrap());
            records.insert((*kind, name), bytes.to_vec());
            rest = next;
        }
        Self { records }
    }

    fn register(&self) -> &[u8] {
        &self.records[&(REGISTER, 0)]
    }

    fn number(&self, place: usize) -> u32 {
        u32::from_be_bytes(self.register()[place..place + 4].try_into().unwrap())
    }

    pub(crate) fn is_personalizing(&self) -> bool {
        self.register()[1] == 3
    }

    pub(crate) fn is_token(&self) -> bool {
        self.register()[2] == 1
    }

    pub(crate) fn tries(&self) -> [u8; 3] {
        TRIES.map(|place| self.register()[place])
    }

    pub(crate) fn write_counter(&self) -> u32 {
        self.number(71)
    }

    /// Slots that may give a possession signature, a bit each.
    pub(crate) fn possession(&self) -> u32 {
        self.number(75)
    }

    pub(crate) fn journal_counter(&self) -> u32 {
        self.number(79)
    }

    /// Approvals left, over all slots.
    pub(crate) fn approvals(&self) -> u32 {
        let counts = self.register()[115..163].chunks(2);
        counts
            .map(|count| u32::from(u16::from_be_bytes(count.try_into().unwrap())))
            .sum()
    }

    /// The PIN policy of the key in a slot.
    pub(crate) fn policy(&self, slot: u8) -> Option<u8> {
        self.records.get(&(KEY, u32::from(slot))).map(|key| key[2])
    }

    /// The counter in the newest entry of the journal.
    pub(crate) fn newest_entry(&self) -> Option<u32> {
        let place = self.journal_counter().checked_sub(1)? % RING;
        let entry = self.records.get(&(JOURNAL, place))?;
        Some(u32::from_be_bytes(entry[..4].try_into().unwrap()))
    }

    /// The same, but for the tries left.
    pub(crate) fn without_tries(&self) -> Self {
        let mut other = self.clone();
        let register = other.records.get_mut(&(REGISTER, 0)).unwrap();
        for place in TRIES {
            register[place] = 0;
        }
        other
    }
}
