//! VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER and their kin.

use sello_wire::pin::{self, PinReference};
use sello_wire::status::Status;

use super::{Candidate, Request, no_data, slot, take};

const LOG_OUT: u8 = 0xFF;
/// Most tries a status word can show.
const MOST_TRIES: u8 = 15;

/// A well-formed PIN or PUK; anything else is refused without touching a retry counter (SP 800-73-5
/// part 2, 3.2.1).
fn candidate(reference: PinReference, bytes: &[u8]) -> Result<Candidate<'_>, Status> {
    <Candidate<'_>>::try_from(bytes)
        .ok()
        .filter(|candidate| pin::is_well_formed(reference, candidate))
        .ok_or(Status::INCORRECT_DATA)
}

/// A value to compare with the present PIN or PUK; eight bytes that cannot be it are a request of their
/// own.
fn tried(
    reference: PinReference,
    bytes: &[u8],
) -> Result<Result<Candidate<'_>, Request<'_>>, Status> {
    let bytes = <Candidate<'_>>::try_from(bytes).map_err(|_| Status::INCORRECT_DATA)?;
    if pin::is_well_formed(reference, bytes) {
        Ok(Ok(bytes))
    } else {
        Ok(Err(Request::Malformed { reference, bytes }))
    }
}

/// A reference of SP 800-73: the approver PIN belongs to Sello's own class.
fn reference(p2: u8) -> Result<PinReference, Status> {
    PinReference::from_byte(p2)
        .filter(|reference| *reference != PinReference::Approver)
        .ok_or(Status::REFERENCE_NOT_FOUND)
}

fn only_approver(p1: u8, p2: u8) -> Result<(), Status> {
    if p1 != 0 {
        return Err(Status::INCORRECT_P1_P2);
    }
    if PinReference::from_byte(p2) == Some(PinReference::Approver) {
        Ok(())
    } else {
        Err(Status::REFERENCE_NOT_FOUND)
    }
}

pub(super) fn verify(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    if !matches!(p1, 0x00 | LOG_OUT) {
        return Err(Status::INCORRECT_P1_P2);
    }
    if reference(p2)? != PinReference::Pin {
        return Err(Status::REFERENCE_NOT_FOUND);
    }
    match (p1, data) {
        (LOG_OUT, []) => Ok(Request::PinLogOut),
        (LOG_OUT, _) => Err(Status::INCORRECT_DATA),
        (_, []) => Ok(Request::PinStatus(PinReference::Pin)),
        (_, bytes) => match tried(PinReference::Pin, bytes)? {
            Ok(pin) => Ok(Request::Verify(pin)),
            Err(malformed) => Ok(malformed),
        },
    }
}

pub(super) fn change_reference_data(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    if p1 != 0 {
        return Err(Status::INCORRECT_P1_P2);
    }
    change(reference(p2)?, data)
}

fn change(reference: PinReference, data: &[u8]) -> Result<Request<'_>, Status> {
    let (old, new) = data
        .split_at_checked(pin::LENGTH)
        .ok_or(Status::INCORRECT_DATA)?;
    let old = match tried(reference, old)? {
        Ok(old) => old,
        Err(malformed) => return Ok(malformed),
    };
    Ok(Request::ChangeReferenceData {
        reference,
        old,
        new: candidate(reference, new)?,
    })
}

pub(super) fn reset_retry_counter(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    if p1 != 0 {
        return Err(Status::INCORRECT_P1_P2);
    }
    if reference(p2)? != PinReference::Pin {
        return Err(Status::REFERENCE_NOT_FOUND);
    }
    let (puk, new_pin) = data
        .split_at_checked(pin::LENGTH)
        .ok_or(Status::INCORRECT_DATA)?;
    let puk = <Candidate<'_>>::try_from(puk).map_err(|_| Status::INCORRECT_DATA)?;
    let new_pin = <Candidate<'_>>::try_from(new_pin).map_err(|_| Status::INCORRECT_DATA)?;
    if pin::is_well_formed(PinReference::Pin, new_pin) {
        Ok(Request::ResetRetryCounter { puk, new_pin })
    } else {
        Ok(Request::Malformed {
            reference: PinReference::Puk,
            bytes: puk,
        })
    }
}

/// `PIN ‖ slot ‖ count`, or nothing, which asks for the tries left.
pub(super) fn approve(p1: u8, p2: u8, mut data: &[u8]) -> Result<Request<'_>, Status> {
    only_approver(p1, p2)?;
    if data.is_empty() {
        return Ok(Request::PinStatus(PinReference::Approver));
    }
    let pin: Candidate<'_> = take(&mut data)?;
    let [key] = *take(&mut data)?;
    let count = u16::from_be_bytes(*take(&mut data)?);
    if !data.is_empty() {
        return Err(Status::INCORRECT_DATA);
    }
    Ok(Request::Approve {
        pin: candidate(PinReference::Approver, pin)?,
        slot: slot(key).map_err(|_| Status::INCORRECT_DATA)?,
        count,
    })
}

/// `old ‖ new`, or within the secure channel the first value alone.
pub(super) fn change_approver(
    p1: u8,
    p2: u8,
    data: &[u8],
    secured: bool,
) -> Result<Request<'_>, Status> {
    only_approver(p1, p2)?;
    if secured && data.len() == pin::LENGTH {
        return candidate(PinReference::Approver, data).map(Request::SetApprover);
    }
    change(PinReference::Approver, data)
}

pub(super) fn center_unblock(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    if p1 != 0 {
        return Err(Status::INCORRECT_P1_P2);
    }
    let reference = PinReference::from_byte(p2)
        .filter(|reference| *reference != PinReference::Puk)
        .ok_or(Status::REFERENCE_NOT_FOUND)?;
    Ok(Request::CenterUnblock {
        reference,
        new: candidate(reference, data)?,
    })
}

/// P1 tries of the PIN and P2 of the PUK, 1 to 15: status words show no more.
pub(super) fn set_retries<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    no_data(data)?;
    let valid = 1..=MOST_TRIES;
    if valid.contains(&p1) && valid.contains(&p2) {
        Ok(Request::SetRetries { pin: p1, puk: p2 })
    } else {
        Err(Status::INCORRECT_P1_P2)
    }
}
