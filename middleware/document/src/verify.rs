//! Verifying a document (`specs/documents.md`, rules VER-1 and following).
//!
//! [`verify`] always gives a [`Report`]: a document that cannot be read is one too. It never
//! repairs, never asks the network, and takes the time as a parameter.

mod chain;
mod changes;
mod content;
mod dictionary;
mod effort;
mod fields;
mod found;
mod judge;
mod later;
mod openings;
mod picture;
mod place;
mod placed;
mod seal;
mod signature;
mod slices;
mod text;

use sello_cades::TrustStore;
use sello_pdf::{Document, Error, Source};
use time::OffsetDateTime;

use crate::report::{Code, Finding, Indication, Overall, Report, SignatureReport};

/// Verifies every seal and signature of a document at the time `at`. Only the anchors of `trust`
/// are trusted, never a certificate that comes with the document.
#[must_use]
pub fn verify<S: Source>(source: S, trust: &TrustStore, at: OffsetDateTime) -> Report {
    let trust = chain::Trust { store: trust, at };
    match Document::open(source) {
        Ok(document) => report(&document, trust),
        Err(error) => finish(vec![unreadable(&error)], Vec::new(), 0, at),
    }
}

fn report<S: Source>(document: &Document<S>, trust: chain::Trust<'_>) -> Report {
    let mut progress = judge::Progress {
        effort: effort::Effort::of(document.source().len()),
        beginning: content::Beginning::default(),
    };
    let search = found::search(document, &mut progress.effort);
    let mut findings: Vec<Finding> = search.problems.iter().map(unreadable).collect();
    // The same damage is met again in every revision.
    findings.dedup();
    if search.cut_short {
        findings.push(Finding::new(Code::TooLarge));
    }
    let mut judged: Vec<judge::Judged> = search
        .found
        .iter()
        .map(|found| judge::judge(document, found, trust, &mut progress))
        .collect();
    later::judge(document, &mut judged, &mut progress.effort);
    let signatures: Vec<SignatureReport> =
        judged.into_iter().map(judge::Judged::into_report).collect();
    if signatures.is_empty() && findings.is_empty() {
        findings.push(Finding::new(Code::NothingSealed));
    }
    finish(findings, signatures, document.revisions().len(), trust.at)
}

fn finish(
    findings: Vec<Finding>,
    signatures: Vec<SignatureReport>,
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
