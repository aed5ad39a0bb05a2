//! What came after a signature: allowed is a further sound seal or an invisible signature in each
//! later revision, and nothing else.

use sello_pdf::{Document, Source};

use super::changes::{self, Excess};
use super::judge::Judged;
use crate::report::{Code, Finding, Indication};

/// What a revision did to the ones before it.
#[derive(Debug, Clone)]
enum Step {
    /// It adds a sound seal or an invisible signature.
    Sound,
    /// What it adds cannot be proven sound.
    NotProven,
    /// It adds or changes something else.
    Changed(String),
    /// It cannot be read.
    Unreadable(String),
}

/// Adds to each signature what later revisions and bytes say against it.
pub(super) fn judge<S: Source>(document: &Document<S>, judged: &mut [Judged]) {
    let steps: Vec<Step> = (0..document.revisions().len())
        .map(|index| step(document, index, judged))
        .collect();
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
        Ok(()) => added.map_or(Step::NotProven, quality),
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
        Indication::Indeterminate => Step::NotProven,
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
        Step::NotProven => Some(Finding::with(
            Code::LaterSealNotProven,
            format_args!("revision {number}"),
        )),
        Step::Sound => None,
    }
}
