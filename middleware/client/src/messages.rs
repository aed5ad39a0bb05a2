//! Every sentence the program says, in a table a language. Both matches are exhaustive: a sentence
//! missing in one language does not compile.

mod en;
mod es;

use std::path::Path;

use sello_card::JournalEntry;
use sello_profile::seal::SealKind;
use sello_wire::{LifeCycle, PinPolicy, Slot};

use crate::doctor::{Finding as Diagnosis, Topic};
use crate::failure::{Failure, SecretKind};
use crate::journal::{Finding, Verdict};
use crate::language::Language;

/// A sentence, with its facts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Text<'a> {
    AskPin {
        seal: &'a str,
        tries_left: u8,
    },
    AskOldPin {
        transport: bool,
        tries_left: u8,
    },
    AskNewPin,
    AskNewPinAgain,
    AskPuk {
        tries_left: u8,
    },
    AskApproverPin {
        seal: &'a str,
        count: u16,
        tries_left: u8,
    },
    AskOldApproverPin {
        transport: bool,
        tries_left: u8,
    },
    AskBatchPin {
        seal: &'a str,
        count: u16,
        tries_left: u8,
    },
    Copying,
    PreparingBatch,
    SealingBatch,
    Verifying {
        path: &'a Path,
    },
    Extracted {
        number: usize,
        path: &'a Path,
    },
    Page {
        path: &'a Path,
    },
    NoTrust,
    Stamped {
        seal: &'a str,
        page: usize,
        path: &'a Path,
    },
    /// The fields signed before, in order.
    SealedAfter {
        fields: &'a [String],
    },
    FieldsPrepared {
        count: usize,
        path: &'a Path,
    },
    Renewed {
        path: &'a Path,
    },
    CutBack {
        path: &'a Path,
        excess: u64,
    },
    /// Files sealed into a container, or one with its signature beside it.
    SealedFiles {
        seal: &'a str,
        path: &'a Path,
    },
    PinChanged,
    PinUnblocked,
    ApproverPinChanged,
    /// What the approver allows a seal.
    Approved {
        slot: Slot,
        seal: &'a str,
        left: u16,
    },
    NoApprovalNeeded {
        slot: Slot,
        seal: &'a str,
    },
    ApprovalsLeft(u16),
    ApproverTries(Option<(u8, u8)>),
    ApproverTransportPin,
    BatchAnnounced {
        count: u16,
        root: &'a str,
    },
    BatchSealed {
        path: &'a Path,
    },
    BatchSealedAlready {
        path: &'a Path,
    },
    BatchNotSealed {
        path: &'a Path,
    },
    BatchDone {
        seal: &'a str,
        sealed: usize,
        total: usize,
    },
    JournalCounter(u32),
    JournalTitle {
        serial: u32,
        last: u32,
    },
    JournalOlderGone {
        first_kept: u32,
    },
    JournalColumns,
    JournalEntry(&'a JournalEntry),
    JournalExported {
        path: &'a Path,
        entries: usize,
    },
    JournalFinding(&'a Finding),
    JournalVerdict(Verdict),
    Exported {
        path: &'a Path,
    },
    Reader(&'a str),
    Serial(Option<u32>),
    Atr(&'a str),
    PlainPivCard,
    LifeCycle(LifeCycle),
    TransportPin,
    PinTries {
        left: u8,
        total: u8,
    },
    PukTries {
        left: u8,
        total: u8,
    },
    CardVersion([u8; 2]),
    SealCount(usize),
    Seal {
        slot: Slot,
        name: &'a str,
    },
    SealKind(SealKind),
    SealNumber(&'a str),
    Holder(&'a str),
    Validity {
        from: &'a str,
        until: &'a str,
    },
    Picture {
        width_mm: u32,
        height_mm: u32,
    },
    SealPolicy(PinPolicy),
    SealDualControl {
        left: u16,
    },
}

/// What happened, why, and what to do next.
pub(crate) struct Explanation {
    pub(crate) what: String,
    pub(crate) why: Option<String>,
    pub(crate) next: Option<String>,
}

impl Explanation {
    fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: None,
            next: None,
        }
    }

    fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Everything in one line, for JSON.
    pub(crate) fn in_one_line(self) -> String {
        let parts = [Some(self.what), self.why, self.next];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }
}

/// A sentence in a language.
pub(crate) fn text(language: Language, text: &Text<'_>) -> String {
    match language {
        Language::English => en::text(text),
        Language::Spanish => es::text(text),
    }
}

/// What a check of a journal found, in a language.
pub(crate) fn finding(language: Language, finding: &Finding) -> String {
    text(language, &Text::JournalFinding(finding))
}

/// What a check of the doctor is called, in a language.
pub(crate) const fn topic(language: Language, topic: Topic) -> &'static str {
    match language {
        Language::English => en::doctor::topic(topic),
        Language::Spanish => es::doctor::topic(topic),
    }
}

/// What the doctor found, explained in a language.
pub(crate) fn diagnosis(language: Language, found: &Diagnosis) -> Explanation {
    match language {
        Language::English => en::doctor::diagnosis(found),
        Language::Spanish => es::doctor::diagnosis(found),
    }
}

/// A failure explained in a language.
pub(crate) fn failure(language: Language, failure: &Failure) -> Explanation {
    match language {
        Language::English => en::failure(failure),
        Language::Spanish => es::failure(failure),
    }
}

/// Cards as a list of "reader (serial number)".
fn cards(cards: &[sello_card::Candidate], serial: &str) -> String {
    let named = cards.iter().map(|card| match card.serial {
        Some(number) => format!("{} ({serial} {number})", card.reader),
        None => card.reader.clone(),
    });
    named.collect::<Vec<_>>().join("; ")
}

fn seals(seals: &[(Slot, String)]) -> String {
    let named = seals
        .iter()
        .map(|(slot, name)| format!("{:02X} {name}", slot.to_byte()));
    named.collect::<Vec<_>>().join("; ")
}

/// The options that give a secret without a terminal.
const fn options(kind: SecretKind) -> &'static str {
    match kind {
        SecretKind::Pin | SecretKind::ApproverPin => "--pin-env, --pin-fd",
        SecretKind::NewPin => "--new-pin-env, --new-pin-fd",
        SecretKind::Puk => "--puk-env, --puk-fd",
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn some_failures() -> Vec<Failure> {
        vec![
            Failure::NoService,
            Failure::NoReaders,
            Failure::EmptyReaders {
                readers: vec!["R".to_owned()],
            },
            Failure::ForeignCard {
                reader: "R".to_owned(),
                atr: "3B 00".to_owned(),
            },
            Failure::SeveralCards { cards: Vec::new() },
            Failure::CardRemoved,
            Failure::WrongPin { tries_left: 1 },
            Failure::PinBlocked,
            Failure::PukBlocked,
            Failure::WrongApproverPin { tries_left: 1 },
            Failure::ApproverBlocked,
            Failure::NotSupported,
            Failure::NoApprover,
            Failure::ApproverTransportPin,
            Failure::NoDualControl,
            Failure::ApprovalsMissing { needed: 3, left: 1 },
            Failure::NotCounted {
                slot: Slot::Signature,
            },
            Failure::BatchSize { count: 2000 },
            Failure::BatchBroken {
                sealed: 1,
                total: 3,
                cause: Box::new(Failure::CardRemoved),
            },
            Failure::JournalFull,
            Failure::Journal(sello_card::JournalError::Missing { expected: 3 }),
            Failure::NotAnExport {
                path: PathBuf::from("a"),
                reason: "r".to_owned(),
            },
            Failure::SeveralDocuments,
            Failure::SameName {
                path: PathBuf::from("a"),
            },
            Failure::SealedAlready {
                path: PathBuf::from("a"),
            },
            Failure::NotPdf {
                path: PathBuf::from("a"),
            },
            Failure::EncryptedPdf {
                path: PathBuf::from("a"),
            },
            Failure::DamagedPdf {
                path: PathBuf::from("a"),
                reason: "r".to_owned(),
            },
            Failure::Unwritable {
                path: PathBuf::from("a"),
                reason: "r".to_owned(),
            },
            Failure::DiskFull {
                path: PathBuf::from("a"),
            },
            Failure::Changed {
                path: PathBuf::from("a"),
            },
            Failure::HalfWritten {
                path: PathBuf::from("a"),
                excess: 7,
            },
            Failure::NothingSealed {
                path: PathBuf::from("a"),
            },
            Failure::CannotSearch {
                path: PathBuf::from("a"),
                reason: "r".to_owned(),
            },
            Failure::NoSuchText {
                path: PathBuf::from("a"),
                text: "t".to_owned(),
                count: 1,
            },
            Failure::NoTimestampAuthority,
            Failure::NotHttp {
                url: "https://a".to_owned(),
            },
            Failure::Network {
                url: "http://a".to_owned(),
                reason: "r".to_owned(),
            },
            Failure::Timestamp {
                url: "http://a".to_owned(),
                reason: "r".to_owned(),
            },
            Failure::EvidenceMissing {
                subject: "s".to_owned(),
                reason: "r".to_owned(),
            },
            Failure::Trust {
                path: PathBuf::from("a"),
                reason: "r".to_owned(),
            },
        ]
    }

    #[test]
    fn each_failure_says_what_to_do_next_in_each_language() {
        for case in some_failures() {
            let [en, es] = Language::ALL.map(|language| failure(language, &case));
            assert!(en.next.is_some() && es.next.is_some(), "{case:?}");
            assert_ne!(en.what, es.what, "{case:?}");
        }
    }

    #[test]
    fn the_facts_are_in_the_sentence() {
        for language in Language::ALL {
            let wrong = failure(language, &Failure::WrongPin { tries_left: 2 });
            assert!(wrong.what.contains('2') || wrong.why.is_some_and(|why| why.contains('2')));
            let foreign = failure(language, &some_failures().remove(3));
            let all = format!("{}{:?}{:?}", foreign.what, foreign.why, foreign.next);
            assert!(all.contains("3B 00"), "{all}");
            let blocked = failure(language, &Failure::PinBlocked);
            assert!(blocked.next.unwrap().contains("sello pin unblock"));
            let missing = failure(language, &Failure::ApprovalsMissing { needed: 3, left: 1 });
            let why = missing.why.unwrap();
            assert!(why.contains('3') && why.contains('1'), "{why}");
            assert!(missing.next.unwrap().contains("sello approve --count 3"));
        }
    }

    #[test]
    fn cards_are_listed_with_reader_and_serial_number() {
        let listed = [
            sello_card::Candidate {
                reader: "A".to_owned(),
                serial: Some(7),
            },
            sello_card::Candidate {
                reader: "B".to_owned(),
                serial: None,
            },
        ];
        assert_eq!(cards(&listed, "serial number"), "A (serial number 7); B");
    }
}
