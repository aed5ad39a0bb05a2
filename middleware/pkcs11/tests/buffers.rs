//! Lengths and buffers: what is told, what is written, and what is left alone.
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
use sha2::{Digest, Sha256};

fn attribute(kind: CK_ATTRIBUTE_TYPE, room: &mut [u8]) -> CK_ATTRIBUTE {
    CK_ATTRIBUTE {
        type_: kind,
        pValue: room.as_mut_ptr().cast(),
        ulValueLen: CK_ULONG::try_from(room.len()).unwrap(),
    }
}

#[test]
fn attributes_are_all_gone_through_and_a_short_buffer_is_left_alone() {
    let (client, _desk) = client!();
    let (session, key) = client.ready();
    let (mut id, mut short, mut secret, mut none, mut label) =
        ([0; 9], [0xAA; 2], [0xAA; 99], [0xAA; 9], [0xAA; 40]);
    let mut template = [
        attribute(CKA_ID, &mut id),
        attribute(CKA_SUBJECT, &mut short),
        attribute(CKA_VALUE, &mut secret),
        attribute(CKA_MODULUS, &mut none),
        attribute(CKA_LABEL, &mut label),
    ];
    let got = call!(
        client,
        C_GetAttributeValue,
        session,
        key,
        template.as_mut_ptr(),
        5
    );
    assert_eq!(got, Err(CKR_BUFFER_TOO_SMALL), "the first failure is told");
    let lengths = template.map(|attribute| attribute.ulValueLen);
    let unavailable = CK_UNAVAILABLE_INFORMATION;
    assert_eq!(lengths, [1, unavailable, unavailable, unavailable, 21]);
    assert_eq!((id[0], id[1]), (2, 0));
    assert_eq!(&label[..22], b"Example Official Seal\xAA");
    assert!(short.iter().chain(&secret).chain(&none).all(|b| *b == 0xAA));
}

#[test]
fn the_length_of_a_signature_is_told_without_the_card() {
    let (client, desk) = client!();
    let (session, key) = client.ready();
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    desk.log();
    let mut n = 0;
    let mut digest = [7; 32];
    let data = digest.as_mut_ptr();
    call!(client, C_Sign, session, data, 32, ptr::null_mut(), &mut n).unwrap();
    assert_eq!(n, 64);
    let mut signature = [0xAA; 63];
    n = 63;
    let signed = call!(
        client,
        C_Sign,
        session,
        data,
        32,
        signature.as_mut_ptr(),
        &mut n
    );
    assert_eq!((signed, n), (Err(CKR_BUFFER_TOO_SMALL), 64));
    assert!(signature.iter().all(|b| *b == 0xAA));
    assert_eq!(desk.log(), "");
    assert_eq!(client.sign(session, &digest).unwrap().len(), 64);
    assert_eq!(
        client.sign(session, &digest),
        Err(CKR_OPERATION_NOT_INITIALIZED)
    );
}

#[test]
fn operations_are_begun_once_and_ended_once() {
    let (client, _desk) = client!();
    let (session, key) = client.ready();
    let begin = |mechanism, key| client.sign_begin(session, mechanism, key);
    assert_eq!(begin(CKM_RSA_PKCS, key), Err(CKR_MECHANISM_INVALID));
    assert_eq!(begin(CKM_ECDSA, 99), Err(CKR_KEY_HANDLE_INVALID));
    assert_eq!(begin(CKM_ECDSA, 0), Err(CKR_KEY_HANDLE_INVALID));
    let certificate = client.find_class(session, CKO_CERTIFICATE)[0];
    assert_eq!(begin(CKM_ECDSA, certificate), Err(CKR_KEY_HANDLE_INVALID));
    let public = client.find_class(session, CKO_PUBLIC_KEY)[0];
    assert_eq!(
        begin(CKM_ECDSA, public),
        Err(CKR_KEY_FUNCTION_NOT_PERMITTED)
    );
    begin(CKM_ECDSA, key).unwrap();
    assert_eq!(begin(CKM_ECDSA, key), Err(CKR_OPERATION_ACTIVE));
    assert_eq!(client.sign(session, &[0; 65]), Err(CKR_DATA_LEN_RANGE));
    begin(CKM_ECDSA, key).unwrap();
    call!(client, C_SignUpdate, session, [7; 8].as_mut_ptr(), 8).unwrap();
    let whole = client.sign(session, &[7; 32]);
    assert_eq!(
        whole,
        Err(CKR_OPERATION_NOT_INITIALIZED),
        "parts came before"
    );
    call!(client, C_FindObjectsInit, session, ptr::null_mut(), 0).unwrap();
    let again = call!(client, C_FindObjectsInit, session, ptr::null_mut(), 0);
    assert_eq!(again, Err(CKR_OPERATION_ACTIVE));
    call!(client, C_FindObjectsFinal, session).unwrap();
    let ended = call!(client, C_FindObjectsFinal, session);
    assert_eq!(ended, Err(CKR_OPERATION_NOT_INITIALIZED));
}

#[test]
fn a_context_login_needs_an_operation_that_wants_it() {
    let (client, _desk) = client!();
    let (session, _key) = client.ready();
    let login = |user| client.login(session, user, b"654321");
    assert_eq!(
        login(CKU_CONTEXT_SPECIFIC),
        Err(CKR_OPERATION_NOT_INITIALIZED)
    );
    assert_eq!(login(CKU_USER), Err(CKR_USER_ALREADY_LOGGED_IN));
    assert_eq!(login(77), Err(CKR_USER_TYPE_INVALID));
    call!(client, C_Logout, session).unwrap();
    assert_eq!(
        call!(client, C_Logout, session),
        Err(CKR_USER_NOT_LOGGED_IN)
    );
}

#[test]
fn lists_tell_their_length_and_refuse_a_short_buffer() {
    let (client, _desk) = client!();
    client.initialize().unwrap();
    let mut n = 0;
    call!(client, C_GetMechanismList, 0, ptr::null_mut(), &mut n).unwrap();
    assert_eq!(n, 19);
    let mut list = [0; 19];
    n = 18;
    let short = call!(client, C_GetMechanismList, 0, list.as_mut_ptr(), &mut n);
    assert_eq!((short, n, list), (Err(CKR_BUFFER_TOO_SMALL), 19, [0; 19]));
    call!(client, C_GetMechanismList, 0, list.as_mut_ptr(), &mut n).unwrap();
    assert!(list.contains(&CKM_ECDSA_SHA256));
    assert!(
        !list.contains(&CKM_ECDH1_DERIVE),
        "a seal key agrees on nothing"
    );
    assert!(
        !list.contains(&CKM_EC_KEY_PAIR_GEN),
        "the center makes keys"
    );
    let mut info = CK_MECHANISM_INFO::default();
    call!(client, C_GetMechanismInfo, 0, CKM_ECDSA, &mut info).unwrap();
    assert_eq!((info.ulMinKeySize, info.ulMaxKeySize), (256, 384));
    assert_ne!(info.flags & CKF_SIGN, 0);
    let unknown = call!(client, C_GetMechanismInfo, 0, CKM_RSA_PKCS, &mut info);
    assert_eq!(unknown, Err(CKR_MECHANISM_INVALID));
    assert_eq!(client.token_info(5).err(), Some(CKR_SLOT_ID_INVALID));
}

#[test]
fn digests_are_made_on_the_host() {
    let (client, desk) = client!();
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    desk.log();
    let mut mechanism = CK_MECHANISM {
        mechanism: CKM_SHA256,
        ..CK_MECHANISM::default()
    };
    let mut digest = [0; 32];
    let mut n = 32;
    let mut data = *b"abc";
    call!(client, C_DigestInit, session, &mut mechanism).unwrap();
    call!(
        client,
        C_Digest,
        session,
        data.as_mut_ptr(),
        3,
        digest.as_mut_ptr(),
        &mut n
    )
    .unwrap();
    assert_eq!(digest, *Sha256::digest(b"abc"));
    call!(client, C_DigestInit, session, &mut mechanism).unwrap();
    call!(client, C_DigestUpdate, session, data.as_mut_ptr(), 1).unwrap();
    let rest = data[1..].as_mut_ptr();
    call!(client, C_DigestUpdate, session, rest, 2).unwrap();
    digest = [0; 32];
    call!(client, C_DigestFinal, session, digest.as_mut_ptr(), &mut n).unwrap();
    assert_eq!(digest, *Sha256::digest(b"abc"));
    assert_eq!(desk.log(), "");
}

#[test]
fn random_bytes_fill_exactly_what_was_asked_for() {
    let (client, _desk) = client!();
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    let mut random = [0; 1000];
    call!(client, C_GenerateRandom, session, random.as_mut_ptr(), 900).unwrap();
    assert!(random[..900].iter().filter(|b| **b == 0).count() < 100);
    assert!(random[900..].iter().all(|b| *b == 0));
    let seed = call!(client, C_SeedRandom, session, random.as_mut_ptr(), 9);
    assert_eq!(seed, Err(CKR_RANDOM_SEED_NOT_SUPPORTED));
}
