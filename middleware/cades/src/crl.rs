//! Certificate revocation lists (RFC 5280, 5), and what they say of a
//! certificate.

use alloc::string::String;
use alloc::vec::Vec;

use time::{Duration, OffsetDateTime};

use crate::algorithm::{AlgorithmIdentifier, Signed};
use crate::certificate::Certificate;
use crate::datetime;
use crate::error::Asn1Error;
use crate::extensions::{Extensions, KeyUsage, ce};
use crate::name::DistinguishedName;
use crate::tlv::{self, Cursor, tag};

/// Longest list read, in bytes.
pub const MAX_CRL: usize = 16 * 1024 * 1024;
/// How far ahead the maker's clock may be.
const CLOCK_SKEW: Duration = Duration::minutes(5);
/// Extensions of lists and entries that are taken into account. An issuing
/// distribution point is not: a list for a part only is not used.
const KNOWN: [u8; 3] = [
    ce::AUTHORITY_KEY_IDENTIFIER,
    ce::CRL_NUMBER,
    ce::REASON_CODE,
];

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
}

/// What the revocation lists say of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revocation {
    /// A list in force does not name it.
    Good {
        /// When that list was made.
        this_update: OffsetDateTime,
    },
    /// A list names it.
    Revoked {
        /// Since when.
        since: OffsetDateTime,
        /// Why.
        reason: RevocationReason,
    },
    /// There is no list of its issuer.
    Missing,
    /// The newest list is past its time.
    Stale {
        /// When the next list was due.
        next_update: Option<OffsetDateTime>,
    },
    /// The lists of its issuer cannot be used.
    Unusable {
        /// Why the newest of them cannot.
        cause: CrlProblem,
    },
}

/// Why a list cannot be used.
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
    /// An entry cannot be read.
    #[error("the revocation list cannot be read: {0}")]
    Malformed(#[source] Asn1Error),
}

/// A revocation list as read.
#[derive(Debug, Clone)]
pub struct RevocationList {
    tbs: Vec<u8>,
    issuer: DistinguishedName,
    this_update: OffsetDateTime,
    next_update: Option<OffsetDateTime>,
    entries: Vec<u8>,
    extensions: Extensions,
    algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
}

impl RevocationList {
    /// Reads one list, strictly; its entries are read when asked for.
    ///
    /// # Errors
    /// [`Asn1Error`] with the structure and what is wrong in it.
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        let Signed {
            tbs,
            algorithm,
            signature,
        } = Signed::from_der("CertificateList", der, MAX_CRL)?;

        let structure = "TBSCertList";
        let mut fields = Cursor::new(structure, tbs.value);
        fields.optional(tag::INTEGER)?;
        if AlgorithmIdentifier::read(&mut fields)? != algorithm {
            let what = "the two signature algorithms differ";
            return Err(Asn1Error::Value { structure, what });
        }
        let issuer = DistinguishedName::read(&mut fields)?;
        let this_update = datetime::read(&mut fields, structure)?;
        let next_update = datetime::is_next(&fields)
            .then(|| datetime::read(&mut fields, structure))
            .transpose()?;
        let entries = fields.optional(tag::SEQUENCE)?;
        let extensions = match fields.optional(tag::context(0))? {
            Some(explicit) => {
                let mut inner = Cursor::new(structure, explicit.value);
                let extensions = Extensions::read(&mut inner)?;
                inner.finish()?;
                extensions
            }
            None => Extensions::default(),
        };
        fields.finish()?;
        Ok(Self {
            tbs: tbs.raw.to_vec(),
            issuer,
            this_update,
            next_update,
            entries: entries.map_or_else(Vec::new, |entries| entries.value.to_vec()),
            extensions,
            algorithm,
            signature,
        })
    }

    /// Who made it.
    #[must_use]
    pub const fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    /// When it was made.
    #[must_use]
    pub const fn this_update(&self) -> OffsetDateTime {
        self.this_update
    }

    /// When the next one is due at the latest.
    #[must_use]
    pub const fn next_update(&self) -> Option<OffsetDateTime> {
        self.next_update
    }

    /// Whether the list is what it should be, leaving its age aside.
    fn check(&self, issuer: &Certificate, at: OffsetDateTime) -> Result<(), CrlProblem> {
        if let Some(oid) = self.extensions.unknown_critical(&KNOWN) {
            return Err(CrlProblem::UnknownCriticalExtension { oid });
        }
        if !issuer.may(KeyUsage::CRL_SIGN) {
            return Err(CrlProblem::KeyUsage);
        }
        issuer
            .key()
            .verify(&self.algorithm, &self.tbs, &self.signature)
            .map_err(|_| CrlProblem::Signature)?;
        if self.this_update > at.saturating_add(CLOCK_SKEW) {
            return Err(CrlProblem::FromTheFuture);
        }
        Ok(())
    }

    /// The entry of a serial number, all entries being read.
    fn entry(
        &self,
        serial: &[u8],
    ) -> Result<Option<(OffsetDateTime, RevocationReason)>, CrlProblem> {
        let structure = "revokedCertificates";
        let mut found = None;
        let mut members = Cursor::new(structure, &self.entries);
        while !members.is_empty() {
            let entry = members
                .expect(tag::SEQUENCE)
                .map_err(CrlProblem::Malformed)?;
            let mut fields = Cursor::new(structure, entry.value);
            let number = fields.expect(tag::INTEGER).map_err(CrlProblem::Malformed)?;
            let since = datetime::read(&mut fields, structure).map_err(CrlProblem::Malformed)?;
            let reason = entry_reason(&mut fields)?;
            fields.finish().map_err(CrlProblem::Malformed)?;
            if number.value == serial {
                found = Some((since, reason));
            }
        }
        Ok(found)
    }
}

/// What `lists` say of `certificate`, whose issuer's certificate is `issuer`,
/// at the time `at`. The newest sound list of the issuer decides; one past its
/// time can still say that a certificate is revoked, never that it is good.
pub(crate) fn revocation(
    lists: &[RevocationList],
    certificate: &Certificate,
    issuer: &Certificate,
    at: OffsetDateTime,
) -> Revocation {
    let mut ours: Vec<&RevocationList> = lists
        .iter()
        .filter(|list| list.issuer == *issuer.subject())
        .collect();
    ours.sort_by_key(|list| core::cmp::Reverse(list.this_update));
    let mut problem = None;
    for list in ours {
        let answer = list
            .check(issuer, at)
            .and_then(|()| list.entry(certificate.serial()));
        match answer {
            Ok(Some((since, reason))) => return Revocation::Revoked { since, reason },
            Ok(None) if list.next_update.is_some_and(|next| next >= at) => {
                let this_update = list.this_update;
                return Revocation::Good { this_update };
            }
            Ok(None) => {
                let next_update = list.next_update;
                return Revocation::Stale { next_update };
            }
            Err(cause) => {
                problem.get_or_insert(cause);
            }
        }
    }
    problem.map_or(Revocation::Missing, |cause| Revocation::Unusable { cause })
}

fn entry_reason(fields: &mut Cursor<'_>) -> Result<RevocationReason, CrlProblem> {
    if fields.is_empty() {
        return Ok(RevocationReason::Unspecified);
    }
    let extensions = Extensions::read(fields).map_err(CrlProblem::Malformed)?;
    if let Some(oid) = extensions.unknown_critical(&KNOWN) {
        return Err(CrlProblem::UnknownCriticalExtension { oid });
    }
    let Some(reason) = extensions.get(ce::REASON_CODE) else {
        return Ok(RevocationReason::Unspecified);
    };
    let code = tlv::single("CRLReason", tag::ENUMERATED, &reason.value);
    Ok(match code.map_err(CrlProblem::Malformed)?.value {
        [1] => RevocationReason::KeyCompromise,
        [2] => RevocationReason::CaCompromise,
        [3] => RevocationReason::AffiliationChanged,
        [4] => RevocationReason::Superseded,
        [5] => RevocationReason::CessationOfOperation,
        [6] => RevocationReason::CertificateHold,
        [9] => RevocationReason::PrivilegeWithdrawn,
        _ => RevocationReason::Unspecified,
    })
}
