//! Plays a dialogue.

use sello_wire::channel::Channel;
use sello_wire::key::{Algorithm, FACTORY_MANAGEMENT_KEY};
use sello_wire::tag::Tag;
use thiserror::Error;

use crate::dialogue::{Action, Dialogue, Key, Start};
use crate::pattern::Captures;
use crate::personalization::{self, MANAGEMENT_KEY};
use crate::terminal::{Terminal, TerminalError, encrypt, field, signature_is_good};

/// How a dialogue went wrong.
#[derive(Debug, Error)]
pub enum Failure<E> {
    /// The card could not be brought into the start state.
    #[error("before the first line: {0}")]
    Preparation(TerminalError<E>),
    /// An exchange or an authentication failed.
    #[error("line {line}: {error}")]
    Exchange {
        /// Line of the step.
        line: usize,
        /// What happened.
        error: TerminalError<E>,
    },
    /// The card could not be reset.
    #[error("line {line}: no reset: {error}")]
    Reset {
        /// Line of the step.
        line: usize,
        /// What happened.
        error: E,
    },
    /// The response does not fit.
    #[error("line {line}: the card answered {response}")]
    Mismatch {
        /// Line of the pattern.
        line: usize,
        /// The response, in hexadecimal.
        response: String,
    },
    /// The step cannot be done: nothing captured under its name, or a place in a command.
    #[error("line {line}: the step makes no sense here")]
    BadStep {
        /// Line of the step.
        line: usize,
    },
    /// The signature is not good.
    #[error("line {line}: the signature is not good")]
    BadSignature {
        /// Line of the step.
        line: usize,
    },
}

/// Plays a dialogue on a blank card; `reset` resets the card behind the channel.
///
/// # Errors
/// [`Failure`], at the first step that does not go as written.
pub fn run<C: Channel>(
    dialogue: &Dialogue,
    channel: C,
    mut reset: impl FnMut(&mut C) -> Result<(), C::Error>,
) -> Result<(), Failure<C::Error>> {
    let mut terminal = Terminal::new(channel);
    prepare(&mut terminal, dialogue.start).map_err(Failure::Preparation)?;
    let mut player = Player {
        captures: Captures::new(),
        response: Vec::new(),
        start: dialogue.start,
    };
    for step in &dialogue.steps {
        let line = step.line;
        if step.action == Action::Reset {
            reset(&mut terminal.channel).map_err(|error| Failure::Reset { line, error })?;
        } else {
            player.play(&mut terminal, line, &step.action)?;
        }
    }
    Ok(())
}

/// Brings a blank card into the state; PIV is selected, and no right is left over.
fn prepare<C: Channel>(
    terminal: &mut Terminal<C>,
    start: Start,
) -> Result<(), TerminalError<C::Error>> {
    let count = match start {
        Start::Blank => return terminal.select(),
        Start::Personalizing => 3,
        Start::Delivered => personalization::DELIVERED_AFTER,
        Start::Operational => usize::MAX,
    };
    personalization::perform(terminal, count)?;
    // Selecting another application takes the rights away.
    terminal.send([0, 0xA4, 4, 0], &[0xA0, 0, 0, 0, 1])?;
    terminal.select()
}

struct Player {
    captures: Captures,
    response: Vec<u8>,
    start: Start,
}

impl Player {
    fn play<C: Channel>(
        &mut self,
        terminal: &mut Terminal<C>,
        line: usize,
        action: &Action,
    ) -> Result<(), Failure<C::Error>> {
        let exchange = |error| Failure::Exchange { line, error };
        match action {
            Action::Reset => Ok(()),
            Action::Send(command) => {
                let bytes = command.bytes(&self.captures);
                let bytes = bytes.ok_or(Failure::BadStep { line })?;
                let reply = terminal.raw(&bytes).map_err(exchange)?;
                self.response = reply.data;
                self.response.extend_from_slice(&reply.status.to_bytes());
                Ok(())
            }
            Action::Expect(pattern) => {
                if pattern.matches(&self.response, &mut self.captures) {
                    return Ok(());
                }
                Err(Failure::Mismatch {
                    line,
                    response: hex::encode_upper(&self.response),
                })
            }
            Action::Authenticate(key) => {
                let (algorithm, key) = self.key(*key);
                terminal.authenticate(algorithm, key).map_err(exchange)
            }
            Action::Encrypt(name) => self.encrypt(name).ok_or(Failure::BadStep { line }),
            Action::Signature { point, digest } => {
                let point = self.captures.get(point);
                let point = point.ok_or(Failure::BadStep { line })?;
                let signature = field(&self.response, Tag::DYNAMIC_AUTHENTICATION, Tag::RESPONSE);
                if signature.is_some_and(|s| signature_is_good(point, digest, s)) {
                    Ok(())
                } else {
                    Err(Failure::BadSignature { line })
                }
            }
        }
    }

    const fn key(&self, key: Key) -> (Algorithm, &'static [u8]) {
        match (key, self.start) {
            (Key::Factory, _) | (_, Start::Blank) => (Algorithm::Aes192, &FACTORY_MANAGEMENT_KEY),
            _ => (Algorithm::Aes256, &MANAGEMENT_KEY),
        }
    }

    fn encrypt(&mut self, name: &str) -> Option<()> {
        let (_, key) = self.key(Key::Current);
        let block = self.captures.get_mut(name)?;
        *block = encrypt(key, block.as_slice().try_into().ok()?)?.to_vec();
        Some(())
    }
}
