//! What the center does to a card after it was delivered.

use sello_issuing::state::State;
use sello_issuing::station::{CardFault, LifeCycle, Mark, Refusal, Relay, Service, Whose};
use sello_wire::{LifeCycle as WireLifeCycle, PinReference};
use serde_json::{Value, json};

use super::Station;
use super::codes::{new_pin, open_new_pin};
use super::make::{before, open};
use crate::Error;
use crate::application::Request;
use crate::audit::Entry;
use crate::card::{Card, Found, padded};
use crate::center::find;
use crate::ledger::{CertificateRow, CertificateStatus, RunRow, RunState, Transaction};
use crate::lifecycle::merge;
use crate::vault::CenterKey;

/// The action's word in the log.
const TERMINATE: &str = "terminate";

/// Gives the custodian or the approver a new transport PIN, stored before the card gets it.
pub(super) fn unblock(
    station: &mut Station<'_>,
    application: &str,
    whose: Whose,
    relay: &mut dyn Relay,
) -> Result<[u8; 4], Error> {
    station.demand_unblockable(application, whose)?;
    let mut card = Card::new(relay);
    let found = opened(station, &mut card, application)?;
    station.demand_certified(application, &found)?;
    let code = station.stored_pin(application, whose)?;
    let reference = match whose {
        Whose::Custodian => PinReference::Pin,
        Whose::Approver => PinReference::Approver,
    };
    card.unblock(reference, &code).map_err(before)?;
    let detail = json!({ "card": hex::encode(found.serial), "whose": whose });
    station.log("unblock", application, Mark::Done, detail)?;
    Ok(found.serial)
}

/// Ends a card whose seal is revoked. Its journal can still be read and attested.
pub(super) fn terminate(
    station: &mut Station<'_>,
    application: &str,
    relay: &mut dyn Relay,
) -> Result<[u8; 4], Error> {
    let certificates = station.demand_revoked(application)?;
    let mut card = Card::new(relay);
    let found = card.look().map_err(before)?;
    let serial = hex::encode(found.serial);
    if !certificates.iter().any(|one| one.card_serial == serial) {
        return Err(Refusal::OtherCard.into());
    }
    let detail = json!({ "card": serial });
    if found.life_cycle == LifeCycle::Terminated {
        station.log_terminated(application, &detail)?;
        return Ok(found.serial);
    }
    open(station, &mut card, application, found.serial)?;
    station.log(TERMINATE, application, Mark::Begun, detail.clone())?;
    card.set_status(WireLifeCycle::Terminated).map_err(before)?;
    if card.look().map_err(before)?.life_cycle != LifeCycle::Terminated {
        return Err(before(CardFault::Channel));
    }
    station.log(TERMINATE, application, Mark::Done, detail)?;
    Ok(found.serial)
}

/// The card in use as it says within the channel.
fn opened(
    station: &mut Station<'_>,
    card: &mut Card<'_>,
    application: &str,
) -> Result<Found, Error> {
    let found = card.look().map_err(before)?;
    if found.plain_piv {
        return Err(Refusal::NotASealCard.into());
    }
    if found.life_cycle != LifeCycle::Operational {
        let life_cycle = found.life_cycle;
        return Err(Refusal::NotInUse { life_cycle }.into());
    }
    open(station, card, application, found.serial)?;
    let inside = card.look().map_err(before)?;
    if inside == found {
        Ok(inside)
    } else {
        Err(Refusal::OtherCard.into())
    }
}

impl Station<'_> {
    /// Said before anybody's card is opened.
    fn demand_unblockable(&mut self, application: &str, whose: Whose) -> Result<(), Error> {
        let mut transaction = self.center.ledger.begin()?;
        unblockable(transaction.as_mut(), self.officer.key(), application, whose).map(drop)
    }

    fn demand_certified(&mut self, application: &str, found: &Found) -> Result<(), Error> {
        let mut transaction = self.center.ledger.begin()?;
        let live = certificates(transaction.as_mut(), application)?
            .into_iter()
            .find(|one| !matches!(one.status, CertificateStatus::Revoked(_)));
        let same = live.is_some_and(|one| {
            one.card_serial == hex::encode(found.serial)
                && found.point.as_ref().map(hex::encode) == Some(one.point)
        });
        if same {
            Ok(())
        } else {
            Err(Refusal::OtherCard.into())
        }
    }

    /// The new PIN that waits for its letter, stored now if it does not yet. Meanwhile another officer may
    /// have revoked the seal, or set the other PIN.
    fn stored_pin(
        &mut self,
        application: &str,
        whose: Whose,
    ) -> Result<zeroize::Zeroizing<[u8; sello_wire::pin::LENGTH]>, Error> {
        let key = self.officer.key();
        let at = self.center.now()?;
        let mut transaction = self.center.ledger.begin()?;
        let run = unblockable(transaction.as_mut(), key, application, whose)?;
        if let Some(waiting) = open_new_pin(key, &run)? {
            return Ok(padded(&waiting.pin));
        }
        let codes = new_pin(key, &run.id, whose)?;
        transaction.set_run_codes(&run.id, Some(&codes))?;
        let detail = json!({ "card": run.card_serial, "whose": whose });
        transaction.append(entry(
            self.officer.name(),
            at,
            "unblock",
            application,
            Mark::Begun,
            detail,
        ))?;
        transaction.commit()?;
        let codes = Some(codes);
        let stored = RunRow { codes, ..run };
        let waiting = open_new_pin(key, &stored)?.ok_or(Error::Stored { what: "codes" })?;
        Ok(padded(&waiting.pin))
    }

    fn demand_revoked(&mut self, application: &str) -> Result<Vec<CertificateRow>, Error> {
        let mut transaction = self.center.ledger.begin()?;
        let row = find(transaction.as_mut(), application)?;
        if row.state != State::Revoked {
            return Err(wrong_state(application, row.state, Service::Terminate));
        }
        let certificates = certificates(transaction.as_mut(), application)?;
        let live = transaction
            .certificates()?
            .into_iter()
            .filter(|one| !matches!(one.status, CertificateStatus::Revoked(_)));
        // A card that was made again for another application is that application's now.
        let taken: Vec<_> = live.map(|one| one.card_serial).collect();
        Ok(certificates
            .into_iter()
            .filter(|one| !taken.contains(&one.card_serial))
            .collect())
    }

    /// A card whose answer was lost, or that was ended elsewhere. It has no channel any more in which it
    /// could prove it: the line says that it only said so.
    fn log_terminated(&mut self, application: &str, card: &Value) -> Result<(), Error> {
        let mut transaction = self.center.ledger.begin()?;
        let told = transaction.lines()?.into_iter().any(|line| {
            let detail: Value = serde_json::from_str(&line.detail).unwrap_or_default();
            line.action == TERMINATE
                && line.subject == application
                && detail.get("card") == card.get("card")
                && detail.get("mark").and_then(Value::as_str) == Some(Mark::Done.word())
        });
        drop(transaction);
        if told {
            return Ok(());
        }
        let mut detail = card.clone();
        merge(&mut detail, json!({ "by": "the card's own word" }));
        self.log(TERMINATE, application, Mark::Done, detail)
    }

    fn log(
        &mut self,
        action: &str,
        application: &str,
        mark: Mark,
        detail: Value,
    ) -> Result<(), Error> {
        let at = self.center.now()?;
        let mut transaction = self.center.ledger.begin()?;
        let actor = self.officer.name();
        transaction.append(entry(actor, at, action, application, mark, detail))?;
        transaction.commit()
    }
}

/// The finished run of an application whose card may get a new PIN.
fn unblockable(
    transaction: &mut dyn Transaction,
    key: &CenterKey,
    application: &str,
    whose: Whose,
) -> Result<RunRow, Error> {
    let row = find(transaction, application)?;
    if !matches!(row.state, State::Issued | State::Active) {
        return Err(wrong_state(application, row.state, Service::Unblock));
    }
    if whose == Whose::Approver && !Request::from_row(&row)?.dual_control {
        let application = application.to_owned();
        return Err(Refusal::NoApprover { application }.into());
    }
    let run = finished(transaction, application)?;
    let pending = open_new_pin(key, &run)?;
    // The codes of a first letter would be lost; and a new PIN that waits for its letter is the one.
    let same = pending.is_some_and(|pending| pending.whose == whose);
    if run.codes.is_some() && !same {
        let application = application.to_owned();
        return Err(Refusal::LetterDue { application }.into());
    }
    Ok(run)
}

fn entry(
    actor: &str,
    at: i64,
    action: &str,
    application: &str,
    mark: Mark,
    mut detail: Value,
) -> Entry {
    if let Some(facts) = detail.as_object_mut() {
        facts.insert("mark".to_owned(), mark.word().into());
    }
    Entry {
        at,
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: application.to_owned(),
        detail,
    }
}

fn wrong_state(application: &str, state: State, service: Service) -> Error {
    let application = application.to_owned();
    Refusal::ServiceState {
        application,
        state,
        service,
    }
    .into()
}

fn certificates(
    transaction: &mut dyn Transaction,
    application: &str,
) -> Result<Vec<CertificateRow>, Error> {
    let mut all = transaction.certificates()?;
    all.retain(|one| one.application == application);
    Ok(all)
}

/// The run that made the application's card.
pub(super) fn finished(
    transaction: &mut dyn Transaction,
    application: &str,
) -> Result<RunRow, Error> {
    transaction
        .runs(application)?
        .into_iter()
        .rfind(|run| run.state == RunState::Finished)
        .ok_or(Error::Stored {
            what: "finished run",
        })
}
