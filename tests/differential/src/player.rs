//! Plays a script on a fresh pair of cards.

use sello_conformance::terminal::{decrypt, encrypt, field};
use sello_simulator::{CardError, SimulatedCard};
use sello_wire::channel::Channel;
use sello_wire::key::FACTORY_MANAGEMENT_KEY;
use sello_wire::tag::Tag;
use thiserror::Error;

use crate::other_card::OtherCard;
use crate::script::{Action, Step};
use crate::shape::{Known, shape};
use crate::store::encrypt_tdes;

/// What both cards are given before the first step: the other has no AES-192, ours no triple DES.
const MANAGEMENT_KEY: [u8; 32] = *b"differential management key 0123";
const WRONG_KEY: [u8; 32] = *b"another key that no card has got";
const CHALLENGE: [u8; 16] = *b"differential sel";
const SELECT: [u8; 16] = [0, 0xA4, 4, 0, 11, 0xA0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0];

/// Both cards' answers to one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Label of the step.
    pub label: String,
    /// Shape of Sello's answer.
    pub sello: String,
    /// Shape of the other's.
    pub other: String,
}

/// Why the cards could not be set up.
#[derive(Debug, Error)]
pub enum PlayError {
    /// Sello's card did not start.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A card did not take the common management key.
    #[error("the {0} card did not take the management key")]
    NoManagementKey(&'static str),
}

/// Sends a command; data and status word of the whole answer, `None` for a card that failed.
trait Card {
    fn send(&mut self, command: &[u8]) -> Option<(Vec<u8>, u16)>;
    fn reset(&mut self) -> Result<(), CardError>;
}

impl Card for SimulatedCard {
    fn send(&mut self, command: &[u8]) -> Option<(Vec<u8>, u16)> {
        let mut all = Vec::new();
        let mut command = command.to_vec();
        loop {
            let mut buffer = vec![0; 70_000];
            let answer = self.transmit(&command, &mut buffer).ok()?;
            let (data, status) = answer.split_last_chunk()?;
            all.extend_from_slice(data);
            match *status {
                [0x61, left] => command = vec![0, 0xC0, 0, 0, left],
                status => return Some((all, u16::from_be_bytes(status))),
            }
        }
    }

    fn reset(&mut self) -> Result<(), CardError> {
        Self::reset(self)
    }
}

impl Card for OtherCard {
    fn send(&mut self, command: &[u8]) -> Option<(Vec<u8>, u16)> {
        self.transmit(command)
    }

    fn reset(&mut self) -> Result<(), CardError> {
        Self::reset(self);
        Ok(())
    }
}

/// A card and what a host has to remember of it.
struct Player<C> {
    card: C,
    point: Vec<u8>,
    /// Data of the parts of a chain so far.
    parts: Vec<u8>,
}

impl<C: Card> Player<C> {
    fn play(&mut self, step: &Step) -> Result<String, CardError> {
        Ok(match &step.action {
            Action::Send { bytes, data } => self.send(bytes, data).1,
            Action::Mutual(right) => self.mutual(key(*right)),
            Action::Single(right) => self.single(key(*right)),
            Action::Reset => {
                self.reset()?;
                String::new()
            }
        })
    }

    fn reset(&mut self) -> Result<(), CardError> {
        self.card.reset()?;
        self.card.send(&SELECT);
        Ok(())
    }

    fn send(&mut self, bytes: &[u8], data: &[u8]) -> (Vec<u8>, String) {
        let Some((answer, status)) = self.card.send(bytes) else {
            return (Vec::new(), "no answer".to_owned());
        };
        if let Some(point) = field(&answer, Tag(0x7F49), Tag(0x86)) {
            self.point = point.to_vec();
        }
        let mut parts = std::mem::take(&mut self.parts);
        parts.extend_from_slice(data);
        let known = Known {
            data: &parts,
            point: &self.point,
        };
        let told = shape(&answer, status, &known);
        if bytes.first().is_some_and(|class| class & 0x10 != 0) {
            self.parts = parts;
        }
        (answer, told)
    }

    fn authenticate(&mut self, data: &[u8]) -> (Vec<u8>, String) {
        let length = u8::try_from(data.len()).unwrap_or_default();
        let bytes = [&[0, 0x87, 0x0C, 0x9B, length], data, &[0]].concat();
        self.send(&bytes, data)
    }

    fn mutual(&mut self, key: &[u8]) -> String {
        let (answer, first) = self.authenticate(&[0x7C, 2, 0x80, 0]);
        let witness = block(&answer, Tag::WITNESS).and_then(|block| decrypt(key, block));
        let Some(witness) = witness else {
            return first;
        };
        let data = [&[0x7C, 36, 0x80, 16], &witness[..], &[0x81, 16], &CHALLENGE].concat();
        let (answer, second) = self.authenticate(&data);
        let expected = encrypt(key, CHALLENGE);
        let proof = match block(&answer, Tag::RESPONSE) {
            Some(response) if Some(response) == expected => ", proved",
            _ => "",
        };
        format!("{first}, {second}{proof}")
    }

    fn single(&mut self, key: &[u8]) -> String {
        let (answer, first) = self.authenticate(&[0x7C, 2, 0x81, 0]);
        let response = block(&answer, Tag::CHALLENGE).and_then(|block| encrypt(key, block));
        let Some(response) = response else {
            return first;
        };
        let data = [&[0x7C, 18, 0x82, 16], &response[..]].concat();
        let (_, second) = self.authenticate(&data);
        format!("{first}, {second}")
    }

    /// From the factory's key to the common one.
    fn set_management_key(
        &mut self,
        algorithm: u8,
        encrypt: impl Fn(&[u8]) -> Option<Vec<u8>>,
    ) -> Option<()> {
        self.card.send(&SELECT)?;
        let ask = [0, 0x87, algorithm, 0x9B, 4, 0x7C, 2, 0x81, 0, 0];
        let (answer, _) = self.card.send(&ask)?;
        let template = Tag::DYNAMIC_AUTHENTICATION;
        let response = encrypt(field(&answer, template, Tag::CHALLENGE)?)?;
        let length = u8::try_from(response.len()).ok()?;
        let (all, inner) = (length + 4, length + 2);
        let head = [0, 0x87, algorithm, 0x9B, all, 0x7C, inner, 0x82, length];
        self.card
            .send(&[&head, response.as_slice(), &[0]].concat())?;
        let head = [0, 0xFF, 0xFF, 0xFF, 35, 0x0C, 0x9B, 32];
        let (_, status) = self.card.send(&[&head[..], &MANAGEMENT_KEY].concat())?;
        (status == 0x9000).then_some(())
    }
}

fn key(right: bool) -> &'static [u8] {
    if right { &MANAGEMENT_KEY } else { &WRONG_KEY }
}

fn block(answer: &[u8], tag: Tag) -> Option<[u8; 16]> {
    field(answer, Tag::DYNAMIC_AUTHENTICATION, tag)?
        .try_into()
        .ok()
}

/// Plays a script; the answers of all steps that send something.
///
/// # Errors
/// [`PlayError`], when the pair of cards cannot be set up.
pub fn play(steps: &[Step]) -> Result<Vec<Answers>, PlayError> {
    let mut sello = Player {
        card: SimulatedCard::piv(20_260_301)?,
        point: Vec::new(),
        parts: Vec::new(),
    };
    let mut other = Player {
        card: OtherCard::default(),
        point: Vec::new(),
        parts: Vec::new(),
    };
    let aes = |block: &[u8]| {
        let encrypted = encrypt(&FACTORY_MANAGEMENT_KEY, block.try_into().ok()?)?;
        Some(encrypted.to_vec())
    };
    let tdes = |block: &[u8]| encrypt_tdes(&FACTORY_MANAGEMENT_KEY, block);
    let taken = sello.set_management_key(0x0A, aes);
    taken.ok_or(PlayError::NoManagementKey("Sello"))?;
    let taken = other.set_management_key(0x03, tdes);
    taken.ok_or(PlayError::NoManagementKey("other"))?;
    sello.reset()?;
    other.reset()?;
    let mut all = Vec::new();
    for step in steps {
        let answers = Answers {
            label: step.label.clone(),
            sello: sello.play(step)?,
            other: other.play(step)?,
        };
        if step.action != Action::Reset {
            all.push(answers);
        }
    }
    Ok(all)
}
