//! What the maker of an empty field demands of its signature (seed values, ISO 32000-1 Table 234).

use sello_pdf::{Dictionary, Object, View};

use super::error::StampError;
use super::existing::Existing;
use super::options::{Options, Permission};
use super::request::Request;
use super::text;

/// Bits of `Ff`: the entry is a demand, not a wish.
const FILTER: i64 = 1;
const SUB_FILTER: i64 = 1 << 1;
const VERSION: i64 = 1 << 2;
const REASONS: i64 = 1 << 3;
const LEGAL_ATTESTATION: i64 = 1 << 4;
const ADD_REVOCATION: i64 = 1 << 5;
const DIGEST_METHOD: i64 = 1 << 6;
const LOCK_DOCUMENT: i64 = 1 << 7;
const APPEARANCE: i64 = 1 << 8;
/// The highest version of seed values that is understood (ISO 32000-2 Table 237).
const HIGHEST_VERSION: f64 = 3.0;
/// Bit of `Ff` of a certificate seed value: the subject (ISO 32000-1 Table 235).
const CERTIFICATE_SUBJECT: i64 = 1;

/// Refuses a signature that the field's maker would not have.
pub(super) fn check(
    view: &View<'_>,
    existing: &Existing,
    request: &Request<'_>,
    options: &Options<'_>,
) -> Result<Option<Permission>, StampError> {
    let Object::Dictionary(seed) = view.get(&existing.field.dictionary, "SV")? else {
        return Ok(None);
    };
    let flags = view.get(&seed, "Ff")?.as_integer().unwrap_or(0);
    let demanded = |bit: i64| flags & bit != 0;
    let refuse = |what: &'static str| {
        Err(StampError::SeedValue {
            field: existing.field.name.clone(),
            what,
        })
    };
    if demanded(FILTER) && !is_name(view, &seed, "Filter", "Adobe.PPKLite")? {
        return refuse("another signature handler");
    }
    if demanded(SUB_FILTER) && !lists(view, &seed, "SubFilter", b"ETSI.CAdES.detached")? {
        return refuse("another form of signature than PAdES");
    }
    if demanded(DIGEST_METHOD) && !lists(view, &seed, "DigestMethod", b"SHA256")? {
        return refuse("another digest than SHA-256");
    }
    let version = view.get(&seed, "V")?.as_number().unwrap_or(1.0);
    if demanded(VERSION) && version > HIGHEST_VERSION {
        return refuse("what a later version of the standard defines");
    }
    if demanded(REASONS) && !reason_fits(view, &seed, request)? {
        return refuse("one of its own reasons (see --reason), or none");
    }
    for (bit, what) in [
        (LEGAL_ATTESTATION, "a legal attestation"),
        (ADD_REVOCATION, "revocation data inside the signature"),
        (LOCK_DOCUMENT, "that the document be locked"),
        (APPEARANCE, "an appearance of its own"),
    ] {
        if demanded(bit) {
            return refuse(what);
        }
    }
    if timestamp_demanded(view, &seed)? && options.unsigned_room == 0 {
        return refuse("a timestamp (see --tsa)");
    }
    if !certificate_fits(view, &seed, request)? {
        return refuse("a certificate other than the seal's");
    }
    certification(view, &seed)
}

fn is_name(
    view: &View<'_>,
    seed: &Dictionary,
    key: &str,
    wanted: &str,
) -> Result<bool, StampError> {
    let value = view.get(seed, key)?;
    Ok(value.is_null() || value.as_name().is_some_and(|name| *name == wanted))
}

/// Whether a list of names or strings has this one.
fn lists(view: &View<'_>, seed: &Dictionary, key: &str, wanted: &[u8]) -> Result<bool, StampError> {
    let Object::Array(values) = view.get(seed, key)? else {
        return Ok(true);
    };
    for value in &values {
        let found = match view.value(value)? {
            Object::Name(name) => name.as_bytes() == wanted,
            Object::String(text) => text == wanted,
            _ => false,
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

fn reason_fits(
    view: &View<'_>,
    seed: &Dictionary,
    request: &Request<'_>,
) -> Result<bool, StampError> {
    let Object::Array(reasons) = view.get(seed, "Reasons")? else {
        return Ok(request.reason.is_none());
    };
    let mut listed = Vec::new();
    for reason in &reasons {
        if let Object::String(reason) = view.value(reason)? {
            listed.push(text::decode(&reason));
        }
    }
    // A single period, or nothing at all, forbids a reason.
    if listed.iter().all(|reason| reason == ".") {
        return Ok(request.reason.is_none());
    }
    Ok(request
        .reason
        .is_some_and(|reason| listed.iter().any(|listed| listed == reason)))
}

fn timestamp_demanded(view: &View<'_>, seed: &Dictionary) -> Result<bool, StampError> {
    let Object::Dictionary(timestamp) = view.get(seed, "TimeStamp")? else {
        return Ok(false);
    };
    Ok(view.get(&timestamp, "Ff")?.as_integer().unwrap_or(0) & 1 != 0)
}

/// Only the listed certificates themselves are compared; other demands cannot be met for sure.
fn certificate_fits(
    view: &View<'_>,
    seed: &Dictionary,
    request: &Request<'_>,
) -> Result<bool, StampError> {
    let Object::Dictionary(certificate) = view.get(seed, "Cert")? else {
        return Ok(true);
    };
    let flags = view.get(&certificate, "Ff")?.as_integer().unwrap_or(0);
    if flags & !CERTIFICATE_SUBJECT != 0 {
        return Ok(false);
    }
    if flags & CERTIFICATE_SUBJECT == 0 {
        return Ok(true);
    }
    lists(view, &certificate, "Subject", request.signer_certificate)
}

/// `MDP`: what the signature has to certify; 0 for an ordinary one.
fn certification(view: &View<'_>, seed: &Dictionary) -> Result<Option<Permission>, StampError> {
    let Object::Dictionary(wanted) = view.get(seed, "MDP")? else {
        return Ok(None);
    };
    let level = view.get(&wanted, "P")?.as_integer().unwrap_or(0);
    Ok(Permission::of_level(level))
}
