//! VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER (SP 800-73-5 part 2, 3.2.1 to 3.2.3).

use sello_wire::pin::{self, PinReference};
use sello_wire::status::Status;

use crate::context::Context;
use crate::platform::Platform;
use crate::record::{ReferenceData, Register};
use crate::request::Candidate;

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

/// Gives the tries back and makes further changes in the same step.
fn commit_matched<P: Platform>(
    context: &mut Context<'_, P>,
    _proof: &Matched,
    reference: PinReference,
    change: impl FnOnce(&mut Register),
) -> Result<(), Status> {
    let mut register = context.register().clone();
    register.reference_mut(reference).tries = pin::TRIES;
    change(&mut register);
    context.commit(register, [None, None])
}

/// `9000` when the PIN has been given, else the tries left.
pub(super) fn status<P: Platform>(context: &Context<'_, P>) -> Result<(), Status> {
    if context.session.pin_verified {
        return Ok(());
    }
    match context.register().pin.tries {
        0 => Err(Status::AUTHENTICATION_BLOCKED),
        left => Err(Status::wrong_pin(left)),
    }
}

pub(super) fn verify<P: Platform>(
    context: &mut Context<'_, P>,
    candidate: Candidate<'_>,
) -> Result<(), Status> {
    let proof = compare(context, PinReference::Pin, candidate)?;
    commit_matched(context, &proof, PinReference::Pin, |_| ())?;
    context.session.pin_verified = true;
    context.session.pin_fresh = true;
    Ok(())
}

/// Changes a PIN or PUK by its old value. A changed PIN is no transport PIN any more.
pub(super) fn change<P: Platform>(
    context: &mut Context<'_, P>,
    reference: PinReference,
    old: Candidate<'_>,
    new: Candidate<'_>,
) -> Result<(), Status> {
    let is_pin = reference == PinReference::Pin;
    if is_pin && context.register().transport_pin && old == new {
        return Err(Status::INCORRECT_DATA);
    }
    let proof = compare(context, reference, old)?;
    commit_matched(context, &proof, reference, |register| {
        *register.reference_mut(reference) = ReferenceData::new(*new);
        if is_pin {
            register.transport_pin = false;
        }
    })?;
    if is_pin {
        context.session.pin_verified = true;
    }
    Ok(())
}

/// Sets a new PIN by the PUK. While the transport PIN is in force the new one must differ from it.
pub(super) fn unblock<P: Platform>(
    context: &mut Context<'_, P>,
    puk: Candidate<'_>,
    new_pin: Candidate<'_>,
) -> Result<(), Status> {
    let proof = compare(context, PinReference::Puk, puk)?;
    let register = context.register();
    let unchanged = register.transport_pin && register.pin.matches(new_pin);
    commit_matched(context, &proof, PinReference::Puk, |register| {
        if !unchanged {
            register.pin = ReferenceData::new(*new_pin);
            register.transport_pin = false;
        }
    })?;
    context.session.drop_pin();
    if unchanged {
        Err(Status::INCORRECT_DATA)
    } else {
        Ok(())
    }
}
