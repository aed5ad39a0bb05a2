//! What is known of a certificate's revocation, whoever says so.

use alloc::string::String;

use time::{Duration, OffsetDateTime};

use crate::error::Asn1Error;

/// How far ahead the maker's clock may be.
pub(crate) const CLOCK_SKEW: Duration = Duration::minutes(5);
/// How long an answer counts that does not say when the next one is due.
const WITHOUT_NEXT: Duration = Duration::days(1);

/// The moment for which something is asked, and when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// For which moment: the time at which the signature provably existed, or now.
    pub at: OffsetDateTime,
    /// The time of verification.
    pub now: OffsetDateTime,
}

impl Moment {
    /// Asked for the moment of asking.
    #[must_use]
    pub const fn now(now: OffsetDateTime) -> Self {
        Self { at: now, now }
    }

    /// Asked for a past moment.
    #[must_use]
    pub const fn past(at: OffsetDateTime, now: OffsetDateTime) -> Self {
        Self { at, now }
    }

    pub(crate) fn is_past(self) -> bool {
        self.at < self.now
    }
}

/// Why a certificate is not to be relied on (RFC 5280, 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationReason {
    /// No reason is given, or one not listed here.
    Unspecified,
    /// The key may be in other hands.
    KeyCompromise,
    /// The issuer's key may be in other hands.
    CaCompromise,
    /// The holder's affiliation changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// It is no longer used.
    CessationOfOperation,
    /// On hold: it may come back.
    CertificateHold,
    /// The holder lost a right that it stated.
    PrivilegeWithdrawn,
    /// Taken off the list again; in delta lists only.
    Removed,
}

impl RevocationReason {
    /// From the content of the ENUMERATED `CRLReason`.
    pub(crate) const fn from_content(content: &[u8]) -> Self {
        match content {
            [1] => Self::KeyCompromise,
            [2] => Self::CaCompromise,
            [3] => Self::AffiliationChanged,
            [4] => Self::Superseded,
            [5] => Self::CessationOfOperation,
            [6] => Self::CertificateHold,
            [8] => Self::Removed,
            [9] => Self::PrivilegeWithdrawn,
            _ => Self::Unspecified,
        }
    }
}

/// What lists and responders say of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revocation {
    /// A list or an answer in force does not revoke it.
    Good {
        /// When that was made.
        this_update: OffsetDateTime,
    },
    /// It is revoked.
    Revoked {
        /// Since when.
        since: OffsetDateTime,
        /// Why.
        reason: RevocationReason,
    },
    /// Nobody says anything of it.
    Missing,
    /// The newest word is past its time.
    Stale {
        /// When the next one was due.
        next_update: Option<OffsetDateTime>,
    },
    /// What there is cannot be used.
    Unusable {
        /// Why the newest of it cannot.
        cause: CrlProblem,
    },
}

/// Why a list or an answer cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrlProblem {
    /// Its signature does not fit the issuer's key.
    #[error("the revocation list's signature does not fit its issuer")]
    Signature,
    /// The issuer's key may not sign lists.
    #[error("the issuer's key may not sign revocation lists")]
    KeyUsage,
    /// It has a critical extension that is not understood.
    #[error("the revocation list has the unknown critical extension {oid}")]
    UnknownCriticalExtension {
        /// The extension, dotted.
        oid: String,
    },
    /// It says it was made later than the time of verification.
    #[error("the revocation list is from the future")]
    FromTheFuture,
    /// A delta list: it says only what changed since another, so that it never
    /// says that a certificate is good.
    #[error("the revocation list is a delta list, which says only what changed")]
    Delta,
    /// An indirect list: it speaks for other issuers.
    #[error("the revocation list is an indirect one, which is not used")]
    Indirect,
    /// It speaks for other certificates of the issuer only.
    #[error("the revocation list is for other certificates of its issuer")]
    OtherScope,
    /// Lists were found for some of the reasons of a revocation only.
    #[error("the revocation lists cover only some reasons of a revocation")]
    SomeReasons,
    /// An entry cannot be read.
    #[error("the revocation list cannot be read: {0}")]
    Malformed(#[source] Asn1Error),
    /// The answer's signature does not fit, or its responder has no right to answer.
    #[error("the OCSP response is not signed by the issuer or one whom it allows to answer")]
    Responder,
    /// The responder does not know the certificate.
    #[error("the OCSP responder does not know the certificate")]
    Unknown,
}

/// What one list or answer says, before its age is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) this_update: OffsetDateTime,
    pub(crate) next_update: Option<OffsetDateTime>,
    pub(crate) revoked: Option<(OffsetDateTime, RevocationReason)>,
    /// The reasons of a revocation for which it speaks, as bits.
    pub(crate) reasons: u16,
}

/// Every reason of a revocation: bits 1 to 8 of `ReasonFlags`, counted from the
/// highest.
pub(crate) const ALL_REASONS: u16 = 0x7f80;

impl Word {
    /// What it means for a moment: EN 319 102-1, 5.2.5 and 5.6.2.3. A
    /// revocation after the moment does not count against it; one past its time
    /// can still say that a certificate is revoked, never that it is good.
    pub(crate) fn judge(&self, moment: Moment) -> Revocation {
        match self.revoked {
            Some((since, reason)) if since <= moment.at || !moment.is_past() => {
                Revocation::Revoked { since, reason }
            }
            _ if self.covers(moment) => Revocation::Good {
                this_update: self.this_update,
            },
            _ => Revocation::Stale {
                next_update: self.next_update,
            },
        }
    }

    fn covers(&self, moment: Moment) -> bool {
        let due = self.next_update;
        let due = due.unwrap_or_else(|| self.this_update.saturating_add(WITHOUT_NEXT));
        due >= moment.at
    }
}
