//! The validation of one signer's signature (ETSI EN 319 102-1, 5): what is
//! signed, the timestamps that prove when it existed, and the path for that time.

mod stamps;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use time::OffsetDateTime;

use crate::attributes::CertificateReference;
use crate::carried;
use crate::certificate::Certificate;
use crate::digest::DigestAlgorithm;
use crate::error::CmsError;
use crate::evidence::Evidence;
use crate::oid;
use crate::path::{CertificatePath, Purpose};
use crate::problem::{Indication, Integrity, Problem};
use crate::revocation::Moment;
use crate::signed_data::SignedData;
use crate::signer::Signer;
use crate::timestamp::token::Token;
use crate::trust::TrustStore;

pub use stamps::{TimestampKind, TimestampProblem, TimestampVerdict, timestamp_problem};
use stamps::{judge_timestamps, read_timestamps};

/// Most timestamps looked at for one signer.
const MAX_TIMESTAMPS: usize = 64;
/// Most counter-signatures looked at for one signer.
const MAX_COUNTERS: usize = 16;

/// The digests of one content, by algorithm.
pub type Digests = BTreeMap<DigestAlgorithm, Vec<u8>>;

/// Whom one trusts, and when one asks.
#[derive(Debug, Clone, Copy)]
pub struct Trust<'a> {
    /// Whom.
    pub store: &'a TrustStore,
    /// The time of verification.
    pub now: OffsetDateTime,
}

/// What is said of one signer's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerVerdict {
    /// The signer's certificate, where it is there.
    pub certificate: Option<Certificate>,
    /// When it was made, as the signer says.
    pub claimed_time: Option<OffsetDateTime>,
    /// When it existed at the latest, as a timestamp proves.
    pub proven_time: Option<OffsetDateTime>,
    /// Its timestamps.
    pub timestamps: Vec<TimestampVerdict>,
    /// Whether it fits what it is over, whoever signed.
    pub integrity: Integrity,
    /// What stands against it, the gravest first.
    pub problems: Vec<Problem>,
    /// The counter-signatures on it, each judged by itself.
    pub counter_signatures: Vec<Self>,
}

impl SignerVerdict {
    /// The verdict on a signer that cannot be read.
    #[must_use]
    pub fn unreadable(error: CmsError) -> Self {
        Self {
            certificate: None,
            claimed_time: None,
            proven_time: None,
            timestamps: Vec::new(),
            integrity: Integrity::Broken,
            problems: Vec::from([Problem::of_cms(error)]),
            counter_signatures: Vec::new(),
        }
    }

    /// The gravest of what stands against it.
    #[must_use]
    pub fn indication(&self) -> Indication {
        let gravest = self.problems.iter().map(Problem::indication).max();
        gravest.unwrap_or(Indication::TotalPassed)
    }
}

/// The algorithms with which the content has to be hashed for [`validate`].
#[must_use]
pub fn algorithms(data: &SignedData) -> BTreeSet<DigestAlgorithm> {
    let mut needed = BTreeSet::new();
    for signer in data.signers().iter().flatten() {
        needed.extend(signer.digest_algorithm().ok());
        let archive = signer.unsigned_values(oid::ARCHIVE_TIMESTAMP_V3);
        for token in archive
            .chain(signer.content_timestamps())
            .take(MAX_TIMESTAMPS)
        {
            needed.extend(
                Token::parse(token)
                    .ok()
                    .map(|token| token.digest_algorithm()),
            );
        }
    }
    needed
}

/// Judges every signer of `data` over the content with these digests, each by
/// itself. `more` is evidence from elsewhere than the signature and the store.
#[must_use]
pub fn validate(
    data: &SignedData,
    content: &Digests,
    more: &Evidence,
    trust: Trust<'_>,
) -> Vec<SignerVerdict> {
    validate_proven(data, content, more, None, trust)
}

/// [`validate`] of a signature that provably existed at `existed` by something
/// outside it, such as a document timestamp.
#[must_use]
pub fn validate_proven(
    data: &SignedData,
    content: &Digests,
    more: &Evidence,
    existed: Option<OffsetDateTime>,
    trust: Trust<'_>,
) -> Vec<SignerVerdict> {
    let mut evidence = carried::evidence(data);
    evidence.extend(more);
    evidence.extend(trust.store.evidence());
    let judge = |signer: &Result<Signer, CmsError>| match signer {
        Ok(signer) => validate_signer(data, signer, content, evidence.clone(), existed, trust),
        Err(error) => SignerVerdict::unreadable(error.clone()),
    };
    data.signers().iter().map(judge).collect()
}

fn validate_signer(
    data: &SignedData,
    signer: &Signer,
    content: &Digests,
    mut evidence: Evidence,
    existed: Option<OffsetDateTime>,
    trust: Trust<'_>,
) -> SignerVerdict {
    let stamps = read_timestamps(data, signer, content);
    for stamp in &stamps {
        if let Ok((token, _)) = &stamp.read {
            evidence.extend(&carried::evidence(token.signed_data()));
        }
    }
    let (timestamps, proven_time) = judge_timestamps(stamps, &evidence, existed, trust);
    let mut verdict = judge_signer(signer, content, &evidence, proven_time, trust);
    verdict.timestamps = timestamps;
    verdict.counter_signatures = signer
        .counter_signatures()
        .into_iter()
        .take(MAX_COUNTERS)
        .map(|counter| match counter {
            Ok(counter) => judge_counter(&counter, signer, &evidence, proven_time, trust),
            Err(error) => SignerVerdict::unreadable(error),
        })
        .collect();
    verdict
}

/// A counter-signature is over the signature value (RFC 5652, 11.4); what
/// proves when that existed proves nothing of the counter-signature, unless it
/// is an archive timestamp. To be on the safe side it does not count here.
fn judge_counter(
    counter: &Signer,
    signer: &Signer,
    evidence: &Evidence,
    _proven: Option<OffsetDateTime>,
    trust: Trust<'_>,
) -> SignerVerdict {
    let digests = counter
        .digest_algorithm()
        .map(|algorithm| BTreeMap::from([(algorithm, algorithm.digest(signer.signature()))]))
        .unwrap_or_default();
    judge_signer(counter, &digests, evidence, None, trust)
}

fn judge_signer(
    signer: &Signer,
    content: &Digests,
    evidence: &Evidence,
    proven_time: Option<OffsetDateTime>,
    trust: Trust<'_>,
) -> SignerVerdict {
    let certificate = signer.certificate(evidence.certificates()).cloned();
    let mut problems = Vec::new();
    let digest = signer.digest_algorithm().map(|kind| content.get(&kind));
    let checked = match digest {
        Ok(Some(digest)) => signer.check(certificate.as_ref(), digest),
        Ok(None) => {
            problems.push(Problem::ContentMissing(String::new()));
            signer.check_signature(certificate.as_ref())
        }
        Err(error) => Err(error.into()),
    };
    let fits = checked.is_ok() && problems.is_empty();
    match checked {
        Ok(CertificateReference::Absent) => problems.push(Problem::ReferenceMissing),
        Ok(_) => {}
        Err(error) => problems.push(Problem::of_cms(error)),
    }
    let fails = |problem: &Problem| problem.indication() == Indication::TotalFailed;
    let integrity = if problems.iter().any(fails) {
        Integrity::Broken
    } else if fits {
        Integrity::Intact
    } else {
        Integrity::Unknown
    };
    if let Some(certificate) = &certificate {
        problems.extend(path_problems(
            certificate,
            evidence,
            proven_time,
            trust,
            Purpose::Document,
        ));
    }
    let proven = proven_time.unwrap_or(trust.now);
    let weaknesses = signer.weaknesses(certificate.as_ref());
    problems.extend(
        weaknesses
            .iter()
            .filter_map(|weakness| Problem::of_weakness(weakness, proven)),
    );
    problems.sort_by_key(|problem| core::cmp::Reverse(problem.indication()));
    problems.dedup();
    SignerVerdict {
        certificate,
        claimed_time: signer.signing_time().ok().flatten(),
        proven_time,
        timestamps: Vec::new(),
        integrity,
        problems,
        counter_signatures: Vec::new(),
    }
}

/// What stands against a certificate and its path at the time at which
/// something made with it provably existed, or now.
#[must_use]
pub fn path_problems(
    certificate: &Certificate,
    evidence: &Evidence,
    proven: Option<OffsetDateTime>,
    trust: Trust<'_>,
    purpose: Purpose,
) -> Vec<Problem> {
    let others = evidence.certificates();
    let path = match CertificatePath::find(certificate, others, trust.store, purpose) {
        Ok(path) => path,
        Err(error) => return Vec::from([Problem::Path(error)]),
    };
    let moment = Moment::past(proven.unwrap_or(trust.now), trust.now);
    let findings = path.findings_at(evidence, moment);
    let standing = findings.iter().filter_map(|found| {
        let first = found.certificate == certificate;
        Problem::of_standing(
            found.certificate.subject().to_string(),
            &found.standing,
            first,
        )
    });
    let weaknesses = path.weaknesses();
    let weak = weaknesses
        .iter()
        .filter_map(|weakness| Problem::of_weakness(weakness, moment.at));
    standing.chain(weak).collect()
}

#[cfg(test)]
mod tests;
