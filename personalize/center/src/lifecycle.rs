//! What happens to a seal after its card is made.

use sello_issuing::state::{Event, State};
use sello_profile::crl::CrlReason;
use serde_json::{Value, json};

use crate::center::{advance, find};
use crate::ledger::{CertificateRow, CertificateStatus, RunState, Transaction};
use crate::signer::Signer;
use crate::{Center, Error, Officer, revocation};

/// Why a seal is ended (RFC 5280, 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationReason {
    /// No reason given.
    Unspecified,
    /// Someone else may hold or use the key.
    KeyCompromise,
    /// Name or affiliation of the holder has changed.
    AffiliationChanged,
    /// Replaced by another.
    Superseded,
    /// Not needed any more.
    CessationOfOperation,
    /// The right to it was withdrawn.
    PrivilegeWithdrawn,
}

impl RevocationReason {
    fn code(self) -> CrlReason {
        match self {
            Self::Unspecified => CrlReason::Unspecified,
            Self::KeyCompromise => CrlReason::KeyCompromise,
            Self::AffiliationChanged => CrlReason::AffiliationChanged,
            Self::Superseded => CrlReason::Superseded,
            Self::CessationOfOperation => CrlReason::CessationOfOperation,
            Self::PrivilegeWithdrawn => CrlReason::PrivilegeWithdrawn,
        }
    }
}

/// What a card in the reader tells when it is activated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardEvidence {
    /// Serial number.
    pub serial: [u8; 4],
    /// Whether the transport PIN is still in force.
    pub transport_pin: bool,
    /// Public key in 9C, an uncompressed point.
    pub point: Option<Vec<u8>>,
}

impl Center {
    /// The custodian has the card: its certificate leaves the revocation list. With `card`, the
    /// card in the reader must be the right one, with a PIN of the custodian's own.
    ///
    /// # Errors
    /// [`Error::OtherCard`], [`Error::CardKey`], [`Error::TransportPin`], [`Error::Forbidden`] or
    /// [`Error::UnknownApplication`].
    pub fn activate(
        &mut self,
        officer: &Officer,
        reference: &str,
        card: Option<&CardEvidence>,
    ) -> Result<(), Error> {
        self.change(officer, reference, Event::Activate, |live| {
            if let Some(card) = card {
                check_card(live, card)?;
            }
            Ok((
                CertificateStatus::Good,
                json!({ "card_seen": card.is_some() }),
            ))
        })
    }

    /// The card is lost: its certificate goes on hold.
    ///
    /// # Errors
    /// [`Error::Forbidden`] or [`Error::UnknownApplication`].
    pub fn report_loss(&mut self, officer: &Officer, reference: &str) -> Result<(), Error> {
        self.change(officer, reference, Event::ReportLoss, |_| {
            Ok((CertificateStatus::Hold, json!({})))
        })
    }

    /// The card was found: its certificate leaves the list again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] or [`Error::UnknownApplication`].
    pub fn reinstate(&mut self, officer: &Officer, reference: &str) -> Result<(), Error> {
        self.change(officer, reference, Event::Reinstate, |_| {
            Ok((CertificateStatus::Good, json!({})))
        })
    }

    /// The seal is ended.
    ///
    /// # Errors
    /// [`Error::Forbidden`] or [`Error::UnknownApplication`].
    pub fn revoke(
        &mut self,
        officer: &Officer,
        reference: &str,
        reason: RevocationReason,
    ) -> Result<(), Error> {
        self.change(officer, reference, Event::Revoke, |_| {
            Ok((CertificateStatus::Revoked(reason.code()), json!({})))
        })
    }

    /// Moves application, certificate, list and log in one transaction, then publishes the list.
    fn change(
        &mut self,
        officer: &Officer,
        reference: &str,
        event: Event,
        decide: impl FnOnce(&CertificateRow) -> Result<(CertificateStatus, Value), Error>,
    ) -> Result<(), Error> {
        let ca = officer.ca(&self.home)?;
        let at = self.now()?;
        let mut transaction = self.ledger.begin()?;
        let row = find(transaction.as_mut(), reference)?;
        let next = row.state.after(event)?;
        let mut detail = json!({});
        if let Some(live) = live_certificate(transaction.as_mut(), reference)? {
            let (status, facts) = decide(&live)?;
            detail = facts;
            let changed = set_status(transaction.as_mut(), ca.as_ref(), &live, status, at)?;
            merge(&mut detail, changed.facts);
            if matches!(next, State::Active | State::Revoked) {
                // Nobody needs the codes of the letter any more.
                close_run(transaction.as_mut(), reference)?;
            }
            advance(
                transaction.as_mut(),
                &row,
                event,
                officer.name(),
                at,
                detail,
            )?;
            transaction.commit()?;
            return revocation::publish(&self.home, &changed.list);
        }
        if event != Event::Revoke {
            return Err(Error::Stored {
                what: "live certificate",
            });
        }
        // Stopped before there was a certificate: nothing to put on the list.
        close_run(transaction.as_mut(), reference)?;
        advance(
            transaction.as_mut(),
            &row,
            event,
            officer.name(),
            at,
            detail,
        )?;
        transaction.commit()
    }
}

/// A changed status, with the list that tells it and what the log says.
pub(crate) struct Changed {
    pub(crate) list: Vec<u8>,
    pub(crate) facts: Value,
}

/// Sets a certificate's status and makes the list that says so.
pub(crate) fn set_status(
    transaction: &mut dyn Transaction,
    ca: &dyn Signer,
    certificate: &CertificateRow,
    status: CertificateStatus,
    at: i64,
) -> Result<Changed, Error> {
    transaction.set_certificate_status(&certificate.serial, status, at)?;
    let list = revocation::issue(transaction, ca, at)?;
    Ok(Changed {
        list: list.der,
        facts: json!({
            "certificate": {
                "serial": certificate.serial,
                "status": status.word(),
                "reason": status.code(),
            },
            "crl": list.facts,
        }),
    })
}

/// The one certificate of an application that is not revoked.
pub(crate) fn live_certificate(
    transaction: &mut dyn Transaction,
    reference: &str,
) -> Result<Option<CertificateRow>, Error> {
    Ok(transaction.certificates()?.into_iter().find(|row| {
        row.application == reference && !matches!(row.status, CertificateStatus::Revoked(_))
    }))
}

/// Adds facts to a detail.
pub(crate) fn merge(detail: &mut Value, facts: Value) {
    if let (Some(detail), Value::Object(facts)) = (detail.as_object_mut(), facts) {
        detail.extend(facts);
    }
}

fn close_run(transaction: &mut dyn Transaction, reference: &str) -> Result<(), Error> {
    for run in transaction.runs(reference)? {
        if run.state == RunState::Open {
            transaction.set_run_state(&run.id, RunState::Superseded)?;
        }
        if run.codes.is_some() {
            transaction.set_run_codes(&run.id, None)?;
        }
    }
    Ok(())
}

fn check_card(live: &CertificateRow, card: &CardEvidence) -> Result<(), Error> {
    let found = hex::encode(card.serial);
    if found != live.card_serial {
        return Err(Error::OtherCard {
            found,
            expected: live.card_serial.clone(),
        });
    }
    if card.point.as_ref().map(hex::encode).as_ref() != Some(&live.point) {
        return Err(Error::CardKey);
    }
    if card.transport_pin {
        return Err(Error::TransportPin);
    }
    Ok(())
}
