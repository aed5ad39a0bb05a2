//! Login, logout and the change of PINs.

use std::sync::Arc;

use cryptoki_sys as ck;
use cryptoki_sys::{CK_SESSION_HANDLE, CK_USER_TYPE};
use sello_wire::PinPolicy;

use super::Module;
use crate::error::Error;
use crate::inserted::Armed;
use crate::lock::lock;
use crate::session::Session;
use crate::slot::User;

impl Module {
    /// Presents a PIN, which is borrowed, sent and not kept. For the security officer it is the PUK,
    /// which is kept, and wiped when the officer is logged out.
    ///
    /// # Errors
    /// `CKR_PIN_INCORRECT`, `CKR_PIN_LOCKED`, `CKR_USER_ALREADY_LOGGED_IN`,
    /// `CKR_USER_ANOTHER_ALREADY_LOGGED_IN`, `CKR_SESSION_READ_ONLY_EXISTS`, `CKR_USER_TYPE_INVALID`,
    /// `CKR_OPERATION_NOT_INITIALIZED` and those of the card and the session.
    pub fn login(
        &self,
        handle: CK_SESSION_HANDLE,
        user: CK_USER_TYPE,
        pin: &[u8],
    ) -> Result<(), Error> {
        self.login_with(handle, user, Some(pin))
    }

    /// As [`Module::login`], with the PIN from the reader's keypad.
    ///
    /// # Errors
    /// As there; `CKR_ARGUMENTS_BAD` without a keypad and for the security officer,
    /// `CKR_FUNCTION_CANCELED` when nothing was entered.
    pub fn login_on_pad(&self, handle: CK_SESSION_HANDLE, user: CK_USER_TYPE) -> Result<(), Error> {
        self.login_with(handle, user, None)
    }

    fn login_with(
        &self,
        handle: CK_SESSION_HANDLE,
        user: CK_USER_TYPE,
        pin: Option<&[u8]>,
    ) -> Result<(), Error> {
        let session = self.session(handle)?;
        match user {
            ck::CKU_USER => session.slot.login(pin),
            ck::CKU_SO => {
                let puk = pin.ok_or(Error::ArgumentsBad)?;
                if self.has_read_only_session(&session) {
                    return Err(Error::SessionReadOnlyExists);
                }
                session.slot.login_security_officer(puk)
            }
            ck::CKU_CONTEXT_SPECIFIC => {
                let operations = lock(&session.operations);
                let operation = operations.sign.as_ref();
                if operation.is_none_or(|sign| sign.key.policy != PinPolicy::Always) {
                    return Err(Error::OperationNotInitialized);
                }
                session.slot.login_for(Armed::Session(session.handle), pin)
            }
            _ => Err(Error::UserTypeInvalid),
        }
    }

    fn has_read_only_session(&self, of: &Session) -> bool {
        let sessions = lock(&self.sessions);
        let mut open = sessions.open.values();
        open.any(|session| session.slot.id == of.slot.id && !session.is_writable)
    }

    /// Gives up what the PIN gained.
    ///
    /// # Errors
    /// `CKR_USER_NOT_LOGGED_IN` and those of the card and the session.
    pub fn logout(&self, handle: CK_SESSION_HANDLE) -> Result<(), Error> {
        self.session(handle)?.slot.logout()
    }

    /// Changes the user's PIN, or the PUK when the security officer is logged in.
    ///
    /// # Errors
    /// `CKR_PIN_INCORRECT`, `CKR_PIN_LOCKED`, `CKR_PIN_LEN_RANGE`, `CKR_PIN_INVALID`,
    /// `CKR_SESSION_READ_ONLY` and those of the card and the session.
    pub fn set_pin(&self, handle: CK_SESSION_HANDLE, old: &[u8], new: &[u8]) -> Result<(), Error> {
        let session = self.writable(handle)?;
        if session.slot.user() == User::SecurityOfficer {
            check_puk(new)?;
        } else {
            check_pin(new)?;
        }
        session.slot.change_pin(Some((old, new)))
    }

    /// Changes the user's PIN on the reader's keypad.
    ///
    /// # Errors
    /// As [`Module::set_pin`]; `CKR_ARGUMENTS_BAD` without a keypad, `CKR_FUNCTION_CANCELED` when
    /// nothing was entered.
    pub fn set_pin_on_pad(&self, handle: CK_SESSION_HANDLE) -> Result<(), Error> {
        self.writable(handle)?.slot.change_pin(None)
    }

    /// Sets the user's PIN, blocked or not, for the security officer.
    ///
    /// # Errors
    /// `CKR_USER_NOT_LOGGED_IN` unless the security officer is, `CKR_PIN_LEN_RANGE`,
    /// `CKR_PIN_INVALID`, `CKR_SESSION_READ_ONLY` and those of the card and the session.
    pub fn init_pin(&self, handle: CK_SESSION_HANDLE, new: &[u8]) -> Result<(), Error> {
        let session = self.writable(handle)?;
        if session.slot.user() != User::SecurityOfficer {
            return Err(Error::UserNotLoggedIn);
        }
        check_pin(new)?;
        session.slot.init_pin(new)
    }

    fn writable(&self, handle: CK_SESSION_HANDLE) -> Result<Arc<Session>, Error> {
        let session = self.session(handle)?;
        if session.is_writable {
            Ok(session)
        } else {
            Err(Error::SessionReadOnly)
        }
    }
}

/// A PIN has 6 to 8 digits (SP 800-73-5 part 2, 2.4.3).
fn check_pin(new: &[u8]) -> Result<(), Error> {
    if !(6..=8).contains(&new.len()) {
        return Err(Error::PinLengthRange);
    }
    if !new.iter().all(u8::is_ascii_digit) {
        return Err(Error::PinInvalid);
    }
    Ok(())
}

/// A PUK has 8 characters that can be typed.
fn check_puk(new: &[u8]) -> Result<(), Error> {
    if new.len() != 8 {
        return Err(Error::PinLengthRange);
    }
    if !new.iter().all(u8::is_ascii_graphic) {
        return Err(Error::PinInvalid);
    }
    Ok(())
}
