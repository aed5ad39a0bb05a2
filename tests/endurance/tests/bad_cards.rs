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

/// How often a card is pulled, in all readers together.
const PULLS: u32 = 1000;
/// In how many readers at a time: pcscd takes its time to see each one go.
const READERS: u32 = 4;
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

/// Says that it is over when it is dropped, by a panic too: who works until then would work for ever.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
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

/// Signs with the card in a reader, by two threads, while it is pulled and put back.
///
/// # Returns
/// How many rounds signed, and how many were told that the card is gone.
fn pull_while_signing(module: &Module, reader: &Reader) -> (u32, u32) {
    let ends = AtomicBool::new(false);
    let (signed, failed) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for number in 0..2 {
            let (ends, signed, failed) = (&ends, &signed, &failed);
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
        let _over = Over(&ends);
        for pull in 0..u64::from(PULLS / READERS) {
            // Short and long stays, in a fixed order.
            thread::sleep(Duration::from_millis(pull * 37 % LONGEST_STAY));
            reader.card.remove().unwrap();
            // Every other time it is back before pcscd may have seen it go.
            if pull % 2 == 0 {
                reader.wait(false).unwrap();
            } else {
                thread::sleep(Duration::from_millis(pull * 53 % LONGEST_STAY));
            }
            reader.card.insert().unwrap();
            reader.wait(true).unwrap();
        }
    });
    (signed.into_inner(), failed.into_inner())
}

#[test]
fn cards_pulled_a_thousand_times_while_they_sign_harm_nothing() {
    let module = module();
    let module = &module;
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(move || {
                let reader = Reader::start().unwrap();
                works_again(module, &reader);
                let (signed, failed) = pull_while_signing(module, &reader);
                let name = reader.name();
                println!("{name}: {signed} rounds signed, {failed} told of a pulled card");
                assert!(signed > 0, "nothing was signed in between");
                assert!(failed > 0, "nothing was ever pulled");
                // A card whose going nobody saw has no power: the driver takes it for the one before.
                reader.exchange().unwrap();
                works_again(module, &reader);
            });
        }
    });
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
            let _over = Over(&ends);
            let signed = sign_with_all(&module, late.name(), &[3; 32]);
            assert!(signed.is_ok(), "{signed:?}");
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
