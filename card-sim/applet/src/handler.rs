//! One module a group of requests; each carries out what the gate let through.

mod information;
mod keys;
mod life_cycle;
mod management;
mod objects;
mod pins;
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
        Request::PinStatus => pins::status(context),
        Request::PinLogOut => {
            context.session.drop_pin();
            Ok(())
        }
        Request::Verify(candidate) => pins::verify(context, candidate),
        Request::ChangeReferenceData {
            reference,
            old,
            new,
        } => pins::change(context, reference, old, new),
        Request::ResetRetryCounter { puk, new_pin } => pins::unblock(context, puk, new_pin),
        Request::ManagementAuthenticate { algorithm, step } => {
            management::authenticate(context, algorithm, step, outgoing)
        }
        Request::Sign { slot, digest } => keys::sign(context, slot, digest, outgoing),
        Request::Generate { slot, policy } => {
            let right = gate::managed(context)?;
            keys::generate(context, &right, slot, policy, outgoing)
        }
        Request::GetMetadata(subject) => information::metadata(context, subject, outgoing),
        Request::GetSerial => information::serial(context, outgoing),
        Request::GetVersion => information::version(outgoing),
        Request::SetManagementKey(key) => {
            let right = gate::managed(context)?;
            management::set_key(context, &right, key)
        }
        Request::GetStatus => information::status(context, outgoing),
        Request::SetStatus(target) => {
            let right = gate::managed(context)?;
            life_cycle::set(context, &right, target)
        }
    }
}
