//! What became of each document of a batch.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::card::CardSeal;
use crate::cli::Stamp;
use crate::command::json;
use crate::console::Console;
use crate::failure::Failure;
use crate::language::Language;
use crate::messages::{self, Text};
use crate::{EXIT_GOOD, EXIT_UNSURE};

/// One document.
pub(super) struct Item {
    pub(super) input: PathBuf,
    pub(super) output: PathBuf,
    pub(super) state: State,
}

pub(super) enum State {
    /// Not yet, or not at all because the batch broke off.
    NotSealed,
    /// In this run.
    Sealed,
    /// Left out, since the output was there.
    SealedBefore,
    /// Left out, since it cannot be sealed.
    Refused(Failure),
}

/// How a run ended.
pub(super) struct Outcome<'a> {
    pub(super) seal: &'a CardSeal,
    /// The root of the announced batch, hexadecimal.
    pub(super) root: Option<String>,
    pub(super) sealed: usize,
    /// Why it ended early.
    pub(super) broken: Option<Failure>,
}

impl<'a> Outcome<'a> {
    pub(super) const fn nothing_to_do(seal: &'a CardSeal) -> Self {
        Self {
            seal,
            root: None,
            sealed: 0,
            broken: None,
        }
    }
}

/// The answer as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    seal: &'a str,
    slot: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    merkle_root: Option<String>,
    sealed: usize,
    documents: Vec<DocumentAnswer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct DocumentAnswer<'a> {
    input: &'a Path,
    output: &'a Path,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Documents sealed in this run.
pub(super) fn count(items: &[Item]) -> usize {
    let sealed = |item: &&Item| matches!(item.state, State::Sealed);
    items.iter().filter(sealed).count()
}

/// Tells which documents are sealed and which are not; good only if all are.
pub(super) fn tell(
    arguments: &Stamp,
    outcome: Outcome<'_>,
    items: &[Item],
    console: &mut Console<'_>,
) -> u8 {
    let Outcome {
        seal,
        root,
        sealed,
        broken,
    } = outcome;
    let total = items.len();
    let broken = broken.map(|cause| Failure::BatchBroken {
        sealed,
        total,
        cause: Box::new(cause),
    });
    let done = |item: &Item| matches!(item.state, State::Sealed | State::SealedBefore);
    let code = if items.iter().all(done) {
        EXIT_GOOD
    } else {
        EXIT_UNSURE
    };
    if arguments.json {
        let language = console.language;
        let in_one_line = |failure: &Failure| messages::failure(language, failure).in_one_line();
        let answer = Answer {
            seal: seal.seal.name(),
            slot: format!("{:02X}", seal.slot.to_byte()),
            merkle_root: root,
            sealed,
            documents: items.iter().map(|item| describe(item, language)).collect(),
            error: broken.as_ref().map(in_one_line),
        };
        json(console, &answer);
        return code;
    }
    for item in items {
        say(item, console);
    }
    console.say(&Text::BatchDone {
        seal: seal.seal.name(),
        sealed,
        total,
    });
    if let Some(failure) = broken {
        console.failure(&failure);
    }
    code
}

fn say(item: &Item, console: &mut Console<'_>) {
    let path = &item.output;
    match &item.state {
        State::Sealed => console.say(&Text::BatchSealed { path }),
        State::SealedBefore => console.say(&Text::BatchSealedAlready { path }),
        State::NotSealed => console.say(&Text::BatchNotSealed { path: &item.input }),
        State::Refused(failure) => {
            console.say(&Text::BatchNotSealed { path: &item.input });
            console.failure(failure);
        }
    }
}

fn describe(item: &Item, language: Language) -> DocumentAnswer<'_> {
    let (state, error) = match &item.state {
        State::Sealed => ("sealed", None),
        State::SealedBefore => ("sealed_before", None),
        State::NotSealed => ("not_sealed", None),
        State::Refused(failure) => ("refused", Some(failure)),
    };
    DocumentAnswer {
        input: &item.input,
        output: &item.output,
        state,
        error: error.map(|failure| messages::failure(language, failure).in_one_line()),
    }
}
