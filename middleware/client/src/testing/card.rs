//! A card with one seal, as far as its custodian meets it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use sello_card::{CardConnection, CardSession, SealEntry, TransportError};
use sello_wire::tlv::{self, Writer};
use sello_wire::{Channel, Command, Instruction, LifeCycle, Slot, Tag, aid};

use super::authority;

/// The card's memory and what happens to it.
pub(crate) struct Memory {
    pub(crate) life_cycle: LifeCycle,
    pub(crate) transport_pin: bool,
    pub(crate) pin: [u8; 8],
    pub(crate) pin_tries: u8,
    pub(crate) puk_tries: u8,
    /// No longer in the reader.
    pub(crate) pulled: bool,
    /// Pulled right after the PIN was verified.
    pub(crate) pulled_after_pin: bool,
    /// Answers SELECT as a card of another kind does.
    pub(crate) foreign: bool,
    pub(crate) objects: BTreeMap<Vec<u8>, Vec<u8>>,
    serial: u32,
    key: SigningKey,
    verified: bool,
}

const PUK: &[u8; 8] = b"87654321";

#[derive(Clone)]
pub(crate) struct FakeCard(Arc<Mutex<Memory>>);

impl FakeCard {
    /// An operational card with PIN 123456, PUK 87654321 and one seal in slot 9C.
    pub(crate) fn with_seal(serial: u32) -> Self {
        let seed = 10;
        let card = Self(Arc::new(Mutex::new(Memory {
            life_cycle: LifeCycle::Operational,
            transport_pin: false,
            pin: *b"123456\xFF\xFF",
            pin_tries: 3,
            puk_tries: 3,
            pulled: false,
            pulled_after_pin: false,
            foreign: false,
            objects: BTreeMap::new(),
            serial,
            key: authority::key(seed),
            verified: false,
        })));
        card.load(seed);
        card
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap()
    }

    fn load(&self, seed: u8) {
        let mut session = CardSession::open(Box::new(self.clone())).unwrap();
        let mut card = session.exclusive().unwrap();
        let slot = Slot::Signature;
        card.write_certificate(slot, &authority::seal_certificate(seed))
            .unwrap();
        let structure = authority::seal(seed);
        let entry: SealEntry = card
            .write_seal(slot, &structure, &[authority::root()])
            .unwrap();
        card.write_directory(&[entry]).unwrap();
    }
}

impl Channel for FakeCard {
    type Error = TransportError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], TransportError> {
        let mut memory = self.memory();
        if memory.pulled {
            return Err(TransportError::Removed);
        }
        let answer = match memory.answer(&Command::parse(command).unwrap()) {
            Ok(mut data) => {
                data.extend([0x90, 0x00]);
                data
            }
            Err(status) => status.to_be_bytes().to_vec(),
        };
        let room = &mut response[..answer.len()];
        room.copy_from_slice(&answer);
        Ok(room)
    }
}

impl CardConnection for FakeCard {
    fn begin_exclusive(&mut self) -> Result<(), TransportError> {
        Ok(())
    }

    fn end_exclusive(&mut self) -> Result<(), TransportError> {
        Ok(())
    }

    fn atr(&self) -> &[u8] {
        &aid::ATR
    }
}

type Answer = Result<Vec<u8>, u16>;

impl Memory {
    fn answer(&mut self, command: &Command<'_>) -> Answer {
        let instruction =
            Instruction::from_bytes(command.cla, command.ins).map_err(|_| 0x6D00_u16)?;
        let verified = std::mem::take(&mut self.verified);
        match instruction {
            Instruction::Select if self.foreign => Err(0x6A82),
            Instruction::Select => Ok(vec![0x61, 2, 0x4F, 0]),
            Instruction::GetStatus => Ok(self.status()),
            Instruction::GetSerial => Ok(self.serial.to_be_bytes().to_vec()),
            Instruction::PutData => {
                let list = tlv::find(command.data, Tag::TAG_LIST).unwrap().unwrap();
                let content = tlv::find(command.data, Tag::DATA).unwrap().unwrap();
                self.objects.insert(list.to_vec(), content.to_vec());
                Ok(Vec::new())
            }
            Instruction::GetData => self.object(command.data),
            Instruction::Verify => {
                let right = command.data == self.pin;
                count(&mut self.pin_tries, right)?;
                self.verified = true;
                self.pulled = self.pulled_after_pin;
                Ok(Vec::new())
            }
            Instruction::ChangeReferenceData => {
                let (old, new) = command.data.split_at(8);
                let right = old == self.pin;
                count(&mut self.pin_tries, right)?;
                self.set_pin(new)
            }
            Instruction::ResetRetryCounter => {
                let (puk, new) = command.data.split_at(8);
                count(&mut self.puk_tries, puk == PUK)?;
                self.pin_tries = 3;
                self.set_pin(new)
            }
            Instruction::GeneralAuthenticate if !verified => Err(0x6982),
            Instruction::GeneralAuthenticate => Ok(self.sign(command)),
            _ => Err(0x6D00),
        }
    }

    fn set_pin(&mut self, new: &[u8]) -> Answer {
        self.pin.copy_from_slice(new);
        self.transport_pin = false;
        Ok(Vec::new())
    }

    fn status(&self) -> Vec<u8> {
        let flags = u8::from(self.transport_pin);
        let mut out = vec![0xE0, 30, 0x80, 1, self.life_cycle.to_byte(), 0x81, 1, flags];
        out.extend([0x82, 2, self.pin_tries, 3, 0x83, 2, self.puk_tries, 3]);
        out.extend([0x84, 4]);
        out.extend(self.serial.to_be_bytes());
        out.extend([0x85, 4, 0, 0, 0, 1, 0x86, 2, 1, 0]);
        out
    }

    fn object(&self, data: &[u8]) -> Answer {
        let list = tlv::find(data, Tag::TAG_LIST).unwrap().unwrap();
        let content = self.objects.get(list).ok_or(0x6A82_u16)?;
        let mut out = vec![0; content.len() + 8];
        let mut writer = Writer::new(&mut out);
        writer.tlv(Tag::DATA, content).unwrap();
        Ok(writer.finish().to_vec())
    }

    fn sign(&self, command: &Command<'_>) -> Vec<u8> {
        let fields = tlv::find(command.data, Tag::DYNAMIC_AUTHENTICATION)
            .unwrap()
            .unwrap();
        let digest = tlv::find(fields, Tag::CHALLENGE).unwrap().unwrap();
        let signature: DerSignature = self.key.sign_prehash(digest).unwrap();
        let length = u8::try_from(signature.as_bytes().len()).unwrap();
        let mut out = vec![0x7C, length + 2, 0x82, length];
        out.extend(signature.as_bytes());
        out
    }
}

fn count(tries: &mut u8, right: bool) -> Result<(), u16> {
    if *tries == 0 {
        return Err(0x6983);
    }
    if right {
        *tries = 3;
        return Ok(());
    }
    *tries -= 1;
    Err(0x63C0 | u16::from(*tries))
}
