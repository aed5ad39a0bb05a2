//! A tiny authority, a seal of its making and a key in memory.
#![allow(dead_code, reason = "each test file uses its own part")]

#[path = "../../../pdf/tests/support/sample.rs"]
pub(crate) mod sample;

use der::DateTime;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, Signature, SigningKey};
use sello_document::stamp::{Placement, Request, StampError, prepare};
use sello_pdf::Document;
use sello_profile::certificate::{Issuer, Organization, Profile, Subject, assemble};
use sello_profile::seal::{Picture, SeSeal, SealInfo, SealKind};
use time::OffsetDateTime;
use time::macros::datetime;

pub(crate) const CLAIMED: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

/// An organization with its seal.
pub(crate) struct Organ {
    pub(crate) root: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) seal: SeSeal,
    key: SigningKey,
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn point(key: &SigningKey) -> Vec<u8> {
    key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
}

fn sign(key: &SigningKey, data: &[u8]) -> Vec<u8> {
    let signature: DerSignature = key.sign(data);
    signature.as_bytes().to_vec()
}

fn issue(profile: &Profile, serial: u8, common_name: &str, subject: &SigningKey) -> Vec<u8> {
    let name = Subject::Organization(Organization {
        country: "ES".into(),
        name: "Example S.L.".into(),
        identifier: "VATES-B12345678".into(),
    })
    .name(common_name)
    .unwrap();
    let validity = (day(2026), day(2036));
    let body = profile
        .to_be_signed(&[serial; 16], validity, name, &point(subject))
        .unwrap();
    assemble(&body, &sign(&key(1), &body)).unwrap()
}

fn day(year: u16) -> DateTime {
    DateTime::new(year, 1, 1, 0, 0, 0).unwrap()
}

/// A picture of 4 by 4 pixels, red and half transparent at its edge.
pub(crate) fn picture() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 4, 4);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().unwrap();
    let pixels: Vec<u8> = (0..16u8).flat_map(|n| [200, n, 0, 255 - 8 * n]).collect();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    file
}

impl Organ {
    pub(crate) fn new() -> Self {
        Self::with_picture("PNG", &picture())
    }

    pub(crate) fn with_picture(media_type: &str, data: &[u8]) -> Self {
        let root = issue(&Profile::Root, 1, "Example CA", &key(1));
        let issuer = Issuer::from_certificate(&root).unwrap();
        let crl_url = None;
        let maker = Profile::SealMaker {
            issuer: issuer.clone(),
            crl_url: crl_url.clone(),
        };
        let maker = issue(&maker, 2, "Example seal making", &key(2));
        let certificate = issue(
            &Profile::Seal { issuer, crl_url },
            3,
            "Contract seal",
            &key(3),
        );
        let info = SealInfo {
            vendor: "SELLO".into(),
            es_id: "S-0001".into(),
            kind: SealKind::Contract,
            name: "Contract seal".into(),
            certificates: vec![certificate.clone()],
            created: day(2026),
            valid_from: day(2026),
            valid_until: day(2030),
            picture: Picture {
                media_type: media_type.into(),
                data: data.to_vec(),
                width_mm: 40,
                height_mm: 40,
            },
            extensions: vec![],
        };
        let info = info.to_der().unwrap();
        let seal = SeSeal::assemble(&info, &maker, &sign(&key(2), &info)).unwrap();
        Self {
            chain: vec![root.clone()],
            root,
            certificate,
            seal,
            key: key(3),
        }
    }

    pub(crate) fn request(&self) -> Request<'_> {
        Request {
            seal: &self.seal,
            signer_certificate: &self.certificate,
            chain: &self.chain,
            placement: Placement {
                page: 1,
                x_mm: 20.0,
                y_mm: 30.0,
                size_mm: None,
            },
            reason: Some("Contract 2026/7"),
            place: Some("Logroño"),
            claimed_time: CLAIMED,
        }
    }

    /// The card's part: a signature over a digest.
    pub(crate) fn sign_digest(&self, digest: &[u8; 32]) -> Vec<u8> {
        let signature: Signature = self.key.sign_prehash(digest).unwrap();
        signature.to_der().as_bytes().to_vec()
    }

    pub(crate) fn try_stamp(
        &self,
        document: &[u8],
        request: &Request<'_>,
    ) -> Result<Vec<u8>, StampError> {
        let prepared = prepare(Document::open(document)?, request)?;
        let signature = self.sign_digest(&prepared.digest());
        let mut output = Vec::new();
        prepared.finish(&signature)?.write_to(&mut output)?;
        Ok(output)
    }

    pub(crate) fn stamp(&self, document: &[u8]) -> Vec<u8> {
        self.try_stamp(document, &self.request()).unwrap()
    }
}
