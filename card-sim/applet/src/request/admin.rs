//! Commands about the card as a whole.

use sello_wire::key::{MANAGEMENT_KEY, Slot};
use sello_wire::life_cycle::{LifeCycle, flag};
use sello_wire::pin::PinReference;
use sello_wire::status::Status;

use super::{Request, Subject, bare, no_data};

pub(super) fn get_metadata<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    if p1 != 0 {
        return Err(Status::INCORRECT_P1_P2);
    }
    no_data(data)?;
    // 82 is a key slot here: the approver PIN shows in GET STATUS.
    let subject = match (Slot::from_byte(p2), PinReference::from_byte(p2)) {
        (Some(slot), _) => Subject::Key(slot),
        (_, Some(reference)) => Subject::Reference(reference),
        _ if p2 == MANAGEMENT_KEY => Subject::ManagementKey,
        _ => return Err(Status::REFERENCE_NOT_FOUND),
    };
    Ok(Request::GetMetadata(subject))
}

pub(super) fn set_status<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    let target = LifeCycle::from_byte(p1).ok_or(Status::INCORRECT_P1_P2)?;
    bare(0, p2, data, Request::SetStatus(target))
}

/// P1 is the flag of GET STATUS, or 0.
pub(super) fn set_card_policy<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    let contactless_pin_forbidden = match p1 {
        0 => false,
        flag::CONTACTLESS_PIN_FORBIDDEN => true,
        _ => return Err(Status::INCORRECT_P1_P2),
    };
    let request = Request::SetCardPolicy {
        contactless_pin_forbidden,
    };
    bare(0, p2, data, request)
}
