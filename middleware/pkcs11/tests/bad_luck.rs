//! Cards that come, go, are exchanged and answer late, and ends in the middle of it.
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

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cryptoki_sys::*;
use sello_pkcs11::attribute::TemplateEntry;
use sello_pkcs11::module::Module;
use sello_pkcs11::token::{ReaderState, Readers, Token, TokenError};
use sello_wire::PinPolicy;

use common::card::{Desk, READER};

const PIN: &[u8] = b"654321";

/// Two desks as two readers.
struct Two(Desk, Desk);

const SECOND: &str = "Reader of the second desk";

impl Readers for Two {
    fn list(&self) -> Result<Vec<ReaderState>, TokenError> {
        let mut first = self.0.list()?;
        let second = self.1.list()?.into_iter();
        first.extend(second.map(|state| ReaderState {
            name: SECOND.to_owned(),
            ..state
        }));
        Ok(first)
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn Token>, TokenError> {
        match reader {
            SECOND => self.1.connect(READER),
            other => self.0.connect(other),
        }
    }
}

fn private_key(module: &Module, session: CK_SESSION_HANDLE) -> CK_OBJECT_HANDLE {
    let class = TemplateEntry {
        kind: CKA_CLASS,
        value: CKO_PRIVATE_KEY.to_ne_bytes().to_vec(),
    };
    module.find_begin(session, &[class]).unwrap();
    let found = module.find_next(session, 1).unwrap();
    module.find_end(session).unwrap();
    found[0]
}

fn ready(module: &Module, slot: CK_SLOT_ID) -> (CK_SESSION_HANDLE, CK_OBJECT_HANDLE) {
    let session = module.open_session(slot, CKF_SERIAL_SESSION).unwrap();
    module.login(session, CKU_USER, PIN).unwrap();
    (session, private_key(module, session))
}

#[test]
fn a_slow_card_holds_up_neither_another_slot_nor_what_is_told_of_its_own() {
    let desks = [Desk::new(), Desk::new()];
    for desk in &desks {
        desk.state().policy = PinPolicy::Once;
    }
    let module = Arc::new(Module::new(Arc::new(Two(
        desks[0].clone(),
        desks[1].clone(),
    ))));
    assert_eq!(module.slot_list(true).unwrap(), [0, 1]);
    let (slow, slow_key) = ready(&module, 0);
    let (quick, quick_key) = ready(&module, 1);
    desks[0].state().late = true;
    let signing = {
        let module = Arc::clone(&module);
        thread::spawn(move || {
            module.sign_begin(slow, CKM_ECDSA, slow_key).unwrap();
            module.sign_finish(slow, &[7; 32]).map(drop)
        })
    };
    for _ in 0..20 {
        module.sign_begin(quick, CKM_ECDSA, quick_key).unwrap();
        module.sign_finish(quick, &[7; 32]).unwrap();
        assert_eq!(module.session_info(slow).unwrap().slotID, 0);
        module.slot_info(0).unwrap();
    }
    desks[0].state().late = false;
    assert_eq!(signing.join().unwrap(), Ok(()));
}

#[test]
fn the_end_does_not_wait_for_a_card_that_does_not_answer() {
    let (client, desk) = client!();
    desk.state().policy = PinPolicy::Once;
    let (session, key) = client.ready();
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    desk.log();
    desk.state().late = true;
    let signing = thread::spawn(move || client.sign(session, &[7; 32]));
    thread::sleep(Duration::from_millis(20));
    client.finalize().unwrap();
    let ended = client.session_state(session);
    assert_eq!(ended, Err(CKR_CRYPTOKI_NOT_INITIALIZED));
    desk.state().late = false;
    // Either the signature was under way, or it came after the end.
    let signed = signing.join().unwrap();
    assert!(signed.is_ok() || signed == Err(CKR_CRYPTOKI_NOT_INITIALIZED));
    assert!(!desk.is_verified(), "the PIN outlives the module");
    let (session, key) = client.ready();
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    assert!(client.sign(session, &[7; 32]).is_ok());
}

#[test]
fn a_card_pulled_and_put_back_a_thousand_times_while_it_signs() {
    let (client, desk) = client!();
    desk.state().policy = PinPolicy::Once;
    client.initialize().unwrap();
    client.slots(true).unwrap();
    let moving = {
        let desk = desk.clone();
        thread::spawn(move || {
            for _ in 0..1000 {
                desk.pull();
                thread::yield_now();
                desk.insert();
                thread::sleep(Duration::from_micros(300));
            }
        })
    };
    let expected = [
        CKR_DEVICE_REMOVED,
        CKR_SESSION_HANDLE_INVALID,
        CKR_TOKEN_NOT_PRESENT,
        CKR_USER_NOT_LOGGED_IN,
        CKR_KEY_HANDLE_INVALID,
    ];
    let mut signed = 0;
    let once = || {
        let session = client.open(0)?;
        let used = (|| {
            client.login(session, CKU_USER, PIN)?;
            let template: &[(CK_ATTRIBUTE_TYPE, &[u8])] =
                &[(CKA_CLASS, &CKO_PRIVATE_KEY.to_ne_bytes())];
            let found = client.find(session, template)?;
            let key = *found.first().ok_or(CKR_KEY_HANDLE_INVALID)?;
            client.sign_begin(session, CKM_ECDSA, key)?;
            let signature = client.sign(session, &[7; 32])?;
            assert_eq!(signature[..32], [7; 32]);
            Ok(())
        })();
        // The card may be gone, and the session with it.
        let _ = client.close(session);
        used
    };
    while !moving.is_finished() {
        match once() {
            Ok(()) => signed += 1,
            Err(error) => assert!(expected.contains(&error), "{error:#X}"),
        }
    }
    moving.join().unwrap();
    // A session of a card that went is told so, once.
    let last = once();
    assert!(last.is_ok() || once().is_ok(), "{last:?}, {signed} before");
    assert_eq!(client.slots(true).unwrap(), [0], "it is the same slot");
}

#[test]
fn a_session_of_a_card_that_was_exchanged_is_no_session_of_the_new_one() {
    let (client, desk) = client!();
    let (session, _key) = client.ready();
    desk.pull();
    desk.insert();
    assert_eq!(client.session_state(session), Err(CKR_DEVICE_REMOVED));
    let invalid = Err(CKR_SESSION_HANDLE_INVALID);
    assert_eq!(client.session_state(session), invalid);
    let new = client.open(0).unwrap();
    assert_eq!(client.session_state(new), Ok(CKS_RW_PUBLIC_SESSION));
}

#[test]
fn a_service_that_stops_takes_the_cards_along_and_brings_them_back() {
    let (client, desk) = client!();
    let (session, _key) = client.ready();
    desk.state().service = false;
    desk.state().present = false;
    assert_eq!(client.session_state(session), Err(CKR_DEVICE_REMOVED));
    assert_eq!(client.slots(true).unwrap(), []);
    assert_eq!(client.open(0), Err(CKR_TOKEN_NOT_PRESENT));
    desk.state().service = true;
    desk.insert();
    assert_eq!(client.slots(true).unwrap(), [0]);
    let session = client.open(0).unwrap();
    client.login(session, CKU_USER, PIN).unwrap();
}
