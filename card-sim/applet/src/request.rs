//! From bytes to a closed set of requests. What comes out is well formed; whether it is *allowed* is
//! decided elsewhere.

mod admin;
mod channel;
mod keys;
mod management;
mod objects;
mod pins;
mod seal;

use sello_wire::instruction::Instruction;
use sello_wire::key::{Algorithm, Curve, MANAGEMENT_KEY, PinPolicy, Slot};
use sello_wire::life_cycle::LifeCycle;
use sello_wire::object::ObjectTag;
use sello_wire::pin::{self, PinReference};
use sello_wire::status::Status;
use sello_wire::tag::Tag;
use sello_wire::tlv::{Reader, Tlv};

use crate::platform::{Point, PrivateKey};
use crate::record::ManagementKey;

/// A padded PIN or PUK as it came.
pub(crate) type Candidate<'a> = &'a [u8; pin::LENGTH];

/// What GET METADATA is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Reference(PinReference),
    ManagementKey,
    Key(Slot),
}

/// A step of the authentication with the management key.
#[derive(Clone, Copy)]
pub(crate) enum ManagementStep<'a> {
    AskWitness,
    AskChallenge,
    /// The witness in the clear, and the host's challenge.
    Mutual {
        witness: &'a [u8; 16],
        challenge: &'a [u8; 16],
    },
    /// The card's challenge, encrypted.
    Single {
        response: &'a [u8; 16],
    },
}

/// A request to the card.
pub(crate) enum Request<'a> {
    SelectPiv,
    SelectOther,
    GetData(ObjectTag),
    PutData {
        tag: ObjectTag,
        /// The `53` data object, header included.
        object: &'a [u8],
        is_empty: bool,
    },
    /// Of the PIN or of the approver PIN.
    PinStatus(PinReference),
    PinLogOut,
    Verify(Candidate<'a>),
    /// Eight bytes in place of the present PIN or PUK that cannot be one.
    Malformed {
        reference: PinReference,
        bytes: Candidate<'a>,
    },
    ChangeReferenceData {
        reference: PinReference,
        old: Candidate<'a>,
        new: Candidate<'a>,
    },
    ResetRetryCounter {
        puk: Candidate<'a>,
        new_pin: Candidate<'a>,
    },
    /// The center's: the first value of an approver PIN.
    SetApprover(Candidate<'a>),
    /// The center's: a new transport value of a PIN or approver PIN.
    CenterUnblock {
        reference: PinReference,
        new: Candidate<'a>,
    },
    ManagementAuthenticate {
        /// `None` for P1 = 00, "the algorithm of the key".
        algorithm: Option<Algorithm>,
        step: ManagementStep<'a>,
    },
    Sign {
        slot: Slot,
        curve: Curve,
        digest: &'a [u8],
    },
    Agree {
        slot: Slot,
        point: Point,
    },
    Generate {
        slot: Slot,
        curve: Curve,
        policy: PinPolicy,
    },
    Import {
        slot: Slot,
        policy: PinPolicy,
        private: PrivateKey,
    },
    /// To another slot, or out of the card.
    MoveKey {
        from: Slot,
        to: Option<Slot>,
    },
    Attest(Slot),
    SetRetries {
        pin: u8,
        puk: u8,
    },
    Reset,
    GetMetadata(Subject),
    GetSerial,
    GetVersion,
    SetManagementKey(ManagementKey),
    GetStatus,
    SetStatus(LifeCycle),
    InitializeUpdate {
        key_version: u8,
        host_challenge: &'a [u8; 8],
    },
    ExternalAuthenticate {
        level: u8,
        /// Host cryptogram and C-MAC.
        data: &'a [u8; 16],
    },
    PutKey {
        key_version: u8,
        data: &'a [u8],
    },
    SetKeyPolicy {
        slot: Slot,
        policy: PinPolicy,
        dual_control: bool,
    },
    GetKeyPolicy(Slot),
    SetCardPolicy {
        contactless_pin_forbidden: bool,
    },
    Approve {
        pin: Candidate<'a>,
        slot: Slot,
        count: u16,
    },
    AnnounceBatch {
        slot: Slot,
        root: &'a [u8; 32],
        count: u16,
    },
    SignInBatch {
        slot: Slot,
        curve: Curve,
        digest: &'a [u8],
        index: u16,
        /// Nodes of 32 bytes, from the leaf up.
        path: &'a [u8],
    },
    ReadJournal {
        from: u32,
    },
    AttestJournal {
        nonce: &'a [u8],
    },
}

impl<'a> Request<'a> {
    /// Understands a whole command; `secured` says that it came through the secure channel.
    ///
    /// # Errors
    /// The status word for what is wrong with it.
    pub(crate) fn parse(
        instruction: Instruction,
        p1: u8,
        p2: u8,
        data: &'a [u8],
        secured: bool,
    ) -> Result<Self, Status> {
        match instruction {
            Instruction::Select => objects::select(p1, p2, data),
            Instruction::GetData => objects::get_data(p1, p2, data),
            Instruction::PutData => objects::put_data(p1, p2, data),
            Instruction::Verify => pins::verify(p1, p2, data),
            Instruction::ChangeReferenceData => pins::change_reference_data(p1, p2, data),
            Instruction::ResetRetryCounter => pins::reset_retry_counter(p1, p2, data),
            Instruction::Approve => pins::approve(p1, p2, data),
            Instruction::ChangeApprover => pins::change_approver(p1, p2, data, secured),
            Instruction::CenterUnblock => pins::center_unblock(p1, p2, data),
            Instruction::SetRetries => pins::set_retries(p1, p2, data),
            Instruction::GeneralAuthenticate if p2 == MANAGEMENT_KEY => {
                management::authenticate(p1, data)
            }
            Instruction::SetManagementKey => management::set_key(p1, p2, data),
            Instruction::GeneralAuthenticate => keys::authenticate(p1, p2, data),
            Instruction::GenerateAsymmetricKeyPair => keys::generate(p1, p2, data),
            Instruction::ImportKey => keys::import(p1, p2, data),
            Instruction::MoveKey => keys::move_key(p1, p2, data),
            Instruction::Attest => keys::attest(p1, p2, data),
            Instruction::GetMetadata => admin::get_metadata(p1, p2, data),
            Instruction::GetSerial => bare(p1, p2, data, Self::GetSerial),
            Instruction::GetVersion => bare(p1, p2, data, Self::GetVersion),
            Instruction::GetStatus => bare(p1, p2, data, Self::GetStatus),
            Instruction::Reset => bare(p1, p2, data, Self::Reset),
            Instruction::SetStatus => admin::set_status(p1, p2, data),
            Instruction::SetCardPolicy => admin::set_card_policy(p1, p2, data),
            Instruction::InitializeUpdate => channel::initialize_update(p1, p2, data),
            Instruction::ExternalAuthenticate => channel::external_authenticate(p1, p2, data),
            Instruction::PutKey => channel::put_key(p1, p2, data),
            Instruction::SetKeyPolicy => seal::set_key_policy(p1, p2, data),
            Instruction::GetKeyPolicy => seal::get_key_policy(p1, p2, data),
            Instruction::AnnounceBatch => seal::announce_batch(p1, p2, data),
            Instruction::SignInBatch => seal::sign_in_batch(p1, p2, data),
            Instruction::ReadJournal => seal::read_journal(p1, p2, data),
            Instruction::AttestJournal => seal::attest_journal(p1, p2, data),
            _ => Err(Status::INSTRUCTION_NOT_SUPPORTED),
        }
    }
}

/// A command without parameters and data.
fn bare<'a>(p1: u8, p2: u8, data: &[u8], request: Request<'a>) -> Result<Request<'a>, Status> {
    no_parameters(p1, p2)?;
    no_data(data)?;
    Ok(request)
}

const fn no_parameters(p1: u8, p2: u8) -> Result<(), Status> {
    if p1 == 0 && p2 == 0 {
        Ok(())
    } else {
        Err(Status::INCORRECT_P1_P2)
    }
}

const fn no_data(data: &[u8]) -> Result<(), Status> {
    if data.is_empty() {
        Ok(())
    } else {
        Err(Status::WRONG_LENGTH)
    }
}

/// Reads the next data object and demands its tag.
fn expect<'a>(reader: &mut Reader<'a>, tag: Tag) -> Result<&'a [u8], Status> {
    match reader.read() {
        Ok(Some(Tlv { tag: found, value })) if found == tag => Ok(value),
        _ => Err(Status::INCORRECT_DATA),
    }
}

/// The content of a single data object that is all there is.
fn only(data: &[u8], tag: Tag) -> Result<&[u8], Status> {
    let mut reader = Reader::new(data);
    let content = expect(&mut reader, tag)?;
    if reader.rest().is_empty() {
        Ok(content)
    } else {
        Err(Status::INCORRECT_DATA)
    }
}

/// A slot a host can use; the attestation slot is none of them.
fn slot(p2: u8) -> Result<Slot, Status> {
    Slot::from_byte(p2)
        .filter(|slot| *slot != Slot::Attestation)
        .ok_or(Status::REFERENCE_NOT_FOUND)
}

/// Takes the next bytes off a fixed layout.
fn take<'a, const N: usize>(data: &mut &'a [u8]) -> Result<&'a [u8; N], Status> {
    let (field, rest) = data.split_first_chunk().ok_or(Status::INCORRECT_DATA)?;
    *data = rest;
    Ok(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(instruction: Instruction, p1: u8, p2: u8, data: &str) -> Option<Status> {
        let data = hex::decode(data).unwrap();
        Request::parse(instruction, p1, p2, &data, false).err()
    }

    #[test]
    fn a_template_with_a_field_twice_is_refused() {
        let twice = "7C0480008000";
        let status = refusal(Instruction::GeneralAuthenticate, 0x0A, 0x9B, twice);
        assert_eq!(status, Some(Status::INCORRECT_DATA));
    }

    #[test]
    fn the_management_key_never_encrypts_for_a_stranger() {
        let challenge = "7C148200811000112233445566778899AABBCCDDEEFF";
        let status = refusal(Instruction::GeneralAuthenticate, 0x0A, 0x9B, challenge);
        assert_eq!(status, Some(Status::INCORRECT_DATA));
    }

    #[test]
    fn a_digest_of_another_length_is_refused() {
        let short = "7C04820081021122";
        assert!(refusal(Instruction::GeneralAuthenticate, 0x11, 0x9C, short).is_some());
    }

    #[test]
    fn a_management_key_must_have_the_length_of_its_algorithm() {
        let key = "0A9B1000112233445566778899AABBCCDDEEFF";
        let status = refusal(Instruction::SetManagementKey, 0xFF, 0xFF, key);
        assert_eq!(status, Some(Status::INCORRECT_DATA));
    }

    #[test]
    fn the_discovery_object_cannot_be_written() {
        let status = refusal(Instruction::PutData, 0x3F, 0xFF, "5C017E5300");
        assert_eq!(status, Some(Status::INCORRECT_DATA));
        let status = refusal(Instruction::PutData, 0x3F, 0xFF, "5C035FC1025300");
        assert_eq!(status, None);
    }

    #[test]
    fn the_attestation_key_signs_nothing_for_a_host() {
        let digest = format!("7C2482008120{}", "5A".repeat(32));
        let status = refusal(Instruction::GeneralAuthenticate, 0x11, 0xF9, &digest);
        assert_eq!(status, Some(Status::REFERENCE_NOT_FOUND));
    }
}
