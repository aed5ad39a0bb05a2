//! What `sello-endurance` does to the module: one way a run.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use cryptoki_sys::*;

use crate::library::{Locking, Module, in_child};
use crate::resources::Resources;

/// The name of the library among the mappings.
const LIBRARY: &str = "sello_pkcs11";
/// Cycles before the first look, in which what is made once is made.
const WARM: usize = 200;
/// Memory may be larger by so much, in KiB: the allocator keeps some of what was given back.
const SLACK: usize = 1024;
/// The PIN of the card in the reader, if there is one.
const PIN: &[u8] = sello_fuzz::pkcs11::cards::PIN;

/// What is maltreated.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Where the library lies.
    pub path: PathBuf,
    /// The one reader whose card may be used, if there is one in it.
    pub reader: String,
}

impl Subject {
    fn load(&self) -> Module {
        Module::load(&self.path)
    }

    /// Uses the module as a program does that looks around; nothing is expected.
    fn look_around(&self, module: &Module) {
        let session = module
            .slot_of(&self.reader)
            .and_then(|slot| module.open(slot));
        if let Ok(session) = session {
            let _ = module.find(session, CKO_CERTIFICATE);
            let _ = module.close(session);
        }
    }

    /// Opens a session with the card and logs in.
    fn log_in(&self, module: &Module) -> Result<CK_SESSION_HANDLE, CK_RV> {
        let session = module.open(module.slot_of(&self.reader)?)?;
        module.login(session, CKU_USER, PIN)?;
        Ok(session)
    }
}

/// Loads, initializes, looks around, finalizes and unloads again and again; what the process holds
/// afterwards is what it held at the beginning.
pub fn cycles(subject: &Subject, count: usize) {
    let once = |looks: bool| {
        let module = subject.load();
        assert_eq!(module.initialize(), Ok(()));
        if looks {
            subject.look_around(&module);
        }
        assert_eq!(module.finalize(), Ok(()));
    };
    for _ in 0..WARM {
        once(true);
    }
    let before = Resources::now(LIBRARY);
    for round in 0..count {
        once(round % 10 == 0);
    }
    judge(before, Resources::now(LIBRARY), count);
}

/// The whole life of the module in a program that signs, from loading to unloading, so many times. Who
/// counts the memory looks on from outside.
pub fn signing_cycles(subject: &Subject, count: usize) {
    for _ in 0..count {
        let module = subject.load();
        assert_eq!(module.initialize(), Ok(()));
        subject.look_around(&module);
        // The session is not closed: that is up to C_Finalize.
        let session = subject.log_in(&module).unwrap();
        sign(&module, session).unwrap();
        assert_eq!(module.finalize(), Ok(()));
    }
}

/// As [`cycles`], from several threads at a time, each with a handle of its own.
pub fn cycles_in_threads(subject: &Subject, count: usize) {
    let all = |count: usize| {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..count / 4 {
                        let module = subject.load();
                        expect("C_Initialize", module.initialize(), BEGUN);
                        expect("C_GetSlotList", module.slots(true).map(drop), USED);
                        expect("C_Finalize", module.finalize(), ENDED);
                    }
                });
            }
        });
    };
    all(WARM);
    let before = Resources::now(LIBRARY);
    all(count);
    judge(before, Resources::now(LIBRARY), count);
}

fn judge(before: Resources, after: Resources, count: usize) {
    println!("{count} cycles\nbefore {before:?}\nafter  {after:?}");
    assert_eq!(after.threads, before.threads, "threads");
    assert_eq!(after.files, before.files, "file descriptors");
    assert!(after.mappings <= before.mappings, "mappings");
    assert!(after.memory <= before.memory + SLACK, "memory");
}

/// What `C_Initialize` may return while others initialize and finalize.
const BEGUN: &[CK_RV] = &[CKR_CRYPTOKI_ALREADY_INITIALIZED];
/// What a function may return meanwhile.
const USED: &[CK_RV] = &[CKR_CRYPTOKI_NOT_INITIALIZED];
/// What `C_Finalize` may return meanwhile.
const ENDED: &[CK_RV] = &[CKR_CRYPTOKI_NOT_INITIALIZED];
/// What a function that uses a session may return meanwhile.
const SESSION_USED: &[CK_RV] = &[
    CKR_CRYPTOKI_NOT_INITIALIZED,
    CKR_SESSION_HANDLE_INVALID,
    CKR_SESSION_CLOSED,
    CKR_USER_ALREADY_LOGGED_IN,
    CKR_USER_NOT_LOGGED_IN,
    CKR_OBJECT_HANDLE_INVALID,
    CKR_KEY_HANDLE_INVALID,
    // Two threads may have the same handle, if one got it after the other's was closed by C_Finalize.
    CKR_OPERATION_ACTIVE,
    CKR_OPERATION_NOT_INITIALIZED,
];

fn expect<T>(what: &str, outcome: Result<T, CK_RV>, allowed: &[CK_RV]) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(rv) => {
            assert!(allowed.contains(&rv), "{what} returned {rv:#x}");
            None
        }
    }
}

/// Ends without `C_Finalize`: by returning from `main`, or at once in a second thread, while others use the
/// module and one waits for an event.
pub fn exit(subject: &Subject, in_thread: bool) {
    let module = Arc::new(subject.load());
    module.initialize().unwrap();
    subject.look_around(&module);
    for waits in [true, false, false] {
        let (module, subject) = (Arc::clone(&module), subject.clone());
        thread::spawn(move || {
            loop {
                if waits {
                    let _ = module.event(true);
                }
                subject.look_around(&module);
            }
        });
    }
    thread::sleep(Duration::from_millis(50));
    if in_thread {
        let ends = thread::spawn(|| std::process::exit(0));
        let _ = ends.join();
    }
}

/// Forks after `C_Initialize`, while other threads are inside: the child finds nothing initialized, may
/// begin anew, and the parent goes on.
pub fn fork(subject: &Subject, rounds: usize) {
    let module = Arc::new(subject.load());
    module.initialize().unwrap();
    let session = subject.log_in(&module).unwrap();
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !ends.load(Ordering::Acquire) {
                    subject.look_around(&module);
                }
            });
        }
        for _ in 0..rounds {
            assert_eq!(in_child(|| child(subject, &module)), Some(0), "the child");
            // The parent's session, and the PIN it gave, are as they were.
            sign(&module, session).unwrap();
        }
        ends.store(true, Ordering::Release);
    });
    assert!(module.slots(true).is_ok());
    assert_eq!(module.finalize(), Ok(()));
}

/// What a forked child finds, as an exit status: 0 if all is as it should be.
fn child(subject: &Subject, module: &Module) -> i32 {
    // Some may be asked before C_Initialize, and miss their arguments.
    let asked_before = ["C_GetFunctionList", "C_GetInterface", "C_GetInterfaceList"];
    let closed = |(name, rv): (&str, CK_RV)| {
        rv == CKR_CRYPTOKI_NOT_INITIALIZED || asked_before.contains(&name)
    };
    if let Some(other) = module
        .call_all()
        .into_iter()
        .find(|called| !closed(*called))
    {
        eprintln!("{other:?} in a child");
        return 1;
    }
    if module.finalize() != Err(CKR_CRYPTOKI_NOT_INITIALIZED) {
        return 2;
    }
    if module.initialize() != Ok(()) || module.slots(false).is_err() {
        return 3;
    }
    let signed = subject
        .log_in(module)
        .and_then(|session| sign(module, session));
    if let Err(rv) = signed {
        eprintln!("{rv:#x} in a child that signs");
        return 4;
    }
    i32::from(module.finalize() != Ok(())) * 5
}

/// Signs with every key; the session is logged in.
fn sign(module: &Module, session: CK_SESSION_HANDLE) -> Result<(), CK_RV> {
    let keys = module.find(session, CKO_PRIVATE_KEY)?;
    assert!(!keys.is_empty(), "no key");
    for key in keys {
        let wants_pin = module.attribute(session, key, CKA_ALWAYS_AUTHENTICATE)? == [CK_TRUE];
        module.sign(session, key, &[7; 32], wants_pin.then_some(PIN))?;
    }
    Ok(())
}

/// Threads that use the module while others initialize and finalize it.
pub fn race(subject: &Subject, locking: Locking, rounds: usize) {
    let module = subject.load();
    let begun = AtomicUsize::new(0);
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..3 {
            let (module, ends) = (&module, &ends);
            scope.spawn(move || {
                while !ends.load(Ordering::Acquire) {
                    use_all(subject, module, number);
                }
            });
        }
        scope.spawn(|| {
            while !ends.load(Ordering::Acquire) {
                expect("C_WaitForSlotEvent", module.event(true), USED);
            }
        });
        let turns: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..rounds {
                        let outcome = module.initialize_with(locking);
                        if expect("C_Initialize", outcome, BEGUN).is_some() {
                            begun.fetch_add(1, Ordering::Relaxed);
                        }
                        thread::sleep(Duration::from_millis(1));
                        expect("C_Finalize", module.finalize(), ENDED);
                    }
                })
            })
            .collect();
        for turn in turns {
            turn.join().unwrap();
        }
        ends.store(true, Ordering::Release);
        // Who waits again after the last C_Finalize is told at once.
        let _ = module.finalize();
    });
    assert!(begun.load(Ordering::Relaxed) > 0);
    assert_eq!(module.initialize_with(locking), Ok(()));
    subject.look_around(&module);
    assert_eq!(module.finalize(), Ok(()));
}

/// A program's use of the module, which may end under it at any time.
fn use_all(subject: &Subject, module: &Module, number: u8) {
    let known = &[CKR_CRYPTOKI_NOT_INITIALIZED, CKR_SLOT_ID_INVALID];
    let slot = module.slot_of(&subject.reader);
    let Some(slot) = expect("C_GetSlotInfo", slot, known) else {
        return;
    };
    let with_slot = &[
        CKR_CRYPTOKI_NOT_INITIALIZED,
        CKR_SLOT_ID_INVALID,
        CKR_TOKEN_NOT_PRESENT,
    ];
    let Some(session) = expect("C_OpenSession", module.open(slot), with_slot) else {
        return;
    };
    expect(
        "C_Login",
        module.login(session, CKU_USER, PIN),
        SESSION_USED,
    );
    let keys = module.find(session, CKO_PRIVATE_KEY);
    for key in expect("C_FindObjects", keys, SESSION_USED).unwrap_or_default() {
        let signed = module.sign(session, key, &[number; 32], Some(PIN));
        expect("C_Sign", signed, SESSION_USED);
    }
    expect("C_CloseSession", module.close(session), SESSION_USED);
}

/// `C_Finalize` while threads wait for an event: all of them are told, each time.
pub fn finalize_under_waiters(subject: &Subject, rounds: usize) {
    let module = subject.load();
    for _ in 0..rounds {
        module.initialize().unwrap();
        let waiting = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    waiting.fetch_add(1, Ordering::AcqRel);
                    // Another event may come first.
                    let told = loop {
                        if let Err(rv) = module.event(true) {
                            break rv;
                        }
                    };
                    assert_eq!(told, CKR_CRYPTOKI_NOT_INITIALIZED);
                });
            }
            while waiting.load(Ordering::Acquire) < 3 {
                thread::yield_now();
            }
            thread::sleep(Duration::from_millis(2));
            assert_eq!(module.finalize(), Ok(()));
        });
    }
}
