//! From bytes to a closed set of requests. What comes out is well formed; whether it is *allowed* is
//! decided elsewhere.

use sello_wire::aid;
use sello_wire::instruction::Instruction;
use sello_wire::key::{Algorithm, MANAGEMENT_KEY, P256_DIGEST_LENGTH, PinPolicy, Slot};
use sello_wire::life_cycle::LifeCycle;
use sello_wire::object::ObjectTag;
use sello_wire::pin::{self, PinReference};
use sello_wire::status::Status;
use sello_wire::tag::Tag;
use sello_wire::tlv::{Reader, Tlv};

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
#[derive(Clone)]
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
    PinStatus,
    PinLogOut,
    Verify(Candidate<'a>),
    ChangeReferenceData {
        reference: PinReference,
        old: Candidate<'a>,
        new: Candidate<'a>,
    },
    ResetRetryCounter {
        puk: Candidate<'a>,
        new_pin: Candidate<'a>,
    },
    ManagementAuthenticate {
        /// `None` for P1 = 00, "the algorithm of the key".
        algorithm: Option<Algorithm>,
        step: ManagementStep<'a>,
    },
    Sign {
        slot: Slot,
        digest: &'a [u8; P256_DIGEST_LENGTH],
    },
    Generate {
        slot: Slot,
        policy: PinPolicy,
    },
    GetMetadata(Subject),
    GetSerial,
    GetVersion,
    SetManagementKey(ManagementKey),
    GetStatus,
    SetStatus(LifeCycle),
}

impl<'a> Request<'a> {
    /// Understands a whole command.
    ///
    /// # Errors
    /// The status word for what is wrong with it.
    pub(crate) fn parse(
        instruction: Instruction,
        p1: u8,
        p2: u8,
        data: &'a [u8],
    ) -> Result<Self, Status> {
        match instruction {
            Instruction::Select => select(p1, p2, data),
            Instruction::GetData => get_data(p1, p2, data),
            Instruction::PutData => put_data(p1, p2, data),
            Instruction::Verify => verify(p1, p2, data),
            Instruction::ChangeReferenceData => change_reference_data(p1, p2, data),
            Instruction::ResetRetryCounter => reset_retry_counter(p1, p2, data),
            Instruction::GeneralAuthenticate if p2 == MANAGEMENT_KEY => {
                management_authenticate(p1, data)
            }
            Instruction::GeneralAuthenticate => use_key(p1, p2, data),
            Instruction::GenerateAsymmetricKeyPair => generate(p1, p2, data),
            Instruction::GetMetadata => get_metadata(p1, p2, data),
            Instruction::GetSerial => bare(p1, p2, data, Self::GetSerial),
            Instruction::GetVersion => bare(p1, p2, data, Self::GetVersion),
            Instruction::SetManagementKey => set_management_key(p1, p2, data),
            Instruction::GetStatus => bare(p1, p2, data, Self::GetStatus),
            Instruction::SetStatus => {
                let target = LifeCycle::from_byte(p1).ok_or(Status::INCORRECT_P1_P2)?;
                bare(0, p2, data, Self::SetStatus(target))
            }
            _ => Err(Status::INSTRUCTION_NOT_SUPPORTED),
        }
    }
}

/// A command without parameters and data.
fn bare<'a>(p1: u8, p2: u8, data: &[u8], request: Request<'a>) -> Result<Request<'a>, Status> {
    if p1 != 0 || p2 != 0 {
        return Err(Status::INCORRECT_P1_P2);
    }
    no_data(data)?;
    Ok(request)
}

const fn no_data(data: &[u8]) -> Result<(), Status> {
    if data.is_empty() {
        Ok(())
    } else {
        Err(Status::WRONG_LENGTH)
    }
}

/// By name, first occurrence; P2 may ask for no answer (ISO/IEC 7816-4, table 63), and gets it anyway.
fn select<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    if p1 != 0x04 || !matches!(p2, 0x00 | 0x0C) {
        return Err(Status::INCORRECT_P1_P2);
    }
    if aid::selects_piv(data) {
        Ok(Request::SelectPiv)
    } else {
        Ok(Request::SelectOther)
    }
}

const DATA_OBJECT_IN_FIELD: (u8, u8) = (0x3F, 0xFF);

/// Reads the next data object and demands its tag.
fn expect<'a>(reader: &mut Reader<'a>, tag: Tag) -> Result<&'a [u8], Status> {
    match reader.read() {
        Ok(Some(Tlv { tag: found, value })) if found == tag => Ok(value),
        _ => Err(Status::INCORRECT_DATA),
    }
}

fn object_tag(reader: &mut Reader<'_>) -> Result<ObjectTag, Status> {
    let bytes = expect(reader, Tag::TAG_LIST)?;
    if bytes.is_empty() || bytes.len() > 3 {
        return Err(Status::INCORRECT_DATA);
    }
    let tag = bytes
        .iter()
        .fold(0, |tag, byte| tag << 8 | u32::from(*byte));
    Ok(ObjectTag(tag))
}

fn get_data<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    if (p1, p2) != DATA_OBJECT_IN_FIELD {
        return Err(Status::INCORRECT_P1_P2);
    }
    let mut reader = Reader::new(data);
    let tag = object_tag(&mut reader)?;
    if !reader.rest().is_empty() {
        return Err(Status::INCORRECT_DATA);
    }
    Ok(Request::GetData(tag))
}

fn put_data(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    if (p1, p2) != DATA_OBJECT_IN_FIELD {
        return Err(Status::INCORRECT_P1_P2);
    }
    let mut reader = Reader::new(data);
    let tag = object_tag(&mut reader)?;
    let object = reader.rest();
    let content = expect(&mut reader, Tag::DATA)?;
    let writable = tag.is_well_formed() && tag != ObjectTag::DISCOVERY;
    if !writable || !reader.rest().is_empty() {
        return Err(Status::INCORRECT_DATA);
    }
    Ok(Request::PutData {
        tag,
        object,
        is_empty: content.is_empty(),
    })
}

/// A well-formed PIN or PUK; anything else is refused without touching a retry counter (SP 800-73-5
/// part 2, 3.2.1).
fn candidate(reference: PinReference, bytes: &[u8]) -> Result<Candidate<'_>, Status> {
    <Candidate<'_>>::try_from(bytes)
        .ok()
        .filter(|candidate| pin::is_well_formed(reference, candidate))
        .ok_or(Status::INCORRECT_DATA)
}

fn reference(p2: u8) -> Result<PinReference, Status> {
    PinReference::from_byte(p2).ok_or(Status::REFERENCE_NOT_FOUND)
}

const LOG_OUT: u8 = 0xFF;

fn verify(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    if !matches!(p1, 0x00 | LOG_OUT) {
        return Err(Status::INCORRECT_P1_P2);
    }
    if reference(p2)? != PinReference::Pin {
        return Err(Status::REFERENCE_NOT_FOUND);
    }
    match (p1, data) {
        (LOG_OUT, []) => Ok(Request::PinLogOut),
        (LOG_OUT, _) => Err(Status::INCORRECT_DATA),
        (_, []) => Ok(Request::PinStatus),
        (_, bytes) => candidate(PinReference::Pin, bytes).map(Request::Verify),
    }
}

fn change_reference_data(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    if p1 != 0 {
        return Err(Status::INCORRECT_P1_P2);
    }
    let reference = reference(p2)?;
    let (old, new) = data
        .split_at_checked(pin::LENGTH)
        .ok_or(Status::INCORRECT_DATA)?;
    Ok(Request::ChangeReferenceData {
        reference,
        old: candidate(reference, old)?,
        new: candidate(reference, new)?,
    })
}

fn reset_retry_counter(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    if p1 != 0 {
        return Err(Status::INCORRECT_P1_P2);
    }
    if reference(p2)? != PinReference::Pin {
        return Err(Status::REFERENCE_NOT_FOUND);
    }
    let (puk, new_pin) = data
        .split_at_checked(pin::LENGTH)
        .ok_or(Status::INCORRECT_DATA)?;
    Ok(Request::ResetRetryCounter {
        puk: candidate(PinReference::Puk, puk)?,
        new_pin: candidate(PinReference::Pin, new_pin)?,
    })
}

/// The fields of a dynamic authentication template (SP 800-73-5 part 2, table 7).
#[derive(Default)]
struct Authentication<'a> {
    witness: Option<&'a [u8]>,
    challenge: Option<&'a [u8]>,
    response: Option<&'a [u8]>,
    exponentiation: Option<&'a [u8]>,
}

impl<'a> Authentication<'a> {
    fn parse(data: &'a [u8]) -> Result<Self, Status> {
        let mut outer = Reader::new(data);
        let inner = expect(&mut outer, Tag::DYNAMIC_AUTHENTICATION)?;
        if !outer.rest().is_empty() {
            return Err(Status::INCORRECT_DATA);
        }
        let mut fields = Self::default();
        for field in Reader::new(inner) {
            let Tlv { tag, value } = field.map_err(|_| Status::INCORRECT_DATA)?;
            let place = match tag {
                Tag::WITNESS => &mut fields.witness,
                Tag::CHALLENGE => &mut fields.challenge,
                Tag::RESPONSE => &mut fields.response,
                Tag::EXPONENTIATION => &mut fields.exponentiation,
                _ => return Err(Status::INCORRECT_DATA),
            };
            if place.replace(value).is_some() {
                return Err(Status::INCORRECT_DATA);
            }
        }
        Ok(fields)
    }
}

fn block(bytes: &[u8]) -> Result<&[u8; 16], Status> {
    bytes.try_into().map_err(|_| Status::INCORRECT_DATA)
}

fn management_authenticate(p1: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    let algorithm = match p1 {
        0 => None,
        byte => Some(
            Algorithm::from_byte(byte)
                .filter(|a| a.secret_key_length().is_some())
                .ok_or(Status::INCORRECT_P1_P2)?,
        ),
    };
    let Authentication {
        witness,
        challenge,
        response,
        exponentiation: None,
    } = Authentication::parse(data)?
    else {
        return Err(Status::INCORRECT_DATA);
    };
    let step = match (witness, challenge, response) {
        (Some([]), None, None) => ManagementStep::AskWitness,
        (None, Some([]), None) => ManagementStep::AskChallenge,
        (Some(witness), Some(challenge), None | Some([])) => ManagementStep::Mutual {
            witness: block(witness)?,
            challenge: block(challenge)?,
        },
        (None, None, Some(response)) => ManagementStep::Single {
            response: block(response)?,
        },
        _ => return Err(Status::INCORRECT_DATA),
    };
    Ok(Request::ManagementAuthenticate { algorithm, step })
}

fn use_key(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    let slot = Slot::from_byte(p2).ok_or(Status::REFERENCE_NOT_FOUND)?;
    if Algorithm::from_byte(p1) != Some(Algorithm::P256) {
        return Err(Status::INCORRECT_P1_P2);
    }
    match Authentication::parse(data)? {
        Authentication {
            exponentiation: Some(_),
            ..
        } => Err(Status::FUNCTION_NOT_SUPPORTED),
        Authentication {
            witness: None,
            challenge: Some(digest),
            response: Some([]),
            ..
        } => Ok(Request::Sign {
            slot,
            digest: digest.try_into().map_err(|_| Status::INCORRECT_DATA)?,
        }),
        _ => Err(Status::INCORRECT_DATA),
    }
}

fn generate<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    let slot = Slot::from_byte(p2)
        .filter(|_| p1 == 0)
        .ok_or(Status::INCORRECT_P1_P2)?;
    let mut outer = Reader::new(data);
    let inner = expect(&mut outer, Tag::CONTROL_REFERENCE)?;
    if !outer.rest().is_empty() {
        return Err(Status::INCORRECT_DATA);
    }
    let mut inner = Reader::new(inner);
    if expect(&mut inner, Tag::MECHANISM)? != [Algorithm::P256.to_byte()] {
        return Err(Status::INCORRECT_DATA);
    }
    let mut policy = PinPolicy::default_of(slot);
    for field in inner {
        match field {
            Ok(Tlv {
                tag: Tag::PIN_POLICY,
                value: [byte],
            }) => {
                if *byte != 0 {
                    policy = PinPolicy::from_byte(*byte).ok_or(Status::INCORRECT_DATA)?;
                }
            }
            Ok(Tlv {
                tag: Tag::TOUCH_POLICY,
                value: [0..=3],
            }) => {}
            _ => return Err(Status::INCORRECT_DATA),
        }
    }
    Ok(Request::Generate { slot, policy })
}

fn get_metadata<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    if p1 != 0 {
        return Err(Status::INCORRECT_P1_P2);
    }
    no_data(data)?;
    let subject = match (PinReference::from_byte(p2), Slot::from_byte(p2)) {
        (Some(reference), _) => Subject::Reference(reference),
        (_, Some(slot)) => Subject::Key(slot),
        _ if p2 == MANAGEMENT_KEY => Subject::ManagementKey,
        _ => return Err(Status::REFERENCE_NOT_FOUND),
    };
    Ok(Request::GetMetadata(subject))
}

/// `FF FF` and `algorithm ‖ 9B ‖ length ‖ key`; a touch policy (P2 = FE) is not supported.
fn set_management_key<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    if (p1, p2) != (0xFF, 0xFF) {
        return Err(Status::INCORRECT_P1_P2);
    }
    let [algorithm, MANAGEMENT_KEY, length, key @ ..] = data else {
        return Err(Status::INCORRECT_DATA);
    };
    if usize::from(*length) != key.len() {
        return Err(Status::INCORRECT_DATA);
    }
    Algorithm::from_byte(*algorithm)
        .and_then(|algorithm| ManagementKey::new(algorithm, key))
        .map(Request::SetManagementKey)
        .ok_or(Status::INCORRECT_DATA)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(instruction: Instruction, p1: u8, p2: u8, data: &str) -> Option<Status> {
        let data = hex::decode(data).unwrap();
        Request::parse(instruction, p1, p2, &data).err()
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
}
