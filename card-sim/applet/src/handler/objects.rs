//! GET DATA and PUT DATA (SP 800-73-5 part 2, 3.1.2 and 3.3.1).

use sello_wire::aid;
use sello_wire::object::ObjectTag;
use sello_wire::status::Status;
use sello_wire::tag::Tag;

use crate::context::Context;
use crate::failure::status_of;
use crate::gate::Managed;
use crate::link::Outgoing;
use crate::platform::{Change, Platform, Record};

/// PIN usage policy: the application PIN alone satisfies the PIV access rules (SP 800-73-5 part 1,
/// 3.3.2).
const PIN_USAGE_POLICY: [u8; 2] = [0x40, 0x00];

/// Reads an object. Whether a PIN-protected one exists is told only to who gave the PIN.
pub(super) fn get<P: Platform>(
    context: &Context<'_, P>,
    tag: ObjectTag,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    if tag == ObjectTag::DISCOVERY {
        return discovery(outgoing);
    }
    if tag.needs_pin_to_read() && !context.session.pin_verified {
        return Err(Status::SECURITY_STATUS_NOT_SATISFIED);
    }
    let found = outgoing
        .write_record(context.platform, Record::Object(tag))
        .map_err(status_of)?;
    if found {
        Ok(())
    } else {
        Err(Status::NOT_FOUND)
    }
}

fn discovery(outgoing: &mut Outgoing) -> Result<(), Status> {
    outgoing.write(|writer| {
        writer.nested(Tag::DISCOVERY, |w| {
            w.tlv(Tag::AID, &aid::PIV)?;
            w.tlv(Tag::PIN_USAGE_POLICY, &PIN_USAGE_POLICY).map(drop)
        })?;
        Ok(())
    })
}

/// Writes an object, or erases it when `object` is `None`.
#[inline(never)]
pub(super) fn put<P: Platform>(
    context: &mut Context<'_, P>,
    _right: &Managed,
    tag: ObjectTag,
    object: Option<&[u8]>,
) -> Result<(), Status> {
    let record = Record::Object(tag);
    let change = match object {
        Some(bytes) => Change::Write(record, bytes),
        None => Change::Erase(record),
    };
    let register = context.register().clone();
    context.commit_counted(register, [Some(change), None])
}
