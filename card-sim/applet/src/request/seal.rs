//! What no PIV card has: policies, batches, the journal.

use sello_wire::journal::LONGEST_NONCE;
use sello_wire::key::PinPolicy;
use sello_wire::merkle::{LARGEST_BATCH, LONGEST_PATH, NODE_LENGTH};
use sello_wire::status::Status;
use sello_wire::tag::{Tag, policy};
use sello_wire::tlv::Reader;

use super::management::Authentication;
use super::{Request, expect, keys, no_data, no_parameters, only, slot, take};

fn only_slot(p1: u8, p2: u8) -> Result<sello_wire::key::Slot, Status> {
    if p1 != 0 {
        return Err(Status::INCORRECT_P1_P2);
    }
    slot(p2)
}

pub(super) fn set_key_policy<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    let slot = only_slot(p1, p2)?;
    let mut fields = Reader::new(only(data, Tag::KEY_POLICY)?);
    let pin = expect(&mut fields, policy::PIN)?;
    let dual_control = expect(&mut fields, policy::DUAL_CONTROL)?;
    let ([pin], [dual_control @ 0..=1], []) = (pin, dual_control, fields.rest()) else {
        return Err(Status::INCORRECT_DATA);
    };
    Ok(Request::SetKeyPolicy {
        slot,
        policy: PinPolicy::from_byte(*pin).ok_or(Status::INCORRECT_DATA)?,
        dual_control: *dual_control == 1,
    })
}

pub(super) fn get_key_policy<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    no_data(data)?;
    only_slot(p1, p2).map(Request::GetKeyPolicy)
}

pub(super) fn announce_batch(p1: u8, p2: u8, mut data: &[u8]) -> Result<Request<'_>, Status> {
    let slot = only_slot(p1, p2)?;
    let root = take(&mut data)?;
    let count = u16::from_be_bytes(*take(&mut data)?);
    if !data.is_empty() || !(1..=LARGEST_BATCH).contains(&count) {
        return Err(Status::INCORRECT_DATA);
    }
    Ok(Request::AnnounceBatch { slot, root, count })
}

pub(super) fn sign_in_batch(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    let slot = slot(p2)?;
    let curve = keys::curve(p1)?;
    let Authentication {
        witness: None,
        challenge: Some(bytes),
        response: Some([]),
        exponentiation: None,
        index: Some(index),
        path: Some(path),
    } = Authentication::parse(data)?
    else {
        return Err(Status::INCORRECT_DATA);
    };
    if path.len() > LONGEST_PATH * NODE_LENGTH || path.len() % NODE_LENGTH != 0 {
        return Err(Status::INCORRECT_DATA);
    }
    let index = index.try_into().map_err(|_| Status::INCORRECT_DATA)?;
    Ok(Request::SignInBatch {
        slot,
        curve,
        digest: keys::digest(curve, bytes)?,
        index: u16::from_be_bytes(index),
        path,
    })
}

pub(super) fn read_journal<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    no_parameters(p1, p2)?;
    let from = data.try_into().map_err(|_| Status::INCORRECT_DATA)?;
    Ok(Request::ReadJournal {
        from: u32::from_be_bytes(from),
    })
}

pub(super) fn attest_journal(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    no_parameters(p1, p2)?;
    if data.len() > LONGEST_NONCE {
        return Err(Status::INCORRECT_DATA);
    }
    Ok(Request::AttestJournal { nonce: data })
}
