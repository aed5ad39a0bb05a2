//! What can stand against a signature, in the words of ETSI EN 319 102-1.

use alloc::string::{String, ToString};

use time::OffsetDateTime;

use crate::error::CmsError;
use crate::path::{PathError, Standing};
use crate::revocation::{Revocation, RevocationReason};
use crate::weakness::Weakness;

/// Verdict on a signature (EN 319 102-1, 5.1.3), the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Indication {
    /// All checks passed.
    TotalPassed,
    /// What is there does not allow a verdict.
    Indeterminate,
    /// The signature is broken or the content was changed.
    TotalFailed,
}

impl Indication {
    /// The standard's own spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TotalPassed => "TOTAL-PASSED",
            Self::Indeterminate => "INDETERMINATE",
            Self::TotalFailed => "TOTAL-FAILED",
        }
    }
}

/// Whether something is what was signed, whoever signed it: trust is left aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Integrity {
    /// The signature fits.
    Intact,
    /// It cannot be told.
    Unknown,
    /// The signature does not fit.
    Broken,
}

impl Integrity {
    /// A stable name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Unknown => "unknown",
            Self::Broken => "broken",
        }
    }
}

/// Something that stands against a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The content is not what was signed.
    ContentChanged,
    /// The signature value does not fit.
    SignatureBroken,
    /// The signature is not of the form it must have.
    Malformed(CmsError),
    /// Signed content that is not there, by its name.
    ContentMissing(String),
    /// The signer's certificate is not there.
    CertificateMissing,
    /// The signed reference is to another certificate.
    ReferenceMismatch,
    /// The signature does not say which certificate it is made with.
    ReferenceMissing,
    /// An algorithm that is not judged here, by its name.
    UnsupportedAlgorithm(String),
    /// An algorithm that is broken.
    WeakAlgorithm(String),
    /// No sound path leads to an anchor.
    Path(PathError),
    /// A certificate of the path was revoked, and nothing proves that the
    /// signature existed before.
    Revoked {
        /// Whose.
        subject: String,
        /// Since when.
        since: OffsetDateTime,
        /// Why.
        reason: RevocationReason,
        /// Whether it is that of an authority.
        authority: bool,
    },
    /// A certificate of the path was not valid when the signature provably
    /// existed, or is not now where nothing proves that.
    OutOfBounds {
        /// Whose.
        subject: String,
        /// Whether its validity had not begun.
        early: bool,
    },
    /// Whether a certificate of the path was revoked is not known.
    RevocationUnknown {
        /// Whose.
        subject: String,
        /// What is known.
        state: Revocation,
    },
}

impl Problem {
    /// What reading or checking a signature found.
    #[must_use]
    pub fn of_cms(error: CmsError) -> Self {
        match error {
            CmsError::MessageDigestMismatch => Self::ContentChanged,
            CmsError::SignatureMismatch => Self::SignatureBroken,
            CmsError::NoSignerCertificate => Self::CertificateMissing,
            CmsError::CertificateReferenceMismatch => Self::ReferenceMismatch,
            CmsError::Unsupported(cause) if cause.is_weak() => Self::WeakAlgorithm(cause.name),
            CmsError::Unsupported(cause) => Self::UnsupportedAlgorithm(cause.name),
            other => Self::Malformed(other),
        }
    }

    /// What stands against a certificate of a path; `first` is the signer's.
    #[must_use]
    pub fn of_standing(subject: String, standing: &Standing, first: bool) -> Option<Self> {
        let early = *standing == Standing::NotYetValid;
        match standing {
            Standing::Good | Standing::Revocation(Revocation::Good { .. }) => None,
            Standing::Expired | Standing::NotYetValid => Some(Self::OutOfBounds { subject, early }),
            Standing::Revocation(Revocation::Revoked { since, reason }) => Some(Self::Revoked {
                subject,
                since: *since,
                reason: *reason,
                authority: !first,
            }),
            Standing::Revocation(state) => Some(Self::RevocationUnknown {
                subject,
                state: state.clone(),
            }),
        }
    }

    /// What a weak algorithm means for a signature that provably existed at `proven`.
    #[must_use]
    pub fn of_weakness(weakness: &Weakness, proven: OffsetDateTime) -> Option<Self> {
        let name = weakness.name.clone();
        weakness
            .matters(proven)
            .then_some(Self::WeakAlgorithm(name))
    }

    /// How grave it is.
    #[must_use]
    pub const fn indication(&self) -> Indication {
        match self {
            Self::ContentChanged | Self::SignatureBroken | Self::Malformed(_) => {
                Indication::TotalFailed
            }
            _ => Indication::Indeterminate,
        }
    }

    /// Its kind (EN 319 102-1, table 3), in the standard's own spelling.
    #[must_use]
    pub const fn sub_indication(&self) -> &'static str {
        match self {
            Self::ContentChanged => "HASH_FAILURE",
            Self::SignatureBroken => "SIG_CRYPTO_FAILURE",
            Self::Malformed(_) => "FORMAT_FAILURE",
            Self::ContentMissing(_) => "SIGNED_DATA_NOT_FOUND",
            Self::CertificateMissing => "NO_SIGNING_CERTIFICATE_FOUND",
            Self::ReferenceMismatch | Self::ReferenceMissing => "SIG_CONSTRAINTS_FAILURE",
            Self::UnsupportedAlgorithm(_) => "GENERIC",
            Self::WeakAlgorithm(_) => "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
            Self::Path(PathError::NoAnchor { .. }) => "NO_CERTIFICATE_CHAIN_FOUND",
            Self::Path(PathError::Unsupported { .. }) => "GENERIC",
            Self::Path(_) => "CHAIN_CONSTRAINTS_FAILURE",
            Self::Revoked {
                authority: false, ..
            } => "REVOKED_NO_POE",
            Self::Revoked { .. } => "REVOKED_CA_NO_POE",
            Self::OutOfBounds { .. } => "OUT_OF_BOUNDS_NO_POE",
            Self::RevocationUnknown { .. } => "TRY_LATER",
        }
    }

    /// A stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ContentChanged => "DOCUMENT_CHANGED",
            Self::SignatureBroken => "SIGNATURE_BROKEN",
            Self::Malformed(_) => "SIGNATURE_MALFORMED",
            Self::ContentMissing(_) => "CONTENT_MISSING",
            Self::CertificateMissing => "CERTIFICATE_MISSING",
            Self::ReferenceMismatch => "CERTIFICATE_REFERENCE_MISMATCH",
            Self::ReferenceMissing => "CERTIFICATE_REFERENCE_MISSING",
            Self::UnsupportedAlgorithm(_) => "UNSUPPORTED_ALGORITHM",
            Self::WeakAlgorithm(_) => "WEAK_ALGORITHM",
            Self::Path(PathError::NoAnchor { .. }) => "NO_TRUST_ANCHOR",
            Self::Path(PathError::Unsupported { .. }) => "UNSUPPORTED_ALGORITHM",
            Self::Path(_) => "CHAIN_BROKEN",
            Self::Revoked {
                reason: RevocationReason::CertificateHold,
                authority: false,
                ..
            } => "ON_HOLD",
            Self::Revoked {
                authority: false, ..
            } => "REVOKED",
            Self::Revoked { .. } => "AUTHORITY_REVOKED",
            Self::OutOfBounds { early: true, .. } => "CERTIFICATE_NOT_YET_VALID",
            Self::OutOfBounds { .. } => "CERTIFICATE_EXPIRED",
            Self::RevocationUnknown { state, .. } => match state {
                Revocation::Stale { .. } => "REVOCATION_STALE",
                Revocation::Unusable { .. } => "REVOCATION_UNUSABLE",
                _ => "REVOCATION_UNKNOWN",
            },
        }
    }

    /// Particulars for a specialist, in English.
    #[must_use]
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Malformed(error) => Some(error.to_string()),
            Self::ContentMissing(name)
            | Self::UnsupportedAlgorithm(name)
            | Self::WeakAlgorithm(name) => Some(name.clone()),
            Self::Path(error) => Some(error.to_string()),
            Self::Revoked { subject, since, .. } => {
                Some(alloc::format!("{subject}: since {since}"))
            }
            Self::OutOfBounds { subject, .. } => Some(subject.clone()),
            Self::RevocationUnknown { subject, state } => Some(match state {
                Revocation::Unusable { cause } => alloc::format!("{subject}: {cause}"),
                Revocation::Stale {
                    next_update: Some(due),
                } => alloc::format!("{subject}: the next word was due {due}"),
                _ => subject.clone(),
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_weak_algorithm_counts_from_when_it_was_broken() {
        let weakness = Weakness {
            name: String::from("SHA-1"),
            sound_until: datetime!(2012-08-01 0:00 UTC),
        };
        let at = |proven| Problem::of_weakness(&weakness, proven);
        assert_eq!(at(datetime!(2010-01-01 0:00 UTC)), None);
        let weak = at(datetime!(2020-01-01 0:00 UTC)).unwrap();
        assert_eq!(weak.sub_indication(), "CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
    }

    #[test]
    fn md5_is_weak_and_not_merely_unknown() {
        let md5 = crate::error::UnsupportedAlgorithm::named("MD5");
        let problem = Problem::of_cms(CmsError::Unsupported(md5));
        assert_eq!(problem, Problem::WeakAlgorithm(String::from("MD5")));
    }
}
