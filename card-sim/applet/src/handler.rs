//! One module a group of requests; each carries out what the gate let through.
//!
//! What needs room on the stack is never inlined: it would be room in the frame of every command, and lie
//! under the cryptography of a signature too.

mod channel;
mod information;
mod key_store;
mod keys;
mod life_cycle;
mod management;
mod objects;
mod pins;
mod seal;
mod select;

use sello_wire::status::Status;

use crate::context::Context;
use crate::gate;
use crate::link::Outgoing;
use crate::platform::Platform;
use crate::request::Request;

/// Carries out a request. The answer goes to `outgoing`.
///
/// # Errors
/// The status word of the refusal; nothing but a retry counter has changed then.
pub(crate) fn handle<P: Platform>(
    context: &mut Context<'_, P>,
    request: Request<'_>,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    match request {
        Request::SelectPiv => select::piv(context, outgoing),
        Request::SelectOther => select::other(context),
        Request::GetData(tag) => objects::get(context, tag, outgoing),
        Request::PutData {
            tag,
            object,
            is_empty,
        } => {
            let right = gate::managed(context)?;
            objects::put(context, &right, tag, (!is_empty).then_some(object))
        }
        Request::ManagementAuthenticate { algorithm, step } => {
            management::authenticate(context, algorithm, step, outgoing)
        }
        Request::SetManagementKey(key) => {
            let right = gate::managed(context)?;
            management::set_key(context, &right, key)
        }
        Request::GetMetadata(subject) => information::metadata(context, subject, outgoing),
        Request::GetSerial => information::serial(context, outgoing),
        Request::GetVersion => information::version(outgoing),
        Request::GetStatus => information::status(context, outgoing),
        Request::SetStatus(target) => {
            let right = gate::managed(context)?;
            life_cycle::set(context, &right, target)
        }
        Request::Reset => life_cycle::reset(context),
        Request::SetCardPolicy {
            contactless_pin_forbidden,
        } => {
            let right = gate::managed(context)?;
            life_cycle::set_policy(context, &right, contactless_pin_forbidden)
        }
        Request::InitializeUpdate {
            key_version,
            host_challenge,
        } => channel::initialize(context, key_version, host_challenge, outgoing),
        Request::ExternalAuthenticate { level, data } => {
            channel::authenticate(context, level, data)
        }
        Request::PutKey { key_version, data } => {
            let right = gate::managed(context)?;
            channel::put_key(context, &right, key_version, data, outgoing)
        }
        request @ (Request::PinStatus(_)
        | Request::PinLogOut
        | Request::Verify(_)
        | Request::Malformed { .. }
        | Request::ChangeReferenceData { .. }
        | Request::ResetRetryCounter { .. }
        | Request::SetApprover(_)
        | Request::CenterUnblock { .. }
        | Request::SetRetries { .. }
        | Request::Approve { .. }) => pins::handle(context, &request),
        request @ (Request::Sign { .. }
        | Request::Agree { .. }
        | Request::Generate { .. }
        | Request::Import { .. }
        | Request::MoveKey { .. }
        | Request::Attest(_)) => keys::handle(context, request, outgoing),
        request @ (Request::SetKeyPolicy { .. }
        | Request::GetKeyPolicy(_)
        | Request::AnnounceBatch { .. }
        | Request::SignInBatch { .. }
        | Request::ReadJournal { .. }
        | Request::AttestJournal { .. }) => seal::handle(context, &request, outgoing),
    }
}
