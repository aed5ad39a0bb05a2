//! A card that keeps just enough rules to personalize it, and can be torn away at any command.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use sello_card::{CardConnection, CardSession, TransportError};
use sello_wire::key::FACTORY_MANAGEMENT_KEY;
use sello_wire::pin::{FACTORY_PIN, FACTORY_PUK};
use sello_wire::tlv::{self, Writer};
use sello_wire::{Channel, Command, Instruction, LifeCycle, Tag, aid};

use super::{SERIAL, key, point};

/// The card's memory; it outlives sessions.
pub(crate) struct Memory {
    pub(crate) life_cycle: LifeCycle,
    pub(crate) management_key: Vec<u8>,
    pub(crate) pin: [u8; 8],
    pub(crate) puk: [u8; 8],
    pub(crate) objects: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) key: Option<SigningKey>,
    possession: bool,
    generated: u8,
    authenticated: bool,
    /// Commands until the card is torn away, after it has carried out the last one.
    pub(crate) torn_after: Option<usize>,
    /// Instructions that change the card, in order.
    pub(crate) changes: Vec<Instruction>,
}

#[derive(Clone)]
pub(crate) struct FakeCard(Arc<Mutex<Memory>>);

impl FakeCard {
    pub(crate) fn blank() -> Self {
        Self(Arc::new(Mutex::new(Memory {
            life_cycle: LifeCycle::Blank,
            management_key: FACTORY_MANAGEMENT_KEY.to_vec(),
            pin: FACTORY_PIN,
            puk: FACTORY_PUK,
            objects: BTreeMap::new(),
            key: None,
            possession: false,
            generated: 0,
            authenticated: false,
            torn_after: None,
            changes: Vec::new(),
        })))
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap()
    }

    /// Puts the card into the reader: rights are gone.
    pub(crate) fn insert(&self) -> CardSession {
        let mut memory = self.memory();
        memory.authenticated = false;
        memory.torn_after = None;
        drop(memory);
        CardSession::open(Box::new(self.clone())).unwrap()
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
        if memory.torn_after == Some(0) {
            return Err(TransportError::Removed);
        }
        let answer = match memory.answer(&Command::parse(command).unwrap()) {
            Ok(mut data) => {
                data.extend([0x90, 0x00]);
                data
            }
            Err(status) => status.to_be_bytes().to_vec(),
        };
        if let Some(left) = memory.torn_after.as_mut() {
            *left -= 1;
            if *left == 0 {
                return Err(TransportError::Removed);
            }
        }
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
        let answer = self.carry_out(instruction, command)?;
        let reads = matches!(
            instruction,
            Instruction::Select
                | Instruction::GetStatus
                | Instruction::GetData
                | Instruction::GetMetadata
                | Instruction::Verify
        ) || command.p2 == 0x9B;
        if !reads {
            self.changes.push(instruction);
        }
        Ok(answer)
    }

    fn carry_out(&mut self, instruction: Instruction, command: &Command<'_>) -> Answer {
        let personalizing = self.life_cycle == LifeCycle::Personalizing;
        match instruction {
            Instruction::Select => Ok(vec![0x61, 2, 0x4F, 0]),
            Instruction::GetStatus => Ok(self.status()),
            Instruction::GetMetadata => self.metadata(command.p2),
            Instruction::GeneralAuthenticate if command.p2 == 0x9B => self.authenticate(command),
            Instruction::SetStatus => self.set_status(command.p1),
            Instruction::GetData => self.object(command.data),
            Instruction::Verify if command.p1 == 0xFF => Ok(Vec::new()),
            Instruction::Verify if command.data == self.pin => Ok(Vec::new()),
            Instruction::Verify => Err(0x63C2),
            _ if !personalizing => Err(0x6985),
            Instruction::ChangeReferenceData => self.change(command),
            _ if !self.authenticated => Err(0x6982),
            Instruction::SetManagementKey => {
                self.management_key = command.data[3..].to_vec();
                self.authenticated = false;
                Ok(Vec::new())
            }
            Instruction::GenerateAsymmetricKeyPair => Ok(self.generate()),
            Instruction::GeneralAuthenticate => self.sign(command),
            Instruction::PutData => {
                let list = tlv::find(command.data, Tag::TAG_LIST).unwrap().unwrap();
                let content = tlv::find(command.data, Tag::DATA).unwrap().unwrap();
                self.objects.insert(list.to_vec(), content.to_vec());
                Ok(Vec::new())
            }
            _ => Err(0x6D00),
        }
    }

    fn status(&self) -> Vec<u8> {
        let mut out = vec![0xE0, 30, 0x80, 1, self.life_cycle.to_byte()];
        out.extend([0x81, 1, 0, 0x82, 2, 3, 3, 0x83, 2, 3, 3, 0x84, 4]);
        out.extend(SERIAL.to_be_bytes());
        out.extend([0x85, 4, 0, 0, 0, 1, 0x86, 2, 1, 0]);
        out
    }

    fn metadata(&self, reference: u8) -> Answer {
        match reference {
            0x80 => Ok(vec![0x05, 1, u8::from(self.pin == FACTORY_PIN)]),
            0x81 => Ok(vec![0x05, 1, u8::from(self.puk == FACTORY_PUK)]),
            _ => {
                let key = self.key.as_ref().ok_or(0x6A88_u16)?;
                let mut out = vec![0x04, 67, 0x86, 65];
                out.extend(point(key));
                Ok(out)
            }
        }
    }

    /// Witness and challenge are both encrypted by the card; a witness is never checked against an
    /// earlier one here, only against the fixed block.
    fn authenticate(&mut self, command: &Command<'_>) -> Answer {
        let algorithm = if self.management_key.len() == 24 {
            0x0A
        } else {
            0x0C
        };
        if command.p1 != algorithm {
            return Err(0x6A86);
        }
        let fields = tlv::find(command.data, Tag::DYNAMIC_AUTHENTICATION)
            .unwrap()
            .unwrap();
        let witness = tlv::find(fields, Tag::WITNESS).unwrap().unwrap();
        let (tag, block) = if witness.is_empty() {
            (0x80, [0x5A; 16])
        } else if witness == [0x5A; 16] {
            self.authenticated = true;
            let challenge = tlv::find(fields, Tag::CHALLENGE).unwrap().unwrap();
            (0x82, challenge.try_into().unwrap())
        } else {
            return Err(0x6982);
        };
        let mut out = vec![0x7C, 18, tag, 16];
        out.extend(self.encrypt(block));
        Ok(out)
    }

    fn encrypt(&self, block: [u8; 16]) -> [u8; 16] {
        let mut block = Array::from(block);
        if self.management_key.len() == 24 {
            let cipher = aes::Aes192::new_from_slice(&self.management_key).unwrap();
            cipher.encrypt_block(&mut block);
        } else {
            let cipher = aes::Aes256::new_from_slice(&self.management_key).unwrap();
            cipher.encrypt_block(&mut block);
        }
        block.into()
    }

    fn set_status(&mut self, target: u8) -> Answer {
        if !self.authenticated {
            return Err(0x6982);
        }
        match (self.life_cycle, LifeCycle::from_byte(target)) {
            (LifeCycle::Blank | LifeCycle::Personalizing, Some(LifeCycle::Personalizing)) => {
                self.life_cycle = LifeCycle::Personalizing;
                self.objects.clear();
                self.key = None;
                (self.pin, self.puk) = (FACTORY_PIN, FACTORY_PUK);
                Ok(Vec::new())
            }
            (LifeCycle::Personalizing, Some(LifeCycle::Operational))
                if self.pin != FACTORY_PIN && self.puk != FACTORY_PUK && self.key.is_some() =>
            {
                self.life_cycle = LifeCycle::Operational;
                Ok(Vec::new())
            }
            _ => Err(0x6985),
        }
    }

    fn object(&self, data: &[u8]) -> Answer {
        let list = tlv::find(data, Tag::TAG_LIST).unwrap().unwrap();
        let content = self.objects.get(list).ok_or(0x6A82_u16)?;
        let mut out = vec![0; content.len() + 8];
        let mut writer = Writer::new(&mut out);
        writer.tlv(Tag::DATA, content).unwrap();
        Ok(writer.finish().to_vec())
    }

    fn change(&mut self, command: &Command<'_>) -> Answer {
        let (old, new) = command.data.split_at(8);
        let value = if command.p2 == 0x80 {
            &mut self.pin
        } else {
            &mut self.puk
        };
        if old != value {
            return Err(0x63C2);
        }
        value.copy_from_slice(new);
        Ok(Vec::new())
    }

    fn generate(&mut self) -> Vec<u8> {
        self.generated += 1;
        let key = key(self.generated);
        let mut out = vec![0x7F, 0x49, 67, 0x86, 65];
        out.extend(point(&key));
        self.key = Some(key);
        self.possession = true;
        out
    }

    fn sign(&mut self, command: &Command<'_>) -> Answer {
        if !std::mem::take(&mut self.possession) {
            return Err(0x6985);
        }
        let fields = tlv::find(command.data, Tag::DYNAMIC_AUTHENTICATION)
            .unwrap()
            .unwrap();
        let digest = tlv::find(fields, Tag::CHALLENGE).unwrap().unwrap();
        let signature: DerSignature = self.key.as_ref().unwrap().sign_prehash(digest).unwrap();
        let length = u8::try_from(signature.as_bytes().len()).unwrap();
        let mut out = vec![0x7C, length + 2, 0x82, length];
        out.extend(signature.as_bytes());
        Ok(out)
    }
}
