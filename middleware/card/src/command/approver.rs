//! Dual control: the approver PIN.

use sello_wire::pin::LENGTH;
use sello_wire::{Instruction, PinReference, Slot, Status};
use zeroize::Zeroizing;

use super::pin::pair;
use crate::error::CardError;
use crate::exchange::Expect;
use crate::secret::Pin;
use crate::session::Exclusive;

const P: [u8; 2] = [0, PinReference::Approver.to_byte()];

impl Exclusive<'_> {
    /// Allows the key in a slot its next `count` stampings, in place of what was left; 0 withdraws
    /// (APPROVE). `pin` is the approver's.
    ///
    /// # Errors
    /// [`CardError::WrongApproverPin`], [`CardError::ApproverBlocked`],
    /// [`CardError::ApproverTransportPinInForce`], [`CardError::NoApprover`], [`CardError::NoKey`],
    /// [`CardError::NoDualControl`], [`CardError::NotPersonalized`], [`CardError::OutOfUse`],
    /// [`CardError::NotSupported`] on a card without dual control, or what the transport says.
    pub fn approve(&mut self, pin: &Pin, slot: Slot, count: u16) -> Result<(), CardError> {
        let instruction = Instruction::Approve;
        let mut data = Zeroizing::new(Vec::with_capacity(LENGTH + 3));
        data.extend_from_slice(pin.padded());
        data.push(slot.to_byte());
        data.extend_from_slice(&count.to_be_bytes());
        let status = self
            .send_sello(instruction, P, &data, Expect::Nothing)?
            .status;
        match status {
            Status::REFERENCE_NOT_FOUND => Err(self.no_reference(slot)),
            Status::CONDITIONS_NOT_SATISFIED => Err(self.why_no_approval(slot)),
            _ => self.judge(instruction, PinReference::Approver, status),
        }
    }

    /// How many tries the approver PIN has left, without using one; `None` when the card has no
    /// approver PIN.
    ///
    /// # Errors
    /// [`CardError::NotSupported`] on a card without dual control, [`CardError::NotPersonalized`],
    /// [`CardError::OutOfUse`], or what the transport says.
    pub fn approver_tries(&mut self) -> Result<Option<u8>, CardError> {
        let instruction = Instruction::Approve;
        let status = self
            .send_sello(instruction, P, &[], Expect::Nothing)?
            .status;
        match (status, status.tries_left()) {
            (_, Some(left)) => Ok(Some(left)),
            (Status::AUTHENTICATION_BLOCKED, None) => Ok(Some(0)),
            (Status::REFERENCE_NOT_FOUND, None) => Ok(None),
            (Status::CONDITIONS_NOT_SATISFIED, None) => Err(self.why_not_now(instruction)),
            _ => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// Changes the approver PIN; one from the center's letter is thereby no longer in force.
    ///
    /// # Errors
    /// [`CardError::WrongApproverPin`] or [`CardError::ApproverBlocked`] for the old PIN,
    /// [`CardError::NewPinRefused`], [`CardError::NoApprover`], or as [`Exclusive::approver_tries`].
    pub fn change_approver_pin(&mut self, old: &Pin, new: &Pin) -> Result<(), CardError> {
        let instruction = Instruction::ChangeApprover;
        let data = pair(old.padded(), new.padded());
        let status = self
            .send_sello(instruction, P, &data, Expect::Nothing)?
            .status;
        match status {
            Status::REFERENCE_NOT_FOUND => Err(CardError::NoApprover),
            _ => self.judge(instruction, PinReference::Approver, status),
        }
    }

    /// `6A88` to APPROVE: there is no approver PIN, or no key.
    fn no_reference(&mut self, slot: Slot) -> CardError {
        match self.approver_tries() {
            Ok(None) => CardError::NoApprover,
            Ok(Some(_)) => CardError::NoKey { slot },
            Err(error) => error,
        }
    }

    /// `6985` to APPROVE.
    fn why_no_approval(&mut self, slot: Slot) -> CardError {
        match self.sello_status() {
            Ok(status) if status.approver_transport_pin => {
                return CardError::ApproverTransportPinInForce;
            }
            Ok(_) => {}
            Err(error) => return error,
        }
        match self.key_policy(slot) {
            Ok(policy) if !policy.dual_control => CardError::NoDualControl { slot },
            Ok(_) => self.why_not_now(Instruction::Approve),
            Err(error) => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;

    const APPROVE: &str = "80200082 0B 363534333231FFFF 9C 0005";
    const TRIES: &str = "80200082";

    fn approve(script: &Script) -> Result<(), CardError> {
        let pin = Pin::new(b"654321").unwrap();
        let mut session = script.session();
        session
            .exclusive()
            .unwrap()
            .approve(&pin, Slot::Signature, 5)
    }

    fn status(flags: &str) -> String {
        format!(
            "E02B 800107 8101{flags} 82020303 83020303 840400000001 850400000010 86020200 \
             87020303 880400000000 890101 9000"
        )
    }

    #[test]
    fn an_approval_names_slot_and_count_and_says_what_was_wrong() {
        let slot = Slot::Signature;
        for (answer, outcome) in [
            ("9000", Ok(())),
            ("63C2", Err(CardError::WrongApproverPin { tries_left: 2 })),
            ("6983", Err(CardError::ApproverBlocked)),
            (
                "6D00",
                Err(CardError::NotSupported {
                    instruction: Instruction::Approve,
                }),
            ),
        ] {
            assert_eq!(approve(&Script::new().on(APPROVE, answer)), outcome);
        }
        let no_reference = Script::new().on(APPROVE, "6A88");
        let no_approver = no_reference.on(TRIES, "6A88");
        assert_eq!(approve(&no_approver), Err(CardError::NoApprover));
        let no_key = Script::new().on(APPROVE, "6A88").on(TRIES, "63C3");
        assert_eq!(approve(&no_key), Err(CardError::NoKey { slot }));
    }

    #[test]
    fn a_refused_approval_is_explained() {
        let slot = Slot::Signature;
        let transport = Script::new()
            .on(APPROVE, "6985")
            .on("80F20000 00", &status("04"));
        assert_eq!(
            approve(&transport),
            Err(CardError::ApproverTransportPinInForce)
        );
        let single = Script::new()
            .on(APPROVE, "6985")
            .on("80F20000 00", &status("00"))
            .on("80E4009C 00", "E50A 800103 810100 82020000 9000");
        assert_eq!(approve(&single), Err(CardError::NoDualControl { slot }));
    }

    #[test]
    fn the_approver_pin_is_changed_by_its_old_value() {
        let change = "80240082 10 363534333231FFFF 3132333435363738";
        let script = Script::new()
            .on(TRIES, "6A88")
            .on(TRIES, "6983")
            .on(change, "63C1")
            .on(change, "6A80")
            .on(change, "6A88");
        let mut session = script.session();
        let mut card = session.exclusive().unwrap();
        assert_eq!(card.approver_tries(), Ok(None));
        assert_eq!(card.approver_tries(), Ok(Some(0)));
        let (old, new) = (Pin::new(b"654321").unwrap(), Pin::new(b"12345678").unwrap());
        let mut change = || card.change_approver_pin(&old, &new);
        assert_eq!(change(), Err(CardError::WrongApproverPin { tries_left: 1 }));
        assert_eq!(change(), Err(CardError::NewPinRefused));
        assert_eq!(change(), Err(CardError::NoApprover));
    }
}
