//! `sello journal verify`: nothing changed, nothing missing, and the card's own word for it.

use std::fs::File;
use std::path::{Path, PathBuf};

use sello_cades::TrustStore;
use sello_card::{JournalEntry, Readers};
use sello_document::report::Indication;
use sello_pdf::FileSource;
use serde::Serialize;

use crate::card;
use crate::cli::JournalVerify;
use crate::command::{json, trust};
use crate::console::Console;
use crate::failure::Failure;
use crate::journal::{
    self, Finding, Proven, Record, Verdict, attestation, chain, continuity, gravest, head,
};
use crate::messages::{self, Text};

/// The answer as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    verdict: Verdict,
    exit_code: u8,
    card_serial: Option<u32>,
    findings: Vec<FindingAnswer<'a>>,
}

#[derive(Serialize)]
struct FindingAnswer<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    verdict: Verdict,
    message: String,
}

/// What is to be judged by what.
struct Bench<'a> {
    devices: TrustStore,
    documents: TrustStore,
    previous: Option<Record>,
    paths: &'a [PathBuf],
}

pub(crate) fn verify(
    arguments: &JournalVerify,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let previous = arguments
        .previous
        .as_deref()
        .map(journal::read)
        .transpose()?;
    let folder = trust::folder(arguments.trust.as_deref(), console);
    let bench = Bench {
        devices: trust::devices(folder.as_deref())?,
        documents: trust::documents(folder.as_deref())?,
        previous,
        paths: &arguments.documents,
    };
    let (serial, findings) = match &arguments.file {
        Some(file) => {
            let record = journal::read(file)?;
            let findings = judge(&record, false, &bench, console)?;
            (Some(record.head.serial), findings)
        }
        None => of_card(arguments, readers, &bench, console)?,
    };
    let verdict = gravest(&findings);
    if arguments.json {
        answer(verdict, serial, &findings, console);
    } else {
        for finding in &findings {
            console.say(&Text::JournalFinding(finding));
        }
        console.say(&Text::JournalVerdict(verdict));
    }
    Ok(verdict.exit_code())
}

/// The card in the reader, which attests its head for this very check.
fn of_card(
    arguments: &JournalVerify,
    readers: &dyn Readers,
    bench: &Bench<'_>,
    console: &Console<'_>,
) -> Result<(Option<u32>, Vec<Finding>), Failure> {
    let mut found = card::find(readers, &arguments.which)?;
    let mut exclusive = found.session.exclusive()?;
    let record = match super::read(&mut exclusive) {
        Ok(record) => record,
        Err(Failure::Journal(error)) => return Ok((found.serial, vec![error.into()])),
        Err(failure) => return Err(failure),
    };
    drop(exclusive);
    let findings = judge(&record, true, bench, console)?;
    Ok((Some(record.head.serial), findings))
}

fn judge(
    record: &Record,
    fresh: bool,
    bench: &Bench<'_>,
    console: &Console<'_>,
) -> Result<Vec<Finding>, Failure> {
    let previous = bench.previous.as_ref();
    let continued = previous.map(|previous| continuity(record, previous));
    let before = continued.as_ref().and_then(|(_, before)| *before);
    let (mut findings, proven) = chain(record, before);
    findings.push(head(record, fresh));
    findings.extend(attestation(record, &bench.devices, console.now));
    findings.extend(continued.map(|(finding, _)| finding));
    let known = Known::new(record, proven, previous, &findings);
    for path in bench.paths {
        findings.push(document(path, &known, bench, console)?);
    }
    Ok(findings)
}

/// The entries known: the record's, and those of an earlier export that it continues.
struct Known<'a> {
    entries: Vec<&'a JournalEntry>,
    /// Those that nothing proves, being the oldest of their record.
    unproven: Vec<u32>,
}

impl<'a> Known<'a> {
    fn new(
        record: &'a Record,
        proven: Option<Proven>,
        previous: Option<&'a Record>,
        findings: &[Finding],
    ) -> Self {
        let continued = |finding: &Finding| {
            matches!(
                finding,
                Finding::PreviousContinued { .. } | Finding::PreviousGap { .. }
            )
        };
        let first = first_of(&record.entries);
        let earlier = previous
            .filter(|_| findings.iter().any(continued))
            .map_or(&[][..], |previous| &previous.entries);
        let oldest = first_of(earlier);
        let unproven = [
            (oldest > 1 && oldest < first).then_some(oldest),
            proven
                .is_none_or(|proven| proven.first > first)
                .then_some(first),
        ];
        let earlier = earlier.iter().filter(|entry| entry.counter < first);
        Self {
            entries: earlier.chain(&record.entries).collect(),
            unproven: unproven.into_iter().flatten().collect(),
        }
    }

    fn find(&self, digest: &[u8]) -> Option<u32> {
        let mut entries = self.entries.iter();
        let entry = entries.find(|entry| entry.digest == digest)?;
        Some(entry.counter)
    }

    /// Whether nothing is gone from the first stamping on.
    fn is_whole(&self) -> bool {
        let last = self.entries.last().map_or(0, |entry| entry.counter);
        usize::try_from(last) == Ok(self.entries.len())
    }
}

/// Number of the oldest entry; 1 when there is none.
fn first_of(entries: &[JournalEntry]) -> u32 {
    entries.first().map_or(1, |entry| entry.counter)
}

/// Whether one of a document's seals is among the entries.
fn document(
    path: &Path,
    known: &Known<'_>,
    bench: &Bench<'_>,
    console: &Console<'_>,
) -> Result<Finding, Failure> {
    let source = File::open(path).and_then(FileSource::new);
    let source = source.map_err(|error| Failure::reading(path, &error))?;
    let report = sello_document::verify(source, &bench.documents, console.now);
    let path = path.to_path_buf();
    let seals = report.signatures.iter().filter_map(|signature| {
        let digest = hex::decode(signature.signed_digest.as_ref()?).ok()?;
        Some((digest, signature.indication))
    });
    let seals = seals.collect::<Vec<_>>();
    if seals.is_empty() {
        return Ok(Finding::DocumentUnsealed { path });
    }
    let mut listed = seals.iter().filter_map(|(digest, indication)| {
        let counter = known.find(digest)?;
        Some((counter, *indication))
    });
    Ok(match listed.next() {
        Some((counter, Indication::TotalFailed)) => Finding::DocumentChanged { path, counter },
        Some((counter, _)) if known.unproven.contains(&counter) => {
            Finding::DocumentUnproven { path, counter }
        }
        Some((counter, _)) => Finding::DocumentListed { path, counter },
        None if known.is_whole() => Finding::DocumentAbsent { path },
        None => Finding::DocumentUnknown { path },
    })
}

fn answer(verdict: Verdict, serial: Option<u32>, findings: &[Finding], console: &mut Console<'_>) {
    let language = console.language;
    let findings = findings.iter().map(|finding| FindingAnswer {
        finding,
        verdict: finding.verdict(),
        message: messages::finding(language, finding),
    });
    let answer = Answer {
        verdict,
        exit_code: verdict.exit_code(),
        card_serial: serial,
        findings: findings.collect(),
    };
    json(console, &answer);
}
