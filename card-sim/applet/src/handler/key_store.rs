//! What other PIV cards have for keys besides generating them: IMPORT ASYMMETRIC KEY, MOVE KEY and ATTEST
//! (common extensions).

use sello_wire::key::{KeyOrigin, PinPolicy, Slot};
use sello_wire::status::Status;

use crate::attestation::{self, Attested};
use crate::context::Context;
use crate::failure::status_of;
use crate::gate::Managed;
use crate::link::Outgoing;
use crate::platform::{Change, Platform, PrivateKey, Record};
use crate::record::{Profile, StoredKey};

/// Takes a key pair in, in place of what was in the slot. A seal key is generated and never leaves the
/// card; only a key that decrypts may have a copy elsewhere.
#[inline(never)]
pub(super) fn import<P: Platform>(
    context: &mut Context<'_, P>,
    _right: &Managed,
    slot: Slot,
    policy: PinPolicy,
    private: PrivateKey,
) -> Result<(), Status> {
    if context.register().profile == Profile::Seal && slot != Slot::KeyManagement {
        return Err(Status::CONDITIONS_NOT_SATISFIED);
    }
    let point = context.platform.public_point(&private).map_err(status_of)?;
    let key = StoredKey {
        policy,
        origin: KeyOrigin::Imported,
        dual_control: false,
        point,
        private,
    }
    .encode();
    let mut register = context.register().clone();
    register.set_possession(slot, false);
    register.set_approvals(slot, 0);
    let change = Change::Write(Record::Key(slot), key.as_slice());
    context.commit_counted(register, [Some(change), None])
}

/// Moves a key with its policies to another slot, in place of what was there, or deletes it. What was
/// approved was approved for the slot, and is withdrawn.
#[inline(never)]
pub(super) fn move_key<P: Platform>(
    context: &mut Context<'_, P>,
    _right: &Managed,
    from: Slot,
    to: Option<Slot>,
) -> Result<(), Status> {
    let key = context.key(from)?;
    let mut register = context.register().clone();
    let possession = register.possession_of(from);
    register.set_possession(from, false);
    register.set_approvals(from, 0);
    let erase = Some(Change::Erase(Record::Key(from)));
    let Some(to) = to else {
        return context.commit_counted(register, [erase, None]);
    };
    if !fits(&key, context.register().profile, to) {
        return Err(Status::CONDITIONS_NOT_SATISFIED);
    }
    register.set_possession(to, possession);
    register.set_approvals(to, 0);
    let bytes = key.encode();
    let write = Change::Write(Record::Key(to), bytes.as_slice());
    context.commit_counted(register, [erase, Some(write)])
}

/// Whether a key may be in a slot: besides what its policy says, a seal card has imported keys for key
/// management alone.
fn fits(key: &StoredKey, profile: Profile, slot: Slot) -> bool {
    let foreign = profile == Profile::Seal && key.origin == KeyOrigin::Imported;
    key.belongs_in(slot) && (!foreign || slot == Slot::KeyManagement)
}

/// Says of a key, by the attestation key, that this card generated it.
#[inline(never)]
pub(super) fn attest<P: Platform>(
    context: &mut Context<'_, P>,
    slot: Slot,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let key = context.key(slot)?;
    if key.origin != KeyOrigin::Generated {
        return Err(Status::INCORRECT_DATA);
    }
    let signer = context.attestation_key()?;
    let serial = context.register().serial;
    let attested = Attested {
        slot,
        policy: key.policy,
        dual_control: key.dual_control,
        point: &key.point,
    };
    let signed = attestation::attest(context.platform, serial, &signer.private, &attested)
        .map_err(status_of)?;
    outgoing.write(|w| signed.write(w))
}
