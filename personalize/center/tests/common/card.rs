//! A card that keeps just enough rules to personalize it through a secure channel, and the reader it is in,
//! from which it can be torn at any command.

use std::collections::BTreeMap;

use der::Encode;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use sello_issuing::station::{CardLost, Mark, Relay, Step};
use sello_profile::certificate::card_name;
use sello_scp03::card::{Pending, Session};
use sello_scp03::static_keys::diversification_data;
use sello_scp03::{
    InitializeUpdateResponse, KeyVersion, LARGEST_OVERHEAD, Software, StaticKeys, put_key,
};
use sello_wire::pin::{FACTORY_PIN, FACTORY_PUK};
use sello_wire::tlv::{self, Writer};
use sello_wire::{Command, Instruction, LifeCycle, ObjectTag, Status, Tag, object};

/// Tears the card away.
#[derive(Clone, Copy)]
pub enum Fuse {
    Never,
    /// After so many commands, before the next one reaches the card.
    Before(usize),
    /// As the last of so many commands is carried out: its answer is lost.
    Answering(usize),
    /// Once the center has come this far.
    At(Step, Mark),
    Blown,
}

impl Fuse {
    pub fn never() -> Self {
        Self::Never
    }

    fn command(&mut self) -> Result<(), CardLost> {
        match self {
            Self::Before(0) | Self::Answering(0) => *self = Self::Blown,
            Self::Before(left) => *left -= 1,
            _ => {}
        }
        match self {
            Self::Blown => Err(CardLost),
            _ => Ok(()),
        }
    }

    fn answer(&mut self) -> Result<(), CardLost> {
        match self {
            Self::Answering(1) => *self = Self::Blown,
            Self::Answering(left) => *left -= 1,
            _ => {}
        }
        match self {
            Self::Blown => Err(CardLost),
            _ => Ok(()),
        }
    }
}

/// The channel, and whether it was opened with the keys every blank card has.
enum Channel {
    Closed,
    Begun(Pending, bool),
    Open(Session, bool),
}

pub type Meddle = fn(&mut FakeCard, Instruction);

/// A card in a reader.
pub struct FakeCard {
    pub serial: [u8; 4],
    pub life_cycle: LifeCycle,
    pub keys: Option<StaticKeys>,
    pub key: Option<SigningKey>,
    pub objects: BTreeMap<u32, Vec<u8>>,
    pub pin: [u8; 8],
    pub puk: [u8; 8],
    pub approver: Option<[u8; 8]>,
    pub contact_only: bool,
    /// Instructions that changed the card, in order.
    pub changes: Vec<Instruction>,
    /// Steps as the center told them.
    pub heard: Vec<(Step, Mark)>,
    /// Somebody between the commands.
    pub meddle: Option<Meddle>,
    /// Every command as it came over the cable.
    pub cable: Vec<u8>,
    pub keys_made: u8,
    /// The key that attests, and whether the card knows ATTEST.
    pub attestation_key: Option<SigningKey>,
    pub attests: bool,
    /// What the card will say of the key in `9C`.
    pub slot: u8,
    pub policies: [u8; 2],
    possession: bool,
    channel: Channel,
    fuse: Fuse,
}

type Answer = Result<Vec<u8>, Status>;

impl FakeCard {
    pub fn new(serial: u8) -> Self {
        Self {
            serial: [0, 0, 0, serial],
            life_cycle: LifeCycle::Blank,
            keys: None,
            key: None,
            objects: BTreeMap::new(),
            pin: FACTORY_PIN,
            puk: FACTORY_PUK,
            approver: None,
            contact_only: false,
            changes: Vec::new(),
            heard: Vec::new(),
            meddle: None,
            cable: Vec::new(),
            keys_made: 0,
            attestation_key: None,
            attests: true,
            slot: 0x9C,
            policies: [3, 0],
            possession: false,
            channel: Channel::Closed,
            fuse: Fuse::Never,
        }
    }

    /// Puts the card into the reader: rights are gone.
    pub fn insert(&mut self, fuse: Fuse) {
        self.channel = Channel::Closed;
        self.fuse = fuse;
    }

    pub fn point(&self) -> Option<Vec<u8>> {
        let key = self.key.as_ref()?;
        Some(key.verifying_key().to_sec1_point(false).as_bytes().to_vec())
    }

    pub fn certificate(&self) -> Vec<u8> {
        let content = &self.objects[&0x5F_C10A];
        tlv::find(content, Tag::CERTIFICATE)
            .unwrap()
            .unwrap()
            .to_vec()
    }

    pub fn seal(&self) -> Vec<u8> {
        let chunks = self.objects.range(0x5F_E000..0x5F_E040);
        let bytes =
            chunks.map(|(_, content)| tlv::find(content, Tag(0x81)).unwrap().unwrap().to_vec());
        bytes.collect::<Vec<_>>().concat()
    }

    /// SET STATUS personalizing: keys and objects go, codes are the factory's again.
    pub fn wipe(&mut self) {
        self.life_cycle = LifeCycle::Personalizing;
        self.key = None;
        self.attestation_key = None;
        self.objects.clear();
        (self.pin, self.puk, self.approver) = (FACTORY_PIN, FACTORY_PUK, None);
    }

    fn process(&mut self, bytes: &[u8]) -> Vec<u8> {
        let command = Command::parse(bytes).unwrap();
        let instruction = Instruction::from_bytes(command.cla, command.ins).unwrap();
        if command.cla & 0x04 == 0 {
            return finish(self.plain(instruction, &command));
        }
        match instruction {
            Instruction::ExternalAuthenticate => finish(self.authenticate(&command)),
            _ => self.wrapped(instruction, &command),
        }
    }

    fn wrapped(&mut self, instruction: Instruction, command: &Command<'_>) -> Vec<u8> {
        let channel = std::mem::replace(&mut self.channel, Channel::Closed);
        let Channel::Open(mut session, factory) = channel else {
            return finish(Err(Status::SECURITY_STATUS_NOT_SATISFIED));
        };
        let mut data = command.data.to_vec();
        let header = [command.cla, command.ins, command.p1, command.p2];
        let Ok(length) = session.unwrap(&mut Software, header, &mut data) else {
            return finish(Err(Status::SECURITY_STATUS_NOT_SATISFIED));
        };
        let plain = Command {
            data: &data[..length],
            ..*command
        };
        if let Some(meddle) = self.meddle {
            meddle(self, instruction);
        }
        let (mut answer, status) = match self.administer(instruction, &plain, factory) {
            Ok(answer) => (answer, Status::OK),
            Err(status) => (Vec::new(), status),
        };
        let length = answer.len();
        answer.resize(length + LARGEST_OVERHEAD, 0);
        let length = session
            .wrap_response(&mut Software, &mut answer, length, status)
            .unwrap();
        answer.truncate(length);
        answer.extend(status.to_bytes());
        self.channel = Channel::Open(session, factory);
        answer
    }

    /// What anybody may ask.
    fn plain(&mut self, instruction: Instruction, command: &Command<'_>) -> Answer {
        match instruction {
            Instruction::GetStatus => Ok(self.status()),
            Instruction::GetMetadata => self.metadata(command.p2),
            Instruction::GetData => self.object(command.data),
            Instruction::InitializeUpdate => self.initialize(command),
            _ => Err(Status::SECURITY_STATUS_NOT_SATISFIED),
        }
    }

    fn static_keys(&self) -> (StaticKeys, KeyVersion) {
        match &self.keys {
            None => (StaticKeys::factory(), KeyVersion::FACTORY),
            Some(keys) => (keys.clone(), KeyVersion::new(1).unwrap()),
        }
    }

    fn initialize(&mut self, command: &Command<'_>) -> Answer {
        let (keys, version) = self.static_keys();
        let card_challenge = [self.keys_made; 8];
        let challenge = command.data.try_into().unwrap();
        let pending = Pending::begin(&mut Software, &keys, challenge, &card_challenge).unwrap();
        let answer = InitializeUpdateResponse {
            diversification_data: diversification_data(self.serial),
            key_version: version.to_byte(),
            card_challenge,
            card_cryptogram: *pending.card_cryptogram(),
            sequence_counter: None,
        };
        self.channel = Channel::Begun(pending, version == KeyVersion::FACTORY);
        Ok(answer.to_bytes().to_vec())
    }

    fn authenticate(&mut self, command: &Command<'_>) -> Answer {
        let channel = std::mem::replace(&mut self.channel, Channel::Closed);
        let Channel::Begun(pending, factory) = channel else {
            return Err(Status::CONDITIONS_NOT_SATISFIED);
        };
        let session = pending
            .authenticate(&mut Software, command)
            .map_err(|_| Status::SECURITY_STATUS_NOT_SATISFIED)?;
        self.channel = Channel::Open(session, factory);
        Ok(Vec::new())
    }

    /// What came through the channel.
    fn administer(
        &mut self,
        instruction: Instruction,
        command: &Command<'_>,
        factory: bool,
    ) -> Answer {
        let answer = match instruction {
            Instruction::GetStatus | Instruction::GetMetadata | Instruction::GetData => {
                return self.plain(instruction, command);
            }
            Instruction::Verify if command.p1 == 0xFF => return Ok(Vec::new()),
            Instruction::Verify if command.data == self.pin => return Ok(Vec::new()),
            Instruction::Verify => return Err(Status::wrong_pin(2)),
            Instruction::PutKey => self.put_key(command),
            _ if factory => Err(Status::CONDITIONS_NOT_SATISFIED),
            Instruction::SetStatus => self.set_status(command.p1),
            Instruction::CenterUnblock if self.life_cycle == LifeCycle::Operational => {
                let code: [u8; 8] = command.data.try_into().unwrap();
                match command.p2 {
                    0x80 => self.pin = code,
                    _ => self.approver = Some(code),
                }
                Ok(Vec::new())
            }
            _ if self.life_cycle != LifeCycle::Personalizing => {
                Err(Status::CONDITIONS_NOT_SATISFIED)
            }
            Instruction::SetCardPolicy => {
                self.contact_only = command.p1 == 0x10;
                Ok(Vec::new())
            }
            Instruction::ChangeApprover => {
                self.approver = command.data.try_into().ok();
                Ok(Vec::new())
            }
            Instruction::ChangeReferenceData => self.change(command),
            Instruction::GenerateAsymmetricKeyPair => Ok(self.generate(command.p2)),
            Instruction::SetKeyPolicy => {
                let fields = tlv::find(command.data, Tag::KEY_POLICY).unwrap().unwrap();
                let [0x80, 1, pin, 0x81, 1, dual_control] = *fields else {
                    return Err(Status::INCORRECT_DATA);
                };
                self.policies = [pin, dual_control];
                Ok(Vec::new())
            }
            Instruction::Attest if self.attests => return Ok(self.attest()),
            Instruction::Attest => return Err(Status::INSTRUCTION_NOT_SUPPORTED),
            Instruction::GeneralAuthenticate => self.sign(command),
            Instruction::PutData => {
                let (tag, content) = named(command.data);
                assert!(content.len() <= object::LARGEST_CONTENT);
                self.objects.insert(tag.0, content.to_vec());
                Ok(Vec::new())
            }
            other => panic!("{other:?} is not in the script"),
        };
        if answer.is_ok() {
            self.changes.push(instruction);
        }
        answer
    }

    fn put_key(&mut self, command: &Command<'_>) -> Answer {
        let (keys, _) = self.static_keys();
        let put = put_key::decode(&mut Software, keys.dek(), command.data);
        let (version, keys) = put.map_err(|_| Status::INCORRECT_DATA)?;
        let answer = put_key::answer(&mut Software, version, &keys).unwrap();
        self.keys = Some(keys);
        Ok(answer.to_vec())
    }

    fn status(&self) -> Vec<u8> {
        let mut out = vec![0xE0, 12, 0x80, 1, self.life_cycle.to_byte(), 0x81, 1, 0];
        out.extend([0x84, 4]);
        out.extend(self.serial);
        out
    }

    fn metadata(&self, reference: u8) -> Answer {
        match reference {
            0x80 => Ok(vec![0x05, 1, u8::from(self.pin == FACTORY_PIN)]),
            0x81 => Ok(vec![0x05, 1, u8::from(self.puk == FACTORY_PUK)]),
            _ => {
                let mut out = vec![0x04, 67, 0x86, 65];
                out.extend(self.point().ok_or(Status::REFERENCE_NOT_FOUND)?);
                Ok(out)
            }
        }
    }

    fn set_status(&mut self, target: u8) -> Answer {
        use LifeCycle::{Blank, Operational, Personalizing, Terminated};
        match (self.life_cycle, LifeCycle::from_byte(target)) {
            (_, Some(Terminated)) => {
                self.wipe();
                self.life_cycle = Terminated;
                Ok(Vec::new())
            }
            (Blank | Personalizing, Some(Personalizing)) => {
                self.wipe();
                Ok(Vec::new())
            }
            (Personalizing, Some(Operational))
                if self.pin != FACTORY_PIN && self.puk != FACTORY_PUK && self.key.is_some() =>
            {
                self.life_cycle = Operational;
                Ok(Vec::new())
            }
            _ => Err(Status::CONDITIONS_NOT_SATISFIED),
        }
    }

    fn object(&self, list: &[u8]) -> Answer {
        let tag = tlv::find(list, Tag::TAG_LIST).unwrap().unwrap();
        let tag = tag.iter().fold(0, |tag, byte| tag << 8 | u32::from(*byte));
        assert!(!ObjectTag(tag).needs_pin_to_read());
        let content = self.objects.get(&tag).ok_or(Status::NOT_FOUND)?;
        let mut out = vec![0; content.len() + 8];
        let mut writer = Writer::new(&mut out);
        writer.tlv(Tag::DATA, content).unwrap();
        Ok(writer.finish().to_vec())
    }

    fn change(&mut self, command: &Command<'_>) -> Answer {
        let (old, new) = command.data.split_at(8);
        let value = match command.p2 {
            0x80 => &mut self.pin,
            _ => &mut self.puk,
        };
        if old != value {
            return Err(Status::wrong_pin(2));
        }
        value.copy_from_slice(new);
        Ok(Vec::new())
    }

    fn generate(&mut self, slot: u8) -> Vec<u8> {
        self.keys_made += 1;
        let mut scalar = [self.keys_made; 32];
        scalar[..4].copy_from_slice(&self.serial);
        let key = SigningKey::from_slice(&scalar).unwrap();
        let mut out = vec![0x7F, 0x49, 67, 0x86, 65];
        out.extend(key.verifying_key().to_sec1_point(false).as_bytes());
        if slot == 0xF9 {
            self.attestation_key = Some(key);
        } else {
            self.key = Some(key);
            self.policies = [3, 0];
            self.possession = true;
        }
        out
    }

    /// The certificate that a card makes for a key (`specs/card.md`).
    fn attest(&self) -> Vec<u8> {
        let serial = u32::from_be_bytes(self.serial);
        let own = |leaf, value: &[u8]| {
            const ARC: [u8; 20] = [
                0x69, 0x83, 0xD2, 0x8B, 0xCA, 0xF9, 0xF7, 0xEF, 0x82, 0xB8, 0x83, 0x93, 0xC4, 0xCC,
                0xB6, 0xCB, 0xF2, 0xBA, 0xAE, 0x31,
            ];
            let oid = element(0x06, &[&ARC, &[5, leaf]]);
            element(0x30, &[&oid, &element(0x04, &[value])])
        };
        let [pin, dual_control] = self.policies;
        let extensions = [
            own(1, &element(0x04, &[&[5, 7, 0]])),
            own(2, &element(0x02, &[&[serial.to_be_bytes()[3]]])),
            own(3, &element(0x04, &[&[pin, 1, dual_control]])),
            own(4, &element(0x04, &[&[self.slot]])),
        ]
        .concat();
        let ecdsa = element(0x30, &[&[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]]);
        let p256 = [
            6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7,
        ];
        let point = element(0x03, &[&[0], &self.point().unwrap()]);
        let years = [
            element(0x17, &[b"000101000000Z"]),
            element(0x18, &[b"99991231235959Z"]),
        ];
        let name = card_name(serial).unwrap().to_der().unwrap();
        let tbs = element(
            0x30,
            &[
                &element(0xA0, &[&[2, 1, 2]]),
                &element(0x02, &[&[0x41; 16]]),
                &ecdsa,
                &name,
                &element(0x30, &[&years.concat()]),
                &name,
                &element(0x30, &[&element(0x30, &[&p256]), &point]),
                &element(0xA3, &[&element(0x30, &[&extensions])]),
            ],
        );
        let key = self.attestation_key.as_ref().unwrap();
        let signature: DerSignature = key.sign(&tbs);
        let signature = element(0x03, &[&[0], signature.as_bytes()]);
        element(0x30, &[&tbs, &ecdsa, &signature])
    }

    fn sign(&mut self, command: &Command<'_>) -> Answer {
        if !std::mem::take(&mut self.possession) {
            return Err(Status::CONDITIONS_NOT_SATISFIED);
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

/// A TLV of parts; its length is DER's.
fn element(tag: u32, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let mut out = vec![0; value.len() + 8];
    let mut writer = Writer::new(&mut out);
    writer.tlv(Tag(tag), &value).unwrap();
    writer.finish().to_vec()
}

fn finish(answer: Answer) -> Vec<u8> {
    match answer {
        Ok(mut data) => {
            data.extend(Status::OK.to_bytes());
            data
        }
        Err(status) => status.to_bytes().to_vec(),
    }
}

/// Tag and content of PUT DATA.
fn named(data: &[u8]) -> (ObjectTag, &[u8]) {
    let list = tlv::find(data, Tag::TAG_LIST).unwrap().unwrap();
    let tag = list.iter().fold(0, |tag, byte| tag << 8 | u32::from(*byte));
    let content = tlv::find(data, Tag::DATA).unwrap().unwrap();
    (ObjectTag(tag), content)
}

impl Relay for FakeCard {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardLost> {
        self.fuse.command()?;
        self.cable.extend(command);
        let answer = self.process(command);
        self.fuse.answer()?;
        Ok(answer)
    }

    fn progress(&mut self, step: Step, mark: Mark) {
        self.heard.push((step, mark));
        if matches!(self.fuse, Fuse::At(at, when) if (at, when) == (step, mark)) {
            self.fuse = Fuse::Blown;
        }
    }
}
