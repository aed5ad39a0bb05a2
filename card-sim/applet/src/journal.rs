//! The stamp journal (`specs/card.md`, "Journal"): a chain of hashes whose head is in the register, and a
//! ring of the newest entries.

use sello_wire::journal::{
    Entry, KEPT, KeyId, Kind, LONGEST_ENTRY, LONGEST_STORED_ENTRY, STATEMENT_PREFIX,
};
use sello_wire::key::Slot;
use sello_wire::status::Status;
use sello_wire::tlv::Writer;

use crate::context::Context;
use crate::failure::status_of;
use crate::platform::{Change, Failure, Platform, Point, Record};
use crate::record::{JournalHead, Register, StoredKey};

/// The first bytes of SHA-256 over the point.
///
/// # Errors
/// What the platform reports.
pub(crate) fn key_id<P: Platform>(platform: &mut P, point: &Point) -> Result<KeyId, Failure> {
    let hash = platform.sha256(&[point.as_bytes()])?;
    hash.first_chunk().copied().ok_or(Failure::Cryptography)
}

/// Where an entry lies in the ring.
fn record_of(counter: u32) -> Record {
    let place = counter.wrapping_sub(1) % u32::from(KEPT);
    Record::Journal(u16::try_from(place).unwrap_or_default())
}

/// Makes everything a signature changes the state of the card, in one commit: the journal entry of a
/// seal key, the approval used up, the possession signature given.
///
/// # Errors
/// `6985` when the journal takes no more entries, ever, or no approval is left; otherwise as
/// [`Context::commit`]. Nothing has changed then, and the signature must not leave.
#[inline(never)]
pub(crate) fn commit<P: Platform>(
    context: &mut Context<'_, P>,
    slot: Slot,
    key: &StoredKey,
    kind: Kind,
    digest: &[u8],
) -> Result<(), Status> {
    let mut register = context.register().clone();
    let changed = use_up(&mut register, slot, key, kind)?;
    if slot.seal_index().is_none() {
        return if changed {
            context.commit(register, [None, None])
        } else {
            Ok(())
        };
    }
    // A counter that began anew would hide as many signatures as it has.
    let counter = register
        .journal
        .counter
        .checked_add(1)
        .ok_or(Status::CONDITIONS_NOT_SATISFIED)?;
    let entry = Entry {
        counter,
        kind,
        slot,
        key_id: key_id(context.platform, &key.point).map_err(status_of)?,
        digest,
    };
    let mut buffer = [0; LONGEST_STORED_ENTRY];
    let (stored, head) =
        chained(context.platform, &register.journal, &entry, &mut buffer).map_err(status_of)?;
    register.journal = head;
    let write = Change::Write(record_of(counter), stored);
    context.commit(register, [Some(write), None])
}

/// Takes away what allowed the signature; whether there was anything to take.
fn use_up(
    register: &mut Register,
    slot: Slot,
    key: &StoredKey,
    kind: Kind,
) -> Result<bool, Status> {
    match kind {
        Kind::Possession => register.set_possession(slot, false),
        Kind::Stamp | Kind::Batch if key.dual_control => {
            let left = register.approvals(slot).checked_sub(1);
            register.set_approvals(slot, left.ok_or(Status::CONDITIONS_NOT_SATISFIED)?);
        }
        Kind::Stamp | Kind::Batch => return Ok(false),
    }
    Ok(true)
}

/// The bytes of an entry with the chain value after it, and the head they make.
fn chained<'b, P: Platform>(
    platform: &mut P,
    head: &JournalHead,
    entry: &Entry<'_>,
    buffer: &'b mut [u8; LONGEST_STORED_ENTRY],
) -> Result<(&'b [u8], JournalHead), Failure> {
    let mut bytes = [0; LONGEST_ENTRY];
    let mut writer = Writer::new(&mut bytes);
    entry.write(&mut writer).map_err(|_| Failure::Input)?;
    let bytes = writer.finish();
    let chain = platform.sha256(&[&head.chain, bytes])?;
    let mut writer = Writer::new(buffer.as_mut_slice());
    writer
        .bytes(bytes)
        .and_then(|w| w.bytes(&chain))
        .map_err(|_| Failure::Input)?;
    let counter = entry.counter;
    Ok((writer.finish(), JournalHead { counter, chain }))
}

/// Reads an entry the card still keeps, with the chain value after it.
///
/// # Errors
/// [`Failure::Memory`], also when there is no such entry.
pub(crate) fn read<'b, P: Platform>(
    platform: &P,
    counter: u32,
    buffer: &'b mut [u8; LONGEST_STORED_ENTRY],
) -> Result<&'b [u8], Failure> {
    let length = platform.read(record_of(counter), buffer)?;
    length
        .and_then(|length| buffer.get(..length))
        .ok_or(Failure::Memory)
}

/// What the attestation key signs about the head of the journal.
///
/// # Errors
/// What the platform reports.
pub(crate) fn statement_digest<P: Platform>(
    platform: &mut P,
    serial: [u8; 4],
    head: &JournalHead,
    nonce: &[u8],
) -> Result<[u8; 32], Failure> {
    let counter = head.counter.to_be_bytes();
    platform.sha256(&[STATEMENT_PREFIX, &serial, &counter, &head.chain, nonce])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_holds_the_newest_entries_each_in_a_place_of_its_own() {
        assert_eq!(record_of(1), Record::Journal(0));
        assert_eq!(record_of(512), Record::Journal(511));
        assert_eq!(record_of(513), Record::Journal(0));
        assert_eq!(record_of(u32::MAX), Record::Journal(510));
    }
}
