//! Digests, on the host.

use std::sync::Arc;

use cryptoki_sys::{CK_MECHANISM_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE};

use super::Module;
use crate::error::Error;
use crate::hash::Hash;
use crate::lock::lock;
use crate::operation::DigestOperation;
use crate::session::Session;

impl Module {
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
            let hash = Hash::of_digest(mechanism).ok_or(Error::MechanismInvalid)?;
            *digest = Some(DigestOperation::new(hash));
            Ok(())
        })
    }

    /// The length of the digest, in bytes; unless `in_parts`, no part may have come yet.
    ///
    /// # Errors
    /// `CKR_OPERATION_NOT_INITIALIZED` and those of the session.
    pub fn digest_length(&self, handle: CK_SESSION_HANDLE, in_parts: bool) -> Result<usize, Error> {
        self.with_digest(handle, |digest| match digest {
            Some(active) if in_parts || !active.in_parts => Ok(active.hash.length()),
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
            active.hasher.update(part);
            Ok(())
        })
    }

    /// Takes the value of a secret key of the session as a part of the data.
    ///
    /// # Errors
    /// `CKR_KEY_HANDLE_INVALID`, `CKR_KEY_INDIGESTIBLE` and those of [`Module::digest_update`].
    pub fn digest_key(
        &self,
        handle: CK_SESSION_HANDLE,
        key: CK_OBJECT_HANDLE,
    ) -> Result<(), Error> {
        self.digest_length(handle, true)?;
        let session = self.session(handle)?;
        let key = self.key(&session, key)?;
        let secret = key.attributes.secret().ok_or(Error::KeyIndigestible)?;
        self.digest_update(handle, secret)
    }

    /// The digest of what came in parts, and of `last`; ends the operation.
    ///
    /// # Errors
    /// `CKR_OPERATION_NOT_INITIALIZED` and those of the session.
    pub fn digest_finish(&self, handle: CK_SESSION_HANDLE, last: &[u8]) -> Result<Vec<u8>, Error> {
        self.with_digest(handle, |digest| {
            let mut active = digest.take().ok_or(Error::OperationNotInitialized)?;
            active.hasher.update(last);
            Ok(active.hasher.finish())
        })
    }

    fn with_digest<T>(
        &self,
        handle: CK_SESSION_HANDLE,
        work: impl FnOnce(&mut Option<DigestOperation>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let session: Arc<Session> = self.session(handle)?;
        let mut operations = lock(&session.operations);
        work(&mut operations.digest)
    }
}
