//! Readers, and the card.

use sello_card::{
    CardError, CardFilter, CardStatus, Exclusive, ReaderState, Readers, Tier, find_card,
};
use sello_wire::{LifeCycle, Slot};
use time::OffsetDateTime;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use super::{CertificateFinding, Check, Finding, Machine, SOON, Topic, day, skipped};
use crate::failure::Failure;

/// What is looked at with a card.
pub(super) const TOPICS: [Topic; 6] = [
    Topic::Card,
    Topic::Kind,
    Topic::LifeCycle,
    Topic::TransportPin,
    Topic::Pin,
    Topic::Certificate,
];
/// The keys of a card without a directory.
const PLAIN_SLOTS: [Slot; 2] = [Slot::Signature, Slot::Authentication];
const SECONDS_A_DAY: i64 = 86_400;

pub(super) fn examine(
    machine: &Machine<'_>,
    readers: &dyn Readers,
    listed: &[ReaderState],
    filter: &CardFilter,
) -> Vec<Check> {
    if listed.is_empty() {
        let none = Check::new(Topic::Readers, Finding::Failed(Failure::NoReaders));
        return std::iter::once(none).chain(skipped(&TOPICS)).collect();
    }
    let names = listed.iter().map(|state| state.name.clone()).collect();
    let mut checks = vec![Check::new(Topic::Readers, Finding::Readers { names })];
    match look(machine, readers, filter) {
        Ok(seen) => checks.extend(seen),
        Err(failure) => {
            checks.push(Check::new(Topic::Card, Finding::Failed(failure)));
            checks.extend(skipped(TOPICS.get(1..).unwrap_or_default()));
        }
    }
    checks
}

fn look(
    machine: &Machine<'_>,
    readers: &dyn Readers,
    filter: &CardFilter,
) -> Result<Vec<Check>, Failure> {
    let mut found = find_card(readers, filter)?;
    let mut checks = vec![Check::new(
        Topic::Card,
        Finding::Card {
            reader: found.reader.clone(),
            serial: found.serial,
        },
    )];
    let mut card = found.session.exclusive()?;
    let tier = card.status()?;
    let slots: Vec<_> = card.directory()?.iter().map(|entry| entry.slot).collect();
    match tier {
        Tier::Sello(status) if !status.piv_profile => {
            let in_use = status.life_cycle == LifeCycle::Operational;
            checks.extend(sello_card(&status, slots.len()));
            if !in_use {
                checks.extend(skipped(TOPICS.get(3..).unwrap_or_default()));
                return Ok(checks);
            }
        }
        _ => {
            checks.push(Check::new(Topic::Kind, Finding::PlainCard));
            checks.push(Check::new(Topic::Pin, plain_pin(&mut card)?));
        }
    }
    let slots = if slots.is_empty() {
        PLAIN_SLOTS.to_vec()
    } else {
        slots
    };
    let found = certificates(&mut card, &slots, machine.now)?;
    checks.extend(found.into_iter().map(|f| Check::new(Topic::Certificate, f)));
    Ok(checks)
}

fn plain_pin(card: &mut Exclusive<'_>) -> Result<Finding, Failure> {
    Ok(match card.pin_tries_left()? {
        None => Finding::PinUntold,
        Some(left) => pin(left, None),
    })
}

fn pin(left: u8, total: Option<u8>) -> Finding {
    match left {
        0 => Finding::Failed(Failure::PinBlocked),
        1 => Finding::LastTry,
        _ => Finding::Pin { left, total },
    }
}

/// What a Sello card says of itself; of PIN and transport PIN only while it is with its custodian.
fn sello_card(status: &CardStatus, seals: usize) -> Vec<Check> {
    let mut checks = vec![Check::new(
        Topic::Kind,
        Finding::SealCard {
            version: status.version,
            seals,
        },
    )];
    let life_cycle = match status.life_cycle {
        LifeCycle::Operational => Finding::Operational,
        LifeCycle::Blank | LifeCycle::Personalizing => Failure::NotPersonalized.into(),
        life_cycle => Failure::OutOfUse { life_cycle }.into(),
    };
    checks.push(Check::new(Topic::LifeCycle, life_cycle));
    if status.life_cycle == LifeCycle::Operational {
        let transport_pin = if status.transport_pin {
            Failure::TransportPin.into()
        } else {
            Finding::OwnPin
        };
        let tries = status.pin_tries;
        checks.push(Check::new(Topic::TransportPin, transport_pin));
        checks.push(Check::new(Topic::Pin, pin(tries.left, Some(tries.total))));
    }
    checks
}

/// One finding for each certificate there is, or that there is none.
fn certificates(
    card: &mut Exclusive<'_>,
    slots: &[Slot],
    now: OffsetDateTime,
) -> Result<Vec<CertificateFinding>, Failure> {
    let mut findings = Vec::new();
    for slot in slots {
        match card.certificate(*slot) {
            Ok(der) => findings.push(certificate(slot.to_byte(), &der, now)),
            Err(error @ CardError::Transport(_)) => return Err(error.into()),
            Err(_) => {}
        }
    }
    if findings.is_empty() {
        findings.push(CertificateFinding::Absent);
    }
    Ok(findings)
}

fn certificate(slot: u8, der: &[u8], now: OffsetDateTime) -> CertificateFinding {
    let Some((from, until)) = validity(der) else {
        return CertificateFinding::Damaged { slot };
    };
    let days = (until - now).whole_seconds().div_euclid(SECONDS_A_DAY);
    let (from_day, until_day) = (day(from), day(until));
    if now < from {
        CertificateFinding::NotYet {
            slot,
            from: from_day,
        }
    } else if now > until {
        CertificateFinding::Expired {
            slot,
            since: until_day,
        }
    } else if days < SOON {
        CertificateFinding::Ends {
            slot,
            until: until_day,
            days,
        }
    } else {
        CertificateFinding::Good {
            slot,
            until: until_day,
        }
    }
}

fn validity(der: &[u8]) -> Option<(OffsetDateTime, OffsetDateTime)> {
    let certificate = Certificate::from_der(der).ok()?;
    let validity = *certificate.tbs_certificate().validity();
    let time = |time: x509_cert::time::Time| {
        let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
        OffsetDateTime::from_unix_timestamp(seconds).ok()
    };
    Some((time(validity.not_before)?, time(validity.not_after)?))
}
