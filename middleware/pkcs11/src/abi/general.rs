//! General purpose, slot and token functions (PKCS#11 3.2, 5.4 and 5.5).

use std::time::Duration;

use cryptoki_sys as ck;
use cryptoki_sys::{
    CK_BBOOL, CK_C_INITIALIZE_ARGS, CK_FLAGS, CK_FUNCTION_LIST, CK_INFO, CK_INTERFACE,
    CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CK_RV, CK_SLOT_ID, CK_SLOT_INFO, CK_TOKEN_INFO, CK_ULONG,
    CK_UTF8CHAR, CK_VERSION, CK_VOID_PTR,
};

use super::door::Host;
use super::entry::{enter_uninitialized, entries};
use super::functions::{INTERFACE_NAME, Table};
use super::pointer::{Buffer, Input, Output, Text};
use crate::error::Error;
use crate::module::{MANUFACTURER, padded};

/// Prepares the module. Readers are not looked for until something asks for them.
///
/// # Safety
/// The argument is NULL or points to `CK_C_INITIALIZE_ARGS`.
pub unsafe extern "C" fn C_Initialize<H: Host>(arguments: CK_VOID_PTR) -> CK_RV {
    // SAFETY: the wrapper asks for what this function asks of its caller.
    let arguments = unsafe { Input::<CK_C_INITIALIZE_ARGS>::new(arguments.cast()) };
    enter_uninitialized::<H>("C_Initialize", || {
        if let Some(arguments) = arguments.optional() {
            check(&arguments)?;
        }
        H::door().open(H::readers)?;
        // Another thread may have ended it already.
        if let Ok(module) = H::door().module() {
            module
                .trace()
                .line("C_Initialize", "CKR_OK", Duration::ZERO);
        }
        Ok(())
    })
}

/// The mutex functions come all four or not at all, and nothing is reserved yet. They are not needed:
/// the locks of the operating system work in every thread that could call here.
fn check(arguments: &CK_C_INITIALIZE_ARGS) -> Result<(), Error> {
    let given = [
        arguments.CreateMutex.is_some(),
        arguments.DestroyMutex.is_some(),
        arguments.LockMutex.is_some(),
        arguments.UnlockMutex.is_some(),
    ];
    let is_mixed = given.contains(&true) && given.contains(&false);
    if is_mixed || !arguments.pReserved.is_null() {
        return Err(Error::ArgumentsBad);
    }
    Ok(())
}

/// Ends the use of the module.
///
/// # Safety
/// None is needed: the argument is only compared with NULL.
pub unsafe extern "C" fn C_Finalize<H: Host>(reserved: CK_VOID_PTR) -> CK_RV {
    enter_uninitialized::<H>("C_Finalize", || {
        // As in every other function, what is not initialized says so first.
        H::door().module()?;
        if !reserved.is_null() {
            return Err(Error::ArgumentsBad);
        }
        H::door().close()
    })
}

/// Gives the function list.
///
/// # Safety
/// The argument is NULL or valid for writing a pointer.
pub unsafe extern "C" fn C_GetFunctionList<H: Host>(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    // SAFETY: the wrapper asks for what this function asks of its caller.
    let list = unsafe { Output::new(list) };
    enter_uninitialized::<H>("C_GetFunctionList", || {
        list.put(core::ptr::from_ref(Table::<H>::LIST).cast_mut())
    })
}

/// Lists the interfaces.
///
/// # Safety
/// The length is NULL or valid for reads and writes, the list NULL or valid for that many.
pub unsafe extern "C" fn C_GetInterfaceList<H: Host>(
    list: *mut CK_INTERFACE,
    count: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the wrapper asks for what this function asks of its caller.
    let list = unsafe { Buffer::new(list, count) };
    enter_uninitialized::<H>("C_GetInterfaceList", || list.put(Table::<H>::INTERFACES))
}

/// Gives the interface of a name and a version; without them, the newest.
///
/// # Safety
/// The name is NULL or ends with a zero byte, the version NULL or valid for reads, the last NULL or valid
/// for writing a pointer.
pub unsafe extern "C" fn C_GetInterface<H: Host>(
    name: *mut CK_UTF8CHAR,
    version: *mut CK_VERSION,
    interface: *mut *mut CK_INTERFACE,
    flags: CK_FLAGS,
) -> CK_RV {
    // SAFETY: the wrappers ask for what this function asks of its caller.
    let (name, version, interface) =
        unsafe { (Text::new(name), Input::new(version), Output::new(interface)) };
    enter_uninitialized::<H>("C_GetInterface", || {
        interface.check()?;
        let is_named = name.is_absent() || name.is(INTERFACE_NAME);
        let version = version.optional().map(|v| (v.major, v.minor));
        let versions = [(3, 2), (3, 0), (2, 40)];
        let found = Table::<H>::INTERFACES
            .iter()
            .zip(versions)
            .filter(|(offered, of)| {
                flags & !offered.flags == 0 && version.is_none_or(|wanted| wanted == *of)
            })
            .find(|_| is_named);
        // No return value of the standard says that there is no such interface.
        let (found, _) = found.ok_or(Error::ArgumentsBad)?;
        interface.put(core::ptr::from_ref(found).cast_mut())
    })
}

entries! {
    /// Tells of the module.
    fn C_GetInfo(info: *mut CK_INFO)
    [info: Output::new(info)]
    |_module| info.put(CK_INFO {
        cryptokiVersion: CK_VERSION { major: 3, minor: 2 },
        manufacturerID: padded(MANUFACTURER),
        flags: 0,
        libraryDescription: padded("Sello PKCS#11 module"),
        libraryVersion: CK_VERSION { major: 0, minor: 1 },
    })

    /// Lists the slots, one a reader.
    fn C_GetSlotList(with_token: CK_BBOOL, list: *mut CK_SLOT_ID, count: *mut CK_ULONG)
    [list: Buffer::new(list, count)]
    |module| {
        list.check()?;
        list.put(&module.slot_list(with_token != 0)?)
    }

    /// Tells of a slot.
    fn C_GetSlotInfo(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO)
    [info: Output::new(info)]
    |module| {
        info.check()?;
        info.put(module.slot_info(slot)?)
    }

    /// Tells of the card in a slot.
    fn C_GetTokenInfo(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO)
    [info: Output::new(info)]
    |module| {
        info.check()?;
        info.put(module.token_info(slot)?)
    }

    /// Lists the mechanisms of a token.
    fn C_GetMechanismList(slot: CK_SLOT_ID, list: *mut CK_MECHANISM_TYPE, count: *mut CK_ULONG)
    [list: Buffer::new(list, count)]
    |module| {
        list.check()?;
        list.put(&module.mechanisms(slot)?)
    }

    /// Tells of a mechanism.
    fn C_GetMechanismInfo(slot: CK_SLOT_ID, kind: CK_MECHANISM_TYPE, info: *mut CK_MECHANISM_INFO)
    [info: Output::new(info)]
    |module| {
        info.check()?;
        info.put(module.mechanism_info(slot, kind)?)
    }

    /// Tells in which slot a card came or went.
    fn C_WaitForSlotEvent(flags: CK_FLAGS, slot: *mut CK_SLOT_ID, reserved: CK_VOID_PTR)
    [slot: Output::new(slot)]
    |module| {
        slot.check()?;
        if !reserved.is_null() {
            return Err(Error::ArgumentsBad);
        }
        slot.put(module.slot_event(flags & ck::CKF_DONT_BLOCK == 0)?)
    }
}
