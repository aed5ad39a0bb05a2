//! Plays a dialogue.

use sello_wire::apdu::{Command, Response};
use sello_wire::channel::Channel;
use sello_wire::key::{Algorithm, FACTORY_MANAGEMENT_KEY};
use sello_wire::tag::Tag;
use thiserror::Error;

use crate::dialogue::{Action, Dialogue, Start};
use crate::pattern::{Captures, Pattern};
use crate::personalization::{self, DELIVERED_AFTER, KEYS_MADE_AFTER};
use crate::terminal::{Outcome, Reply, Terminal, TerminalError, encrypt, field, signature_is_good};

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
    /// A refused command changed something other than a retry counter.
    #[error("line {line}: the card refused the command and changed its state all the same")]
    Changed {
        /// Line of the command.
        line: usize,
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

/// The card behind a channel, as far as a dialogue needs it.
pub struct Bench<C: Channel> {
    /// Resets the card.
    pub reset: fn(&mut C) -> Result<(), C::Error>,
    /// The lasting state of the card, where it can be had.
    pub state: fn(&C) -> Option<Vec<u8>>,
}

/// Plays a dialogue on a card as made, of the profile its start state asks for.
///
/// # Errors
/// [`Failure`], at the first step that does not go as written.
pub fn run<C: Channel>(
    dialogue: &Dialogue,
    channel: C,
    bench: &Bench<C>,
) -> Result<(), Failure<C::Error>> {
    let mut terminal = Terminal::new(channel);
    prepare(&mut terminal, dialogue.start).map_err(Failure::Preparation)?;
    let mut player = Player::default();
    for step in &dialogue.steps {
        let line = step.line;
        if step.action == Action::Reset {
            let reset = (bench.reset)(&mut terminal.channel);
            reset.map_err(|error| Failure::Reset { line, error })?;
            continue;
        }
        let before = (bench.state)(&terminal.channel);
        player.play(&mut terminal, line, &step.action)?;
        if player.was_refused() && (bench.state)(&terminal.channel) != before {
            return Err(Failure::Changed { line });
        }
    }
    Ok(())
}

/// Brings a card into the state; PIV is selected, and no right is left over.
fn prepare<C: Channel>(terminal: &mut Terminal<C>, start: Start) -> Outcome<(), C> {
    let count = match start {
        Start::Blank | Start::Piv => return terminal.select(),
        Start::Personalizing => KEYS_MADE_AFTER,
        Start::Delivered => DELIVERED_AFTER,
        Start::Operational | Start::Dual => usize::MAX,
    };
    if start == Start::Dual {
        personalization::perform_dual(terminal)?;
    } else {
        personalization::perform(terminal, count)?;
    }
    // Selecting another application takes the rights away.
    terminal.send([0, 0xA4, 4, 0], &[0xA0, 0, 0, 0, 1])?;
    terminal.session = None;
    terminal.select()
}

#[derive(Default)]
struct Player {
    captures: Captures,
    response: Vec<u8>,
    /// What went through the secure channel last.
    wrapped: Vec<Vec<u8>>,
    damage: bool,
}

impl Player {
    /// Whether the last command was refused otherwise than by a comparison, which counts a try.
    fn was_refused(&self) -> bool {
        Response::parse(&self.response)
            .is_ok_and(|r| !r.status.is_success() && r.status.tries_left().is_none())
    }

    fn play<C: Channel>(
        &mut self,
        terminal: &mut Terminal<C>,
        line: usize,
        action: &Action,
    ) -> Result<(), Failure<C::Error>> {
        let exchange = |error| Failure::Exchange { line, error };
        let bad_step = Failure::BadStep { line };
        match action {
            Action::Reset => {}
            Action::Send(command) => {
                let bytes = command.bytes(&self.captures).ok_or(bad_step)?;
                self.keep(terminal.raw(&bytes).map_err(exchange)?);
            }
            Action::SendSecure(command) => {
                let bytes = command.bytes(&self.captures).ok_or(bad_step)?;
                self.send_secure(terminal, &bytes).map_err(exchange)?;
            }
            Action::Replay => {
                let mut reply = None;
                for part in &self.wrapped {
                    reply = Some(terminal.raw(part).map_err(exchange)?);
                }
                self.keep(reply.ok_or(bad_step)?);
            }
            Action::Damage => self.damage = true,
            Action::Open(authority, level) => {
                personalization::open_at(terminal, *authority, *level).map_err(exchange)?;
            }
            Action::Expect(pattern) => self.expect(line, pattern)?,
            Action::Authenticate(name) => {
                let (algorithm, key) = self.key(name.as_deref()).ok_or(bad_step)?;
                let authenticated = terminal.authenticate(algorithm, &key);
                authenticated.map_err(exchange)?;
            }
            Action::Encrypt(name) => self.encrypt(name).ok_or(bad_step)?,
            Action::Signature { point, digest } => self.signature(line, point, digest)?,
        }
        Ok(())
    }

    fn keep(&mut self, reply: Reply) {
        self.response = reply.data;
        self.response.extend_from_slice(&reply.status.to_bytes());
    }

    fn send_secure<C: Channel>(
        &mut self,
        terminal: &mut Terminal<C>,
        bytes: &[u8],
    ) -> Outcome<(), C> {
        let step = "wrapped command";
        let command = Command::parse(bytes).map_err(|_| TerminalError::Nonsense { step })?;
        let mut parts = terminal.wrap(&command)?;
        if std::mem::take(&mut self.damage) {
            spoil(&mut parts);
        }
        let reply = terminal.exchange(&parts)?;
        self.wrapped = parts;
        self.keep(reply);
        Ok(())
    }

    fn expect<E>(&mut self, line: usize, pattern: &Pattern) -> Result<(), Failure<E>> {
        if pattern.matches(&self.response, &mut self.captures) {
            return Ok(());
        }
        Err(Failure::Mismatch {
            line,
            response: hex::encode_upper(&self.response),
        })
    }

    fn signature<E>(&self, line: usize, point: &str, digest: &[u8]) -> Result<(), Failure<E>> {
        let point = self.captures.get(point);
        let point = point.ok_or(Failure::BadStep { line })?;
        let signature = field(&self.response, Tag::DYNAMIC_AUTHENTICATION, Tag::RESPONSE);
        if signature.is_some_and(|s| signature_is_good(point, digest, s)) {
            Ok(())
        } else {
            Err(Failure::BadSignature { line })
        }
    }

    /// The factory's management key, or a captured one.
    fn key(&self, name: Option<&str>) -> Option<(Algorithm, Vec<u8>)> {
        let Some(name) = name else {
            return Some((Algorithm::Aes192, FACTORY_MANAGEMENT_KEY.to_vec()));
        };
        let key = self.captures.get(name)?;
        let algorithms = [Algorithm::Aes128, Algorithm::Aes192, Algorithm::Aes256];
        let fits = |a: &Algorithm| a.secret_key_length() == Some(key.len());
        Some((algorithms.into_iter().find(fits)?, key.clone()))
    }

    fn encrypt(&mut self, name: &str) -> Option<()> {
        let block = self.captures.get_mut(name)?;
        let encrypted = encrypt(&FACTORY_MANAGEMENT_KEY, block.as_slice().try_into().ok()?)?;
        *block = encrypted.to_vec();
        Some(())
    }
}

/// Flips a bit of the MAC, which ends the data of the last part; Le follows it.
fn spoil(parts: &mut [Vec<u8>]) {
    let last = parts.last_mut();
    let place = last.and_then(|part| part.iter_mut().rev().nth(1));
    if let Some(byte) = place {
        *byte ^= 1;
    }
}
