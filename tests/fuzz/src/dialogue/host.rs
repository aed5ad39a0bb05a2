//! A host with a secure channel.

use sello_scp03::{
    Error, InitializeUpdateResponse, Key, LARGEST_OVERHEAD, Level, Primitives, Software,
    StaticKeys, handshake, host,
};
use sello_wire::{Command, Status};

/// The challenge it gives: any will do.
const CHALLENGE: [u8; 8] = *b"sellofuz";

/// One of the programs that talk to the card.
#[derive(Default)]
pub struct Host {
    session: Option<host::Session>,
    /// What it wrapped last, as sent.
    last: Option<Vec<u8>>,
}

impl Host {
    /// Forgets its channel.
    pub fn forget(&mut self) {
        self.session = None;
    }

    /// INITIALIZE UPDATE, with whatever keys the card has.
    #[must_use]
    pub fn initialize_update() -> Vec<u8> {
        bytes(&handshake::initialize_update(None, &CHALLENGE))
    }

    /// EXTERNAL AUTHENTICATE for the card's answer; `None` when the card has other keys.
    pub fn external_authenticate(
        &mut self,
        keys: &StaticKeys,
        answer: &[u8],
        level: Level,
    ) -> Option<Vec<u8>> {
        let answer = InitializeUpdateResponse::parse::<()>(answer).expect("the card's answer");
        let opened = host::authenticate(&mut Software, keys, &CHALLENGE, &answer, level);
        let (session, proof) = opened.ok()?;
        self.session = Some(session);
        Some(bytes(&proof.command()))
    }

    /// Wraps a command; `None` without a channel.
    pub fn wrap(&mut self, command: &Command<'_>) -> Option<Wrapped> {
        let session = self.session.as_mut()?;
        let mut buffer = vec![0; command.data.len() + LARGEST_OVERHEAD];
        match session.wrap(&mut Software, command, &mut buffer) {
            Ok(wrapped) => {
                self.last = Some(bytes(&wrapped));
                Some(Wrapped {
                    header: [wrapped.cla, wrapped.ins, wrapped.p1, wrapped.p2],
                    data: wrapped.data.to_vec(),
                    expected: wrapped.expected,
                })
            }
            Err(Error::Closed) => None,
            Err(_) => panic!("a command of a good form is wrapped"),
        }
    }

    /// What was wrapped last.
    #[must_use]
    pub fn last(&self) -> Option<Vec<u8>> {
        self.last.clone()
    }

    /// Checks a whole answer and takes its protection off.
    pub fn unwrap(&mut self, mut data: Vec<u8>, status: Status) -> Option<Vec<u8>> {
        let session = self.session.as_mut()?;
        let plain = session.unwrap_response(&mut Software, &mut data, status);
        plain.ok().map(<[u8]>::to_vec)
    }
}

/// A wrapped command.
pub struct Wrapped {
    /// CLA, INS, P1, P2.
    pub header: [u8; 4],
    /// Data with its MAC.
    pub data: Vec<u8>,
    /// Ne.
    pub expected: usize,
}

impl Wrapped {
    /// It, as a command.
    #[must_use]
    pub fn command(&self) -> Command<'_> {
        command(self.header, &self.data, self.expected)
    }
}

/// A command.
#[must_use]
pub const fn command(header: [u8; 4], data: &[u8], expected: usize) -> Command<'_> {
    let [cla, ins, p1, p2] = header;
    Command {
        cla,
        ins,
        p1,
        p2,
        data,
        expected,
        extended: false,
    }
}

/// A command's bytes.
#[must_use]
pub fn bytes(command: &Command<'_>) -> Vec<u8> {
    let mut buffer = vec![0; command.encoded_length()];
    command.encode(&mut buffer).unwrap().to_vec()
}

/// One AES block.
#[must_use]
pub fn encrypt(key: &[u8], mut block: [u8; 16]) -> [u8; 16] {
    Software
        .encrypt_cbc(key, &[0; 16], &mut block)
        .expect("an AES key");
    block
}

/// One AES block, back.
#[must_use]
pub fn decrypt(key: &[u8], mut block: [u8; 16]) -> [u8; 16] {
    Software
        .decrypt_cbc(key, &[0; 16], &mut block)
        .expect("an AES key");
    block
}

/// Keys for the secure channel that a number stands for.
#[must_use]
pub fn numbered_keys(number: u8) -> StaticKeys {
    let length = [16, 24, 32][usize::from(number % 3)];
    StaticKeys::single(&Key::new(&vec![number | 0x80; length]).unwrap())
}
