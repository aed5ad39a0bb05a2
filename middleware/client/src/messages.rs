//! Every sentence the program says, in a table a language. Both matches are exhaustive: a sentence
//! missing in one language does not compile.

mod en;
mod es;

use std::path::Path;

use sello_profile::seal::SealKind;
use sello_wire::{LifeCycle, Slot};

use crate::failure::{Failure, SecretKind};
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
    Copying,
    Verifying {
        path: &'a Path,
    },
    NoTrust,
    Stamped {
        seal: &'a str,
        page: usize,
        path: &'a Path,
    },
    PinChanged,
    PinUnblocked,
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
        SecretKind::Pin => "--pin-env, --pin-fd",
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
