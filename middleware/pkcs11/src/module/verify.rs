//! Verification, on the host.

use std::sync::Arc;

use cryptoki_sys as ck;
use cryptoki_sys::{CK_MECHANISM_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE};

use super::Module;
use crate::error::Error;
use crate::lock::lock;
use crate::mechanism::SignMechanism;
use crate::object::Role;
use crate::operation::VerifyOperation;

impl Module {
    /// Begins a verification; the signature may be given now (`C_VerifySignatureInit`).
    ///
    /// # Errors
    /// `CKR_OPERATION_ACTIVE`, `CKR_MECHANISM_INVALID`, `CKR_KEY_HANDLE_INVALID`,
    /// `CKR_KEY_FUNCTION_NOT_PERMITTED`, `CKR_KEY_TYPE_INCONSISTENT`, `CKR_SIGNATURE_LEN_RANGE` and those
    /// of the card and the session.
    pub fn verify_begin(
        &self,
        handle: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
        key: CK_OBJECT_HANDLE,
        signature: Option<&[u8]>,
    ) -> Result<(), Error> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        if operations.verify.is_some() {
            return Err(Error::OperationActive);
        }
        let mechanism = SignMechanism::of(mechanism)?;
        let object = self.key(&session, key)?;
        let Role::Public(key) = &object.role else {
            return Err(if object.is(ck::CKO_SECRET_KEY) {
                Error::KeyTypeInconsistent
            } else {
                Error::KeyFunctionNotPermitted
            });
        };
        if !object.attributes.is_set(ck::CKA_VERIFY) {
            return Err(Error::KeyFunctionNotPermitted);
        }
        let mut operation = VerifyOperation::new(mechanism, Arc::clone(key));
        if let Some(signature) = signature {
            operation.check_length(signature)?;
            operation.signature = Some(signature.to_vec());
        }
        operations.verify = Some(operation);
        Ok(())
    }

    /// Takes a part of the data. `given` says whether the signature was given at the beginning.
    ///
    /// # Errors
    /// `CKR_OPERATION_NOT_INITIALIZED`, `CKR_DATA_LEN_RANGE` and those of the session.
    pub fn verify_update(
        &self,
        handle: CK_SESSION_HANDLE,
        part: &[u8],
        given: bool,
    ) -> Result<(), Error> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        let verify = operations.verify.as_mut();
        let verify = verify.filter(|verify| verify.signature.is_some() == given);
        let verify = verify.ok_or(Error::OperationNotInitialized)?;
        verify.in_parts = true;
        let taken = verify.update(part);
        if taken.is_err() {
            operations.verify = None;
        }
        taken
    }

    /// Verifies; ends the operation whatever comes of it. With `whole`, no part may have come before; no
    /// `signature` stands for the one given at the beginning.
    ///
    /// # Errors
    /// `CKR_OPERATION_NOT_INITIALIZED`, `CKR_SIGNATURE_INVALID`, `CKR_SIGNATURE_LEN_RANGE`,
    /// `CKR_DATA_LEN_RANGE` and those of the session.
    pub fn verify_finish(
        &self,
        handle: CK_SESSION_HANDLE,
        whole: Option<&[u8]>,
        signature: Option<&[u8]>,
    ) -> Result<(), Error> {
        let session = self.session(handle)?;
        let operation = {
            let mut operations = lock(&session.operations);
            let fits = operations.verify.as_ref().is_some_and(|verify| {
                verify.signature.is_none() == signature.is_some()
                    && !(whole.is_some() && verify.in_parts)
            });
            if fits { operations.verify.take() } else { None }
        };
        let mut operation = operation.ok_or(Error::OperationNotInitialized)?;
        let given = operation.signature.take();
        let signature = signature.or(given.as_deref()).unwrap_or_default();
        operation.check_length(signature)?;
        operation.update(whole.unwrap_or_default())?;
        operation.finish(signature)
    }
}
