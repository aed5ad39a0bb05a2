//! Every function of every list with every argument wrong in every way: the code of the specification,
//! and never a crash.
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

use common::client::Client;
use cryptoki_sys::*;

/// Room that every pointer which is not NULL points into: enough for the longest thing a function may read
/// or write through an argument whose length is not given.
const ROOM: usize = 4096;
/// Lengths that are wrong in most places; the last two are longer than anything can be.
const LENGTHS: [CK_ULONG; 4] = [0, 1, isize::MAX as CK_ULONG, CK_ULONG::MAX];

/// What one argument is given in one call.
#[derive(Clone, Copy)]
struct Choice {
    /// Whether pointers lead anywhere.
    null: bool,
    /// What numbers are.
    number: CK_ULONG,
    /// A session handle, where one is wanted first.
    session: CK_ULONG,
    room: *mut u8,
    /// What the room begins with in each call; the rest of it is zeros.
    first: u64,
}

impl Choice {
    /// Cleans the room of what the last call wrote: it would be pointers that lead nowhere to the next.
    fn clean(self) {
        if !self.room.is_null() {
            // SAFETY: the room is as long as this.
            unsafe {
                self.room.write_bytes(0, ROOM);
                self.room.cast::<u64>().write(self.first);
            }
        }
    }
}

/// An argument of a type, by a choice. The first number of a function is its session or slot.
trait Argument {
    fn chosen(choice: Choice, name: &str) -> Self;
}

impl<T> Argument for *mut T {
    fn chosen(choice: Choice, _name: &str) -> Self {
        if choice.null {
            ptr::null_mut()
        } else {
            choice.room.cast()
        }
    }
}

impl Argument for CK_ULONG {
    fn chosen(choice: Choice, name: &str) -> Self {
        match name {
            "session" => choice.session,
            // A length that is too long for its pointer is the caller's lie, which nothing can see: long
            // lengths go with NULL alone.
            _ if choice.null => choice.number,
            _ => choice.number.min(1),
        }
    }
}

impl Argument for CK_BBOOL {
    fn chosen(_choice: Choice, _name: &str) -> Self {
        0xFF
    }
}

impl Argument for CK_NOTIFY {
    fn chosen(_choice: Choice, _name: &str) -> Self {
        None
    }
}

/// The functions that begin, end or wait: with a module that is initialized, they change what is tested.
const TURNS: [&str; 5] = [
    "C_Initialize",
    "C_Finalize",
    "C_CloseSession",
    "C_CloseAllSessions",
    "C_WaitForSlotEvent",
];
/// The functions that may be called before `C_Initialize`.
const OPEN: [&str; 3] = ["C_GetFunctionList", "C_GetInterfaceList", "C_GetInterface"];

/// Calls every function but those that begin, end or wait, once by a choice.
fn call_all(client: Client, choice: Choice) -> Vec<(&'static str, CK_RV)> {
    call_all_but(&TURNS, client, choice)
}

/// Calls every function but some, once by a choice.
fn call_all_but(spared: &[&str], client: Client, choice: Choice) -> Vec<(&'static str, CK_RV)> {
    let mut called = Vec::new();
    macro_rules! call_each {
        ($($name:ident($($argument:ident: $kind:ty),*);)+) => {$(
            if !spared.contains(&stringify!($name)) {
                choice.clean();
                // SAFETY: every pointer is NULL or leads to enough room.
                let rv = unsafe {
                    client.0.$name.unwrap()(
                        $(<$kind as Argument>::chosen(choice, stringify!($argument))),*
                    )
                };
                called.push((stringify!($name), rv));
            }
        )+};
    }
    sello_pkcs11::with_functions!(call_each);
    called
}

/// Whether a return value is one of the standard's, and not the one for a fault of the module itself.
fn is_specified(rv: CK_RV) -> bool {
    rv != CKR_GENERAL_ERROR && rv < CKR_VENDOR_DEFINED
}

#[test]
fn null_pointers_with_any_length_are_answered_by_a_code_of_the_standard() {
    let (client, _desk) = client!();
    let (session, _key) = client.ready();
    for number in LENGTHS {
        for session in [session, 0, 77, CK_ULONG::MAX] {
            let choice = Choice {
                null: true,
                number,
                session,
                room: ptr::null_mut(),
                first: 0,
            };
            for (name, rv) in call_all(client, choice) {
                assert!(is_specified(rv), "{name} returned {rv:#x} for {number:#x}");
            }
        }
    }
    assert_eq!(client.slots(true).unwrap(), [0], "the module is as it was");
}

#[test]
fn pointers_to_zeros_are_answered_by_a_code_of_the_standard() {
    let (client, _desk) = client!();
    let (session, _key) = client.ready();
    // At the beginning of the room lies what a length, a template or a mechanism may begin with.
    for first in [0, 1, 0xFF] {
        for number in [0, 1] {
            let mut room = vec![0_u64; ROOM / 8];
            let choice = Choice {
                null: false,
                number,
                session,
                room: room.as_mut_ptr().cast(),
                first,
            };
            for (name, rv) in call_all(client, choice) {
                assert!(is_specified(rv), "{name} returned {rv:#x}");
            }
        }
    }
    assert_eq!(client.slots(true).unwrap(), [0], "the module is as it was");
}

#[test]
fn every_handle_that_is_stale_says_so() {
    let (client, _desk) = client!();
    let (session, key) = client.ready();
    call!(client, C_Logout, session).unwrap();
    client.login(session, CKU_USER, b"654321").unwrap();
    let stale = client.sign_begin(session, CKM_ECDSA, key);
    assert_eq!(stale, Err(CKR_KEY_HANDLE_INVALID), "a logout ends handles");
    let again = client.find_class(session, CKO_PRIVATE_KEY)[0];
    assert_ne!(again, key);
    client.sign_begin(session, CKM_ECDSA, again).unwrap();
    client.close(session).unwrap();
    let choice = Choice {
        null: true,
        number: 0,
        session,
        room: ptr::null_mut(),
        first: 0,
    };
    for (name, rv) in call_all(client, choice) {
        let harmless = [CKR_ARGUMENTS_BAD, CKR_SESSION_HANDLE_INVALID];
        assert!(
            harmless.contains(&rv) || !name_takes_session(name),
            "{name} returned {rv:#x}"
        );
    }
}

fn name_takes_session(name: &str) -> bool {
    let mut takes = Vec::new();
    macro_rules! sessions {
        ($($function:ident($($argument:ident: $kind:ty),*);)+) => {$(
            if [$(stringify!($argument)),*].first() == Some(&"session") {
                takes.push(stringify!($function));
            }
        )+};
    }
    sello_pkcs11::with_functions!(sessions);
    takes.contains(&name)
}

#[test]
fn huge_templates_are_refused_before_they_are_followed() {
    let (client, _desk) = client!();
    let (session, key) = client.ready();
    let mut attribute = CK_ATTRIBUTE::default();
    for count in [1025, isize::MAX as CK_ULONG, CK_ULONG::MAX] {
        let find = call!(client, C_FindObjectsInit, session, &mut attribute, count);
        let get = call!(
            client,
            C_GetAttributeValue,
            session,
            key,
            &mut attribute,
            count
        );
        let set = call!(
            client,
            C_SetAttributeValue,
            session,
            key,
            &mut attribute,
            count
        );
        let mut made = 0;
        let create = call!(
            client,
            C_CreateObject,
            session,
            &mut attribute,
            count,
            &mut made
        );
        let copy = call!(
            client,
            C_CopyObject,
            session,
            key,
            &mut attribute,
            count,
            &mut made
        );
        for outcome in [find, get, set, create, copy] {
            assert_eq!(outcome, Err(CKR_ARGUMENTS_BAD), "{count:#x}");
        }
    }
    let mut value = [0_u8; 8];
    for length in [1 << 21, isize::MAX as CK_ULONG, CK_ULONG::MAX] {
        let mut attribute = CK_ATTRIBUTE {
            type_: CKA_CLASS,
            pValue: value.as_mut_ptr().cast(),
            ulValueLen: length,
        };
        let find = call!(client, C_FindObjectsInit, session, &mut attribute, 1);
        assert_eq!(find, Err(CKR_ARGUMENTS_BAD), "{length:#x}");
    }
}

#[test]
fn parameters_of_a_mechanism_are_followed_only_as_far_as_they_go() {
    let (client, _desk) = client!();
    let (session, key) = client.ready();
    let mut parameters = CK_ECDH1_DERIVE_PARAMS {
        kdf: CKD_NULL,
        ulSharedDataLen: 0,
        pSharedData: ptr::null_mut(),
        ulPublicDataLen: CK_ULONG::MAX,
        pPublicData: ptr::null_mut(),
    };
    let whole = size_of::<CK_ECDH1_DERIVE_PARAMS>() as CK_ULONG;
    for (pointer, length) in [
        (ptr::null_mut(), 0),
        (ptr::null_mut(), whole),
        (ptr::from_mut(&mut parameters), 0),
        (ptr::from_mut(&mut parameters), whole - 1),
        (ptr::from_mut(&mut parameters), CK_ULONG::MAX),
        (ptr::from_mut(&mut parameters), whole),
    ] {
        let mut mechanism = CK_MECHANISM {
            mechanism: CKM_ECDH1_DERIVE,
            pParameter: pointer.cast::<c_void>(),
            ulParameterLen: length,
        };
        let mut derived = 0;
        let outcome = call!(
            client,
            C_DeriveKey,
            session,
            &mut mechanism,
            key,
            ptr::null_mut(),
            0,
            &mut derived
        );
        let codes = [
            Err(CKR_MECHANISM_PARAM_INVALID),
            Err(CKR_KEY_FUNCTION_NOT_PERMITTED),
        ];
        assert!(codes.contains(&outcome), "{outcome:?}");
    }
}

#[test]
fn many_threads_with_bad_arguments_leave_a_module_that_signs() {
    let (client, _desk) = client!();
    let (session, _key) = client.ready();
    std::thread::scope(|scope| {
        for number in LENGTHS {
            scope.spawn(move || {
                for _ in 0..20 {
                    let choice = Choice {
                        null: true,
                        number,
                        session,
                        room: ptr::null_mut(),
                        first: 0,
                    };
                    call_all(client, choice);
                }
            });
        }
    });
    let session = client.open(0).unwrap();
    let login = client.login(session, CKU_USER, b"654321");
    assert!(matches!(login, Ok(()) | Err(CKR_USER_ALREADY_LOGGED_IN)));
    let key = client.find_class(session, CKO_PRIVATE_KEY)[0];
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    client
        .login(session, CKU_CONTEXT_SPECIFIC, b"654321")
        .unwrap();
    assert_eq!(client.sign(session, &[7; 32]).unwrap().len(), 64);
}

#[test]
fn after_the_end_everything_says_that_it_is_the_end() {
    let (client, _desk) = client!();
    let (session, _key) = client.ready();
    client.finalize().unwrap();
    for (null, number) in [(true, 0), (true, CK_ULONG::MAX)] {
        let choice = Choice {
            null,
            number,
            session,
            room: ptr::null_mut(),
            first: 0,
        };
        for (name, rv) in call_all(client, choice) {
            if !OPEN.contains(&name) {
                assert_eq!(rv, CKR_CRYPTOKI_NOT_INITIALIZED, "{name}");
            }
        }
    }
}

/// The first function that tells a forked child anything but that nothing is initialized.
fn told_otherwise(client: Client, session: CK_SESSION_HANDLE) -> Option<(&'static str, CK_RV)> {
    let mut room = vec![0_u64; ROOM / 8];
    let null = LENGTHS.map(|number| (true, number));
    for (null, number) in null.into_iter().chain([(false, 0), (false, 1)]) {
        let choice = Choice {
            null,
            number,
            session,
            room: room.as_mut_ptr().cast(),
            first: 1,
        };
        let called = call_all_but(&["C_Initialize"], client, choice);
        let mut other = called
            .into_iter()
            .filter(|(name, rv)| *rv != CKR_CRYPTOKI_NOT_INITIALIZED && !OPEN.contains(name));
        if let Some(found) = other.next() {
            return Some(found);
        }
    }
    None
}

/// What a forked child finds, as an exit status: 0 if all is as it should be.
fn child(client: Client, session: CK_SESSION_HANDLE, key: CK_OBJECT_HANDLE) -> i32 {
    if let Some(other) = told_otherwise(client, session) {
        eprintln!("{other:x?} in a child");
        return 1;
    }
    if client.initialize().is_err() || client.slots(true) != Ok(vec![0]) {
        return 2;
    }
    // The parent's handles are nothing here.
    if client.sign_begin(session, CKM_ECDSA, key) != Err(CKR_SESSION_HANDLE_INVALID) {
        return 3;
    }
    let signed = client.open(0).and_then(|session| {
        client.login(session, CKU_USER, b"654321")?;
        let key = client.find_class(session, CKO_PRIVATE_KEY)[0];
        client.sign_begin(session, CKM_ECDSA, key)?;
        client.login(session, CKU_CONTEXT_SPECIFIC, b"654321")?;
        client.sign(session, &[9; 32])
    });
    if signed.map(|signature| signature.len()) != Ok(64) || client.finalize().is_err() {
        return 4;
    }
    i32::from(told_otherwise(client, session).is_some()) * 5
}

#[test]
fn every_function_tells_a_forked_child_that_nothing_is_initialized() {
    let (client, _desk) = client!();
    let (session, key) = client.ready();
    for round in 1..4 {
        client.sign_begin(session, CKM_ECDSA, key).unwrap();
        client
            .login(session, CKU_CONTEXT_SPECIFIC, b"654321")
            .unwrap();
        // SAFETY: the child calls the module and ends; it does not return into the test harness.
        let pid = unsafe { libc::fork() };
        assert!(pid >= 0, "no fork");
        if pid == 0 {
            // SAFETY: sets a timer of this process, so that a child that hangs ends.
            unsafe { libc::alarm(20) };
            let status = child(client, session, key);
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(status) };
        }
        let mut status = -1;
        // SAFETY: `status` is a place for the child's status.
        assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
        assert!(libc::WIFEXITED(status), "a signal ended the child");
        assert_eq!(libc::WEXITSTATUS(status), 0, "the child");
        // What the parent had begun goes on.
        let signature = client.sign(session, &[round; 32]).unwrap();
        assert_eq!(signature[..32], [round; 32]);
    }
}
