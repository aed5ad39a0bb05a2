//! A plain host: sends commands, authenticates, checks signatures. Its end of the secure channel is in
//! [`crate::secure_channel`].

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use sello_scp03::host;
use sello_scp03::software::SoftwareError;
use sello_wire::apdu::{Command, Response};
use sello_wire::channel::Channel;
use sello_wire::key::{Algorithm, Curve};
use sello_wire::status::Status;
use sello_wire::tag::Tag;
use sello_wire::tlv;
use thiserror::Error;

/// Why an exchange failed.
#[derive(Debug, Error)]
pub enum TerminalError<E> {
    /// No response came.
    #[error("no response: {0}")]
    Channel(E),
    /// The card answered another status word than the step needs.
    #[error("{step}: the card answered {status}")]
    Refused {
        /// The step.
        step: &'static str,
        /// What came instead of `9000`.
        status: Status,
    },
    /// The answer makes no sense.
    #[error("{step}: the answer cannot be understood")]
    Nonsense {
        /// The step.
        step: &'static str,
    },
    /// The card did not prove that it has the management key.
    #[error("the card does not have the management key")]
    ForeignCard,
    /// The host's end of the secure channel refuses.
    #[error(transparent)]
    SecureChannel(sello_scp03::Error<SoftwareError>),
}

/// An answer, its data owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Response data.
    pub data: Vec<u8>,
    /// Status word.
    pub status: Status,
}

/// The challenge a host gives the card: any value will do in a test.
const CHALLENGE: [u8; 16] = *b"conformance test";

/// A host at the other end of a channel.
pub struct Terminal<C> {
    /// The channel.
    pub channel: C,
    /// The host's end of the open secure channel.
    pub(crate) session: Option<host::Session>,
}

/// What a step gives.
pub type Outcome<T, C> = Result<T, TerminalError<<C as Channel>::Error>>;

impl<C: Channel> Terminal<C> {
    /// A host on this channel.
    pub const fn new(channel: C) -> Self {
        Self {
            channel,
            session: None,
        }
    }

    /// Sends bytes as they are and splits the response.
    ///
    /// # Errors
    /// [`TerminalError::Channel`]; [`TerminalError::Nonsense`] for a response under two bytes.
    pub fn raw(&mut self, command: &[u8]) -> Outcome<Reply, C> {
        let mut buffer = vec![0; 4096];
        let response = self
            .channel
            .transmit(command, &mut buffer)
            .map_err(TerminalError::Channel)?;
        let response = Response::parse(response).map_err(|_| nonsense("response"))?;
        Ok(Reply {
            data: response.data.to_vec(),
            status: response.status,
        })
    }

    /// Sends one command, in extended length when it must be.
    ///
    /// # Errors
    /// As [`Terminal::raw`].
    pub fn send(&mut self, header: [u8; 4], data: &[u8]) -> Outcome<Reply, C> {
        let [cla, ins, p1, p2] = header;
        let long = data.len() > 255;
        let command = Command {
            cla,
            ins,
            p1,
            p2,
            data,
            expected: if long { 65_536 } else { 256 },
            extended: long,
        };
        let mut bytes = vec![0; command.encoded_length()];
        let bytes = command
            .encode(&mut bytes)
            .map_err(|_| nonsense("command"))?;
        self.raw(bytes)
    }

    /// Sends one command and demands `9000`; gives the data.
    ///
    /// # Errors
    /// [`TerminalError::Refused`], or as [`Terminal::raw`].
    pub fn demand(
        &mut self,
        step: &'static str,
        header: [u8; 4],
        data: &[u8],
    ) -> Outcome<Vec<u8>, C> {
        let reply = self.send(header, data)?;
        if reply.status == Status::OK {
            Ok(reply.data)
        } else {
            Err(TerminalError::Refused {
                step,
                status: reply.status,
            })
        }
    }

    /// Selects PIV.
    ///
    /// # Errors
    /// As [`Terminal::demand`].
    pub fn select(&mut self) -> Outcome<(), C> {
        self.demand("SELECT", [0, 0xA4, 4, 0], &sello_wire::aid::PIV)
            .map(drop)
    }

    /// Mutual authentication with the management key.
    ///
    /// # Errors
    /// [`TerminalError::ForeignCard`] when the card does not answer the challenge rightly, or as
    /// [`Terminal::demand`].
    pub fn authenticate(&mut self, algorithm: Algorithm, key: &[u8]) -> Outcome<(), C> {
        const STEP: &str = "authentication with the management key";
        let header = [0, 0x87, algorithm.to_byte(), 0x9B];
        let answer = self.demand(STEP, header, &[0x7C, 2, 0x80, 0])?;
        let encrypted = field(&answer, Tag::DYNAMIC_AUTHENTICATION, Tag::WITNESS)
            .and_then(|bytes| <[u8; 16]>::try_from(bytes).ok())
            .ok_or_else(|| nonsense(STEP))?;
        let witness = decrypt(key, encrypted).ok_or_else(|| nonsense(STEP))?;
        let mut data = vec![0x7C, 36, 0x80, 16];
        data.extend_from_slice(&witness);
        data.extend_from_slice(&[0x81, 16]);
        data.extend_from_slice(&CHALLENGE);
        let answer = self.demand(STEP, header, &data)?;
        let response = field(&answer, Tag::DYNAMIC_AUTHENTICATION, Tag::RESPONSE);
        if response == encrypt(key, CHALLENGE).as_ref().map(<[u8; 16]>::as_slice) {
            Ok(())
        } else {
            Err(TerminalError::ForeignCard)
        }
    }

    /// GET STATUS, as the value of one of its fields.
    ///
    /// # Errors
    /// As [`Terminal::demand`].
    pub fn status_field(&mut self, tag: Tag) -> Outcome<Vec<u8>, C> {
        let data = self.demand("GET STATUS", [0x80, 0xF2, 0, 0], &[])?;
        field(&data, Tag::STATUS, tag)
            .map(<[u8]>::to_vec)
            .ok_or_else(|| nonsense("GET STATUS"))
    }
}

const fn nonsense<E>(step: &'static str) -> TerminalError<E> {
    TerminalError::Nonsense { step }
}

/// The value of a field within a template.
#[must_use]
pub fn field(data: &[u8], template: Tag, tag: Tag) -> Option<&[u8]> {
    tlv::find(tlv::find(data, template).ok()??, tag).ok()?
}

/// One AES block; the length of the key tells which AES.
#[must_use]
pub fn encrypt(key: &[u8], mut block: [u8; 16]) -> Option<[u8; 16]> {
    let place = (&mut block).into();
    match key.len() {
        16 => Aes128::new_from_slice(key).ok()?.encrypt_block(place),
        24 => Aes192::new_from_slice(key).ok()?.encrypt_block(place),
        _ => Aes256::new_from_slice(key).ok()?.encrypt_block(place),
    }
    Some(block)
}

/// One AES block back; the length of the key tells which AES.
#[must_use]
pub fn decrypt(key: &[u8], mut block: [u8; 16]) -> Option<[u8; 16]> {
    use aes::cipher::BlockCipherDecrypt;
    let place = (&mut block).into();
    match key.len() {
        16 => Aes128::new_from_slice(key).ok()?.decrypt_block(place),
        24 => Aes192::new_from_slice(key).ok()?.decrypt_block(place),
        _ => Aes256::new_from_slice(key).ok()?.decrypt_block(place),
    }
    Some(block)
}

/// Whether a DER ECDSA-Sig-Value over a digest is good under an uncompressed point, whose length tells
/// the curve.
#[must_use]
pub fn signature_is_good(point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    if point.len() == Curve::P256.point_length() {
        p256_signature_is_good(point, digest, signature)
    } else {
        p384_signature_is_good(point, digest, signature)
    }
}

fn p256_signature_is_good(point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    use p256::ecdsa::signature::hazmat::PrehashVerifier;
    use p256::ecdsa::{Signature, VerifyingKey};
    let key = VerifyingKey::from_sec1_bytes(point);
    let signature = Signature::from_der(signature);
    key.is_ok_and(|key| signature.is_ok_and(|s| key.verify_prehash(digest, &s).is_ok()))
}

fn p384_signature_is_good(point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    use p384::ecdsa::signature::hazmat::PrehashVerifier;
    use p384::ecdsa::{Signature, VerifyingKey};
    let key = VerifyingKey::from_sec1_bytes(point);
    let signature = Signature::from_der(signature);
    key.is_ok_and(|key| signature.is_ok_and(|s| key.verify_prehash(digest, &s).is_ok()))
}
