//! Revocation lists.

use sello_profile::certificate::Issuer;
use sello_profile::crl::{self, Entry as ListEntry, RevocationList};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::audit::Entry;
use crate::center::certificate;
use crate::clock::{self, DAY};
use crate::home::write_public;
use crate::ledger::{RevocationListRow, Transaction};
use crate::signer::Signer;
use crate::{Center, Error, Home, Officer};

/// Days until the next list at the latest.
const NEXT_DAYS: u64 = 7;

/// A list made within a transaction, to be published once that has committed.
pub(crate) struct Issued {
    /// The list.
    pub(crate) der: Vec<u8>,
    /// What the log says of it.
    pub(crate) facts: Value,
}

impl Center {
    /// Makes and publishes a new revocation list; returns its number.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::NotPublished`] if the list is recorded but cannot be written.
    pub fn publish_revocation_list(&mut self, officer: &Officer) -> Result<i64, Error> {
        let ca = officer.ca(&self.home)?;
        let at = self.now()?;
        let mut transaction = self.ledger.begin()?;
        let list = issue(transaction.as_mut(), ca.as_ref(), at)?;
        let number = transaction
            .newest_revocation_list()?
            .map_or(0, |row| row.number);
        transaction.append(Entry {
            at,
            actor: officer.name().to_owned(),
            action: "crl".to_owned(),
            subject: number.to_string(),
            detail: json!({ "crl": list.facts }),
        })?;
        transaction.commit()?;
        publish(&self.home, &list.der)?;
        Ok(number)
    }
}

/// Makes the next list of what the transaction sees and stores it. The caller logs its facts.
pub(crate) fn issue(
    transaction: &mut dyn Transaction,
    ca: &dyn Signer,
    at: i64,
) -> Result<Issued, Error> {
    let last = transaction
        .newest_revocation_list()?
        .map_or(0, |row| row.number);
    let number = last.saturating_add(1);
    let now = clock::read(at)?;
    let next = now.saturating_add(NEXT_DAYS.saturating_mul(DAY));
    let list = RevocationList {
        issuer: Issuer::from_certificate(&certificate(transaction, "ca-certificate")?)?,
        number: u64::try_from(number).map_err(|_| Error::Stored {
            what: "revocation list number",
        })?,
        this_update: clock::date(now)?,
        next_update: clock::date(next)?,
        entries: entries(transaction)?,
    };
    let tbs = list.to_be_signed()?;
    let der = crl::assemble(&tbs, &ca.sign(&tbs)?)?;
    transaction.insert_revocation_list(&RevocationListRow {
        number,
        this_update: at,
        next_update: clock::stored(next)?,
        der: der.clone(),
    })?;
    let facts = json!({ "number": number, "sha256": hex::encode(Sha256::digest(&der)) });
    Ok(Issued { der, facts })
}

fn entries(transaction: &mut dyn Transaction) -> Result<Vec<ListEntry>, Error> {
    let mut entries = Vec::new();
    for row in transaction.certificates()? {
        let Some(reason) = row.status.reason() else {
            continue;
        };
        entries.push(ListEntry {
            serial: hex::decode(&row.serial).map_err(|_| Error::Stored {
                what: "certificate serial number",
            })?,
            since: clock::date(clock::read(row.since)?)?,
            reason,
        });
    }
    Ok(entries)
}

/// Puts a recorded list where others fetch it.
pub(crate) fn publish(home: &Home, der: &[u8]) -> Result<(), Error> {
    write_public(&home.revocation_list(), der).map_err(|error| match error {
        Error::File { path, source } => Error::NotPublished { path, source },
        other => other,
    })
}
