//! What no PIV card has: key policies, batches, the journal (`specs/card.md`).

use sello_wire::journal::{Kind, LARGEST_PAGE, LONGEST_STORED_ENTRY, first_kept};
use sello_wire::key::{Curve, PinPolicy, Slot};
use sello_wire::status::Status;
use sello_wire::tag::{self, Tag};
use sello_wire::tlv::{self, Writer};

use super::keys;
use crate::batch::Batch;
use crate::context::Context;
use crate::der;
use crate::failure::status_of;
use crate::gate::{self, Managed};
use crate::journal;
use crate::link::Outgoing;
use crate::platform::{Change, Failure, Platform, Record};
use crate::record::StoredKey;
use crate::request::Request;

#[inline(never)]
pub(super) fn handle<P: Platform>(
    context: &mut Context<'_, P>,
    request: &Request<'_>,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    match *request {
        Request::SetKeyPolicy {
            slot,
            policy,
            dual_control,
        } => {
            let right = gate::managed(context)?;
            set_policy(context, &right, slot, policy, dual_control)
        }
        Request::GetKeyPolicy(slot) => policy(context, slot, outgoing),
        Request::AnnounceBatch { slot, root, count } => announce(context, slot, root, count),
        Request::SignInBatch {
            slot,
            curve,
            digest,
            index,
            path,
        } => {
            let leaf = Leaf {
                digest,
                index,
                path,
            };
            sign_in_batch(context, slot, curve, &leaf, outgoing)
        }
        Request::ReadJournal { from } => read_journal(context, from, outgoing),
        Request::AttestJournal { nonce } => attest_journal(context, nonce, outgoing),
        _ => Err(Status::FUNCTION_NOT_SUPPORTED),
    }
}

/// Sets what a use of a key demands. What was approved under the old policy is withdrawn.
fn set_policy<P: Platform>(
    context: &mut Context<'_, P>,
    _right: &Managed,
    slot: Slot,
    policy: PinPolicy,
    dual_control: bool,
) -> Result<(), Status> {
    let key = StoredKey {
        policy,
        dual_control,
        ..context.key(slot)?
    };
    if !key.belongs_in(slot) {
        return Err(Status::INCORRECT_DATA);
    }
    let key = key.encode();
    let mut register = context.register().clone();
    register.set_approvals(slot, 0);
    let change = Change::Write(Record::Key(slot), key.as_slice());
    context.commit_counted(register, [Some(change), None])
}

fn policy<P: Platform>(
    context: &Context<'_, P>,
    slot: Slot,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let key = context.key(slot)?;
    let approvals = context.register().approvals(slot).to_be_bytes();
    outgoing.write(|writer| {
        writer.nested(Tag::KEY_POLICY, |w| {
            w.tlv(tag::policy::PIN, &[key.policy.to_byte()])?;
            w.tlv(tag::policy::DUAL_CONTROL, &[u8::from(key.dual_control)])?;
            w.tlv(tag::policy::APPROVALS, &approvals).map(drop)
        })?;
        Ok(())
    })
}

/// Fixes the documents that the next VERIFY allows.
fn announce<P: Platform>(
    context: &mut Context<'_, P>,
    slot: Slot,
    root: &[u8; 32],
    count: u16,
) -> Result<(), Status> {
    let key = context.key(slot)?;
    let register = context.register();
    let unapproved = key.dual_control && register.approvals(slot) < count;
    if key.policy != PinPolicy::Counted || register.transport_pin || unapproved {
        return Err(Status::CONDITIONS_NOT_SATISFIED);
    }
    let id = journal::key_id(context.platform, &key.point).map_err(status_of)?;
    // The PIN that was given before was not given for these documents.
    context.session.drop_pin();
    context.session.batch = Some(Batch::new(slot, id, *root, count));
    context.session.announced = true;
    Ok(())
}

/// A document of the batch, and the proof that it belongs to it.
struct Leaf<'a> {
    digest: &'a [u8],
    index: u16,
    path: &'a [u8],
}

/// Signs a document of the announced batch, once.
fn sign_in_batch<P: Platform>(
    context: &mut Context<'_, P>,
    slot: Slot,
    curve: Curve,
    leaf: &Leaf<'_>,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let key = keys::load(context, slot, curve)?;
    gate::batch_use(context, slot, &key)?;
    let id = journal::key_id(context.platform, &key.point).map_err(status_of)?;
    let batch = context.session.batch.as_ref().filter(|b| b.key == id);
    let batch = batch.ok_or(Status::SECURITY_STATUS_NOT_SATISFIED)?;
    let platform = &mut context.platform;
    let hash = |parts: &[&[u8]]| platform.sha256(parts);
    let included = batch
        .includes(hash, leaf.digest, leaf.index, leaf.path)
        .map_err(status_of)?;
    if !included {
        return Err(Status::INCORRECT_DATA);
    }
    if batch.is_used(leaf.index) {
        return Err(Status::CONDITIONS_NOT_SATISFIED);
    }
    // Before the journal: whatever happens from here on, the leaf is not signed again.
    if let Some(batch) = context.session.batch.as_mut() {
        batch.set_used(leaf.index);
    }
    keys::finish(context, slot, &key, Kind::Batch, leaf.digest, outgoing)
}

/// The entries from one on, as many as fit on a page.
fn read_journal<P: Platform>(
    context: &Context<'_, P>,
    from: u32,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let last = context.register().journal.counter;
    let first = first_kept(last);
    let mut failure = None;
    outgoing.write(|writer| {
        writer.nested(Tag::JOURNAL, |w| {
            w.tlv(tag::journal::FIRST, &first.to_be_bytes())?;
            w.tlv(tag::journal::LAST, &last.to_be_bytes())?;
            failure = write_page(context.platform, w, from.max(first)..=last)?;
            Ok(())
        })?;
        Ok(())
    })?;
    failure.map_or(Ok(()), |failure| Err(status_of(failure)))
}

/// Writes entries while they fit; gives what the memory reports.
fn write_page<P: Platform>(
    platform: &P,
    writer: &mut Writer<'_>,
    counters: core::ops::RangeInclusive<u32>,
) -> Result<Option<Failure>, tlv::Error> {
    let mut buffer = [0; LONGEST_STORED_ENTRY];
    for counter in counters {
        let stored = match journal::read(platform, counter, &mut buffer) {
            Ok(stored) => stored,
            Err(failure) => return Ok(Some(failure)),
        };
        // Tag and length, one byte each.
        if writer.len() + 2 + stored.len() > LARGEST_PAGE {
            break;
        }
        writer.tlv(tag::journal::ENTRY, stored)?;
    }
    Ok(None)
}

/// The head of the journal, signed by the attestation key.
fn attest_journal<P: Platform>(
    context: &mut Context<'_, P>,
    nonce: &[u8],
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let key = context.attestation_key()?;
    let (serial, head) = (context.register().serial, context.register().journal);
    let signature = journal::statement_digest(context.platform, serial, &head, nonce)
        .and_then(|digest| context.platform.sign(&key.private, &digest))
        .map_err(status_of)?;
    let (value, length) = der::signature_value(&signature);
    let value = value.get(..length).unwrap_or_default();
    outgoing.write(|writer| {
        writer.nested(Tag::JOURNAL_HEAD, |w| {
            w.tlv(tag::journal::SERIAL, &serial)?;
            w.tlv(tag::journal::COUNTER, &head.counter.to_be_bytes())?;
            w.tlv(tag::journal::CHAIN, &head.chain)?;
            w.tlv(tag::journal::SIGNATURE, value).map(drop)
        })?;
        Ok(())
    })
}
