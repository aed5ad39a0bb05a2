//! The certificate path of a signer or a seal's maker, and its standing.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use sello_cades::path::Finding as PathFinding;
use sello_cades::{
    Certificate, CertificatePath, Evidence, Moment, PathError, Purpose, Revocation,
    RevocationReason, Standing, TrustStore, Weakness,
};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::text::moment;
use crate::report::{Code, Finding};

/// Whom one trusts, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trust<'a> {
    pub(super) store: &'a TrustStore,
    /// What is known of certificates and their revocation, from the store and the document.
    pub(super) evidence: &'a Evidence,
    /// The time of verification.
    pub(super) at: OffsetDateTime,
    /// The moment for which it is asked.
    pub(super) moment: Moment,
    /// What was found before, where a document brings no evidence of its own.
    pub(super) cache: Option<&'a Cache>,
}

/// Most paths kept, and most seals.
const MOST_KEPT: usize = 4096;

/// What stands against certificates that were asked about before: the documents of one organization
/// have the same ones.
#[derive(Debug, Default)]
pub(super) struct Cache {
    paths: RefCell<HashMap<[u8; 32], Vec<Finding>>>,
    /// The digests of seal structures that their makers' signatures fit.
    seals: RefCell<HashSet<[u8; 32]>>,
}

impl Cache {
    /// Whether the maker's signature of a seal structure with this digest was found to fit.
    pub(super) fn knows_seal(&self, digest: &[u8; 32]) -> bool {
        self.seals.borrow().contains(digest)
    }

    /// Remembers that it does: it depends on nothing but the structure's bytes.
    pub(super) fn remember_seal(&self, digest: [u8; 32]) {
        let mut kept = self.seals.borrow_mut();
        if kept.len() < MOST_KEPT {
            kept.insert(digest);
        }
    }

    /// What all of the answer depends on but the store.
    fn key(
        certificate: &Certificate,
        embedded: &[Certificate],
        moment: Moment,
        purpose: Purpose,
    ) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for certificate in std::iter::once(certificate).chain(embedded) {
            let der = certificate.as_der();
            hasher.update(der.len().to_be_bytes());
            hasher.update(der);
        }
        for time in [moment.at, moment.now] {
            hasher.update(time.unix_timestamp_nanos().to_be_bytes());
        }
        hasher.update(format!("{purpose:?}"));
        hasher.finalize().into()
    }
}

impl Trust<'_> {
    /// The same, asked for the time of verification.
    pub(super) const fn now(self) -> Self {
        Self {
            moment: Moment::now(self.at),
            ..self
        }
    }

    /// The same, asked for a moment.
    pub(super) const fn at(self, moment: Moment) -> Self {
        Self { moment, ..self }
    }
}

/// What stands against a certificate used for `purpose`. `embedded` came with the signature.
pub(super) fn check(
    certificate: &Certificate,
    embedded: &[Certificate],
    trust: Trust<'_>,
    purpose: Purpose,
) -> Vec<Finding> {
    let Some(cache) = trust.cache else {
        return check_path(certificate, embedded, trust, purpose);
    };
    let key = Cache::key(certificate, embedded, trust.moment, purpose);
    if let Some(found) = cache.paths.borrow().get(&key) {
        return found.clone();
    }
    let found = check_path(certificate, embedded, trust, purpose);
    let mut kept = cache.paths.borrow_mut();
    if kept.len() < MOST_KEPT {
        kept.insert(key, found.clone());
    }
    found
}

fn check_path(
    certificate: &Certificate,
    embedded: &[Certificate],
    trust: Trust<'_>,
    purpose: Purpose,
) -> Vec<Finding> {
    let mut known = embedded.to_vec();
    known.extend_from_slice(trust.evidence.certificates());
    let path = match CertificatePath::find(certificate, &known, trust.store, purpose) {
        Ok(path) => path,
        Err(error) => return vec![path_finding(&error, purpose)],
    };
    let found = path.findings_at(trust.evidence, trust.moment);
    let mut findings: Vec<Finding> = found
        .iter()
        .filter_map(|found| standing(found, found.certificate == certificate, purpose))
        .collect();
    findings.extend(weak(&path.weaknesses(), trust.moment));
    findings
}

/// The algorithms that were too weak at that moment.
pub(super) fn weak(weaknesses: &[Weakness], moment: Moment) -> impl Iterator<Item = Finding> {
    let matters = weaknesses
        .iter()
        .filter(move |weak| weak.matters(moment.at));
    matters.map(|weak| Finding::with(Code::WeakAlgorithm, weak))
}

fn path_finding(error: &PathError, purpose: Purpose) -> Finding {
    let code = match (error, purpose) {
        (PathError::Unsupported { .. }, _) => Code::UnsupportedAlgorithm,
        (
            PathError::NoAnchor { .. },
            Purpose::Document | Purpose::Device | Purpose::Timestamp | Purpose::Any,
        ) => Code::NoTrustAnchor,
        (PathError::NoAnchor { .. }, Purpose::SealMaker) => Code::SealMakerUntrusted,
        (_, Purpose::Document | Purpose::Device | Purpose::Timestamp | Purpose::Any) => {
            Code::ChainBroken
        }
        (_, Purpose::SealMaker) => Code::SealMakerChainBroken,
    };
    Finding::with(code, error)
}

/// `first` is the certificate asked for, as against an authority above it.
fn standing(found: &PathFinding<'_>, first: bool, purpose: Purpose) -> Option<Finding> {
    let maker = purpose == Purpose::SealMaker;
    let subject = found.certificate.subject();
    let code = match &found.standing {
        Standing::Good => return None,
        Standing::Expired | Standing::NotYetValid if maker => Code::SealMakerExpired,
        Standing::Expired => Code::CertificateExpired,
        Standing::NotYetValid => Code::CertificateNotYetValid,
        Standing::Revocation(revocation) => match revocation {
            Revocation::Good { .. } => return None,
            Revocation::Revoked { .. } if maker => Code::SealMakerRevoked,
            Revocation::Revoked { .. } if !first => Code::AuthorityRevoked,
            Revocation::Revoked { reason, .. } if *reason == RevocationReason::CertificateHold => {
                Code::OnHold
            }
            Revocation::Revoked { .. } => Code::Revoked,
            _ if maker => Code::SealMakerRevocationUnknown,
            Revocation::Missing => Code::RevocationUnknown,
            Revocation::Stale { .. } => Code::RevocationStale,
            Revocation::Unusable { .. } => Code::RevocationUnusable,
        },
    };
    Some(match detail(&found.standing) {
        Some(detail) => Finding::with(code, format_args!("{subject}: {detail}")),
        None => Finding::with(code, subject),
    })
}

fn detail(standing: &Standing) -> Option<String> {
    match standing {
        Standing::Revocation(Revocation::Revoked { since, reason }) => {
            Some(format!("{reason:?} since {}", moment(*since)))
        }
        Standing::Revocation(Revocation::Stale {
            next_update: Some(due),
        }) => Some(format!("the next list was due {}", moment(*due))),
        Standing::Revocation(Revocation::Unusable { cause }) => Some(cause.to_string()),
        _ => None,
    }
}
