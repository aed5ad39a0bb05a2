//! Cards that are pulled, late, or answer what they should not, through pcscd: the module says so, does not
//! hang, and works again at once.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cryptoki_sys::*;
use sello_endurance::cards::{Mood, Reader, verifies};
use sello_endurance::library::{Module, Outcome};
use sello_flow::programs::Spawned;
use sello_fuzz::pkcs11::cards::{self, PIN};

/// How often the card is pulled.
const PULLS: u32 = 250;
/// Longest that a card stays in or out, in milliseconds.
const LONGEST_STAY: u64 = 120;
/// What a program is told while its card comes and goes.
const GONE: &[CK_RV] = &[
    CKR_DEVICE_ERROR,
    CKR_DEVICE_REMOVED,
    CKR_SESSION_CLOSED,
    CKR_SESSION_HANDLE_INVALID,
    CKR_SLOT_ID_INVALID,
    CKR_TOKEN_NOT_PRESENT,
    CKR_TOKEN_NOT_RECOGNIZED,
    CKR_USER_NOT_LOGGED_IN,
    CKR_OBJECT_HANDLE_INVALID,
    CKR_KEY_HANDLE_INVALID,
    CKR_USER_ALREADY_LOGGED_IN,
];

/// The module, initialized for this process: the tests share it.
fn module() -> Module {
    let programs = Spawned::find("en_US.UTF-8").unwrap();
    let module = Module::load(&programs.path("libsello_pkcs11.so"));
    let begun = module.initialize();
    assert!(matches!(
        begun,
        Ok(()) | Err(CKR_CRYPTOKI_ALREADY_INITIALIZED)
    ));
    module
}

/// A session, the PIN, and a signature with each key; how many there were.
fn sign_with_all(module: &Module, reader: &str, digest: &[u8; 32]) -> Outcome<usize> {
    let session = module.open(module.slot_of(reader)?)?;
    let signed = module
        .login(session, CKU_USER, PIN)
        .or_else(|rv| match rv {
            CKR_USER_ALREADY_LOGGED_IN => Ok(()),
            other => Err(other),
        })
        .and_then(|()| module.find(session, CKO_PRIVATE_KEY))
        .and_then(|keys| {
            for key in &keys {
                let signature = module.sign(session, *key, digest, Some(PIN));
                let signature = match signature {
                    // A key that wants the PIN once takes no context login.
                    Err(CKR_OPERATION_NOT_INITIALIZED | CKR_USER_TYPE_INVALID) => continue,
                    other => other?,
                };
                assert!(verifies(&signature, digest), "a wrong signature");
            }
            Ok(keys.len())
        });
    let closed = module.close(session);
    assert!(closed.is_ok() || signed.is_err() || closed.is_err_and(|rv| GONE.contains(&rv)));
    signed
}

/// The good card works: at once, or as soon as pcscd has seen it.
fn works_again(module: &Module, reader: &Reader) {
    reader.wait(true).unwrap();
    let keys = sign_with_all(module, reader.name(), &[0xEE; 32]);
    let keys = keys.unwrap_or_else(|rv| panic!("a new session gets {rv:#x}"));
    assert!(keys > 0, "a card without keys");
}

#[test]
#[ignore = "did not end within 55 seconds on a machine with a load of 25: not yet known whether it hangs"]
fn a_card_pulled_again_and_again_while_it_signs_harms_nothing() {
    let module = module();
    let reader = Reader::start().unwrap();
    works_again(&module, &reader);
    let ends = AtomicBool::new(false);
    let (signed, failed) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for number in 0..2 {
            let (module, reader, ends) = (&module, &reader, &ends);
            let (signed, failed) = (&signed, &failed);
            scope.spawn(move || {
                while !ends.load(Ordering::Acquire) {
                    match sign_with_all(module, reader.name(), &[number; 32]) {
                        Ok(_) => signed.fetch_add(1, Ordering::Relaxed),
                        Err(rv) => {
                            assert!(GONE.contains(&rv), "a pulled card is {rv:#x}");
                            failed.fetch_add(1, Ordering::Relaxed)
                        }
                    };
                }
            });
        }
        for pull in 0..u64::from(PULLS) {
            // Short and long stays, in and out, in a fixed order.
            thread::sleep(Duration::from_millis(pull * 37 % LONGEST_STAY));
            reader.card.remove().unwrap();
            thread::sleep(Duration::from_millis(pull * 53 % LONGEST_STAY));
            reader.card.insert().unwrap();
        }
        ends.store(true, Ordering::Release);
    });
    println!("{PULLS} pulls: {signed:?} rounds signed, {failed:?} failed");
    assert!(failed.into_inner() > 0, "nothing was ever pulled");
    works_again(&module, &reader);
}

#[test]
fn a_late_card_is_waited_for_and_holds_no_other_up() {
    let module = module();
    let (late, quick) = (Reader::start().unwrap(), Reader::start().unwrap());
    works_again(&module, &late);
    works_again(&module, &quick);
    late.card
        .with_card(|card| card.set(Mood::Late(Duration::from_millis(300))));
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let signed = sign_with_all(&module, late.name(), &[3; 32]);
            assert!(signed.is_ok(), "{signed:?}");
            ends.store(true, Ordering::Release);
        });
        let mut meanwhile = 0;
        while !ends.load(Ordering::Acquire) {
            works_again(&module, &quick);
            meanwhile += 1;
        }
        assert!(meanwhile > 1, "the quick card waited for the late one");
    });
    late.card.with_card(|card| card.set(Mood::Good));
    works_again(&module, &late);
}

#[test]
#[ignore = "CKR_DEVICE_ERROR for the second card of a process: not yet known whether the test or the module is at fault"]
fn garbage_is_an_error_and_forgotten_at_once() {
    let module = module();
    let reader = Reader::start().unwrap();
    for garbage in [
        &[0x90, 0x00][..],
        &[0x6F, 0x00],
        &[0x61, 0x10],
        &[0x6C, 0x01],
        &[0xFF; 200],
        &[0x00; 2],
        b"\x7C\x82\xFF\xFF\x82\x90\x00",
        b"\x53\x84\xFF\xFF\xFF\xFF\x90\x00",
    ] {
        works_again(&module, &reader);
        let garbage = Mood::Garbage(garbage.to_vec());
        reader.card.with_card(|card| card.set(garbage.clone()));
        let begun = Instant::now();
        let signed = sign_with_all(&module, reader.name(), &[4; 32]);
        assert!(
            signed.is_err_and(|rv| GONE.contains(&rv) || rv == CKR_PIN_INCORRECT),
            "{garbage:?}: {signed:?}"
        );
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{garbage:?} was listened to"
        );
        reader.card.with_card(|card| card.set(Mood::Good));
        works_again(&module, &reader);
    }
}

#[test]
#[ignore = "CKR_DEVICE_ERROR for the second card of a process: not yet known whether the test or the module is at fault"]
fn another_cards_certificate_is_not_taken_for_this_ones() {
    let module = module();
    let reader = Reader::start().unwrap();
    works_again(&module, &reader);
    reader.card.with_card(|card| card.set(Mood::OthersObjects));
    // What is shown was read before, or is an error; the other's is not shown as this card's own.
    let slot = module.slot_of(reader.name()).unwrap();
    let session = module.open(slot).unwrap();
    for object in module.find(session, CKO_CERTIFICATE).unwrap_or_default() {
        if let Ok(value) = module.attribute(session, object, CKA_VALUE) {
            let own = &cards::all()[0].certificates;
            assert!(own.contains(&value), "another card's certificate is shown");
        }
    }
    let signed = sign_with_all(&module, reader.name(), &[5; 32]);
    assert!(signed.is_ok_and(|keys| keys > 0) || signed.is_err_and(|rv| GONE.contains(&rv)));
    reader.card.with_card(|card| card.set(Mood::Good));
    works_again(&module, &reader);
}
