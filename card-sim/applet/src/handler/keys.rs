//! GENERATE ASYMMETRIC KEY PAIR and signing (SP 800-73-5 part 2, 3.3.2 and 3.2.4).

use sello_wire::key::{KeyOrigin, P256_DIGEST_LENGTH, PinPolicy, Slot};
use sello_wire::status::Status;
use sello_wire::tag::Tag;

use crate::context::{Context, status_of};
use crate::der;
use crate::gate::{self, Managed, SigningRight};
use crate::link::Outgoing;
use crate::platform::{Change, Platform, Record};
use crate::record::StoredKey;

/// Makes a key pair in a slot, in place of what was there.
pub(super) fn generate<P: Platform>(
    context: &mut Context<'_, P>,
    _right: &Managed,
    slot: Slot,
    policy: PinPolicy,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let (private, point) = context.platform.generate_p256().map_err(status_of)?;
    let key = StoredKey {
        policy,
        origin: KeyOrigin::Generated,
        point,
        private,
    }
    .encode();
    outgoing.write(|writer| {
        writer
            .nested(Tag::PUBLIC_KEY, |w| w.tlv(Tag::POINT, &point).map(drop))
            .map(drop)
    })?;
    let mut register = context.register().clone();
    register.set_possession(slot, true);
    let change = Change::Write(Record::Key(slot), key.as_slice());
    context.commit_counted(register, [Some(change), None])
}

/// Signs a digest. A possession signature is used up in the memory before it leaves the card.
pub(super) fn sign<P: Platform>(
    context: &mut Context<'_, P>,
    slot: Slot,
    digest: &[u8; P256_DIGEST_LENGTH],
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let key = StoredKey::load(context.platform, slot)
        .map_err(status_of)?
        .ok_or(Status::REFERENCE_NOT_FOUND)?;
    let right = gate::signing(context, slot, key.policy)?;
    let signature = context
        .platform
        .sign_p256(&key.private, digest)
        .map_err(status_of)?;
    if matches!(right, SigningRight::Possession) {
        let mut register = context.register().clone();
        register.set_possession(slot, false);
        context.commit(register, [None, None])?;
    }
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
