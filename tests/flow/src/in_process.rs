//! The programs called as functions, with whatever readers; and the stage for a machine where no PC/SC
//! stack can be had, whose card is reached in the same process.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use sello_card::{CardConnection, ReaderError, ReaderState, Readers, TransportError};
use sello_simulator::{CardError, SimulatedCard};
use sello_wire::Channel;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::demo::{Language, Stage};
use crate::programs::{Call, Outcome, Program, Programs, variable};

/// The name of the only reader.
const READER: &str = "In-process reader";

/// One card, shared by everything that is connected to it.
type Slot = Arc<Mutex<Option<SimulatedCard>>>;

fn lock(slot: &Slot) -> MutexGuard<'_, Option<SimulatedCard>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// When the card is pulled out: after so many more commands of a class and instruction have been carried
/// out, their last answer lost.
type Pull = Arc<Mutex<Option<([u8; 2], u32)>>>;

/// The reader, as the host's programs see readers.
#[derive(Clone, Default)]
pub struct InProcessReaders(Slot, Pull);

impl InProcessReaders {
    /// Pulls the card out when it has carried out this many more commands of this class and instruction;
    /// the answer to the last of them is lost.
    pub fn pull_after(&self, class_and_instruction: [u8; 2], count: u32) {
        let mut pull = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        *pull = Some((class_and_instruction, count));
    }

    /// Puts the card back that was pulled out.
    ///
    /// # Errors
    /// When the simulated card does not start.
    pub fn put_back(&self) -> Result<(), CardError> {
        match &mut *lock(&self.0) {
            Some(card) => card.insert(),
            None => Ok(()),
        }
    }
}

/// Whether the card is pulled out with this command.
fn is_pulled(pull: &Pull, command: &[u8]) -> bool {
    let mut pull = pull.lock().unwrap_or_else(PoisonError::into_inner);
    let Some((header, left)) = &mut *pull else {
        return false;
    };
    if !command.starts_with(header) {
        return false;
    }
    *left = left.saturating_sub(1);
    let now = *left == 0;
    if now {
        *pull = None;
    }
    now
}

impl Readers for InProcessReaders {
    fn list(&self) -> Result<Vec<ReaderState>, ReaderError> {
        let card = lock(&self.0);
        let atr = card.as_ref().map(|card| card.atr().to_vec());
        Ok(vec![ReaderState {
            name: READER.into(),
            card_present: atr.is_some(),
            atr: atr.unwrap_or_default(),
            changes: 0,
        }])
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, ReaderError> {
        if reader != READER {
            return Err(ReaderError::UnknownReader {
                name: reader.into(),
            });
        }
        let mut card = lock(&self.0);
        let card = card.as_mut().ok_or_else(|| ReaderError::EmptyReader {
            reader: reader.into(),
        })?;
        let atr = card.atr();
        card.reset().map_err(|_| ReaderError::Mute {
            reader: reader.into(),
        })?;
        Ok(Box::new(Connection {
            slot: Arc::clone(&self.0),
            pull: Arc::clone(&self.1),
            atr,
        }))
    }
}

struct Connection {
    slot: Slot,
    pull: Pull,
    atr: &'static [u8],
}

impl Channel for Connection {
    type Error = TransportError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], TransportError> {
        let mut card = lock(&self.slot);
        let card = card.as_mut().ok_or(TransportError::Removed)?;
        if is_pulled(&self.pull, command) {
            let _ = card.transmit(command, response);
            card.remove();
            return Err(TransportError::Removed);
        }
        card.transmit(command, response)
            .map_err(|error| match error {
                CardError::Removed | CardError::NoPower => TransportError::Removed,
                other => TransportError::Other {
                    reason: other.to_string(),
                },
            })
    }
}

impl CardConnection for Connection {
    fn begin_exclusive(&mut self) -> Result<(), TransportError> {
        Ok(())
    }

    fn end_exclusive(&mut self) -> Result<(), TransportError> {
        Ok(())
    }

    fn atr(&self) -> &[u8] {
        self.atr
    }
}

/// The programs, called as functions; with readers of its own, a stage.
pub struct InProcess<R = InProcessReaders> {
    readers: R,
    language: Language,
}

impl InProcess {
    /// A stage whose programs speak this language.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self::with_readers(InProcessReaders::default(), language)
    }
}

impl<R: Readers> InProcess<R> {
    /// Programs that see these readers and speak this language.
    pub const fn with_readers(readers: R, language: Language) -> Self {
        Self { readers, language }
    }

    /// The reader, to reach its card without a program between.
    #[must_use]
    pub const fn readers(&self) -> &R {
        &self.readers
    }

    fn call_program(&self, call: &Call, said: &mut Said) -> u8 {
        let mut variables = HashMap::from([("LC_ALL".to_owned(), self.language.locale().into())]);
        let mut words = vec![OsString::from(call.program.name())];
        words.extend(call.arguments.iter().cloned());
        for (option, value) in &call.secrets {
            let name = variable(option);
            words.extend([
                OsString::from(format!("{option}-env")),
                OsString::from(&name),
            ]);
            variables.insert(name, OsString::from(value));
        }
        let environment = |name: &str| variables.get(name).cloned();
        match call.program {
            Program::Client => self.client(words, &environment, said),
            Program::Center => self.center(words, &environment, said),
        }
    }
}

impl<R: Readers> Programs for InProcess<R> {
    fn run(&self, call: &Call) -> io::Result<Outcome> {
        let begun = Instant::now();
        let mut said = Said::default();
        let code = self.call_program(call, &mut said);
        Ok(Outcome {
            code: code.into(),
            stdout: String::from_utf8_lossy(&said.out).into_owned(),
            stderr: String::from_utf8_lossy(&said.err).into_owned(),
            elapsed: begun.elapsed(),
        })
    }
}

impl Stage for InProcess {
    fn programs(&self) -> &dyn Programs {
        self
    }

    fn insert_blank_card(&mut self, state: &Path) -> io::Result<String> {
        let card = SimulatedCard::create(state).map_err(io::Error::other)?;
        *lock(&self.readers.0) = Some(card);
        Ok(READER.into())
    }

    fn has_real_stack(&self) -> bool {
        false
    }
}

/// What a program said.
#[derive(Default)]
struct Said {
    out: Vec<u8>,
    err: Vec<u8>,
}

/// There is nobody at a terminal.
struct NoTerminal;

impl sello_client::AskSecret for NoTerminal {
    fn ask(&mut self, _: &str) -> io::Result<Zeroizing<String>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

impl<R: Readers> InProcess<R> {
    fn client(
        &self,
        words: Vec<OsString>,
        environment: &dyn Fn(&str) -> Option<OsString>,
        said: &mut Said,
    ) -> u8 {
        let mut console = sello_client::Console {
            out: &mut said.out,
            err: &mut said.err,
            secrets: &mut NoTerminal,
            environment,
            interactive: false,
            language: sello_client::Language::from_environment(environment),
            now: OffsetDateTime::now_utc(),
        };
        sello_client::run(words, &self.readers, &mut console)
    }

    fn center(
        &self,
        words: Vec<OsString>,
        environment: &dyn Fn(&str) -> Option<OsString>,
        said: &mut Said,
    ) -> u8 {
        let mut console = sello_console::Console {
            output: Box::new(&mut said.out),
            messages: Box::new(&mut said.err),
            environment: Box::new(|name| environment(name)?.into_string().ok()),
            ask: Box::new(|_| Err(io::ErrorKind::NotFound.into())),
        };
        sello_console::run(words.into_iter(), &self.readers, &mut console)
    }
}
