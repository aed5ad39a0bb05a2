//! When a request is allowed: the life cycle, and proofs of rights.
//!
//! A check leaves a proof that only this module can make; the handler that needs the right takes the
//! proof as an argument.

use sello_wire::key::{PinPolicy, Slot};
use sello_wire::life_cycle::LifeCycle;
use sello_wire::status::Status;

use crate::context::Context;
use crate::platform::Platform;
use crate::request::Request;

/// Proof that the management key was authenticated since the last reset.
pub(crate) struct Managed(());

/// Proof that the key in the slot may sign once, now.
pub(crate) enum SigningRight {
    /// For its custodian, under its PIN policy.
    Use,
    /// For the center, which makes the card: the one possession signature.
    Possession,
}

/// Whether the life cycle lets a request through (`specs/card.md`, "Life cycle").
///
/// # Errors
/// `6985`.
pub(crate) const fn permit(state: LifeCycle, request: &Request<'_>) -> Result<(), Status> {
    let least = match request {
        Request::SelectPiv | Request::SelectOther | Request::GetData(_) | Request::GetStatus => {
            return Ok(());
        }
        Request::GetVersion
        | Request::GetSerial
        | Request::GetMetadata(_)
        | Request::ManagementAuthenticate { .. }
        | Request::SetStatus(_) => !matches!(state, LifeCycle::Terminated),
        Request::PutData { .. }
        | Request::PinStatus
        | Request::PinLogOut
        | Request::Verify(_)
        | Request::ChangeReferenceData { .. }
        | Request::ResetRetryCounter { .. }
        | Request::Sign { .. } => {
            matches!(state, LifeCycle::Personalizing | LifeCycle::Operational)
        }
        Request::Generate { .. } | Request::SetManagementKey(_) => {
            matches!(state, LifeCycle::Personalizing)
        }
    };
    if least {
        Ok(())
    } else {
        Err(Status::CONDITIONS_NOT_SATISFIED)
    }
}

/// Demands the management key.
///
/// # Errors
/// `6982`.
pub(crate) const fn managed<P>(context: &Context<'_, P>) -> Result<Managed, Status> {
    if context.session.managed {
        Ok(Managed(()))
    } else {
        Err(Status::SECURITY_STATUS_NOT_SATISFIED)
    }
}

/// Decides whether a key may sign now.
///
/// # Errors
/// `6982` when the PIN or the management key has not been given as the policy demands, `6985` when the
/// transport PIN is in force or the possession signature has been given.
pub(crate) fn signing<P: Platform>(
    context: &Context<'_, P>,
    slot: Slot,
    policy: PinPolicy,
) -> Result<SigningRight, Status> {
    let register = context.register();
    if register.life_cycle == LifeCycle::Personalizing {
        managed(context)?;
        return if register.possession_of(slot) {
            Ok(SigningRight::Possession)
        } else {
            Err(Status::CONDITIONS_NOT_SATISFIED)
        };
    }
    if register.transport_pin {
        return Err(Status::CONDITIONS_NOT_SATISFIED);
    }
    let given = match policy {
        PinPolicy::Never => true,
        PinPolicy::Once => context.session.pin_verified,
        PinPolicy::Always => context.session.pin_just_verified,
    };
    if given {
        Ok(SigningRight::Use)
    } else {
        Err(Status::SECURITY_STATUS_NOT_SATISFIED)
    }
}
