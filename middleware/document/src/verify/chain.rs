//! The certificate path of a signer or a seal's maker, and its standing.

use sello_cades::path::Finding as PathFinding;
use sello_cades::{
    Certificate, CertificatePath, PathError, Purpose, Revocation, RevocationReason, Standing,
    TrustStore,
};
use time::OffsetDateTime;

use super::text::moment;
use crate::report::{Code, Finding};

/// Whom one trusts, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trust<'a> {
    pub(super) store: &'a TrustStore,
    pub(super) at: OffsetDateTime,
}

/// What stands against a certificate used for `purpose`. `embedded` came with the signature.
pub(super) fn check(
    certificate: &Certificate,
    embedded: &[Certificate],
    trust: Trust<'_>,
    purpose: Purpose,
) -> Vec<Finding> {
    let path = match CertificatePath::find(certificate, embedded, trust.store, purpose) {
        Ok(path) => path,
        Err(error) => return vec![path_finding(&error, purpose)],
    };
    let found = path.findings(trust.store, trust.at);
    found
        .iter()
        .filter_map(|found| standing(found, found.certificate == certificate, purpose))
        .collect()
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
