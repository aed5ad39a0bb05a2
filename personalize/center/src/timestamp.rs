//! The center's timestamp authority (RFC 3161, rules TSA-1 to TSA-5): a key of its own, a certificate
//! of the CA, and a line in the audit log for every token.

use sello_cades::DigestAlgorithm;
use sello_cades::timestamp::token::TokenDraft;
use sello_cades::timestamp::{TimeStampReq, TimeStampResp, TstInfo};
use sello_profile::certificate::{self, Issuer, Profile, sibling_name};
use sello_profile::ecdsa;
use sello_profile::oid::{RawOid, TIMESTAMP_POLICY};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::audit::Entry;
use crate::center::certificate as own_certificate;
use crate::clock::{self, DAY};
use crate::init::pem;
use crate::ledger::Transaction;
use crate::signer::{Signer, SoftwareKey};
use crate::{Center, Error, Officer, random};

/// Life of the authority's certificate, in days.
const DAYS: u64 = 10 * 365;
/// The authority's common name.
const NAME: &str = "Timestamps";
/// Where its certificate is stored.
pub(crate) const CERTIFICATE: &str = "timestamp-certificate";
/// Who is in the log for tokens: nobody acts but the service.
const ACTOR: &str = "timestamp service";
/// How far off the clock may be, in seconds.
const ACCURACY_SECONDS: i64 = 1;

/// `PKIFailureInfo` (RFC 3161, 2.4.2).
const BAD_ALGORITHM: u8 = 0;
const BAD_DATA_FORMAT: u8 = 5;
const UNACCEPTED_POLICY: u8 = 15;
const SYSTEM_FAILURE: u8 = 25;

/// The key in the key file is not that of the certificate.
const LOST: Error = Error::Vault {
    what: "timestamp key",
};

/// The timestamp authority, opened. It signs tokens and nothing else.
pub struct TimestampAuthority {
    key: SoftwareKey,
    certificate: Vec<u8>,
    ca: Vec<u8>,
}

impl TimestampAuthority {
    /// Its certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Its certificate, PEM.
    ///
    /// # Errors
    /// [`Error::Stored`], which does not come.
    pub fn certificate_pem(&self) -> Result<String, Error> {
        pem("CERTIFICATE", &self.certificate)
    }
}

impl Center {
    /// Opens the timestamp authority; the first time it is made.
    ///
    /// # Errors
    /// [`Error::Vault`], [`Error::File`] or [`Error::Database`].
    pub fn timestamp_authority(&mut self, officer: &Officer) -> Result<TimestampAuthority, Error> {
        let home = self.home.clone();
        let at = self.now()?;
        let mut transaction = self.ledger.begin()?;
        let ca = own_certificate(transaction.as_mut(), "ca-certificate")?;
        let certificate = stored(transaction.as_mut())?;
        let key = match (officer.timestamp(&home)?, &certificate) {
            (Some(key), _) => key,
            // The key first: a certificate without its key would be of no use to anybody.
            (None, None) => officer.add_timestamp(&home, SoftwareKey::generate()?)?,
            (None, Some(_)) => return Err(LOST),
        };
        if let Some(certificate) = certificate {
            if ecdsa::certificate_point(&certificate)? != key.point() {
                return Err(LOST);
            }
            return Ok(TimestampAuthority {
                key,
                certificate,
                ca,
            });
        }
        let crl_url = transaction.meta("crl-url")?;
        let signer = officer.ca(&home)?;
        let certificate = make_certificate(&key, &ca, signer.as_ref(), crl_url, at)?;
        transaction.insert_meta(CERTIFICATE, &hex::encode(&certificate))?;
        transaction.append(Entry {
            at,
            actor: officer.name().to_owned(),
            action: "timestamp-authority".to_owned(),
            subject: NAME.to_owned(),
            detail: json!({ "timestamp_authority": hex::encode(Sha256::digest(&certificate)) }),
        })?;
        transaction.commit()?;
        Ok(TimestampAuthority {
            key,
            certificate,
            ca,
        })
    }

    /// Answers a request (DER) with an answer (DER): a token, recorded in the audit log before it is
    /// given away, or why there is none.
    pub fn timestamp(&mut self, authority: &TimestampAuthority, request: &[u8]) -> Vec<u8> {
        let answer = match TimeStampReq::from_der(request) {
            Ok(request) => self.answer(authority, &request),
            Err(error) => TimeStampResp::rejected(BAD_DATA_FORMAT, Some(error.to_string())),
        };
        answer.to_der()
    }

    fn answer(&mut self, authority: &TimestampAuthority, request: &TimeStampReq) -> TimeStampResp {
        let policy = TIMESTAMP_POLICY;
        if request.policy.is_some_and(|asked| asked != policy) {
            return TimeStampResp::rejected(UNACCEPTED_POLICY, None);
        }
        let sound = [
            DigestAlgorithm::Sha256,
            DigestAlgorithm::Sha384,
            DigestAlgorithm::Sha512,
        ];
        if !sound.contains(&request.imprint.algorithm) {
            let text = "SHA-256, SHA-384 or SHA-512 is due".to_owned();
            return TimeStampResp::rejected(BAD_ALGORITHM, Some(text));
        }
        match self.token(authority, request, policy) {
            Ok(token) => TimeStampResp::granted(token),
            // The cause is for the center's own people, not for whoever asks.
            Err(_) => TimeStampResp::rejected(SYSTEM_FAILURE, None),
        }
    }

    fn token(
        &mut self,
        authority: &TimestampAuthority,
        request: &TimeStampReq,
        policy: RawOid,
    ) -> Result<Vec<u8>, Error> {
        let at = self.now()?;
        let broken = |_| Error::Stored {
            what: "time of a timestamp",
        };
        // Random, as certificates' numbers are: none comes twice, whatever becomes of the ledger.
        let serial = random::serial_number()?;
        let info = TstInfo {
            policy,
            imprint: request.imprint.clone(),
            serial: serial.to_vec(),
            time: time::OffsetDateTime::from_unix_timestamp(at).map_err(broken)?,
            accuracy: Some(time::Duration::seconds(ACCURACY_SECONDS)),
            ordering: false,
            nonce: request.nonce.clone(),
        };
        let unmade = |_| Error::Stored {
            what: "timestamp certificate",
        };
        let draft = TokenDraft::new(&info, &authority.certificate).map_err(unmade)?;
        let signature = authority.key.sign_digest(&draft.digest())?;
        let issuers = [authority.ca.clone()];
        let issuers = request.certificate.then_some(issuers.as_slice());
        let token = draft.finish(&signature, issuers).map_err(unmade)?;
        let mut transaction = self.ledger.begin()?;
        transaction.append(Entry {
            at,
            actor: ACTOR.to_owned(),
            action: "timestamp".to_owned(),
            subject: hex::encode(serial),
            detail: json!({ "imprint": hex::encode(&request.imprint.digest) }),
        })?;
        transaction.commit()?;
        Ok(token)
    }

    /// The newest revocation list, DER.
    ///
    /// # Errors
    /// [`Error::Database`] or [`Error::Stored`].
    pub fn revocation_list(&mut self) -> Result<Vec<u8>, Error> {
        let list = self.ledger.begin()?.newest_revocation_list()?;
        list.map(|list| list.der).ok_or(Error::Stored {
            what: "revocation list",
        })
    }
}

fn make_certificate(
    key: &SoftwareKey,
    ca: &[u8],
    signer: &dyn Signer,
    crl_url: Option<String>,
    now: i64,
) -> Result<Vec<u8>, Error> {
    let issuer = Issuer::from_certificate(ca)?;
    let name = sibling_name(&issuer.name, NAME)?;
    let profile = Profile::Timestamp { issuer, crl_url };
    let now = clock::read(now)?;
    let until = now.saturating_add(DAYS.saturating_mul(DAY));
    let validity = (clock::date(now)?, clock::date(until)?);
    let serial = random::serial_number()?;
    let tbs = profile.to_be_signed(&serial, validity, name, &key.point())?;
    Ok(certificate::assemble(&tbs, &signer.sign(&tbs)?)?)
}

/// The authority's certificate, if there is one yet.
pub(crate) fn stored(transaction: &mut dyn Transaction) -> Result<Option<Vec<u8>>, Error> {
    match transaction.meta(CERTIFICATE)? {
        None => Ok(None),
        Some(_) => own_certificate(transaction, CERTIFICATE).map(Some),
    }
}
