//! What a program does with a card: look at it, log in, sign; and what goes wrong.
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

use cryptoki_sys::*;
use sello_wire::PinPolicy;
use sha2::{Digest, Sha256};

use common::card::{ISSUER_CERTIFICATE, SEAL_CERTIFICATE};

const PIN: &[u8] = b"654321";

#[test]
fn initializing_and_listing_slots_leaves_the_card_alone() {
    let (client, desk) = client!();
    client.initialize().unwrap();
    assert_eq!(client.slots(true).unwrap(), [0]);
    assert_eq!(desk.log(), "");
}

#[test]
fn the_token_is_named_after_its_seal() {
    let (client, _desk) = client!();
    client.initialize().unwrap();
    let info = client.token_info(0).unwrap();
    assert_eq!(&info.label, b"Example Official Seal           ");
    assert_eq!(&info.serialNumber, b"4711            ");
    let expected = CKF_RNG | CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED | CKF_TOKEN_INITIALIZED;
    assert_eq!(info.flags, expected | CKF_WRITE_PROTECTED);
    assert_eq!((info.ulMinPinLen, info.ulMaxPinLen), (6, 8));
}

#[test]
fn public_objects_are_seen_without_login_and_the_private_key_is_not() {
    let (client, _desk) = client!();
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    let certificates = client.find_class(session, CKO_CERTIFICATE);
    let value = |object| client.attribute(session, object, CKA_VALUE).unwrap();
    assert_eq!(certificates.len(), 2);
    assert_eq!(value(certificates[0]), SEAL_CERTIFICATE);
    assert_eq!(value(certificates[1]), ISSUER_CERTIFICATE);
    assert_eq!(client.find_class(session, CKO_PUBLIC_KEY).len(), 1);
    assert_eq!(client.find_class(session, CKO_PRIVATE_KEY), []);
    // Beside them, the seal, its picture and the two profiles.
    assert_eq!(client.find_class(session, CKO_DATA).len(), 2);
    assert_eq!(client.find_class(session, CKO_PROFILE).len(), 2);
    assert_eq!(client.find(session, &[]).unwrap().len(), 7);
    client.login(session, CKU_USER, PIN).unwrap();
    assert_eq!(client.find(session, &[]).unwrap().len(), 8);
    assert_eq!(client.find(session, &[(CKA_LABEL, b"none")]).unwrap(), []);
}

#[test]
fn the_halves_of_a_key_pair_agree_with_the_certificate() {
    let (client, _desk) = client!();
    let (session, private) = client.ready();
    let public = client.find_class(session, CKO_PUBLIC_KEY)[0];
    let certificate = client.find_class(session, CKO_CERTIFICATE)[0];
    let get = |object, kind| client.attribute(session, object, kind).unwrap();
    for kind in [CKA_ID, CKA_SUBJECT, CKA_PUBLIC_KEY_INFO, CKA_LABEL] {
        assert_eq!(get(public, kind), get(private, kind));
        assert_eq!(get(public, kind), get(certificate, kind));
    }
    let point = get(public, CKA_EC_POINT);
    assert_eq!((point.len(), &point[..3]), (67, &[4, 65, 4][..]));
    assert!(get(public, CKA_PUBLIC_KEY_INFO).ends_with(&point[2..]));
    assert_eq!(get(private, CKA_ALWAYS_AUTHENTICATE), [CK_TRUE]);
    assert_eq!(
        get(certificate, CKA_SERIAL_NUMBER),
        [2, 5, 0x11, 0x22, 0x33, 0x44, 0x55]
    );
    let secret = client.attribute(session, private, CKA_VALUE);
    assert_eq!(secret, Err(CKR_ATTRIBUTE_SENSITIVE));
}

#[test]
fn a_client_that_only_logs_in_gets_its_first_signature() {
    let (client, desk) = client!();
    let (session, key) = client.ready();
    assert_eq!(desk.log(), "select read chain verify");
    assert_eq!(client.find(session, &[]).unwrap().len(), 8);
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    let signature = client.sign(session, &[7; 32]).unwrap();
    assert_eq!((&signature[..32], signature[63]), (&[7; 32][..], 1));
    assert_eq!(desk.log(), "sign");
}

#[test]
fn each_further_signature_takes_a_login_of_its_own() {
    let (client, desk) = client!();
    let (session, key) = client.ready();
    for _ in 0..3 {
        client.sign_begin(session, CKM_ECDSA, key).unwrap();
        client.login(session, CKU_CONTEXT_SPECIFIC, PIN).unwrap();
        client.sign(session, &[7; 32]).unwrap();
    }
    assert_eq!(
        desk.log(),
        "select read chain verify verify sign verify sign verify sign"
    );
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    assert_eq!(client.sign(session, &[7; 32]), Err(CKR_USER_NOT_LOGGED_IN));
    assert_eq!(
        desk.log(),
        "",
        "the card is not bothered with a hopeless command"
    );
}

#[test]
fn the_pin_of_one_session_does_not_sign_for_another() {
    let (client, _desk) = client!();
    let (session, key) = client.ready();
    let other = client.open(0).unwrap();
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    client.sign_begin(other, CKM_ECDSA, key).unwrap();
    client.login(session, CKU_CONTEXT_SPECIFIC, PIN).unwrap();
    assert_eq!(client.sign(other, &[7; 32]), Err(CKR_USER_NOT_LOGGED_IN));
    assert!(client.sign(session, &[7; 32]).is_ok());
}

#[test]
fn the_host_hashes_in_one_part_or_several() {
    let (client, desk) = client!();
    desk.state().policy = PinPolicy::Once;
    let (session, key) = client.ready();
    let expected = Sha256::digest(b"to be sealed");
    client.sign_begin(session, CKM_ECDSA_SHA256, key).unwrap();
    let signature = client.sign(session, b"to be sealed").unwrap();
    assert_eq!(&signature[..32], &expected[..]);
    client.sign_begin(session, CKM_ECDSA_SHA256, key).unwrap();
    for part in [b"to be ".to_vec(), b"sealed".to_vec()] {
        call!(client, C_SignUpdate, session, part.as_ptr().cast_mut(), 6).unwrap();
    }
    let mut n = 64;
    let mut signature = [0; 64];
    call!(client, C_SignFinal, session, signature.as_mut_ptr(), &mut n).unwrap();
    assert_eq!(&signature[..32], &expected[..]);
}

#[test]
fn wrong_pins_are_counted_in_the_flags_without_asking_the_card() {
    let (client, desk) = client!();
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    assert_eq!(client.pin_flags(0), 0);
    desk.log();
    let wrong = |expected| {
        assert_eq!(client.login(session, CKU_USER, b"111111"), Err(expected));
        client.pin_flags(0)
    };
    let low = CKF_USER_PIN_COUNT_LOW;
    assert_eq!(wrong(CKR_PIN_INCORRECT), low);
    assert_eq!(wrong(CKR_PIN_INCORRECT), low | CKF_USER_PIN_FINAL_TRY);
    client.login(session, CKU_USER, PIN).unwrap();
    assert_eq!(client.pin_flags(0), 0);
    call!(client, C_Logout, session).unwrap();
    wrong(CKR_PIN_INCORRECT);
    wrong(CKR_PIN_INCORRECT);
    assert_eq!(wrong(CKR_PIN_LOCKED), CKF_USER_PIN_LOCKED);
    assert_eq!(client.login(session, CKU_USER, PIN), Err(CKR_PIN_LOCKED));
    assert!(!desk.log().contains("state"));
}

#[test]
fn flags_are_asked_again_when_no_session_is_open() {
    let (client, desk) = client!();
    client.initialize().unwrap();
    assert_eq!(client.pin_flags(0), 0);
    desk.state().tries = 1;
    assert_ne!(client.pin_flags(0) & CKF_USER_PIN_FINAL_TRY, 0);
}

#[test]
fn a_transport_pin_has_to_be_changed_first() {
    let (client, desk) = client!();
    desk.state().transport = true;
    let (session, key) = client.ready();
    assert_eq!(client.pin_flags(0), CKF_USER_PIN_TO_BE_CHANGED);
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    assert_eq!(client.sign(session, &[7; 32]), Err(CKR_PIN_EXPIRED));
    let change = |old: &[u8], new: &[u8]| client.set_pin(session, old, new);
    assert_eq!(change(PIN, b"12345"), Err(CKR_PIN_LEN_RANGE));
    assert_eq!(change(PIN, b"12345a"), Err(CKR_PIN_INVALID));
    assert_eq!(change(PIN, PIN), Err(CKR_PIN_INVALID));
    assert_eq!(change(b"999999", b"246810"), Err(CKR_PIN_INCORRECT));
    assert_eq!(change(PIN, b"246810"), Ok(()));
    assert_eq!(client.pin_flags(0), 0);
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    client
        .login(session, CKU_CONTEXT_SPECIFIC, b"246810")
        .unwrap();
    assert!(client.sign(session, &[7; 32]).is_ok());
}

#[test]
fn a_pulled_card_ends_its_sessions_and_a_new_one_works_at_once() {
    let (client, desk) = client!();
    let (session, key) = client.ready();
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    desk.pull();
    assert_eq!(client.sign(session, &[7; 32]), Err(CKR_DEVICE_REMOVED));
    assert_eq!(client.session_state(session), Err(CKR_DEVICE_REMOVED));
    assert_eq!(
        client.session_state(session),
        Err(CKR_SESSION_HANDLE_INVALID)
    );
    assert_eq!(client.open(0), Err(CKR_TOKEN_NOT_PRESENT));
    assert_eq!(client.token_info(0).err(), Some(CKR_TOKEN_NOT_PRESENT));
    assert_eq!(client.slots(true).unwrap(), []);
    desk.insert();
    let session = client.open(0).unwrap();
    assert_eq!(client.session_state(session), Ok(CKS_RW_PUBLIC_SESSION));
    client.login(session, CKU_USER, PIN).unwrap();
    let key = client.find_class(session, CKO_PRIVATE_KEY)[0];
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    assert!(client.sign(session, &[7; 32]).is_ok());
}

#[test]
fn a_card_swapped_unseen_is_noticed_before_its_objects_are_told() {
    let (client, desk) = client!();
    let (session, _key) = client.ready();
    desk.pull();
    desk.insert();
    assert_eq!(client.find(session, &[]), Err(CKR_DEVICE_REMOVED));
}

#[test]
fn a_reset_by_another_program_logs_out_and_keeps_the_session() {
    let (client, desk) = client!();
    let (session, key) = client.ready();
    desk.reset();
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    assert_eq!(client.sign(session, &[7; 32]), Err(CKR_USER_NOT_LOGGED_IN));
    assert_eq!(client.session_state(session), Ok(CKS_RW_PUBLIC_SESSION));
    desk.reset();
    client.login(session, CKU_USER, PIN).unwrap();
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    assert!(client.sign(session, &[7; 32]).is_ok());
}

#[test]
fn what_is_public_is_read_through_a_reset_which_logs_out_all_the_same() {
    let (client, desk) = client!();
    let (session, _key) = client.ready();
    let picture = client.find_class(session, CKO_DATA)[0];
    desk.reset();
    let value = client.attribute(session, picture, CKA_VALUE).unwrap();
    assert!(!value.is_empty());
    assert_eq!(client.session_state(session), Ok(CKS_RW_PUBLIC_SESSION));
    assert_eq!(client.find_class(session, CKO_PRIVATE_KEY), []);
}

#[test]
fn when_the_card_forgets_the_user_the_session_agrees() {
    let (client, desk) = client!();
    desk.state().policy = PinPolicy::Once;
    let (session, key) = client.ready();
    desk.forget_user();
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    assert_eq!(client.sign(session, &[7; 32]), Err(CKR_USER_NOT_LOGGED_IN));
    assert_eq!(client.session_state(session), Ok(CKS_RW_PUBLIC_SESSION));
}

#[test]
fn the_last_session_to_close_gives_up_the_pin() {
    let (client, desk) = client!();
    let (session, _key) = client.ready();
    let other = client.open(0).unwrap();
    desk.log();
    client.close(session).unwrap();
    assert_eq!(desk.log(), "");
    client.close(other).unwrap();
    assert_eq!(desk.log(), "forget");
    client.open(0).unwrap();
    client.finalize().unwrap();
    assert_eq!(desk.log(), "", "nobody was logged in");
}

#[test]
fn a_blank_card_has_a_slot_and_no_objects_of_its_own() {
    let (client, desk) = client!();
    desk.state().keys = false;
    desk.state().operational = false;
    client.initialize().unwrap();
    assert_eq!(&client.token_info(0).unwrap().label[..10], b"Sello card");
    let session = client.open(0).unwrap();
    let profiles = client.find_class(session, CKO_PROFILE);
    assert_eq!(client.find(session, &[]).unwrap(), profiles);
    let login = client.login(session, CKU_USER, PIN);
    assert_eq!(login, Err(CKR_USER_PIN_NOT_INITIALIZED));
}

#[test]
fn without_a_reader_service_there_are_no_slots() {
    let (client, desk) = client!();
    desk.state().service = false;
    client.initialize().unwrap();
    assert_eq!(client.slots(false).unwrap(), []);
    assert_eq!(client.open(0), Err(CKR_SLOT_ID_INVALID));
    desk.state().service = true;
    assert_eq!(client.slots(false).unwrap(), [0]);
}
