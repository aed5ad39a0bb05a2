//! PIN and PUK: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER.

use sello_wire::pin::LENGTH;
use sello_wire::{Instruction, PinReference, Status};
use zeroize::Zeroizing;

use crate::error::CardError;
use crate::exchange::Expect;
use crate::secret::{Pin, Puk};
use crate::session::Exclusive;

impl Exclusive<'_> {
    /// Verifies the PIN.
    ///
    /// # Errors
    /// [`CardError::WrongPin`], [`CardError::PinBlocked`], [`CardError::NotPersonalized`],
    /// [`CardError::OutOfUse`], or what the transport says.
    pub fn verify_pin(&mut self, pin: &Pin) -> Result<(), CardError> {
        let instruction = Instruction::Verify;
        let p = [0, PinReference::Pin.to_byte()];
        let answer = self.send(instruction, p, pin.padded(), Expect::Nothing)?;
        self.judge(instruction, PinReference::Pin, answer.status)
    }

    /// How many tries the PIN has left, without using one; `None` when the PIN is verified already
    /// and the card does not say.
    ///
    /// # Errors
    /// What the transport says, or [`CardError::Status`].
    pub fn pin_tries_left(&mut self) -> Result<Option<u8>, CardError> {
        let instruction = Instruction::Verify;
        let p = [0, PinReference::Pin.to_byte()];
        let status = self.send(instruction, p, &[], Expect::Nothing)?.status;
        match (status, status.tries_left()) {
            (_, Some(left)) => Ok(Some(left)),
            (Status::OK, None) => Ok(None),
            (Status::AUTHENTICATION_BLOCKED, None) => Ok(Some(0)),
            (Status::CONDITIONS_NOT_SATISFIED, None) => Err(self.why_not_now(instruction)),
            _ => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// Takes the PIN's right back (VERIFY with P1 = FF).
    ///
    /// # Errors
    /// What the transport says, or [`CardError::Status`].
    pub fn logout(&mut self) -> Result<(), CardError> {
        let instruction = Instruction::Verify;
        let p = [0xFF, PinReference::Pin.to_byte()];
        match self.send(instruction, p, &[], Expect::Nothing)?.status {
            Status::OK => Ok(()),
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// Changes the PIN; a transport PIN is thereby no longer in force.
    ///
    /// # Errors
    /// [`CardError::WrongPin`] or [`CardError::PinBlocked`] for the old PIN,
    /// [`CardError::NewPinRefused`], or as [`Exclusive::verify_pin`].
    pub fn change_pin(&mut self, old: &Pin, new: &Pin) -> Result<(), CardError> {
        self.change(PinReference::Pin, old.padded(), new.padded())
    }

    /// Changes the PUK.
    ///
    /// # Errors
    /// [`CardError::WrongPuk`] or [`CardError::PukBlocked`] for the old PUK,
    /// [`CardError::NewPinRefused`], or as [`Exclusive::verify_pin`].
    pub fn change_puk(&mut self, old: &Puk, new: &Puk) -> Result<(), CardError> {
        self.change(PinReference::Puk, old.padded(), new.padded())
    }

    /// Sets a new PIN with the PUK (RESET RETRY COUNTER), blocked or not.
    ///
    /// # Errors
    /// [`CardError::WrongPuk`], [`CardError::PukBlocked`], [`CardError::NewPinRefused`], or as
    /// [`Exclusive::verify_pin`].
    pub fn unblock_pin(&mut self, puk: &Puk, new: &Pin) -> Result<(), CardError> {
        let instruction = Instruction::ResetRetryCounter;
        let p = [0, PinReference::Pin.to_byte()];
        let data = pair(puk.padded(), new.padded());
        let answer = self.send(instruction, p, &data[..], Expect::Nothing)?;
        self.judge(instruction, PinReference::Puk, answer.status)
    }

    fn change(
        &mut self,
        reference: PinReference,
        old: &[u8; LENGTH],
        new: &[u8; LENGTH],
    ) -> Result<(), CardError> {
        let instruction = Instruction::ChangeReferenceData;
        let data = pair(old, new);
        let p = [0, reference.to_byte()];
        let answer = self.send(instruction, p, &data[..], Expect::Nothing)?;
        self.judge(instruction, reference, answer.status)
    }

    /// `reference` is the one whose value was given to prove the right.
    pub(super) fn judge(
        &mut self,
        instruction: Instruction,
        reference: PinReference,
        status: Status,
    ) -> Result<(), CardError> {
        let blocked = match reference {
            PinReference::Pin => CardError::PinBlocked,
            PinReference::Puk => CardError::PukBlocked,
            PinReference::Approver => CardError::ApproverBlocked,
        };
        match (status, status.tries_left()) {
            (Status::OK, _) => Ok(()),
            (_, Some(0)) | (Status::AUTHENTICATION_BLOCKED, _) => Err(blocked),
            (_, Some(tries_left)) => Err(match reference {
                PinReference::Pin => CardError::WrongPin { tries_left },
                PinReference::Puk => CardError::WrongPuk { tries_left },
                PinReference::Approver => CardError::WrongApproverPin { tries_left },
            }),
            (Status::INCORRECT_DATA, _) if instruction != Instruction::Verify => {
                Err(CardError::NewPinRefused)
            }
            (Status::CONDITIONS_NOT_SATISFIED, _) => Err(self.why_not_now(instruction)),
            _ => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }
}

pub(super) fn pair(first: &[u8; LENGTH], second: &[u8; LENGTH]) -> Zeroizing<Vec<u8>> {
    let mut data = Zeroizing::new(Vec::with_capacity(2 * LENGTH));
    data.extend_from_slice(first);
    data.extend_from_slice(second);
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;
    use sello_wire::LifeCycle;

    const VERIFY: &str = "00200080 08 313233343536FFFF";

    fn pin() -> Pin {
        Pin::new(b"123456").unwrap()
    }

    fn status(life_cycle: &str, flags: &str) -> String {
        format!(
            "E01E 8001{life_cycle} 8101{flags} 82020303 83020303 840400000001 850400000010 86020100 9000"
        )
    }

    #[test]
    fn a_wrong_pin_tells_the_tries_left_and_the_last_one_blocks() {
        for (answer, error) in [
            ("63C2", CardError::WrongPin { tries_left: 2 }),
            ("63C0", CardError::PinBlocked),
            ("6983", CardError::PinBlocked),
        ] {
            let script = Script::new().on(VERIFY, answer);
            let mut session = script.session();
            let verified = session.exclusive().unwrap().verify_pin(&pin());
            assert_eq!(verified, Err(error));
        }
    }

    #[test]
    fn a_refusal_is_explained_by_the_life_cycle() {
        for (life_cycle, error) in [
            (
                "01",
                CardError::NotPersonalized {
                    life_cycle: LifeCycle::Blank,
                },
            ),
            (
                "0F",
                CardError::OutOfUse {
                    life_cycle: LifeCycle::Blocked,
                },
            ),
        ] {
            let script = Script::new()
                .on(VERIFY, "6985")
                .on("80F20000 00", &status(life_cycle, "00"));
            let mut session = script.session();
            let verified = session.exclusive().unwrap().verify_pin(&pin());
            assert_eq!(verified, Err(error));
        }
    }

    #[test]
    fn tries_are_asked_for_without_using_one() {
        let script = Script::new()
            .on("00200080", "63C1")
            .on("00200080", "6983")
            .on("00200080", "9000")
            .on("0020FF80", "9000");
        let mut session = script.session();
        let mut card = session.exclusive().unwrap();
        assert_eq!(card.pin_tries_left(), Ok(Some(1)));
        assert_eq!(card.pin_tries_left(), Ok(Some(0)));
        assert_eq!(card.pin_tries_left(), Ok(None));
        assert_eq!(card.logout(), Ok(()));
    }

    #[test]
    fn changes_send_old_and_new_and_say_which_was_wrong() {
        let script = Script::new()
            .on("00240080 10 313233343536FFFF 36353433323130FF", "9000")
            .on("00240080 10 313233343536FFFF 36353433323130FF", "6A80")
            .on("00240081 10 3132333435363738 3837363534333231", "63C1")
            .on("002C0080 10 3132333435363738 36353433323130FF", "6983");
        let mut session = script.session();
        let mut card = session.exclusive().unwrap();
        let new = Pin::new(b"6543210").unwrap();
        assert_eq!(card.change_pin(&pin(), &new), Ok(()));
        assert_eq!(card.change_pin(&pin(), &new), Err(CardError::NewPinRefused));
        let puk = Puk::new(b"87654321").unwrap();
        assert_eq!(
            card.change_puk(&Puk::factory(), &puk),
            Err(CardError::WrongPuk { tries_left: 1 })
        );
        assert_eq!(
            card.unblock_pin(&Puk::factory(), &new),
            Err(CardError::PukBlocked)
        );
    }
}
