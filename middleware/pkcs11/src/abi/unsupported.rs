//! Functions that PKCS#11 2.40 has and this module does not offer.

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_BYTE, CK_MECHANISM, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_SLOT_ID, CK_ULONG,
    CK_UTF8CHAR,
};

use super::entry::entries;
use crate::error::Error;

entries! {
    /// Not offered.
    fn C_InitToken(_slot: CK_SLOT_ID, _pin: *mut CK_UTF8CHAR, _length: CK_ULONG, _label: *mut CK_UTF8CHAR) []
    |_module| Err(Error::FunctionNotSupported)

    /// Not offered.
    fn C_GetOperationState(session: CK_SESSION_HANDLE, _state: *mut CK_BYTE, _length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_SetOperationState(session: CK_SESSION_HANDLE, _state: *mut CK_BYTE, _length: CK_ULONG, _encryption_key: CK_OBJECT_HANDLE, _authentication_key: CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_CreateObject(session: CK_SESSION_HANDLE, _template: *mut CK_ATTRIBUTE, _count: CK_ULONG, _object: *mut CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_CopyObject(session: CK_SESSION_HANDLE, _object: CK_OBJECT_HANDLE, _template: *mut CK_ATTRIBUTE, _count: CK_ULONG, _copy: *mut CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_DestroyObject(session: CK_SESSION_HANDLE, _object: CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_GetObjectSize(session: CK_SESSION_HANDLE, _object: CK_OBJECT_HANDLE, _size: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_SetAttributeValue(session: CK_SESSION_HANDLE, _object: CK_OBJECT_HANDLE, _template: *mut CK_ATTRIBUTE, _count: CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_EncryptInit(session: CK_SESSION_HANDLE, _mechanism: *mut CK_MECHANISM, _key: CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_Encrypt(session: CK_SESSION_HANDLE, _data: *mut CK_BYTE, _data_length: CK_ULONG, _encrypted: *mut CK_BYTE, _encrypted_length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_EncryptUpdate(session: CK_SESSION_HANDLE, _part: *mut CK_BYTE, _part_length: CK_ULONG, _encrypted: *mut CK_BYTE, _encrypted_length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_EncryptFinal(session: CK_SESSION_HANDLE, _encrypted: *mut CK_BYTE, _encrypted_length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_DecryptInit(session: CK_SESSION_HANDLE, _mechanism: *mut CK_MECHANISM, _key: CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_Decrypt(session: CK_SESSION_HANDLE, _encrypted: *mut CK_BYTE, _encrypted_length: CK_ULONG, _data: *mut CK_BYTE, _data_length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_DecryptUpdate(session: CK_SESSION_HANDLE, _encrypted: *mut CK_BYTE, _encrypted_length: CK_ULONG, _part: *mut CK_BYTE, _part_length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_DecryptFinal(session: CK_SESSION_HANDLE, _part: *mut CK_BYTE, _part_length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_DigestKey(session: CK_SESSION_HANDLE, _key: CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_SignRecoverInit(session: CK_SESSION_HANDLE, _mechanism: *mut CK_MECHANISM, _key: CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_SignRecover(session: CK_SESSION_HANDLE, _data: *mut CK_BYTE, _data_length: CK_ULONG, _signature: *mut CK_BYTE, _signature_length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_VerifyInit(session: CK_SESSION_HANDLE, _mechanism: *mut CK_MECHANISM, _key: CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_Verify(session: CK_SESSION_HANDLE, _data: *mut CK_BYTE, _data_length: CK_ULONG, _signature: *mut CK_BYTE, _signature_length: CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_VerifyUpdate(session: CK_SESSION_HANDLE, _part: *mut CK_BYTE, _length: CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_VerifyFinal(session: CK_SESSION_HANDLE, _signature: *mut CK_BYTE, _signature_length: CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_VerifyRecoverInit(session: CK_SESSION_HANDLE, _mechanism: *mut CK_MECHANISM, _key: CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_VerifyRecover(session: CK_SESSION_HANDLE, _signature: *mut CK_BYTE, _signature_length: CK_ULONG, _data: *mut CK_BYTE, _data_length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_DigestEncryptUpdate(session: CK_SESSION_HANDLE, _part: *mut CK_BYTE, _part_length: CK_ULONG, _encrypted: *mut CK_BYTE, _encrypted_length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_DecryptDigestUpdate(session: CK_SESSION_HANDLE, _encrypted: *mut CK_BYTE, _encrypted_length: CK_ULONG, _part: *mut CK_BYTE, _part_length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_SignEncryptUpdate(session: CK_SESSION_HANDLE, _part: *mut CK_BYTE, _part_length: CK_ULONG, _encrypted: *mut CK_BYTE, _encrypted_length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_DecryptVerifyUpdate(session: CK_SESSION_HANDLE, _encrypted: *mut CK_BYTE, _encrypted_length: CK_ULONG, _part: *mut CK_BYTE, _part_length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_GenerateKey(session: CK_SESSION_HANDLE, _mechanism: *mut CK_MECHANISM, _template: *mut CK_ATTRIBUTE, _count: CK_ULONG, _key: *mut CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_GenerateKeyPair(session: CK_SESSION_HANDLE, _mechanism: *mut CK_MECHANISM, _public_template: *mut CK_ATTRIBUTE, _public_count: CK_ULONG, _private_template: *mut CK_ATTRIBUTE, _private_count: CK_ULONG, _public_key: *mut CK_OBJECT_HANDLE, _private_key: *mut CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_WrapKey(session: CK_SESSION_HANDLE, _mechanism: *mut CK_MECHANISM, _wrapping_key: CK_OBJECT_HANDLE, _key: CK_OBJECT_HANDLE, _wrapped: *mut CK_BYTE, _wrapped_length: *mut CK_ULONG) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_UnwrapKey(session: CK_SESSION_HANDLE, _mechanism: *mut CK_MECHANISM, _unwrapping_key: CK_OBJECT_HANDLE, _wrapped: *mut CK_BYTE, _wrapped_length: CK_ULONG, _template: *mut CK_ATTRIBUTE, _count: CK_ULONG, _key: *mut CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// Not offered.
    fn C_DeriveKey(session: CK_SESSION_HANDLE, _mechanism: *mut CK_MECHANISM, _base_key: CK_OBJECT_HANDLE, _template: *mut CK_ATTRIBUTE, _count: CK_ULONG, _key: *mut CK_OBJECT_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotSupported)
    }

    /// A relic of parallel sessions (PKCS#11 2.40, 5.16).
    fn C_GetFunctionStatus(session: CK_SESSION_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotParallel)
    }

    /// A relic of parallel sessions (PKCS#11 2.40, 5.16).
    fn C_CancelFunction(session: CK_SESSION_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotParallel)
    }
}
