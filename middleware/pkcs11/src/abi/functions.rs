//! The function lists and interfaces (PKCS#11 3.2, 3.6), and the lists of all functions to make others from.

use std::ffi::c_void;
use std::marker::PhantomData;

use cryptoki_sys::{
    CK_FUNCTION_LIST, CK_FUNCTION_LIST_3_0, CK_FUNCTION_LIST_3_2, CK_INTERFACE, CK_VERSION,
};

use super::door::Host;

/// The name of every interface.
pub(super) const INTERFACE_NAME: &[u8; 8] = b"PKCS 11\0";

/// The function lists of a host.
pub struct Table<H>(PhantomData<H>);

/// Makes a function list of the functions it is handed.
macro_rules! table_of {
    (
        $list:ident $major:literal $minor:literal;
        $($name:ident($($argument:ident: $kind:ty),*);)+
    ) => {
        &$list {
            version: CK_VERSION {
                major: $major,
                minor: $minor,
            },
            $($name: Some(super::$name::<H>),)+
        }
    };
}

impl<H: Host> Table<H> {
    /// The list `C_GetFunctionList` gives: version 2.40, every entry set.
    pub const LIST: &'static CK_FUNCTION_LIST =
        crate::with_functions_2_40!(table_of; CK_FUNCTION_LIST 2 40;);

    /// The list of version 3.0, every entry set.
    pub const LIST_3_0: &'static CK_FUNCTION_LIST_3_0 =
        crate::with_functions_3_0!(table_of; CK_FUNCTION_LIST_3_0 3 0;);

    /// The list of version 3.2, every entry set.
    pub const LIST_3_2: &'static CK_FUNCTION_LIST_3_2 =
        crate::with_functions_3_2!(table_of; CK_FUNCTION_LIST_3_2 3 2;);

    /// The interfaces, the one to use first. None is fork safe in the sense of the standard, which would
    /// give a child copies of the parent's sessions: a child begins anew.
    pub const INTERFACES: &'static [CK_INTERFACE; 3] = &[
        interface(core::ptr::from_ref(Self::LIST_3_2).cast()),
        interface(core::ptr::from_ref(Self::LIST_3_0).cast()),
        interface(core::ptr::from_ref(Self::LIST).cast()),
    ];
}

const fn interface(list: *const c_void) -> CK_INTERFACE {
    CK_INTERFACE {
        pInterfaceName: INTERFACE_NAME.as_ptr().cast_mut(),
        pFunctionList: list.cast_mut(),
        flags: 0,
    }
}

/// Hands the name, arguments and argument types of every function of PKCS#11 3.2 to a macro.
///
/// The types are those of `cryptoki_sys`, and `c_void`; both have to be in scope where the macro is
/// used.
#[macro_export]
macro_rules! with_functions {
    ($then:ident) => {
        $crate::with_functions_3_2! { $then; }
    };
}

/// Hands what is given and every function of PKCS#11 2.40 to a macro, as [`with_functions!`] does.
#[macro_export]
macro_rules! with_functions_2_40 {
    ($then:ident; $($given:tt)*) => {
        $then! {
            $($given)*
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

/// Hands what is given and every function of PKCS#11 3.0 to a macro, as [`with_functions!`] does.
#[macro_export]
macro_rules! with_functions_3_0 {
    ($then:ident; $($given:tt)*) => {
        $crate::with_functions_2_40! {
            $then;
            $($given)*
            C_GetInterfaceList(list: *mut CK_INTERFACE, count: *mut CK_ULONG);
            C_GetInterface(name: *mut CK_UTF8CHAR, version: *mut CK_VERSION, interface: *mut *mut CK_INTERFACE, flags: CK_FLAGS);
            C_LoginUser(session: CK_SESSION_HANDLE, user: CK_USER_TYPE, pin: *mut CK_UTF8CHAR, pin_length: CK_ULONG, name: *mut CK_UTF8CHAR, name_length: CK_ULONG);
            C_SessionCancel(session: CK_SESSION_HANDLE, flags: CK_FLAGS);
            C_MessageEncryptInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
            C_EncryptMessage(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_length: CK_ULONG, associated: *mut CK_BYTE, associated_length: CK_ULONG, data: *mut CK_BYTE, data_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG);
            C_EncryptMessageBegin(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_length: CK_ULONG, associated: *mut CK_BYTE, associated_length: CK_ULONG);
            C_EncryptMessageNext(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_length: CK_ULONG, part: *mut CK_BYTE, part_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: *mut CK_ULONG, flags: CK_FLAGS);
            C_MessageEncryptFinal(session: CK_SESSION_HANDLE);
            C_MessageDecryptInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
            C_DecryptMessage(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_length: CK_ULONG, associated: *mut CK_BYTE, associated_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: CK_ULONG, data: *mut CK_BYTE, data_length: *mut CK_ULONG);
            C_DecryptMessageBegin(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_length: CK_ULONG, associated: *mut CK_BYTE, associated_length: CK_ULONG);
            C_DecryptMessageNext(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_length: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_length: CK_ULONG, part: *mut CK_BYTE, part_length: *mut CK_ULONG, flags: CK_FLAGS);
            C_MessageDecryptFinal(session: CK_SESSION_HANDLE);
            C_MessageSignInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
            C_SignMessage(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_length: CK_ULONG, data: *mut CK_BYTE, data_length: CK_ULONG, signature: *mut CK_BYTE, signature_length: *mut CK_ULONG);
            C_SignMessageBegin(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_length: CK_ULONG);
            C_SignMessageNext(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_length: CK_ULONG, data: *mut CK_BYTE, data_length: CK_ULONG, signature: *mut CK_BYTE, signature_length: *mut CK_ULONG);
            C_MessageSignFinal(session: CK_SESSION_HANDLE);
            C_MessageVerifyInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
            C_VerifyMessage(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_length: CK_ULONG, data: *mut CK_BYTE, data_length: CK_ULONG, signature: *mut CK_BYTE, signature_length: CK_ULONG);
            C_VerifyMessageBegin(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_length: CK_ULONG);
            C_VerifyMessageNext(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_length: CK_ULONG, data: *mut CK_BYTE, data_length: CK_ULONG, signature: *mut CK_BYTE, signature_length: CK_ULONG);
            C_MessageVerifyFinal(session: CK_SESSION_HANDLE);
        }
    };
}

/// Hands what is given and every function of PKCS#11 3.2 to a macro, as [`with_functions!`] does.
#[macro_export]
macro_rules! with_functions_3_2 {
    ($then:ident; $($given:tt)*) => {
        $crate::with_functions_3_0! {
            $then;
            $($given)*
            C_EncapsulateKey(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, public_key: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, ciphertext: *mut CK_BYTE, ciphertext_length: *mut CK_ULONG, key: *mut CK_OBJECT_HANDLE);
            C_DecapsulateKey(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, private_key: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, ciphertext: *mut CK_BYTE, ciphertext_length: CK_ULONG, key: *mut CK_OBJECT_HANDLE);
            C_VerifySignatureInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE, signature: *mut CK_BYTE, signature_length: CK_ULONG);
            C_VerifySignature(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_length: CK_ULONG);
            C_VerifySignatureUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, length: CK_ULONG);
            C_VerifySignatureFinal(session: CK_SESSION_HANDLE);
            C_GetSessionValidationFlags(session: CK_SESSION_HANDLE, kind: CK_SESSION_VALIDATION_FLAGS_TYPE, flags: *mut CK_FLAGS);
            C_AsyncComplete(session: CK_SESSION_HANDLE, function: *mut CK_UTF8CHAR, result: *mut CK_ASYNC_DATA);
            C_AsyncGetID(session: CK_SESSION_HANDLE, function: *mut CK_UTF8CHAR, id: *mut CK_ULONG);
            C_AsyncJoin(session: CK_SESSION_HANDLE, function: *mut CK_UTF8CHAR, id: CK_ULONG, data: *mut CK_BYTE, length: CK_ULONG);
            C_WrapKeyAuthenticated(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, wrapping_key: CK_OBJECT_HANDLE, key: CK_OBJECT_HANDLE, associated: *mut CK_BYTE, associated_length: CK_ULONG, wrapped: *mut CK_BYTE, wrapped_length: *mut CK_ULONG);
            C_UnwrapKeyAuthenticated(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, unwrapping_key: CK_OBJECT_HANDLE, wrapped: *mut CK_BYTE, wrapped_length: CK_ULONG, template: *mut CK_ATTRIBUTE, count: CK_ULONG, associated: *mut CK_BYTE, associated_length: CK_ULONG, key: *mut CK_OBJECT_HANDLE);
        }
    };
}
