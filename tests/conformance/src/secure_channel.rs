//! The host's end of the secure channel, byte by byte.

use sello_scp03::put_key::{KEY_IDENTIFIER, LARGEST, encode};
use sello_scp03::{
    InitializeUpdateResponse, KeyVersion, LARGEST_OVERHEAD, Level, Software, StaticKeys, host,
};
use sello_wire::apdu::Command;
use sello_wire::channel::Channel;
use sello_wire::instruction::{CLA_CHAINING, Instruction};
use sello_wire::status::Status;

use crate::terminal::{Outcome, Reply, Terminal, TerminalError};

/// The challenge a host gives the card: any value will do in a test.
const HOST_CHALLENGE: [u8; 8] = *b"sello 03";
/// Data bytes of a part when a wrapped command is cut.
const PART: usize = 40;

impl<C: Channel> Terminal<C> {
    /// Opens a secure channel.
    ///
    /// # Errors
    /// [`TerminalError::SecureChannel`] when the card has other keys, or as [`Terminal::demand`].
    pub fn open_channel(
        &mut self,
        version: KeyVersion,
        keys: &StaticKeys,
        level: Level,
    ) -> Outcome<(), C> {
        self.session = None;
        let ins = Instruction::InitializeUpdate;
        let header = [ins.cla(), ins.ins(), version.to_byte(), 0];
        let answer = self.demand("INITIALIZE UPDATE", header, &HOST_CHALLENGE)?;
        let secure = TerminalError::SecureChannel;
        let answer = InitializeUpdateResponse::parse(&answer).map_err(secure)?;
        let (session, proof) =
            host::authenticate(&mut Software, keys, &HOST_CHALLENGE, &answer, level)
                .map_err(secure)?;
        let Command {
            cla, ins, p1, p2, ..
        } = proof.command();
        self.demand("EXTERNAL AUTHENTICATE", [cla, ins, p1, p2], &proof.data)?;
        self.session = Some(session);
        Ok(())
    }

    /// Wraps a command for the open channel: the APDUs to send, parts of a chain when it has the
    /// chaining bit.
    ///
    /// # Errors
    /// [`TerminalError::SecureChannel`], also when no channel is open.
    pub fn wrap(&mut self, command: &Command<'_>) -> Outcome<Vec<Vec<u8>>, C> {
        let session = self.session.as_mut().ok_or_else(closed)?;
        let cut = command.cla & CLA_CHAINING != 0;
        let whole = Command {
            cla: command.cla & !CLA_CHAINING,
            ..*command
        };
        let mut buffer = vec![0; command.data.len() + LARGEST_OVERHEAD];
        let wrapped = session
            .wrap(&mut Software, &whole, &mut buffer)
            .map_err(TerminalError::SecureChannel)?;
        Ok(if cut {
            parts(&wrapped)
        } else {
            vec![encoded(&wrapped)]
        })
    }

    /// Sends wrapped parts, fetches all of the answer and unwraps it.
    ///
    /// # Errors
    /// [`TerminalError::SecureChannel`] when the answer is not protected as the level demands, or as
    /// [`Terminal::raw`].
    pub fn exchange(&mut self, parts: &[Vec<u8>]) -> Outcome<Reply, C> {
        let mut reply = Reply {
            data: Vec::new(),
            status: Status::OK,
        };
        for part in parts {
            reply = self.raw(part)?;
        }
        while reply.status.remaining().is_some() {
            let next = self.raw(&[0, 0xC0, 0, 0, 0])?;
            reply.data.extend_from_slice(&next.data);
            reply.status = next.status;
        }
        let session = self.session.as_mut().ok_or_else(closed)?;
        let plain = session
            .unwrap_response(&mut Software, &mut reply.data, reply.status)
            .map_err(TerminalError::SecureChannel)?;
        Ok(Reply {
            data: plain.to_vec(),
            status: reply.status,
        })
    }

    /// Sends one command through the channel.
    ///
    /// # Errors
    /// As [`Terminal::wrap`] and [`Terminal::exchange`].
    pub fn secure(&mut self, header: [u8; 4], data: &[u8]) -> Outcome<Reply, C> {
        let [cla, ins, p1, p2] = header;
        let command = Command {
            cla,
            ins,
            p1,
            p2,
            data,
            expected: 256,
            extended: false,
        };
        let parts = self.wrap(&command)?;
        self.exchange(&parts)
    }

    /// Sends one command through the channel and demands `9000`; gives the data.
    ///
    /// # Errors
    /// [`TerminalError::Refused`], or as [`Terminal::secure`].
    pub fn demand_secure(
        &mut self,
        step: &'static str,
        header: [u8; 4],
        data: &[u8],
    ) -> Outcome<Vec<u8>, C> {
        let Reply { data, status } = self.secure(header, data)?;
        if status == Status::OK {
            Ok(data)
        } else {
            Err(TerminalError::Refused { step, status })
        }
    }
}

/// No channel is open at the host's end.
const fn closed<E>() -> TerminalError<E> {
    TerminalError::SecureChannel(sello_scp03::Error::Closed)
}

fn encoded(command: &Command<'_>) -> Vec<u8> {
    let mut buffer = vec![0; command.encoded_length()];
    let length = command.encode(&mut buffer).map_or(0, <[u8]>::len);
    buffer.truncate(length);
    buffer
}

/// The parts of a chain, smaller than they would have to be.
fn parts(command: &Command<'_>) -> Vec<Vec<u8>> {
    let pieces: Vec<_> = command.data.chunks(PART).collect();
    let last = pieces.len().saturating_sub(1);
    let part = |(index, data)| {
        let is_last = index == last;
        encoded(&Command {
            cla: command.cla | if is_last { 0 } else { CLA_CHAINING },
            data,
            expected: if is_last { command.expected } else { 0 },
            ..*command
        })
    };
    pieces.into_iter().enumerate().map(part).collect()
}

/// The data of PUT KEY for a card whose present key encryption key is that of `present`.
#[must_use]
pub fn put_key_data(present: &StaticKeys, version: KeyVersion, keys: &StaticKeys) -> Vec<u8> {
    let mut buffer = [0; LARGEST];
    encode(&mut Software, present.dek(), version, keys, &mut buffer)
        .map_or_else(|_| Vec::new(), <[u8]>::to_vec)
}

/// The header of PUT KEY in place of keys of this version.
#[must_use]
pub const fn put_key_header(present: KeyVersion) -> [u8; 4] {
    let instruction = Instruction::PutKey;
    [
        instruction.cla(),
        instruction.ins(),
        present.to_byte(),
        KEY_IDENTIFIER,
    ]
}
