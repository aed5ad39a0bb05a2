//! Making a center: keys, CA certificate, seal-making certificate, device root, first officer, first list.

use der::pem::{LineEnding, encode_string};
use sello_profile::certificate::{self, Issuer, Operator, Organization, Profile, Subject};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::audit::Entry;
use crate::clock::{self, Clock, DAY};
use crate::home::write_public;
use crate::ledger::Transaction;
use crate::officer::{self, NewKeys, Officer};
use crate::signer::{Signer, SoftwareKey};
use crate::vault::{CardMaster, CenterKey, Cost, Passphrase, Wrapped};
use crate::{Center, Error, Home, device, random, revocation};

/// Life of the CA certificate, in days.
const CA_DAYS: u64 = 20 * 365;
/// Life of the seal-making certificate, in days.
const MAKER_DAYS: u64 = 10 * 365;

/// Who runs the center.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The organization's registered name.
    pub operator: String,
    /// ISO 3166-1 two-letter code of its country.
    pub country: String,
    /// Its `organizationIdentifier`, as `VATES-B12345678`, if it gives one.
    pub identifier: Option<String>,
    /// Common name of the CA.
    pub name: String,
    /// Address of the revocation list, put into certificates, if it will be published.
    pub crl_url: Option<String>,
}

impl Authority {
    fn subject(&self) -> Subject {
        let (country, name) = (self.country.clone(), self.operator.clone());
        match self.identifier.clone() {
            Some(identifier) => Subject::Organization(Organization {
                country,
                name,
                identifier,
            }),
            None => Subject::Operator(Operator { country, name }),
        }
    }
}

impl Center {
    /// Makes a center in a folder, with its first officer.
    ///
    /// # Errors
    /// [`Error::Initialized`] if there is one; [`Error::Value`], [`Error::Profile`] or
    /// [`Error::ShortPassphrase`] for what cannot be accepted. A folder left half made by a crash
    /// is begun anew the next time.
    pub fn initialize(
        home: Home,
        authority: &Authority,
        officer: &str,
        passphrase: &Passphrase,
        cost: Cost,
    ) -> Result<(Self, Officer), Error> {
        Self::initialize_at(home, clock::system(), authority, officer, passphrase, cost)
    }

    /// As [`Self::initialize`], with a clock of the caller's.
    ///
    /// # Errors
    /// As [`Self::initialize`].
    pub fn initialize_at(
        home: Home,
        clock: Clock,
        authority: &Authority,
        officer: &str,
        passphrase: &Passphrase,
        cost: Cost,
    ) -> Result<(Self, Officer), Error> {
        officer::check_name(officer)?;
        passphrase.check_length()?;
        authority.subject().name(&authority.name)?;
        home.create()?;
        let mut center = Self::unchecked(home, clock)?;
        let at = center.now()?;
        let home = center.home.clone();
        let mut transaction = center.ledger.begin()?;
        if transaction.meta("authority")?.is_some() {
            return Err(Error::Initialized(home.path().to_owned()));
        }
        let ca = SoftwareKey::generate()?;
        let maker = SoftwareKey::generate()?;
        let device = SoftwareKey::generate()?;
        let own = OwnCertificates::make(authority, &ca, &maker, &device, at)?;
        let key = CenterKey::generate()?;
        let keys = NewKeys {
            ca: &ca,
            maker: &maker,
            device: &device,
            master: &CardMaster::generate()?,
        };
        officer::store_keys(&home, &key, &keys)?;
        let list = own.store(transaction.as_mut(), authority, &ca, officer, at)?;
        let wrapped = Wrapped::new(&key, officer, passphrase, cost)?;
        officer::insert(transaction.as_mut(), officer, &wrapped, officer, at)?;
        write_public(
            &home.ca_certificate(),
            pem("CERTIFICATE", &own.ca)?.as_bytes(),
        )?;
        transaction.commit()?;
        revocation::publish(&home, &list)?;
        Ok((center, Officer::new(officer.to_owned(), key)))
    }
}

struct OwnCertificates {
    ca: Vec<u8>,
    maker: Vec<u8>,
    device: Vec<u8>,
}

impl OwnCertificates {
    fn make(
        authority: &Authority,
        ca: &SoftwareKey,
        maker: &SoftwareKey,
        device: &SoftwareKey,
        at: i64,
    ) -> Result<Self, Error> {
        let now = clock::read(at)?;
        let subject = authority.subject();
        let validity = |days: u64| {
            let until = now.saturating_add(days.saturating_mul(DAY));
            Ok::<_, Error>((clock::date(now)?, clock::date(until)?))
        };
        let tbs = Profile::Root.to_be_signed(
            &random::serial_number()?,
            validity(CA_DAYS)?,
            subject.name(&authority.name)?,
            &ca.point(),
        )?;
        let ca_certificate = certificate::assemble(&tbs, &ca.sign(&tbs)?)?;
        let profile = Profile::SealMaker {
            issuer: Issuer::from_certificate(&ca_certificate)?,
            crl_url: authority.crl_url.clone(),
        };
        let tbs = profile.to_be_signed(
            &random::serial_number()?,
            validity(MAKER_DAYS)?,
            subject.name("Seal making")?,
            &maker.point(),
        )?;
        Ok(Self {
            maker: certificate::assemble(&tbs, &ca.sign(&tbs)?)?,
            device: device::make_certificate(device, &ca_certificate, at)?,
            ca: ca_certificate,
        })
    }

    /// Stores the certificates and the first, empty revocation list.
    fn store(
        &self,
        transaction: &mut dyn Transaction,
        authority: &Authority,
        ca: &dyn Signer,
        officer: &str,
        at: i64,
    ) -> Result<Vec<u8>, Error> {
        transaction.insert_meta("authority", &authority.name)?;
        transaction.insert_meta("operator", &authority.operator)?;
        if let Some(url) = &authority.crl_url {
            transaction.insert_meta("crl-url", url)?;
        }
        transaction.insert_meta("ca-certificate", &hex::encode(&self.ca))?;
        transaction.insert_meta("maker-certificate", &hex::encode(&self.maker))?;
        transaction.insert_meta(device::CERTIFICATE, &hex::encode(&self.device))?;
        let list = revocation::issue(transaction, ca, at)?;
        transaction.append(Entry {
            at,
            actor: officer.to_owned(),
            action: "init".to_owned(),
            subject: authority.name.clone(),
            detail: json!({
                "ca": hex::encode(Sha256::digest(&self.ca)),
                "maker": hex::encode(Sha256::digest(&self.maker)),
                "device_root": device::hash(&self.device),
                "crl": list.facts,
            }),
        })?;
        Ok(list.der)
    }
}

/// DER as PEM text.
pub(crate) fn pem(label: &'static str, der: &[u8]) -> Result<String, Error> {
    encode_string(label, LineEnding::LF, der).map_err(|_| Error::Stored {
        what: "certificate",
    })
}
