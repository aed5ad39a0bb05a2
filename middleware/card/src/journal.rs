//! The stamp journal as a host reads it, its chain checked.

use sello_wire::Slot;
use sello_wire::journal::{
    CHAIN_LENGTH, CHAIN_START, Entry, KEY_ID_LENGTH, LONGEST_ENTRY, STATEMENT_PREFIX, first_kept,
};
use sello_wire::tlv::Writer;
use sha2::{Digest, Sha256};
use thiserror::Error;

pub use sello_wire::journal::Kind as EntryKind;

/// Why a journal cannot be what the card wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JournalError {
    /// An entry is missing, doubled, or out of its order.
    #[error("entry {expected} is missing")]
    Missing {
        /// Counter of the entry that should stand there.
        expected: u32,
    },
    /// The chain value after an entry is not the one that follows from it.
    #[error("entry {counter} does not fit the chain")]
    Chain {
        /// Counter of the entry.
        counter: u32,
    },
    /// The head names another newest entry.
    #[error("the head stands at entry {counter}, not at the last one read")]
    Head {
        /// Counter of the head.
        counter: u32,
    },
}

/// One signature of a seal key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Number of the signature on this card, from 1.
    pub counter: u32,
    /// What it was given for.
    pub kind: EntryKind,
    /// The slot the key was in.
    pub slot: Slot,
    /// Which key it was: the first 8 bytes of SHA-256 over its uncompressed point.
    pub key_id: [u8; KEY_ID_LENGTH],
    /// The digest signed.
    pub digest: Vec<u8>,
    /// The chain value after this entry.
    pub chain: [u8; CHAIN_LENGTH],
    /// The entry as the card hashes it.
    bytes: Vec<u8>,
}

impl JournalEntry {
    /// An entry with the chain value after it, kept elsewhere; `None` when its digest is longer than
    /// a card signs.
    #[must_use]
    pub fn new(entry: &Entry<'_>, chain: [u8; CHAIN_LENGTH]) -> Option<Self> {
        let mut buffer = [0; LONGEST_ENTRY];
        let mut writer = Writer::new(&mut buffer);
        entry.write(&mut writer).ok()?;
        Self::parse(&[writer.finish(), &chain].concat())
    }

    /// Reads what the card stores: the entry and the chain value after it.
    pub(crate) fn parse(stored: &[u8]) -> Option<Self> {
        let (bytes, chain) = Entry::split_stored(stored)?;
        let entry = Entry::parse(bytes)?;
        Some(Self {
            counter: entry.counter,
            kind: entry.kind,
            slot: entry.slot,
            key_id: entry.key_id,
            digest: entry.digest.to_vec(),
            chain: *chain,
            bytes: bytes.to_vec(),
        })
    }

    /// The chain value that follows from the one before it and this entry; [`JournalEntry::chain`] is
    /// the one that was read.
    #[must_use]
    pub fn chained(&self, before: &[u8; CHAIN_LENGTH]) -> [u8; CHAIN_LENGTH] {
        let mut hash = Sha256::new();
        hash.update(before);
        hash.update(&self.bytes);
        hash.finalize().into()
    }

    /// Whether the key is the one with this uncompressed point.
    #[must_use]
    pub fn is_of_key(&self, point: &[u8]) -> bool {
        Sha256::digest(point).first_chunk() == Some(&self.key_id)
    }
}

/// Entries one after the other, whose chain is unbroken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    last: u32,
    entries: Vec<JournalEntry>,
}

impl Journal {
    /// Takes all entries from one on to the newest, and checks counters and chain.
    ///
    /// What lies before the first entry given is not seen; the chain is checked from the beginning
    /// when the first one is entry 1.
    ///
    /// # Errors
    /// [`JournalError::Missing`] or [`JournalError::Chain`].
    pub fn new(last: u32, entries: Vec<JournalEntry>) -> Result<Self, JournalError> {
        let mut before = match entries.first() {
            Some(entry) if entry.counter == 1 => Some(CHAIN_START),
            _ => None,
        };
        // The first entry of a card is number 1; there is none after the largest number.
        let mut due = entries.first().map(|entry| entry.counter.max(1));
        for entry in &entries {
            if due != Some(entry.counter) {
                let expected = due.unwrap_or(last);
                return Err(JournalError::Missing { expected });
            }
            due = entry.counter.checked_add(1);
            if before.is_some_and(|before| entry.chained(&before) != entry.chain) {
                let counter = entry.counter;
                return Err(JournalError::Chain { counter });
            }
            before = Some(entry.chain);
        }
        match entries.last() {
            Some(entry) if entry.counter != last => Err(JournalError::Missing { expected: last }),
            _ => Ok(Self { last, entries }),
        }
    }

    /// Number of signatures the seal keys of the card have given, ever.
    #[must_use]
    pub const fn last(&self) -> u32 {
        self.last
    }

    /// Counter of the oldest entry the card still keeps; one more than [`Journal::last`] when there
    /// is none.
    #[must_use]
    pub fn first_kept(&self) -> u32 {
        first_kept(self.last)
    }

    /// The entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[JournalEntry] {
        &self.entries
    }

    /// Whether the chain was followed from its beginning: nothing at all is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        match self.entries.first() {
            Some(entry) => entry.counter == 1,
            None => self.last == 0,
        }
    }

    /// Checks that the newest entry is the one a head names. Whether the head is the card's is for
    /// whoever knows its attestation key.
    ///
    /// # Errors
    /// [`JournalError::Head`], or [`JournalError::Chain`] for another chain value.
    pub fn check_head(&self, head: &JournalHead) -> Result<(), JournalError> {
        let counter = head.counter;
        if counter != self.last {
            return Err(JournalError::Head { counter });
        }
        let chain = match self.entries.last() {
            Some(entry) => entry.chain,
            None if self.last == 0 => CHAIN_START,
            // None of the entries was asked for.
            None => return Ok(()),
        };
        if chain == head.chain {
            Ok(())
        } else {
            Err(JournalError::Chain { counter })
        }
    }
}

/// The head of the journal, signed by the card's attestation key over a nonce of the host.
///
/// It proves that the card with this serial number has given so many signatures by its seal keys and no
/// others: once [`JournalHead::signature`] is checked over [`JournalHead::statement`] under the key of
/// the card's attestation certificate, and that certificate under the center's device root. This crate
/// knows no certificates; `sello-profile` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalHead {
    /// Serial number of the card.
    pub serial: u32,
    /// Signatures the seal keys of the card have given, ever.
    pub counter: u32,
    /// The chain value after the newest entry.
    pub chain: [u8; CHAIN_LENGTH],
    /// The host's nonce, 0 to 32 bytes.
    pub nonce: Vec<u8>,
    /// The DER `ECDSA-Sig-Value` over [`JournalHead::statement`], with SHA-256.
    pub signature: Vec<u8>,
}

impl JournalHead {
    /// The bytes that are signed: `"SELLO-JOURNAL-1" ‖ serial (4) ‖ counter (4) ‖ chain (32) ‖ nonce`.
    #[must_use]
    pub fn statement(&self) -> Vec<u8> {
        let mut bytes = STATEMENT_PREFIX.to_vec();
        bytes.extend_from_slice(&self.serial.to_be_bytes());
        bytes.extend_from_slice(&self.counter.to_be_bytes());
        bytes.extend_from_slice(&self.chain);
        bytes.extend_from_slice(&self.nonce);
        bytes
    }

    /// SHA-256 of [`JournalHead::statement`], which the signature is over.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.statement()).into()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Entries from 1 on, as a card stores them.
    pub(crate) fn stored(count: u32) -> Vec<Vec<u8>> {
        let mut chain = CHAIN_START;
        (1..=count)
            .map(|counter| {
                let entry = Entry {
                    counter,
                    kind: EntryKind::Stamp,
                    slot: Slot::Signature,
                    key_id: [7; 8],
                    digest: &[9; 32],
                };
                let mut buffer = [0; LONGEST_ENTRY];
                let mut writer = Writer::new(&mut buffer);
                entry.write(&mut writer).unwrap();
                let bytes = writer.finish();
                chain = Sha256::new()
                    .chain_update(chain)
                    .chain_update(bytes)
                    .finalize()
                    .into();
                [bytes, &chain].concat()
            })
            .collect()
    }

    fn entries(count: u32) -> Vec<JournalEntry> {
        let parse = |stored: Vec<u8>| JournalEntry::parse(&stored).unwrap();
        stored(count).into_iter().map(parse).collect()
    }

    #[test]
    fn an_unbroken_chain_is_taken_whole_or_from_the_middle() {
        let journal = Journal::new(5, entries(5)).unwrap();
        assert!(journal.is_complete());
        assert_eq!((journal.last(), journal.first_kept()), (5, 1));
        let tail = Journal::new(5, entries(5).split_off(2)).unwrap();
        assert!(!tail.is_complete());
        assert!(Journal::new(0, vec![]).unwrap().is_complete());
    }

    #[test]
    fn what_was_changed_or_left_out_is_found() {
        let mut gap = entries(5);
        gap.remove(2);
        assert_eq!(
            Journal::new(5, gap),
            Err(JournalError::Missing { expected: 3 })
        );
        let mut short = entries(5);
        short.pop();
        assert_eq!(
            Journal::new(5, short),
            Err(JournalError::Missing { expected: 5 })
        );
        for place in 0..5 {
            let counter = u32::try_from(place).unwrap() + 1;
            let mut changed = entries(5);
            changed[place].bytes[20] ^= 1;
            assert_eq!(
                Journal::new(5, changed),
                Err(JournalError::Chain { counter })
            );
        }
    }

    #[test]
    fn no_entry_stands_before_the_first_or_after_the_last_number() {
        let numbered = |counter: u32| {
            let entry = Entry {
                counter,
                kind: EntryKind::Stamp,
                slot: Slot::Signature,
                key_id: [7; 8],
                digest: &[8; 32],
            };
            JournalEntry::new(&entry, CHAIN_START).unwrap()
        };
        // Number 0 with the value the chain starts with, so that the real entries follow from it.
        let before = [vec![numbered(0)], entries(2)].concat();
        assert_eq!(
            Journal::new(2, before),
            Err(JournalError::Missing { expected: 1 })
        );
        let mut last = numbered(u32::MAX);
        last.chain = last.chained(&CHAIN_START);
        let end = vec![numbered(u32::MAX - 1), last];
        assert!(Journal::new(u32::MAX, end.clone()).is_ok());
        let after = [end, entries(1)].concat();
        let expected = u32::MAX;
        assert_eq!(
            Journal::new(u32::MAX, after),
            Err(JournalError::Missing { expected })
        );
    }

    #[test]
    fn an_entry_kept_elsewhere_is_the_one_the_card_wrote() {
        for entry in entries(3) {
            let kept = Entry {
                counter: entry.counter,
                kind: entry.kind,
                slot: entry.slot,
                key_id: entry.key_id,
                digest: &entry.digest,
            };
            assert_eq!(JournalEntry::new(&kept, entry.chain), Some(entry.clone()));
            let digest = &[0; 49][..];
            assert_eq!(
                JournalEntry::new(&Entry { digest, ..kept }, entry.chain),
                None
            );
        }
    }

    #[test]
    fn the_head_must_name_the_newest_entry() {
        let journal = Journal::new(5, entries(5)).unwrap();
        let mut head = JournalHead {
            serial: 1,
            counter: 5,
            chain: journal.entries()[4].chain,
            nonce: vec![],
            signature: vec![],
        };
        assert_eq!(journal.check_head(&head), Ok(()));
        head.chain[0] ^= 1;
        let counter = 5;
        assert_eq!(
            journal.check_head(&head),
            Err(JournalError::Chain { counter })
        );
        head.counter = 6;
        assert_eq!(
            journal.check_head(&head),
            Err(JournalError::Head { counter: 6 })
        );
    }
}
