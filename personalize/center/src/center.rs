//! The center: a folder, a ledger, a clock. What it does is in the modules beside this one.

use serde_json::Value;

use sello_issuing::state::{Event, State};

use crate::application::{Application, Certificate, Request};
use crate::audit::{Entry, HeadFile};
use crate::clock::{self, Clock};
use crate::ledger::{ApplicationRow, Ledger, RunRow, SqliteLedger, Transaction};
use crate::{Error, Home};

/// A seal center.
pub struct Center {
    pub(crate) home: Home,
    pub(crate) ledger: Box<dyn Ledger>,
    pub(crate) clock: Clock,
}

impl Center {
    /// Opens the center in a folder.
    ///
    /// # Errors
    /// [`Error::NotInitialized`] if there is none; what opening the ledger gives.
    pub fn open(home: Home) -> Result<Self, Error> {
        Self::open_at(home, clock::system())
    }

    /// As [`Self::open`], with a clock of the caller's.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_at(home: Home, clock: Clock) -> Result<Self, Error> {
        if !home.database().exists() {
            return Err(Error::NotInitialized(home.path().to_owned()));
        }
        let mut center = Self::unchecked(home, clock)?;
        let named = center.ledger.inspect()?.meta("authority")?;
        if named.is_none() {
            return Err(Error::NotInitialized(center.home.path().to_owned()));
        }
        Ok(center)
    }

    /// Opens the ledger whether or not the center is complete.
    pub(crate) fn unchecked(home: Home, clock: Clock) -> Result<Self, Error> {
        let head = HeadFile::new(home.head(), home.lock());
        let ledger = Box::new(SqliteLedger::open(&home.database(), head)?);
        Ok(Self {
            home,
            ledger,
            clock,
        })
    }

    /// The folder.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The organization that runs the center.
    ///
    /// # Errors
    /// [`Error::Database`] or [`Error::Stored`].
    pub fn operator(&mut self) -> Result<String, Error> {
        let name = self.ledger.begin()?.meta("operator")?;
        name.ok_or(Error::Stored { what: "operator" })
    }

    /// Every application, oldest first.
    ///
    /// # Errors
    /// [`Error::Database`] or [`Error::Stored`].
    pub fn applications(&mut self) -> Result<Vec<Application>, Error> {
        let mut transaction = self.ledger.begin()?;
        let rows = transaction.applications()?;
        rows.into_iter()
            .map(|row| shown(transaction.as_mut(), &row))
            .collect()
    }

    /// One application.
    ///
    /// # Errors
    /// [`Error::UnknownApplication`], [`Error::Database`] or [`Error::Stored`].
    pub fn application(&mut self, reference: &str) -> Result<Application, Error> {
        let mut transaction = self.ledger.begin()?;
        let row = find(transaction.as_mut(), reference)?;
        shown(transaction.as_mut(), &row)
    }

    /// The center's own certificates, DER: the CA's and the seal maker's.
    ///
    /// # Errors
    /// [`Error::Database`] or [`Error::Stored`].
    pub fn certificates(&mut self) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let mut transaction = self.ledger.begin()?;
        Ok((
            certificate(transaction.as_mut(), "ca-certificate")?,
            certificate(transaction.as_mut(), "maker-certificate")?,
        ))
    }

    /// Seconds since 1970, as stored.
    pub(crate) fn now(&self) -> Result<i64, Error> {
        clock::stored((self.clock)())
    }
}

/// Reads one of the center's own certificates.
pub(crate) fn certificate(
    transaction: &mut dyn Transaction,
    name: &'static str,
) -> Result<Vec<u8>, Error> {
    let missing = Error::Stored { what: name };
    match transaction.meta(name)? {
        Some(text) => hex::decode(text).map_err(|_| missing),
        None => Err(missing),
    }
}

/// Reads an application that must be there.
pub(crate) fn find(
    transaction: &mut dyn Transaction,
    reference: &str,
) -> Result<ApplicationRow, Error> {
    transaction
        .application(reference)?
        .ok_or_else(|| Error::UnknownApplication(reference.to_owned()))
}

/// Moves an application along one of the listed transitions and says so in the log.
pub(crate) fn advance(
    transaction: &mut dyn Transaction,
    row: &ApplicationRow,
    event: Event,
    actor: &str,
    at: i64,
    mut detail: Value,
) -> Result<State, Error> {
    let next = row.state.after(event)?;
    transaction.set_application_state(&row.reference, next, at)?;
    if let Some(facts) = detail.as_object_mut() {
        facts.insert("from".to_owned(), row.state.word().into());
        facts.insert("to".to_owned(), next.word().into());
    }
    transaction.append(Entry {
        at,
        actor: actor.to_owned(),
        action: event.word().to_owned(),
        subject: row.reference.clone(),
        detail,
    })?;
    Ok(next)
}

fn shown(transaction: &mut dyn Transaction, row: &ApplicationRow) -> Result<Application, Error> {
    let approvals = transaction.approvals(&row.reference)?;
    let runs = transaction.runs(&row.reference)?;
    let mut certificates: Vec<_> = transaction
        .certificates()?
        .into_iter()
        .filter(|certificate| certificate.application == row.reference)
        .collect();
    // The order of the runs is the order of time; serial numbers are random.
    certificates.sort_by_key(|one| runs.iter().position(|run| run.id == one.run));
    Ok(Application {
        reference: row.reference.clone(),
        state: row.state,
        request: Request::from_row(row)?,
        created_at: row.created_at,
        changed_at: row.changed_at,
        approved_by: approvals.into_iter().map(|one| one.officer).collect(),
        certificates: certificates
            .into_iter()
            .map(|one| Certificate {
                serial: one.serial,
                card_serial: one.card_serial,
                status: one.status.word(),
                reason: one.status.code(),
                since: one.since,
            })
            .collect(),
        letter_due: row.state == State::Issued && runs.iter().any(RunRow::waits_for_first_letter),
    })
}
