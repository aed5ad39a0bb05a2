//! The device root: the key that certifies the attestation key of each card, and the certificate that
//! verifiers of attestations and journals need.

use sello_profile::certificate::{self, Issuer, Profile, card_name, sibling_name};
use sello_profile::ecdsa;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::audit::Entry;
use crate::center::certificate as own_certificate;
use crate::clock::{self, DAY};
use crate::ledger::Transaction;
use crate::signer::{Signer, SoftwareKey};
use crate::{Center, Error, Officer, random};

/// Life of the root and of the cards' certificates, in days.
const DAYS: u64 = 20 * 365;
/// The root's common name.
const NAME: &str = "Device root";
/// Where the root's certificate is stored.
pub(crate) const CERTIFICATE: &str = "device-root-certificate";

/// The key in the key file is not that of the certificate.
const LOST: Error = Error::Vault {
    what: "device root key",
};

/// The device root, opened.
pub(crate) struct DeviceRoot {
    pub(crate) signer: Box<dyn Signer>,
    /// Its certificate, DER.
    pub(crate) certificate: Vec<u8>,
}

impl DeviceRoot {
    /// The certificate of a card's attestation key.
    ///
    /// # Errors
    /// [`Error::Profile`] for a point that is none; [`Error::Signer`].
    pub(crate) fn certify(
        &self,
        serial: [u8; 4],
        point: &[u8],
        now: i64,
    ) -> Result<Vec<u8>, Error> {
        let issuer = Issuer::from_certificate(&self.certificate)?;
        let profile = Profile::CardAttestation { issuer };
        let name = card_name(u32::from_be_bytes(serial))?;
        let tbs = profile.to_be_signed(&random::serial_number()?, validity(now)?, name, point)?;
        Ok(certificate::assemble(&tbs, &self.signer.sign(&tbs)?)?)
    }
}

/// Makes the root's certificate, beside that of the CA.
///
/// # Errors
/// [`Error::Profile`] or [`Error::Signer`].
pub(crate) fn make_certificate(key: &SoftwareKey, ca: &[u8], now: i64) -> Result<Vec<u8>, Error> {
    let name = sibling_name(&Issuer::from_certificate(ca)?.name, NAME)?;
    let serial = random::serial_number()?;
    let tbs = Profile::DeviceRoot.to_be_signed(&serial, validity(now)?, name, &key.point())?;
    Ok(certificate::assemble(&tbs, &key.sign(&tbs)?)?)
}

fn validity(now: i64) -> Result<(der::DateTime, der::DateTime), Error> {
    let now = clock::read(now)?;
    let until = now.saturating_add(DAYS.saturating_mul(DAY));
    Ok((clock::date(now)?, clock::date(until)?))
}

impl Center {
    /// Opens the device root. A center made before there were attestations gets one now.
    ///
    /// # Errors
    /// [`Error::Vault`], [`Error::File`] or [`Error::Database`].
    pub(crate) fn device_root(&mut self, officer: &Officer) -> Result<DeviceRoot, Error> {
        let home = self.home.clone();
        let at = self.now()?;
        let mut transaction = self.ledger.begin()?;
        let certificate = stored(transaction.as_mut())?;
        let key = match (officer.device_root(&home)?, &certificate) {
            (Some(key), _) => key,
            // The key first: a certificate without its key would be of no use to anybody.
            (None, None) => officer.add_device_root(&home, SoftwareKey::generate()?)?,
            // An old key file: another key would sign what the certificate does not vouch for.
            (None, Some(_)) => return Err(LOST),
        };
        if let Some(certificate) = certificate {
            if ecdsa::certificate_point(&certificate)? != key.point() {
                return Err(LOST);
            }
            return Ok(DeviceRoot {
                signer: Box::new(key),
                certificate,
            });
        }
        let ca = own_certificate(transaction.as_mut(), "ca-certificate")?;
        let der = make_certificate(&key, &ca, at)?;
        transaction.insert_meta(CERTIFICATE, &hex::encode(&der))?;
        transaction.append(Entry {
            at,
            actor: officer.name().to_owned(),
            action: "device-root".to_owned(),
            subject: NAME.to_owned(),
            detail: json!({ "device_root": hash(&der) }),
        })?;
        transaction.commit()?;
        Ok(DeviceRoot {
            signer: Box::new(key),
            certificate: der,
        })
    }
}

/// The root's certificate, if there is one yet.
pub(crate) fn stored(transaction: &mut dyn Transaction) -> Result<Option<Vec<u8>>, Error> {
    match transaction.meta(CERTIFICATE)? {
        None => Ok(None),
        Some(_) => own_certificate(transaction, CERTIFICATE).map(Some),
    }
}

/// The hash by which the log knows it.
pub(crate) fn hash(der: &[u8]) -> String {
    hex::encode(Sha256::digest(der))
}
