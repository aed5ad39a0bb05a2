//! The whole life of a seal, played in front of a reader.

mod narrator;
mod verdict;
mod words;

use std::io;
use std::path::{Path, PathBuf};

use crate::calls::{self, Center, FIRST, Place, SECOND};
use crate::programs::{Call, Outcome, Programs};
use crate::{forge, letter, page, sample};
use narrator::Narrator;
pub use verdict::Expected;
pub use verdict::field;
use verdict::{Row, Table};
pub use words::Language;
use words::Step;

/// The organization of the demo.
const ORGANIZATION: &str = "Example S.L.";
/// Pages of the contract that is made when no document is given.
const CONTRACT_PAGES: usize = 4;
/// The PIN that its custodian chooses.
const OWN_PIN: &str = "739164";

/// What the demo runs on.
pub trait Stage {
    /// The programs.
    fn programs(&self) -> &dyn Programs;

    /// Puts a blank card into a reader and returns the reader's name.
    ///
    /// # Errors
    /// When the card cannot be had.
    fn insert_blank_card(&mut self, state: &Path) -> io::Result<String>;

    /// Whether the card is reached through a real PC/SC stack.
    fn has_real_stack(&self) -> bool;
}

/// What the demo plays with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder it leaves its files in.
    pub out: PathBuf,
    /// A document to seal; a contract is made when there is none.
    pub document: Option<PathBuf>,
    /// The language of the narration.
    pub language: Language,
}

/// Plays it and tells whether every verdict was the expected one.
///
/// # Errors
/// When a step that has to work does not, with what the program said.
pub fn play(stage: &mut dyn Stage, settings: &Settings) -> io::Result<bool> {
    if let Some(own) = &settings.document {
        check_document(own)
            .map_err(|error| io::Error::other(format!("{}: {error}", own.display())))?;
    }
    std::fs::create_dir_all(&settings.out)?;
    let files = Files::in_folder(&settings.out)?;
    let mut narrator = Narrator::new(settings.language);
    narrator.opening(stage.has_real_stack());
    let application = issue_on_paper(stage.programs(), &mut narrator, &files)?;
    let reader = stage.insert_blank_card(&files.card)?;
    let play = Play {
        programs: stage.programs(),
        files: &files,
        application,
        reader,
    };
    play.issue_card(&mut narrator)?;
    let mut table = Table::default();
    let place = play.prepare_document(&mut narrator, settings)?;
    play.use_and_forge(&mut narrator, &mut table, place)?;
    play.lose(&mut narrator, &mut table, place)?;
    narrator.table(&table, &settings.out);
    Ok(table.all_expected())
}

/// Refuses what cannot be sealed before anything is played.
fn check_document(path: &Path) -> io::Result<()> {
    page::signature_place(&std::fs::read(path)?).map(drop)
}

/// Where everything lies.
struct Files {
    center: PathBuf,
    trust: PathBuf,
    card: PathBuf,
    letter: PathBuf,
    document: PathBuf,
    sealed: PathBuf,
    changed: PathBuf,
    other: PathBuf,
    copied: PathBuf,
    after_loss: PathBuf,
}

impl Files {
    /// The files in this folder; what an earlier demo left under these names is removed.
    fn in_folder(folder: &Path) -> io::Result<Self> {
        let files = Self {
            center: folder.join("center"),
            trust: folder.join("trust"),
            card: folder.join("seal.card"),
            letter: folder.join("pin-letter.pdf"),
            document: folder.join("contract.pdf"),
            sealed: folder.join("contract-sealed.pdf"),
            changed: folder.join("contract-changed.pdf"),
            other: folder.join("other.pdf"),
            copied: folder.join("other-with-copied-seal.pdf"),
            after_loss: folder.join("contract-sealed-after-loss.pdf"),
        };
        for old in [&files.center, &files.trust] {
            if old.exists() {
                std::fs::remove_dir_all(old)?;
            }
        }
        for old in [&files.card, &files.letter, &files.sealed, &files.after_loss] {
            if old.exists() {
                std::fs::remove_file(old)?;
            }
        }
        Ok(files)
    }
}

/// The part before there is a card: the center, the application, two approvals.
fn issue_on_paper(
    programs: &dyn Programs,
    narrator: &mut Narrator,
    files: &Files,
) -> io::Result<String> {
    let center = Center {
        home: &files.center,
    };
    narrator.step(Step::Center);
    must(programs, narrator, &center.init())?;
    must(programs, narrator, &center.add_second_officer())?;
    narrator.step(Step::Apply);
    let applied = must(programs, narrator, &center.apply(ORGANIZATION, None))?;
    let application = field(&applied.stdout, "application")
        .ok_or_else(|| io::Error::other("the center named no application"))?;
    narrator.step(Step::Approve);
    must(programs, narrator, &center.approve(FIRST, &application))?;
    let again = center.approve(FIRST, &application);
    let refused = narrator.run(programs, &again)?;
    if refused.code != 1 {
        return Err(failed(&again, &refused));
    }
    must(programs, narrator, &center.approve(SECOND, &application))?;
    Ok(application)
}

/// The part with the card.
struct Play<'a> {
    programs: &'a dyn Programs,
    files: &'a Files,
    application: String,
    reader: String,
}

impl Play<'_> {
    fn center(&self) -> Center<'_> {
        Center {
            home: &self.files.center,
        }
    }

    fn issue_card(&self, narrator: &mut Narrator) -> io::Result<()> {
        let Self {
            programs,
            files,
            application,
            reader,
        } = self;
        narrator.step(Step::Personalize);
        must(
            *programs,
            narrator,
            &self
                .center()
                .personalize(application, reader, &files.letter),
        )?;
        narrator.step(Step::Letter);
        let codes = letter::read(&files.letter)?;
        must(*programs, narrator, &calls::card(reader))?;
        narrator.step(Step::Activate);
        must(
            *programs,
            narrator,
            &calls::change_pin(reader, &codes.pin, OWN_PIN),
        )?;
        must(
            *programs,
            narrator,
            &self.center().activate(application, reader),
        )?;
        must(*programs, narrator, &calls::seals(reader))?;
        self.publish(narrator)
    }

    fn publish(&self, narrator: &mut Narrator) -> io::Result<()> {
        let export = self.center().export_trust(&self.files.trust);
        must(self.programs, narrator, &export).map(drop)
    }

    /// The document to seal, and where the seal goes.
    fn prepare_document(&self, narrator: &mut Narrator, settings: &Settings) -> io::Result<Place> {
        let files = self.files;
        narrator.step(Step::Document);
        match &settings.document {
            Some(own) => std::fs::copy(own, &files.document).map(drop)?,
            None => {
                let contract = sample::contract(CONTRACT_PAGES, sample::Language::Spanish);
                std::fs::write(&files.document, contract)?;
            }
        }
        std::fs::write(&files.other, sample::contract(1, sample::Language::English))?;
        let place = page::signature_place(&std::fs::read(&files.document)?)?;
        narrator.note_file(&files.document, place.page);
        Ok(place)
    }

    fn use_and_forge(
        &self,
        narrator: &mut Narrator,
        table: &mut Table,
        place: Place,
    ) -> io::Result<()> {
        let files = self.files;
        narrator.step(Step::Stamp);
        let stamp = calls::stamp(&files.document, &files.sealed, place, &self.reader, OWN_PIN);
        must(self.programs, narrator, &stamp)?;
        self.judge(narrator, table, &files.sealed, "", Expected::VALID)?;

        narrator.step(Step::Change);
        let sealed = std::fs::read(&files.sealed)?;
        let (changed, place) = forge::change_one_byte(&sealed).map_err(io::Error::other)?;
        std::fs::write(&files.changed, changed)?;
        narrator.note_change(place);
        self.judge(narrator, table, &files.changed, "", Expected::CHANGED)?;

        narrator.step(Step::Copy);
        let other = std::fs::read(&files.other)?;
        let copied = forge::copy_seal(&sealed, &other).map_err(io::Error::other)?;
        std::fs::write(&files.copied, copied)?;
        self.judge(narrator, table, &files.copied, "", Expected::COPIED)
    }

    fn lose(&self, narrator: &mut Narrator, table: &mut Table, place: Place) -> io::Result<()> {
        let files = self.files;
        narrator.step(Step::Loss);
        must(
            self.programs,
            narrator,
            &self.center().report_loss(&self.application),
        )?;
        self.publish(narrator)?;
        narrator.step(Step::AfterLoss);
        let later = narrator.after_the_loss();
        self.judge(narrator, table, &files.sealed, later, Expected::ON_HOLD)?;
        let stamp = calls::stamp(
            &files.document,
            &files.after_loss,
            place,
            &self.reader,
            OWN_PIN,
        );
        must(self.programs, narrator, &stamp)?;
        self.judge(narrator, table, &files.after_loss, "", Expected::ON_HOLD)?;
        narrator.step(Step::Audit);
        must(self.programs, narrator, &self.center().audit_verify()).map(drop)
    }

    /// Verifies a file, for a person and for the table.
    fn judge(
        &self,
        narrator: &mut Narrator,
        table: &mut Table,
        file: &Path,
        remark: &str,
        expected: Expected,
    ) -> io::Result<()> {
        let call = calls::verify(file, &self.files.trust);
        let outcome = narrator.run(self.programs, &call)?;
        let report = self.programs.run(&call.and(["--json"]))?;
        table.push(Row::new(
            file,
            remark,
            expected,
            outcome.code,
            &report.stdout,
        ));
        Ok(())
    }
}

/// Runs a call that has to succeed.
fn must(programs: &dyn Programs, narrator: &mut Narrator, call: &Call) -> io::Result<Outcome> {
    let outcome = narrator.run(programs, call)?;
    if outcome.code == 0 {
        Ok(outcome)
    } else {
        Err(failed(call, &outcome))
    }
}

fn failed(call: &Call, outcome: &Outcome) -> io::Error {
    io::Error::other(format!(
        "`{}` ended with exit code {}",
        call.shown(),
        outcome.code
    ))
}
