//! An issued seal on a simulated card in a virtual reader, for the tests to begin with.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::calls::{self, Center, FIRST, SECOND};
use crate::demo::field;
use crate::letter;
use crate::programs::{Call, Outcome, Programs, Spawned};
use crate::rack::Rack;

/// The PIN that the custodian of the fixture has chosen.
pub const PIN: &str = "739164";

/// A center, an approved application and perhaps a card.
pub struct Seal {
    /// Everything lies in here; it goes when this value goes.
    pub folder: TempDir,
    /// The programs.
    pub programs: Spawned,
    /// The reader with the card.
    pub rack: Rack,
    /// The application's reference number.
    pub application: String,
    /// The PUK from the letter.
    pub puk: String,
    /// The transport PIN from the letter.
    pub transport_pin: String,
}

/// How far a fixture goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Two officers have approved; the card in the reader is blank.
    Approved,
    /// The card is personalized; its transport PIN is in force.
    Personalized,
    /// The custodian has changed the PIN, the seal is active and the trust folder is written.
    Active,
}

impl Seal {
    /// Brings a seal to this stage through the programs, as people would.
    ///
    /// # Errors
    /// When a step fails, with what the program said.
    pub fn at(stage: Stage) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let programs = Spawned::find("en_US.UTF-8")?;
        let application = approved(&programs, &folder.path().join("center"))?;
        let rack = Rack::start(&programs, &[&folder.path().join("seal.card")])?;
        let (transport_pin, puk) = (String::new(), String::new());
        let mut seal = Self {
            folder,
            programs,
            rack,
            application,
            puk,
            transport_pin,
        };
        if stage >= Stage::Personalized {
            seal.personalize()?;
        }
        if stage >= Stage::Active {
            seal.activate()?;
        }
        Ok(seal)
    }

    fn personalize(&mut self) -> io::Result<()> {
        let letter = self.path("pin-letter.pdf");
        let call =
            self.center(|center| center.personalize(&self.application, self.reader(), &letter));
        self.must(&call)?;
        let codes = letter::read(&letter)?;
        (self.transport_pin, self.puk) = (codes.pin, codes.puk);
        Ok(())
    }

    fn activate(&self) -> io::Result<()> {
        self.must(&calls::change_pin(self.reader(), &self.transport_pin, PIN))?;
        self.must(&self.center(|center| center.activate(&self.application, self.reader())))?;
        self.publish()
    }

    /// Writes the trust folder anew.
    ///
    /// # Errors
    /// When the center fails.
    pub fn publish(&self) -> io::Result<()> {
        self.must(&self.center(|center| center.export_trust(&self.trust())))
            .map(drop)
    }

    /// A call of the center.
    pub fn center(&self, call: impl FnOnce(Center<'_>) -> Call) -> Call {
        call(Center {
            home: &self.path("center"),
        })
    }

    /// The reader that holds the card.
    #[must_use]
    pub fn reader(&self) -> &str {
        self.rack.reader(0)
    }

    /// A file in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The trust folder.
    #[must_use]
    pub fn trust(&self) -> PathBuf {
        self.path("trust")
    }

    /// Runs a call that has to succeed.
    ///
    /// # Errors
    /// When it does not, with what the program said.
    pub fn must(&self, call: &Call) -> io::Result<Outcome> {
        self.programs.must(call)
    }

    /// Runs a call, however it ends.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn run(&self, call: &Call) -> io::Result<Outcome> {
        self.programs.run(call)
    }

    /// Writes a document, seals it and returns where the sealed one lies.
    ///
    /// # Errors
    /// When the client fails.
    pub fn seal(&self, name: &str, document: &[u8], place: calls::Place) -> io::Result<PathBuf> {
        let (input, output) = (
            self.path(&format!("{name}.pdf")),
            self.path(&format!("{name}-sealed.pdf")),
        );
        std::fs::write(&input, document)?;
        self.must(&calls::stamp(&input, &output, place, self.reader(), PIN))?;
        Ok(output)
    }

    /// What `sello verify` says of a file.
    ///
    /// # Errors
    /// When the client cannot be started.
    pub fn verify(&self, file: &Path) -> io::Result<Outcome> {
        self.run(&calls::verify(file, &self.trust()).and(["--json"]))
    }
}

/// Makes a center with two officers and an application that both have approved; gives its number.
///
/// # Errors
/// When a step fails, with what the program said.
pub fn approved(programs: &dyn Programs, home: &Path) -> io::Result<String> {
    let center = Center { home };
    programs.must(&center.init())?;
    programs.must(&center.add_second_officer())?;
    let applied = programs.must(&center.apply("Example S.L.", None))?;
    let application = field(&applied.stdout, "application");
    let application = application.ok_or_else(|| io::Error::other("no application number"))?;
    programs.must(&center.approve(FIRST, &application))?;
    programs.must(&center.approve(SECOND, &application))?;
    Ok(application)
}
