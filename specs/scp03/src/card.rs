//! The card's end.

use sello_wire::instruction::{CLA_INTERINDUSTRY, CLA_SECURE, CLA_SELLO};
use sello_wire::{Command, Status};

use crate::MAC_LENGTH;
use crate::derivation::constant;
use crate::error::Error;
use crate::handshake::{Challenge, Cryptogram, equal, header};
use crate::level::Level;
use crate::padding;
use crate::primitives::Primitives;
use crate::session::{Direction, SessionKeys, State, first_mac, is_protected, short};
use crate::static_keys::StaticKeys;

/// A channel that INITIALIZE UPDATE began: the host has not proved yet that it has the keys. It has no
/// `Debug`, since it holds keys.
pub struct Pending {
    keys: SessionKeys,
    card_cryptogram: Cryptogram,
    host_cryptogram: Cryptogram,
}

impl Pending {
    /// Begins a channel. `card_challenge` is fresh and random.
    ///
    /// # Errors
    /// When the primitives fail.
    pub fn begin<P: Primitives>(
        primitives: &mut P,
        keys: &StaticKeys,
        host_challenge: &Challenge,
        card_challenge: &Challenge,
    ) -> Result<Self, P::Error> {
        let keys = SessionKeys::derive(primitives, keys, host_challenge, card_challenge)?;
        let mut cryptogram =
            |constant| keys.cryptogram(primitives, constant, host_challenge, card_challenge);
        Ok(Self {
            card_cryptogram: cryptogram(constant::CARD_CRYPTOGRAM)?,
            host_cryptogram: cryptogram(constant::HOST_CRYPTOGRAM)?,
            keys,
        })
    }

    /// The card's proof, for the answer to INITIALIZE UPDATE.
    #[must_use]
    pub const fn card_cryptogram(&self) -> &Cryptogram {
        &self.card_cryptogram
    }

    /// Opens the channel by EXTERNAL AUTHENTICATE. Whatever comes of it, this beginning is used up.
    ///
    /// # Errors
    /// [`Error::Class`], [`Error::Header`] (another instruction, P2), [`Error::Level`],
    /// [`Error::Length`], [`Error::Mac`], [`Error::Cryptogram`] or [`Error::Primitives`].
    pub fn authenticate<P: Primitives>(
        self,
        primitives: &mut P,
        command: &Command<'_>,
    ) -> Result<Session, Error<P::Error>> {
        let Command {
            cla,
            ins,
            p1,
            p2,
            data,
            ..
        } = *command;
        let level = Level::from_byte(p1).ok_or(Error::Level { level: p1 })?;
        let [right_cla, right_ins, _, right_p2] = header(level);
        if cla != right_cla {
            return Err(Error::Class { cla });
        }
        if (ins, p2) != (right_ins, right_p2) {
            return Err(Error::Header);
        }
        let length = data.len();
        let parts = data.split_first_chunk::<8>();
        let (cryptogram, given) = parts.ok_or(Error::Length { length })?;
        let given = given.try_into().map_err(|_| Error::Length { length })?;
        let mac = first_mac(primitives, &self.keys, level, cryptogram)?;
        if !equal(given, &short(&mac)) {
            return Err(Error::Mac);
        }
        if !equal(cryptogram, &self.host_cryptogram) {
            return Err(Error::Cryptogram);
        }
        Ok(Session {
            state: State::new(self.keys, level, mac),
        })
    }
}

/// The card's end of an open channel. It has no `Debug`, since it holds keys.
pub struct Session {
    state: State,
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

    /// Checks a wrapped command, whose data (put together if it was chained) is decrypted in place.
    /// Gives the length of the plain data, which then stands at the start of `data`. `header` is CLA
    /// (`04` or `84`, without the chaining bit), INS, P1 and P2.
    ///
    /// # Errors
    /// [`Error::Class`], [`Error::Length`], [`Error::Mac`], [`Error::Padding`], [`Error::Primitives`]
    /// or [`Error::Closed`]: the channel is closed.
    pub fn unwrap<P: Primitives>(
        &mut self,
        primitives: &mut P,
        header: [u8; 4],
        data: &mut [u8],
    ) -> Result<usize, Error<P::Error>> {
        self.state
            .step(|state| open(state, primitives, header, data))
    }

    /// Protects an answer: the first `length` bytes of `buffer` are its data. Gives the length of what
    /// is to be sent, [`crate::LARGEST_OVERHEAD`] more at most; 0 with an error status word.
    ///
    /// # Errors
    /// [`Error::NoRoom`], [`Error::Primitives`] or [`Error::Closed`]: the channel is closed.
    pub fn wrap_response<P: Primitives>(
        &mut self,
        primitives: &mut P,
        buffer: &mut [u8],
        length: usize,
        status: Status,
    ) -> Result<usize, Error<P::Error>> {
        self.state
            .step(|state| protect(state, primitives, buffer, length, status))
    }
}

/// Checks and decrypts a command in place and gives the length of the plain data.
fn open<P: Primitives>(
    state: &mut State,
    primitives: &mut P,
    header: [u8; 4],
    data: &mut [u8],
) -> Result<usize, Error<P::Error>> {
    let [cla, ..] = header;
    if ![CLA_INTERINDUSTRY, CLA_SELLO].contains(&(cla ^ CLA_SECURE)) {
        return Err(Error::Class { cla });
    }
    let length = data.len();
    let (body, mac) = data
        .split_last_chunk_mut::<MAC_LENGTH>()
        .ok_or(Error::Length { length })?;
    state.check_command_mac(primitives, header, body, mac)?;
    state.count()?;
    if !state.level().command_encryption() || body.is_empty() {
        return Ok(body.len());
    }
    state.decrypt(primitives, Direction::Command, body)?;
    padding::unpadded_length(body).ok_or(Error::Padding)
}

/// Protects an answer in place and gives its length.
fn protect<P: Primitives>(
    state: &State,
    primitives: &mut P,
    buffer: &mut [u8],
    length: usize,
    status: Status,
) -> Result<usize, Error<P::Error>> {
    if !is_protected(status) {
        return Ok(0);
    }
    if !state.level().response_mac() {
        return Ok(length);
    }
    let encrypted = state.level().response_encryption() && length > 0;
    let body_length = if encrypted {
        padding::padded_length(length)
    } else {
        length
    };
    let needed = body_length.saturating_add(MAC_LENGTH);
    let (body, rest) = buffer
        .split_at_mut_checked(body_length)
        .ok_or(Error::NoRoom { needed })?;
    let mac = rest
        .first_chunk_mut::<MAC_LENGTH>()
        .ok_or(Error::NoRoom { needed })?;
    if encrypted {
        padding::pad(body, length);
        state.encrypt(primitives, Direction::Response, body)?;
    }
    *mac = state.response_mac(primitives, body, status)?;
    Ok(needed)
}
