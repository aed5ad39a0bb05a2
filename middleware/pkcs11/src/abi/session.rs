//! Session functions (PKCS#11 3.2, 5.6).

use cryptoki_sys::{
    CK_FLAGS, CK_NOTIFY, CK_SESSION_HANDLE, CK_SESSION_INFO, CK_SESSION_VALIDATION_FLAGS_TYPE,
    CK_SLOT_ID, CK_ULONG, CK_USER_TYPE, CK_UTF8CHAR, CK_VOID_PTR,
};

use super::entry::entries;
use super::pointer::{Bytes, Output};
use crate::error::Error;

entries! {
    /// Opens a session. Nothing is ever notified: no function of this module takes long in parts.
    fn C_OpenSession(
        slot: CK_SLOT_ID,
        flags: CK_FLAGS,
        _application: CK_VOID_PTR,
        _notify: CK_NOTIFY,
        session: *mut CK_SESSION_HANDLE,
    )
    [session: Output::new(session)]
    |module| {
        session.check()?;
        session.put(module.open_session(slot, flags)?)
    }

    /// Closes a session.
    fn C_CloseSession(session: CK_SESSION_HANDLE) []
    |module| module.close_session(session)

    /// Closes every session of a slot.
    fn C_CloseAllSessions(slot: CK_SLOT_ID) []
    |module| module.close_all_sessions(slot)

    /// Tells of a session.
    fn C_GetSessionInfo(session: CK_SESSION_HANDLE, info: *mut CK_SESSION_INFO)
    [info: Output::new(info)]
    |module| {
        info.check()?;
        info.put(module.session_info(session)?)
    }

    /// Presents the PIN.
    fn C_Login(
        session: CK_SESSION_HANDLE,
        user: CK_USER_TYPE,
        pin: *mut CK_UTF8CHAR,
        length: CK_ULONG,
    )
    [pin: Bytes::new(pin, length)]
    |module| match pin.optional()? {
        Some(pin) => module.login(session, user, pin),
        None => module.login_on_pad(session, user),
    }

    /// Logs out.
    fn C_Logout(session: CK_SESSION_HANDLE) []
    |module| module.logout_and_forget(session)

    /// Changes the PIN.
    fn C_SetPIN(
        session: CK_SESSION_HANDLE,
        old: *mut CK_UTF8CHAR,
        old_length: CK_ULONG,
        new: *mut CK_UTF8CHAR,
        new_length: CK_ULONG,
    )
    [old: Bytes::new(old, old_length), new: Bytes::new(new, new_length)]
    |module| match (old.optional()?, new.optional()?) {
        (Some(old), Some(new)) => module.set_pin(session, old, new),
        (None, None) => module.set_pin_on_pad(session),
        _ => Err(Error::ArgumentsBad),
    }

    /// Sets the user's PIN, for the security officer.
    fn C_InitPIN(session: CK_SESSION_HANDLE, pin: *mut CK_UTF8CHAR, length: CK_ULONG)
    [pin: Bytes::new(pin, length)]
    |module| module.init_pin(session, pin.required()?)

    /// Presents the PIN of a named user. The user of a card has no name.
    fn C_LoginUser(
        session: CK_SESSION_HANDLE,
        user: CK_USER_TYPE,
        pin: *mut CK_UTF8CHAR,
        pin_length: CK_ULONG,
        name: *mut CK_UTF8CHAR,
        name_length: CK_ULONG,
    )
    [pin: Bytes::new(pin, pin_length), name: Bytes::new(name, name_length)]
    |module| {
        let name = name.get()?;
        module.check_session(session)?;
        if !name.is_empty() {
            return Err(Error::ArgumentsBad);
        }
        match pin.optional()? {
            Some(pin) => module.login(session, user, pin),
            None => module.login_on_pad(session, user),
        }
    }

    /// Ends operations.
    fn C_SessionCancel(session: CK_SESSION_HANDLE, flags: CK_FLAGS) []
    |module| module.cancel(session, flags)

    /// Tells whether what was done last is validated; nothing here is.
    fn C_GetSessionValidationFlags(
        session: CK_SESSION_HANDLE,
        _kind: CK_SESSION_VALIDATION_FLAGS_TYPE,
        flags: *mut CK_FLAGS,
    )
    [flags: Output::new(flags)]
    |module| {
        flags.check()?;
        module.check_session(session)?;
        flags.put(0)
    }
}
