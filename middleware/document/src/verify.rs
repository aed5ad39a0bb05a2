//! Verifying a document (`specs/documents.md`, rules VER-1 and following).
//!
//! [`verify`] always gives a [`Report`]: a document that cannot be read is one too. It never
//! repairs, never asks the network, and takes the time as a parameter.

mod chain;
mod changes;
mod content;
mod dictionary;
mod effort;
mod evidence;
mod fields;
mod found;
mod judge;
mod later;
mod lookalike;
mod permission;
mod picture;
mod place;
mod placed;
mod salvage;
mod seal;
mod sealed;
mod signature;
mod slices;
mod stamped;
mod text;
mod uses;

use std::borrow::Cow;

use sello_cades::{Moment, TrustStore};
use sello_pdf::{Document, Error, Source};
use time::OffsetDateTime;

use crate::report::{Code, Finding, Indication, Overall, Report, RevisionReport, SignatureReport};

/// Verifies every seal and signature of a document at the time `at`. Only the anchors of `trust`
/// are trusted, never a certificate that comes with the document.
#[must_use]
pub fn verify<S: Source>(source: S, trust: &TrustStore, at: OffsetDateTime) -> Report {
    Verifier::new(trust, at).verify(source)
}

/// Verifies many documents at one time; what was found of certificates and pictures serves the next one.
#[derive(Debug)]
pub struct Verifier<'a> {
    store: &'a TrustStore,
    at: OffsetDateTime,
    cache: chain::Cache,
    pictures: sealed::Pictures,
}

impl<'a> Verifier<'a> {
    /// Takes whom to trust, and the time of verification.
    #[must_use]
    pub fn new(store: &'a TrustStore, at: OffsetDateTime) -> Self {
        Self {
            store,
            at,
            cache: chain::Cache::default(),
            pictures: sealed::Pictures::default(),
        }
    }

    /// As [`verify`](fn@verify).
    #[must_use]
    pub fn verify<S: Source>(&self, source: S) -> Report {
        match Document::open(&source) {
            Ok(document) => report(&document, &source, self, None),
            Err(error) => match salvage::sound_beginning(&source, &error) {
                Some(document) => report(&document, &source, self, Some(&error)),
                None => {
                    let mut findings = vec![unreadable(&error)];
                    hidden(&source, &mut findings, &[]);
                    finish(findings, Vec::new(), Vec::new(), 0, self.at)
                }
            },
        }
    }
}

/// `damage` is what is wrong with what follows the document in its file.
fn report<S: Source>(
    document: &Document<S>,
    file: &dyn Source,
    verifier: &Verifier<'_>,
    damage: Option<&Error>,
) -> Report {
    let (store, at) = (verifier.store, verifier.at);
    let mut progress = judge::Progress {
        effort: effort::Effort::of(document.source().len()),
        beginning: content::Beginning::default(),
        pictures: &verifier.pictures,
    };
    let search = found::search(document, &mut progress.effort);
    let mut findings: Vec<Finding> = search.problems.iter().map(unreadable).collect();
    findings.extend(damage.map(unreadable));
    // The same damage is met again in every revision.
    findings.dedup();
    if search.cut_short {
        findings.push(Finding::new(Code::TooLarge));
    }
    let evidence = evidence::gather(document, store.evidence(), &mut progress.effort);
    let trust = chain::Trust {
        store,
        evidence: &evidence,
        at,
        moment: Moment::now(at),
        cache: matches!(evidence, Cow::Borrowed(_)).then_some(&verifier.cache),
    };
    let mut judged: Vec<judge::Judged> = search
        .found
        .iter()
        .map(|found| judge::judge(document, found, trust, &mut progress))
        .collect();
    judge::conclude(document, &search.found, &mut judged, trust, &mut progress);
    let changes = later::judge(document, &mut judged, &mut progress.effort);
    if let Some(damage) = damage {
        for signature in &mut judged {
            signature.add(Finding::with(Code::UnreadableAfterSealing, damage));
        }
    }
    let lookalikes = lookalike::find(document, &judged, &mut progress.effort);
    let signatures: Vec<SignatureReport> =
        judged.into_iter().map(judge::Judged::into_report).collect();
    hidden(file, &mut findings, &signatures);
    if signatures.is_empty() && findings.is_empty() {
        findings.push(Finding::new(Code::NothingSealed));
    }
    let revisions = document.revisions().len();
    Report {
        lookalikes,
        ..finish(findings, signatures, changes, revisions, at)
    }
}

/// A file that is damaged and speaks of signatures without having one that can be read is not passed
/// over: programs that repair may show it as signed.
fn hidden(source: &dyn Source, findings: &mut Vec<Finding>, signatures: &[SignatureReport]) {
    let damaged = findings.iter().any(|finding| finding.code == Code::Damaged);
    if damaged && signatures.is_empty() && salvage::speaks_of_signatures(source) {
        findings.push(Finding::new(Code::SignatureUnreadable));
    }
}

fn finish(
    findings: Vec<Finding>,
    signatures: Vec<SignatureReport>,
    changes: Vec<RevisionReport>,
    revisions: usize,
    at: OffsetDateTime,
) -> Report {
    let overall = overall(&findings, &signatures);
    Report {
        overall,
        exit_code: overall.exit_code(),
        verified_at: text::moment(at),
        findings,
        revisions,
        signatures,
        lookalikes: Vec::new(),
        changes,
    }
}

/// The gravest of all.
fn overall(findings: &[Finding], signatures: &[SignatureReport]) -> Overall {
    let nothing = |finding: &Finding| finding.code == Code::NothingSealed;
    if findings.iter().any(nothing) {
        return Overall::NothingSealed;
    }
    let of_document = findings.iter().map(|finding| finding.indication);
    let of_signatures = signatures.iter().map(|signature| signature.indication);
    match of_document.chain(of_signatures).max() {
        Some(Indication::TotalPassed) => Overall::Valid,
        Some(Indication::TotalFailed) => Overall::Broken,
        Some(Indication::Indeterminate) | None => Overall::CannotTell,
    }
}

/// What an error of the reader means for the document.
fn unreadable(error: &Error) -> Finding {
    let code = match error {
        Error::NotPdf => Code::NotPdf,
        Error::Encrypted => Code::Encrypted,
        Error::Read { .. } => Code::Unreadable,
        Error::TooLarge { .. } => Code::TooLarge,
        _ => Code::Damaged,
    };
    Finding::with(code, error)
}
