//! The chain of a journal, recomputed entry by entry up to the attested head.

use sello_card::{Journal, JournalError};
use sello_wire::journal::{CHAIN_LENGTH, CHAIN_START, first_kept};

use super::Record;
use super::finding::Finding;

/// The entries that a sound chain proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proven {
    /// The first of them; past the last when there is none.
    pub(crate) first: u32,
}

/// Recomputes the chain. `before` is the chain value that the entry before the first one led to, where
/// an earlier export tells it.
///
/// The card's head vouches for each chain value, and so for each entry whose forerunner is known; of the
/// oldest entry in a card's ring the forerunner is not.
pub(crate) fn chain(
    record: &Record,
    before: Option<[u8; CHAIN_LENGTH]>,
) -> (Vec<Finding>, Option<Proven>) {
    match recompute(record, before) {
        Err(finding) => (vec![finding], None),
        Ok(proven) => {
            let (first, last) = (first_of(record), record.head.counter);
            let mut findings = vec![Finding::ChainUnbroken { first, last }];
            if first > 1 && last > 0 {
                findings.push(Finding::OlderGone { first });
            }
            if proven.first > first {
                findings.push(Finding::OldestUnproven { counter: first });
            }
            (findings, Some(proven))
        }
    }
}

/// Number of the oldest entry; 1 when there is none.
fn first_of(record: &Record) -> u32 {
    record.entries.first().map_or(1, |entry| entry.counter)
}

fn recompute(record: &Record, before: Option<[u8; CHAIN_LENGTH]>) -> Result<Proven, Finding> {
    let last = record.head.counter;
    let due = first_kept(last);
    let Some(first) = record.entries.first() else {
        return if last == 0 && record.head.chain == CHAIN_START {
            Ok(Proven { first: 1 })
        } else if last == 0 {
            Err(Finding::HeadOfOther { counter: last })
        } else {
            Err(Finding::EntryMissing { expected: due })
        };
    };
    if first.counter > due {
        return Err(Finding::EntryMissing { expected: due });
    }
    let journal = Journal::new(last, record.entries.clone())?;
    journal.check_head(&record.head).map_err(|_| {
        let counter = record.head.counter;
        Finding::HeadOfOther { counter }
    })?;
    match before {
        _ if first.counter == 1 => Ok(Proven { first: 1 }),
        Some(before) if first.chained(&before) == first.chain => Ok(Proven {
            first: first.counter,
        }),
        Some(_) => Err(Finding::EntryChanged {
            counter: first.counter,
        }),
        None => Ok(Proven {
            first: first.counter.saturating_add(1),
        }),
    }
}

impl From<JournalError> for Finding {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Missing { expected } => Self::EntryMissing { expected },
            JournalError::Chain { counter } => Self::EntryChanged { counter },
            JournalError::Head { counter } => Self::HeadOfOther { counter },
        }
    }
}
