//! Key pairs: GENERATE ASYMMETRIC KEY PAIR, signing and key agreement (SP 800-73-5 part 2, 3.3.2 and
//! 3.2.4), and the commands that other PIV cards have for keys.

use sello_wire::journal::Kind;
use sello_wire::key::{Curve, KeyOrigin, PinPolicy, Slot};
use sello_wire::status::Status;
use sello_wire::tag::Tag;

use super::key_store;
use crate::context::Context;
use crate::der;
use crate::failure::status_of;
use crate::gate::{self, Managed};
use crate::journal;
use crate::link::Outgoing;
use crate::platform::{Change, Platform, Point, Record};
use crate::record::{Profile, StoredKey};
use crate::request::Request;

#[inline(never)]
pub(super) fn handle<P: Platform>(
    context: &mut Context<'_, P>,
    request: Request<'_>,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    match request {
        Request::Sign {
            slot,
            curve,
            digest,
        } => sign(context, slot, curve, digest, outgoing),
        Request::Agree { slot, point } => agree(context, slot, &point, outgoing),
        Request::Generate {
            slot,
            curve,
            policy,
        } => {
            let right = gate::managed(context)?;
            generate(context, &right, slot, curve, policy, outgoing)
        }
        Request::Import {
            slot,
            policy,
            private,
        } => {
            let right = gate::managed_in_secret(context)?;
            key_store::import(context, &right, slot, policy, private)
        }
        Request::MoveKey { from, to } => {
            let right = gate::managed(context)?;
            key_store::move_key(context, &right, from, to)
        }
        Request::Attest(slot) => key_store::attest(context, slot, outgoing),
        _ => Err(Status::FUNCTION_NOT_SUPPORTED),
    }
}

/// Makes a key pair in a slot, in place of what was there.
#[inline(never)]
fn generate<P: Platform>(
    context: &mut Context<'_, P>,
    _right: &Managed,
    slot: Slot,
    curve: Curve,
    policy: PinPolicy,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let (private, point) = context.platform.generate(curve).map_err(status_of)?;
    let key = StoredKey {
        policy,
        origin: KeyOrigin::Generated,
        dual_control: false,
        point,
        private,
    }
    .encode();
    outgoing.write(|writer| {
        writer
            .nested(Tag::PUBLIC_KEY, |w| {
                w.tlv(Tag::POINT, point.as_bytes()).map(drop)
            })
            .map(drop)
    })?;
    let mut register = context.register().clone();
    register.set_possession(slot, register.profile == Profile::Seal);
    register.set_approvals(slot, 0);
    let change = Change::Write(Record::Key(slot), key.as_slice());
    context.commit_counted(register, [Some(change), None])
}

/// The key of a slot, which must be of this curve. SP 800-73-5 part 2, 3.2.4, lists `6A80` and `6A86` and
/// does not say which; clients that look whether a slot still has their key know the former.
pub(super) fn load<P: Platform>(
    context: &Context<'_, P>,
    slot: Slot,
    curve: Curve,
) -> Result<StoredKey, Status> {
    let key = context.key(slot)?;
    if key.curve() == curve {
        Ok(key)
    } else {
        Err(Status::INCORRECT_DATA)
    }
}

/// Signs a digest.
fn sign<P: Platform>(
    context: &mut Context<'_, P>,
    slot: Slot,
    curve: Curve,
    digest: &[u8],
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let key = load(context, slot, curve)?;
    let right = gate::key_use(context, slot, &key)?;
    let kind = match right {
        gate::KeyRight::Use => Kind::Stamp,
        gate::KeyRight::Possession => Kind::Possession,
    };
    finish(context, slot, &key, kind, digest, outgoing)
}

/// Signs, and counts the signature in the memory before it leaves the card.
pub(super) fn finish<P: Platform>(
    context: &mut Context<'_, P>,
    slot: Slot,
    key: &StoredKey,
    kind: Kind,
    digest: &[u8],
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let signature = context
        .platform
        .sign(&key.private, digest)
        .map_err(status_of)?;
    journal::commit(context, slot, key, kind, digest)?;
    let (value, length) = der::signature_value(&signature);
    let value = value.get(..length).unwrap_or_default();
    outgoing.write(|writer| {
        writer
            .nested(Tag::DYNAMIC_AUTHENTICATION, |w| {
                w.tlv(Tag::RESPONSE, value).map(drop)
            })
            .map(drop)
    })
}

/// Agrees on a secret with the owner of a point.
#[inline(never)]
fn agree<P: Platform>(
    context: &mut Context<'_, P>,
    slot: Slot,
    point: &Point,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let key = load(context, slot, point.curve())?;
    gate::key_use(context, slot, &key)?;
    // What the approver allows is a number of stampings.
    if key.dual_control {
        return Err(Status::CONDITIONS_NOT_SATISFIED);
    }
    let secret = context
        .platform
        .agree(&key.private, point)
        .map_err(status_of)?;
    outgoing.write(|writer| {
        writer
            .nested(Tag::DYNAMIC_AUTHENTICATION, |w| {
                w.tlv(Tag::RESPONSE, secret.expose()).map(drop)
            })
            .map(drop)
    })
}
