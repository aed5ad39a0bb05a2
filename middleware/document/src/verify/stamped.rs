//! Timestamps: what they are over, and since when they prove that something existed.

use sello_cades::timestamp::token::{Token, TokenError};
use sello_cades::{Certificate, CmsError, Moment, Purpose, SignedData};
use time::{Duration, OffsetDateTime};

use super::chain::{self, Trust};
use super::signature;
use crate::report::{Code, Finding};

/// How far ahead an authority's clock may be.
const CLOCK_SKEW: Duration = Duration::minutes(5);

/// That everything before a byte existed at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) end: u64,
    pub(super) time: OffsetDateTime,
}

/// The earliest time that these prove for what ends at `end`.
pub(super) fn earliest(proofs: &[Proof], end: u64) -> Option<OffsetDateTime> {
    let later = proofs.iter().filter(|proof| proof.end > end);
    later.map(|proof| proof.time).min()
}

/// What stands against a timestamp over the thing with this digest, its authority's standing left
/// aside.
pub(super) fn check(token: &Token, digest: &[u8], trust: Trust<'_>) -> Option<Finding> {
    let checked = token.check(digest, trust.evidence.certificates());
    checked.err().map(|error| finding(&error))
}

/// What stands against its authority.
pub(super) fn authority(token: &Token, trust: Trust<'_>) -> Vec<Finding> {
    let others = trust.evidence.certificates();
    let Some(certificate) = token.authority(others) else {
        return Vec::new();
    };
    let mut findings = chain::check(certificate, token.certificates(), trust, Purpose::Timestamp);
    let weaknesses = token.weaknesses(others);
    findings.extend(chain::weak(&weaknesses, trust.moment));
    if token.info().time > trust.at + CLOCK_SKEW {
        findings.push(Finding::with(
            Code::TimestampFromFuture,
            super::text::moment(token.info().time),
        ));
    }
    findings
}

/// The time that a signature's own timestamps prove: the earliest of those that hold, of
/// authorities that are trusted.
pub(super) fn of_signature(data: &SignedData, trust: Trust<'_>) -> Option<OffsetDateTime> {
    let signer = data.signer()?;
    let proven = signer.signature_timestamps().filter_map(|bytes| {
        let token = Token::parse(bytes).ok()?;
        let digest = token.digest_algorithm().digest(signer.signature());
        let holds = check(&token, &digest, trust).is_none() && authority(&token, trust).is_empty();
        holds.then_some(token.info().time)
    });
    proven.min()
}

/// The moment for which certificates are asked: the proven one, else that of verification.
pub(super) fn moment(proven: Option<OffsetDateTime>, now: OffsetDateTime) -> Moment {
    match proven {
        Some(time) if time < now => Moment::past(time, now),
        _ => Moment::now(now),
    }
}

/// What an error of reading or checking a token means.
pub(super) fn finding(error: &TokenError) -> Finding {
    match error {
        TokenError::Cms(CmsError::SignatureMismatch) => Finding::with(Code::SignatureBroken, error),
        TokenError::Cms(cause) => Finding {
            detail: Some(error.to_string()),
            ..signature::finding(cause)
        },
        TokenError::ImprintMismatch => Finding::with(Code::DocumentChanged, error),
        TokenError::ReferenceMissing => Finding::with(Code::CertificateReferenceMissing, error),
        _ => Finding::with(Code::SignatureMalformed, error),
    }
}

/// The certificates among which a signer's is looked for: those in the signature, then those in the
/// document.
pub(super) fn certificates(data: &SignedData, trust: Trust<'_>) -> Vec<Certificate> {
    let mut all = data.certificates().to_vec();
    all.extend_from_slice(trust.evidence.certificates());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn only_what_ends_later_proves_and_the_earliest_counts() {
        let proof = |end, time| Proof { end, time };
        let (early, late) = (
            datetime!(2025-01-01 0:00 UTC),
            datetime!(2026-01-01 0:00 UTC),
        );
        let proofs = [proof(100, early), proof(200, late), proof(300, early)];
        assert_eq!(earliest(&proofs, 50), Some(early));
        assert_eq!(earliest(&proofs[..2], 100), Some(late));
        assert_eq!(earliest(&proofs, 300), None);
    }
}
