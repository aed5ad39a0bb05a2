//! Where a station begins: afresh, in the middle, or at the end.

use sello_issuing::state::{Event, State};
use sello_issuing::station::{LifeCycle, Mark, Refusal, Run, Start, Step};
use sello_profile::crl::CrlReason;
use serde_json::json;

use super::steps::is_done;
use super::{Station, certificate_of};
use crate::application::Request;
use crate::card::Found;
use crate::center::{advance, find};
use crate::ledger::{ApplicationRow, CertificateStatus, RunRow, RunState, Transaction};
use crate::lifecycle::{merge, set_status};
use crate::signer::Signer;
use crate::{Error, random, revocation};

/// A run that is open now.
pub(super) struct Begun {
    pub(super) run: Run,
    pub(super) start: Start,
    /// To be part of the possession statement.
    pub(super) nonce: [u8; 32],
}

impl Station<'_> {
    /// Whether a card may be made for the application, and with this one. Changes nothing.
    pub(super) fn demand_admitted(&mut self, application: &str, card: &Found) -> Result<(), Error> {
        let mut transaction = self.center.ledger.begin()?;
        let row = admitted(transaction.as_mut(), application, card)?;
        let open = open_of(transaction.as_mut(), &row)?;
        place(transaction.as_mut(), open.as_ref(), card).map(drop)
    }

    /// What was applied for.
    pub(super) fn request(&mut self, application: &str) -> Result<Request, Error> {
        let mut transaction = self.center.ledger.begin()?;
        let row = find(transaction.as_mut(), application)?;
        Request::from_row(&row)
    }

    /// Opens a run, or finds the one that goes on.
    pub(super) fn begin_run(&mut self, application: &str, card: &Found) -> Result<Begun, Error> {
        let at = self.center.now()?;
        let mut transaction = self.center.ledger.begin()?;
        let row = admitted(transaction.as_mut(), application, card)?;
        let open = open_of(transaction.as_mut(), &row)?;
        let start = place(transaction.as_mut(), open.as_ref(), card)?;
        let mut detail = json!({ "card": hex::encode(card.serial), "start": start_word(start) });
        let mut list = None;
        let run = match (start, open) {
            (Start::Continue | Start::Prove, Some(run)) => run,
            (_, earlier) => {
                if let Some(earlier) = earlier {
                    list = supersede(
                        transaction.as_mut(),
                        self.ca.as_ref(),
                        &earlier,
                        at,
                        &mut detail,
                    )?;
                }
                new_run(transaction.as_mut(), &row, card, at)?
            }
        };
        if start == Start::Prove {
            // An operational card has its codes and its life cycle: it would not be one otherwise.
            for step in [Step::WriteObjects, Step::SetCodes, Step::Operational] {
                transaction.record_step(&run.id, step, Mark::Done, at)?;
            }
        }
        merge(&mut detail, json!({ "run": run.id }));
        let actor = self.officer.name();
        advance(
            transaction.as_mut(),
            &row,
            Event::Personalize,
            actor,
            at,
            detail,
        )?;
        transaction.commit()?;
        if let Some(list) = list {
            revocation::publish(&self.center.home, &list)?;
        }
        Ok(Begun {
            run: Run(run.id),
            start,
            nonce: run.nonce,
        })
    }
}

/// The application's open run.
fn open_of(
    transaction: &mut dyn Transaction,
    application: &ApplicationRow,
) -> Result<Option<RunRow>, Error> {
    Ok(transaction
        .runs(&application.reference)?
        .into_iter()
        .find(|run| run.state == RunState::Open))
}

/// The application, if a card may be made for it, and with this one.
fn admitted(
    transaction: &mut dyn Transaction,
    application: &str,
    card: &Found,
) -> Result<ApplicationRow, Error> {
    let row = find(transaction, application)?;
    if !matches!(row.state, State::Approved | State::Personalizing) {
        return Err(Refusal::ApplicationState {
            application: row.reference,
            state: row.state,
        }
        .into());
    }
    let serial = hex::encode(card.serial);
    let live = transaction.certificates()?.into_iter().find(|one| {
        one.card_serial == serial && !matches!(one.status, CertificateStatus::Revoked(_))
    });
    let open = transaction.open_run_of_card(&serial)?;
    let other = live
        .map(|one| one.application)
        .into_iter()
        .chain(open.map(|run| run.application))
        .find(|application| *application != row.reference);
    if let Some(application) = other {
        return Err(Refusal::CardTaken { application }.into());
    }
    Ok(row)
}

/// Compares the card with what is stored.
fn place(
    transaction: &mut dyn Transaction,
    open: Option<&RunRow>,
    card: &Found,
) -> Result<Start, Error> {
    let refused = Refusal::CardState {
        life_cycle: card.life_cycle,
    };
    let same_key = match open {
        Some(run) if run.card_serial == hex::encode(card.serial) => {
            let stored = certificate_of(transaction, &run.id)?.map(|one| one.point);
            stored.is_some() && stored == card.point.as_ref().map(hex::encode)
        }
        _ => false,
    };
    match (card.life_cycle, open) {
        (LifeCycle::Personalizing, _) if same_key => Ok(Start::Continue),
        (LifeCycle::Blank | LifeCycle::Personalizing, _) => Ok(Start::Fresh),
        // Only this run can have made it operational, and not before its codes were set.
        (LifeCycle::Operational, Some(run))
            if same_key && is_begun(transaction, &run.id, Step::Operational)? =>
        {
            Ok(Start::Prove)
        }
        _ => Err(refused.into()),
    }
}

fn is_begun(transaction: &mut dyn Transaction, run: &str, step: Step) -> Result<bool, Error> {
    let steps = transaction.steps(run)?;
    Ok(is_done(&steps, step)
        || steps
            .iter()
            .any(|row| row.step == step.word() && row.mark == Mark::Begun.word()))
}

/// Gives an earlier run up; its certificate, whose key is gone, is revoked before there is another.
fn supersede(
    transaction: &mut dyn Transaction,
    ca: &dyn Signer,
    earlier: &RunRow,
    at: i64,
    detail: &mut serde_json::Value,
) -> Result<Option<Vec<u8>>, Error> {
    transaction.set_run_state(&earlier.id, RunState::Superseded)?;
    transaction.set_run_codes(&earlier.id, None)?;
    merge(detail, json!({ "superseded_run": earlier.id }));
    let Some(certificate) = certificate_of(transaction, &earlier.id)? else {
        return Ok(None);
    };
    let status = CertificateStatus::Revoked(CrlReason::Superseded);
    let changed = set_status(transaction, ca, &certificate, status, at)?;
    merge(detail, changed.facts);
    Ok(Some(changed.list))
}

fn new_run(
    transaction: &mut dyn Transaction,
    application: &ApplicationRow,
    card: &Found,
    at: i64,
) -> Result<RunRow, Error> {
    let run = RunRow {
        id: hex::encode(random::bytes::<8>()?),
        application: application.reference.clone(),
        card_serial: hex::encode(card.serial),
        state: RunState::Open,
        nonce: random::bytes()?,
        guid: uuid_v4()?,
        codes: None,
        started_at: at,
    };
    transaction.insert_run(&run)?;
    Ok(run)
}

/// A random UUID (RFC 9562, 5.4), as SP 800-73-5 asks of a CHUID's GUID.
fn uuid_v4() -> Result<[u8; 16], Error> {
    let mut uuid: [u8; 16] = random::bytes()?;
    if let Some(version) = uuid.get_mut(6) {
        *version = (*version & 0x0f) | 0x40;
    }
    if let Some(variant) = uuid.get_mut(8) {
        *variant = (*variant & 0x3f) | 0x80;
    }
    Ok(uuid)
}

fn start_word(start: Start) -> &'static str {
    match start {
        Start::Continue => "continue",
        Start::Prove => "prove",
        _ => "fresh",
    }
}
