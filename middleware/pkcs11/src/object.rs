//! The objects of a card: for each key a certificate, a public and a private key; and issuers'
//! certificates.

use cryptoki_sys as ck;
use cryptoki_sys::{CK_OBJECT_CLASS, CK_ULONG};
use sello_wire::{PinPolicy, Slot};

use crate::attribute::Attributes;
use crate::certificate::{Fields, p256_parameters};
use crate::token::KeyEntry;

/// An object, as a session sees it.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// All its attributes.
    pub(crate) attributes: Attributes,
    /// The key it stands for, if it is a private key.
    pub(crate) private_key: Option<PrivateKey>,
}

/// Which key of the card to use, and when it wants the PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PrivateKey {
    /// Where it lies.
    pub(crate) slot: Slot,
    /// When it wants the PIN.
    pub(crate) policy: PinPolicy,
}

impl Object {
    /// Whether only a logged-in user sees it.
    pub(crate) const fn is_private(&self) -> bool {
        self.private_key.is_some()
    }
}

/// The objects of a key: its certificate, and the key pair if it is one that can be used.
pub(crate) fn of_key(entry: &KeyEntry) -> Vec<Object> {
    let id = [id_of(entry.slot)];
    let Some(der) = &entry.certificate else {
        return Vec::new();
    };
    let fields = Fields::parse(der);
    let label = label(fields.as_ref(), entry.slot);
    let category = ck::CK_CERTIFICATE_CATEGORY_TOKEN_USER;
    let mut objects = vec![certificate(der, &id, &label, category)];
    if let Some((fields, point)) = fields.and_then(|f| Some((f, f.p256_point()?))) {
        objects.push(public_key(&fields, point, &id, &label));
        objects.push(private_key(&fields, entry, &id, &label));
    }
    objects
}

/// The `CKA_ID` of a key: 1 to 4 for the four slots of the standard, 5 to 24 for the retired ones. Other
/// PIV modules number them so, and a program that names its key by number finds the same one.
const fn id_of(slot: Slot) -> u8 {
    match slot {
        Slot::Authentication => 1,
        Slot::Signature => 2,
        Slot::KeyManagement => 3,
        Slot::CardAuthentication => 4,
        Slot::Retired(n) => 5 + n.zero_based(),
        Slot::Attestation => 25,
    }
}

/// The object of an issuer's certificate.
pub(crate) fn of_issuer(der: &[u8]) -> Object {
    let name = Fields::parse(der).and_then(|f| f.common_name());
    let label = name.unwrap_or_else(|| "issuer".to_owned());
    certificate(der, &[], &label, ck::CK_CERTIFICATE_CATEGORY_AUTHORITY)
}

/// The seal's name, which is the common name of its certificate.
pub(crate) fn label_of(entry: &KeyEntry) -> String {
    let fields = entry.certificate.as_deref().and_then(Fields::parse);
    label(fields.as_ref(), entry.slot)
}

fn label(fields: Option<&Fields<'_>>, slot: Slot) -> String {
    fields
        .and_then(Fields::common_name)
        .unwrap_or_else(|| format!("key {:02X}", slot.to_byte()))
}

/// What every object of a card has (PKCS#11 2.40, 4.4).
fn storage(class: CK_OBJECT_CLASS, private: bool, id: &[u8], label: &str) -> Attributes {
    Attributes::default()
        .number(ck::CKA_CLASS, class)
        .flag(ck::CKA_TOKEN, true)
        .flag(ck::CKA_PRIVATE, private)
        .flag(ck::CKA_MODIFIABLE, false)
        .flag(ck::CKA_COPYABLE, false)
        .flag(ck::CKA_DESTROYABLE, false)
        .bytes(ck::CKA_LABEL, label.as_bytes())
        .bytes(ck::CKA_ID, id)
        .bytes(ck::CKA_START_DATE, &[])
        .bytes(ck::CKA_END_DATE, &[])
}

/// An X.509 certificate (PKCS#11 2.40, 4.6.3).
fn certificate(der: &[u8], id: &[u8], label: &str, category: CK_ULONG) -> Object {
    let attributes = storage(ck::CKO_CERTIFICATE, false, id, label)
        .number(ck::CKA_CERTIFICATE_TYPE, ck::CKC_X_509)
        .flag(ck::CKA_TRUSTED, false)
        .number(ck::CKA_CERTIFICATE_CATEGORY, category)
        .bytes(ck::CKA_VALUE, der)
        .bytes(ck::CKA_URL, &[])
        .bytes(ck::CKA_HASH_OF_SUBJECT_PUBLIC_KEY, &[])
        .bytes(ck::CKA_HASH_OF_ISSUER_PUBLIC_KEY, &[]);
    let attributes = match Fields::parse(der) {
        Some(fields) => attributes
            .bytes(ck::CKA_SUBJECT, fields.subject)
            .bytes(ck::CKA_ISSUER, fields.issuer)
            .bytes(ck::CKA_SERIAL_NUMBER, fields.serial)
            .bytes(ck::CKA_PUBLIC_KEY_INFO, fields.public_key),
        None => attributes.bytes(ck::CKA_SUBJECT, &[]),
    };
    Object {
        attributes,
        private_key: None,
    }
}

/// What both halves of a key pair have (PKCS#11 2.40, 4.7).
fn key(attributes: Attributes, fields: &Fields<'_>) -> Attributes {
    let mechanisms = [ck::CKM_ECDSA, ck::CKM_ECDSA_SHA256];
    let allowed: Vec<u8> = mechanisms
        .into_iter()
        .flat_map(CK_ULONG::to_ne_bytes)
        .collect();
    attributes
        .number(ck::CKA_KEY_TYPE, ck::CKK_EC)
        .flag(ck::CKA_DERIVE, false)
        .flag(ck::CKA_LOCAL, true)
        .number(ck::CKA_KEY_GEN_MECHANISM, ck::CKM_EC_KEY_PAIR_GEN)
        .bytes(ck::CKA_ALLOWED_MECHANISMS, &allowed)
        .bytes(ck::CKA_SUBJECT, fields.subject)
        .bytes(ck::CKA_PUBLIC_KEY_INFO, fields.public_key)
        .bytes(ck::CKA_EC_PARAMS, &p256_parameters())
}

/// A public key (PKCS#11 2.40, 4.8; `CKA_EC_POINT` is a DER octet string around the point).
fn public_key(fields: &Fields<'_>, point: &[u8], id: &[u8], label: &str) -> Object {
    let mut octets = vec![0x04, 0x41];
    octets.extend_from_slice(point);
    let attributes = key(storage(ck::CKO_PUBLIC_KEY, false, id, label), fields)
        .flag(ck::CKA_ENCRYPT, false)
        .flag(ck::CKA_VERIFY, true)
        .flag(ck::CKA_VERIFY_RECOVER, false)
        .flag(ck::CKA_WRAP, false)
        .flag(ck::CKA_TRUSTED, false)
        .bytes(ck::CKA_EC_POINT, &octets);
    Object {
        attributes,
        private_key: None,
    }
}

/// A private key (PKCS#11 2.40, 4.9): it signs and nothing else, and never leaves the card.
fn private_key(fields: &Fields<'_>, entry: &KeyEntry, id: &[u8], label: &str) -> Object {
    let always = entry.policy == PinPolicy::Always;
    let attributes = key(storage(ck::CKO_PRIVATE_KEY, true, id, label), fields)
        .flag(ck::CKA_SENSITIVE, true)
        .flag(ck::CKA_ALWAYS_SENSITIVE, true)
        .flag(ck::CKA_EXTRACTABLE, false)
        .flag(ck::CKA_NEVER_EXTRACTABLE, true)
        .flag(ck::CKA_DECRYPT, false)
        .flag(ck::CKA_SIGN, true)
        .flag(ck::CKA_SIGN_RECOVER, false)
        .flag(ck::CKA_UNWRAP, false)
        .flag(ck::CKA_WRAP_WITH_TRUSTED, false)
        .flag(ck::CKA_ALWAYS_AUTHENTICATE, always)
        .sensitive(ck::CKA_VALUE);
    Object {
        attributes,
        private_key: Some(PrivateKey {
            slot: entry.slot,
            policy: entry.policy,
        }),
    }
}
