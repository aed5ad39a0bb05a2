//! Signatures by the card, random bytes by the host, and the end of operations.

use cryptoki_sys as ck;
use cryptoki_sys::{CK_MECHANISM_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE};
use sello_wire::PinPolicy;

use super::Module;
use crate::error::Error;
use crate::lock::lock;
use crate::mechanism::{Abilities, SignMechanism};
use crate::operation::SignOperation;
use crate::session::Operations;
use crate::signature;

impl Module {
    /// Begins a signature.
    ///
    /// # Errors
    /// `CKR_OPERATION_ACTIVE`, `CKR_MECHANISM_INVALID`, `CKR_KEY_HANDLE_INVALID`,
    /// `CKR_USER_NOT_LOGGED_IN` and those of the card and the session.
    pub fn sign_begin(
        &self,
        handle: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
        key: CK_OBJECT_HANDLE,
    ) -> Result<(), Error> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        if operations.sign.is_some() {
            return Err(Error::OperationActive);
        }
        let mechanism = SignMechanism::of(mechanism)?;
        let key = self.private_key(&session, key)?;
        operations.sign = Some(SignOperation::new(mechanism, key));
        Ok(())
    }

    /// Length of the signature, in bytes; the card is not asked. `in_parts` says which way the data
    /// has to have come so far.
    ///
    /// # Errors
    /// `CKR_OPERATION_NOT_INITIALIZED` and those of the session.
    pub fn sign_length(&self, handle: CK_SESSION_HANDLE, in_parts: bool) -> Result<usize, Error> {
        let session = self.session(handle)?;
        let operations = lock(&session.operations);
        match &operations.sign {
            Some(sign) if in_parts || !sign.in_parts => Ok(signature::raw_length(sign.key.curve)),
            _ => Err(Error::OperationNotInitialized),
        }
    }

    /// Takes a part of the data to sign.
    ///
    /// # Errors
    /// `CKR_OPERATION_NOT_INITIALIZED`, `CKR_DATA_LEN_RANGE` and those of the session.
    pub fn sign_update(&self, handle: CK_SESSION_HANDLE, part: &[u8]) -> Result<(), Error> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        let sign = operations.sign.as_mut();
        let sign = sign.ok_or(Error::OperationNotInitialized)?;
        sign.in_parts = true;
        let taken = sign.update(part);
        if taken.is_err() {
            operations.sign = None;
        }
        taken
    }

    /// Signs what came in parts, and `last`; ends the operation whatever comes of it.
    ///
    /// # Errors
    /// `CKR_USER_NOT_LOGGED_IN`, `CKR_PIN_EXPIRED`, `CKR_DATA_LEN_RANGE` and those of the card and the
    /// session.
    pub fn sign_finish(&self, handle: CK_SESSION_HANDLE, last: &[u8]) -> Result<Vec<u8>, Error> {
        let session = self.session(handle)?;
        let operation = lock(&session.operations).sign.take();
        let mut operation = operation.ok_or(Error::OperationNotInitialized)?;
        operation.update(last)?;
        let key = operation.key;
        let digest = operation.finish()?;
        let signed = session
            .slot
            .with_card(|card| card.sign(key, &digest, session.handle));
        if signed == Err(Error::UserNotLoggedIn) && key.policy != PinPolicy::Always {
            session.slot.pin_state_lost();
        }
        signature::to_raw(key.curve, &signed?).ok_or(Error::DeviceError)
    }

    /// Fills a buffer with random bytes of the operating system.
    ///
    /// # Errors
    /// `CKR_DEVICE_ERROR` when the operating system gives none.
    pub fn random(&self, bytes: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(bytes).map_err(|_| Error::DeviceError)
    }

    /// Ends the active operations that the flags name, or every one if they name none (PKCS#11 3.2, 5.6.12,
    /// `C_SessionCancel`, which does not say what the latter is for).
    ///
    /// # Errors
    /// Those of the session.
    pub fn cancel(&self, handle: CK_SESSION_HANDLE, flags: ck::CK_FLAGS) -> Result<(), Error> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        if flags == 0 {
            *operations = Operations::default();
        }
        if flags & ck::CKF_FIND_OBJECTS != 0 {
            operations.find = None;
        }
        if flags & ck::CKF_SIGN != 0 {
            operations.sign = None;
        }
        if flags & ck::CKF_VERIFY != 0 {
            operations.verify = None;
        }
        if flags & ck::CKF_DIGEST != 0 {
            operations.digest = None;
        }
        Ok(())
    }

    /// Ends the one operation of this kind, as beginning another without a mechanism does (PKCS#11 3.2,
    /// 5.12 and others).
    ///
    /// # Errors
    /// `CKR_ARGUMENTS_BAD` when there is none to end; those of the session.
    pub fn cancel_one(&self, handle: CK_SESSION_HANDLE, kind: ck::CK_FLAGS) -> Result<(), Error> {
        let session = self.session(handle)?;
        let is_active = {
            let operations = lock(&session.operations);
            match kind {
                ck::CKF_SIGN => operations.sign.is_some(),
                ck::CKF_VERIFY => operations.verify.is_some(),
                ck::CKF_DIGEST => operations.digest.is_some(),
                _ => false,
            }
        };
        if !is_active {
            return Err(Error::ArgumentsBad);
        }
        self.cancel(handle, kind)
    }

    /// Logs out, and ends what a logout ends.
    ///
    /// # Errors
    /// Those of [`Module::logout`].
    pub fn logout_and_forget(&self, handle: CK_SESSION_HANDLE) -> Result<(), Error> {
        let slot = self.session(handle)?.slot.id;
        self.logout(handle)?;
        self.forget_private(slot);
        Ok(())
    }

    /// The mechanisms of the card in a slot.
    ///
    /// # Errors
    /// As [`Module::check_token`].
    pub fn mechanisms(&self, slot: ck::CK_SLOT_ID) -> Result<Vec<CK_MECHANISM_TYPE>, Error> {
        Ok(crate::mechanism::all(self.abilities(slot)?))
    }

    /// What there is to know of a mechanism of the card in a slot.
    ///
    /// # Errors
    /// `CKR_MECHANISM_INVALID`; as [`Module::check_token`].
    pub fn mechanism_info(
        &self,
        slot: ck::CK_SLOT_ID,
        kind: CK_MECHANISM_TYPE,
    ) -> Result<ck::CK_MECHANISM_INFO, Error> {
        crate::mechanism::info(kind, self.abilities(slot)?)
    }

    fn abilities(&self, slot: ck::CK_SLOT_ID) -> Result<Abilities, Error> {
        self.check_token(slot)?;
        self.slot(slot)?.with_public(|card| Ok(card.abilities()))
    }

    /// Checks that a session is open.
    ///
    /// # Errors
    /// Those of the session.
    pub fn check_session(&self, handle: CK_SESSION_HANDLE) -> Result<(), Error> {
        self.session(handle).map(drop)
    }
}
