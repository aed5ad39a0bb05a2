//! Opening the secure channel, and giving a card its own keys (GlobalPlatform Amendment D v1.1.1).

use sello_issuing::station::CardFault;
use sello_scp03::handshake::initialize_update;
use sello_scp03::put_key::{self, KEY_IDENTIFIER};
use sello_scp03::static_keys::diversification_data;
use sello_scp03::{Error, InitializeUpdateResponse, KeyVersion, Level, Software, StaticKeys, host};
use sello_wire::{Instruction, Status};
use zeroize::Zeroizing;

use super::{Card, Plain, malformed, refused};
use crate::vault::CardMaster;
use crate::{Error as CenterError, random};

/// Version of the keys that a center puts on its cards.
const OWN: Option<KeyVersion> = KeyVersion::new(1);

/// With which keys a card can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// The ones every blank card has.
    Factory,
    /// The ones this center put there.
    Own,
}

/// Why no channel was opened.
pub(crate) enum NoChannel {
    /// The card has keys of another center, or says another serial number than before.
    ForeignKeys,
    /// The card failed.
    Fault(CardFault),
    /// The center failed.
    Center(CenterError),
}

impl From<CardFault> for NoChannel {
    fn from(fault: CardFault) -> Self {
        Self::Fault(fault)
    }
}

impl Card<'_> {
    /// Opens a channel in which commands and answers are encrypted and carry a MAC. Nothing on the card
    /// changes.
    ///
    /// # Errors
    /// [`NoChannel`].
    pub(crate) fn open(&mut self, master: &CardMaster, serial: [u8; 4]) -> Result<Keys, NoChannel> {
        self.channel = None;
        let challenge = random::bytes().map_err(NoChannel::Center)?;
        let begun = self.transmit(&initialize_update(None, &challenge))?;
        if begun.status != Status::OK {
            return Err(refused(Instruction::InitializeUpdate, begun.status).into());
        }
        let answer = InitializeUpdateResponse::parse::<()>(&begun.data)
            .map_err(|_| malformed(Instruction::InitializeUpdate))?;
        if answer.diversification_data != diversification_data(serial) {
            return Err(NoChannel::ForeignKeys);
        }
        let version = KeyVersion::from_byte(answer.key_version);
        let (keys, whose) = match version {
            Some(KeyVersion::FACTORY) => (StaticKeys::factory(), Keys::Factory),
            version if version == OWN => (own(master, serial)?, Keys::Own),
            _ => return Err(NoChannel::ForeignKeys),
        };
        let level = Level::ENCRYPTION_BOTH;
        let (session, authenticate) =
            host::authenticate(&mut Software, &keys, &challenge, &answer, level).map_err(
                |error| match error {
                    Error::Cryptogram => NoChannel::ForeignKeys,
                    _ => CardFault::Channel.into(),
                },
            )?;
        let answer = self.transmit(&authenticate.command())?;
        if answer.status != Status::OK {
            return Err(refused(Instruction::ExternalAuthenticate, answer.status).into());
        }
        self.channel = Some(session);
        Ok(whose)
    }

    /// PUT KEY: replaces the factory's keys by the card's own. The channel opened with the factory's does
    /// not count for anything else.
    ///
    /// # Errors
    /// [`NoChannel::Fault`], also when the card does not answer with the new keys' check values.
    pub(crate) fn put_own_keys(
        &mut self,
        master: &CardMaster,
        serial: [u8; 4],
    ) -> Result<(), NoChannel> {
        let instruction = Instruction::PutKey;
        let keys = own(master, serial)?;
        let mut buffer = Zeroizing::new([0; put_key::LARGEST]);
        let version = OWN.ok_or(CardFault::Channel)?;
        let dek = StaticKeys::factory();
        let data = put_key::encode(&mut Software, dek.dek(), version, &keys, &mut *buffer)
            .map_err(|_| CardFault::Channel)?;
        let answer = self.must(Plain {
            instruction,
            p1: KeyVersion::FACTORY.to_byte(),
            p2: KEY_IDENTIFIER,
            data,
            long: false,
        })?;
        let expected =
            put_key::answer(&mut Software, version, &keys).map_err(|_| CardFault::Channel)?;
        if *answer == expected {
            Ok(())
        } else {
            Err(malformed(instruction).into())
        }
    }
}

fn own(master: &CardMaster, serial: [u8; 4]) -> Result<StaticKeys, NoChannel> {
    master.channel_keys(serial).map_err(NoChannel::Center)
}
