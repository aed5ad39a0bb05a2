//! What came after a signature: what each later revision did, and whether the signature allows it.

use sello_pdf::{Document, Source};

use super::changes::{self, Addition};
use super::effort::Effort;
use super::judge::Judged;
use super::uses::Uses;
use crate::report::{
    Change, ChangeKind, Code, Finding, Indication, Kind, Permission, RevisionReport,
};

/// What a revision did to the ones before it.
#[derive(Debug, Default)]
struct Step {
    changes: Vec<Change>,
    /// Why what it adds cannot be proven sound.
    not_proven: Option<String>,
}

/// Adds to each signature what later revisions and bytes say against it; gives what they did.
pub(super) fn judge<S: Source>(
    document: &Document<S>,
    judged: &mut [Judged],
    effort: &mut Effort,
) -> Vec<RevisionReport> {
    let covered = judged.iter().filter_map(|signature| signature.covers).min();
    let revisions = document.revisions().len();
    let first = covered.map_or(revisions, |covers| covers.saturating_add(1));
    let steps = steps(document, first, judged, effort);
    for signature in judged {
        let Some(covers) = signature.covers else {
            continue;
        };
        for (step, index) in steps.iter().zip(first..) {
            if index > covers {
                against(signature, step, index);
            }
        }
        if document.source().len() > document.end().max(signature.end) {
            signature.add(Finding::new(Code::BytesAfterLastRevision));
        }
    }
    let reports = steps.into_iter().zip(first..);
    reports
        .map(|(step, index)| RevisionReport {
            revision: index.saturating_add(1),
            changes: step.changes,
        })
        .collect()
}

/// What the revisions from `first` on did.
fn steps<S: Source>(
    document: &Document<S>,
    first: usize,
    judged: &[Judged],
    effort: &mut Effort,
) -> Vec<Step> {
    let revisions = document.revisions().len();
    if first >= revisions {
        return Vec::new();
    }
    let uses = Uses::of(document, effort);
    let nothing = Uses::default();
    let known = uses.as_ref().unwrap_or(&nothing);
    let openings = known.openings();
    let mut progress = changes::Progress { effort, form: None };
    let mut steps = Vec::new();
    for index in first..revisions {
        let covering = |signature: &&Judged| signature.covers == Some(index);
        let covering: Vec<&Judged> = judged.iter().filter(covering).collect();
        let added: Vec<&Addition> = covering
            .iter()
            .filter_map(|signature| signature.addition.as_ref())
            .collect();
        let mut step = Step {
            changes: changes::examine(document, index, known, &added, &mut progress),
            not_proven: uses.as_ref().err().cloned(),
        };
        if let Some(number) = openings.get(&index) {
            let change = Change::new(ChangeKind::HiddenContent).of_object(*number);
            let detail = format!("object {number} was referred to before it was there");
            step.changes.push(change.because(detail));
        }
        step.quality(&covering, judged);
        steps.push(step);
    }
    steps
}

impl Step {
    /// How far the signatures that were added can be relied on. One that shows nothing need not be
    /// trusted; one that shows something must be good.
    fn quality(&mut self, covering: &[&Judged], all: &[Judged]) {
        if covering.len() > 1 {
            let change = Change::new(ChangeKind::BrokenSignature);
            self.changes.push(change.because("it holds two signatures"));
        }
        for added in covering {
            let shown = self.changes.iter().any(|change| {
                matches!(
                    change.kind,
                    ChangeKind::VisibleSignatureAdded | ChangeKind::SignatureFieldFilled
                )
            });
            let drawn = added.addition.as_ref();
            let drawn = drawn.is_some_and(|addition| !addition.drawn.is_empty());
            // A broken timestamp that shows nothing changes nothing: it fails by itself.
            let harmless = self.changes.iter().any(|change| {
                change.kind == ChangeKind::TimestampAdded && added.report.kind == Kind::Timestamp
            });
            match added.indication() {
                Indication::TotalFailed if harmless && !shown => {}
                Indication::TotalFailed => {
                    let change = Change::new(ChangeKind::BrokenSignature);
                    self.changes
                        .push(change.because("it adds a signature that is broken"));
                }
                Indication::Indeterminate if drawn || shown => {
                    self.not_proven.get_or_insert_default();
                }
                _ => {}
            }
            let imitated = all.iter().any(|seal| {
                seal.report.kind == Kind::Seal
                    && seal.covers < added.covers
                    && seal
                        .picture
                        .as_ref()
                        .is_some_and(|known| added.pictures.iter().any(|one| known.is(one)))
            });
            if added.report.kind != Kind::Seal && imitated {
                self.changes.push(Change::new(ChangeKind::SealImitated));
            }
        }
    }
}

/// Adds what a revision says against a signature.
fn against(signature: &mut Judged, step: &Step, index: usize) {
    let number = index.saturating_add(1);
    let mut sound = true;
    for change in &step.changes {
        let Some(code) = forbids(signature, change) else {
            continue;
        };
        sound = false;
        let detail = format!("revision {number}: {}", particulars(change));
        signature.add(Finding::with(code, detail));
    }
    if sound && let Some(cause) = &step.not_proven {
        let colon = if cause.is_empty() { "" } else { ": " };
        let detail = format_args!("revision {number}{colon}{cause}");
        signature.add(Finding::with(Code::LaterSealNotProven, detail));
    }
}

/// What a change breaks, if the signature does not allow it.
fn forbids(signature: &Judged, change: &Change) -> Option<Code> {
    let allowed = &signature.allowed;
    let name = change.name.as_deref().unwrap_or_default();
    let fills = matches!(
        change.kind,
        ChangeKind::FieldFilled | ChangeKind::SignatureFieldFilled
    );
    if fills && allowed.locks(name) {
        return Some(Code::LockedFieldChanged);
    }
    // What a signature shows where there was no field can cover what was certified.
    let shown = change.kind == ChangeKind::VisibleSignatureAdded && allowed.certifies;
    if change.allowed <= allowed.permission && !shown {
        return None;
    }
    Some(match change.kind {
        ChangeKind::CoveringAnnotation if allowed.certifies => Code::CoveringAnnotation,
        _ if allowed.certifies && change.allowed != Permission::Never => {
            Code::CertificationViolated
        }
        ChangeKind::SignatureReplaced => Code::SignatureReplaced,
        ChangeKind::SharedObject => Code::SharedObjectChanged,
        ChangeKind::FieldAppearance => Code::FieldAppearanceChanged,
        _ => Code::ChangedAfterSealing,
    })
}

/// A change for a specialist.
fn particulars(change: &Change) -> String {
    let mut words = crate::report::change_in_words(change, crate::report::Language::English);
    if let Some(number) = change.object {
        words.push_str(&format!(", object {number}"));
    }
    if let Some(detail) = &change.detail {
        words.push_str(&format!(" ({detail})"));
    }
    words
}
