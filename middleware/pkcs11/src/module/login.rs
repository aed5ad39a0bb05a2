//! Login, logout and the change of the PIN.

use cryptoki_sys as ck;
use cryptoki_sys::{CK_SESSION_HANDLE, CK_USER_TYPE};
use sello_wire::PinPolicy;

use super::Module;
use crate::error::Error;
use crate::inserted::Armed;
use crate::lock::lock;

impl Module {
    /// Presents a PIN, which is borrowed, sent and not kept.
    ///
    /// # Errors
    /// `CKR_PIN_INCORRECT`, `CKR_PIN_LOCKED`, `CKR_USER_ALREADY_LOGGED_IN`, `CKR_USER_TYPE_INVALID`,
    /// `CKR_OPERATION_NOT_INITIALIZED` and those of the card and the session.
    pub fn login(
        &self,
        handle: CK_SESSION_HANDLE,
        user: CK_USER_TYPE,
        pin: &[u8],
    ) -> Result<(), Error> {
        let session = self.session(handle)?;
        match user {
            ck::CKU_USER => session.slot.login(pin),
            ck::CKU_CONTEXT_SPECIFIC => {
                let operations = lock(&session.operations);
                let operation = operations.sign.as_ref();
                if operation.is_none_or(|sign| sign.key.policy != PinPolicy::Always) {
                    return Err(Error::OperationNotInitialized);
                }
                let armed = Armed::Session(session.handle);
                session.slot.with_card(|card| card.verify(pin, armed))
            }
            _ => Err(Error::UserTypeInvalid),
        }
    }

    /// Gives up what the PIN gained.
    ///
    /// # Errors
    /// `CKR_USER_NOT_LOGGED_IN` and those of the card and the session.
    pub fn logout(&self, handle: CK_SESSION_HANDLE) -> Result<(), Error> {
        self.session(handle)?.slot.logout()
    }

    /// Changes the user's PIN.
    ///
    /// # Errors
    /// `CKR_PIN_INCORRECT`, `CKR_PIN_LOCKED`, `CKR_PIN_LEN_RANGE`, `CKR_PIN_INVALID`,
    /// `CKR_SESSION_READ_ONLY` and those of the card and the session.
    pub fn set_pin(&self, handle: CK_SESSION_HANDLE, old: &[u8], new: &[u8]) -> Result<(), Error> {
        let session = self.session(handle)?;
        if !session.is_writable {
            return Err(Error::SessionReadOnly);
        }
        if !(6..=8).contains(&new.len()) {
            return Err(Error::PinLengthRange);
        }
        if !new.iter().all(u8::is_ascii_digit) {
            return Err(Error::PinInvalid);
        }
        session.slot.with_card(|card| card.change_pin(old, new))
    }
}
