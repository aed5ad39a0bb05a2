//! Who is logged in: user, security officer, and nobody; with PINs given and typed on a keypad.
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

use std::ptr;

use cryptoki_sys::*;
use sello_wire::PinPolicy;

use common::client::{Client, Outcome};

const PIN: &[u8] = b"654321";
const PUK: &[u8] = b"87654321";

fn init_pin(client: Client, session: CK_SESSION_HANDLE, pin: &[u8]) -> Outcome<()> {
    let length = CK_ULONG::try_from(pin.len()).unwrap();
    call!(client, C_InitPIN, session, pin.as_ptr().cast_mut(), length)
}

fn open_read_only(client: Client) -> Outcome<CK_SESSION_HANDLE> {
    let mut session = 0;
    let flags = CKF_SERIAL_SESSION;
    call!(
        client,
        C_OpenSession,
        0,
        flags,
        ptr::null_mut(),
        None,
        &mut session
    )?;
    Ok(session)
}

fn so_flags(client: Client) -> CK_FLAGS {
    let flags = CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_FINAL_TRY | CKF_SO_PIN_LOCKED;
    client.token_info(0).unwrap().flags & flags
}

#[test]
fn the_security_officer_unblocks_the_pin() {
    let (client, desk) = client!();
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    for _ in 0..3 {
        assert!(client.login(session, CKU_USER, b"111111").is_err());
    }
    assert_eq!(client.login(session, CKU_USER, PIN), Err(CKR_PIN_LOCKED));
    assert_eq!(
        init_pin(client, session, b"246810"),
        Err(CKR_USER_NOT_LOGGED_IN)
    );
    client.login(session, CKU_SO, PUK).unwrap();
    assert_eq!(client.session_state(session), Ok(CKS_RW_SO_FUNCTIONS));
    assert_eq!(init_pin(client, session, b"24681"), Err(CKR_PIN_LEN_RANGE));
    assert_eq!(init_pin(client, session, b"24681x"), Err(CKR_PIN_INVALID));
    init_pin(client, session, b"246810").unwrap();
    init_pin(client, session, b"135791").unwrap();
    assert_eq!(client.pin_flags(0), 0);
    call!(client, C_Logout, session).unwrap();
    assert_eq!(client.session_state(session), Ok(CKS_RW_PUBLIC_SESSION));
    client.login(session, CKU_USER, b"135791").unwrap();
    assert!(!desk.log().contains("state"), "no command to know it");
}

#[test]
fn a_wrong_puk_is_told_at_once_and_counted() {
    let (client, _desk) = client!();
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    let wrong = |expected| {
        assert_eq!(client.login(session, CKU_SO, b"00000000"), Err(expected));
        assert_eq!(client.session_state(session), Ok(CKS_RW_PUBLIC_SESSION));
        so_flags(client)
    };
    assert_eq!(wrong(CKR_PIN_INCORRECT), CKF_SO_PIN_COUNT_LOW);
    client.login(session, CKU_SO, PUK).unwrap();
    assert_eq!(so_flags(client), 0);
    call!(client, C_Logout, session).unwrap();
    wrong(CKR_PIN_INCORRECT);
    let last = CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_FINAL_TRY;
    assert_eq!(wrong(CKR_PIN_INCORRECT), last);
    assert_eq!(wrong(CKR_PIN_LOCKED), CKF_SO_PIN_LOCKED);
}

#[test]
fn the_security_officer_changes_the_puk() {
    let (client, _desk) = client!();
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    client.login(session, CKU_SO, PUK).unwrap();
    let change = |old: &[u8], new: &[u8]| client.set_pin(session, old, new);
    assert_eq!(change(PUK, b"1234567"), Err(CKR_PIN_LEN_RANGE));
    assert_eq!(change(PUK, b"1234567\xFF"), Err(CKR_PIN_INVALID));
    assert_eq!(change(b"00000000", b"abcdefgh"), Err(CKR_PIN_INCORRECT));
    assert_eq!(change(PUK, b"abcdefgh"), Ok(()));
    init_pin(client, session, b"246810").unwrap();
    call!(client, C_Logout, session).unwrap();
    assert_eq!(client.login(session, CKU_SO, PUK), Err(CKR_PIN_INCORRECT));
    client.login(session, CKU_SO, b"abcdefgh").unwrap();
}

#[test]
fn user_and_security_officer_exclude_each_other() {
    let (client, _desk) = client!();
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    client.login(session, CKU_SO, PUK).unwrap();
    let another = Err(CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
    assert_eq!(client.login(session, CKU_USER, PIN), another);
    let already = Err(CKR_USER_ALREADY_LOGGED_IN);
    assert_eq!(client.login(session, CKU_SO, PUK), already);
    assert_eq!(
        open_read_only(client),
        Err(CKR_SESSION_READ_WRITE_SO_EXISTS)
    );
    assert_eq!(client.find_class(session, CKO_PRIVATE_KEY), []);
    call!(client, C_Logout, session).unwrap();
    client.login(session, CKU_USER, PIN).unwrap();
    assert_eq!(client.login(session, CKU_SO, PUK), another);
    assert_eq!(
        init_pin(client, session, b"246810"),
        Err(CKR_USER_NOT_LOGGED_IN)
    );
    call!(client, C_Logout, session).unwrap();
    let read_only = open_read_only(client).unwrap();
    let exists = Err(CKR_SESSION_READ_ONLY_EXISTS);
    assert_eq!(client.login(session, CKU_SO, PUK), exists);
    client.login(session, CKU_USER, PIN).unwrap();
    assert_eq!(client.session_state(read_only), Ok(CKS_RO_USER_FUNCTIONS));
    assert_eq!(
        client.set_pin(read_only, PIN, b"246810"),
        Err(CKR_SESSION_READ_ONLY)
    );
    assert_eq!(client.login(session, 7, PIN), Err(CKR_USER_TYPE_INVALID));
}

#[test]
fn the_puk_is_forgotten_with_the_last_session() {
    let (client, _desk) = client!();
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    client.login(session, CKU_SO, PUK).unwrap();
    client.close(session).unwrap();
    let session = client.open(0).unwrap();
    assert_eq!(client.session_state(session), Ok(CKS_RW_PUBLIC_SESSION));
    assert_eq!(
        init_pin(client, session, b"246810"),
        Err(CKR_USER_NOT_LOGGED_IN)
    );
}

#[test]
fn a_changed_pin_leaves_nobody_logged_in_who_was_not() {
    let (client, desk) = client!();
    desk.state().policy = PinPolicy::Once;
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    client.set_pin(session, PIN, b"246810").unwrap();
    assert!(!desk.is_verified(), "the card takes nothing for given");
    assert_eq!(client.session_state(session), Ok(CKS_RW_PUBLIC_SESSION));
}

#[test]
fn after_a_wrong_pin_the_session_agrees_with_the_card() {
    let (client, desk) = client!();
    desk.state().policy = PinPolicy::Once;
    let (session, _key) = client.ready();
    assert_eq!(client.session_state(session), Ok(CKS_RW_USER_FUNCTIONS));
    let change = client.set_pin(session, b"000000", b"246810");
    assert_eq!(change, Err(CKR_PIN_INCORRECT));
    assert!(!desk.is_verified());
    assert_eq!(client.session_state(session), Ok(CKS_RW_PUBLIC_SESSION));
    client.login(session, CKU_USER, PIN).unwrap();
}

#[test]
fn nothing_is_given_up_that_the_next_command_took_already() {
    let (client, desk) = client!();
    let (session, key) = client.ready();
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    client.sign(session, &[7; 32]).unwrap();
    desk.log();
    call!(client, C_Logout, session).unwrap();
    assert_eq!(desk.log(), "");
    client.login(session, CKU_USER, PIN).unwrap();
    desk.log();
    call!(client, C_Logout, session).unwrap();
    assert_eq!(
        desk.log(),
        "forget",
        "the PIN was the last thing the card got"
    );
}

#[test]
fn a_keypad_takes_the_pin_where_the_program_gives_none() {
    let (client, desk) = client!();
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    let none = |user| call!(client, C_Login, session, user, ptr::null_mut(), 0);
    assert_eq!(none(CKU_USER), Err(CKR_ARGUMENTS_BAD), "no keypad");
    assert_eq!(none(CKU_SO), Err(CKR_ARGUMENTS_BAD));
    client.close(session).unwrap();
    desk.pull();
    desk.state().pad = Some(Vec::new());
    desk.insert();
    let session = client.open(0).unwrap();
    let none = |user| call!(client, C_Login, session, user, ptr::null_mut(), 0);
    let path = client.token_info(0).unwrap().flags & CKF_PROTECTED_AUTHENTICATION_PATH;
    assert_ne!(path, 0);
    assert_eq!(none(CKU_USER), Err(CKR_FUNCTION_CANCELED));
    desk.state().pad = Some(b"000000".to_vec());
    assert_eq!(none(CKU_USER), Err(CKR_PIN_INCORRECT));
    assert_eq!(client.pin_flags(0), CKF_USER_PIN_COUNT_LOW);
    desk.state().pad = Some(PIN.to_vec());
    none(CKU_USER).unwrap();
    let key = client.find_class(session, CKO_PRIVATE_KEY)[0];
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    none(CKU_CONTEXT_SPECIFIC).unwrap();
    client.sign(session, &[7; 32]).unwrap();
}
