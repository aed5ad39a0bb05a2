//! The card's memory, read from its state file apart from the simulator (`specs/card.md`, section 11).

use std::collections::BTreeMap;
use std::ops::Range;

use sello_scp03::{KeyVersion, StaticKeys};
use sello_wire::LifeCycle;
use sello_wire::pin::PinReference;

/// Length of the header of a state file.
const HEADER: usize = 16;
/// Length of its checksum.
const CHECKSUM: usize = 32;

/// Kinds of records.
pub mod kind {
    /// The register.
    pub const REGISTER: u8 = 1;
    /// A key pair.
    pub const KEY: u8 = 2;
    /// A data object.
    pub const OBJECT: u8 = 3;
    /// The keys of the secure channel.
    pub const CHANNEL_KEYS: u8 = 4;
    /// An entry of the journal.
    pub const JOURNAL: u8 = 5;
}

/// Where things lie in the register; [`View::of`] demands its length and version, and a test holds this
/// against GET STATUS.
mod place {
    use super::Range;

    pub(super) const LAYOUT: usize = 0;
    pub(super) const LIFE_CYCLE: usize = 1;
    pub(super) const PROFILE: usize = 2;
    pub(super) const FLAGS: usize = 3;
    /// Algorithm of the management key.
    pub(super) const ALGORITHM: usize = 4;
    pub(super) const REFERENCES: usize = 5;
    pub(super) const MANAGEMENT_KEY: Range<usize> = 35..67;
    pub(super) const SERIAL: Range<usize> = 67..71;
    pub(super) const WRITE_COUNTER: usize = 71;
    pub(super) const POSSESSION: usize = 75;
    pub(super) const JOURNAL_COUNTER: usize = 79;
    pub(super) const APPROVALS: usize = 115;
    pub(super) const LENGTH: usize = 163;
}

/// A PIN, PUK or approver PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'v> {
    /// Its eight bytes.
    pub value: &'v [u8],
    /// Tries left.
    pub tries: u8,
    /// Tries in all; 0 when none is set.
    pub total: u8,
}

/// What the memory holds.
#[derive(Clone)]
pub struct View {
    bytes: Vec<u8>,
    records: BTreeMap<(u8, u32), Range<usize>>,
}

impl View {
    /// Reads a state file.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut records = BTreeMap::new();
        let mut at = HEADER;
        let end = bytes.len() - CHECKSUM;
        while at < end {
            let number =
                |from: usize| u32::from_be_bytes(bytes[from..from + 4].try_into().unwrap());
            let length = usize::try_from(number(at + 5)).unwrap();
            let content = at + 9..at + 9 + length;
            records.insert((bytes[at], number(at + 1)), content.clone());
            at = content.end;
        }
        assert_eq!(at, end);
        let view = Self {
            bytes: bytes.to_vec(),
            records,
        };
        let register = view.register();
        assert_eq!(
            (register.len(), register[place::LAYOUT]),
            (place::LENGTH, 2)
        );
        view
    }

    /// The state file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn record(&self, kind: u8, name: u32) -> Option<&[u8]> {
        Some(&self.bytes[self.records.get(&(kind, name))?.clone()])
    }

    /// The records of a kind.
    pub fn records(&self, kind: u8) -> impl Iterator<Item = (u32, &[u8])> {
        let range = self.records.range((kind, 0)..=(kind, u32::MAX));
        range.map(|((_, name), place)| (*name, &self.bytes[place.clone()]))
    }

    fn register(&self) -> &[u8] {
        self.record(kind::REGISTER, 0)
            .expect("a card has a register")
    }

    fn number(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.register()[at..at + 4].try_into().unwrap())
    }

    /// The register without retry counters.
    #[must_use]
    pub fn lasting_register(&self) -> Vec<u8> {
        let mut register = self.register().to_vec();
        for n in 0..3 {
            register[place::REFERENCES + 10 * n + 8] = 0;
        }
        register
    }

    /// Everything but the retry counters.
    #[must_use]
    pub fn lasting(&self) -> (Vec<u8>, &[u8]) {
        let after = self.records[&(kind::REGISTER, 0)].end;
        let rest = &self.bytes[after..self.bytes.len() - CHECKSUM];
        (self.lasting_register(), rest)
    }

    /// Life cycle.
    #[must_use]
    pub fn life_cycle(&self) -> LifeCycle {
        LifeCycle::from_byte(self.register()[place::LIFE_CYCLE]).unwrap()
    }

    /// Whether this is a plain PIV card.
    #[must_use]
    pub fn is_piv(&self) -> bool {
        self.register()[place::PROFILE] == 1
    }

    /// Profile and serial number, which never change.
    #[must_use]
    pub fn identity(&self) -> (u8, &[u8]) {
        (
            self.register()[place::PROFILE],
            &self.register()[place::SERIAL],
        )
    }

    /// Whether the transport PIN is in force.
    #[must_use]
    pub fn transport_pin(&self) -> bool {
        self.register()[place::FLAGS] & 1 != 0
    }

    /// Whether the PIN is barred from a contactless interface.
    #[must_use]
    pub fn contactless_policy(&self) -> bool {
        self.register()[place::FLAGS] & 4 != 0
    }

    /// A PIN, PUK or approver PIN.
    #[must_use]
    pub fn reference(&self, reference: PinReference) -> Reference<'_> {
        let n = usize::from(reference.to_byte() - PinReference::Pin.to_byte());
        let field = &self.register()[place::REFERENCES + 10 * n..];
        Reference {
            value: &field[..8],
            tries: field[8],
            total: field[9],
        }
    }

    /// Algorithm and bytes of the management key.
    #[must_use]
    pub fn management_key(&self) -> (u8, &[u8]) {
        let algorithm = self.register()[place::ALGORITHM];
        let length = match algorithm {
            0x08 => 16,
            0x0A => 24,
            _ => 32,
        };
        (algorithm, &self.register()[place::MANAGEMENT_KEY][..length])
    }

    /// The write counter.
    #[must_use]
    pub fn write_counter(&self) -> u32 {
        self.number(place::WRITE_COUNTER)
    }

    /// The journal counter.
    #[must_use]
    pub fn journal_counter(&self) -> u32 {
        self.number(place::JOURNAL_COUNTER)
    }

    /// Whether the key in a slot may still give its possession signature.
    #[must_use]
    pub fn possession(&self, slot: u8) -> bool {
        number_of(slot).is_some_and(|n| self.number(place::POSSESSION) >> n & 1 == 1)
    }

    /// Stampings allowed by the approver and not made yet.
    #[must_use]
    pub fn approvals(&self, slot: u8) -> u16 {
        let Some(n) = number_of(slot) else { return 0 };
        let at = place::APPROVALS + 2 * n;
        u16::from_be_bytes(self.register()[at..at + 2].try_into().unwrap())
    }

    /// The key in a slot.
    #[must_use]
    pub fn key(&self, slot: u8) -> Option<KeyView<'_>> {
        self.record(kind::KEY, u32::from(slot)).map(KeyView)
    }

    /// Every key, with its slot.
    pub fn keys(&self) -> impl Iterator<Item = (u8, KeyView<'_>)> {
        self.records(kind::KEY)
            .map(|(slot, record)| (u8::try_from(slot).unwrap(), KeyView(record)))
    }

    /// The keys of the secure channel and their version.
    #[must_use]
    pub fn channel_keys(&self) -> (KeyVersion, StaticKeys) {
        let Some(record) = self.record(kind::CHANNEL_KEYS, 0) else {
            return (KeyVersion::FACTORY, StaticKeys::factory());
        };
        let length = usize::from(record[2]);
        let key = |n: usize| &record[3 + n * length..3 + (n + 1) * length];
        let keys = StaticKeys::new(key(0), key(1), key(2)).unwrap();
        (KeyVersion::new(record[1]).unwrap(), keys)
    }
}

/// Place of a slot in the register's lists.
fn number_of(slot: u8) -> Option<usize> {
    match slot {
        0x9A => Some(0),
        0x9C => Some(1),
        0x9D => Some(2),
        0x9E => Some(3),
        0x82..=0x95 => Some(4 + usize::from(slot - 0x82)),
        _ => None,
    }
}

/// A stored key pair: layout, algorithm, policy, origin, dual control, point, scalar.
#[derive(Clone, Copy)]
pub struct KeyView<'v>(&'v [u8]);

impl<'v> KeyView<'v> {
    /// PIN policy.
    #[must_use]
    pub fn policy(self) -> u8 {
        self.0[2]
    }

    /// Whether the card made it.
    #[must_use]
    pub fn is_generated(self) -> bool {
        self.0[3] == 1
    }

    /// Whether each stamping needs the approver.
    #[must_use]
    pub fn dual_control(self) -> bool {
        self.0[4] == 1
    }

    /// The private scalar.
    #[must_use]
    pub fn scalar(self) -> &'v [u8] {
        let length = if self.0[1] == 0x14 { 48 } else { 32 };
        &self.0[self.0.len() - length..]
    }
}
