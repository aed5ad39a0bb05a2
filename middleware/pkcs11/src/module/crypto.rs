//! Signatures by the card; digests and random bytes by the host.

use cryptoki_sys as ck;
use cryptoki_sys::{CK_MECHANISM_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE};
use sello_wire::PinPolicy;
use sha2::Digest;

use super::Module;
use crate::error::Error;
use crate::lock::lock;
use crate::mechanism::SignMechanism;
use crate::session::{DigestOperation, Session, SignOperation};
use crate::signature;

/// Length of a SHA-256 digest in bytes.
pub(crate) const DIGEST_LENGTH: usize = 32;

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
        let key = Self::private_key(&session, key)?;
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
            Some(sign) if in_parts || !sign.in_parts => Ok(signature::RAW_LENGTH),
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
    pub fn sign_finish(
        &self,
        handle: CK_SESSION_HANDLE,
        last: &[u8],
    ) -> Result<[u8; signature::RAW_LENGTH], Error> {
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
        signature::to_raw(&signed?).ok_or(Error::DeviceError)
    }

    /// Begins a digest.
    ///
    /// # Errors
    /// `CKR_OPERATION_ACTIVE`, `CKR_MECHANISM_INVALID` and those of the session.
    pub fn digest_begin(
        &self,
        handle: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
    ) -> Result<(), Error> {
        self.with_digest(handle, |digest| {
            if digest.is_some() {
                return Err(Error::OperationActive);
            }
            if mechanism != ck::CKM_SHA256 {
                return Err(Error::MechanismInvalid);
            }
            *digest = Some(DigestOperation::default());
            Ok(())
        })
    }

    /// Checks that a digest is active, and, unless `in_parts`, that no part came yet.
    ///
    /// # Errors
    /// `CKR_OPERATION_NOT_INITIALIZED` and those of the session.
    pub fn digest_length(&self, handle: CK_SESSION_HANDLE, in_parts: bool) -> Result<usize, Error> {
        self.with_digest(handle, |digest| match digest {
            Some(active) if in_parts || !active.in_parts => Ok(DIGEST_LENGTH),
            _ => Err(Error::OperationNotInitialized),
        })
    }

    /// Takes a part of the data to digest.
    ///
    /// # Errors
    /// `CKR_OPERATION_NOT_INITIALIZED` and those of the session.
    pub fn digest_update(&self, handle: CK_SESSION_HANDLE, part: &[u8]) -> Result<(), Error> {
        self.with_digest(handle, |digest| {
            let active = digest.as_mut().ok_or(Error::OperationNotInitialized)?;
            active.in_parts = true;
            active.hash.update(part);
            Ok(())
        })
    }

    /// The digest of what came in parts, and of `last`; ends the operation.
    ///
    /// # Errors
    /// `CKR_OPERATION_NOT_INITIALIZED` and those of the session.
    pub fn digest_finish(
        &self,
        handle: CK_SESSION_HANDLE,
        last: &[u8],
    ) -> Result<[u8; DIGEST_LENGTH], Error> {
        self.with_digest(handle, |digest| {
            let active = digest.take().ok_or(Error::OperationNotInitialized)?;
            Ok(active.hash.chain_update(last).finalize().into())
        })
    }

    fn with_digest<T>(
        &self,
        handle: CK_SESSION_HANDLE,
        work: impl FnOnce(&mut Option<DigestOperation>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let session: std::sync::Arc<Session> = self.session(handle)?;
        let mut operations = lock(&session.operations);
        work(&mut operations.digest)
    }

    /// Fills a buffer with random bytes of the operating system.
    ///
    /// # Errors
    /// `CKR_DEVICE_ERROR` when the operating system gives none.
    pub fn random(&self, bytes: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(bytes).map_err(|_| Error::DeviceError)
    }

    /// Checks that a session is open.
    ///
    /// # Errors
    /// Those of the session.
    pub fn check_session(&self, handle: CK_SESSION_HANDLE) -> Result<(), Error> {
        self.session(handle).map(drop)
    }
}
