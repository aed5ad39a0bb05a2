//! The commands that make a card.

use sello_issuing::secret::Code;
use sello_issuing::station::CardFault;
use sello_wire::life_cycle::flag;
use sello_wire::pin::{self, PinReference};
use sello_wire::tlv::{self, Writer};
use sello_wire::{Algorithm, Instruction, LifeCycle, ObjectTag, PinPolicy, Slot, Status, Tag, tag};
use zeroize::Zeroizing;

use super::status::bare;
use super::{Card, Plain, malformed, refused};

/// P1 and P2 of GET DATA and PUT DATA: the object is named in the data (SP 800-73-5 part 2, 3.1.2).
const CURRENT_FILE: [u8; 2] = [0x3F, 0xFF];
/// Room for the tag list and the header of `53`.
const ENVELOPE: usize = 16;
/// P1 of VERIFY that takes the right back (SP 800-73-5 part 2, 3.2.1).
const LOG_OUT: u8 = 0xFF;

/// What came of giving the card a PIN or PUK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// It was right.
    Right,
    /// It was wrong, or there are no tries left.
    Wrong,
}

impl Card<'_> {
    /// SET STATUS.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn set_status(&mut self, target: LifeCycle) -> Result<(), CardFault> {
        let command = bare(Instruction::SetStatus, 0);
        let p1 = target.to_byte();
        self.must(Plain { p1, ..command }).map(drop)
    }

    /// SET CARD POLICY: whether the PIN works over contacts only.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn set_card_policy(&mut self, contact_only: bool) -> Result<(), CardFault> {
        let command = bare(Instruction::SetCardPolicy, 0);
        let p1 = match contact_only {
            true => flag::CONTACTLESS_PIN_FORBIDDEN,
            false => 0,
        };
        self.must(Plain { p1, ..command }).map(drop)
    }

    /// GENERATE ASYMMETRIC KEY PAIR on P-256; gives the point.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn generate(
        &mut self,
        slot: Slot,
        policy: Option<PinPolicy>,
    ) -> Result<Vec<u8>, CardFault> {
        let instruction = Instruction::GenerateAsymmetricKeyPair;
        let mut buffer = [0; 16];
        let mut writer = Writer::new(&mut buffer);
        writer
            .nested(Tag::CONTROL_REFERENCE, |w| {
                w.tlv(Tag::MECHANISM, &[Algorithm::P256.to_byte()])?;
                if let Some(policy) = policy {
                    w.tlv(Tag::PIN_POLICY, &[policy.to_byte()])?;
                }
                Ok(())
            })
            .map_err(|_| malformed(instruction))?;
        let answer = self.must(Plain {
            data: writer.finish(),
            ..bare(instruction, slot.to_byte())
        })?;
        inner(&answer, Tag::PUBLIC_KEY, Tag::POINT).ok_or_else(|| malformed(instruction))
    }

    /// GENERAL AUTHENTICATE: a signature over a digest.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn sign(&mut self, slot: Slot, digest: &[u8; 32]) -> Result<Vec<u8>, CardFault> {
        let instruction = Instruction::GeneralAuthenticate;
        let mut buffer = [0; 48];
        let mut writer = Writer::new(&mut buffer);
        writer
            .nested(Tag::DYNAMIC_AUTHENTICATION, |w| {
                w.tlv(Tag::RESPONSE, &[])?
                    .tlv(Tag::CHALLENGE, digest)
                    .map(drop)
            })
            .map_err(|_| malformed(instruction))?;
        let answer = self.must(Plain {
            p1: Algorithm::P256.to_byte(),
            data: writer.finish(),
            ..bare(instruction, slot.to_byte())
        })?;
        inner(&answer, Tag::DYNAMIC_AUTHENTICATION, Tag::RESPONSE)
            .ok_or_else(|| malformed(instruction))
    }

    /// SET KEY POLICY.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn set_key_policy(
        &mut self,
        slot: Slot,
        policy: PinPolicy,
        dual_control: bool,
    ) -> Result<(), CardFault> {
        let instruction = Instruction::SetKeyPolicy;
        let mut buffer = [0; 16];
        let mut writer = Writer::new(&mut buffer);
        writer
            .nested(Tag::KEY_POLICY, |w| {
                w.tlv(tag::policy::PIN, &[policy.to_byte()])?
                    .tlv(tag::policy::DUAL_CONTROL, &[u8::from(dual_control)])
                    .map(drop)
            })
            .map_err(|_| malformed(instruction))?;
        let command = bare(instruction, slot.to_byte());
        let data = writer.finish();
        self.must(Plain { data, ..command }).map(drop)
    }

    /// ATTEST: what the card states of a key, or the status word with which it does not.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn attest(&mut self, slot: Slot) -> Result<Result<Vec<u8>, Status>, CardFault> {
        let answer = self.send(Plain {
            p1: slot.to_byte(),
            long: true,
            ..bare(Instruction::Attest, 0)
        })?;
        Ok(match answer.status {
            Status::OK => Ok(answer.data.to_vec()),
            status => Err(status),
        })
    }

    /// PUT DATA.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn put(&mut self, tag: ObjectTag, content: &[u8]) -> Result<(), CardFault> {
        let instruction = Instruction::PutData;
        let mut data = vec![0; content.len() + ENVELOPE];
        let mut writer = Writer::new(&mut data);
        tag_list(&mut writer, tag)
            .and_then(|()| writer.tlv(Tag::DATA, content).map(drop))
            .map_err(|_| malformed(instruction))?;
        let [p1, p2] = CURRENT_FILE;
        let data = writer.finish();
        let command = bare(instruction, p2);
        self.must(Plain {
            p1,
            data,
            ..command
        })
        .map(drop)
    }

    /// GET DATA: the content of an object, or nothing when there is none.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn get(&mut self, tag: ObjectTag) -> Result<Option<Vec<u8>>, CardFault> {
        let instruction = Instruction::GetData;
        let mut list = [0; ENVELOPE];
        let mut writer = Writer::new(&mut list);
        tag_list(&mut writer, tag).map_err(|_| malformed(instruction))?;
        let [p1, p2] = CURRENT_FILE;
        let answer = self.send(Plain {
            instruction,
            p1,
            p2,
            data: writer.finish(),
            long: true,
        })?;
        match answer.status {
            Status::OK => tlv::find(&answer.data, Tag::DATA)
                .map(|content| content.map(<[u8]>::to_vec))
                .map_err(|_| malformed(instruction)),
            Status::NOT_FOUND => Ok(None),
            status => Err(refused(instruction, status)),
        }
    }

    /// Whether PIN or PUK are still the factory's (GET METADATA).
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn is_factory(&mut self, reference: PinReference) -> Result<bool, CardFault> {
        let instruction = Instruction::GetMetadata;
        let answer = self.must(bare(instruction, reference.to_byte()))?;
        match tlv::find(&answer, tag::metadata::IS_DEFAULT) {
            Ok(Some([byte])) => Ok(*byte == 1),
            _ => Err(malformed(instruction)),
        }
    }

    /// CHANGE REFERENCE DATA.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn change(
        &mut self,
        reference: PinReference,
        old: &[u8; pin::LENGTH],
        new: &[u8; pin::LENGTH],
    ) -> Result<Given, CardFault> {
        let data = Zeroizing::new([*old, *new].concat());
        let instruction = Instruction::ChangeReferenceData;
        self.give(Plain {
            data: &data,
            ..bare(instruction, reference.to_byte())
        })
    }

    /// CHANGE REFERENCE DATA of the approver PIN by the center: sets it as a transport PIN.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn set_approver(&mut self, code: &[u8; pin::LENGTH]) -> Result<(), CardFault> {
        self.must(Plain {
            data: code,
            ..bare(
                Instruction::ChangeApprover,
                PinReference::Approver.to_byte(),
            )
        })
        .map(drop)
    }

    /// RESET RETRY COUNTER by the center: a new transport PIN with all its tries.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn unblock(
        &mut self,
        reference: PinReference,
        code: &[u8; pin::LENGTH],
    ) -> Result<(), CardFault> {
        self.must(Plain {
            data: code,
            ..bare(Instruction::CenterUnblock, reference.to_byte())
        })
        .map(drop)
    }

    /// VERIFY of the PIN.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn verify(&mut self, code: &[u8; pin::LENGTH]) -> Result<Given, CardFault> {
        self.give(Plain {
            data: code,
            ..bare(Instruction::Verify, PinReference::Pin.to_byte())
        })
    }

    /// Takes back the right that [`Self::verify`] gave.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn log_out(&mut self) -> Result<(), CardFault> {
        let command = bare(Instruction::Verify, PinReference::Pin.to_byte());
        let p1 = LOG_OUT;
        self.must(Plain { p1, ..command }).map(drop)
    }

    fn give(&mut self, plain: Plain<'_>) -> Result<Given, CardFault> {
        match self.send(plain)?.status {
            Status::OK => Ok(Given::Right),
            Status::AUTHENTICATION_BLOCKED => Ok(Given::Wrong),
            status if status.tries_left().is_some() => Ok(Given::Wrong),
            status => Err(refused(plain.instruction, status)),
        }
    }
}

/// A code as the card takes it, filled up.
pub(crate) fn padded(code: &Code) -> Zeroizing<[u8; pin::LENGTH]> {
    let mut bytes = Zeroizing::new([pin::PADDING; pin::LENGTH]);
    for (byte, digit) in bytes.iter_mut().zip(code.expose()) {
        *byte = *digit;
    }
    bytes
}

/// `5C` with the tag, its leading zero bytes left out.
fn tag_list(writer: &mut Writer<'_>, tag: ObjectTag) -> Result<(), tlv::Error> {
    let (bytes, length) = tlv::tag_bytes(Tag(tag.0));
    writer
        .tlv(Tag::TAG_LIST, bytes.get(..length).unwrap_or_default())
        .map(drop)
}

/// The value of a tag within another's.
fn inner(bytes: &[u8], outer: Tag, tag: Tag) -> Option<Vec<u8>> {
    let value = tlv::find(bytes, outer).ok()??;
    Some(tlv::find(value, tag).ok()??.to_vec())
}
