//! Objects that live on the host, what they are good for, and how they end.
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

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair,
};
use common::card::SEAL_STRUCTURE;
use common::client::{Client, Outcome};
use cryptoki_sys::*;
use sello_wire::PinPolicy;

type Entry<'a> = (CK_ATTRIBUTE_TYPE, &'a [u8]);

const P256: &[u8] = &[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
const P384: &[u8] = &[6, 5, 0x2B, 0x81, 4, 0, 34];

fn raw(entries: &[Entry<'_>]) -> Vec<CK_ATTRIBUTE> {
    let entry = |(kind, value): &Entry<'_>| CK_ATTRIBUTE {
        type_: *kind,
        pValue: value.as_ptr().cast_mut().cast::<c_void>(),
        ulValueLen: CK_ULONG::try_from(value.len()).unwrap(),
    };
    entries.iter().map(entry).collect()
}

fn count(entries: &[Entry<'_>]) -> CK_ULONG {
    CK_ULONG::try_from(entries.len()).unwrap()
}

fn create(client: Client, session: CK_ULONG, entries: &[Entry<'_>]) -> Outcome<CK_ULONG> {
    let mut made = 0;
    let mut template = raw(entries);
    let n = count(entries);
    call!(
        client,
        C_CreateObject,
        session,
        template.as_mut_ptr(),
        n,
        &mut made
    )?;
    Ok(made)
}

fn copy(
    client: Client,
    session: CK_ULONG,
    object: CK_ULONG,
    entries: &[Entry<'_>],
) -> Outcome<CK_ULONG> {
    let mut made = 0;
    let mut template = raw(entries);
    let n = count(entries);
    call!(
        client,
        C_CopyObject,
        session,
        object,
        template.as_mut_ptr(),
        n,
        &mut made
    )?;
    Ok(made)
}

fn set(client: Client, session: CK_ULONG, object: CK_ULONG, entries: &[Entry<'_>]) -> Outcome<()> {
    let mut template = raw(entries);
    let n = count(entries);
    call!(
        client,
        C_SetAttributeValue,
        session,
        object,
        template.as_mut_ptr(),
        n
    )
}

fn public_key(client: Client, session: CK_ULONG, curve: &[u8], point: &[u8]) -> CK_ULONG {
    let entries: &[Entry<'_>] = &[
        (CKA_CLASS, &CKO_PUBLIC_KEY.to_ne_bytes()),
        (CKA_KEY_TYPE, &CKK_EC.to_ne_bytes()),
        (CKA_EC_PARAMS, curve),
        (CKA_EC_POINT, point),
    ];
    create(client, session, entries).unwrap()
}

fn verify(
    client: Client,
    session: CK_ULONG,
    mechanism: CK_MECHANISM_TYPE,
    key: CK_ULONG,
    data: &[u8],
    signature: &[u8],
) -> Outcome<()> {
    let mut mechanism = CK_MECHANISM {
        mechanism,
        ..CK_MECHANISM::default()
    };
    let length = |bytes: &[u8]| CK_ULONG::try_from(bytes.len()).unwrap();
    call!(client, C_VerifyInit, session, &mut mechanism, key)?;
    let (d, s) = (data.as_ptr().cast_mut(), signature.as_ptr().cast_mut());
    call!(
        client,
        C_Verify,
        session,
        d,
        length(data),
        s,
        length(signature)
    )
}

#[test]
fn signatures_are_verified_on_the_host_on_both_curves() {
    let (client, desk) = client!();
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    desk.log();
    let cases: [(&'static EcdsaSigningAlgorithm, &[u8], CK_ULONG); 2] = [
        (&ECDSA_P256_SHA256_FIXED_SIGNING, P256, CKM_ECDSA_SHA256),
        (&ECDSA_P384_SHA384_FIXED_SIGNING, P384, CKM_ECDSA_SHA384),
    ];
    for (algorithm, curve, mechanism) in cases {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        let signed = pair.sign(&SystemRandom::new(), b"some data").unwrap();
        let signed = signed.as_ref();
        let key = public_key(client, session, curve, pair.public_key().as_ref());
        let check = |data: &[u8], signature: &[u8]| {
            verify(client, session, mechanism, key, data, signature)
        };
        assert_eq!(check(b"some data", signed), Ok(()));
        assert_eq!(check(b"some date", signed), Err(CKR_SIGNATURE_INVALID));
        assert_eq!(
            check(b"some data", &signed[1..]),
            Err(CKR_SIGNATURE_LEN_RANGE)
        );
        // In parts, and with the signature first.
        let mut chosen = CK_MECHANISM {
            mechanism,
            ..CK_MECHANISM::default()
        };
        let n = CK_ULONG::try_from(signed.len()).unwrap();
        let pointer = signed.as_ptr().cast_mut();
        let mut parts = *b"some data";
        call!(client, C_VerifyInit, session, &mut chosen, key).unwrap();
        call!(client, C_VerifyUpdate, session, parts.as_mut_ptr(), 4).unwrap();
        let rest = parts[4..].as_mut_ptr();
        call!(client, C_VerifyUpdate, session, rest, 5).unwrap();
        call!(client, C_VerifyFinal, session, pointer, n).unwrap();
        call!(
            client,
            C_VerifySignatureInit,
            session,
            &mut chosen,
            key,
            pointer,
            n
        )
        .unwrap();
        let other = call!(client, C_VerifyUpdate, session, rest, 5);
        assert_eq!(
            other,
            Err(CKR_OPERATION_NOT_INITIALIZED),
            "the signature was given"
        );
        call!(
            client,
            C_VerifySignatureUpdate,
            session,
            parts.as_mut_ptr(),
            9
        )
        .unwrap();
        call!(client, C_VerifySignatureFinal, session).unwrap();
    }
    assert_eq!(desk.log(), "", "the card was not asked");
}

#[test]
fn an_operation_is_cancelled_alone_or_with_others() {
    let (client, _desk) = client!();
    let (session, key) = client.ready();
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    call!(client, C_SignInit, session, ptr::null_mut(), 0).unwrap();
    let none = call!(client, C_SignInit, session, ptr::null_mut(), 0);
    assert_eq!(none, Err(CKR_ARGUMENTS_BAD), "nothing was active");
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    call!(client, C_FindObjectsInit, session, ptr::null_mut(), 0).unwrap();
    call!(client, C_SessionCancel, session, CKF_SIGN).unwrap();
    let signed = client.sign(session, &[7; 32]);
    assert_eq!(signed, Err(CKR_OPERATION_NOT_INITIALIZED));
    call!(client, C_FindObjectsFinal, session).unwrap();
}

#[test]
fn the_seal_and_its_picture_are_read_when_asked_for_and_once() {
    let (client, desk) = client!();
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    let data = client.find_class(session, CKO_DATA);
    desk.log();
    let labels: Vec<Vec<u8>> = data
        .iter()
        .map(|object| client.attribute(session, *object, CKA_LABEL).unwrap())
        .collect();
    assert_eq!(labels[0], b"Example Official Seal (seal)");
    assert_eq!(labels[1], b"Example Official Seal (picture)");
    assert_eq!(desk.log(), "");
    let value = client.attribute(session, data[0], CKA_VALUE).unwrap();
    assert_eq!(value, SEAL_STRUCTURE);
    assert_eq!(client.attribute(session, data[1], CKA_VALUE).unwrap(), b"");
    assert_eq!(desk.log(), "seal");
}

#[test]
fn an_agreement_makes_a_secret_that_is_read_when_it_is_open() {
    let (client, desk) = client!();
    desk.state().slot = sello_wire::Slot::KeyManagement;
    desk.state().policy = PinPolicy::Once;
    desk.state().seal = false;
    let (session, key) = client.ready();
    desk.log();
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref().to_vec();
    let derive = |kdf, point: &[u8], entries: &[Entry<'_>]| {
        let mut parameters = CK_ECDH1_DERIVE_PARAMS {
            kdf,
            ulSharedDataLen: 0,
            pSharedData: ptr::null_mut(),
            ulPublicDataLen: CK_ULONG::try_from(point.len()).unwrap(),
            pPublicData: point.as_ptr().cast_mut(),
        };
        let mut mechanism = CK_MECHANISM {
            mechanism: CKM_ECDH1_DERIVE,
            pParameter: ptr::from_mut(&mut parameters).cast(),
            ulParameterLen: CK_ULONG::try_from(size_of::<CK_ECDH1_DERIVE_PARAMS>()).unwrap(),
        };
        let mut derived = 0;
        let mut template = raw(entries);
        let n = count(entries);
        let pointer = template.as_mut_ptr();
        call!(
            client,
            C_DeriveKey,
            session,
            &mut mechanism,
            key,
            pointer,
            n,
            &mut derived
        )?;
        Ok(derived)
    };
    let class = CKO_SECRET_KEY.to_ne_bytes();
    let kind = CKK_GENERIC_SECRET.to_ne_bytes();
    let open: &[Entry<'_>] = &[
        (CKA_CLASS, &class),
        (CKA_KEY_TYPE, &kind),
        (CKA_SENSITIVE, &[0]),
        (CKA_EXTRACTABLE, &[1]),
    ];
    let secret = derive(CKD_NULL, &point, open).unwrap();
    // The card of this test gives the x coordinate of the point it got.
    let value = client.attribute(session, secret, CKA_VALUE).unwrap();
    assert_eq!(value, point[1..33]);
    let hashed = derive(CKD_SHA256_KDF, &point, open).unwrap();
    let value = client.attribute(session, hashed, CKA_VALUE).unwrap();
    assert_ne!(value, point[1..33]);
    let closed = derive(CKD_NULL, &point, &open[..2]).unwrap();
    let value = client.attribute(session, closed, CKA_VALUE);
    assert_eq!(value, Err(CKR_ATTRIBUTE_SENSITIVE));
    assert_eq!(desk.log(), "agree agree agree");
    let mut off = point.clone();
    off[40] ^= 1;
    let invalid = Err::<CK_ULONG, _>(CKR_MECHANISM_PARAM_INVALID);
    assert_eq!(derive(CKD_NULL, &off, open), invalid);
    assert_eq!(derive(CKD_NULL, &point[..64], open), invalid);
    assert_eq!(derive(99, &point, open), invalid);
    let long = 33_u64.to_ne_bytes();
    let too_long: &[Entry<'_>] = &[(CKA_KEY_TYPE, &kind), (CKA_VALUE_LEN, &long)];
    assert_eq!(derive(CKD_NULL, &point, too_long), Err(CKR_KEY_SIZE_RANGE));
    assert_eq!(derive(CKD_NULL, &point, &[]), Err(CKR_TEMPLATE_INCOMPLETE));
    assert_eq!(desk.log(), "", "the card was not asked");
}

#[test]
fn session_objects_end_with_their_session_and_private_ones_with_the_login() {
    let (client, _desk) = client!();
    let (first, _key) = client.ready();
    let second = client.open(0).unwrap();
    let class = CKO_DATA.to_ne_bytes();
    let data: &[Entry<'_>] = &[(CKA_CLASS, &class), (CKA_LABEL, b"mine")];
    let open = create(client, first, data).unwrap();
    let private: &[Entry<'_>] = &[(CKA_CLASS, &class), (CKA_PRIVATE, &[1])];
    let private = create(client, second, private).unwrap();
    let label: &[Entry<'_>] = &[(CKA_LABEL, b"mine")];
    assert_eq!(client.find(second, label), Ok(vec![open]), "others see it");
    call!(client, C_Logout, first).unwrap();
    let gone = client.attribute(second, private, CKA_CLASS);
    assert_eq!(gone, Err(CKR_OBJECT_HANDLE_INVALID));
    client.close(first).unwrap();
    let gone = client.attribute(second, open, CKA_CLASS);
    assert_eq!(gone, Err(CKR_OBJECT_HANDLE_INVALID));
    let refused = create(client, second, &[(CKA_CLASS, &class), (CKA_PRIVATE, &[1])]);
    assert_eq!(refused, Err(CKR_USER_NOT_LOGGED_IN));
}

#[test]
fn nothing_is_written_to_the_card_and_its_objects_stay_as_they_are() {
    let (client, _desk) = client!();
    let (session, key) = client.ready();
    let mut read_only = 0;
    let flags = CKF_SERIAL_SESSION;
    call!(
        client,
        C_OpenSession,
        0,
        flags,
        ptr::null_mut(),
        None,
        &mut read_only
    )
    .unwrap();
    let class = CKO_DATA.to_ne_bytes();
    let on_card: &[Entry<'_>] = &[(CKA_CLASS, &class), (CKA_TOKEN, &[1])];
    let created = create(client, session, on_card);
    assert_eq!(created, Err(CKR_TOKEN_WRITE_PROTECTED));
    // What no session would keep either is refused for that.
    let class = CKO_PRIVATE_KEY.to_ne_bytes();
    let created = create(client, session, &[(CKA_CLASS, &class), (CKA_TOKEN, &[1])]);
    assert_eq!(created, Err(CKR_TEMPLATE_INCONSISTENT));
    let class = CKO_DATA.to_ne_bytes();
    let on_card: &[Entry<'_>] = &[(CKA_CLASS, &class), (CKA_TOKEN, &[1])];
    assert_eq!(
        create(client, read_only, on_card),
        Err(CKR_SESSION_READ_ONLY)
    );
    let certificate = client.find_class(session, CKO_CERTIFICATE)[0];
    for object in [key, certificate] {
        let label: &[Entry<'_>] = &[(CKA_LABEL, b"x")];
        assert_eq!(
            set(client, session, object, label),
            Err(CKR_ACTION_PROHIBITED)
        );
        assert_eq!(
            set(client, read_only, object, label),
            Err(CKR_SESSION_READ_ONLY)
        );
        let destroyed = call!(client, C_DestroyObject, session, object);
        assert_eq!(destroyed, Err(CKR_ACTION_PROHIBITED));
        let destroyed = call!(client, C_DestroyObject, read_only, object);
        assert_eq!(destroyed, Err(CKR_SESSION_READ_ONLY));
    }
    assert_eq!(copy(client, session, key, &[]), Err(CKR_ACTION_PROHIBITED));
    // A copy of a certificate is the session's own.
    let copied = copy(client, read_only, certificate, &[(CKA_TOKEN, &[0])]).unwrap();
    assert_eq!(
        client.attribute(session, copied, CKA_TOKEN).unwrap(),
        [CK_FALSE]
    );
    set(client, session, copied, &[(CKA_LABEL, b"copy")]).unwrap();
    assert_eq!(
        client.attribute(session, copied, CKA_LABEL).unwrap(),
        b"copy"
    );
    let mut size = 0;
    call!(client, C_GetObjectSize, session, copied, &mut size).unwrap();
    assert!(size > 400);
    call!(client, C_DestroyObject, session, copied).unwrap();
    let gone = call!(client, C_DestroyObject, session, copied);
    assert_eq!(gone, Err(CKR_OBJECT_HANDLE_INVALID));
}

#[test]
fn a_card_that_makes_keys_for_whoever_asks_makes_one() {
    let (client, desk) = client!();
    let generate = |session, id: &[u8]| {
        let mut mechanism = CK_MECHANISM {
            mechanism: CKM_EC_KEY_PAIR_GEN,
            ..CK_MECHANISM::default()
        };
        let mut public = raw(&[(CKA_EC_PARAMS, P384)]);
        let mut private = raw(&[(CKA_TOKEN, &[1]), (CKA_ID, id)]);
        let (mut one, mut other) = (0, 0);
        let (p, q) = (public.as_mut_ptr(), private.as_mut_ptr());
        call!(
            client,
            C_GenerateKeyPair,
            session,
            &mut mechanism,
            p,
            1,
            q,
            2,
            &mut one,
            &mut other
        )?;
        Ok((one, other))
    };
    let (session, _key) = client.ready();
    assert_eq!(generate(session, &[1]), Err(CKR_MECHANISM_INVALID));
    client.finalize().unwrap();
    desk.state().generates = true;
    let (session, _key) = client.ready();
    let (public, private) = generate(session, &[1]).unwrap();
    let curve = client.attribute(session, public, CKA_EC_PARAMS).unwrap();
    assert_eq!(curve, P384);
    assert_eq!(client.attribute(session, private, CKA_ID).unwrap(), [1]);
    assert_eq!(generate(session, &[99]), Err(CKR_ATTRIBUTE_VALUE_INVALID));
}
