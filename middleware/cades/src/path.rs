//! Certificate paths (RFC 5280, 6; a subset without name constraints and
//! policies, whose critical presence ends a path).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use time::OffsetDateTime;

use crate::algorithm::KeyError;
use crate::certificate::Certificate;
use crate::crl::{Revocation, revocation};
use crate::error::UnsupportedAlgorithm;
use crate::extensions::KeyUsage;
use crate::trust::TrustStore;

/// Most certificates in a path, the anchor included.
const MAX_PATH: usize = 8;
/// Most signatures checked while a path is looked for.
const MAX_CHECKS: usize = 24;

/// Extended key usages under which documents may be signed: any, e-mail
/// protection, document signing (RFC 9336), and two makers' own of old.
const DOCUMENT_USAGES: &[&[u8]] = &[
    &[0x55, 0x1d, 0x25, 0x00],
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x04],
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x24],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x2f, 0x01, 0x01, 0x05],
    &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0a, 0x03, 0x0c],
];

/// What the first certificate of a path is to be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing documents.
    Document,
    /// Signing seal structures.
    SealMaker,
    /// Attesting what a card did: its keys and its journal.
    Device,
}

/// Why there is no sound path from a certificate to an anchor. `subject` is
/// always the certificate at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No anchor, and no certificate that leads to one, is known for its
    /// issuer.
    #[error("no trusted certificate is known for the issuer {issuer}")]
    NoAnchor {
        /// The issuer that was looked for.
        issuer: String,
    },
    /// The signature does not fit the issuer's key.
    #[error("the signature on the certificate of {subject} does not fit")]
    Signature {
        /// The certificate.
        subject: String,
    },
    /// An algorithm that cannot be checked here.
    #[error("the certificate of {subject}: {cause}")]
    Unsupported {
        /// The certificate.
        subject: String,
        /// The algorithm.
        #[source]
        cause: UnsupportedAlgorithm,
    },
    /// A certificate that issued another is not one of an authority.
    #[error("{subject} is not a certification authority")]
    NotAuthority {
        /// The certificate.
        subject: String,
    },
    /// More authorities follow than one of them allows.
    #[error("more authorities follow {subject} than it allows")]
    PathLength {
        /// The certificate.
        subject: String,
    },
    /// The certificate is not for this use.
    #[error("the certificate of {subject} is not for this use")]
    Usage {
        /// The certificate.
        subject: String,
    },
    /// A critical extension that is not taken into account here.
    #[error("the certificate of {subject} has the unknown critical extension {oid}")]
    UnknownCriticalExtension {
        /// The certificate.
        subject: String,
        /// The extension, dotted.
        oid: String,
    },
    /// More candidates than are tried.
    #[error("too many certificates to try")]
    TooManyCandidates,
}

/// What is known of one certificate of a path at the time of verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// In its validity and not revoked.
    Good,
    /// Its validity is over.
    Expired,
    /// Its validity has not begun.
    NotYetValid,
    /// Revoked, on hold, or not known to be neither.
    Revocation(Revocation),
}

/// A path whose signatures, constraints and usages are sound; validity and
/// revocation are asked apart, since they depend on a time.
#[derive(Debug, Clone)]
pub struct CertificatePath {
    certificates: Vec<Certificate>,
}

impl CertificatePath {
    /// Looks for a path from `leaf` to an anchor of `store`. `embedded` serve
    /// as intermediate authorities only.
    ///
    /// # Errors
    /// [`PathError`]: of the paths tried, the fault of the one that came
    /// nearest to an anchor.
    pub fn find(
        leaf: &Certificate,
        embedded: &[Certificate],
        store: &TrustStore,
        purpose: Purpose,
    ) -> Result<Self, PathError> {
        check_leaf(leaf, purpose)?;
        let mut search = Search {
            embedded,
            store,
            checks: 0,
            fault: None,
        };
        let mut path = Vec::from([leaf]);
        if search.extend(&mut path)? {
            let certificates = path.into_iter().cloned().collect();
            return Ok(Self { certificates });
        }
        Err(search.fault.unwrap_or_else(|| PathError::NoAnchor {
            issuer: leaf.issuer().to_string(),
        }))
    }

    /// The certificates, the first the one asked for and the last the anchor.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The first thing that stands against the path at the time `at`, with the
    /// certificate it stands against, revocation first; nothing if all is good.
    #[must_use]
    pub fn standing(&self, store: &TrustStore, at: OffsetDateTime) -> Option<Finding<'_>> {
        self.findings(store, at)
            .into_iter()
            .min_by_key(|finding| finding.standing.rank())
    }

    /// Everything that stands against the path at the time `at`.
    #[must_use]
    pub fn findings(&self, store: &TrustStore, at: OffsetDateTime) -> Vec<Finding<'_>> {
        let issuers = self.certificates.iter().skip(1).map(Some).chain([None]);
        let mut findings = Vec::new();
        for (certificate, issuer) in self.certificates.iter().zip(issuers) {
            let validity = validity(certificate, at);
            let revocation = issuer
                .map(|issuer| revocation(store.revocation_lists(), certificate, issuer, at))
                .filter(|state| !matches!(state, Revocation::Good { .. }))
                .map(Standing::Revocation);
            for standing in [validity, revocation].into_iter().flatten() {
                findings.push(Finding {
                    certificate,
                    standing,
                });
            }
        }
        findings
    }
}

/// Something that stands against a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// What stands against it.
    pub standing: Standing,
}

impl Standing {
    /// The weightiest first: a revocation known outweighs one unknown.
    const fn rank(&self) -> u8 {
        match self {
            Self::Revocation(Revocation::Revoked { .. }) => 0,
            Self::Expired | Self::NotYetValid => 1,
            Self::Revocation(_) => 2,
            Self::Good => 3,
        }
    }
}

fn validity(certificate: &Certificate, at: OffsetDateTime) -> Option<Standing> {
    if at < certificate.not_before() {
        Some(Standing::NotYetValid)
    } else if at > certificate.not_after() {
        Some(Standing::Expired)
    } else {
        None
    }
}

struct Search<'a> {
    embedded: &'a [Certificate],
    store: &'a TrustStore,
    checks: usize,
    fault: Option<PathError>,
}

impl<'a> Search<'a> {
    /// Extends the path by an issuer of its last certificate until an anchor
    /// is reached.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> Result<bool, PathError>
    where
        Self: 'a,
    {
        let Some(&last) = path.last() else {
            return Ok(false);
        };
        if path.len() >= MAX_PATH {
            return Ok(false);
        }
        for anchor in named(self.store.anchors(), last) {
            if self.is_issuer(anchor, last, path.len())? {
                path.push(anchor);
                return Ok(true);
            }
        }
        for intermediate in named(self.embedded, last) {
            let in_circle = path
                .iter()
                .any(|other| other.as_der() == intermediate.as_der());
            if !in_circle && self.is_issuer(intermediate, last, path.len())? {
                path.push(intermediate);
                if self.extend(path)? {
                    return Ok(true);
                }
                path.pop();
            }
        }
        Ok(false)
    }

    /// Whether `issuer` issued `subject`; a fault is kept for the report.
    fn is_issuer(
        &mut self,
        issuer: &Certificate,
        subject: &Certificate,
        below: usize,
    ) -> Result<bool, PathError> {
        self.checks = self.checks.saturating_add(1);
        if self.checks > MAX_CHECKS {
            return Err(PathError::TooManyCandidates);
        }
        match check_issuer(issuer, subject, below) {
            Ok(()) => Ok(true),
            Err(fault) => {
                self.fault.get_or_insert(fault);
                Ok(false)
            }
        }
    }
}

fn named<'a>(
    certificates: &'a [Certificate],
    subject: &Certificate,
) -> impl Iterator<Item = &'a Certificate> {
    let issuer = subject.issuer().as_der().to_vec();
    certificates
        .iter()
        .filter(move |candidate| candidate.subject().as_der() == issuer)
}

/// `below` counts the certificates already in the path.
fn check_issuer(
    issuer: &Certificate,
    subject: &Certificate,
    below: usize,
) -> Result<(), PathError> {
    let name = || issuer.subject().to_string();
    subject
        .check_signature(issuer.key())
        .map_err(|error| match error {
            KeyError::Unsupported(cause) => PathError::Unsupported {
                subject: subject.subject().to_string(),
                cause,
            },
            KeyError::Malformed | KeyError::Mismatch => PathError::Signature {
                subject: subject.subject().to_string(),
            },
        })?;
    let constraints = issuer.constraints().filter(|constraints| constraints.ca);
    let Some(constraints) = constraints else {
        return Err(PathError::NotAuthority { subject: name() });
    };
    if !issuer.may(KeyUsage::KEY_CERT_SIGN) {
        return Err(PathError::NotAuthority { subject: name() });
    }
    let authorities = below.saturating_sub(1);
    let allowed = constraints.path_length.map_or(usize::MAX, |length| {
        usize::try_from(length).unwrap_or(usize::MAX)
    });
    if authorities > allowed {
        return Err(PathError::PathLength { subject: name() });
    }
    match issuer.unknown_critical() {
        Some(oid) => Err(PathError::UnknownCriticalExtension {
            subject: name(),
            oid,
        }),
        None => Ok(()),
    }
}

fn check_leaf(leaf: &Certificate, purpose: Purpose) -> Result<(), PathError> {
    let subject = leaf.subject().to_string();
    if let Some(oid) = leaf.unknown_critical() {
        return Err(PathError::UnknownCriticalExtension { subject, oid });
    }
    let usages = match purpose {
        Purpose::Document | Purpose::SealMaker => {
            KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION
        }
        // It signs certificates for the card's other keys.
        Purpose::Device => KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_CERT_SIGN,
    };
    let signs = leaf.may(usages);
    let extended = match purpose {
        Purpose::Device => leaf.extended_usage().is_none(),
        Purpose::SealMaker => leaf.is_seal_maker(),
        Purpose::Document => leaf.extended_usage().is_none_or(|usages| {
            usages
                .iter()
                .any(|usage| DOCUMENT_USAGES.contains(&usage.as_slice()))
        }),
    };
    if signs && extended {
        Ok(())
    } else {
        Err(PathError::Usage { subject })
    }
}

#[cfg(test)]
mod tests;
