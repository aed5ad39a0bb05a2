//! A small center for the tests: an authority, makers, seals and revocation lists.

use der::DateTime;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use sello_cades::{Certificate, RevocationList, TrustStore};
use sello_document::report::Report;
use sello_document::stamp::{Placement, Request, prepare};
use sello_pdf::Document;
use sello_profile::certificate::{self, Issuer, Organization, Profile, Subject};
use sello_profile::crl;
use sello_profile::seal::{Picture, SeSeal, SealInfo, SealKind};
use time::OffsetDateTime;
use time::macros::datetime;

/// The time of verification.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);
/// Serial numbers (every byte) of the certificates.
pub(crate) const MAKER: u8 = 2;
pub(crate) const HOLDER: u8 = 3;

pub(crate) struct Key(SigningKey);

impl Key {
    pub(crate) fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub(crate) fn sign_digest(&self, digest: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.0.sign_prehash(digest).unwrap();
        signature.as_bytes().to_vec()
    }

    fn sign(&self, data: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.0.sign(data);
        signature.as_bytes().to_vec()
    }

    fn point(&self) -> Vec<u8> {
        self.0
            .verifying_key()
            .to_sec1_point(false)
            .as_bytes()
            .to_vec()
    }
}

pub(crate) fn day(year: u16, month: u8) -> DateTime {
    DateTime::new(year, month, 1, 0, 0, 0).unwrap()
}

/// A red picture, half transparent at its edge; `shade` tells pictures apart.
pub(crate) fn picture(shade: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 4, 4);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().unwrap();
    let pixels: Vec<u8> = (0..16u8).flat_map(|n| [shade, n, 0, 255 - 8 * n]).collect();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    file
}

/// An authority and what it issues; `seed` tells authorities apart.
pub(crate) struct Center {
    root_key: Key,
    pub(crate) root: Vec<u8>,
    seed: u8,
}

/// A seal with the key and certificate that use it.
pub(crate) struct Holder {
    pub(crate) key: Key,
    pub(crate) certificate: Vec<u8>,
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) seal: SeSeal,
}

/// How a seal is made.
pub(crate) struct Plan {
    pub(crate) shade: u8,
    pub(crate) holder_until: DateTime,
    pub(crate) seal_until: DateTime,
    pub(crate) maker_is_maker: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            shade: 200,
            holder_until: day(2030, 1),
            seal_until: day(2030, 1),
            maker_is_maker: true,
        }
    }
}

impl Center {
    pub(crate) fn new(seed: u8) -> Self {
        let root_key = Key::new(seed);
        let mut center = Self {
            root: Vec::new(),
            root_key,
            seed,
        };
        let until = day(2040, 1);
        center.root = center.issue(&Profile::Root, 1, "Example CA", &center.root_key, until);
        center
    }

    fn issue(
        &self,
        profile: &Profile,
        serial: u8,
        name: &str,
        subject: &Key,
        until: DateTime,
    ) -> Vec<u8> {
        let name = Subject::Organization(Organization {
            country: "ES".into(),
            name: "Example S.L.".into(),
            identifier: "VATES-B00000000".into(),
        })
        .name(name)
        .unwrap();
        let validity = (day(2026, 1), until);
        let body = profile.to_be_signed(&[serial; 16], validity, name, &subject.point());
        let body = body.unwrap();
        certificate::assemble(&body, &self.root_key.sign(&body)).unwrap()
    }

    fn issuer(&self) -> Issuer {
        Issuer::from_certificate(&self.root).unwrap()
    }

    pub(crate) fn holder(&self) -> Holder {
        self.holder_with(&Plan::default())
    }

    pub(crate) fn holder_with(&self, plan: &Plan) -> Holder {
        let key = Key::new(self.seed + 2);
        let maker_key = Key::new(self.seed + 1);
        let issuer = self.issuer();
        let crl_url = None;
        let maker_profile = if plan.maker_is_maker {
            Profile::SealMaker {
                issuer: issuer.clone(),
                crl_url: None,
            }
        } else {
            Profile::Seal {
                issuer: issuer.clone(),
                crl_url: None,
            }
        };
        let maker = self.issue(
            &maker_profile,
            MAKER,
            "Seal making",
            &maker_key,
            day(2035, 1),
        );
        let profile = Profile::Seal { issuer, crl_url };
        let certificate = self.issue(&profile, HOLDER, "Contract seal", &key, plan.holder_until);
        let info = SealInfo {
            vendor: "SELLO".into(),
            es_id: "S-0001".into(),
            kind: SealKind::Contract,
            name: "Contract seal".into(),
            certificates: vec![certificate.clone()],
            created: day(2026, 1),
            valid_from: day(2026, 1),
            valid_until: plan.seal_until,
            picture: Picture {
                media_type: "PNG".into(),
                data: picture(plan.shade),
                width_mm: 40,
                height_mm: 30,
            },
            extensions: vec![],
        };
        let info = info.to_der().unwrap();
        let seal = SeSeal::assemble(&info, &maker, &maker_key.sign(&info)).unwrap();
        Holder {
            key,
            certificate,
            chain: vec![self.root.clone()],
            seal,
        }
    }

    /// The key and the certificate of a timestamp authority.
    #[allow(dead_code, reason = "the seeds of the fuzz target use it")]
    pub(crate) fn timestamps(&self) -> (Key, Vec<u8>) {
        let key = Key::new(self.seed + 3);
        let profile = Profile::Timestamp {
            issuer: self.issuer(),
            crl_url: None,
        };
        let certificate = self.issue(&profile, 6, "Timestamps", &key, day(2035, 1));
        (key, certificate)
    }

    /// A revocation list in force at the time of verification.
    pub(crate) fn crl(&self, entries: &[(u8, crl::CrlReason)]) -> RevocationList {
        self.crl_until(entries, day(2027, 1))
    }

    pub(crate) fn crl_until(
        &self,
        entries: &[(u8, crl::CrlReason)],
        next_update: DateTime,
    ) -> RevocationList {
        RevocationList::from_der(&self.crl_der(entries, next_update)).unwrap()
    }

    pub(crate) fn crl_der(
        &self,
        entries: &[(u8, crl::CrlReason)],
        next_update: DateTime,
    ) -> Vec<u8> {
        let list = crl::RevocationList {
            issuer: self.issuer(),
            number: 7,
            this_update: day(2026, 10),
            next_update,
            entries: entries
                .iter()
                .map(|(serial, reason)| crl::Entry {
                    serial: vec![*serial; 16],
                    since: day(2026, 9),
                    reason: *reason,
                })
                .collect(),
        };
        let body = list.to_be_signed().unwrap();
        crl::assemble(&body, &self.root_key.sign(&body)).unwrap()
    }

    /// Trust in this center, with these lists.
    pub(crate) fn trust_with(&self, lists: Vec<RevocationList>) -> TrustStore {
        TrustStore::new(vec![Certificate::from_der(&self.root).unwrap()], lists)
    }

    /// Trust in this center; nothing is revoked.
    pub(crate) fn trust(&self) -> TrustStore {
        self.trust_with(vec![self.crl(&[])])
    }
}

impl Holder {
    pub(crate) fn stamp(&self, document: &[u8]) -> Vec<u8> {
        self.stamp_on(document, 1)
    }

    pub(crate) fn stamp_on(&self, document: &[u8], page: usize) -> Vec<u8> {
        let request = Request {
            seal: &self.seal,
            signer_certificate: &self.certificate,
            chain: &self.chain,
            placement: Placement {
                page,
                x_mm: 20.0,
                y_mm: 30.0,
                size_mm: None,
            },
            reason: Some("Contract 2026/7"),
            place: Some("Logroño"),
            claimed_time: datetime!(2026-06-01 12:00 UTC),
        };
        let prepared = prepare(Document::open(document).unwrap(), &request).unwrap();
        let signature = self.key.sign_digest(&prepared.digest());
        let mut output = Vec::new();
        let sealed = prepared.finish(&signature).unwrap();
        sealed.write_to(&mut output).unwrap();
        output
    }
}

pub(crate) fn verify(document: &[u8], trust: &TrustStore) -> Report {
    sello_document::verify(document, trust, NOW)
}

/// The codes of one signature's findings, the weightiest first.
pub(crate) fn codes(report: &Report, index: usize) -> Vec<&'static str> {
    let findings = report.signatures[index].findings.iter();
    findings.map(|finding| finding.code.name()).collect()
}
