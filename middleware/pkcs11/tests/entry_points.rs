//! Every entry point, called wrongly: before initialization, with NULL, with a panic inside.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    dead_code,
    unreachable_pub,
    clippy::macro_metavars_in_unsafe,
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
    let given = Client(unsafe { &*list });
    let version = given.0.version;
    assert_eq!((version.major, version.minor), (2, 40));
    assert_eq!(call_all(given).len(), 66);
}

#[test]
fn nothing_works_before_initialization_or_after_the_end() {
    let (client, _desk) = client!();
    let expect_closed = || {
        for (name, rv) in call_all(client) {
            if name != "C_GetFunctionList" {
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
    let client = Client(Table::<Panicking>::LIST);
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
