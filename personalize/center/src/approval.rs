//! Applying, approving, rejecting.

use sello_issuing::state::{Event, State};
use serde_json::json;

use crate::application::{Request, content_hash};
use crate::audit::Entry;
use crate::center::{advance, find};
use crate::ledger::{ApplicationRow, Approval};
use crate::{Center, Error, Officer};

/// Longest reason given for a rejection, in characters.
const MAX_REASON: usize = 500;

impl Center {
    /// Receives an application; gives its reference. Anyone may apply.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn apply(&mut self, request: &Request) -> Result<String, Error> {
        let at = self.now()?;
        let mut transaction = self.ledger.begin()?;
        let last = transaction
            .applications()?
            .last()
            .map_or(0, |row| row.number);
        let number = last.saturating_add(1);
        let row = ApplicationRow {
            number,
            reference: format!("A-{number:06}"),
            state: State::Applied,
            request: serde_json::to_string(request)
                .map_err(|_| Error::Stored { what: "request" })?,
            picture: request.picture.clone(),
            created_at: at,
            changed_at: at,
        };
        transaction.insert_application(&row)?;
        transaction.append(Entry {
            at,
            actor: "applicant".to_owned(),
            action: "apply".to_owned(),
            subject: row.reference.clone(),
            detail: json!({ "to": State::Applied.word(), "content": content_hash(&row) }),
        })?;
        transaction.commit()?;
        Ok(row.reference)
    }

    /// Approves, as the first or the second officer; gives the new state.
    ///
    /// # Errors
    /// [`Error::SameOfficer`], [`Error::Forbidden`] or [`Error::UnknownApplication`].
    pub fn approve(&mut self, officer: &Officer, reference: &str) -> Result<State, Error> {
        let at = self.now()?;
        let mut transaction = self.ledger.begin()?;
        let row = find(transaction.as_mut(), reference)?;
        row.state.after(Event::Approve)?;
        let approvals = transaction.approvals(reference)?;
        if approvals.iter().any(|one| one.officer == officer.name()) {
            return Err(Error::SameOfficer {
                officer: officer.name().to_owned(),
                application: reference.to_owned(),
            });
        }
        transaction.insert_approval(&Approval {
            application: reference.to_owned(),
            officer: officer.name().to_owned(),
            approved_at: at,
        })?;
        let detail = json!({ "content": content_hash(&row) });
        let next = advance(
            transaction.as_mut(),
            &row,
            Event::Approve,
            officer.name(),
            at,
            detail,
        )?;
        transaction.commit()?;
        Ok(next)
    }

    /// Rejects an application for which no card has been begun.
    ///
    /// # Errors
    /// [`Error::Value`] for a reason too long; [`Error::Forbidden`] or
    /// [`Error::UnknownApplication`].
    pub fn reject(
        &mut self,
        officer: &Officer,
        reference: &str,
        reason: &str,
    ) -> Result<(), Error> {
        if reason.chars().count() > MAX_REASON {
            return Err(Error::Value {
                what: "reason",
                why: "it must have at most 500 characters",
            });
        }
        let at = self.now()?;
        let mut transaction = self.ledger.begin()?;
        let row = find(transaction.as_mut(), reference)?;
        let detail = json!({ "reason": reason });
        advance(
            transaction.as_mut(),
            &row,
            Event::Reject,
            officer.name(),
            at,
            detail,
        )?;
        transaction.commit()
    }
}
