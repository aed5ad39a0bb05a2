//! A seal whose key is in memory, made here without a center.

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{DerSignature, SigningKey};
use sello_document::stamp::{Drawing, Options, Placement, Request, prepare_with};
use sello_pdf::{Document, FileSource};
use sello_profile::certificate::{Issuer, Organization, Profile, Subject, assemble};
use sello_profile::seal::{Picture, SeSeal, SealInfo, SealKind};
use time::OffsetDateTime;

/// A seal with its key.
pub struct SoftSeal {
    key: SigningKey,
    certificate: Vec<u8>,
    chain: Vec<Vec<u8>>,
    seal: SeSeal,
    drawing: Drawing,
}

impl SoftSeal {
    /// Makes one with this picture.
    ///
    /// # Errors
    /// When the picture is none that can be drawn.
    pub fn new(picture: Vec<u8>) -> Result<Self, Box<dyn Error>> {
        let keys = [1_u8, 2, 3].map(|seed| SigningKey::from_slice(&[seed; 32]));
        let [ca, maker_key, key] = keys;
        let (ca, maker_key, key) = (ca?, maker_key?, key?);
        let issue = |profile: &Profile, serial: u8, name: &str, subject: &SigningKey| {
            let subject_name = Subject::Organization(Organization {
                country: "ES".into(),
                name: "Example S.L.".into(),
                identifier: "VATES-B12345678".into(),
            })
            .name(name)?;
            let point = subject.verifying_key().to_sec1_point(false);
            let validity = (day(2026)?, day(2046)?);
            let body =
                profile.to_be_signed(&[serial; 16], validity, subject_name, point.as_bytes())?;
            Ok::<_, Box<dyn Error>>(assemble(&body, &sign(&ca, &body))?)
        };
        let root = issue(&Profile::Root, 1, "Example CA", &ca)?;
        let issuer = Issuer::from_certificate(&root)?;
        let crl_url = None;
        let maker = Profile::SealMaker {
            issuer: issuer.clone(),
            crl_url: crl_url.clone(),
        };
        let maker = issue(&maker, 2, "Example seal making", &maker_key)?;
        let certificate = issue(&Profile::Seal { issuer, crl_url }, 3, "Contract seal", &key)?;
        let info = SealInfo {
            vendor: "SELLO".into(),
            es_id: "S-0001".into(),
            kind: SealKind::Contract,
            name: "Contract seal".into(),
            certificates: vec![certificate.clone()],
            created: day(2026)?,
            valid_from: day(2026)?,
            valid_until: day(2046)?,
            picture: Picture {
                media_type: "PNG".into(),
                data: picture,
                width_mm: 40,
                height_mm: 40,
            },
            extensions: vec![],
        };
        let info = info.to_der()?;
        let seal = SeSeal::assemble(&info, &maker, &sign(&maker_key, &info))?;
        Ok(Self {
            drawing: Drawing::of(&seal)?,
            key,
            certificate,
            chain: vec![root],
            seal,
        })
    }

    /// The root of its certificates, DER.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        self.chain.first().map_or(&[], Vec::as_slice)
    }

    /// Stamps one file into another.
    ///
    /// # Errors
    /// Whatever goes wrong.
    pub fn stamp(&self, input: &Path, output: &Path) -> Result<(), Box<dyn Error>> {
        let place = Placement {
            page: 1,
            x_mm: 20.0,
            y_mm: 30.0,
            size_mm: None,
        };
        self.stamp_at(input, output, place)
    }

    /// As [`stamp`](Self::stamp), elsewhere.
    ///
    /// # Errors
    /// As there.
    pub fn stamp_at(
        &self,
        input: &Path,
        output: &Path,
        placement: Placement,
    ) -> Result<(), Box<dyn Error>> {
        let document = Document::open(FileSource::new(File::open(input)?)?)?;
        let request = Request {
            seal: &self.seal,
            signer_certificate: &self.certificate,
            chain: &self.chain,
            placement,
            reason: None,
            place: None,
            claimed_time: OffsetDateTime::now_utc(),
        };
        let mut file = File::create(output)?;
        let mut take = |block: &[u8]| file.write_all(block);
        let options = Options::default();
        let prepared = prepare_with(document, &request, &options, &self.drawing, &mut take)?;
        let signature: DerSignature = self.key.sign_prehash(&prepared.digest())?;
        let sealed = prepared.finish(signature.as_bytes())?;
        Ok(file.write_all(sealed.revision())?)
    }
}

fn sign(key: &SigningKey, data: &[u8]) -> Vec<u8> {
    let signature: DerSignature = key.sign(data);
    signature.as_bytes().to_vec()
}

fn day(year: u16) -> Result<der::DateTime, der::Error> {
    der::DateTime::new(year, 1, 1, 0, 0, 0)
}
