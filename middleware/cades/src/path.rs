//! Certificate paths (RFC 5280, 6): found, then validated as a whole.

mod policy;
mod validate;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use time::OffsetDateTime;

use crate::certificate::Certificate;
use crate::error::{Asn1Error, UnsupportedAlgorithm};
use crate::evidence::Evidence;
use crate::extensions::KeyUsage;
use crate::key::KeyError;
use crate::oid;
use crate::revocation::{Moment, Revocation};
use crate::trust::TrustStore;
use crate::weakness::{Weakness, of_key};

pub use policy::PolicyInputs;

/// Most certificates in a path, the anchor included.
const MAX_PATH: usize = 10;
/// Most signatures checked while a path is looked for.
const MAX_CHECKS: usize = 48;

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
    /// Stamping with the time (RFC 3161, 2.3).
    Timestamp,
    /// Whatever: only the path is asked for.
    Any,
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
    /// An extension that is taken into account cannot be read.
    #[error("the certificate of {subject}: {cause}")]
    Extension {
        /// The certificate.
        subject: String,
        /// What is wrong.
        #[source]
        cause: Asn1Error,
    },
    /// Its names are not those that the authorities above it may give.
    #[error("an authority above {subject} may not issue certificates for its name")]
    NameConstraints {
        /// The certificate.
        subject: String,
    },
    /// No policy is left where one has to hold.
    #[error("no certificate policy holds for the path to {subject}")]
    Policy {
        /// The certificate.
        subject: String,
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
        Self::find_with(leaf, embedded, store, purpose, &PolicyInputs::default())
    }

    /// [`find`](Self::find) with demands on certificate policies.
    ///
    /// # Errors
    /// [`PathError`].
    pub fn find_with(
        leaf: &Certificate,
        embedded: &[Certificate],
        store: &TrustStore,
        purpose: Purpose,
        policies: &PolicyInputs,
    ) -> Result<Self, PathError> {
        check_leaf(leaf, purpose)?;
        let mut search = Search {
            embedded,
            store,
            policies,
            checks: 0,
            fault: None,
            invalid: None,
        };
        let mut path = Vec::from([leaf]);
        if search.extend(&mut path)? {
            let certificates = path.into_iter().cloned().collect();
            return Ok(Self { certificates });
        }
        let fault = search.invalid.or(search.fault);
        Err(fault.unwrap_or_else(|| PathError::NoAnchor {
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

    /// Everything that stands against the path at the time `at`, as far as the
    /// store knows.
    #[must_use]
    pub fn findings(&self, store: &TrustStore, at: OffsetDateTime) -> Vec<Finding<'_>> {
        self.findings_at(store.evidence(), Moment::now(at))
    }

    /// Everything that stands against the path at a moment that may be past,
    /// as far as `evidence` knows.
    #[must_use]
    pub fn findings_at(&self, evidence: &Evidence, moment: Moment) -> Vec<Finding<'_>> {
        let mut findings = Vec::new();
        for (index, certificate) in self.certificates.iter().enumerate() {
            let validity = validity(certificate, moment.at);
            let issuers = self.certificates.get(index.saturating_add(1)..);
            let issuers = issuers.unwrap_or_default();
            let revocation = (!issuers.is_empty())
                .then(|| evidence.revocation(certificate, issuers, moment))
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

    /// The weak algorithms that the path depends on: of the keys in it, and of
    /// the signatures on all certificates but the anchor.
    #[must_use]
    pub fn weaknesses(&self) -> Vec<Weakness> {
        let issued = self.certificates.len().saturating_sub(1);
        let issued = self.certificates.iter().take(issued);
        let signatures = issued.filter_map(Certificate::weakness);
        let keys = self.certificates.iter();
        let keys = keys.filter_map(|certificate| of_key(certificate.key()));
        let mut found: Vec<Weakness> = Vec::new();
        for weakness in signatures.chain(keys) {
            if !found.contains(&weakness) {
                found.push(weakness);
            }
        }
        found
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
    policies: &'a PolicyInputs,
    checks: usize,
    /// The first fault on the way to an anchor.
    fault: Option<PathError>,
    /// The first fault of a path that reached one.
    invalid: Option<PathError>,
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
            if self.is_issuer(anchor, last)? {
                path.push(anchor);
                match validate::validate(path, self.policies) {
                    Ok(()) => return Ok(true),
                    Err(fault) => self.invalid.get_or_insert(fault),
                };
                path.pop();
            }
        }
        let known = self.store.evidence().certificates();
        for intermediate in named(self.embedded, last).chain(named(known, last)) {
            let in_circle = path
                .iter()
                .any(|other| other.as_der() == intermediate.as_der());
            if !in_circle && self.is_issuer(intermediate, last)? {
                path.push(intermediate);
                if self.extend(path)? {
                    return Ok(true);
                }
                path.pop();
            }
        }
        Ok(false)
    }

    /// Whether the key of `issuer` signed `subject`; a fault is kept for the
    /// report.
    fn is_issuer(
        &mut self,
        issuer: &Certificate,
        subject: &Certificate,
    ) -> Result<bool, PathError> {
        self.checks = self.checks.saturating_add(1);
        if self.checks > MAX_CHECKS {
            return Err(PathError::TooManyCandidates);
        }
        match subject.check_signature(issuer.key()) {
            Ok(()) => Ok(true),
            Err(error) => {
                self.fault
                    .get_or_insert_with(|| signature_fault(subject, error));
                Ok(false)
            }
        }
    }
}

fn named<'a>(
    certificates: &'a [Certificate],
    subject: &Certificate,
) -> impl Iterator<Item = &'a Certificate> {
    let issuer = subject.issuer().clone();
    certificates
        .iter()
        .filter(move |candidate| candidate.subject().matches(&issuer))
}

fn signature_fault(certificate: &Certificate, error: KeyError) -> PathError {
    let subject = certificate.subject().to_string();
    match error {
        KeyError::Unsupported(cause) => PathError::Unsupported { subject, cause },
        KeyError::Malformed | KeyError::Mismatch => PathError::Signature { subject },
    }
}

fn check_leaf(leaf: &Certificate, purpose: Purpose) -> Result<(), PathError> {
    if purpose == Purpose::Any {
        return match leaf.unknown_critical() {
            Some(oid) => Err(PathError::UnknownCriticalExtension {
                subject: leaf.subject().to_string(),
                oid,
            }),
            None => Ok(()),
        };
    }
    let subject = leaf.subject().to_string();
    if let Some(oid) = leaf.unknown_critical() {
        return Err(PathError::UnknownCriticalExtension { subject, oid });
    }
    let usages = match purpose {
        Purpose::Document | Purpose::SealMaker | Purpose::Timestamp | Purpose::Any => {
            KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION
        }
        // It signs certificates for the card's other keys.
        Purpose::Device => KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_CERT_SIGN,
    };
    let signs = leaf.may(usages);
    let extended = match purpose {
        Purpose::Device => leaf.extended_usage().is_none(),
        Purpose::SealMaker => leaf.is_seal_maker(),
        Purpose::Timestamp => leaf.is_only_for(oid::KP_TIME_STAMPING),
        Purpose::Any => true,
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
