//! A program that uses the module as it should be used.
#![expect(unsafe_code, reason = "C functions can be called in no other way")]

use std::ptr;

use cryptoki_sys::*;

use super::memory;

/// A function list.
#[derive(Clone, Copy)]
pub(crate) struct Client(pub(crate) &'static CK_FUNCTION_LIST_3_2);

/// What came of a call.
pub(crate) type Outcome<T> = Result<T, CK_RV>;

/// Longest list that is asked for, in elements.
const LONGEST: usize = 64;
/// Longest value that is asked for, in bytes.
const LONGEST_VALUE: usize = 0x1_0000;

/// Calls a function of the list.
macro_rules! call {
    ($client:expr, $name:ident, $($argument:expr),* $(,)?) => {{
        let function = $client.0.$name.expect("an entry for each function");
        // SAFETY: the arguments are numbers, NULL, or valid for what the function does with them.
        match unsafe { function($($argument),*) } {
            CKR_OK => Ok(()),
            other => Err(other),
        }
    }};
}

fn count(length: usize) -> CK_ULONG {
    CK_ULONG::try_from(length).unwrap()
}

impl Client {
    pub(crate) fn initialize(self) -> Outcome<()> {
        call!(self, C_Initialize, ptr::null_mut())
    }

    pub(crate) fn finalize(self) -> Outcome<()> {
        call!(self, C_Finalize, ptr::null_mut())
    }

    pub(crate) fn slots(self) -> Outcome<Vec<CK_SLOT_ID>> {
        let mut list = vec![0; LONGEST];
        let mut told = count(LONGEST);
        call!(
            self,
            C_GetSlotList,
            CK_TRUE,
            list.as_mut_ptr(),
            &raw mut told
        )?;
        list.truncate(memory::length(told));
        Ok(list)
    }

    pub(crate) fn event(self) -> Outcome<CK_SLOT_ID> {
        let mut slot = 0;
        call!(
            self,
            C_WaitForSlotEvent,
            CKF_DONT_BLOCK,
            &raw mut slot,
            ptr::null_mut()
        )?;
        Ok(slot)
    }

    pub(crate) fn token_info(self, slot: CK_SLOT_ID) -> Outcome<()> {
        let mut info = CK_TOKEN_INFO::default();
        call!(self, C_GetTokenInfo, slot, &raw mut info)
    }

    pub(crate) fn mechanisms(self, slot: CK_SLOT_ID) -> Outcome<()> {
        let mut list = vec![0; LONGEST];
        let mut told = count(LONGEST);
        call!(
            self,
            C_GetMechanismList,
            slot,
            list.as_mut_ptr(),
            &raw mut told
        )
    }

    pub(crate) fn open(self, slot: CK_SLOT_ID) -> Outcome<CK_SESSION_HANDLE> {
        let mut session = 0;
        let flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
        call!(
            self,
            C_OpenSession,
            slot,
            flags,
            ptr::null_mut(),
            None,
            &raw mut session
        )?;
        Ok(session)
    }

    pub(crate) fn close_all(self, slot: CK_SLOT_ID) -> Outcome<()> {
        call!(self, C_CloseAllSessions, slot)
    }

    pub(crate) fn session_info(self, session: CK_SESSION_HANDLE) -> Outcome<()> {
        let mut info = CK_SESSION_INFO::default();
        call!(self, C_GetSessionInfo, session, &raw mut info)
    }

    pub(crate) fn login(
        self,
        session: CK_SESSION_HANDLE,
        user: CK_USER_TYPE,
        pin: &[u8],
    ) -> Outcome<()> {
        let pin = pin.to_vec();
        let length = count(pin.len());
        call!(
            self,
            C_Login,
            session,
            user,
            pin.as_ptr().cast_mut(),
            length
        )
    }

    pub(crate) fn logout(self, session: CK_SESSION_HANDLE) -> Outcome<()> {
        call!(self, C_Logout, session)
    }

    /// Every object of a class.
    pub(crate) fn find(
        self,
        session: CK_SESSION_HANDLE,
        class: CK_OBJECT_CLASS,
    ) -> Outcome<Vec<CK_OBJECT_HANDLE>> {
        let mut class = class;
        let mut template = CK_ATTRIBUTE {
            type_: CKA_CLASS,
            pValue: (&raw mut class).cast(),
            ulValueLen: count(memory::NUMBER),
        };
        call!(self, C_FindObjectsInit, session, &raw mut template, 1)?;
        let mut found = vec![0; LONGEST];
        let mut told = 0;
        let some = call!(
            self,
            C_FindObjects,
            session,
            found.as_mut_ptr(),
            count(LONGEST),
            &raw mut told
        );
        let ended = call!(self, C_FindObjectsFinal, session);
        some.and(ended)?;
        found.truncate(memory::length(told));
        Ok(found)
    }

    pub(crate) fn attribute(
        self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
    ) -> Outcome<Vec<u8>> {
        let mut value = vec![0; LONGEST_VALUE];
        let mut attribute = CK_ATTRIBUTE {
            type_: kind,
            pValue: value.as_mut_ptr().cast(),
            ulValueLen: count(LONGEST_VALUE),
        };
        call!(
            self,
            C_GetAttributeValue,
            session,
            object,
            &raw mut attribute,
            1
        )?;
        value.truncate(memory::length(attribute.ulValueLen));
        Ok(value)
    }

    pub(crate) fn sign_begin(
        self,
        session: CK_SESSION_HANDLE,
        key: CK_OBJECT_HANDLE,
    ) -> Outcome<()> {
        let mut mechanism = CK_MECHANISM {
            mechanism: CKM_ECDSA,
            pParameter: ptr::null_mut(),
            ulParameterLen: 0,
        };
        call!(self, C_SignInit, session, &raw mut mechanism, key)
    }

    pub(crate) fn sign(self, session: CK_SESSION_HANDLE, digest: &[u8; 32]) -> Outcome<Vec<u8>> {
        let mut signature = vec![0; LONGEST];
        let mut told = count(LONGEST);
        call!(
            self,
            C_Sign,
            session,
            digest.as_ptr().cast_mut(),
            32,
            signature.as_mut_ptr(),
            &raw mut told
        )?;
        signature.truncate(memory::length(told));
        Ok(signature)
    }
}
