//! The seal structure in a signature (GB/T 38540-2020; `specs/seal.md`).

use sello_cades::{Certificate, Purpose};
use sello_profile::Error;
use sello_profile::oid::APPLICATION;
use sello_profile::seal::{SeSeal, SealKind};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::chain::{self, Trust};
use super::text::moment;
use crate::report::{Code, Finding, SealFacts};

/// A seal structure, what it says and what stands against it.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) seal: Option<SeSeal>,
    pub(super) facts: Option<SealFacts>,
    pub(super) findings: Vec<Finding>,
}

/// Checks a seal structure as read: its form, its maker's signature, its maker, its validity, and
/// that `signer` may use it.
pub(super) fn check(
    der: &[u8],
    signer: Option<&Certificate>,
    embedded: &[Certificate],
    trust: Trust<'_>,
) -> Checked {
    let seal = match SeSeal::from_der(der) {
        Ok(seal) => seal,
        Err(error) => {
            return Checked {
                seal: None,
                facts: None,
                findings: vec![unreadable(&error)],
            };
        }
    };
    let mut findings = Vec::new();
    if let Err(error) = check_signature(&seal, der, trust) {
        findings.push(match error {
            Error::Algorithm(_) => Finding::with(Code::UnsupportedAlgorithm, error),
            _ => Finding::with(Code::SealForged, error),
        });
    }
    let maker = Certificate::from_der(seal.maker_certificate());
    match &maker {
        // Version 4 of the structure allows no exception: the maker is asked about now.
        Ok(maker) => findings.extend(check_maker(maker, embedded, trust.now())),
        Err(error) => findings.push(Finding::with(Code::SealMalformed, error)),
    }
    findings.extend(validity(&seal, trust.moment.at));
    if signer.is_some_and(|signer| !seal.lists(signer.as_der())) {
        findings.push(Finding::new(Code::CertificateNotInSeal));
    }
    let extensions = &seal.info().extensions;
    let unknown = extensions
        .iter()
        .find(|extension| extension.critical && extension.id != APPLICATION);
    if let Some(unknown) = unknown {
        findings.push(Finding::with(
            Code::UnsupportedForm,
            format_args!("critical extension data {}", unknown.id),
        ));
    }
    let facts = facts(&seal, maker.ok().as_ref());
    Checked {
        seal: Some(seal),
        facts: Some(facts),
        findings,
    }
}

/// Checks the maker's signature over a seal structure, unless that very structure was found sound before.
fn check_signature(seal: &SeSeal, der: &[u8], trust: Trust<'_>) -> Result<(), Error> {
    let Some(cache) = trust.cache else {
        return seal.check_signature();
    };
    let digest = Sha256::digest(der).into();
    if cache.knows_seal(&digest) {
        return Ok(());
    }
    seal.check_signature()?;
    cache.remember_seal(digest);
    Ok(())
}

fn check_maker(maker: &Certificate, embedded: &[Certificate], trust: Trust<'_>) -> Vec<Finding> {
    if maker.is_seal_maker() {
        chain::check(maker, embedded, trust, Purpose::SealMaker)
    } else {
        vec![Finding::with(Code::SealMakerNotAllowed, maker.subject())]
    }
}

/// The seal must be in its validity when it is applied: at the proven time, or where nothing proves
/// one, at that of verification.
fn validity(seal: &SeSeal, at: OffsetDateTime) -> Option<Finding> {
    let (from, until) = (seconds(seal.validity().0), seconds(seal.validity().1));
    let at = u64::try_from(at.unix_timestamp()).unwrap_or(0);
    if at > until {
        Some(Finding::new(Code::SealExpired))
    } else if at < from {
        Some(Finding::new(Code::SealNotYetValid))
    } else {
        None
    }
}

fn unreadable(error: &Error) -> Finding {
    let code = match error {
        Error::SealVersion(_) | Error::CertificateListType(_) => Code::UnsupportedForm,
        _ => Code::SealMalformed,
    };
    Finding::with(code, error)
}

fn facts(seal: &SeSeal, maker: Option<&Certificate>) -> SealFacts {
    let shown = sello_cades::name::shown;
    let maker = maker.map(|maker| maker.subject().to_string());
    SealFacts {
        number: shown(seal.es_id()),
        name: shown(seal.name()),
        kind: kind(seal.kind()),
        maker: maker.unwrap_or_default(),
        valid_from: time(seal.validity().0),
        valid_until: time(seal.validity().1),
        drawn: false,
    }
}

fn kind(kind: SealKind) -> String {
    match kind {
        SealKind::Official => "official".to_owned(),
        SealKind::Contract => "contract".to_owned(),
        SealKind::Finance => "finance".to_owned(),
        SealKind::Invoice => "invoice".to_owned(),
        SealKind::Business => "business".to_owned(),
        SealKind::Individual => "individual".to_owned(),
        other => format!("other ({})", other.code()),
    }
}

fn seconds(time: SealTime) -> u64 {
    time.unix_duration().as_secs()
}

fn time(time: SealTime) -> String {
    let seconds = i64::try_from(seconds(time)).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).map_or_else(|_| String::new(), moment)
}

/// The time type of seal structures.
type SealTime = der::DateTime;
