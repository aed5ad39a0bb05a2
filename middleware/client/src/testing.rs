//! A desk for the tests of this crate: readers with small cards, an authority, documents, and a
//! console that listens. The real card comes in `tests/flow`.

mod authority;
mod card;
mod pdf;
pub(crate) mod tsa;

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use sello_card::{CardConnection, ReaderError, ReaderState, Readers};
use tempfile::TempDir;
use time::OffsetDateTime;
use zeroize::Zeroizing;

pub(crate) use card::FakeCard;
pub(crate) use pdf::one_page;

use crate::console::{AskSecret, Console};
use crate::language::Language;
use crate::run;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
    /// Prompts shown to the person.
    pub(crate) prompts: Vec<String>,
}

/// Readers, files and answers of a person.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    readers: Vec<(&'static str, Option<FakeCard>)>,
    answers: VecDeque<&'static str>,
    variables: Vec<(&'static str, &'static str)>,
    /// Pulled out while the person is typing.
    pulled_at_prompt: Option<FakeCard>,
}

impl Desk {
    /// A desk with these readers, a one-page document `in.pdf` and the trust folder `trust`.
    pub(crate) fn new(readers: &[(&'static str, Option<&FakeCard>)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("in.pdf"), one_page()).unwrap();
        authority::write_trust(&folder.path().join("trust"));
        Self {
            folder,
            readers: readers
                .iter()
                .map(|(name, card)| (*name, card.cloned()))
                .collect(),
            answers: VecDeque::new(),
            variables: Vec::new(),
            pulled_at_prompt: None,
        }
    }

    pub(crate) fn types(mut self, answers: &[&'static str]) -> Self {
        self.answers = answers.iter().copied().collect();
        self
    }

    pub(crate) fn with_variable(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    pub(crate) fn pulling_at_prompt(mut self, card: &FakeCard) -> Self {
        self.pulled_at_prompt = Some(card.clone());
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program; words that begin with `@` are paths in the folder.
    pub(crate) fn run(&mut self, line: &str) -> Outcome {
        let words = line.split_whitespace().map(|word| {
            word.strip_prefix('@')
                .map_or_else(|| OsString::from(word), |name| self.path(name).into())
        });
        let arguments = std::iter::once(OsString::from("sello"))
            .chain(words)
            .collect::<Vec<_>>();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut person = Person {
            answers: std::mem::take(&mut self.answers),
            prompts: Vec::new(),
            pulls: self.pulled_at_prompt.take(),
        };
        let variables = self.variables.clone();
        let code = run(
            arguments,
            &Shelf(&self.readers),
            &mut Console {
                out: &mut out,
                err: &mut err,
                secrets: &mut person,
                environment: &move |name| {
                    let found = variables.iter().find(|(key, _)| *key == name);
                    found.map(|(_, value)| OsString::from(value))
                },
                interactive: false,
                language: Language::English,
                now: OffsetDateTime::from_unix_timestamp(authority::NOW).unwrap(),
            },
        );
        Outcome {
            code,
            out: String::from_utf8(out).unwrap(),
            err: String::from_utf8(err).unwrap(),
            prompts: person.prompts,
        }
    }

    /// Names of the files that are not there from the beginning.
    pub(crate) fn new_files(&self) -> Vec<String> {
        let known = ["in.pdf", "trust"];
        files(self.folder.path())
            .into_iter()
            .filter(|name| !known.contains(&name.as_str()))
            .collect()
    }
}

pub(crate) fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

struct Person {
    answers: VecDeque<&'static str>,
    prompts: Vec<String>,
    pulls: Option<FakeCard>,
}

impl AskSecret for Person {
    fn ask(&mut self, prompt: &str) -> io::Result<Zeroizing<String>> {
        self.prompts.push(prompt.to_owned());
        if let Some(card) = self.pulls.take() {
            card.memory().pulled = true;
        }
        let answer = self.answers.pop_front();
        answer
            .map(|answer| Zeroizing::new(answer.to_owned()))
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

struct Shelf<'a>(&'a [(&'static str, Option<FakeCard>)]);

impl Readers for Shelf<'_> {
    fn list(&self) -> Result<Vec<ReaderState>, ReaderError> {
        let state = |(name, card): &(&'static str, Option<FakeCard>)| ReaderState {
            name: (*name).to_owned(),
            card_present: card.is_some(),
            atr: Vec::new(),
            changes: 0,
        };
        Ok(self.0.iter().map(state).collect())
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, ReaderError> {
        let (_, card) = self.0.iter().find(|(name, _)| *name == reader).unwrap();
        Ok(Box::new(card.clone().unwrap()))
    }
}
