//! A card with one seal, as far as its custodian meets it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use p256::ecdsa::signature::Signer;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use sello_card::{CardConnection, CardSession, SealEntry, TransportError};
use sello_wire::journal::STATEMENT_PREFIX;
use sello_wire::tag::batch;
use sello_wire::tlv::{self, Writer};
use sello_wire::{Channel, Command, Instruction, LifeCycle, Slot, Tag, aid};

use sha2::{Digest, Sha256};

use super::authority;

/// The seed of the attestation key.
const ATTESTATION: u8 = 11;

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
    /// Bytes of GET KEY POLICY: PIN policy and dual control; none for a card that has no such thing.
    pub(crate) policy: Option<[u8; 2]>,
    pub(crate) approvals: u16,
    pub(crate) approver_pin: [u8; 8],
    pub(crate) approver_tries: u8,
    pub(crate) approver_transport_pin: bool,
    /// Pulled right before the signature with this index in a batch.
    pub(crate) pulled_at: Option<u16>,
    /// Root and count of the batch announced, and whether the PIN was given after it.
    pub(crate) batch: Option<(Vec<u8>, bool)>,
    /// Entries as the card stores them.
    pub(crate) journal: Vec<Vec<u8>>,
    /// Passes the journal's head of another card on.
    pub(crate) relays: Option<u32>,
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
            policy: None,
            approvals: 0,
            approver_pin: *b"445566\xFF\xFF",
            approver_tries: 3,
            approver_transport_pin: false,
            pulled_at: None,
            batch: None,
            journal: Vec::new(),
            relays: None,
            serial,
            key: authority::key(seed),
            verified: false,
        })));
        card.load(seed);
        card
    }

    /// As [`FakeCard::with_seal`], of card edge 2.0: a key for batches, perhaps under dual control.
    pub(crate) fn counted(serial: u32, dual_control: bool) -> Self {
        let card = Self::with_seal(serial);
        card.memory().policy = Some([4, u8::from(dual_control)]);
        let certificate = authority::card_certificate(serial, ATTESTATION);
        card.keep_attestation_certificate(&certificate);
        card
    }

    /// As the center writes it: certificate, no compression, no error detection code.
    pub(crate) fn keep_attestation_certificate(&self, der: &[u8]) {
        let mut content = vec![0; der.len() + 16];
        let mut writer = Writer::new(&mut content);
        writer.tlv(Tag::CERTIFICATE, der).unwrap();
        writer.tlv(Tag::CERT_INFO, &[0]).unwrap();
        let content = writer.finish().to_vec();
        let list = [0x5F, 0xFF, 0x01].to_vec();
        self.memory().objects.insert(list, content);
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
        let answer = memory.answer(&Command::parse(command).unwrap());
        if memory.pulled && !memory.pulled_after_pin {
            return Err(TransportError::Removed);
        }
        let answer = match answer {
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
            Instruction::Verify if command.p1 == 0xFF => {
                self.batch = None;
                Ok(Vec::new())
            }
            Instruction::Verify => {
                let right = command.data == self.pin;
                count(&mut self.pin_tries, right)?;
                if let Some((_, allowed)) = &mut self.batch {
                    *allowed = true;
                }
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
            Instruction::GeneralAuthenticate => self.stamp(1, command),
            _ => self.answer_edge_2(instruction, command),
        }
    }

    /// What only cards of edge 2.0 know.
    fn answer_edge_2(&mut self, instruction: Instruction, command: &Command<'_>) -> Answer {
        let [pin_policy, dual_control] = self.policy.ok_or(0x6D00_u16)?;
        match instruction {
            Instruction::GetKeyPolicy => {
                let mut out = vec![0xE5, 10, 0x80, 1, pin_policy, 0x81, 1, dual_control];
                out.extend([0x82, 2]);
                out.extend(self.approvals.to_be_bytes());
                Ok(out)
            }
            Instruction::Approve => {
                let (pin, rest) = command.data.split_at(8);
                count(&mut self.approver_tries, pin == self.approver_pin)?;
                self.approvals = u16::from_be_bytes([rest[1], rest[2]]);
                Ok(Vec::new())
            }
            Instruction::ChangeApprover => {
                let (old, new) = command.data.split_at(8);
                count(&mut self.approver_tries, old == self.approver_pin)?;
                self.approver_pin.copy_from_slice(new);
                self.approver_transport_pin = false;
                Ok(Vec::new())
            }
            Instruction::AnnounceBatch => {
                self.batch = Some((command.data.to_vec(), false));
                Ok(Vec::new())
            }
            Instruction::SignInBatch if !matches!(self.batch, Some((_, true))) => Err(0x6982),
            Instruction::SignInBatch => {
                let fields = tlv::find(command.data, Tag::DYNAMIC_AUTHENTICATION);
                let index = tlv::find(fields.unwrap().unwrap(), batch::INDEX);
                if index.unwrap()
                    == self
                        .pulled_at
                        .map(u16::to_be_bytes)
                        .as_ref()
                        .map(|i| &i[..])
                {
                    self.pulled = true;
                }
                self.stamp(3, command)
            }
            Instruction::ReadJournal => {
                let number = |n: usize| u32::try_from(n).unwrap().to_be_bytes();
                let mut entries = Vec::new();
                for entry in &self.journal {
                    entries.extend([0x82, u8::try_from(entry.len()).unwrap()]);
                    entries.extend(entry);
                }
                let mut fields = [&[0x80, 4][..], &number(1), &[0x81, 4]].concat();
                fields.extend(number(self.journal.len()));
                fields.extend(entries);
                let mut out = vec![0; fields.len() + 8];
                let mut writer = Writer::new(&mut out);
                writer.tlv(Tag::JOURNAL, &fields).unwrap();
                Ok(writer.finish().to_vec())
            }
            Instruction::AttestJournal => Ok(self.attest(command.data)),
            _ => Err(0x6D00),
        }
    }

    /// The head, signed by an attestation key.
    fn attest(&self, nonce: &[u8]) -> Vec<u8> {
        let counter = u32::try_from(self.journal.len()).unwrap().to_be_bytes();
        let chain = chain_of(&self.journal);
        let serial = self.relays.unwrap_or(self.serial).to_be_bytes();
        let statement = [STATEMENT_PREFIX, &serial[..], &counter, &chain, nonce].concat();
        let signature: DerSignature = authority::key(ATTESTATION).sign(&statement);
        let signature = signature.as_bytes();
        let length = u8::try_from(signature.len()).unwrap();
        let mut out = vec![0xE4, 0x81, 48 + length, 0x80, 4];
        out.extend(serial);
        out.extend([&[0x81, 4][..], &counter, &[0x82, 32], &chain].concat());
        out.extend([0x83, length]);
        out.extend(signature);
        out
    }

    /// Counts the stamping, then signs.
    fn stamp(&mut self, kind: u8, command: &Command<'_>) -> Answer {
        if self.pulled {
            return Ok(Vec::new());
        }
        if let Some([_, 1]) = self.policy {
            self.approvals = self.approvals.checked_sub(1).ok_or(0x6985_u16)?;
        }
        let (digest, answer) = self.sign(command);
        let counter = u32::try_from(self.journal.len() + 1).unwrap();
        let mut entry = counter.to_be_bytes().to_vec();
        entry.extend([kind, 0x9C]);
        entry.extend([7; 8]);
        entry.push(32);
        entry.extend(digest);
        let before = chain_of(&self.journal);
        let chain = Sha256::new().chain_update(before).chain_update(&entry);
        entry.extend(chain.finalize());
        self.journal.push(entry);
        Ok(answer)
    }

    fn set_pin(&mut self, new: &[u8]) -> Answer {
        self.pin.copy_from_slice(new);
        self.transport_pin = false;
        Ok(Vec::new())
    }

    fn status(&self) -> Vec<u8> {
        let flags = u8::from(self.transport_pin) | u8::from(self.approver_transport_pin) << 2;
        let mut out = vec![0xE0, 30, 0x80, 1, self.life_cycle.to_byte(), 0x81, 1, flags];
        out.extend([0x82, 2, self.pin_tries, 3, 0x83, 2, self.puk_tries, 3]);
        out.extend([0x84, 4]);
        out.extend(self.serial.to_be_bytes());
        out.extend([0x85, 4, 0, 0, 0, 1, 0x86, 2]);
        let Some([_, dual_control]) = self.policy else {
            out.extend([1, 0]);
            return out;
        };
        let (left, total) = (self.approver_tries * dual_control, 3 * dual_control);
        out.extend([2, 0, 0x87, 2, left, total, 0x88, 4]);
        out.extend(u32::try_from(self.journal.len()).unwrap().to_be_bytes());
        out[1] = u8::try_from(out.len() - 2).unwrap();
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

    fn sign(&self, command: &Command<'_>) -> (Vec<u8>, Vec<u8>) {
        let fields = tlv::find(command.data, Tag::DYNAMIC_AUTHENTICATION)
            .unwrap()
            .unwrap();
        let digest = tlv::find(fields, Tag::CHALLENGE).unwrap().unwrap();
        let signature: DerSignature = self.key.sign_prehash(digest).unwrap();
        let length = u8::try_from(signature.as_bytes().len()).unwrap();
        let mut out = vec![0x7C, length + 2, 0x82, length];
        out.extend(signature.as_bytes());
        (digest.to_vec(), out)
    }
}

/// The chain value after the last of these entries.
fn chain_of(journal: &[Vec<u8>]) -> [u8; 32] {
    journal
        .last()
        .map_or([0; 32], |entry| *entry.last_chunk().unwrap())
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
