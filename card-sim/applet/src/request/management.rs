//! Authentication with the management key, and its change; the dynamic authentication template.

use sello_wire::key::{Algorithm, MANAGEMENT_KEY};
use sello_wire::status::Status;
use sello_wire::tag::{Tag, batch};
use sello_wire::tlv::{Reader, Tlv};

use super::{ManagementStep, Request, only};
use crate::record::ManagementKey;

/// The fields of a dynamic authentication template (SP 800-73-5 part 2, table 7), and those of a
/// signature within a batch.
#[derive(Default)]
pub(super) struct Authentication<'a> {
    pub(super) witness: Option<&'a [u8]>,
    pub(super) challenge: Option<&'a [u8]>,
    pub(super) response: Option<&'a [u8]>,
    pub(super) exponentiation: Option<&'a [u8]>,
    pub(super) index: Option<&'a [u8]>,
    pub(super) path: Option<&'a [u8]>,
}

impl<'a> Authentication<'a> {
    pub(super) fn parse(data: &'a [u8]) -> Result<Self, Status> {
        let inner = only(data, Tag::DYNAMIC_AUTHENTICATION)?;
        let mut fields = Self::default();
        for field in Reader::new(inner) {
            let Tlv { tag, value } = field.map_err(|_| Status::INCORRECT_DATA)?;
            let place = match tag {
                Tag::WITNESS => &mut fields.witness,
                Tag::CHALLENGE => &mut fields.challenge,
                Tag::RESPONSE => &mut fields.response,
                Tag::EXPONENTIATION => &mut fields.exponentiation,
                batch::INDEX => &mut fields.index,
                batch::PATH => &mut fields.path,
                _ => return Err(Status::INCORRECT_DATA),
            };
            if place.replace(value).is_some() {
                return Err(Status::INCORRECT_DATA);
            }
        }
        Ok(fields)
    }
}

fn block(bytes: &[u8]) -> Result<&[u8; 16], Status> {
    bytes.try_into().map_err(|_| Status::INCORRECT_DATA)
}

pub(super) fn authenticate(p1: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    let algorithm = match p1 {
        0 => None,
        byte => Some(
            Algorithm::from_byte(byte)
                .filter(|a| a.secret_key_length().is_some())
                .ok_or(Status::INCORRECT_P1_P2)?,
        ),
    };
    let Authentication {
        witness,
        challenge,
        response,
        exponentiation: None,
        index: None,
        path: None,
    } = Authentication::parse(data)?
    else {
        return Err(Status::INCORRECT_DATA);
    };
    let step = match (witness, challenge, response) {
        (Some([]), None, None) => ManagementStep::AskWitness,
        (None, Some([]), None) => ManagementStep::AskChallenge,
        (Some(witness), Some(challenge), None | Some([])) => ManagementStep::Mutual {
            witness: block(witness)?,
            challenge: block(challenge)?,
        },
        (None, None, Some(response)) => ManagementStep::Single {
            response: block(response)?,
        },
        _ => return Err(Status::INCORRECT_DATA),
    };
    Ok(Request::ManagementAuthenticate { algorithm, step })
}

/// `FF FF`, since there is nothing to touch (`FF FE` would ask for it), and `algorithm ‖ 9B ‖ length ‖ key`.
pub(super) fn set_key<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    if (p1, p2) != (0xFF, 0xFF) {
        return Err(Status::INCORRECT_P1_P2);
    }
    let [algorithm, MANAGEMENT_KEY, length, key @ ..] = data else {
        return Err(Status::INCORRECT_DATA);
    };
    if usize::from(*length) != key.len() {
        return Err(Status::INCORRECT_DATA);
    }
    Algorithm::from_byte(*algorithm)
        .and_then(|algorithm| ManagementKey::new(algorithm, key))
        .map(Request::SetManagementKey)
        .ok_or(Status::INCORRECT_DATA)
}
