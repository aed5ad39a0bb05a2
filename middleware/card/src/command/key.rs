//! Keys: signatures, metadata.

use sello_wire::key::{Curve, LARGEST_SIGNATURE, P256_DIGEST_LENGTH};
use sello_wire::tag::metadata as tag;
use sello_wire::tlv::{self, Writer};
use sello_wire::{Algorithm, Instruction, KeyOrigin, PinPolicy, Slot, Status, Tag};
use zeroize::Zeroizing;

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
    /// The public key as an uncompressed point: 65 bytes for P-256, 97 for P-384.
    pub point: Option<Vec<u8>>,
}

impl Exclusive<'_> {
    /// Signs a SHA-256 digest with the P-256 key in a slot; returns the DER `ECDSA-Sig-Value`
    /// (RFC 3279, 2.2.3).
    ///
    /// For a key with [`PinPolicy::Always`], [`Exclusive::verify_pin`] has to be the call right
    /// before.
    ///
    /// # Errors
    /// As [`Exclusive::sign_on`].
    pub fn sign(
        &mut self,
        slot: Slot,
        digest: &[u8; P256_DIGEST_LENGTH],
    ) -> Result<Vec<u8>, CardError> {
        self.sign_on(Curve::P256, slot, digest)
    }

    /// Signs a digest with the key in a slot, which is one of this curve; the digest is as long as a
    /// scalar of it. Returns the DER `ECDSA-Sig-Value` (RFC 3279, 2.2.3).
    ///
    /// # Errors
    /// [`CardError::PinRequired`], [`CardError::TransportPinInForce`],
    /// [`CardError::ApprovalMissing`], [`CardError::JournalFull`], [`CardError::NoKey`],
    /// [`CardError::NotPersonalized`], [`CardError::OutOfUse`], [`CardError::Malformed`], or what the
    /// transport says.
    pub fn sign_on(
        &mut self,
        curve: Curve,
        slot: Slot,
        digest: &[u8],
    ) -> Result<Vec<u8>, CardError> {
        let mut signature = self.authenticate(curve, slot, Tag::CHALLENGE, digest)?;
        if is_signature(&signature) {
            Ok(core::mem::take(&mut signature))
        } else {
            Err(CardError::Malformed {
                instruction: Instruction::GeneralAuthenticate,
            })
        }
    }

    /// Agrees on a secret with the owner of an uncompressed point of this curve (ECDH, SP 800-73-5
    /// part 2, appendix A.5); the secret is the x coordinate of the product.
    ///
    /// # Errors
    /// As [`Exclusive::sign_on`].
    pub fn agree(
        &mut self,
        curve: Curve,
        slot: Slot,
        point: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let secret = self.authenticate(curve, slot, Tag::EXPONENTIATION, point)?;
        if secret.len() == curve.scalar_length() {
            Ok(secret)
        } else {
            Err(CardError::Malformed {
                instruction: Instruction::GeneralAuthenticate,
            })
        }
    }

    /// GENERAL AUTHENTICATE with one value, whose answer is one value.
    fn authenticate(
        &mut self,
        curve: Curve,
        slot: Slot,
        tag: Tag,
        value: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let instruction = Instruction::GeneralAuthenticate;
        let malformed = || CardError::Malformed { instruction };
        let data = template::build(
            Tag::DYNAMIC_AUTHENTICATION,
            &[(Tag::RESPONSE, &[]), (tag, value)],
        )
        .ok_or_else(malformed)?;
        let p = [curve.algorithm().to_byte(), slot.to_byte()];
        let answer = self.send(instruction, p, &data, Expect::Short)?;
        match answer.status {
            Status::OK => {
                let data = Zeroizing::new(answer.data);
                template::value(&data, Tag::DYNAMIC_AUTHENTICATION, Tag::RESPONSE)
                    .map(Zeroizing::new)
                    .ok_or_else(malformed)
            }
            Status::SECURITY_STATUS_NOT_SATISFIED => Err(CardError::PinRequired),
            Status::AUTHENTICATION_BLOCKED => Err(CardError::PinBlocked),
            Status::CONDITIONS_NOT_SATISFIED => Err(self.why_not_signed_now(slot, instruction)),
            Status::NOT_FOUND | Status::REFERENCE_NOT_FOUND | Status::INCORRECT_P1_P2 => {
                Err(CardError::NoKey { slot })
            }
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// Makes a key pair in a slot, in place of what was there; returns the uncompressed point.
    ///
    /// # Errors
    /// [`CardError::ManagementKeyRequired`] where the card does not let this session administer it,
    /// [`CardError::Malformed`], or what the transport says.
    pub fn generate(
        &mut self,
        curve: Curve,
        slot: Slot,
        policy: PinPolicy,
    ) -> Result<Vec<u8>, CardError> {
        let instruction = Instruction::GenerateAsymmetricKeyPair;
        let malformed = || CardError::Malformed { instruction };
        let mut buffer = [0; 16];
        let mut writer = Writer::new(&mut buffer);
        writer
            .nested(Tag::CONTROL_REFERENCE, |w| {
                w.tlv(Tag::MECHANISM, &[curve.algorithm().to_byte()])?;
                w.tlv(Tag::PIN_POLICY, &[policy.to_byte()]).map(drop)
            })
            .map_err(|_| malformed())?;
        let data = writer.finish();
        let answer = self.send(instruction, [0, slot.to_byte()], data, Expect::Short)?;
        match answer.status {
            Status::OK => template::value(&answer.data, Tag::PUBLIC_KEY, Tag::POINT)
                .filter(|point| uncompressed(point, curve))
                .ok_or_else(malformed),
            Status::SECURITY_STATUS_NOT_SATISFIED => Err(CardError::ManagementKeyRequired),
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// The error for `6985` to a signature: besides what holds for the whole card, the approver's leave
    /// or a place in the journal may be missing.
    pub(crate) fn why_not_signed_now(&mut self, slot: Slot, instruction: Instruction) -> CardError {
        let status = match self.sello_status() {
            Ok(status) => status,
            Err(error @ CardError::Transport(_)) => return error,
            // A card of another make says no more.
            Err(_) => {
                return CardError::Status {
                    instruction,
                    status: Status::CONDITIONS_NOT_SATISFIED,
                };
            }
        };
        if let Some(error) = status.why_not_now() {
            return error;
        }
        if status.journal_counter == Some(u32::MAX) {
            return CardError::JournalFull;
        }
        match self.key_policy(slot) {
            Ok(policy) if policy.dual_control && policy.approvals_left == 0 => {
                CardError::ApprovalMissing {
                    slot,
                    approvals_left: 0,
                }
            }
            Err(error @ CardError::Transport(_)) => error,
            _ => CardError::Status {
                instruction,
                status: Status::CONDITIONS_NOT_SATISFIED,
            },
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
    let algorithm = byte(tag::ALGORITHM)?.and_then(Algorithm::from_byte);
    let point = find(tag::PUBLIC_KEY)?
        .and_then(|key| tlv::find(key, Tag::POINT).ok().flatten())
        .filter(|point| {
            let curve = algorithm.and_then(Algorithm::curve);
            curve.is_some_and(|curve| uncompressed(point, curve))
        })
        .map(<[u8]>::to_vec);
    Ok(Metadata {
        algorithm,
        // 04 means something else on other tokens; a Sello card never shows it here.
        pin_policy: byte(tag::POLICY)?
            .and_then(PinPolicy::from_byte)
            .filter(|policy| *policy != PinPolicy::Counted),
        origin: byte(tag::ORIGIN)?.and_then(KeyOrigin::from_byte),
        point,
    })
}

fn uncompressed(bytes: &[u8], curve: Curve) -> bool {
    bytes.len() == curve.point_length() && bytes.first() == Some(&0x04)
}

/// A SEQUENCE that fills the bytes and is no longer than a signature can be; whether it is a
/// right signature is for whoever holds the public key.
pub(super) fn is_signature(bytes: &[u8]) -> bool {
    bytes.len() <= LARGEST_SIGNATURE
        && matches!(bytes, [0x30, length, rest @ ..] if usize::from(*length) == rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::TransportError;
    use crate::script::Script;

    fn signing(answer: &str) -> Script {
        let digest = "AA".repeat(32);
        Script::new().on(&format!("0087119C 26 7C24 8200 8120{digest} 00"), answer)
    }

    fn sign(script: &Script) -> Result<Vec<u8>, CardError> {
        let mut session = script.session();
        session
            .exclusive()
            .unwrap()
            .sign(Slot::Signature, &[0xAA; 32])
    }

    #[test]
    fn a_signature_comes_out_of_its_template() {
        let signed = sign(&signing("7C0A 8208 3006020101020102 9000"));
        assert_eq!(signed, Ok(hex::decode("3006020101020102").unwrap()));
    }

    #[test]
    fn what_is_no_signature_is_malformed() {
        for answer in [
            "9000",
            "7C028200 9000",
            "7C0482023005 9000",
            "8208300602010102 9000",
        ] {
            let error = sign(&signing(answer));
            assert!(
                matches!(error, Err(CardError::Malformed { .. })),
                "{answer}"
            );
        }
    }

    #[test]
    fn refusals_say_why() {
        let slot = Slot::Signature;
        assert_eq!(sign(&signing("6982")), Err(CardError::PinRequired));
        assert_eq!(sign(&signing("6A88")), Err(CardError::NoKey { slot }));
        let transport = signing("6985").on(
            "80F20000 00",
            "E01E 800107 810101 82020303 83020303 840400000001 850400000010 86020100 9000",
        );
        assert_eq!(sign(&transport), Err(CardError::TransportPinInForce));
        let other_make = signing("6985").on("80F20000 00", "6D00");
        assert!(matches!(sign(&other_make), Err(CardError::Status { .. })));
    }

    #[test]
    fn a_card_pulled_before_the_signature_is_reported() {
        let digest = "AA".repeat(32);
        let script = Script::new().fails(
            &format!("0087119C 26 7C24 8200 8120{digest} 00"),
            TransportError::Removed,
        );
        assert!(sign(&script).unwrap_err().is_connection_lost());
    }

    #[test]
    fn metadata_is_read_where_this_house_has_a_name_for_it() {
        let point = format!("04{}", "11".repeat(64));
        let script = Script::new()
            .on(
                "00F7009C 00",
                &format!("010111 02020301 030101 0443 8641{point} 9000"),
            )
            .on("00F7009C 00", "010107 02020401 9000")
            .on("00F7009C 00", "6A88");
        let mut session = script.session();
        let mut card = session.exclusive().unwrap();
        let known = card.metadata(Slot::Signature).unwrap();
        assert_eq!(known.algorithm, Some(Algorithm::P256));
        assert_eq!(known.pin_policy, Some(PinPolicy::Always));
        assert_eq!(known.origin, Some(KeyOrigin::Generated));
        assert_eq!(known.point, hex::decode(point).ok());
        let unknown = card.metadata(Slot::Signature).unwrap();
        assert_eq!((unknown.algorithm, unknown.pin_policy), (None, None));
        let slot = Slot::Signature;
        assert_eq!(card.metadata(slot), Err(CardError::NoKey { slot }));
    }
}
