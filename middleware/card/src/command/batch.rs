//! Batches: ANNOUNCE BATCH, and the signatures of its documents.

use sello_wire::tag::batch as tag;
use sello_wire::{Algorithm, Instruction, PinPolicy, Slot, Status, Tag};

use crate::error::CardError;
use crate::exchange::Expect;
use crate::merkle::Batch;
use crate::session::Exclusive;
use crate::template;

use super::key::is_signature;

impl Exclusive<'_> {
    /// Announces the documents that the next PIN entry is to allow. The PIN counts as not given then:
    /// [`Exclusive::verify_pin`] has to be the very next call, and [`Exclusive::sign_in_batch`] follows
    /// for each document. A wrong PIN ends the batch: it has to be announced again.
    ///
    /// # Errors
    /// [`CardError::NotCounted`] when the key signs no batches, [`CardError::ApprovalMissing`] when
    /// the approver has allowed fewer stampings, [`CardError::NoKey`],
    /// [`CardError::TransportPinInForce`], [`CardError::NotPersonalized`], [`CardError::OutOfUse`],
    /// [`CardError::NotSupported`] on a card without batches, or what the transport says.
    pub fn announce_batch(&mut self, slot: Slot, batch: &Batch) -> Result<(), CardError> {
        let instruction = Instruction::AnnounceBatch;
        let mut data = batch.root().to_vec();
        data.extend_from_slice(&batch.count().to_be_bytes());
        let p = [0, slot.to_byte()];
        let status = self
            .send_sello(instruction, p, &data, Expect::Nothing)?
            .status;
        match status {
            Status::OK => Ok(()),
            Status::REFERENCE_NOT_FOUND => Err(CardError::NoKey { slot }),
            Status::CONDITIONS_NOT_SATISFIED => Err(self.why_no_batch(slot, batch.count())),
            _ => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// Signs a digest of the announced batch by its index from 0; returns the DER `ECDSA-Sig-Value`.
    /// The card signs each digest once.
    ///
    /// # Errors
    /// [`CardError::PinRequired`] when no batch is announced for this slot or the PIN was not given
    /// right after it, [`CardError::NotInBatch`] for another batch than the announced one or an index
    /// outside it, [`CardError::SignedBefore`], [`CardError::ApprovalMissing`], [`CardError::NoKey`],
    /// [`CardError::Malformed`], or what the transport says.
    pub fn sign_in_batch(
        &mut self,
        slot: Slot,
        batch: &Batch,
        index: u16,
    ) -> Result<Vec<u8>, CardError> {
        let instruction = Instruction::SignInBatch;
        let malformed = || CardError::Malformed { instruction };
        let not_in_batch = CardError::NotInBatch { index };
        let (Some(digest), Some(path)) = (batch.digest(index), batch.path(index)) else {
            return Err(not_in_batch);
        };
        let data = template::build(
            Tag::DYNAMIC_AUTHENTICATION,
            &[
                (Tag::RESPONSE, &[]),
                (Tag::CHALLENGE, digest),
                (tag::INDEX, &index.to_be_bytes()),
                (tag::PATH, &path.concat()),
            ],
        )
        .ok_or_else(malformed)?;
        let p = [Algorithm::P256.to_byte(), slot.to_byte()];
        let answer = self.send_sello(instruction, p, &data, Expect::Short)?;
        match answer.status {
            Status::OK => template::value(&answer.data, Tag::DYNAMIC_AUTHENTICATION, Tag::RESPONSE)
                .filter(|signature| is_signature(signature))
                .ok_or_else(malformed),
            Status::SECURITY_STATUS_NOT_SATISFIED => Err(CardError::PinRequired),
            Status::INCORRECT_DATA => Err(not_in_batch),
            Status::REFERENCE_NOT_FOUND | Status::INCORRECT_P1_P2 => Err(CardError::NoKey { slot }),
            Status::CONDITIONS_NOT_SATISFIED => Err(self.why_not_signed(slot, index)),
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// `6985` to ANNOUNCE BATCH.
    fn why_no_batch(&mut self, slot: Slot, count: u16) -> CardError {
        match self.key_policy(slot) {
            Ok(policy) if policy.pin_policy != PinPolicy::Counted => CardError::NotCounted { slot },
            Ok(policy) if policy.dual_control && policy.approvals_left < count => {
                CardError::ApprovalMissing {
                    slot,
                    approvals_left: policy.approvals_left,
                }
            }
            Ok(_) => self.why_not_now(Instruction::AnnounceBatch),
            Err(error) => error,
        }
    }

    /// `6985` to a signature within a batch: if nothing else forbids it, the leaf was used.
    fn why_not_signed(&mut self, slot: Slot, index: u16) -> CardError {
        match self.why_not_signed_now(slot, Instruction::SignInBatch) {
            CardError::Status { .. } => CardError::SignedBefore { index },
            error => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;

    const STATUS: &str = "E02B 800107 810100 82020303 83020303 840400000001 850400000010 \
         86020200 87020303 880400000007 890101 9000";
    const SIGNATURE: &str = "7C0A 8208 3006020101020102 9000";

    fn batch() -> Batch {
        Batch::new(&[[0xAA; 32], [0xBB; 32]]).unwrap()
    }

    fn announcing(answer: &str) -> Script {
        let root = hex::encode_upper(batch().root());
        Script::new().on(&format!("802A009C 22 {root} 0002"), answer)
    }

    fn announce(script: &Script) -> Result<(), CardError> {
        let mut session = script.session();
        session
            .exclusive()
            .unwrap()
            .announce_batch(Slot::Signature, &batch())
    }

    fn signing(answer: &str) -> Script {
        let (digest, path) = ("BB".repeat(32), batch().path(1).unwrap().concat());
        let path = hex::encode_upper(path);
        let data = format!("7C4A 8200 8120{digest} 83020001 8420{path}");
        Script::new().on(&format!("8087119C 4C {data} 00"), answer)
    }

    fn sign(script: &Script, index: u16) -> Result<Vec<u8>, CardError> {
        let mut session = script.session();
        session
            .exclusive()
            .unwrap()
            .sign_in_batch(Slot::Signature, &batch(), index)
    }

    #[test]
    fn a_batch_is_announced_by_root_and_count() {
        let slot = Slot::Signature;
        assert_eq!(announce(&announcing("9000")), Ok(()));
        let always = announcing("6985").on("80E4009C 00", "E50A 800103 810100 82020000 9000");
        assert_eq!(announce(&always), Err(CardError::NotCounted { slot }));
        let one_short = announcing("6985").on("80E4009C 00", "E50A 800104 810101 82020001 9000");
        let approvals_left = 1;
        assert_eq!(
            announce(&one_short),
            Err(CardError::ApprovalMissing {
                slot,
                approvals_left
            })
        );
    }

    #[test]
    fn each_document_brings_its_path() {
        assert!(sign(&signing(SIGNATURE), 1).is_ok());
        assert_eq!(sign(&signing("6982"), 1), Err(CardError::PinRequired));
        let index = 1;
        assert_eq!(
            sign(&signing("6A80"), 1),
            Err(CardError::NotInBatch { index })
        );
        let used = signing("6985")
            .on("80F20000 00", STATUS)
            .on("80E4009C 00", "E50A 800104 810100 82020000 9000");
        assert_eq!(sign(&used, 1), Err(CardError::SignedBefore { index }));
        assert_eq!(
            sign(&Script::new(), 2),
            Err(CardError::NotInBatch { index: 2 })
        );
    }
}
