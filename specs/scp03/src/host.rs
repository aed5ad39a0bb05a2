//! The center's end.

use sello_wire::instruction::{CLA_INTERINDUSTRY, CLA_SECURE, CLA_SELLO};
use sello_wire::{Command, Status};

use crate::derivation::constant;
use crate::error::Error;
use crate::handshake::{Challenge, ExternalAuthenticate, InitializeUpdateResponse, equal};
use crate::level::Level;
use crate::padding;
use crate::primitives::Primitives;
use crate::session::{Direction, SessionKeys, State, first_mac, is_protected, short};
use crate::static_keys::StaticKeys;
use crate::{LARGEST_OVERHEAD, MAC_LENGTH};

/// The center's end of a channel. It has no `Debug`, since it holds keys.
pub struct Session {
    state: State,
}

/// Checks the card's cryptogram and makes EXTERNAL AUTHENTICATE for a channel of this level. The
/// channel is open once the card has answered `9000`; `keys` are the card's, diversified.
///
/// # Errors
/// [`Error::Cryptogram`] when the card has other keys or had another challenge; [`Error::Primitives`].
pub fn authenticate<P: Primitives>(
    primitives: &mut P,
    keys: &StaticKeys,
    host_challenge: &Challenge,
    answer: &InitializeUpdateResponse,
    level: Level,
) -> Result<(Session, ExternalAuthenticate), Error<P::Error>> {
    let card_challenge = &answer.card_challenge;
    let session_keys = SessionKeys::derive(primitives, keys, host_challenge, card_challenge)
        .map_err(Error::Primitives)?;
    let mut cryptogram = |constant| {
        session_keys
            .cryptogram(primitives, constant, host_challenge, card_challenge)
            .map_err(Error::Primitives)
    };
    if !equal(
        &answer.card_cryptogram,
        &cryptogram(constant::CARD_CRYPTOGRAM)?,
    ) {
        return Err(Error::Cryptogram);
    }
    let cryptogram = cryptogram(constant::HOST_CRYPTOGRAM)?;
    let mac = first_mac(primitives, &session_keys, level, &cryptogram)?;
    let state = State::new(session_keys, level, mac);
    let command = ExternalAuthenticate::new(level, &cryptogram, &short(&mac));
    Ok((Session { state }, command))
}

impl Session {
    /// What the channel protects.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.state.level()
    }

    /// Whether something was refused, so that nothing more goes through.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.state.is_closed()
    }

    /// Wraps a command of class `00` or `80`: its data is encrypted into `buffer` where the level says
    /// so and a MAC follows. `buffer` needs [`LARGEST_OVERHEAD`] bytes more than the data.
    ///
    /// The result is sent like any command, chained or with extended length. Ne becomes the most there
    /// is in its length form, since the answer is longer than the plain one; 0 stays 0.
    ///
    /// # Errors
    /// [`Error::Class`], [`Error::NoRoom`]: the channel is as before. [`Error::Primitives`],
    /// [`Error::Length`] (data over 65,500 bytes), [`Error::Closed`]: it is closed.
    pub fn wrap<'b, P: Primitives>(
        &mut self,
        primitives: &mut P,
        command: &Command<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Command<'b>, Error<P::Error>> {
        let Command {
            cla, ins, p1, p2, ..
        } = *command;
        if ![CLA_INTERINDUSTRY, CLA_SELLO].contains(&cla) {
            return Err(Error::Class { cla });
        }
        let needed = command.data.len().saturating_add(LARGEST_OVERHEAD);
        if buffer.len() < needed {
            return Err(Error::NoRoom { needed });
        }
        let cla = cla | CLA_SECURE;
        let length = self
            .state
            .step(|state| protect(state, primitives, [cla, ins, p1, p2], command.data, buffer))?;
        Ok(Command {
            cla,
            data: buffer.get(..length).unwrap_or_default(),
            expected: most_expected(command.expected),
            ..*command
        })
    }

    /// Checks the answer to the last command, all its parts put together, and decrypts it in place.
    /// Gives the plain data; an answer with an error status word has none.
    ///
    /// # Errors
    /// [`Error::Mac`], [`Error::Length`], [`Error::Padding`], [`Error::Unprotected`] (an error status
    /// word with data), [`Error::Primitives`], [`Error::Closed`]: the channel is closed.
    pub fn unwrap_response<'b, P: Primitives>(
        &mut self,
        primitives: &mut P,
        data: &'b mut [u8],
        status: Status,
    ) -> Result<&'b [u8], Error<P::Error>> {
        let length = self
            .state
            .step(|state| open(state, primitives, data, status))?;
        Ok(data.get(..length).unwrap_or_default())
    }
}

/// Writes the protected data of a command and gives its length.
fn protect<P: Primitives>(
    state: &mut State,
    primitives: &mut P,
    header: [u8; 4],
    data: &[u8],
    buffer: &mut [u8],
) -> Result<usize, Error<P::Error>> {
    state.count()?;
    let needed = data.len() + LARGEST_OVERHEAD;
    let encrypted = state.level().command_encryption() && !data.is_empty();
    let length = if encrypted {
        padding::padded_length(data.len())
    } else {
        data.len()
    };
    let (body, rest) = buffer
        .split_at_mut_checked(length)
        .ok_or(Error::NoRoom { needed })?;
    if let Some(plain) = body.get_mut(..data.len()) {
        plain.copy_from_slice(data);
    }
    if encrypted {
        padding::pad(body, data.len());
        state.encrypt(primitives, Direction::Command, body)?;
    }
    let mac = rest
        .first_chunk_mut::<MAC_LENGTH>()
        .ok_or(Error::NoRoom { needed })?;
    *mac = state.add_command_mac(primitives, header, body)?;
    Ok(length + MAC_LENGTH)
}

/// Checks and decrypts an answer in place and gives the length of the plain data.
fn open<P: Primitives>(
    state: &State,
    primitives: &mut P,
    data: &mut [u8],
    status: Status,
) -> Result<usize, Error<P::Error>> {
    let length = data.len();
    if !state.level().response_mac() {
        return Ok(length);
    }
    if !is_protected(status) {
        return if length == 0 {
            Ok(0)
        } else {
            Err(Error::Unprotected)
        };
    }
    let (body, mac) = data
        .split_last_chunk_mut::<MAC_LENGTH>()
        .ok_or(Error::Length { length })?;
    if !equal(mac, &state.response_mac(primitives, body, status)?) {
        return Err(Error::Mac);
    }
    if !state.level().response_encryption() || body.is_empty() {
        return Ok(body.len());
    }
    state.decrypt(primitives, Direction::Response, body)?;
    padding::unpadded_length(body).ok_or(Error::Padding)
}

/// Ne of a wrapped command.
const fn most_expected(expected: usize) -> usize {
    match expected {
        0 => 0,
        1..=256 => 256,
        _ => 65_536,
    }
}
