//! Templates and mechanisms, as bytes choose.

use std::ptr;

use cryptoki_sys::*;

use super::caller::bytes_of;
use super::choices::Choices;
use super::memory::{FRESH, Id, Memory, Role};

/// Mechanisms: those of the module, and others.
pub(crate) const MECHANISMS: [CK_MECHANISM_TYPE; 18] = [
    CKM_ECDSA,
    CKM_ECDSA_SHA256,
    CKM_ECDSA_SHA1,
    CKM_ECDSA_SHA384,
    CKM_ECDSA_SHA512,
    CKM_ECDSA_SHA3_256,
    CKM_ECDH1_DERIVE,
    CKM_ECDH1_COFACTOR_DERIVE,
    CKM_EC_KEY_PAIR_GEN,
    CKM_SHA256,
    CKM_SHA384,
    CKM_SHA_1,
    CKM_SHA3_512,
    CKM_RSA_PKCS,
    CKM_AES_CBC,
    CKM_VENDOR_DEFINED,
    CK_MECHANISM_TYPE::MAX,
    0,
];

/// Kinds of attributes: those that objects have, and others.
const KINDS: [CK_ATTRIBUTE_TYPE; 40] = [
    CKA_CLASS,
    CKA_TOKEN,
    CKA_PRIVATE,
    CKA_LABEL,
    CKA_ID,
    CKA_VALUE,
    CKA_KEY_TYPE,
    CKA_EC_PARAMS,
    CKA_EC_POINT,
    CKA_CERTIFICATE_TYPE,
    CKA_CERTIFICATE_CATEGORY,
    CKA_ISSUER,
    CKA_SUBJECT,
    CKA_SERIAL_NUMBER,
    CKA_SIGN,
    CKA_VERIFY,
    CKA_DERIVE,
    CKA_ENCRYPT,
    CKA_DECRYPT,
    CKA_WRAP,
    CKA_EXTRACTABLE,
    CKA_SENSITIVE,
    CKA_ALWAYS_SENSITIVE,
    CKA_NEVER_EXTRACTABLE,
    CKA_LOCAL,
    CKA_MODIFIABLE,
    CKA_COPYABLE,
    CKA_DESTROYABLE,
    CKA_ALWAYS_AUTHENTICATE,
    CKA_ALLOWED_MECHANISMS,
    CKA_UNIQUE_ID,
    CKA_PUBLIC_KEY_INFO,
    CKA_KEY_GEN_MECHANISM,
    CKA_APPLICATION,
    CKA_OBJECT_ID,
    CKA_PROFILE_ID,
    CKA_HW_FEATURE_TYPE,
    CKA_VALUE_LEN,
    CKA_MODULUS,
    CK_ATTRIBUTE_TYPE::MAX >> 1,
];

/// Numbers that are classes, types of keys and of certificates.
const NUMBERS: [CK_ULONG; 9] = [
    CKO_CERTIFICATE,
    CKO_PRIVATE_KEY,
    CKO_PUBLIC_KEY,
    CKO_DATA,
    CKO_SECRET_KEY,
    CKK_EC,
    CKO_PROFILE,
    CK_ULONG::MAX,
    CKM_ECDSA,
];
/// Room for values in bytes.
const ROOM: [usize; 7] = [0, 1, 8, 32, 65, 256, 3000];
/// The object identifier of P-256, DER.
const P256: &[u8] = b"\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07";
/// The base point of P-256 (SP 800-186, 3.2.1.3), uncompressed.
const BASE: &str = "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296\
                    4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";

/// Lends a template whose values are given (or places for them, where they are asked for); its region and
/// where it begins.
pub(crate) fn template(
    choices: &mut Choices<'_>,
    memory: &mut Memory,
    fills: bool,
    beside: usize,
) -> (Id, *mut u8) {
    let count = match choices.byte() {
        choice @ 0..0xF8 => usize::from(choice % 6),
        0xF8..0xFC => 40,
        _ => 1100,
    };
    // The values are lent once their template has a number.
    let mut attributes = Vec::new();
    for _ in 0..count {
        attributes.push((
            kind(choices),
            if fills { room(choices) } else { value(choices) },
        ));
    }
    let size = size_of::<CK_ATTRIBUTE>();
    let template = memory.regions()
        + attributes
            .iter()
            .filter(|(_, value)| value.is_some())
            .count();
    let mut content = Vec::with_capacity(count * size);
    for (kind, value) in attributes {
        let role = match fills {
            true => Role::Value {
                template,
                at: content.len(),
            },
            false => Role::Input,
        };
        let beside = choices.byte();
        let length = value.as_ref().map_or(0, Vec::len);
        let pointer = value.map_or(ptr::null_mut(), |value| {
            memory.lend(&value, role, 1, usize::from(beside)).1
        });
        let told = match (pointer.is_null(), beside) {
            (true, 0xF0..) => CK_ULONG::MAX,
            (false, 0xE0..) => CK_ULONG::try_from(length / 2).unwrap(),
            (_, _) => CK_ULONG::try_from(length).unwrap(),
        };
        content.extend(bytes_of(&CK_ATTRIBUTE {
            type_: kind,
            pValue: pointer.cast(),
            ulValueLen: told,
        }));
    }
    let role = if fills { Role::Fill } else { Role::Input };
    let (region, pointer) = memory.lend(&content, role, size, beside);
    assert_eq!(region, template);
    (region, pointer)
}

fn kind(choices: &mut Choices<'_>) -> CK_ATTRIBUTE_TYPE {
    match choices.byte() {
        choice @ 0..0xF0 => KINDS[usize::from(choice) % KINDS.len()],
        // Never one whose value holds pointers (CKF_ARRAY_ATTRIBUTE) but CKA_ALLOWED_MECHANISMS.
        choice => CK_ATTRIBUTE_TYPE::from(choice) << 8,
    }
}

/// A place for a value, or none.
fn room(choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    match choices.byte() {
        choice @ 0..0xC0 => Some(vec![FRESH; ROOM[usize::from(choice) % ROOM.len()]]),
        _ => None,
    }
}

fn value(choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    Some(match choices.byte() {
        choice @ 0..0x60 => NUMBERS[usize::from(choice) % NUMBERS.len()]
            .to_ne_bytes()
            .to_vec(),
        choice @ 0x60..0xA0 => vec![choice & 1],
        0xA0..0xB0 => P256.to_vec(),
        0xB0..0xC0 => [&[4, 65][..], &base()].concat(),
        0xC0..0xC8 => vec![0; 5000],
        0xC8..0xF0 => choices.bytes(),
        _ => return None,
    })
}

fn base() -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&BASE[at..at + 2], 16).unwrap();
    (0..BASE.len()).step_by(2).map(digit).collect()
}

/// The bytes of a mechanism, whose parameter is lent.
pub(crate) fn mechanism(choices: &mut Choices<'_>, memory: &mut Memory) -> Vec<u8> {
    let mechanism = match choices.byte() {
        0..0x70 => choices.pick(&MECHANISMS[..2]),
        _ => choices.pick(&MECHANISMS),
    };
    let derives = [CKM_ECDH1_DERIVE, CKM_ECDH1_COFACTOR_DERIVE].contains(&mechanism);
    let parameter = match choices.byte() {
        choice if derives && choice < 0xA0 => Some(derivation(choices, memory)),
        // What is as long as a structure with pointers would be taken for one.
        choice if choice >= 0xC0 => Some(vec![0x11; usize::from(choice % 24)]),
        _ => None,
    };
    let length = parameter.as_ref().map_or(0, Vec::len);
    let pointer = parameter.map_or(ptr::null_mut(), |parameter| {
        memory.lend(&parameter, Role::Input, 1, 0).1
    });
    let told = match (pointer.is_null(), choices.byte()) {
        (true, 0xF0..) => CK_ULONG::MAX,
        _ => CK_ULONG::try_from(length).unwrap(),
    };
    bytes_of(&CK_MECHANISM {
        mechanism,
        pParameter: pointer.cast(),
        ulParameterLen: told,
    })
}

/// What ECDH is to be done with.
fn derivation(choices: &mut Choices<'_>, memory: &mut Memory) -> Vec<u8> {
    let public = match choices.byte() {
        0..0x80 => base(),
        0x80..0xA0 => [&[4, 65][..], &base()].concat(),
        0xA0..0xC0 => vec![4; 65],
        _ => choices.bytes(),
    };
    let shared = match choices.byte() {
        0..0x80 => Vec::new(),
        _ => choices.bytes(),
    };
    let kdf = match choices.byte() {
        0..0x80 => CKD_NULL,
        choice => choice.into(),
    };
    let public_length = CK_ULONG::try_from(public.len()).unwrap();
    let public = memory.lend(&public, Role::Input, 1, 0).1;
    let shared_length = CK_ULONG::try_from(shared.len()).unwrap();
    let shared = match shared.is_empty() {
        true => ptr::null_mut(),
        false => memory.lend(&shared, Role::Input, 1, 0).1,
    };
    bytes_of(&CK_ECDH1_DERIVE_PARAMS {
        kdf,
        ulSharedDataLen: shared_length,
        pSharedData: shared,
        ulPublicDataLen: public_length,
        pPublicData: match choices.byte() {
            0xF0.. => ptr::null_mut(),
            _ => public,
        },
    })
}
