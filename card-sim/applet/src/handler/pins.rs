//! VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER (SP 800-73-5 part 2, 3.2.1 to 3.2.3).

use sello_wire::key::Slot;
use sello_wire::pin::{FACTORY_PIN, FACTORY_PUK, PinReference, TRIES};
use sello_wire::status::Status;

use crate::context::Context;
use crate::failure::status_of;
use crate::gate::{self, Managed};
use crate::platform::Platform;
use crate::record::{Profile, ReferenceData, Register, StoredKey};
use crate::request::{Candidate, Request};

#[inline(never)]
pub(super) fn handle<P: Platform>(
    context: &mut Context<'_, P>,
    request: &Request<'_>,
) -> Result<(), Status> {
    match *request {
        Request::PinStatus(reference) => status(context, reference),
        Request::PinLogOut => {
            context.session.drop_pin();
            Ok(())
        }
        Request::Verify(candidate) => verify(context, candidate),
        Request::Malformed { reference, bytes } => Err(malformed(context, reference, bytes)),
        Request::ChangeReferenceData {
            reference,
            old,
            new,
        } => change(context, reference, old, new),
        Request::ResetRetryCounter { puk, new_pin } => unblock(context, puk, new_pin),
        Request::Approve { pin, slot, count } => approve(context, pin, slot, count),
        Request::SetRetries { pin, puk } => {
            let right = gate::managed(context)?;
            set_retries(context, &right, pin, puk)
        }
        Request::SetApprover(new) => {
            let right = gate::managed_in_secret(context)?;
            set_by_center(context, &right, PinReference::Approver, new)
        }
        Request::CenterUnblock { reference, new } => {
            let right = gate::managed_in_secret(context)?;
            if !context.register().reference(reference).is_set() {
                return Err(Status::REFERENCE_NOT_FOUND);
            }
            set_by_center(context, &right, reference, new)
        }
        _ => Err(Status::FUNCTION_NOT_SUPPORTED),
    }
}

/// Proof that the reference data was given; its retry counter is still one too low in the memory.
struct Matched(());

/// Counts the try in the memory, and only then compares.
fn compare<P: Platform>(
    context: &mut Context<'_, P>,
    reference: PinReference,
    candidate: Candidate<'_>,
) -> Result<Matched, Status> {
    let mut register = context.register().clone();
    let data = register.reference_mut(reference);
    if !data.is_set() {
        return Err(Status::REFERENCE_NOT_FOUND);
    }
    let left = data
        .tries
        .checked_sub(1)
        .ok_or(Status::AUTHENTICATION_BLOCKED)?;
    data.tries = left;
    context.commit(register, [None, None])?;
    if context.register().reference(reference).matches(candidate) {
        return Ok(Matched(()));
    }
    if reference == PinReference::Pin {
        context.session.drop_pin();
    }
    Err(Status::wrong_pin(left))
}

/// As [`compare`], with a PUK that is to set a new PIN: a wrong one takes away what the PIN gained, a blocked
/// one does not (SP 800-73-5 part 2, 3.2.3).
fn compare_puk<P: Platform>(
    context: &mut Context<'_, P>,
    puk: Candidate<'_>,
) -> Result<Matched, Status> {
    compare(context, PinReference::Puk, puk).inspect_err(|status| {
        if *status != Status::AUTHENTICATION_BLOCKED {
            context.session.drop_pin();
        }
    })
}

/// Gives the tries back and makes further changes in the same step.
fn commit_matched<P: Platform>(
    context: &mut Context<'_, P>,
    _proof: &Matched,
    reference: PinReference,
    change: impl FnOnce(&mut Register),
) -> Result<(), Status> {
    let mut register = context.register().clone();
    let data = register.reference_mut(reference);
    data.tries = data.total;
    change(&mut register);
    context.commit(register, [None, None])
}

/// `9000` when the PIN has been given, else the tries left.
fn status<P: Platform>(context: &Context<'_, P>, reference: PinReference) -> Result<(), Status> {
    let data = context.register().reference(reference);
    if reference == PinReference::Pin && context.session.pin_verified {
        return Ok(());
    }
    match data.tries {
        _ if !data.is_set() => Err(Status::REFERENCE_NOT_FOUND),
        0 => Err(Status::AUTHENTICATION_BLOCKED),
        left => Err(Status::wrong_pin(left)),
    }
}

fn verify<P: Platform>(
    context: &mut Context<'_, P>,
    candidate: Candidate<'_>,
) -> Result<(), Status> {
    let proof = compare(context, PinReference::Pin, candidate)?;
    commit_matched(context, &proof, PinReference::Pin, |_| ())?;
    context.session.pin_verified = true;
    context.session.pin_fresh = true;
    // Whoever gives the PIN must know what for: a batch that another program announced earlier stays
    // without it.
    if context.session.just_announced
        && let Some(batch) = context.session.batch.as_mut()
    {
        batch.authorized = true;
    }
    Ok(())
}

/// What a value earns that cannot be the PIN, or a PUK that comes with such a new PIN. SP 800-73-5 part 2,
/// 3.2.1 to 3.2.3, leave the choice where the value is wrong: a seal card spares the try, a plain PIV card
/// counts it, since its clients block PIN and PUK with such values before RESET. A right PUK keeps its tries.
fn malformed<P: Platform>(
    context: &mut Context<'_, P>,
    reference: PinReference,
    bytes: Candidate<'_>,
) -> Status {
    if context.register().profile == Profile::Seal {
        return Status::INCORRECT_DATA;
    }
    let before = context.register().reference(reference).tries;
    let compared = match reference {
        PinReference::Puk => compare_puk(context, bytes),
        PinReference::Pin | PinReference::Approver => compare(context, reference, bytes),
    };
    if let Err(status) = compared {
        return status;
    }
    let mut register = context.register().clone();
    register.reference_mut(reference).tries = before;
    context
        .commit(register, [None, None])
        .err()
        .unwrap_or(Status::INCORRECT_DATA)
}

/// Changes a PIN or PUK by its old value. A changed PIN is no transport PIN any more.
fn change<P: Platform>(
    context: &mut Context<'_, P>,
    reference: PinReference,
    old: Candidate<'_>,
    new: Candidate<'_>,
) -> Result<(), Status> {
    let is_pin = reference == PinReference::Pin;
    if in_transport(context.register(), reference) && old == new {
        return Err(Status::INCORRECT_DATA);
    }
    demand_own(context.register(), reference, new)?;
    let proof = compare(context, reference, old)?;
    commit_matched(context, &proof, reference, |register| {
        let replaced = register.reference(reference).replaced(*new);
        *register.reference_mut(reference) = replaced;
        set_transport(register, reference, false);
    })?;
    if is_pin {
        context.session.pin_verified = true;
    }
    Ok(())
}

/// Sets a new PIN by the PUK. While the transport PIN is in force the new one must differ from it.
fn unblock<P: Platform>(
    context: &mut Context<'_, P>,
    puk: Candidate<'_>,
    new_pin: Candidate<'_>,
) -> Result<(), Status> {
    demand_own(context.register(), PinReference::Pin, new_pin)?;
    let proof = compare_puk(context, puk)?;
    let register = context.register();
    let unchanged = register.transport_pin && register.pin.matches(new_pin);
    commit_matched(context, &proof, PinReference::Puk, |register| {
        if !unchanged {
            register.pin = register.pin.replaced(*new_pin);
            register.transport_pin = false;
        }
    })?;
    context.session.batch = None;
    if unchanged {
        Err(Status::INCORRECT_DATA)
    } else {
        Ok(())
    }
}

/// Allows a key under dual control its next stampings, in place of what was left.
///
/// What no PIN can change is said before a try is counted.
fn approve<P: Platform>(
    context: &mut Context<'_, P>,
    pin: Candidate<'_>,
    slot: Slot,
    count: u16,
) -> Result<(), Status> {
    let reference = PinReference::Approver;
    let key = StoredKey::load(context.platform, slot)
        .map_err(status_of)?
        .filter(|_| context.register().reference(reference).is_set())
        .ok_or(Status::REFERENCE_NOT_FOUND)?;
    if !key.dual_control || in_transport(context.register(), reference) {
        return Err(Status::CONDITIONS_NOT_SATISFIED);
    }
    let proof = compare(context, reference, pin)?;
    commit_matched(context, &proof, reference, |register| {
        register.set_approvals(slot, count);
    })
}

/// Sets how many tries PIN and PUK have. A plain PIV token asks for the PIN too and takes both back to the
/// factory's values, as its clients expect; the center of a seal card knows what it has set.
fn set_retries<P: Platform>(
    context: &mut Context<'_, P>,
    _right: &Managed,
    pin: u8,
    puk: u8,
) -> Result<(), Status> {
    let mut register = context.register().clone();
    let is_token = register.profile == Profile::Piv;
    if is_token && !context.session.pin_verified {
        return Err(Status::SECURITY_STATUS_NOT_SATISFIED);
    }
    if is_token {
        register.pin = ReferenceData::new(FACTORY_PIN, pin);
        register.puk = ReferenceData::new(FACTORY_PUK, puk);
    } else {
        register.pin = register.pin.with_tries(pin);
        register.puk = register.puk.with_tries(puk);
    }
    context.commit(register, [None, None])?;
    context.session.drop_pin();
    Ok(())
}

/// Whether a seal card takes a new value: not the factory's, since GET METADATA tells anybody that it is in
/// force. On a plain token that is what clients ask for.
///
/// # Errors
/// `6A80`.
fn demand_own(
    register: &Register,
    reference: PinReference,
    new: Candidate<'_>,
) -> Result<(), Status> {
    let factory = match reference {
        PinReference::Pin => FACTORY_PIN,
        PinReference::Puk => FACTORY_PUK,
        PinReference::Approver => return Ok(()),
    };
    if register.profile == Profile::Seal && *new == factory {
        return Err(Status::INCORRECT_DATA);
    }
    Ok(())
}

/// Whether a PIN is still the one from the center's letter. A PUK has no such state.
const fn in_transport(register: &Register, reference: PinReference) -> bool {
    match reference {
        PinReference::Pin => register.transport_pin,
        PinReference::Approver => register.approver_transport,
        PinReference::Puk => false,
    }
}

const fn set_transport(register: &mut Register, reference: PinReference, transport: bool) {
    match reference {
        PinReference::Pin => register.transport_pin = transport,
        PinReference::Approver => register.approver_transport = transport,
        PinReference::Puk => {}
    }
}

/// Sets a PIN or the approver PIN as the center's letter tells it: a transport PIN with all its tries.
fn set_by_center<P: Platform>(
    context: &mut Context<'_, P>,
    _right: &Managed,
    reference: PinReference,
    new: Candidate<'_>,
) -> Result<(), Status> {
    demand_own(context.register(), reference, new)?;
    let mut register = context.register().clone();
    let data = register.reference(reference);
    let total = if data.is_set() { data.total } else { TRIES };
    *register.reference_mut(reference) = ReferenceData::new(*new, total);
    set_transport(&mut register, reference, true);
    context.commit(register, [None, None])?;
    if reference == PinReference::Pin {
        context.session.drop_pin();
    }
    Ok(())
}
