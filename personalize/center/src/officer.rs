//! Officers: who may act, and the proof that they are who they say.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::audit::Entry;
use crate::home::write_private;
use crate::ledger::{OfficerRow, Transaction};
use crate::signer::{Signer, SoftwareKey};
use crate::vault::{CardMaster, CenterKey, Cost, Passphrase, Sealed, Wrapped};
use crate::{Center, Error, Home, text};

/// Longest name of an officer, in characters.
const MAX_NAME: usize = 64;

/// An officer who has given the right passphrase. Made by [`Center::log_in`] and
/// [`Center::initialize`] only.
pub struct Officer {
    name: String,
    key: CenterKey,
}

impl Officer {
    /// The officer's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn new(name: String, key: CenterKey) -> Self {
        Self { name, key }
    }

    /// The key that opens the others.
    pub(crate) fn key(&self) -> &CenterKey {
        &self.key
    }

    /// Opens the CA key.
    pub(crate) fn ca(&self, home: &Home) -> Result<Box<dyn Signer>, Error> {
        let keys = KeysFile::read(home)?;
        let scalar = self.key.open(CA_KEY, &keys.ca)?;
        Ok(Box::new(SoftwareKey::from_scalar(&scalar)?))
    }

    /// Opens the seal-making key.
    pub(crate) fn maker(&self, home: &Home) -> Result<Box<dyn Signer>, Error> {
        let keys = KeysFile::read(home)?;
        let scalar = self.key.open(MAKER_KEY, &keys.maker)?;
        Ok(Box::new(SoftwareKey::from_scalar(&scalar)?))
    }

    /// Opens the device root's key; a center made before there was one has none.
    pub(crate) fn device_root(&self, home: &Home) -> Result<Option<SoftwareKey>, Error> {
        let Some(sealed) = KeysFile::read(home)?.device_root else {
            return Ok(None);
        };
        let scalar = self.key.open(DEVICE_ROOT, &sealed)?;
        SoftwareKey::from_scalar(&scalar).map(Some)
    }

    /// Stores the device root's key beside the others.
    pub(crate) fn add_device_root(
        &self,
        home: &Home,
        device: SoftwareKey,
    ) -> Result<SoftwareKey, Error> {
        let mut keys = KeysFile::read(home)?;
        keys.device_root = Some(self.key.seal(DEVICE_ROOT, &device.scalar())?);
        keys.write(home)?;
        Ok(device)
    }

    /// Opens the timestamp authority's key; a center has none before it first serves timestamps.
    pub(crate) fn timestamp(&self, home: &Home) -> Result<Option<SoftwareKey>, Error> {
        let Some(sealed) = KeysFile::read(home)?.timestamp else {
            return Ok(None);
        };
        let scalar = self.key.open(TIMESTAMP_KEY, &sealed)?;
        SoftwareKey::from_scalar(&scalar).map(Some)
    }

    /// Stores the timestamp authority's key beside the others.
    pub(crate) fn add_timestamp(
        &self,
        home: &Home,
        timestamp: SoftwareKey,
    ) -> Result<SoftwareKey, Error> {
        let mut keys = KeysFile::read(home)?;
        keys.timestamp = Some(self.key.seal(TIMESTAMP_KEY, &timestamp.scalar())?);
        keys.write(home)?;
        Ok(timestamp)
    }

    /// Opens the card master key.
    pub(crate) fn card_master(&self, home: &Home) -> Result<CardMaster, Error> {
        let keys = KeysFile::read(home)?;
        CardMaster::from_bytes(&self.key.open(CARD_MASTER, &keys.card_master)?)
    }
}

impl Center {
    /// Names of the officers.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn officers(&mut self) -> Result<Vec<String>, Error> {
        let rows = self.ledger.begin()?.officers()?;
        Ok(rows.into_iter().map(|row| row.name).collect())
    }

    /// Checks an officer's passphrase. Capitals in the name do not matter.
    ///
    /// # Errors
    /// [`Error::UnknownOfficer`] or [`Error::Passphrase`].
    pub fn log_in(&mut self, name: &str, passphrase: &Passphrase) -> Result<Officer, Error> {
        let row = known(self.ledger.begin()?.as_mut(), name)?
            .ok_or_else(|| Error::UnknownOfficer(name.to_owned()))?;
        let wrapped: Wrapped = serde_json::from_str(&row.wrapped).map_err(|_| Error::Stored {
            what: "officer's key",
        })?;
        let key = wrapped
            .open(&row.name, passphrase)
            .ok_or_else(|| Error::Passphrase(row.name.clone()))?;
        Ok(Officer {
            name: row.name,
            key,
        })
    }

    /// Adds an officer, by one who is there already.
    ///
    /// # Errors
    /// [`Error::OfficerExists`], [`Error::Value`] or [`Error::ShortPassphrase`].
    pub fn add_officer(
        &mut self,
        by: &Officer,
        name: &str,
        passphrase: &Passphrase,
        cost: Cost,
    ) -> Result<(), Error> {
        check_name(name)?;
        let at = self.now()?;
        let mut transaction = self.ledger.begin()?;
        if let Some(row) = known(transaction.as_mut(), name)? {
            return Err(Error::OfficerExists(row.name));
        }
        let wrapped = Wrapped::new(&by.key, name, passphrase, cost)?;
        insert(transaction.as_mut(), name, &wrapped, by.name(), at)?;
        transaction.commit()
    }
}

/// Stores an officer and says so in the log.
pub(crate) fn insert(
    transaction: &mut dyn Transaction,
    name: &str,
    wrapped: &Wrapped,
    by: &str,
    at: i64,
) -> Result<(), Error> {
    let row = OfficerRow {
        name: name.to_owned(),
        wrapped: serde_json::to_string(wrapped).map_err(|_| Error::Stored {
            what: "officer's key",
        })?,
        added_at: at,
    };
    transaction.insert_officer(&row)?;
    transaction.append(Entry {
        at,
        actor: by.to_owned(),
        action: "officer-added".to_owned(),
        subject: name.to_owned(),
        detail: json!({ "wrapped": wrapped_hash(&row) }),
    })
}

/// The hash by which the log knows an officer's copy of the center key.
pub(crate) fn wrapped_hash(row: &OfficerRow) -> String {
    hex::encode(Sha256::digest(&row.wrapped))
}

/// Refuses names that cannot be told apart or shown.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let what = "officer's name";
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(Error::Value {
            what,
            why: "it must have 1 to 64 characters",
        });
    }
    text::check_visible(what, name)
}

fn known(transaction: &mut dyn Transaction, name: &str) -> Result<Option<OfficerRow>, Error> {
    let folded = name.to_lowercase();
    let rows = transaction.officers()?;
    Ok(rows
        .into_iter()
        .find(|row| row.name.to_lowercase() == folded))
}

const CA_KEY: &str = "CA key";
const MAKER_KEY: &str = "seal-making key";
const CARD_MASTER: &str = "card master key";
const DEVICE_ROOT: &str = "device root key";
const TIMESTAMP_KEY: &str = "timestamp key";

/// `keys.json`: the center's keys, encrypted under the center key.
#[derive(Serialize, Deserialize)]
struct KeysFile {
    ca: Sealed,
    maker: Sealed,
    card_master: Sealed,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device_root: Option<Sealed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timestamp: Option<Sealed>,
}

impl KeysFile {
    fn read(home: &Home) -> Result<Self, Error> {
        let path = home.keys();
        let text = std::fs::read(&path).map_err(Error::file(&path))?;
        serde_json::from_slice(&text).map_err(|_| Error::Vault { what: "key file" })
    }

    fn write(&self, home: &Home) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(self)
            .map(Zeroizing::new)
            .map_err(|_| Error::Vault { what: "key file" })?;
        write_private(&home.keys(), &text)
    }
}

/// The keys of a new center.
pub(crate) struct NewKeys<'a> {
    pub(crate) ca: &'a SoftwareKey,
    pub(crate) maker: &'a SoftwareKey,
    pub(crate) device: &'a SoftwareKey,
    pub(crate) master: &'a CardMaster,
}

/// Encrypts the center's keys into their file.
pub(crate) fn store_keys(home: &Home, key: &CenterKey, new: &NewKeys<'_>) -> Result<(), Error> {
    let file = KeysFile {
        ca: key.seal(CA_KEY, &new.ca.scalar())?,
        maker: key.seal(MAKER_KEY, &new.maker.scalar())?,
        card_master: key.seal(CARD_MASTER, new.master.expose())?,
        device_root: Some(key.seal(DEVICE_ROOT, &new.device.scalar())?),
        timestamp: None,
    };
    file.write(home)
}
