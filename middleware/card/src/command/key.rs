//! Keys: generation, signatures, metadata.

use sello_wire::key::{P256_DIGEST_LENGTH, P256_LARGEST_SIGNATURE, P256_POINT_LENGTH};
use sello_wire::tag::metadata as tag;
use sello_wire::{Algorithm, Instruction, KeyOrigin, PinPolicy, Slot, Status, Tag, tlv};

use crate::error::CardError;
use crate::exchange::Expect;
use crate::session::Exclusive;
use crate::template;

/// What the card knows of a key (common extension GET METADATA). A value this house has no name for
/// is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The algorithm.
    pub algorithm: Option<Algorithm>,
    /// When the key asks for the PIN.
    pub pin_policy: Option<PinPolicy>,
    /// Where the key came from.
    pub origin: Option<KeyOrigin>,
    /// The public key as an uncompressed P-256 point, 65 bytes.
    pub point: Option<[u8; P256_POINT_LENGTH]>,
}

impl Exclusive<'_> {
    /// Generates a P-256 key pair in a slot and returns the public key as an uncompressed point.
    /// Needs the management key. A key that was there is gone.
    ///
    /// # Errors
    /// [`CardError::ManagementKeyRequired`], [`CardError::Malformed`], or what the transport says.
    pub fn generate_key(
        &mut self,
        slot: Slot,
        policy: PinPolicy,
    ) -> Result<[u8; P256_POINT_LENGTH], CardError> {
        let instruction = Instruction::GenerateAsymmetricKeyPair;
        let malformed = || CardError::Malformed { instruction };
        let data = template::build(
            Tag::CONTROL_REFERENCE,
            &[
                (Tag::MECHANISM, &[Algorithm::P256.to_byte()]),
                (Tag::PIN_POLICY, &[policy.to_byte()]),
            ],
        )
        .ok_or_else(malformed)?;
        let answer = self.send(instruction, [0, slot.to_byte()], &data, Expect::Short)?;
        match answer.status {
            Status::OK => template::value(&answer.data, Tag::PUBLIC_KEY, Tag::POINT)
                .and_then(|point| uncompressed(&point))
                .ok_or_else(malformed),
            Status::SECURITY_STATUS_NOT_SATISFIED => Err(CardError::ManagementKeyRequired),
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// Signs a SHA-256 digest with the P-256 key in a slot; returns the DER `ECDSA-Sig-Value`
    /// (RFC 3279, 2.2.3).
    ///
    /// For a key with [`PinPolicy::Always`], [`Exclusive::verify_pin`] has to be the call right
    /// before.
    ///
    /// # Errors
    /// [`CardError::PinRequired`], [`CardError::TransportPinInForce`], [`CardError::NoKey`],
    /// [`CardError::NotPersonalized`], [`CardError::OutOfUse`], [`CardError::Malformed`], or what the
    /// transport says.
    pub fn sign(
        &mut self,
        slot: Slot,
        digest: &[u8; P256_DIGEST_LENGTH],
    ) -> Result<Vec<u8>, CardError> {
        let instruction = Instruction::GeneralAuthenticate;
        let malformed = || CardError::Malformed { instruction };
        let data = template::build(
            Tag::DYNAMIC_AUTHENTICATION,
            &[(Tag::RESPONSE, &[]), (Tag::CHALLENGE, digest)],
        )
        .ok_or_else(malformed)?;
        let p = [Algorithm::P256.to_byte(), slot.to_byte()];
        let answer = self.send(instruction, p, &data, Expect::Short)?;
        match answer.status {
            Status::OK => template::value(&answer.data, Tag::DYNAMIC_AUTHENTICATION, Tag::RESPONSE)
                .filter(|signature| is_signature(signature))
                .ok_or_else(malformed),
            Status::SECURITY_STATUS_NOT_SATISFIED => Err(CardError::PinRequired),
            Status::AUTHENTICATION_BLOCKED => Err(CardError::PinBlocked),
            Status::CONDITIONS_NOT_SATISFIED => Err(self.why_not_now(instruction)),
            Status::NOT_FOUND | Status::REFERENCE_NOT_FOUND | Status::INCORRECT_P1_P2 => {
                Err(CardError::NoKey { slot })
            }
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// What the card knows of the key in a slot.
    ///
    /// # Errors
    /// [`CardError::NoKey`]; [`CardError::Status`] with `6D00` for a card without this instruction;
    /// [`CardError::Malformed`], or what the transport says.
    pub fn metadata(&mut self, slot: Slot) -> Result<Metadata, CardError> {
        let instruction = Instruction::GetMetadata;
        let answer = self.send(instruction, [0, slot.to_byte()], &[], Expect::Short)?;
        match answer.status {
            Status::OK => parse_metadata(&answer.data),
            Status::NOT_FOUND | Status::REFERENCE_NOT_FOUND => Err(CardError::NoKey { slot }),
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }
}

/// The answer is a list of data objects of one level (yubico-piv-tool, "Get metadata").
fn parse_metadata(bytes: &[u8]) -> Result<Metadata, CardError> {
    let instruction = Instruction::GetMetadata;
    let find = |tag| tlv::find(bytes, tag).map_err(|_| CardError::Malformed { instruction });
    let byte = |tag| find(tag).map(|value| value.and_then(|v| v.first().copied()));
    let point = find(tag::PUBLIC_KEY)?
        .and_then(|key| tlv::find(key, Tag::POINT).ok().flatten())
        .and_then(uncompressed);
    Ok(Metadata {
        algorithm: byte(tag::ALGORITHM)?.and_then(Algorithm::from_byte),
        pin_policy: byte(tag::POLICY)?.and_then(PinPolicy::from_byte),
        origin: byte(tag::ORIGIN)?.and_then(KeyOrigin::from_byte),
        point,
    })
}

fn uncompressed(bytes: &[u8]) -> Option<[u8; P256_POINT_LENGTH]> {
    bytes
        .try_into()
        .ok()
        .filter(|point: &[u8; 65]| point.first() == Some(&0x04))
}

/// A SEQUENCE that fills the bytes and is no longer than a P-256 signature can be; whether it is a
/// right signature is for whoever holds the public key.
fn is_signature(bytes: &[u8]) -> bool {
    bytes.len() <= P256_LARGEST_SIGNATURE
        && matches!(bytes, [0x30, length, rest @ ..] if usize::from(*length) == rest.len())
}
