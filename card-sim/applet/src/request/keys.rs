//! Commands about key slots.

use sello_wire::key::{Algorithm, Curve, PinPolicy, Slot};
use sello_wire::status::Status;
use sello_wire::tag::Tag;
use sello_wire::tlv::{Reader, Tlv};

use super::management::Authentication;
use super::{Request, no_data, only, slot};
use crate::platform::{Point, PrivateKey};

/// MOVE KEY to nowhere.
const DELETE: u8 = 0xFF;

/// The curve P1 names.
pub(super) fn curve(p1: u8) -> Result<Curve, Status> {
    Algorithm::from_byte(p1)
        .and_then(Algorithm::curve)
        .ok_or(Status::INCORRECT_P1_P2)
}

/// Length of a SHA-256 digest.
const SHA_256: usize = 32;

/// A digest as long as the curve's scalar, or one of SHA-256: FIPS 186-5, 6.4.1, signs that with any
/// curve, and clients do.
pub(super) fn digest(curve: Curve, bytes: &[u8]) -> Result<&[u8], Status> {
    if bytes.len() == curve.scalar_length() || bytes.len() == SHA_256 {
        Ok(bytes)
    } else {
        Err(Status::INCORRECT_DATA)
    }
}

/// GENERAL AUTHENTICATE: a signature over `81`, or a key agreement with `85`.
pub(super) fn authenticate(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    let slot = slot(p2)?;
    let curve = curve(p1)?;
    match Authentication::parse(data)? {
        Authentication {
            witness: None,
            challenge: Some(bytes),
            response: Some([]),
            exponentiation: None,
            index: None,
            path: None,
        } => Ok(Request::Sign {
            slot,
            curve,
            digest: digest(curve, bytes)?,
        }),
        Authentication {
            witness: None,
            challenge: None,
            response: Some([]),
            exponentiation: Some(bytes),
            index: None,
            path: None,
        } => Ok(Request::Agree {
            slot,
            point: Point::new(curve, bytes).ok_or(Status::INCORRECT_DATA)?,
        }),
        _ => Err(Status::INCORRECT_DATA),
    }
}

/// The PIN policy an `AA` asks for: 0 is the slot's own. *Counted* is set by SET KEY POLICY alone.
fn asked_policy(slot: Slot, byte: u8) -> Result<PinPolicy, Status> {
    match byte {
        0 => Ok(PinPolicy::default_of(slot)),
        _ => PinPolicy::from_byte(byte)
            .filter(|policy| *policy != PinPolicy::Counted)
            .ok_or(Status::INCORRECT_DATA),
    }
}

/// Reads the policies that may follow: `AA` and `AB`, each once.
fn policies(slot: Slot, rest: Reader<'_>) -> Result<PinPolicy, Status> {
    let (mut policy, mut touch) = (None, None);
    for field in rest {
        match field {
            Ok(Tlv {
                tag: Tag::PIN_POLICY,
                value: [byte],
            }) if policy.is_none() => policy = Some(asked_policy(slot, *byte)?),
            Ok(Tlv {
                tag: Tag::TOUCH_POLICY,
                value: [byte @ 0..=3],
            }) if touch.is_none() => touch = Some(*byte),
            _ => return Err(Status::INCORRECT_DATA),
        }
    }
    Ok(policy.unwrap_or_else(|| PinPolicy::default_of(slot)))
}

pub(super) fn generate<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    let slot = Slot::from_byte(p2)
        .filter(|_| p1 == 0)
        .ok_or(Status::INCORRECT_P1_P2)?;
    let mut fields = Reader::new(only(data, Tag::CONTROL_REFERENCE)?);
    let [mechanism] = super::expect(&mut fields, Tag::MECHANISM)? else {
        return Err(Status::INCORRECT_DATA);
    };
    let curve = curve(*mechanism).map_err(|_| Status::INCORRECT_DATA)?;
    if slot == Slot::Attestation && curve != Curve::P256 {
        return Err(Status::INCORRECT_DATA);
    }
    Ok(Request::Generate {
        slot,
        curve,
        policy: policies(slot, fields)?,
    })
}

/// `06 scalar [AA policy] [AB touch]`; P1 is the algorithm.
pub(super) fn import<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    let curve = curve(p1)?;
    let slot = Slot::from_byte(p2).ok_or(Status::INCORRECT_P1_P2)?;
    if slot == Slot::Attestation && curve != Curve::P256 {
        return Err(Status::INCORRECT_DATA);
    }
    let mut fields = Reader::new(data);
    let scalar = super::expect(&mut fields, Tag::SCALAR)?;
    Ok(Request::Import {
        slot,
        private: PrivateKey::new(curve, scalar).ok_or(Status::INCORRECT_DATA)?,
        policy: policies(slot, fields)?,
    })
}

pub(super) fn move_key<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    no_data(data)?;
    let from = Slot::from_byte(p2).ok_or(Status::INCORRECT_P1_P2)?;
    let to = match p1 {
        DELETE => None,
        byte => Some(slot(byte).map_err(|_| Status::INCORRECT_P1_P2)?),
    };
    let stays = to.is_some() && (from == Slot::Attestation || to == Some(from));
    if stays {
        return Err(Status::INCORRECT_P1_P2);
    }
    Ok(Request::MoveKey { from, to })
}

pub(super) fn attest<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    no_data(data)?;
    if p2 != 0 {
        return Err(Status::INCORRECT_P1_P2);
    }
    slot(p1).map(Request::Attest)
}
