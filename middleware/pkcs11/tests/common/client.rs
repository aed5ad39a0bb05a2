//! Calls the function list as a C program does, and gives back what it wrote.

use std::ffi::c_void;
use std::ptr;

use cryptoki_sys::*;

/// Makes a host of its own for a test: its state, its desk and a function list.
#[macro_export]
macro_rules! client {
    () => {{
        enum TestHost {}
        static DOOR: sello_pkcs11::abi::Door = sello_pkcs11::abi::Door::new();
        static DESK: std::sync::OnceLock<$crate::common::card::Desk> = std::sync::OnceLock::new();
        impl sello_pkcs11::abi::Host for TestHost {
            fn door() -> &'static sello_pkcs11::abi::Door {
                &DOOR
            }
            fn readers() -> std::sync::Arc<dyn sello_pkcs11::token::Readers> {
                std::sync::Arc::new(DESK.get().unwrap().clone())
            }
        }
        DESK.set($crate::common::card::Desk::new()).ok().unwrap();
        (
            $crate::common::client::Client(sello_pkcs11::abi::Table::<TestHost>::LIST_3_2),
            DESK.get().unwrap().clone(),
        )
    }};
}

#[derive(Clone, Copy)]
pub struct Client(pub &'static CK_FUNCTION_LIST_3_2);

pub type Outcome<T> = Result<T, CK_RV>;

pub const fn outcome(rv: CK_RV) -> Outcome<()> {
    match rv {
        CKR_OK => Ok(()),
        other => Err(other),
    }
}

/// Calls a function of the list.
#[macro_export]
macro_rules! call {
    ($client:expr, $name:ident, $($argument:expr),*) => {
        // SAFETY: the arguments are NULL or valid as the function wants them.
        $crate::common::client::outcome(unsafe { $client.0.$name.unwrap()($($argument),*) })
    };
}

fn length<T>(values: &[T]) -> CK_ULONG {
    CK_ULONG::try_from(values.len()).unwrap()
}

fn count(n: CK_ULONG) -> usize {
    usize::try_from(n).unwrap()
}

impl Client {
    pub fn initialize(&self) -> Outcome<()> {
        call!(self, C_Initialize, ptr::null_mut())
    }

    pub fn finalize(&self) -> Outcome<()> {
        call!(self, C_Finalize, ptr::null_mut())
    }

    pub fn slots(&self, with_token: bool) -> Outcome<Vec<CK_SLOT_ID>> {
        let mut n = 0;
        call!(
            self,
            C_GetSlotList,
            with_token.into(),
            ptr::null_mut(),
            &mut n
        )?;
        let mut list = vec![99; count(n)];
        call!(
            self,
            C_GetSlotList,
            with_token.into(),
            list.as_mut_ptr(),
            &mut n
        )?;
        Ok(list)
    }

    pub fn token_info(&self, slot: CK_SLOT_ID) -> Outcome<CK_TOKEN_INFO> {
        let mut info = CK_TOKEN_INFO::default();
        call!(self, C_GetTokenInfo, slot, &mut info)?;
        Ok(info)
    }

    pub fn pin_flags(&self, slot: CK_SLOT_ID) -> CK_FLAGS {
        let flags = CKF_USER_PIN_COUNT_LOW
            | CKF_USER_PIN_FINAL_TRY
            | CKF_USER_PIN_LOCKED
            | CKF_USER_PIN_TO_BE_CHANGED;
        self.token_info(slot).unwrap().flags & flags
    }

    pub fn open(&self, slot: CK_SLOT_ID) -> Outcome<CK_SESSION_HANDLE> {
        let mut session = 0;
        let flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
        call!(
            self,
            C_OpenSession,
            slot,
            flags,
            ptr::null_mut(),
            None,
            &mut session
        )?;
        Ok(session)
    }

    pub fn close(&self, session: CK_SESSION_HANDLE) -> Outcome<()> {
        call!(self, C_CloseSession, session)
    }

    pub fn session_state(&self, session: CK_SESSION_HANDLE) -> Outcome<CK_STATE> {
        let mut info = CK_SESSION_INFO::default();
        call!(self, C_GetSessionInfo, session, &mut info)?;
        Ok(info.state)
    }

    pub fn login(&self, session: CK_SESSION_HANDLE, user: CK_USER_TYPE, pin: &[u8]) -> Outcome<()> {
        let pin_length = length(pin);
        call!(
            self,
            C_Login,
            session,
            user,
            pin.as_ptr().cast_mut(),
            pin_length
        )
    }

    pub fn set_pin(&self, session: CK_SESSION_HANDLE, old: &[u8], new: &[u8]) -> Outcome<()> {
        call!(
            self,
            C_SetPIN,
            session,
            old.as_ptr().cast_mut(),
            length(old),
            new.as_ptr().cast_mut(),
            length(new)
        )
    }

    pub fn find(
        &self,
        session: CK_SESSION_HANDLE,
        template: &[(CK_ATTRIBUTE_TYPE, &[u8])],
    ) -> Outcome<Vec<CK_OBJECT_HANDLE>> {
        let mut template: Vec<CK_ATTRIBUTE> = template
            .iter()
            .map(|(kind, value)| CK_ATTRIBUTE {
                type_: *kind,
                pValue: value.as_ptr().cast_mut().cast::<c_void>(),
                ulValueLen: length(value),
            })
            .collect();
        let n = length(&template);
        call!(self, C_FindObjectsInit, session, template.as_mut_ptr(), n)?;
        let mut found = Vec::new();
        loop {
            let mut some = [0; 2];
            let mut n = 0;
            call!(self, C_FindObjects, session, some.as_mut_ptr(), 2, &mut n)?;
            if n == 0 {
                break;
            }
            found.extend(&some[..count(n)]);
        }
        call!(self, C_FindObjectsFinal, session)?;
        Ok(found)
    }

    pub fn find_class(
        &self,
        session: CK_SESSION_HANDLE,
        class: CK_OBJECT_CLASS,
    ) -> Vec<CK_OBJECT_HANDLE> {
        let template: &[(CK_ATTRIBUTE_TYPE, &[u8])] = &[(CKA_CLASS, &class.to_ne_bytes())];
        self.find(session, template).unwrap()
    }

    pub fn attribute(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
    ) -> Outcome<Vec<u8>> {
        let mut attribute = CK_ATTRIBUTE {
            type_: kind,
            pValue: ptr::null_mut(),
            ulValueLen: 0,
        };
        call!(
            self,
            C_GetAttributeValue,
            session,
            object,
            &mut attribute,
            1
        )?;
        let mut value = vec![0; count(attribute.ulValueLen)];
        attribute.pValue = value.as_mut_ptr().cast();
        call!(
            self,
            C_GetAttributeValue,
            session,
            object,
            &mut attribute,
            1
        )?;
        Ok(value)
    }

    pub fn sign_begin(
        &self,
        session: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
        key: CK_OBJECT_HANDLE,
    ) -> Outcome<()> {
        let mut mechanism = CK_MECHANISM {
            mechanism,
            pParameter: ptr::null_mut(),
            ulParameterLen: 0,
        };
        call!(self, C_SignInit, session, &mut mechanism, key)
    }

    pub fn sign(&self, session: CK_SESSION_HANDLE, data: &[u8]) -> Outcome<Vec<u8>> {
        let mut signature = vec![0; 64];
        let mut n = 64;
        let data_length = length(data);
        let data = data.as_ptr().cast_mut();
        call!(
            self,
            C_Sign,
            session,
            data,
            data_length,
            signature.as_mut_ptr(),
            &mut n
        )?;
        signature.truncate(count(n));
        Ok(signature)
    }

    /// Opens a session, logs in and finds the private key.
    pub fn ready(&self) -> (CK_SESSION_HANDLE, CK_OBJECT_HANDLE) {
        self.initialize().unwrap();
        let slot = self.slots(true).unwrap()[0];
        let session = self.open(slot).unwrap();
        self.login(session, CKU_USER, b"654321").unwrap();
        (session, self.find_class(session, CKO_PRIVATE_KEY)[0])
    }
}
