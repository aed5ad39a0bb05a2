//! Seal cards to measure.

use std::error::Error;
use std::path::PathBuf;

use sello_card::CardSession;
use sello_conformance::{Terminal, personalization};
use sello_flow::calls::{self, Center, Place};
use sello_flow::demo::Language;
use sello_flow::in_process::InProcess;
use sello_flow::programs::Programs;
use sello_flow::sample;
use sello_flow::{fixture, letter};
use sello_simulator::SimulatedCard;
use sello_wire::Channel;
use tempfile::TempDir;

use crate::dialogue::Dialogue;
use crate::reader::{CountingReader, NAME};

/// The custodian's PIN of every card here.
pub const PIN: &str = "246813";

/// A card that the center has made through its secure channel, and its custodian has taken over.
pub struct Issued {
    /// The reader it is in.
    pub reader: CountingReader,
    /// How the center made it.
    pub personalization: Dialogue,
    programs: InProcess<CountingReader>,
    folder: TempDir,
}

impl Issued {
    /// Makes a seal card of a blank one, with the programs that people use.
    ///
    /// # Errors
    /// Whatever goes wrong: a benchmark without a card is none.
    pub fn new(card: SimulatedCard) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let reader = CountingReader::new(card);
        let programs = InProcess::with_readers(reader.clone(), Language::English);
        let home = folder.path().join("center");
        let application = fixture::approved(&programs, &home)?;
        let center = Center { home: &home };
        let paper = folder.path().join("letter.pdf");
        let _ = reader.take("nothing");
        programs.must(&center.personalize(&application, NAME, &paper))?;
        let personalization = reader.take("personalization by the center, over SCP03");
        let codes = letter::read(&paper)?;
        programs.must(&calls::change_pin(NAME, &codes.pin, PIN))?;
        programs.must(&center.activate(&application, NAME))?;
        let _ = reader.take("nothing");
        Ok(Self {
            reader,
            personalization,
            programs,
            folder,
        })
    }

    /// Stamps a document with `sello stamp`.
    ///
    /// # Errors
    /// What the program says.
    pub fn stamp(&self, name: &'static str) -> Result<Dialogue, Box<dyn Error>> {
        let file = |name: &str| -> PathBuf { self.folder.path().join(name) };
        let (input, output) = (file("in.pdf"), file("out.pdf"));
        std::fs::write(&input, sample::contract(1, sample::Language::English))?;
        let place = Place {
            page: 1,
            x: 120,
            y: 200,
        };
        let _ = self.reader.take("nothing");
        self.programs
            .must(&calls::stamp(&input, &output, place, NAME, PIN))?;
        std::fs::remove_file(output)?;
        Ok(self.reader.take(name))
    }
}

/// A blank card made operational, without a center; its key in `9C` wants the PIN for each use.
///
/// # Errors
/// When the card refuses.
pub fn operational(serial: u32) -> Result<SimulatedCard, Box<dyn Error>> {
    let mut terminal = Terminal::new(SimulatedCard::blank(serial)?);
    personalization::perform(&mut terminal, usize::MAX).map_err(|error| error.to_string())?;
    Ok(terminal.channel)
}

/// The same with a key that signs batches, under dual control, in a session of its own.
///
/// # Errors
/// When the card refuses.
pub fn under_dual_control(serial: u32) -> Result<(CountingReader, CardSession), Box<dyn Error>> {
    let reader = CountingReader::new(SimulatedCard::blank(serial)?);
    let mut terminal = Terminal::new(reader.clone());
    personalization::perform_dual(&mut terminal).map_err(|error| error.to_string())?;
    reader.with_card(SimulatedCard::reset)?;
    let session = CardSession::open(Box::new(reader.clone()))?;
    Ok((reader, session))
}

/// Sends a command that has to succeed.
///
/// # Errors
/// What the channel says, or another status word than `9000`.
pub fn demand<'r, C: Channel>(
    channel: &mut C,
    command: &[u8],
    buffer: &'r mut [u8],
) -> Result<&'r [u8], Box<dyn Error>>
where
    C::Error: Error + 'static,
{
    let answer = channel.transmit(command, buffer)?;
    if answer.ends_with(&[0x90, 0x00]) {
        Ok(answer)
    } else {
        Err(format!("the card answered {answer:02X?} to {command:02X?}").into())
    }
}
