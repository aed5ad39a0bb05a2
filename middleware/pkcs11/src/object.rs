//! Objects as a session sees them, and those of a card: for each key a certificate, a public and a private
//! key, its seal; and issuers' certificates.

use std::sync::{Arc, OnceLock};

use cryptoki_sys as ck;
use cryptoki_sys::{CK_MECHANISM_TYPE, CK_OBJECT_CLASS, CK_ULONG};
use sello_wire::key::Curve;
use sello_wire::{PinPolicy, Slot};
use sha2::{Digest, Sha256};

use crate::attribute::{Attributes, Value};
use crate::certificate::{Fields, octet_string, parameters, public_key_info};
use crate::mechanism;
use crate::token::KeyEntry;
use crate::verify::PublicKey;

/// An object, as a session sees it.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// All its attributes.
    pub(crate) attributes: Attributes,
    /// What it is besides.
    pub(crate) role: Role,
}

/// What an object can be used for.
#[derive(Clone, Debug)]
pub(crate) enum Role {
    /// To be read.
    Plain,
    /// To verify with.
    Public(Arc<PublicKey>),
    /// To sign or agree with, on the card.
    Private(PrivateKey),
    /// To be read from the card when asked for.
    OnCard(SealPart),
}

/// Which key of the card to use, and when it wants the PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PrivateKey {
    /// Where it lies.
    pub(crate) slot: Slot,
    /// When it wants the PIN.
    pub(crate) policy: PinPolicy,
    /// Its curve.
    pub(crate) curve: Curve,
    /// Whether it agrees on secrets.
    pub(crate) derives: bool,
}

/// A part of the seal of a key; both parts share what was read.
#[derive(Clone, Debug)]
pub(crate) struct SealPart {
    /// The key.
    pub(crate) slot: Slot,
    /// Whether it is the picture and not the whole structure.
    pub(crate) is_picture: bool,
    /// The structure and the picture, once read.
    pub(crate) read: Arc<OnceLock<SealBytes>>,
}

/// The bytes of a seal.
#[derive(Clone, Debug)]
pub(crate) struct SealBytes {
    /// The signed structure, DER.
    structure: Vec<u8>,
    /// The picture, in the format it came in.
    picture: Vec<u8>,
}

impl SealBytes {
    /// Takes the structure apart; one that cannot be read has no picture to show.
    pub(crate) fn new(structure: Vec<u8>) -> Self {
        let seal = sello_profile::seal::SeSeal::from_der(&structure);
        Self {
            picture: seal
                .map(|seal| seal.picture().data.clone())
                .unwrap_or_default(),
            structure,
        }
    }
}

impl SealPart {
    /// The bytes, if they have been read.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        let read = self.read.get()?;
        Some(if self.is_picture {
            &read.picture
        } else {
            &read.structure
        })
    }
}

impl Object {
    /// An object that is only read.
    pub(crate) const fn plain(attributes: Attributes) -> Self {
        Self {
            attributes,
            role: Role::Plain,
        }
    }

    /// Whether only a logged-in user sees it.
    pub(crate) fn is_private(&self) -> bool {
        self.attributes.is_set(ck::CKA_PRIVATE)
    }

    /// Whether it is of a class.
    pub(crate) fn is(&self, class: CK_OBJECT_CLASS) -> bool {
        self.attributes.number_of(ck::CKA_CLASS) == Some(class)
    }
}

/// The objects of a key: its certificate, the key pair if it is one that can be used, and its seal.
pub(crate) fn of_key(entry: &KeyEntry) -> Vec<Object> {
    let identity = Identity::of(entry);
    let mut objects = Vec::new();
    let der = entry.certificate.as_deref();
    if let Some(der) = der {
        let category = ck::CK_CERTIFICATE_CATEGORY_TOKEN_USER;
        objects.push(certificate(der, &identity, category));
    }
    let fields = der.and_then(Fields::parse);
    let told = entry.point.as_deref().and_then(|point| {
        let curve = [Curve::P256, Curve::P384]
            .into_iter()
            .find(|curve| crate::certificate::is_uncompressed(*curve, point))?;
        Some((curve, point))
    });
    if let Some((curve, point)) = fields.as_ref().and_then(Fields::point).or(told) {
        let subject = fields.map(|fields| fields.subject).unwrap_or_default();
        let key = Key {
            entry,
            identity: &identity,
            curve,
            point,
            subject,
        };
        objects.push(key.public());
        objects.push(key.private());
    }
    if entry.has_seal {
        let read = Arc::default();
        objects.push(seal_part(&identity, entry.slot, false, &read));
        objects.push(seal_part(&identity, entry.slot, true, &read));
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
    let identity = Identity {
        id: Vec::new(),
        label: name.unwrap_or_else(|| "issuer".to_owned()),
        unique: unique("issuer", der),
    };
    certificate(der, &identity, ck::CK_CERTIFICATE_CATEGORY_AUTHORITY)
}

/// The seal's name, which is the common name of its certificate.
pub(crate) fn label_of(entry: &KeyEntry) -> String {
    let fields = entry.certificate.as_deref().and_then(Fields::parse);
    fields
        .as_ref()
        .and_then(Fields::common_name)
        .unwrap_or_else(|| format!("key {:02X}", entry.slot.to_byte()))
}

/// What the objects of a key have in common.
struct Identity {
    id: Vec<u8>,
    label: String,
    /// Unlike that of any other key, and another one when the key or its certificate is replaced.
    unique: String,
}

impl Identity {
    fn of(entry: &KeyEntry) -> Self {
        let what = entry.certificate.as_deref().or(entry.point.as_deref());
        let slot = format!("{:02X}", entry.slot.to_byte());
        Self {
            id: vec![id_of(entry.slot)],
            label: label_of(entry),
            unique: unique(&slot, what.unwrap_or_default()),
        }
    }
}

/// A name for `CKA_UNIQUE_ID` that stays the same as long as the bytes do.
fn unique(kind: &str, bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("{kind}-{hex}")
}

/// What every object of a card has (PKCS#11 3.2, 4.4). Nothing on a card is changed through this module;
/// what is public may be copied into a session.
fn storage(class: CK_OBJECT_CLASS, private: bool, what: &str, identity: &Identity) -> Attributes {
    Attributes::default()
        .number(ck::CKA_CLASS, class)
        .flag(ck::CKA_TOKEN, true)
        .flag(ck::CKA_PRIVATE, private)
        .flag(ck::CKA_MODIFIABLE, false)
        .flag(ck::CKA_COPYABLE, !private)
        .flag(ck::CKA_DESTROYABLE, false)
        .bytes(ck::CKA_LABEL, identity.label.as_bytes())
        .bytes(
            ck::CKA_UNIQUE_ID,
            format!("{}-{what}", identity.unique).as_bytes(),
        )
}

/// An X.509 certificate (PKCS#11 3.2, 4.6.3).
fn certificate(der: &[u8], identity: &Identity, category: CK_ULONG) -> Object {
    let storage = storage(ck::CKO_CERTIFICATE, false, "certificate", identity);
    Object::plain(
        x509(storage.bytes(ck::CKA_ID, &identity.id), der)
            .number(ck::CKA_CERTIFICATE_CATEGORY, category),
    )
}

/// What an X.509 certificate says of itself; what the bytes do not tell is empty.
pub(crate) fn x509(attributes: Attributes, der: &[u8]) -> Attributes {
    use sha1::Digest as _;
    let check = sha1::Sha1::digest(der);
    let attributes = attributes
        .number(ck::CKA_CERTIFICATE_TYPE, ck::CKC_X_509)
        .flag(ck::CKA_TRUSTED, false)
        .number(
            ck::CKA_CERTIFICATE_CATEGORY,
            ck::CK_CERTIFICATE_CATEGORY_UNSPECIFIED,
        )
        .bytes(ck::CKA_CHECK_VALUE, check.get(..3).unwrap_or_default())
        .bytes(ck::CKA_VALUE, der)
        .number(
            ck::CKA_JAVA_MIDP_SECURITY_DOMAIN,
            ck::CK_SECURITY_DOMAIN_UNSPECIFIED,
        )
        .number(ck::CKA_NAME_HASH_ALGORITHM, ck::CKM_SHA_1)
        .empty(&[
            ck::CKA_URL,
            ck::CKA_HASH_OF_SUBJECT_PUBLIC_KEY,
            ck::CKA_HASH_OF_ISSUER_PUBLIC_KEY,
            ck::CKA_START_DATE,
            ck::CKA_END_DATE,
            ck::CKA_SUBJECT,
            ck::CKA_ISSUER,
            ck::CKA_SERIAL_NUMBER,
            ck::CKA_PUBLIC_KEY_INFO,
        ]);
    let Some(fields) = Fields::parse(der) else {
        return attributes;
    };
    let attributes = attributes
        .bytes(ck::CKA_SUBJECT, fields.subject)
        .bytes(ck::CKA_ISSUER, fields.issuer)
        .bytes(ck::CKA_SERIAL_NUMBER, fields.serial)
        .bytes(ck::CKA_PUBLIC_KEY_INFO, fields.public_key);
    match fields.dates() {
        Some([from, until]) => attributes
            .bytes(ck::CKA_START_DATE, &from)
            .bytes(ck::CKA_END_DATE, &until),
        None => attributes,
    }
}

/// The seal structure of a key, or its picture, as data (PKCS#11 3.2, 4.5).
fn seal_part(
    identity: &Identity,
    slot: Slot,
    is_picture: bool,
    read: &Arc<OnceLock<SealBytes>>,
) -> Object {
    let what = if is_picture { "picture" } else { "seal" };
    let label = format!("{} ({what})", identity.label);
    let attributes = storage(ck::CKO_DATA, false, what, identity)
        .bytes(ck::CKA_LABEL, label.as_bytes())
        .bytes(ck::CKA_APPLICATION, b"Sello")
        .empty(&[ck::CKA_OBJECT_ID])
        .with(ck::CKA_VALUE, Value::OnCard);
    Object {
        attributes,
        role: Role::OnCard(SealPart {
            slot,
            is_picture,
            read: Arc::clone(read),
        }),
    }
}

/// What an EC public key on the host has besides what every key has (PKCS#11 3.2, 4.9 and 6.3.3).
pub(crate) fn ec_public(attributes: Attributes, curve: Curve, point: &[u8]) -> Attributes {
    attributes
        .number(ck::CKA_KEY_TYPE, ck::CKK_EC)
        .flags(
            &[
                ck::CKA_ENCRYPT,
                ck::CKA_VERIFY_RECOVER,
                ck::CKA_WRAP,
                ck::CKA_TRUSTED,
                ck::CKA_ENCAPSULATE,
                ck::CKA_DERIVE,
            ],
            false,
        )
        .flag(ck::CKA_VERIFY, true)
        .bytes(ck::CKA_EC_PARAMS, &parameters(curve))
        .bytes(ck::CKA_EC_POINT, &octet_string(point))
        .bytes(ck::CKA_PUBLIC_KEY_INFO, &public_key_info(curve, point))
        .empty(&[
            ck::CKA_START_DATE,
            ck::CKA_END_DATE,
            ck::CKA_WRAP_TEMPLATE,
            ck::CKA_ENCAPSULATE_TEMPLATE,
        ])
}

/// A key pair of the card.
struct Key<'a> {
    entry: &'a KeyEntry,
    identity: &'a Identity,
    curve: Curve,
    point: &'a [u8],
    subject: &'a [u8],
}

impl Key<'_> {
    /// What both halves have (PKCS#11 3.2, 4.8).
    fn common(&self, attributes: Attributes, allowed: &[CK_MECHANISM_TYPE]) -> Attributes {
        attributes
            .bytes(ck::CKA_ID, &self.identity.id)
            .flag(ck::CKA_LOCAL, true)
            .number(ck::CKA_KEY_GEN_MECHANISM, ck::CKM_EC_KEY_PAIR_GEN)
            .numbers(ck::CKA_ALLOWED_MECHANISMS, allowed)
            .bytes(ck::CKA_SUBJECT, self.subject)
    }

    fn public(&self) -> Object {
        let storage = storage(ck::CKO_PUBLIC_KEY, false, "public", self.identity);
        let attributes = ec_public(storage, self.curve, self.point);
        Object {
            attributes: self.common(attributes, &mechanism::SIGNATURES),
            role: Role::Public(Arc::new(PublicKey::new(self.curve, self.point))),
        }
    }

    /// It never leaves the card. A seal key signs and nothing else: an agreement would be a use that
    /// the stamp journal does not tell.
    fn private(&self) -> Object {
        let derives = !self.entry.has_seal && self.entry.slot != Slot::Signature;
        let allowed: &[CK_MECHANISM_TYPE] = if derives {
            &mechanism::SIGNATURES_AND_AGREEMENT
        } else {
            &mechanism::SIGNATURES
        };
        let storage = storage(ck::CKO_PRIVATE_KEY, true, "private", self.identity);
        let attributes = self
            .common(storage, allowed)
            .number(ck::CKA_KEY_TYPE, ck::CKK_EC)
            .flags(
                &[
                    ck::CKA_SENSITIVE,
                    ck::CKA_ALWAYS_SENSITIVE,
                    ck::CKA_NEVER_EXTRACTABLE,
                    ck::CKA_SIGN,
                ],
                true,
            )
            .flags(
                &[
                    ck::CKA_EXTRACTABLE,
                    ck::CKA_DECRYPT,
                    ck::CKA_SIGN_RECOVER,
                    ck::CKA_UNWRAP,
                    ck::CKA_WRAP_WITH_TRUSTED,
                    ck::CKA_DECAPSULATE,
                ],
                false,
            )
            .flag(ck::CKA_DERIVE, derives)
            .flag(
                ck::CKA_ALWAYS_AUTHENTICATE,
                self.entry.policy == PinPolicy::Always,
            )
            .bytes(ck::CKA_EC_PARAMS, &parameters(self.curve))
            .bytes(
                ck::CKA_PUBLIC_KEY_INFO,
                &public_key_info(self.curve, self.point),
            )
            .empty(&[
                ck::CKA_START_DATE,
                ck::CKA_END_DATE,
                ck::CKA_UNWRAP_TEMPLATE,
                ck::CKA_DERIVE_TEMPLATE,
                ck::CKA_DECAPSULATE_TEMPLATE,
            ])
            .sensitive(ck::CKA_VALUE);
        Object {
            attributes,
            role: Role::Private(PrivateKey {
                slot: self.entry.slot,
                policy: self.entry.policy,
                curve: self.curve,
                derives,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEAL: &[u8] = include_bytes!("../tests/data/seal.der");

    fn entry(slot: Slot, has_seal: bool) -> KeyEntry {
        KeyEntry {
            slot,
            policy: PinPolicy::Once,
            certificate: Some(SEAL.to_vec()),
            point: None,
            has_chain: false,
            has_seal,
        }
    }

    fn classes(objects: &[Object]) -> Vec<CK_OBJECT_CLASS> {
        let class = |object: &Object| object.attributes.number_of(ck::CKA_CLASS);
        objects.iter().filter_map(class).collect()
    }

    #[test]
    fn a_key_with_certificate_and_seal_has_five_objects_with_names_of_their_own() {
        let objects = of_key(&entry(Slot::Signature, true));
        let (certificate, data) = (ck::CKO_CERTIFICATE, ck::CKO_DATA);
        let (public, private) = (ck::CKO_PUBLIC_KEY, ck::CKO_PRIVATE_KEY);
        let expected = [certificate, public, private, data, data];
        assert_eq!(classes(&objects), expected);
        let name = |object: &Object| {
            object
                .attributes
                .bytes_of(ck::CKA_UNIQUE_ID)
                .unwrap()
                .to_vec()
        };
        let mut names: Vec<Vec<u8>> = objects.iter().map(name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 5);
        let private: Vec<bool> = objects.iter().map(Object::is_private).collect();
        assert_eq!(private, [false, false, true, false, false]);
    }

    #[test]
    fn a_seal_key_signs_and_a_key_for_agreement_agrees() {
        for (slot, has_seal, agrees) in [
            (Slot::Signature, true, false),
            (Slot::Signature, false, false),
            (Slot::KeyManagement, false, true),
        ] {
            let objects = of_key(&entry(slot, has_seal));
            assert_eq!(objects[2].attributes.is_set(ck::CKA_DERIVE), agrees);
            assert!(objects[2].attributes.is_set(ck::CKA_SIGN));
        }
    }

    #[test]
    fn a_key_without_certificate_is_made_from_its_point() {
        let mut point = vec![4];
        point.resize(97, 5);
        let bare = KeyEntry {
            certificate: None,
            point: Some(point.clone()),
            ..entry(Slot::Authentication, false)
        };
        let objects = of_key(&bare);
        assert_eq!(classes(&objects), [ck::CKO_PUBLIC_KEY, ck::CKO_PRIVATE_KEY]);
        let public = &objects[0].attributes;
        let wrapped = public.bytes_of(ck::CKA_EC_POINT).unwrap();
        assert_eq!((&wrapped[..2], &wrapped[2..]), (&[4, 97][..], &point[..]));
        assert_eq!(public.bytes_of(ck::CKA_LABEL), Some(&b"key 9A"[..]));
        let nothing = KeyEntry {
            point: Some(vec![4; 9]),
            ..bare
        };
        assert!(of_key(&nothing).is_empty());
    }
}
