//! Whether one record of a journal continues an earlier one of the same card.

use sello_card::JournalEntry;
use sello_wire::journal::CHAIN_LENGTH;

use super::Record;
use super::attestation::head;
use super::chain::chain;
use super::finding::{Finding, Verdict, gravest};

/// Compares a record with an earlier one. Gives what is found, and the chain value before the record's
/// first entry where the earlier one proves it.
pub(crate) fn continuity(
    record: &Record,
    previous: &Record,
) -> (Finding, Option<[u8; CHAIN_LENGTH]>) {
    let serial = previous.head.serial;
    if serial != record.head.serial {
        return (Finding::PreviousOfOther { serial }, None);
    }
    if !is_sound(record, previous) {
        return (Finding::PreviousDamaged, None);
    }
    let (earlier, later) = (previous.head.counter, record.head.counter);
    if earlier > later {
        return (Finding::PreviousLonger { last: earlier }, None);
    }
    if let Some(counter) = difference(record, previous) {
        return (Finding::PreviousDiffers { counter }, None);
    }
    let first = record.entries.first().map_or(1, |entry| entry.counter);
    let before = first.saturating_sub(1);
    if earlier < before {
        let gap = Finding::PreviousGap {
            first: earlier.saturating_add(1),
            last: before,
        };
        return (gap, None);
    }
    let before = entry(previous, before).map(|entry| entry.chain);
    (Finding::PreviousContinued { last: earlier }, before)
}

/// Whether the earlier record is what the same card wrote: the later one's certificate is asked, so that
/// no other key can vouch for it.
fn is_sound(record: &Record, previous: &Record) -> bool {
    let (findings, _) = chain(previous, None);
    let by_the_same_card = Record {
        certificate: record.certificate.clone(),
        ..previous.clone()
    };
    gravest(&findings) == Verdict::Good && head(&by_the_same_card, false).verdict() != Verdict::Bad
}

/// The first entry that both have and that differs, or the one the earlier head stood at.
fn difference(record: &Record, previous: &Record) -> Option<u32> {
    let mut earlier = previous.entries.iter();
    let differing = earlier.find(|earlier| {
        let later = entry(record, earlier.counter);
        later.is_some_and(|later| later != *earlier)
    });
    differing.map(|entry| entry.counter)
}

fn entry(record: &Record, counter: u32) -> Option<&JournalEntry> {
    record.entries.iter().find(|entry| entry.counter == counter)
}
