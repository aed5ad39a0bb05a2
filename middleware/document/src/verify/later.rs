//! What came after a signature: allowed is a further sound seal or an invisible signature in each
//! later revision, and nothing else.

use sello_pdf::{Document, Source};

use super::changes::{self, Excess};
use super::effort::Effort;
use super::judge::Judged;
use super::openings::openings;
use crate::report::{Code, Finding, Indication};

/// What a revision did to the ones before it.
#[derive(Debug, Clone)]
enum Step {
    /// It adds a sound seal or an invisible signature.
    Sound,
    /// What it adds cannot be proven sound, for this reason.
    NotProven(String),
    /// It adds or changes something else.
    Changed(String),
    /// It cannot be read.
    Unreadable(String),
}

/// Adds to each signature what later revisions and bytes say against it.
pub(super) fn judge<S: Source>(document: &Document<S>, judged: &mut [Judged], effort: &mut Effort) {
    let mut steps: Vec<Step> = (0..document.revisions().len())
        .map(|index| step(document, index, judged))
        .collect();
    let covered = judged.iter().filter_map(|signature| signature.covers).min();
    let first_later = covered.map_or(usize::MAX, |covers| covers.saturating_add(1));
    close(
        document,
        steps.get_mut(first_later..).unwrap_or_default(),
        first_later,
        effort,
    );
    for signature in judged {
        let Some(covers) = signature.covers else {
            continue;
        };
        for (index, step) in steps.iter().enumerate().skip(covers.saturating_add(1)) {
            if let Some(finding) = against(step, index, signature.forbids_changes) {
                signature.add(finding);
            }
        }
        if document.source().len() > document.end().max(signature.end) {
            signature.add(Finding::new(Code::BytesAfterLastRevision));
        }
    }
}

/// Fails the steps, of which the first is that of revision `from`, that give an object to a
/// reference which an earlier revision left open.
fn close<S: Source>(document: &Document<S>, steps: &mut [Step], from: usize, effort: &mut Effort) {
    let in_question = |step: &Step| matches!(step, Step::Sound | Step::NotProven(_));
    if !steps.iter().any(in_question) {
        return;
    }
    let openings = openings(document, effort);
    for (step, index) in steps.iter_mut().zip(from..) {
        match &openings {
            Ok(filled) => {
                if let Some(number) = filled.get(&index).filter(|_| in_question(step)) {
                    let what = format!("object {number} was referred to before it was there");
                    *step = Step::Changed(what);
                }
            }
            Err(cause) if in_question(step) => *step = Step::NotProven(cause.clone()),
            Err(_) => {}
        }
    }
}

/// What revision `index` did, the original being nobody's change.
fn step<S: Source>(document: &Document<S>, index: usize, judged: &[Judged]) -> Step {
    if index == 0 {
        return Step::Sound;
    }
    let mut covering = judged
        .iter()
        .filter(|signature| signature.covers == Some(index));
    let added = covering.next();
    // Two signatures cannot both end one revision; if they claim to, neither counts.
    if covering.next().is_some() {
        return Step::Changed("it holds two signatures".to_owned());
    }
    let addition = added.and_then(|signature| signature.addition.as_ref());
    match changes::check(document, index, addition) {
        Ok(()) => added.map_or_else(|| Step::NotProven(String::new()), quality),
        Err(Excess::Change(what)) => Step::Changed(what),
        Err(Excess::Unreadable(error)) => Step::Unreadable(error.to_string()),
    }
}

/// How far the signature that was added can be relied on. One that shows nothing need not be
/// trusted; one that shows a seal must be good.
fn quality(added: &Judged) -> Step {
    let drawn = added
        .addition
        .as_ref()
        .is_some_and(|addition| !addition.drawn.is_empty());
    match added.indication() {
        Indication::TotalPassed => Step::Sound,
        Indication::Indeterminate if !drawn => Step::Sound,
        Indication::Indeterminate => Step::NotProven(String::new()),
        Indication::TotalFailed => Step::Changed("it adds a signature that is broken".to_owned()),
    }
}

fn against(step: &Step, index: usize, forbids_changes: bool) -> Option<Finding> {
    let number = index.saturating_add(1);
    let changed = |what: &str| {
        let detail = format!("revision {number}: {what}");
        Some(Finding::with(Code::ChangedAfterSealing, detail))
    };
    match step {
        Step::Changed(what) | Step::Unreadable(what) => changed(what),
        _ if forbids_changes => changed("the certification allows no further seal"),
        Step::NotProven(cause) => {
            let colon = if cause.is_empty() { "" } else { ": " };
            let detail = format_args!("revision {number}{colon}{cause}");
            Some(Finding::with(Code::LaterSealNotProven, detail))
        }
        Step::Sound => None,
    }
}
