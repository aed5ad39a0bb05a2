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
    fn judge(
        &mut self,
        instruction: Instruction,
        reference: PinReference,
        status: Status,
    ) -> Result<(), CardError> {
        let blocked = match reference {
            PinReference::Pin => CardError::PinBlocked,
            PinReference::Puk => CardError::PukBlocked,
        };
        match (status, status.tries_left()) {
            (Status::OK, _) => Ok(()),
            (_, Some(0)) | (Status::AUTHENTICATION_BLOCKED, _) => Err(blocked),
            (_, Some(tries_left)) => Err(match reference {
                PinReference::Pin => CardError::WrongPin { tries_left },
                PinReference::Puk => CardError::WrongPuk { tries_left },
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

fn pair(first: &[u8; LENGTH], second: &[u8; LENGTH]) -> Zeroizing<Vec<u8>> {
    let mut data = Zeroizing::new(Vec::with_capacity(2 * LENGTH));
    data.extend_from_slice(first);
    data.extend_from_slice(second);
    data
}
