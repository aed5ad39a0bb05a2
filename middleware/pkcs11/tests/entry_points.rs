//! Every entry point, called wrongly: before initialization, with NULL, with a panic inside.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    dead_code,
    unreachable_pub,
    clippy::macro_metavars_in_unsafe,
    clippy::as_conversions,
    reason = "a test may stop at the first surprise"
)]

mod common;

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::card::Desk;
use common::client::Client;
use cryptoki_sys::*;
use sello_pkcs11::abi::{Door, Host, Table};
use sello_pkcs11::token::Readers;

/// An argument that says as little as can be said.
trait Nothing {
    fn nothing() -> Self;
}

impl<T> Nothing for *mut T {
    fn nothing() -> Self {
        ptr::null_mut()
    }
}

impl Nothing for CK_ULONG {
    fn nothing() -> Self {
        0
    }
}

impl Nothing for CK_BBOOL {
    fn nothing() -> Self {
        0
    }
}

impl Nothing for CK_NOTIFY {
    fn nothing() -> Self {
        None
    }
}

/// Calls every function but `C_Initialize` and `C_Finalize` with arguments that say nothing.
fn call_all(client: Client) -> Vec<(&'static str, CK_RV)> {
    let mut called = Vec::new();
    macro_rules! call_each {
        ($($name:ident($($argument:ident: $kind:ty),*);)+) => {$(
            let function = client.0.$name.unwrap();
            if !["C_Initialize", "C_Finalize"].contains(&stringify!($name)) {
                // SAFETY: NULL and 0 are arguments every function has to bear.
                let rv = unsafe { function($(<$kind as Nothing>::nothing()),*) };
                called.push((stringify!($name), rv));
            }
        )+};
    }
    sello_pkcs11::with_functions!(call_each);
    called
}

#[test]
fn the_list_says_2_40_and_names_every_function() {
    let (client, _desk) = client!();
    let mut list = ptr::null_mut();
    call!(client, C_GetFunctionList, &mut list).unwrap();
    // SAFETY: the module keeps its list for ever.
    let given = unsafe { &*list };
    assert_eq!((given.version.major, given.version.minor), (2, 40));
    let mut count = 0;
    macro_rules! count_each {
        ($($name:ident($($argument:ident: $kind:ty),*);)+) => {$(
            let address = |function: Option<_>| function.map(|f| f as *const ());
            assert_eq!(address(given.$name), address(client.0.$name), "one function, in every list");
            count += 1;
        )+};
    }
    sello_pkcs11::with_functions_2_40!(count_each;);
    assert_eq!(count, 68);
    assert_eq!(call_all(client).len(), 102);
}

/// What `C_GetInterface` gives for a name, which ends with a zero byte, and a version.
fn interface(
    client: Client,
    name: Option<&[u8]>,
    version: Option<(u8, u8)>,
    flags: CK_FLAGS,
) -> Result<(u8, u8), CK_RV> {
    let mut version = version.map(|(major, minor)| CK_VERSION { major, minor });
    let version = version.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
    let name = name.map_or(ptr::null_mut(), |name| name.as_ptr().cast_mut());
    let mut found = ptr::null_mut();
    call!(client, C_GetInterface, name, version, &mut found, flags)?;
    // SAFETY: the module keeps its interfaces for ever, and every function list begins with a version.
    let version = unsafe { *(*found).pFunctionList.cast::<CK_VERSION>() };
    Ok((version.major, version.minor))
}

#[test]
fn interfaces_are_found_by_name_and_version() {
    let (client, _desk) = client!();
    let mut count = 0;
    call!(client, C_GetInterfaceList, ptr::null_mut(), &mut count).unwrap();
    assert_eq!(count, 3);
    let mut list = [CK_INTERFACE::default(); 3];
    count = 2;
    let short = call!(client, C_GetInterfaceList, list.as_mut_ptr(), &mut count);
    assert_eq!((short, count), (Err(CKR_BUFFER_TOO_SMALL), 3));
    call!(client, C_GetInterfaceList, list.as_mut_ptr(), &mut count).unwrap();
    assert!(list.iter().all(|interface| interface.flags == 0));
    let name: Option<&[u8]> = Some(b"PKCS 11\0");
    assert_eq!(interface(client, None, None, 0), Ok((3, 2)));
    for version in [(3, 2), (3, 0), (2, 40)] {
        assert_eq!(interface(client, name, Some(version), 0), Ok(version));
    }
    let bad = Err(CKR_ARGUMENTS_BAD);
    assert_eq!(interface(client, name, Some((3, 1)), 0), bad);
    assert_eq!(interface(client, Some(b"PKCS\0"), None, 0), bad);
    assert_eq!(interface(client, Some(b"PKCS 11x\0"), None, 0), bad);
    assert_eq!(interface(client, name, None, CKF_INTERFACE_FORK_SAFE), bad);
    let null = call!(
        client,
        C_GetInterface,
        ptr::null_mut(),
        ptr::null_mut(),
        ptr::null_mut(),
        0
    );
    assert_eq!(null, Err(CKR_ARGUMENTS_BAD));
}

/// What works without initialization.
const NEEDS_NOTHING: [&str; 3] = ["C_GetFunctionList", "C_GetInterfaceList", "C_GetInterface"];

#[test]
fn nothing_works_before_initialization_or_after_the_end() {
    let (client, _desk) = client!();
    let expect_closed = || {
        for (name, rv) in call_all(client) {
            if !NEEDS_NOTHING.contains(&name) {
                assert_eq!(rv, CKR_CRYPTOKI_NOT_INITIALIZED, "{name}");
            }
        }
        assert_eq!(client.finalize(), Err(CKR_CRYPTOKI_NOT_INITIALIZED));
    };
    expect_closed();
    client.initialize().unwrap();
    assert_eq!(client.initialize(), Err(CKR_CRYPTOKI_ALREADY_INITIALIZED));
    client.finalize().unwrap();
    expect_closed();
}

#[test]
fn null_and_zero_harm_nothing() {
    let (client, _desk) = client!();
    client.initialize().unwrap();
    for (name, rv) in call_all(client) {
        let expected: &[CK_RV] = match name {
            "C_CloseAllSessions" => &[CKR_OK],
            "C_InitToken" => &[CKR_FUNCTION_NOT_SUPPORTED],
            _ => &[CKR_ARGUMENTS_BAD, CKR_SESSION_HANDLE_INVALID],
        };
        assert!(expected.contains(&rv), "{name} returned {rv:#x}");
    }
    assert_eq!(client.slots(true).unwrap(), [0]);
}

#[test]
fn with_a_session_null_is_still_refused() {
    let (client, _desk) = client!();
    let (session, key) = client.ready();
    let null = ptr::null_mut();
    let bad = Err(CKR_ARGUMENTS_BAD);
    assert_eq!(
        call!(client, C_Login, session, CKU_USER, ptr::null_mut(), 6),
        bad
    );
    assert_eq!(
        call!(client, C_FindObjectsInit, session, ptr::null_mut(), 1),
        bad
    );
    assert_eq!(
        call!(client, C_SignInit, session, ptr::null_mut(), key),
        bad
    );
    assert_eq!(
        call!(
            client,
            C_GetAttributeValue,
            session,
            key,
            ptr::null_mut(),
            3
        ),
        bad
    );
    assert_eq!(
        call!(client, C_GenerateRandom, session, ptr::null_mut(), 8),
        bad
    );
    assert_eq!(
        call!(
            client,
            C_SetPIN,
            session,
            ptr::null_mut(),
            0,
            ptr::null_mut(),
            0
        ),
        bad
    );
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    let mut n = 64;
    assert_eq!(
        call!(
            client,
            C_Sign,
            session,
            null,
            32,
            ptr::null_mut(),
            ptr::null_mut()
        ),
        bad
    );
    assert_eq!(
        call!(client, C_Sign, session, null, 32, ptr::null_mut(), &mut n),
        bad
    );
    let flags = CKF_DONT_BLOCK;
    let mut slot = 0;
    let reserved = ptr::dangling_mut::<c_void>();
    assert_eq!(
        call!(client, C_WaitForSlotEvent, flags, &mut slot, reserved),
        bad
    );
    assert_eq!(call!(client, C_Finalize, reserved), bad);
}

#[test]
fn initialize_arguments_are_checked() {
    unsafe extern "C" fn lock(_: *mut c_void) -> CK_RV {
        CKR_OK
    }
    let (client, _desk) = client!();
    let initialize = |change: &dyn Fn(&mut CK_C_INITIALIZE_ARGS)| {
        let mut arguments = CK_C_INITIALIZE_ARGS::default();
        change(&mut arguments);
        let pointer = ptr::from_mut(&mut arguments).cast();
        let outcome = call!(client, C_Initialize, pointer);
        if outcome.is_ok() {
            client.finalize().unwrap();
        }
        outcome
    };
    assert_eq!(initialize(&|_| ()), Ok(()));
    assert_eq!(initialize(&|a| a.flags = CKF_OS_LOCKING_OK), Ok(()));
    let bad = Err(CKR_ARGUMENTS_BAD);
    assert_eq!(initialize(&|a| a.LockMutex = Some(lock)), bad);
    assert_eq!(initialize(&|a| a.pReserved = ptr::dangling_mut()), bad);
}

static PANICS: AtomicBool = AtomicBool::new(false);

#[test]
fn a_panic_in_any_entry_point_is_an_error_and_no_end() {
    enum Panicking {}
    static DOOR: Door = Door::new();
    impl Host for Panicking {
        fn door() -> &'static Door {
            &DOOR
        }
        fn readers() -> Arc<dyn Readers> {
            Arc::new(Desk::new())
        }
        fn entered(function: &'static str) {
            if PANICS.load(Ordering::SeqCst) {
                std::panic::panic_any(function);
            }
        }
    }
    let client = Client(Table::<Panicking>::LIST_3_2);
    client.initialize().unwrap();
    std::panic::set_hook(Box::new(|_| ()));
    PANICS.store(true, Ordering::SeqCst);
    let called = call_all(client);
    let ended = (client.initialize(), client.finalize());
    PANICS.store(false, Ordering::SeqCst);
    drop(std::panic::take_hook());
    for (name, rv) in called {
        assert_eq!(rv, CKR_GENERAL_ERROR, "{name}");
    }
    assert_eq!(ended, (Err(CKR_GENERAL_ERROR), Err(CKR_GENERAL_ERROR)));
    assert_eq!(client.slots(true).unwrap(), [0], "the module is as it was");
}
