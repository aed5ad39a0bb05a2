//! What both ends keep while a channel is open.

use sello_wire::Status;

use crate::derivation::{constant, derive};
use crate::error::Error;
use crate::handshake::{Challenge, Cryptogram, equal};
use crate::key::Key;
use crate::level::Level;
use crate::primitives::Primitives;
use crate::static_keys::StaticKeys;
use crate::{BLOCK_LENGTH, MAC_LENGTH, handshake};

/// The session keys (Amendment D v1.1.1, 4.1.5 and 6.2.1).
pub(crate) struct SessionKeys {
    enc: Key,
    mac: Key,
    rmac: Key,
}

impl SessionKeys {
    pub(crate) fn derive<P: Primitives>(
        primitives: &mut P,
        keys: &StaticKeys,
        host: &Challenge,
        card: &Challenge,
    ) -> Result<Self, P::Error> {
        let mut session_key = |from: &Key, constant| {
            let mut key = from.zero_like();
            derive(primitives, from, constant, host, card, key.expose_mut())?;
            Ok(key)
        };
        Ok(Self {
            enc: session_key(keys.enc(), constant::S_ENC)?,
            mac: session_key(keys.mac(), constant::S_MAC)?,
            rmac: session_key(keys.mac(), constant::S_RMAC)?,
        })
    }

    /// The cryptogram of one end, by its constant (6.2.2).
    pub(crate) fn cryptogram<P: Primitives>(
        &self,
        primitives: &mut P,
        constant: u8,
        host: &Challenge,
        card: &Challenge,
    ) -> Result<Cryptogram, P::Error> {
        let mut cryptogram = [0; 8];
        derive(primitives, &self.mac, constant, host, card, &mut cryptogram)?;
        Ok(cryptogram)
    }

    /// The C-MAC over a command, 16 bytes: the next chaining value (6.2.4). `data` is as it is sent,
    /// without the MAC.
    pub(crate) fn command_mac<P: Primitives>(
        &self,
        primitives: &mut P,
        chaining_value: &[u8; 16],
        header: [u8; 4],
        data: &[u8],
    ) -> Result<[u8; 16], Error<P::Error>> {
        let length = data.len().saturating_add(MAC_LENGTH);
        let lc = u16::try_from(length).map_err(|_| Error::Length { length })?;
        let [hi, lo] = lc.to_be_bytes();
        let lc: &[u8] = if hi == 0 { &[lo] } else { &[0, hi, lo] };
        let parts = [chaining_value, &header[..], lc, data];
        let mac = primitives.cmac(self.mac.expose(), &parts);
        mac.map_err(Error::Primitives)
    }
}

/// Which way data goes, for the initial chaining vector.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Command,
    Response,
}

/// An open channel.
pub(crate) struct State {
    keys: SessionKeys,
    level: Level,
    /// The last C-MAC, all 16 bytes.
    chaining_value: [u8; 16],
    /// Number of commands so far, those without data included (6.2.6).
    counter: u32,
    closed: bool,
}

impl State {
    /// The channel after EXTERNAL AUTHENTICATE with this MAC.
    pub(crate) const fn new(keys: SessionKeys, level: Level, chaining_value: [u8; 16]) -> Self {
        Self {
            keys,
            level,
            chaining_value,
            counter: 0,
            closed: false,
        }
    }

    pub(crate) const fn level(&self) -> Level {
        self.level
    }

    pub(crate) const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Does `step`, which closes the channel when it fails.
    pub(crate) fn step<T, E>(
        &mut self,
        step: impl FnOnce(&mut Self) -> Result<T, Error<E>>,
    ) -> Result<T, Error<E>> {
        if self.closed {
            return Err(Error::Closed);
        }
        let result = step(self);
        self.closed = result.is_err();
        result
    }

    /// Counts a command.
    pub(crate) fn count<E>(&mut self) -> Result<(), Error<E>> {
        self.counter = self.counter.checked_add(1).ok_or(Error::Closed)?;
        Ok(())
    }

    /// The first bytes of the C-MAC, to be sent; the chain goes on from it.
    pub(crate) fn add_command_mac<P: Primitives>(
        &mut self,
        primitives: &mut P,
        header: [u8; 4],
        data: &[u8],
    ) -> Result<[u8; MAC_LENGTH], Error<P::Error>> {
        let mac = self
            .keys
            .command_mac(primitives, &self.chaining_value, header, data)?;
        self.chaining_value = mac;
        Ok(short(&mac))
    }

    /// Checks the C-MAC of a command; the chain goes on from it only when it is right.
    pub(crate) fn check_command_mac<P: Primitives>(
        &mut self,
        primitives: &mut P,
        header: [u8; 4],
        data: &[u8],
        given: &[u8; MAC_LENGTH],
    ) -> Result<(), Error<P::Error>> {
        let mac = self
            .keys
            .command_mac(primitives, &self.chaining_value, header, data)?;
        if !equal(given, &short(&mac)) {
            return Err(Error::Mac);
        }
        self.chaining_value = mac;
        Ok(())
    }

    /// The R-MAC over an answer as it is sent (6.2.5).
    pub(crate) fn response_mac<P: Primitives>(
        &self,
        primitives: &mut P,
        data: &[u8],
        status: Status,
    ) -> Result<[u8; MAC_LENGTH], Error<P::Error>> {
        let parts = [&self.chaining_value[..], data, &status.to_bytes()];
        let mac = primitives.cmac(self.keys.rmac.expose(), &parts);
        mac.map(|mac| short(&mac)).map_err(Error::Primitives)
    }

    /// Encrypts padded data in place (6.2.6, 6.2.7).
    pub(crate) fn encrypt<P: Primitives>(
        &self,
        primitives: &mut P,
        direction: Direction,
        data: &mut [u8],
    ) -> Result<(), Error<P::Error>> {
        let iv = self.initial_vector(primitives, direction)?;
        let encrypted = primitives.encrypt_cbc(self.keys.enc.expose(), &iv, data);
        encrypted.map_err(Error::Primitives)
    }

    /// Decrypts data in place; it is still padded.
    pub(crate) fn decrypt<P: Primitives>(
        &self,
        primitives: &mut P,
        direction: Direction,
        data: &mut [u8],
    ) -> Result<(), Error<P::Error>> {
        let length = data.len();
        if !length.is_multiple_of(BLOCK_LENGTH) {
            return Err(Error::Length { length });
        }
        let iv = self.initial_vector(primitives, direction)?;
        let decrypted = primitives.decrypt_cbc(self.keys.enc.expose(), &iv, data);
        decrypted.map_err(Error::Primitives)
    }

    /// AES(S-ENC, the counter of the command as a block); for an answer the block begins with `80`.
    fn initial_vector<P: Primitives>(
        &self,
        primitives: &mut P,
        direction: Direction,
    ) -> Result<[u8; 16], Error<P::Error>> {
        let marker = match direction {
            Direction::Command => 0,
            Direction::Response => 0x80,
        };
        let mut block = u128::from(self.counter).to_be_bytes();
        if let Some(first) = block.first_mut() {
            *first = marker;
        }
        let encrypted = primitives.encrypt_cbc(self.keys.enc.expose(), &[0; 16], &mut block);
        encrypted.map_err(Error::Primitives)?;
        Ok(block)
    }
}

/// A MAC as it is sent.
pub(crate) const fn short(mac: &[u8; 16]) -> [u8; MAC_LENGTH] {
    let [a, b, c, d, e, f, g, h, ..] = *mac;
    [a, b, c, d, e, f, g, h]
}

/// Whether an answer with this status word is protected: `9000` and the warnings `62XX` and `63XX`
/// (6.2.5).
pub(crate) const fn is_protected(status: Status) -> bool {
    let [sw1, _] = status.to_bytes();
    status.0 == Status::OK.0 || sw1 == 0x62 || sw1 == 0x63
}

/// The C-MAC of EXTERNAL AUTHENTICATE, which begins the chain (6.2.4).
pub(crate) fn first_mac<P: Primitives>(
    primitives: &mut P,
    keys: &SessionKeys,
    level: Level,
    cryptogram: &Cryptogram,
) -> Result<[u8; 16], Error<P::Error>> {
    keys.command_mac(primitives, &[0; 16], handshake::header(level), cryptogram)
}

#[cfg(all(test, feature = "software"))]
mod tests {
    use super::*;
    use crate::Software;

    #[test]
    fn a_counter_that_is_used_up_closes_the_channel() {
        let keys = StaticKeys::factory();
        let keys = SessionKeys::derive(&mut Software, &keys, &[1; 8], &[2; 8]).unwrap();
        let mut state = State::new(keys, Level::ENCRYPTION, [0; 16]);
        state.counter = u32::MAX - 1;
        assert_eq!(state.step::<_, ()>(State::count), Ok(()));
        assert_eq!(state.step::<_, ()>(State::count), Err(Error::Closed));
        assert!(state.is_closed());
    }

    #[test]
    fn only_success_and_warnings_are_protected() {
        for status in [0x9000, 0x6200, 0x6283, 0x63C2, 0x6300] {
            assert!(is_protected(Status(status)), "{status:04X}");
        }
        for status in [0x9001, 0x6100, 0x6400, 0x6982, 0x6A82, 0x6C00, 0x6F00] {
            assert!(!is_protected(Status(status)), "{status:04X}");
        }
    }
}
