//! Certificate, seal and codes for a new key.

use der::Encode;
use der::asn1::Utf8StringRef;
use sello_issuing::possession::Statement;
use sello_issuing::secret::Code;
use sello_issuing::station::{Mark, Refusal, Run, SEAL_SLOT, Step};
use sello_profile::certificate::{self, Issuer, Profile};
use sello_profile::seal::{ExtData, Picture, SeSeal, SealInfo};
use sello_profile::{ecdsa, oid};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::attestation::{Expected, NewKey};
use super::codes::{new_codes, open_codes};
use super::steps::is_done;
use super::{Station, certificate_of, open_run};
use crate::application::Request;
use crate::audit::Entry;
use crate::center::{certificate as own_certificate, find};
use crate::clock::{self, DAY};
use crate::home::write_public;
use crate::init::pem;
use crate::ledger::{CertificateRow, CertificateStatus, RunRow, Transaction};
use crate::signer::Signer;
use crate::vault::CenterKey;
use crate::{Error, Home, random, revocation};

/// Life of a seal and its certificate, in days.
const SEAL_DAYS: u64 = 3 * 365;

/// What the card gets: all of it is stored before the card gets any.
pub(super) struct Package {
    /// The seal certificate, DER.
    pub(super) certificate: Vec<u8>,
    /// Certificates of its issuers, DER, nearest first.
    pub(super) chain: Vec<Vec<u8>>,
    /// The seal structure, DER.
    pub(super) seal: Vec<u8>,
    /// The card's GUID for its CHUID, another for each run.
    pub(super) guid: [u8; 16],
    /// What was applied for.
    pub(super) request: Request,
    /// The transport PIN.
    pub(super) pin: Code,
    /// The PUK.
    pub(super) puk: Code,
    /// The approver's transport PIN, under dual control.
    pub(super) approver: Option<Code>,
}

impl Station<'_> {
    /// Stores certificate, seal and codes for a new key, then gives them.
    pub(super) fn certify_key(
        &mut self,
        run: &Run,
        key: &NewKey,
        expected: &Expected<'_>,
    ) -> Result<Package, Error> {
        let asked = open_run(self.center.ledger.begin()?.as_mut(), run)?;
        check_possession(&asked, key)?;
        self.demand_attested(run, key, expected)?;
        let at = self.center.now()?;
        let home = self.center.home.clone();
        let mut transaction = self.center.ledger.begin()?;
        let run = open_run(transaction.as_mut(), run)?;
        let point = hex::encode(&key.point);
        if let Some(stored) = certificate_of(transaction.as_mut(), &run.id)? {
            // Asked again, as after a lost answer: the same key gets the same answer.
            if stored.point != point {
                return Err(Refusal::OtherCard.into());
            }
            return package(transaction.as_mut(), self.officer.key(), &run, &stored);
        }
        let steps = transaction.steps(&run.id)?;
        if !is_done(&steps, Step::GenerateKey) {
            return Err(Refusal::OutOfOrder {
                step: Step::Certify,
            }
            .into());
        }
        if transaction
            .certificates()?
            .iter()
            .any(|one| one.point == point)
        {
            return Err(Refusal::KeyKnown.into());
        }
        let making = Making {
            ca: self.ca.as_ref(),
            maker: self.maker.as_ref(),
            at,
        };
        let row = making.certificate(transaction.as_mut(), &run, &key.point)?;
        transaction.insert_certificate(&row)?;
        let codes = new_codes(self.officer.key(), &run.id, expected.dual_control)?;
        transaction.set_run_codes(&run.id, Some(&codes))?;
        for mark in [Mark::Begun, Mark::Done] {
            transaction.record_step(&run.id, Step::Certify, mark, at)?;
        }
        let list = revocation::issue(transaction.as_mut(), self.ca.as_ref(), at)?;
        transaction.append(certified(&row, self.officer.name(), at, &list.facts))?;
        let run = RunRow {
            codes: Some(codes),
            ..run
        };
        let package = package(transaction.as_mut(), self.officer.key(), &run, &row)?;
        transaction.commit()?;
        revocation::publish(&home, &list.der)?;
        keep_copies(&home, &row)?;
        Ok(package)
    }

    /// What [`Self::certify_key`] gave, to go on with an interrupted run.
    pub(super) fn stored_package(&mut self, run: &Run) -> Result<Package, Error> {
        let mut transaction = self.center.ledger.begin()?;
        let row = open_run(transaction.as_mut(), run)?;
        let Some(stored) = certificate_of(transaction.as_mut(), &row.id)? else {
            return Err(Refusal::OutOfOrder {
                step: Step::WriteObjects,
            }
            .into());
        };
        package(transaction.as_mut(), self.officer.key(), &row, &stored)
    }
}

fn check_possession(run: &RunRow, key: &NewKey) -> Result<(), Error> {
    let mut serial = [0; 4];
    hex::decode_to_slice(&run.card_serial, &mut serial).map_err(|_| Error::Stored {
        what: "card serial number",
    })?;
    let digest = Statement {
        application: &run.application,
        serial,
        slot: SEAL_SLOT,
        point: &key.point,
        nonce: &run.nonce,
    }
    .digest();
    ecdsa::check_digest(&key.point, &digest, &key.possession)
        .map_err(|_| Refusal::Possession.into())
}

fn package(
    transaction: &mut dyn Transaction,
    key: &CenterKey,
    run: &RunRow,
    certificate: &CertificateRow,
) -> Result<Package, Error> {
    let codes = open_codes(key, run)?;
    let codes = codes.ok_or_else(|| Error::NoCodes(run.application.clone()))?;
    let application = find(transaction, &run.application)?;
    Ok(Package {
        certificate: certificate.der.clone(),
        chain: vec![own_certificate(transaction, "ca-certificate")?],
        seal: certificate.seal.clone(),
        guid: run.guid,
        request: Request::from_row(&application)?,
        pin: codes.pin,
        puk: codes.puk,
        approver: codes.approver,
    })
}

fn certified(row: &CertificateRow, actor: &str, at: i64, list: &serde_json::Value) -> Entry {
    Entry {
        at,
        actor: actor.to_owned(),
        action: "certify".to_owned(),
        subject: row.application.clone(),
        detail: json!({
            "run": row.run,
            "card": row.card_serial,
            "certificate": {
                "serial": row.serial,
                "status": row.status.word(),
                "reason": row.status.code(),
                "point": row.point,
                "sha256": hex::encode(Sha256::digest(&row.der)),
                "seal": hex::encode(Sha256::digest(&row.seal)),
            },
            "crl": list,
        }),
    }
}

/// Copies for people; the ledger is what counts.
fn keep_copies(home: &Home, row: &CertificateRow) -> Result<(), Error> {
    let certificate = home.issued(&format!("{}-{}.pem", row.application, row.run));
    write_public(&certificate, pem("CERTIFICATE", &row.der)?.as_bytes())?;
    let seal = home.issued(&format!("{}-{}.seal", row.application, row.run));
    write_public(&seal, &row.seal)
}

/// What making a certificate and a seal needs.
struct Making<'a> {
    ca: &'a dyn Signer,
    maker: &'a dyn Signer,
    at: i64,
}

impl Making<'_> {
    fn certificate(
        &self,
        transaction: &mut dyn Transaction,
        run: &RunRow,
        point: &[u8],
    ) -> Result<CertificateRow, Error> {
        let application = find(transaction, &run.application)?;
        let request = Request::from_row(&application)?;
        let ca_certificate = own_certificate(transaction, "ca-certificate")?;
        let issuer = Issuer::from_certificate(&ca_certificate)?;
        let ca_point = issuer.point;
        let profile = Profile::Seal {
            issuer,
            crl_url: transaction.meta("crl-url")?,
        };
        let serial = random::serial_number()?;
        let now = clock::read(self.at)?;
        let until = now.saturating_add(SEAL_DAYS.saturating_mul(DAY));
        let validity = (clock::date(now)?, clock::date(until)?);
        let subject = request.applicant.subject().name(&request.seal_name)?;
        let tbs = profile.to_be_signed(&serial, validity, subject, point)?;
        let der = certificate::assemble(&tbs, &self.ca.sign(&tbs)?)?;
        // A signer that gives nonsense must not be found out by the holder.
        ecdsa::check_certificate(&der, &ca_point)?;
        let info = seal_info(&request, run, &der, validity)?;
        let maker_certificate = own_certificate(transaction, "maker-certificate")?;
        let seal = SeSeal::assemble(&info, &maker_certificate, &self.maker.sign(&info)?)?;
        Ok(CertificateRow {
            serial: hex::encode(serial),
            application: run.application.clone(),
            run: run.id.clone(),
            card_serial: run.card_serial.clone(),
            point: hex::encode(point),
            der,
            seal: seal.as_der().to_vec(),
            status: CertificateStatus::Hold,
            since: self.at,
        })
    }
}

fn seal_info(
    request: &Request,
    run: &RunRow,
    certificate: &[u8],
    validity: (der::DateTime, der::DateTime),
) -> Result<Vec<u8>, Error> {
    let reference = Utf8StringRef::new(&run.application)
        .and_then(|text| text.to_der())
        .map_err(|_| Error::Stored { what: "reference" })?;
    let info = SealInfo {
        vendor: "SELLO".to_owned(),
        es_id: format!("{}-{}", run.application, run.id),
        kind: request.kind.seal_kind(),
        name: request.seal_name.clone(),
        certificates: vec![certificate.to_vec()],
        created: validity.0,
        valid_from: validity.0,
        valid_until: validity.1,
        picture: Picture {
            media_type: "PNG".to_owned(),
            data: request.picture.clone(),
            width_mm: request.width_mm,
            height_mm: request.height_mm,
        },
        extensions: vec![ExtData {
            id: oid::APPLICATION,
            critical: false,
            value: reference,
        }],
    };
    Ok(info.to_der()?)
}
