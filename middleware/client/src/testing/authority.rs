//! A tiny authority: root, seal maker, seal certificates, a revocation list.

use std::fs;
use std::path::Path;

use der::{DateTime, Decode, EncodePem};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use sello_cades::timestamp::token::TokenDraft;
use sello_cades::timestamp::{TimeStampReq, TimeStampResp, TstInfo};
use sello_profile::certificate::{Issuer, Organization, Profile, Subject, assemble, card_name};
use sello_profile::crl::{self, RevocationList};
use sello_profile::seal::{Picture, SeSeal, SealInfo, SealKind};
use time::OffsetDateTime;
use x509_cert::Certificate;
use x509_cert::name::Name;

/// The time of the tests: 2026-06-15T12:00:00Z.
pub(crate) const NOW: i64 = 1_781_524_800;
const CA: u8 = 1;
const MAKER: u8 = 2;
const DEVICES: u8 = 3;
const TIMESTAMPS: u8 = 4;

pub(super) fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn point(seed: u8) -> Vec<u8> {
    let key = key(seed);
    let point = key.verifying_key().to_sec1_point(false);
    point.as_bytes().to_vec()
}

fn sign(seed: u8, data: &[u8]) -> Vec<u8> {
    let signature: DerSignature = key(seed).sign(data);
    signature.as_bytes().to_vec()
}

fn day(month: u8, year: u16) -> DateTime {
    DateTime::new(year, month, 1, 0, 0, 0).unwrap()
}

fn name(common_name: &str) -> Name {
    Subject::Organization(Organization {
        country: "ES".into(),
        name: "Example S.L.".into(),
        identifier: "VATES-B12345678".into(),
    })
    .name(common_name)
    .unwrap()
}

fn issue(profile: &Profile, serial: u8, common_name: &str, subject: u8) -> Vec<u8> {
    issue_as(profile, serial, name(common_name), subject, CA)
}

fn issue_as(profile: &Profile, serial: u8, name: Name, subject: u8, issuer: u8) -> Vec<u8> {
    let validity = (day(1, 2026), day(1, 2030));
    let tbs = profile
        .to_be_signed(&[serial; 16], validity, name, &point(subject))
        .unwrap();
    assemble(&tbs, &sign(issuer, &tbs)).unwrap()
}

pub(super) fn root() -> Vec<u8> {
    issue(&Profile::Root, 1, "Example CA", CA)
}

fn issuer() -> Issuer {
    Issuer::from_certificate(&root()).unwrap()
}

/// The certificate of the key with this seed.
pub(super) fn seal_certificate(seed: u8) -> Vec<u8> {
    let profile = Profile::Seal {
        issuer: issuer(),
        crl_url: None,
    };
    issue(&profile, 3, "Contract seal", seed)
}

/// The seal that lists that certificate.
pub(super) fn seal(seed: u8) -> Vec<u8> {
    let profile = Profile::SealMaker {
        issuer: issuer(),
        crl_url: None,
    };
    let maker = issue(&profile, 2, "Example seal making", MAKER);
    let info = SealInfo {
        vendor: "SELLO".into(),
        es_id: "S-0001".into(),
        kind: SealKind::Contract,
        name: "Contract seal".into(),
        certificates: vec![seal_certificate(seed)],
        created: day(1, 2026),
        valid_from: day(1, 2026),
        valid_until: day(1, 2029),
        picture: Picture {
            media_type: "PNG".into(),
            data: picture(),
            width_mm: 40,
            height_mm: 20,
        },
        extensions: Vec::new(),
    };
    let info = info.to_der().unwrap();
    let seal = SeSeal::assemble(&info, &maker, &sign(MAKER, &info)).unwrap();
    seal.as_der().to_vec()
}

/// A red picture of two by one pixels.
pub(crate) fn picture() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 2, 1);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().unwrap();
    writer
        .write_image_data(&[200, 0, 0, 255, 200, 0, 0, 128])
        .unwrap();
    writer.finish().unwrap();
    file
}

/// Answers a timestamp request; a token's signature is that of the digest given.
pub(super) fn answer_timestamp(request: &[u8]) -> Vec<u8> {
    let request = TimeStampReq::from_der(request).unwrap();
    let profile = Profile::Timestamp {
        issuer: issuer(),
        crl_url: None,
    };
    let certificate = issue(&profile, 6, "Example timestamps", TIMESTAMPS);
    let info = TstInfo {
        policy: sello_profile::oid::TIMESTAMP_POLICY,
        imprint: request.imprint,
        serial: vec![7; 16],
        time: OffsetDateTime::from_unix_timestamp(NOW).unwrap(),
        accuracy: None,
        ordering: false,
        nonce: request.nonce,
    };
    let draft = TokenDraft::new(&info, &certificate).unwrap();
    let signature: DerSignature = key(TIMESTAMPS).sign_prehash(&draft.digest()).unwrap();
    let token = draft.finish(signature.as_bytes(), Some(&[root()])).unwrap();
    TimeStampResp::granted(token).to_der()
}

fn device_root() -> Vec<u8> {
    issue_as(
        &Profile::DeviceRoot,
        4,
        name("Example cards"),
        DEVICES,
        DEVICES,
    )
}

/// The certificate of a card's attestation key.
pub(super) fn card_certificate(serial: u32, subject: u8) -> Vec<u8> {
    let issuer = Issuer::from_certificate(&device_root()).unwrap();
    let profile = Profile::CardAttestation { issuer };
    issue_as(&profile, 5, card_name(serial).unwrap(), subject, DEVICES)
}

/// `anchors/ca.pem`, `devices/cards.pem` and `crls/ca.crl`.
pub(super) fn write_trust(folder: &Path) {
    let pem = |der: &[u8]| {
        let certificate = Certificate::from_der(der).unwrap();
        certificate.to_pem(der::pem::LineEnding::LF).unwrap()
    };
    let list = RevocationList {
        issuer: issuer(),
        number: 1,
        this_update: day(6, 2026),
        next_update: day(7, 2026),
        entries: Vec::new(),
    };
    let tbs = list.to_be_signed().unwrap();
    let list = crl::assemble(&tbs, &sign(CA, &tbs)).unwrap();
    for (sub, file, bytes) in [
        ("anchors", "ca.pem", pem(&root()).into_bytes()),
        ("devices", "cards.pem", pem(&device_root()).into_bytes()),
        ("crls", "ca.crl", list),
    ] {
        let folder = folder.join(sub);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(file), bytes).unwrap();
    }
}
