//! The function list (PKCS#11 2.40, 3.6), and the list of all functions to make others from.

use std::marker::PhantomData;

use cryptoki_sys::{CK_FUNCTION_LIST, CK_VERSION};

use super::door::Host;

/// The function list of a host.
pub struct Table<H>(PhantomData<H>);

impl<H: Host> Table<H> {
    /// The list `C_GetFunctionList` gives: version 2.40, every entry set.
    pub const LIST: &'static CK_FUNCTION_LIST = &CK_FUNCTION_LIST {
        version: CK_VERSION {
            major: 2,
            minor: 40,
        },
        C_Initialize: Some(super::C_Initialize::<H>),
        C_Finalize: Some(super::C_Finalize::<H>),
        C_GetInfo: Some(super::C_GetInfo::<H>),
        C_GetFunctionList: Some(super::C_GetFunctionList::<H>),
        C_GetSlotList: Some(super::C_GetSlotList::<H>),
        C_GetSlotInfo: Some(super::C_GetSlotInfo::<H>),
        C_GetTokenInfo: Some(super::C_GetTokenInfo::<H>),
        C_GetMechanismList: Some(super::C_GetMechanismList::<H>),
        C_GetMechanismInfo: Some(super::C_GetMechanismInfo::<H>),
        C_InitToken: Some(super::C_InitToken::<H>),
        C_InitPIN: Some(super::C_InitPIN::<H>),
        C_SetPIN: Some(super::C_SetPIN::<H>),
        C_OpenSession: Some(super::C_OpenSession::<H>),
        C_CloseSession: Some(super::C_CloseSession::<H>),
        C_CloseAllSessions: Some(super::C_CloseAllSessions::<H>),
        C_GetSessionInfo: Some(super::C_GetSessionInfo::<H>),
        C_GetOperationState: Some(super::C_GetOperationState::<H>),
        C_SetOperationState: Some(super::C_SetOperationState::<H>),
        C_Login: Some(super::C_Login::<H>),
        C_Logout: Some(super::C_Logout::<H>),
        C_CreateObject: Some(super::C_CreateObject::<H>),
        C_CopyObject: Some(super::C_CopyObject::<H>),
        C_DestroyObject: Some(super::C_DestroyObject::<H>),
        C_GetObjectSize: Some(super::C_GetObjectSize::<H>),
        C_GetAttributeValue: Some(super::C_GetAttributeValue::<H>),
        C_SetAttributeValue: Some(super::C_SetAttributeValue::<H>),
        C_FindObjectsInit: Some(super::C_FindObjectsInit::<H>),
        C_FindObjects: Some(super::C_FindObjects::<H>),
        C_FindObjectsFinal: Some(super::C_FindObjectsFinal::<H>),
        C_EncryptInit: Some(super::C_EncryptInit::<H>),
        C_Encrypt: Some(super::C_Encrypt::<H>),
        C_EncryptUpdate: Some(super::C_EncryptUpdate::<H>),
        C_EncryptFinal: Some(super::C_EncryptFinal::<H>),
        C_DecryptInit: Some(super::C_DecryptInit::<H>),
        C_Decrypt: Some(super::C_Decrypt::<H>),
        C_DecryptUpdate: Some(super::C_DecryptUpdate::<H>),
        C_DecryptFinal: Some(super::C_DecryptFinal::<H>),
        C_DigestInit: Some(super::C_DigestInit::<H>),
        C_Digest: Some(super::C_Digest::<H>),
        C_DigestUpdate: Some(super::C_DigestUpdate::<H>),
        C_DigestKey: Some(super::C_DigestKey::<H>),
        C_DigestFinal: Some(super::C_DigestFinal::<H>),
        C_SignInit: Some(super::C_SignInit::<H>),
        C_Sign: Some(super::C_Sign::<H>),
        C_SignUpdate: Some(super::C_SignUpdate::<H>),
        C_SignFinal: Some(super::C_SignFinal::<H>),
        C_SignRecoverInit: Some(super::C_SignRecoverInit::<H>),
        C_SignRecover: Some(super::C_SignRecover::<H>),
        C_VerifyInit: Some(super::C_VerifyInit::<H>),
        C_Verify: Some(super::C_Verify::<H>),
        C_VerifyUpdate: Some(super::C_VerifyUpdate::<H>),
        C_VerifyFinal: Some(super::C_VerifyFinal::<H>),
        C_VerifyRecoverInit: Some(super::C_VerifyRecoverInit::<H>),
        C_VerifyRecover: Some(super::C_VerifyRecover::<H>),
        C_DigestEncryptUpdate: Some(super::C_DigestEncryptUpdate::<H>),
        C_DecryptDigestUpdate: Some(super::C_DecryptDigestUpdate::<H>),
        C_SignEncryptUpdate: Some(super::C_SignEncryptUpdate::<H>),
        C_DecryptVerifyUpdate: Some(super::C_DecryptVerifyUpdate::<H>),
        C_GenerateKey: Some(super::C_GenerateKey::<H>),
        C_GenerateKeyPair: Some(super::C_GenerateKeyPair::<H>),
        C_WrapKey: Some(super::C_WrapKey::<H>),
        C_UnwrapKey: Some(super::C_UnwrapKey::<H>),
        C_DeriveKey: Some(super::C_DeriveKey::<H>),
        C_SeedRandom: Some(super::C_SeedRandom::<H>),
        C_GenerateRandom: Some(super::C_GenerateRandom::<H>),
        C_GetFunctionStatus: Some(super::C_GetFunctionStatus::<H>),
        C_CancelFunction: Some(super::C_CancelFunction::<H>),
        C_WaitForSlotEvent: Some(super::C_WaitForSlotEvent::<H>),
    };
}

/// Hands the name, arguments and argument types of every function of PKCS#11 2.40 to a macro.
///
/// The types are those of `cryptoki_sys`, and `c_void`; both have to be in scope where the macro is
/// used.
#[macro_export]
macro_rules! with_functions {
    ($then:path) => {
        $then! {
            C_Initialize(arguments: *mut c_void);
            C_Finalize(reserved: *mut c_void);
            C_GetInfo(info: *mut CK_INFO);
            C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST);
            C_GetSlotList(with_token: CK_BBOOL, list: *mut CK_SLOT_ID, count: *mut CK_ULONG);
            C_GetSlotInfo(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO);
            C_GetTokenInfo(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO);
            C_GetMechanismList(slot: CK_SLOT_ID, list: *mut CK_MECHANISM_TYPE, count: *mut CK_ULONG);
            C_GetMechanismInfo(slot: CK_SLOT_ID, kind: CK_MECHANISM_TYPE, info: *mut CK_MECHANISM_INFO);
            C_InitToken(slot: CK_SLOT_ID, pin: *mut CK_UTF8CHAR, length: CK_ULONG, label: *mut CK_UTF8CHAR);
            C_InitPIN(session: CK_SESSION_HANDLE, pin: *mut CK_UTF8CHAR, length: CK_ULONG);
            C_SetPIN(session: CK_SESSION_HANDLE, old: *mut CK_UTF8CHAR, old_length: CK_ULONG, new: *mut CK_UTF8CHAR, new_length: CK_ULONG);
            C_OpenSession(slot: CK_SLOT_ID, flags: CK_FLAGS, application: *mut c_void, notify: CK_NOTIFY, session: *mut CK_SESSION_HANDLE);
            C_CloseSession(session: CK_SESSION_HANDLE);
            C_CloseAllSessions(slot: CK_SLOT_ID);
            C_GetSessionInfo(session: CK_SESSION_HANDLE, info: *mut CK_SESSION_INFO);
            C_GetOperationState(session: CK_SESSION_HANDLE, state: *mut CK_BYTE, length: *mut CK_ULONG);
            C_SetOperationState(session: CK_SESSION_HANDLE, state: *mut CK_BYTE, length: CK_ULONG, encryption_key: CK_OBJECT_HANDLE, authentication_key: CK_OBJECT_HANDLE);
            C_Login(session: CK_SESSION_HANDLE, user: CK_USER_TYPE, pin: *mut CK_UTF8CHAR, length: CK_ULONG);
            C_Logout(session: CK_SESSION_HANDLE);
            C_CreateObject(session: CK_SESSION_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, object: *mut CK_OBJECT_HANDLE);
            C_CopyObject(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, copy: *mut CK_OBJECT_HANDLE);
            C_DestroyObject(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE);
            C_GetObjectSize(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE, size: *mut CK_ULONG);
            C_GetAttributeValue(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG);
            C_SetAttributeValue(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG);
            C_FindObjectsInit(session: CK_SESSION_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG);
            C_FindObjects(session: CK_SESSION_HANDLE, objects: *mut CK_OBJECT_HANDLE, most: CK_ULONG, count: *mut CK_ULONG);
            C_FindObjectsFinal(session: CK_SESSION_HANDLE);
            C_EncryptInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
            C_Encrypt(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG);
            C_EncryptUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, part_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG);
            C_EncryptFinal(session: CK_SESSION_HANDLE, encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG);
            C_DecryptInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
            C_Decrypt(session: CK_SESSION_HANDLE, encrypted: *mut CK_BYTE, encrypted_length: CK_ULONG, data: *mut CK_BYTE, data_length: *mut CK_ULONG);
            C_DecryptUpdate(session: CK_SESSION_HANDLE, encrypted: *mut CK_BYTE, encrypted_length: CK_ULONG, part: *mut CK_BYTE, part_length: *mut CK_ULONG);
            C_DecryptFinal(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, part_length: *mut CK_ULONG);
            C_DigestInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM);
            C_Digest(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_length: CK_ULONG, digest: *mut CK_BYTE, digest_length: *mut CK_ULONG);
            C_DigestUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, length: CK_ULONG);
            C_DigestKey(session: CK_SESSION_HANDLE, key: CK_OBJECT_HANDLE);
            C_DigestFinal(session: CK_SESSION_HANDLE, digest: *mut CK_BYTE, length: *mut CK_ULONG);
            C_SignInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
            C_Sign(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_length: CK_ULONG, signature: *mut CK_BYTE, signature_length: *mut CK_ULONG);
            C_SignUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, length: CK_ULONG);
            C_SignFinal(session: CK_SESSION_HANDLE, signature: *mut CK_BYTE, signature_length: *mut CK_ULONG);
            C_SignRecoverInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
            C_SignRecover(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_length: CK_ULONG, signature: *mut CK_BYTE, signature_length: *mut CK_ULONG);
            C_VerifyInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
            C_Verify(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_length: CK_ULONG, signature: *mut CK_BYTE, signature_length: CK_ULONG);
            C_VerifyUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, length: CK_ULONG);
            C_VerifyFinal(session: CK_SESSION_HANDLE, signature: *mut CK_BYTE, signature_length: CK_ULONG);
            C_VerifyRecoverInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
            C_VerifyRecover(session: CK_SESSION_HANDLE, signature: *mut CK_BYTE, signature_length: CK_ULONG, data: *mut CK_BYTE, data_length: *mut CK_ULONG);
            C_DigestEncryptUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, part_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG);
            C_DecryptDigestUpdate(session: CK_SESSION_HANDLE, encrypted: *mut CK_BYTE, encrypted_length: CK_ULONG, part: *mut CK_BYTE, part_length: *mut CK_ULONG);
            C_SignEncryptUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, part_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG);
            C_DecryptVerifyUpdate(session: CK_SESSION_HANDLE, encrypted: *mut CK_BYTE, encrypted_length: CK_ULONG, part: *mut CK_BYTE, part_length: *mut CK_ULONG);
            C_GenerateKey(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, template: *mut CK_ATTRIBUTE, count: CK_ULONG, key: *mut CK_OBJECT_HANDLE);
            C_GenerateKeyPair(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, public_template: *mut CK_ATTRIBUTE, public_count: CK_ULONG, private_template: *mut CK_ATTRIBUTE, private_count: CK_ULONG, public_key: *mut CK_OBJECT_HANDLE, private_key: *mut CK_OBJECT_HANDLE);
            C_WrapKey(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, wrapping_key: CK_OBJECT_HANDLE, key: CK_OBJECT_HANDLE, wrapped: *mut CK_BYTE, wrapped_length: *mut CK_ULONG);
            C_UnwrapKey(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, unwrapping_key: CK_OBJECT_HANDLE, wrapped: *mut CK_BYTE, wrapped_length: CK_ULONG, template: *mut CK_ATTRIBUTE, count: CK_ULONG, key: *mut CK_OBJECT_HANDLE);
            C_DeriveKey(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, base_key: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, key: *mut CK_OBJECT_HANDLE);
            C_SeedRandom(session: CK_SESSION_HANDLE, seed: *mut CK_BYTE, length: CK_ULONG);
            C_GenerateRandom(session: CK_SESSION_HANDLE, random: *mut CK_BYTE, length: CK_ULONG);
            C_GetFunctionStatus(session: CK_SESSION_HANDLE);
            C_CancelFunction(session: CK_SESSION_HANDLE);
            C_WaitForSlotEvent(flags: CK_FLAGS, slot: *mut CK_SLOT_ID, reserved: *mut c_void);
        }
    };
}
