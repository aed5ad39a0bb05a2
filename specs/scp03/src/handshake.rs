//! What the two ends say to open a channel: INITIALIZE UPDATE and EXTERNAL AUTHENTICATE (Amendment D
//! v1.1.1, 7.1).

use sello_wire::instruction::CLA_SECURE;
use sello_wire::{Command, Instruction};
use subtle::ConstantTimeEq;

use crate::MAC_LENGTH;
use crate::error::Error;
use crate::key::KeyVersion;
use crate::level::Level;
use crate::static_keys::DiversificationData;

/// A challenge, fresh and random for each channel.
pub type Challenge = [u8; 8];
/// The proof of having the keys.
pub type Cryptogram = [u8; 8];

/// The protocol identifier of SCP03.
pub const PROTOCOL: u8 = 0x03;
/// Options "i" of a Sello card (Amendment D v1.1.1, 5.1): S8 mode, random card challenges, R-MAC and
/// R-ENCRYPTION supported.
pub const OPTIONS: u8 = 0x60;
/// Options "i" of a card whose challenge is made from a sequence counter; otherwise as [`OPTIONS`].
pub const OPTIONS_PSEUDO_RANDOM: u8 = 0x70;

/// INITIALIZE UPDATE: `80 50 key-version 00` with the host's challenge. `None` asks for whatever keys
/// the card has.
#[must_use]
pub const fn initialize_update(
    version: Option<KeyVersion>,
    host_challenge: &Challenge,
) -> Command<'_> {
    Command {
        cla: Instruction::InitializeUpdate.cla(),
        ins: Instruction::InitializeUpdate.ins(),
        p1: match version {
            Some(version) => version.to_byte(),
            None => 0,
        },
        p2: 0,
        data: host_challenge,
        expected: 256,
        extended: false,
    }
}

/// The answer to INITIALIZE UPDATE (Amendment D v1.1.1, 7.1.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitializeUpdateResponse {
    /// What the card's keys were diversified with.
    pub diversification_data: DiversificationData,
    /// Version of the keys the channel is opened with.
    pub key_version: u8,
    /// The card's challenge.
    pub card_challenge: Challenge,
    /// The card's cryptogram.
    pub card_cryptogram: Cryptogram,
    /// The sequence counter of a card with [`OPTIONS_PSEUDO_RANDOM`]; a Sello card has none.
    pub sequence_counter: Option<[u8; 3]>,
}

impl InitializeUpdateResponse {
    /// Length in bytes of a Sello card's answer.
    pub const LENGTH: usize = 29;

    /// The answer of a card without a sequence counter.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let fields: [&[u8]; 4] = [
            &self.diversification_data,
            &[self.key_version, PROTOCOL, OPTIONS],
            &self.card_challenge,
            &self.card_cryptogram,
        ];
        let mut bytes = [0; Self::LENGTH];
        for (byte, value) in bytes.iter_mut().zip(fields.into_iter().flatten()) {
            *byte = *value;
        }
        bytes
    }

    /// Reads the answer of a Sello card, or of one with a sequence counter.
    ///
    /// # Errors
    /// [`Error::Length`] when it has not the 29 or 32 bytes its options ask for, [`Error::Protocol`]
    /// when it is not SCP03 with these options.
    pub fn parse<E>(bytes: &[u8]) -> Result<Self, Error<E>> {
        let length = || Error::Length {
            length: bytes.len(),
        };
        let (diversification_data, rest) = bytes.split_first_chunk().ok_or_else(length)?;
        let (&[key_version, protocol, options], rest) =
            rest.split_first_chunk().ok_or_else(length)?;
        if protocol != PROTOCOL || !matches!(options, OPTIONS | OPTIONS_PSEUDO_RANDOM) {
            return Err(Error::Protocol { protocol, options });
        }
        let (card_challenge, rest) = rest.split_first_chunk().ok_or_else(length)?;
        let (card_cryptogram, rest) = rest.split_first_chunk().ok_or_else(length)?;
        let sequence_counter = match (options, rest) {
            (OPTIONS, []) => None,
            (OPTIONS_PSEUDO_RANDOM, &[a, b, c]) => Some([a, b, c]),
            _ => return Err(length()),
        };
        Ok(Self {
            diversification_data: *diversification_data,
            key_version,
            card_challenge: *card_challenge,
            card_cryptogram: *card_cryptogram,
            sequence_counter,
        })
    }
}

/// EXTERNAL AUTHENTICATE, ready to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExternalAuthenticate {
    /// The security level asked for.
    pub level: Level,
    /// Host cryptogram and MAC.
    pub data: [u8; 16],
}

impl ExternalAuthenticate {
    pub(crate) fn new(level: Level, cryptogram: &Cryptogram, mac: &[u8; MAC_LENGTH]) -> Self {
        let mut data = [0; 16];
        for (byte, value) in data.iter_mut().zip(cryptogram.iter().chain(mac)) {
            *byte = *value;
        }
        Self { level, data }
    }

    /// The command: `84 82 level 00` with host cryptogram ‖ MAC. The card answers `9000`, which is not
    /// wrapped.
    #[must_use]
    pub const fn command(&self) -> Command<'_> {
        let [cla, ins, p1, p2] = header(self.level);
        Command {
            cla,
            ins,
            p1,
            p2,
            data: &self.data,
            expected: 0,
            extended: false,
        }
    }
}

/// Header of EXTERNAL AUTHENTICATE.
pub(crate) const fn header(level: Level) -> [u8; 4] {
    [
        Instruction::ExternalAuthenticate.cla() | CLA_SECURE,
        Instruction::ExternalAuthenticate.ins(),
        level.to_byte(),
        0,
    ]
}

/// Compares in constant time.
pub(crate) fn equal(given: &[u8; MAC_LENGTH], right: &[u8; MAC_LENGTH]) -> bool {
    given.ct_eq(right).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: InitializeUpdateResponse = InitializeUpdateResponse {
        diversification_data: [1; 10],
        key_version: 0x20,
        card_challenge: [2; 8],
        card_cryptogram: [3; 8],
        sequence_counter: None,
    };

    fn parse(bytes: &[u8]) -> Result<InitializeUpdateResponse, Error<()>> {
        InitializeUpdateResponse::parse(bytes)
    }

    #[test]
    fn an_answer_has_its_fields_in_order_and_is_read_back() {
        let bytes = ANSWER.to_bytes();
        let expected = "01010101010101010101200360020202020202020203030303030303 03";
        assert_eq!(hex::encode(bytes), expected.replace(' ', ""));
        assert_eq!(parse(&bytes), Ok(ANSWER));
    }

    #[test]
    fn an_answer_of_another_length_or_protocol_is_refused() {
        let mut bytes = [0; 33];
        bytes[..29].copy_from_slice(&ANSWER.to_bytes());
        for length in (0..=33).filter(|length| *length != 29) {
            assert_eq!(parse(&bytes[..length]), Err(Error::Length { length }));
        }
        bytes[12] = OPTIONS_PSEUDO_RANDOM;
        assert_eq!(parse(&bytes[..29]), Err(Error::Length { length: 29 }));
        let with_counter = parse(&bytes[..32]).unwrap();
        assert_eq!(with_counter.sequence_counter, Some([0; 3]));
        bytes[12] = 0x61;
        let (protocol, options) = (3, 0x61);
        assert_eq!(
            parse(&bytes[..29]),
            Err(Error::Protocol { protocol, options })
        );
        bytes[11] = 0x02;
        bytes[12] = OPTIONS;
        let (protocol, options) = (2, 0x60);
        assert_eq!(
            parse(&bytes[..29]),
            Err(Error::Protocol { protocol, options })
        );
    }

    #[test]
    fn initialize_update_names_the_keys_or_leaves_them_to_the_card() {
        let factory = initialize_update(Some(KeyVersion::FACTORY), &[9; 8]);
        assert_eq!((factory.cla, factory.ins), (0x80, 0x50));
        assert_eq!((factory.p1, factory.p2), (0xFF, 0x00));
        assert_eq!((factory.data, factory.expected), (&[9; 8][..], 256));
        assert_eq!(initialize_update(None, &[9; 8]).p1, 0);
    }
}
