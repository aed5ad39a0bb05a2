//! A tiny certification authority for the tests of this crate.

use der::DateTime;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use x509_cert::name::Name;

use crate::certificate::{self, Issuer, Organization, Profile, Subject};
use crate::ecdsa::POINT_LEN;
use crate::seal::{ExtData, Picture, SealInfo, SealKind};

/// A software key; `seed` makes it reproducible.
pub(crate) struct Key(SigningKey);

impl Key {
    pub(crate) fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub(crate) fn point(&self) -> [u8; POINT_LEN] {
        self.0
            .verifying_key()
            .to_sec1_point(false)
            .as_bytes()
            .try_into()
            .unwrap()
    }

    pub(crate) fn sign(&self, data: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.0.sign(data);
        signature.as_bytes().to_vec()
    }
}

pub(crate) fn day(year: u16) -> DateTime {
    DateTime::new(year, 1, 2, 3, 4, 5).unwrap()
}

pub(crate) fn name(common_name: &str) -> Name {
    Subject::Organization(Organization {
        country: "ES".into(),
        name: "Example S.L.".into(),
        identifier: "VATES-B12345678".into(),
    })
    .name(common_name)
    .unwrap()
}

pub(crate) fn root(key: &Key) -> Vec<u8> {
    let tbs = Profile::Root
        .to_be_signed(
            &[1; 16],
            (day(2026), day(2056)),
            name("Example CA"),
            &key.point(),
        )
        .unwrap();
    certificate::assemble(&tbs, &key.sign(&tbs)).unwrap()
}

pub(crate) fn issue(
    key: &Key,
    make: fn(Issuer, Option<String>) -> Profile,
    cn: &str,
    subject: &Key,
) -> Vec<u8> {
    let issuer = Issuer::from_certificate(&root(key)).unwrap();
    let url = Some("http://crl.example/sello.crl".to_owned());
    let tbs = make(issuer, url)
        .to_be_signed(
            &[0x82; 16],
            (day(2026), day(2028)),
            name(cn),
            &subject.point(),
        )
        .unwrap();
    certificate::assemble(&tbs, &key.sign(&tbs)).unwrap()
}

pub(crate) fn seal_maker(ca: &Key, subject: &Key) -> Vec<u8> {
    let make = |issuer, crl_url| Profile::SealMaker { issuer, crl_url };
    issue(ca, make, "Example seal making", subject)
}

pub(crate) fn seal_certificate(ca: &Key, subject: &Key) -> Vec<u8> {
    let make = |issuer, crl_url| Profile::Seal { issuer, crl_url };
    issue(ca, make, "Contract seal", subject)
}

pub(crate) fn seal_info() -> SealInfo {
    SealInfo {
        vendor: "SELLO".into(),
        es_id: "S-0001".into(),
        kind: SealKind::Contract,
        name: "Sello de contratos · Example S.L.".into(),
        certificates: vec![seal_certificate(&Key::new(1), &Key::new(3))],
        created: day(2026),
        valid_from: day(2026),
        valid_until: day(2028),
        picture: Picture {
            media_type: "PNG".into(),
            data: vec![0x89; 5000],
            width_mm: 40,
            height_mm: 42,
        },
        extensions: vec![ExtData {
            id: crate::oid::APPLICATION,
            critical: false,
            value: vec![0x0c, 1, b'7'],
        }],
    }
}
