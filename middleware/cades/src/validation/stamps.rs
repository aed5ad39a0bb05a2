//! The timestamps of one signer: what each is over, and what the later ones prove of the earlier.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use time::OffsetDateTime;

use super::{Digests, MAX_TIMESTAMPS, Trust, path_problems};
use crate::archive::{self, ArchiveError};
use crate::certificate::Certificate;
use crate::evidence::Evidence;
use crate::oid;
use crate::path::Purpose;
use crate::problem::{Integrity, Problem};
use crate::revocation::CLOCK_SKEW;
use crate::signed_data::SignedData;
use crate::signer::Signer;
use crate::timestamp::token::{Token, TokenError};

/// What kind of timestamp it is (EN 319 122-1), in the order in which they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimestampKind {
    /// Over the content, before it was signed.
    Content,
    /// Over the signature value.
    Signature,
    /// Over everything.
    Archive,
}

/// What is said of one timestamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampVerdict {
    /// Which kind.
    pub kind: TimestampKind,
    /// The time it states, where it can be read.
    pub time: Option<OffsetDateTime>,
    /// The authority, as its certificate says.
    pub authority: Option<String>,
    /// Whether it fits what it is over, whoever made it.
    pub integrity: Integrity,
    /// What stands against it; nothing if it proves its time.
    pub problem: Option<TimestampProblem>,
}

/// Why a timestamp proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampProblem {
    /// A stable code for programs.
    pub code: &'static str,
    /// Particulars for a specialist, in English.
    pub detail: Option<String>,
}

impl TimestampProblem {
    fn new(code: &'static str, detail: impl ToString) -> Self {
        let detail = Some(detail.to_string());
        Self { code, detail }
    }

    /// What reading or checking a token found.
    fn of_token(error: &TokenError) -> Self {
        let code = match error {
            TokenError::ImprintMismatch => "DOCUMENT_CHANGED",
            TokenError::Cms(error) => Problem::of_cms(error.clone()).code(),
            TokenError::ReferenceMissing => Problem::ReferenceMissing.code(),
            _ => "SIGNATURE_MALFORMED",
        };
        Self::new(code, error)
    }

    /// What stands in the way of telling what an archive timestamp is over.
    fn of_archive(error: &ArchiveError) -> Self {
        let code = match error {
            ArchiveError::Missing { .. } => "ARCHIVED_DATA_MISSING",
            ArchiveError::Unsupported(_) => "UNSUPPORTED_ALGORITHM",
            ArchiveError::NoIndex | ArchiveError::Malformed(_) => "SIGNATURE_MALFORMED",
        };
        Self::new(code, error)
    }

    /// Whether it tells that the token does not fit, or only that nobody can tell.
    fn integrity(&self) -> Integrity {
        match self.code {
            "CONTENT_MISSING"
            | "UNSUPPORTED_ALGORITHM"
            | "WEAK_ALGORITHM"
            | "CERTIFICATE_MISSING" => Integrity::Unknown,
            _ => Integrity::Broken,
        }
    }
}

/// A timestamp with the digest that it has to be over.
pub(super) struct Stamp {
    kind: TimestampKind,
    pub(super) read: Result<(Token, Vec<u8>), TimestampProblem>,
}

pub(super) fn read_timestamps(data: &SignedData, signer: &Signer, content: &Digests) -> Vec<Stamp> {
    let missing = || TimestampProblem {
        code: "CONTENT_MISSING",
        detail: None,
    };
    let parse =
        |bytes: &[u8]| Token::parse(bytes).map_err(|error| TimestampProblem::of_token(&error));
    let of_content = |kind: TimestampKind, bytes: &[u8]| {
        let read = parse(bytes);
        let read = read.and_then(|token| {
            let digest = content.get(&token.digest_algorithm()).ok_or_else(missing)?;
            let digest = match kind {
                TimestampKind::Archive => archive::imprint(data, signer, &token, digest)
                    .map_err(|error| TimestampProblem::of_archive(&error))?,
                _ => digest.clone(),
            };
            Ok((token, digest))
        });
        Stamp { kind, read }
    };
    let of_signature = |bytes: &[u8]| {
        let read = parse(bytes).map(|token| {
            let digest = token.digest_algorithm().digest(signer.signature());
            (token, digest)
        });
        Stamp {
            kind: TimestampKind::Signature,
            read,
        }
    };
    let contents = signer.content_timestamps().take(MAX_TIMESTAMPS);
    let signatures = signer.signature_timestamps().take(MAX_TIMESTAMPS);
    let archives = signer.unsigned_values(oid::ARCHIVE_TIMESTAMP_V3);
    contents
        .map(|bytes| of_content(TimestampKind::Content, bytes))
        .chain(signatures.map(of_signature))
        .chain(
            archives
                .take(MAX_TIMESTAMPS)
                .map(|bytes| of_content(TimestampKind::Archive, bytes)),
        )
        .collect()
}

/// Judges the timestamps, the latest first: one that holds proves that the
/// earlier ones existed, so that those are judged as of its time
/// (EN 319 102-1, 5.6.2.4). Gives the earliest proof that the signature existed.
pub(super) fn judge_timestamps(
    mut stamps: Vec<Stamp>,
    evidence: &Evidence,
    existed: Option<OffsetDateTime>,
    trust: Trust<'_>,
) -> (Vec<TimestampVerdict>, Option<OffsetDateTime>) {
    let time = |stamp: &Stamp| stamp.read.as_ref().ok().map(|(token, _)| token.info().time);
    // Within a second an archive timestamp is later than what it is over.
    stamps.sort_by_key(|stamp| core::cmp::Reverse((time(stamp), stamp.kind)));
    let mut verdicts = Vec::new();
    let mut proven = existed;
    let mut archived = existed;
    for stamp in stamps {
        let stated = time(&stamp);
        let verdict = judge_timestamp(stamp, evidence, archived, trust);
        if verdict.problem.is_none() {
            match verdict.kind {
                TimestampKind::Archive => {
                    archived = stated;
                    proven = stated;
                }
                TimestampKind::Signature => proven = stated,
                TimestampKind::Content => {}
            }
        }
        verdicts.push(verdict);
    }
    verdicts.reverse();
    (verdicts, proven)
}

fn judge_timestamp(
    stamp: Stamp,
    evidence: &Evidence,
    archived: Option<OffsetDateTime>,
    trust: Trust<'_>,
) -> TimestampVerdict {
    let mut verdict = TimestampVerdict {
        kind: stamp.kind,
        time: None,
        authority: None,
        integrity: Integrity::Intact,
        problem: None,
    };
    let (token, digest) = match stamp.read {
        Ok(read) => read,
        Err(problem) => {
            verdict.integrity = problem.integrity();
            verdict.problem = Some(problem);
            return verdict;
        }
    };
    verdict.time = Some(token.info().time);
    let certificate = match token.check(&digest, evidence.certificates()) {
        Ok(certificate) => certificate,
        Err(error) => {
            let problem = TimestampProblem::of_token(&error);
            verdict.integrity = problem.integrity();
            verdict.problem = Some(problem);
            return verdict;
        }
    };
    verdict.authority = Some(certificate.subject().to_string());
    verdict.problem = timestamp_problem(&token, certificate, evidence, archived, trust);
    verdict
}

/// What stands against a sound token: its authority, or weak algorithms.
/// `proven` is when it provably existed.
#[must_use]
pub fn timestamp_problem(
    token: &Token,
    authority: &Certificate,
    evidence: &Evidence,
    proven: Option<OffsetDateTime>,
    trust: Trust<'_>,
) -> Option<TimestampProblem> {
    if token.info().time > trust.now.saturating_add(CLOCK_SKEW) {
        let time = token.info().time;
        return Some(TimestampProblem::new("TIMESTAMP_FROM_FUTURE", time));
    }
    let at = proven.unwrap_or(trust.now);
    let weaknesses = token.weaknesses(evidence.certificates());
    let weak = weaknesses.iter().find(|weakness| weakness.matters(at));
    if let Some(weak) = weak {
        return Some(TimestampProblem::new("WEAK_ALGORITHM", weak));
    }
    let problems = path_problems(authority, evidence, proven, trust, Purpose::Timestamp);
    let first = problems.first()?;
    Some(TimestampProblem {
        code: first.code(),
        detail: first.detail(),
    })
}
