//! A center, its officers and one card, without processes and readers.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::PathBuf;

use sello_card::{CardSession, Readers as _};
use sello_flow::calls::{Center, FIRST, SECOND};
use sello_flow::demo::{Language, Stage as _, field};
use sello_flow::in_process::{InProcess, InProcessReaders};
use sello_flow::programs::{Call, Outcome, Programs as _};
use tempfile::TempDir;

/// A center and a blank card in the same process.
pub(crate) struct Room {
    folder: TempDir,
    pub(crate) programs: InProcess,
    pub(crate) reader: String,
    pub(crate) application: String,
}

impl Room {
    pub(crate) fn approved(dual_control: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut programs = InProcess::new(Language::English);
        let reader = programs.insert_blank_card(&folder.path().join("seal.card"));
        let mut room = Self {
            folder,
            reader: reader.unwrap(),
            programs,
            application: String::new(),
        };
        room.must(|center| center.init());
        room.must(|center| center.add_second_officer());
        let applied = room.must(|center| {
            let call = center.apply("Example S.L.", None);
            match dual_control {
                true => call.and(["--dual-control"]),
                false => call,
            }
        });
        room.application = field(&applied.stdout, "application").unwrap();
        for officer in [FIRST, SECOND] {
            room.must(|center| center.approve(officer, &room.application));
        }
        room
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a call of the client that has to succeed.
    pub(crate) fn client(&self, call: &Call) -> Outcome {
        let outcome = self.programs.run(call).unwrap();
        assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
        outcome
    }

    pub(crate) fn run(&self, call: impl FnOnce(Center<'_>) -> Call) -> Outcome {
        let home = self.path("center");
        self.programs.run(&call(Center { home: &home })).unwrap()
    }

    pub(crate) fn must(&self, call: impl FnOnce(Center<'_>) -> Call) -> Outcome {
        let outcome = self.run(call);
        assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
        outcome
    }

    pub(crate) fn card(&self) -> CardSession {
        let readers: &InProcessReaders = self.programs.readers();
        CardSession::open(readers.connect(&self.reader).unwrap()).unwrap()
    }
}
