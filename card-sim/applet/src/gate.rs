//! When a request is allowed: the life cycle, the secure channel, and proofs of rights.
//!
//! A check leaves a proof that only this module can make; the handler that needs the right takes the
//! proof as an argument.

use sello_wire::key::{PinPolicy, Slot};
use sello_wire::life_cycle::LifeCycle;
use sello_wire::status::Status;

use crate::context::Context;
use crate::platform::Platform;
use crate::record::{Profile, Register, StoredKey};
use crate::request::Request;
use crate::session::{Interface, Session};

/// Proof that the command has the right to administer the card.
pub(crate) struct Managed(());

/// Proof that the key in the slot may be used once, now.
pub(crate) enum KeyRight {
    /// For its custodian, under its PIN policy.
    Use,
    /// For the center, which makes the card: the one possession signature.
    Possession,
}

/// Whether profile, life cycle and interface let a request through (`specs/card.md`, section 2).
///
/// # Errors
/// `6985`, or `6982` when the request would have to come through the secure channel.
pub(crate) fn permit(
    register: &Register,
    session: &Session,
    request: &Request<'_>,
) -> Result<(), Status> {
    match register.profile {
        Profile::Piv => permit_piv(request),
        Profile::Seal => permit_seal(register.life_cycle, session, request),
    }?;
    if uses_pin(request) {
        contactless_pin(register, session)?;
        encrypted(session)?;
    }
    Ok(())
}

const CONDITIONS: Result<(), Status> = Err(Status::CONDITIONS_NOT_SATISFIED);

/// A plain PIV card has no center, no channel and no life cycle.
const fn permit_piv(request: &Request<'_>) -> Result<(), Status> {
    match request {
        Request::InitializeUpdate { .. }
        | Request::ExternalAuthenticate { .. }
        | Request::PutKey { .. }
        | Request::SetStatus(_)
        | Request::SetApprover(_)
        | Request::CenterUnblock { .. } => CONDITIONS,
        _ => Ok(()),
    }
}

fn permit_seal(state: LifeCycle, session: &Session, request: &Request<'_>) -> Result<(), Status> {
    let allowed = match request {
        Request::SelectPiv
        | Request::SelectOther
        | Request::GetData(_)
        | Request::GetStatus
        | Request::ReadJournal { .. }
        | Request::AttestJournal { .. } => true,
        Request::GetVersion
        | Request::GetSerial
        | Request::GetMetadata(_)
        | Request::GetKeyPolicy(_)
        | Request::Attest(_)
        | Request::InitializeUpdate { .. }
        | Request::ExternalAuthenticate { .. }
        | Request::PutKey { .. }
        | Request::SetStatus(_) => !matches!(state, LifeCycle::Terminated),
        Request::PutData { .. } | Request::PinStatus(_) | Request::PinLogOut => {
            matches!(state, LifeCycle::Personalizing | LifeCycle::Operational)
        }
        Request::Verify(_)
        | Request::Malformed { .. }
        | Request::ChangeReferenceData { .. }
        | Request::ResetRetryCounter { .. }
        | Request::Sign { .. }
        | Request::CenterUnblock { .. }
        | Request::Import { .. } => match state {
            LifeCycle::Operational => true,
            // Whoever finds an unfinished card must not be able to set its codes.
            LifeCycle::Personalizing if session.secured.is_none() => {
                return Err(Status::SECURITY_STATUS_NOT_SATISFIED);
            }
            LifeCycle::Personalizing => true,
            _ => false,
        },
        Request::Agree { .. }
        | Request::Approve { .. }
        | Request::AnnounceBatch { .. }
        | Request::SignInBatch { .. } => matches!(state, LifeCycle::Operational),
        Request::Generate { .. }
        | Request::MoveKey { .. }
        | Request::SetRetries { .. }
        | Request::SetApprover(_)
        | Request::SetKeyPolicy { .. }
        | Request::SetCardPolicy { .. } => matches!(state, LifeCycle::Personalizing),
        Request::ManagementAuthenticate { .. } | Request::SetManagementKey(_) | Request::Reset => {
            false
        }
    };
    if allowed { Ok(()) } else { CONDITIONS }
}

/// Requests that bring a PIN or ask for one.
const fn uses_pin(request: &Request<'_>) -> bool {
    matches!(
        request,
        Request::Verify(_)
            | Request::Malformed { .. }
            | Request::ChangeReferenceData { .. }
            | Request::ResetRetryCounter { .. }
            | Request::Approve { .. }
    )
}

/// SP 800-73-5 part 1, 3.3.2 bars the PIN from a contactless interface without secure messaging; this
/// card lets the center decide.
fn contactless_pin(register: &Register, session: &Session) -> Result<(), Status> {
    if register.contactless_pin_forbidden
        && session.interface == Interface::Contactless
        && session.secured.is_none()
    {
        return Err(Status::SECURITY_STATUS_NOT_SATISFIED);
    }
    Ok(())
}

/// A secret that comes through the channel has to be encrypted there.
///
/// # Errors
/// `6982`.
fn encrypted(session: &Session) -> Result<(), Status> {
    match session.secured {
        Some(level) if !level.command_encryption() => Err(Status::SECURITY_STATUS_NOT_SATISFIED),
        _ => Ok(()),
    }
}

/// Demands the right to administer: the management key on a plain PIV card, the secure channel on a
/// seal card.
///
/// # Errors
/// `6982`.
pub(crate) fn managed<P: Platform>(context: &Context<'_, P>) -> Result<Managed, Status> {
    let granted = match context.register().profile {
        Profile::Piv => context.session.managed,
        Profile::Seal => context.session.secured.is_some(),
    };
    if granted {
        Ok(Managed(()))
    } else {
        Err(Status::SECURITY_STATUS_NOT_SATISFIED)
    }
}

/// As [`managed`], for a command that brings a secret: on a seal card the channel must encrypt it.
///
/// # Errors
/// `6982`.
pub(crate) fn managed_in_secret<P: Platform>(context: &Context<'_, P>) -> Result<Managed, Status> {
    encrypted(context.session)?;
    managed(context)
}

/// Decides whether a key may be used now.
///
/// # Errors
/// `6982` when the PIN or the channel is missing that the policy demands, `6985` when the transport PIN
/// is in force, an approval is missing, or the possession signature has been given.
pub(crate) fn key_use<P: Platform>(
    context: &Context<'_, P>,
    slot: Slot,
    key: &StoredKey,
) -> Result<KeyRight, Status> {
    let register = context.register();
    if register.life_cycle == LifeCycle::Personalizing {
        managed(context)?;
        return if register.possession_of(slot) {
            Ok(KeyRight::Possession)
        } else {
            Err(Status::CONDITIONS_NOT_SATISFIED)
        };
    }
    let session = &context.session;
    let given = match key.policy {
        PinPolicy::Never => true,
        PinPolicy::Once => session.pin_verified,
        PinPolicy::Always | PinPolicy::Counted => session.pin_just_verified,
    };
    demand_delivered(context, slot, key)?;
    if !given {
        return Err(Status::SECURITY_STATUS_NOT_SATISFIED);
    }
    Ok(KeyRight::Use)
}

/// Decides whether a leaf of the announced batch may be signed now; that it belongs to the batch is not
/// looked at here.
///
/// # Errors
/// As [`key_use`].
pub(crate) fn batch_use<P: Platform>(
    context: &Context<'_, P>,
    slot: Slot,
    key: &StoredKey,
) -> Result<KeyRight, Status> {
    demand_delivered(context, slot, key)?;
    let batch = context.session.batch.as_ref();
    let authorized = batch.is_some_and(|batch| batch.slot == slot && batch.authorized);
    if authorized && key.policy == PinPolicy::Counted {
        Ok(KeyRight::Use)
    } else {
        Err(Status::SECURITY_STATUS_NOT_SATISFIED)
    }
}

/// What every use of a key demands: a custodian with a PIN of their own, and the approver's leave.
fn demand_delivered<P: Platform>(
    context: &Context<'_, P>,
    slot: Slot,
    key: &StoredKey,
) -> Result<(), Status> {
    let register = context.register();
    if key.policy != PinPolicy::Never {
        contactless_pin(register, context.session)?;
    }
    let unapproved = key.dual_control && register.approvals(slot) == 0;
    if register.transport_pin || unapproved {
        CONDITIONS
    } else {
        Ok(())
    }
}
