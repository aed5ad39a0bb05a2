//! A report as text for people: one plain line a seal, then the details.

use std::fmt::Write as _;

use super::change_words::change as change_in_words;
use super::words::{self, Label, Language, label};
use super::{Finding, Indication, Overall, Report, SignatureReport};

/// Writes the report: the verdict on the document, one line a seal, and the details of each.
#[must_use]
pub fn render_text(report: &Report, language: Language) -> String {
    let mut out = String::new();
    line(
        &mut out,
        format_args!("{}", words::overall(report.overall, language)),
    );
    for finding in &report.findings {
        let sentence = words::sentence(finding.code, language);
        line(&mut out, format_args!("  {sentence}"));
        particulars(&mut out, finding, language);
    }
    for (index, signature) in report.signatures.iter().enumerate() {
        let number = index.saturating_add(1);
        line(
            &mut out,
            format_args!("{number}. {}", headline(signature, language)),
        );
    }
    for found in &report.lookalikes {
        line(
            &mut out,
            format_args!("! {}", words::lookalike(found, language)),
        );
    }
    for (index, signature) in report.signatures.iter().enumerate() {
        let number = index.saturating_add(1);
        let name = title(signature, language);
        line(&mut out, format_args!("\n{number}. {name}"));
        details(&mut out, signature, report.revisions, language);
    }
    changes(&mut out, report, language);
    out
}

/// What later revisions did, in words.
fn changes(out: &mut String, report: &Report, language: Language) {
    for revision in &report.changes {
        let number = revision.revision;
        let name = label(Label::Version, language);
        line(out, format_args!("\n{name} {number}:"));
        for change in &revision.changes {
            let words = change_in_words(change, language);
            let needs = label(Label::of(change.allowed), language);
            line(out, format_args!("   - {words} [{needs}]"));
        }
    }
}

/// The verdict on one signature and what it means, in one line.
#[must_use]
pub fn headline(signature: &SignatureReport, language: Language) -> String {
    let verdict = match signature.indication {
        Indication::TotalPassed => Overall::Valid,
        Indication::Indeterminate => Overall::CannotTell,
        Indication::TotalFailed => Overall::Broken,
    };
    let verdict = words::overall(verdict, language);
    let sentence = words::sentence(signature.code, language);
    format!("{verdict}: {}. {sentence}", title(signature, language))
}

/// What it is, of whom and where.
fn title(signature: &SignatureReport, language: Language) -> String {
    let mut title = words::kind(signature.kind, language).to_owned();
    if let Some(seal) = &signature.seal {
        append(&mut title, format_args!(" \"{}\"", seal.name));
    }
    if let Some(signer) = &signature.signer {
        // An individual's certificate names no organization.
        let named = signer.organization.as_ref().or(signer.common_name.as_ref());
        let who = named.unwrap_or(&signer.subject);
        append(
            &mut title,
            format_args!(" {} {who}", label(Label::Of, language)),
        );
    }
    if let Some(page) = signature.page {
        append(
            &mut title,
            format_args!(", {} {page}", label(Label::Page, language)),
        );
    }
    title
}

fn details(out: &mut String, signature: &SignatureReport, revisions: usize, language: Language) {
    let sub = signature.sub_indication.map_or("", |sub| sub.name());
    let slash = if sub.is_empty() { "" } else { " / " };
    let indication = signature.indication.name();
    let code = signature.code.name();
    let mut row = |which: Label, value: &str| {
        let name = label(which, language);
        line(out, format_args!("   {name}: {value}"));
    };
    row(
        Label::Verdict,
        &format!("{indication}{slash}{sub} ({code})"),
    );
    if let Some(signer) = &signature.signer {
        row(Label::Signer, &signer.subject);
        row(Label::Serial, &signer.serial);
        row(Label::Issuer, &signer.issuer);
    }
    if let Some(seal) = &signature.seal {
        row(Label::Seal, &format!("{} ({})", seal.name, seal.number));
        row(Label::SealKind, words::seal_kind(&seal.kind, language));
        row(Label::Maker, &seal.maker);
        let until = label(Label::Until, language);
        row(
            Label::ValidFrom,
            &format!("{} {until} {}", seal.valid_from, seal.valid_until),
        );
        if !seal.drawn {
            row(Label::Place, label(Label::NotDrawn, language));
        }
    }
    if let Some(place) = signature.rectangle_mm {
        let (x, y, width, height) = (place.x, place.y, place.width, place.height);
        row(
            Label::Place,
            &format!("{x:.1}, {y:.1} mm; {width:.1} x {height:.1} mm"),
        );
    }
    if let Some(time) = &signature.claimed_time {
        let not_proven = label(Label::NotProven, language);
        row(Label::ClaimedTime, &format!("{time} ({not_proven})"));
    }
    if let Some(time) = &signature.proven_time {
        row(Label::ProvenTime, time);
    }
    let texts = [
        (Label::Reason, &signature.reason),
        (Label::Location, &signature.location),
        (Label::Field, &signature.field),
    ];
    for (which, text) in texts {
        if let Some(text) = text {
            row(which, text);
        }
    }
    if let Some(covered) = signature.covers_revision {
        let of = label(Label::Of, language);
        row(Label::Covers, &format!("{covered} {of} {revisions}"));
    }
    for finding in &signature.findings {
        let sentence = words::sentence(finding.code, language);
        line(
            out,
            format_args!("   - {sentence} ({})", finding.code.name()),
        );
        particulars(out, finding, language);
    }
}

fn particulars(out: &mut String, finding: &Finding, language: Language) {
    if let Some(detail) = &finding.detail {
        let name = label(Label::Particulars, language);
        line(out, format_args!("     {name}: {detail}"));
    }
}

fn line(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    append(out, arguments);
    out.push('\n');
}

fn append(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to memory cannot fail.
    let _ = out.write_fmt(arguments);
}
