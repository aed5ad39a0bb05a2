//! Functions that PKCS#11 3.2 has and this module does not offer: a card that signs has no mechanism for
//! them.

use cryptoki_sys::{
    CK_ASYNC_DATA, CK_ATTRIBUTE, CK_BYTE, CK_FLAGS, CK_MECHANISM, CK_OBJECT_HANDLE,
    CK_SESSION_HANDLE, CK_SLOT_ID, CK_ULONG, CK_UTF8CHAR, CK_VOID_PTR,
};

use super::entry::entries;
use crate::error::Error;

/// Makes entry points that look at the session and answer with an error.
macro_rules! unsupported {
    ($error:ident; $($name:ident($($argument:ident: $kind:ty),*);)+) => {
        entries! {$(
            /// Not offered.
            fn $name(session: CK_SESSION_HANDLE, $($argument: $kind),*) []
            |module| {
                module.check_session(session)?;
                Err(Error::$error)
            }
        )+}
    };
}

/// Makes entry points that look at the session and for a mechanism, and have none for it.
macro_rules! without_mechanism {
    ($($name:ident(
        $mechanism:ident: $of:ty
        $(, $argument:ident: $kind:ty)*
    );)+) => {
        entries! {$(
            /// Not offered.
            fn $name(session: CK_SESSION_HANDLE, $mechanism: $of $(, $argument: $kind)*) []
            |module| {
                if $mechanism.is_null() {
                    return Err(Error::ArgumentsBad);
                }
                module.check_session(session)?;
                Err(Error::FunctionNotSupported)
            }
        )+}
    };
}

without_mechanism! {
    C_EncryptInit(mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
    C_DecryptInit(mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
    C_SignRecoverInit(mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
    C_VerifyRecoverInit(mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
    C_GenerateKey(mechanism: *mut CK_MECHANISM, template: *mut CK_ATTRIBUTE, count: CK_ULONG, key: *mut CK_OBJECT_HANDLE);
    C_WrapKey(mechanism: *mut CK_MECHANISM, wrapping_key: CK_OBJECT_HANDLE, key: CK_OBJECT_HANDLE, wrapped: *mut CK_BYTE, wrapped_length: *mut CK_ULONG);
    C_UnwrapKey(mechanism: *mut CK_MECHANISM, unwrapping_key: CK_OBJECT_HANDLE, wrapped: *mut CK_BYTE, wrapped_length: CK_ULONG, template: *mut CK_ATTRIBUTE, count: CK_ULONG, key: *mut CK_OBJECT_HANDLE);
    C_MessageEncryptInit(mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
    C_MessageDecryptInit(mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
    C_MessageSignInit(mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
    C_MessageVerifyInit(mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
    C_EncapsulateKey(mechanism: *mut CK_MECHANISM, public_key: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, ciphertext: *mut CK_BYTE, ciphertext_length: *mut CK_ULONG, key: *mut CK_OBJECT_HANDLE);
    C_DecapsulateKey(mechanism: *mut CK_MECHANISM, private_key: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, ciphertext: *mut CK_BYTE, ciphertext_length: CK_ULONG, key: *mut CK_OBJECT_HANDLE);
    C_WrapKeyAuthenticated(mechanism: *mut CK_MECHANISM, wrapping_key: CK_OBJECT_HANDLE, key: CK_OBJECT_HANDLE, associated: *mut CK_BYTE, associated_length: CK_ULONG, wrapped: *mut CK_BYTE, wrapped_length: *mut CK_ULONG);
    C_UnwrapKeyAuthenticated(mechanism: *mut CK_MECHANISM, unwrapping_key: CK_OBJECT_HANDLE, wrapped: *mut CK_BYTE, wrapped_length: CK_ULONG, template: *mut CK_ATTRIBUTE, count: CK_ULONG, associated: *mut CK_BYTE, associated_length: CK_ULONG, key: *mut CK_OBJECT_HANDLE);
}

unsupported! {
    FunctionNotSupported;
    C_GetOperationState(state: *mut CK_BYTE, length: *mut CK_ULONG);
    C_SetOperationState(state: *mut CK_BYTE, length: CK_ULONG, encryption_key: CK_OBJECT_HANDLE, authentication_key: CK_OBJECT_HANDLE);
    C_AsyncComplete(function: *mut CK_UTF8CHAR, result: *mut CK_ASYNC_DATA);
    C_AsyncGetID(function: *mut CK_UTF8CHAR, id: *mut CK_ULONG);
    C_AsyncJoin(function: *mut CK_UTF8CHAR, id: CK_ULONG, data: *mut CK_BYTE, length: CK_ULONG);
}

// What goes on with an operation that cannot have been begun.
unsupported! {
    OperationNotInitialized;
    C_Encrypt(data: *mut CK_BYTE, data_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG);
    C_EncryptUpdate(part: *mut CK_BYTE, part_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG);
    C_EncryptFinal(encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG);
    C_Decrypt(encrypted: *mut CK_BYTE, encrypted_length: CK_ULONG, data: *mut CK_BYTE, data_length: *mut CK_ULONG);
    C_DecryptUpdate(encrypted: *mut CK_BYTE, encrypted_length: CK_ULONG, part: *mut CK_BYTE, part_length: *mut CK_ULONG);
    C_DecryptFinal(part: *mut CK_BYTE, part_length: *mut CK_ULONG);
    C_SignRecover(data: *mut CK_BYTE, data_length: CK_ULONG, signature: *mut CK_BYTE, signature_length: *mut CK_ULONG);
    C_VerifyRecover(signature: *mut CK_BYTE, signature_length: CK_ULONG, data: *mut CK_BYTE, data_length: *mut CK_ULONG);
    C_DigestEncryptUpdate(part: *mut CK_BYTE, part_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG);
    C_DecryptDigestUpdate(encrypted: *mut CK_BYTE, encrypted_length: CK_ULONG, part: *mut CK_BYTE, part_length: *mut CK_ULONG);
    C_SignEncryptUpdate(part: *mut CK_BYTE, part_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG);
    C_DecryptVerifyUpdate(encrypted: *mut CK_BYTE, encrypted_length: CK_ULONG, part: *mut CK_BYTE, part_length: *mut CK_ULONG);
    C_EncryptMessage(parameter: CK_VOID_PTR, parameter_length: CK_ULONG, associated: *mut CK_BYTE, associated_length: CK_ULONG, data: *mut CK_BYTE, data_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG);
    C_EncryptMessageBegin(parameter: CK_VOID_PTR, parameter_length: CK_ULONG, associated: *mut CK_BYTE, associated_length: CK_ULONG);
    C_EncryptMessageNext(parameter: CK_VOID_PTR, parameter_length: CK_ULONG, part: *mut CK_BYTE, part_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG, flags: CK_FLAGS);
    C_MessageEncryptFinal();
    C_DecryptMessage(parameter: CK_VOID_PTR, parameter_length: CK_ULONG, associated: *mut CK_BYTE, associated_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: CK_ULONG, data: *mut CK_BYTE, data_length: *mut CK_ULONG);
    C_DecryptMessageBegin(parameter: CK_VOID_PTR, parameter_length: CK_ULONG, associated: *mut CK_BYTE, associated_length: CK_ULONG);
    C_DecryptMessageNext(parameter: CK_VOID_PTR, parameter_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: CK_ULONG, part: *mut CK_BYTE, part_length: *mut CK_ULONG, flags: CK_FLAGS);
    C_MessageDecryptFinal();
    C_SignMessage(parameter: CK_VOID_PTR, parameter_length: CK_ULONG, data: *mut CK_BYTE, data_length: CK_ULONG, signature: *mut CK_BYTE, signature_length: *mut CK_ULONG);
    C_SignMessageBegin(parameter: CK_VOID_PTR, parameter_length: CK_ULONG);
    C_SignMessageNext(parameter: CK_VOID_PTR, parameter_length: CK_ULONG, data: *mut CK_BYTE, data_length: CK_ULONG, signature: *mut CK_BYTE, signature_length: *mut CK_ULONG);
    C_MessageSignFinal();
    C_VerifyMessage(parameter: CK_VOID_PTR, parameter_length: CK_ULONG, data: *mut CK_BYTE, data_length: CK_ULONG, signature: *mut CK_BYTE, signature_length: CK_ULONG);
    C_VerifyMessageBegin(parameter: CK_VOID_PTR, parameter_length: CK_ULONG);
    C_VerifyMessageNext(parameter: CK_VOID_PTR, parameter_length: CK_ULONG, data: *mut CK_BYTE, data_length: CK_ULONG, signature: *mut CK_BYTE, signature_length: CK_ULONG);
    C_MessageVerifyFinal();
}

entries! {
    /// Not offered: a card is made by its center.
    fn C_InitToken(slot: CK_SLOT_ID, pin: *mut CK_UTF8CHAR, length: CK_ULONG, label: *mut CK_UTF8CHAR) []
    |_module| Err(Error::FunctionNotSupported)

    /// A relic of parallel sessions (PKCS#11 3.2, 5.22).
    fn C_GetFunctionStatus(session: CK_SESSION_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotParallel)
    }

    /// A relic of parallel sessions (PKCS#11 3.2, 5.22).
    fn C_CancelFunction(session: CK_SESSION_HANDLE) []
    |module| {
        module.check_session(session)?;
        Err(Error::FunctionNotParallel)
    }
}
