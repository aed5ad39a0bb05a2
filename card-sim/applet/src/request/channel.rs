//! Commands that open and key the secure channel (GlobalPlatform Amendment D, 7).

use sello_wire::status::Status;

use super::Request;

/// P2 of PUT KEY: the first of several keys.
const FIRST_OF_SEVERAL: u8 = 0x81;

pub(super) fn initialize_update(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    if p2 != 0 {
        return Err(Status::INCORRECT_P1_P2);
    }
    Ok(Request::InitializeUpdate {
        key_version: p1,
        host_challenge: data.try_into().map_err(|_| Status::WRONG_LENGTH)?,
    })
}

pub(super) fn external_authenticate(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    if p2 != 0 {
        return Err(Status::INCORRECT_P1_P2);
    }
    Ok(Request::ExternalAuthenticate {
        level: p1,
        data: data.try_into().map_err(|_| Status::WRONG_LENGTH)?,
    })
}

pub(super) const fn put_key(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    if p2 != FIRST_OF_SEVERAL {
        return Err(Status::INCORRECT_P1_P2);
    }
    Ok(Request::PutKey {
        key_version: p1,
        data,
    })
}
