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
    let signs = leaf.may(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION);
    let extended = match purpose {
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
mod tests {
    use super::*;
    use crate::crl::{CrlProblem, RevocationList, RevocationReason};
    use crate::testing::{Key, NOW, Template, crl, extension};

    const IN_FORCE: (&str, &str) = ("20261101000000Z", "20261201000000Z");

    fn root() -> Certificate {
        Template::authority("Root", "Root").issue(&Key::new(1), &Key::new(1))
    }

    fn store(anchors: Vec<Certificate>) -> TrustStore {
        TrustStore::new(anchors, Vec::new())
    }

    fn find(
        leaf: &Certificate,
        embedded: &[Certificate],
        anchors: Vec<Certificate>,
    ) -> Result<usize, PathError> {
        let path = CertificatePath::find(leaf, embedded, &store(anchors), Purpose::Document)?;
        Ok(path.certificates().len())
    }

    fn middle(extensions: Option<Vec<Vec<u8>>>) -> Certificate {
        let template = Template::authority("Middle", "Root");
        let extensions = extensions.unwrap_or_else(|| template.extensions.clone());
        Template {
            extensions,
            ..template
        }
        .issue(&Key::new(2), &Key::new(1))
    }

    fn leaf() -> Certificate {
        Template::end("Leaf", "Middle").issue(&Key::new(3), &Key::new(2))
    }

    #[test]
    fn a_path_leads_over_embedded_authorities_to_an_anchor() {
        assert_eq!(find(&leaf(), &[middle(None), leaf()], vec![root()]), Ok(3));
    }

    #[test]
    fn an_embedded_root_is_no_anchor() {
        let all = [middle(None), root(), leaf()];
        let issuer = |name: &str| PathError::NoAnchor {
            issuer: name.into(),
        };
        assert_eq!(find(&leaf(), &all, vec![]), Err(issuer("CN=Middle")));
        let other = Template::authority("Other", "Other").issue(&Key::new(9), &Key::new(9));
        assert_eq!(find(&leaf(), &all, vec![other]), Err(issuer("CN=Middle")));
    }

    #[test]
    fn an_anchor_of_the_same_name_with_another_key_does_not_do() {
        let impostor = Template::authority("Root", "Root").issue(&Key::new(9), &Key::new(9));
        let subject = "CN=Middle".into();
        assert_eq!(
            find(&leaf(), &[middle(None)], vec![impostor]),
            Err(PathError::Signature { subject })
        );
    }

    #[test]
    fn what_is_no_authority_issues_nothing() {
        let subject = "CN=Middle".to_string();
        for extensions in [
            vec![],
            vec![extension(19, true, &[0x30, 0])],
            vec![extension(15, true, &[3, 2, 1, 6])],
            vec![
                extension(19, true, &[0x30, 3, 1, 1, 0xff]),
                extension(15, true, &[3, 2, 6, 0xc0]),
            ],
        ] {
            assert_eq!(
                find(&leaf(), &[middle(Some(extensions))], vec![root()]),
                Err(PathError::NotAuthority {
                    subject: subject.clone()
                })
            );
        }
    }

    #[test]
    fn path_length_and_unknown_critical_extensions_end_a_path() {
        let short = Template {
            extensions: vec![extension(19, true, &[0x30, 6, 1, 1, 0xff, 2, 1, 0])],
            ..Template::authority("Root", "Root")
        };
        let short = short.issue(&Key::new(1), &Key::new(1));
        assert_eq!(
            find(&leaf(), &[middle(None)], vec![short]),
            Err(PathError::PathLength {
                subject: "CN=Root".into()
            })
        );
        for critical in [true, false] {
            let mut extensions = Template::authority("x", "x").extensions;
            extensions.push(extension(30, critical, &[0x30, 0]));
            assert_eq!(
                find(&leaf(), &[middle(Some(extensions))], vec![root()]),
                Err(PathError::UnknownCriticalExtension {
                    subject: "CN=Middle".into(),
                    oid: "2.5.29.30".into()
                })
            );
        }
    }

    #[test]
    fn certificates_in_a_circle_end() {
        let one = Template::authority("One", "Two").issue(&Key::new(4), &Key::new(5));
        let two = Template::authority("Two", "One").issue(&Key::new(5), &Key::new(4));
        let leaf = Template::end("Leaf", "One").issue(&Key::new(3), &Key::new(4));
        assert!(matches!(
            find(&leaf, &[one, two], vec![root()]),
            Err(PathError::NoAnchor { .. })
        ));
    }

    #[test]
    fn many_candidates_end_the_search() {
        let candidates: Vec<_> = (0..64)
            .map(|serial| {
                let template = Template {
                    serial,
                    ..Template::authority("Middle", "Middle")
                };
                template.issue(&Key::new(2), &Key::new(2))
            })
            .collect();
        assert_eq!(
            find(&leaf(), &candidates, vec![root()]),
            Err(PathError::TooManyCandidates)
        );
    }

    #[test]
    fn the_use_of_the_first_certificate_is_asked_for() {
        let encipherment = Template {
            extensions: vec![extension(15, true, &[3, 2, 5, 0x20])],
            ..Template::end("Leaf", "Root")
        };
        let leaf = encipherment.issue(&Key::new(3), &Key::new(1));
        let refused = Err(PathError::Usage {
            subject: "CN=Leaf".into(),
        });
        assert_eq!(find(&leaf, &[], vec![root()]), refused);
        let server = [0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
        let server = Template {
            extensions: vec![extension(37, true, &server)],
            ..Template::end("Leaf", "Root")
        };
        let leaf = server.issue(&Key::new(3), &Key::new(1));
        assert_eq!(find(&leaf, &[], vec![root()]), refused);
        let document = [0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 0x24];
        let document = Template {
            extensions: vec![extension(37, true, &document)],
            ..Template::end("Leaf", "Root")
        };
        let leaf = document.issue(&Key::new(3), &Key::new(1));
        assert_eq!(find(&leaf, &[], vec![root()]), Ok(2));
        let maker = CertificatePath::find(&leaf, &[], &store(vec![root()]), Purpose::SealMaker);
        assert!(matches!(maker, Err(PathError::Usage { .. })));
    }

    fn standing(lists: Vec<RevocationList>, at: OffsetDateTime) -> Option<Standing> {
        let leaf = Template::end("Leaf", "Root").issue(&Key::new(3), &Key::new(1));
        let store = TrustStore::new(vec![root()], lists);
        let path = CertificatePath::find(&leaf, &[], &store, Purpose::Document).unwrap();
        path.standing(&store, at).map(|finding| finding.standing)
    }

    #[test]
    fn a_list_in_force_that_does_not_name_it_is_good() {
        let list = crl("Root", &Key::new(1), IN_FORCE, &[(8, 1)], &[]);
        assert_eq!(standing(vec![list], NOW), None);
    }

    #[test]
    fn a_revoked_certificate_is_revoked_even_by_an_old_list() {
        let revoked = |reason| {
            Some(Standing::Revocation(Revocation::Revoked {
                since: time::macros::datetime!(2026-06-01 0:00 UTC),
                reason,
            }))
        };
        for times in [IN_FORCE, ("20261001000000Z", "20261002000000Z")] {
            let list = crl("Root", &Key::new(1), times, &[(6, 1), (7, 6)], &[]);
            assert_eq!(
                standing(vec![list], NOW),
                revoked(RevocationReason::CertificateHold)
            );
        }
        let list = crl("Root", &Key::new(1), IN_FORCE, &[(7, 1)], &[]);
        let expired = time::macros::datetime!(2040-01-01 0:00 UTC);
        assert_eq!(
            standing(vec![list], expired),
            revoked(RevocationReason::KeyCompromise)
        );
    }

    #[test]
    fn a_newer_list_ends_a_hold() {
        let old = crl(
            "Root",
            &Key::new(1),
            ("20261001000000Z", "20261201000000Z"),
            &[(7, 6)],
            &[],
        );
        let new = crl("Root", &Key::new(1), IN_FORCE, &[], &[]);
        assert_eq!(standing(vec![old, new], NOW), None);
    }

    #[test]
    fn without_a_sound_list_nothing_is_good() {
        let state = |lists| match standing(lists, NOW) {
            Some(Standing::Revocation(state)) => state,
            other => panic!("{other:?}"),
        };
        assert_eq!(state(vec![]), Revocation::Missing);
        let stale = crl(
            "Root",
            &Key::new(1),
            ("20261001000000Z", "20261101000000Z"),
            &[],
            &[],
        );
        assert!(matches!(state(vec![stale]), Revocation::Stale { .. }));
        let unusable = |list| match state(vec![list]) {
            Revocation::Unusable { cause } => cause,
            other => panic!("{other:?}"),
        };
        let forged = crl("Root", &Key::new(9), IN_FORCE, &[], &[]);
        assert_eq!(unusable(forged), CrlProblem::Signature);
        let future = crl(
            "Root",
            &Key::new(1),
            ("20261123000000Z", "20261201000000Z"),
            &[],
            &[],
        );
        assert_eq!(unusable(future), CrlProblem::FromTheFuture);
        let part = extension(28, true, &[0x30, 0]);
        let part = crl("Root", &Key::new(1), IN_FORCE, &[], &[part]);
        assert!(matches!(
            unusable(part),
            CrlProblem::UnknownCriticalExtension { .. }
        ));
        let other = crl("Other", &Key::new(1), IN_FORCE, &[], &[]);
        assert_eq!(state(vec![other]), Revocation::Missing);
    }

    #[test]
    fn validity_is_asked_at_the_time_of_verification() {
        let list = || {
            crl(
                "Root",
                &Key::new(1),
                ("20200101000000Z", "20500101000000Z"),
                &[],
                &[],
            )
        };
        assert_eq!(
            standing(vec![list()], time::macros::datetime!(2024-12-31 0:00 UTC)),
            Some(Standing::NotYetValid)
        );
        assert_eq!(
            standing(vec![list()], time::macros::datetime!(2036-01-01 0:00 UTC)),
            Some(Standing::Expired)
        );
    }
}
