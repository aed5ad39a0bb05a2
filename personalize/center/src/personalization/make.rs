//! The order of things while a card is made. Each step can be done again without harm.

use sello_issuing::possession::Statement;
use sello_issuing::station::{
    CardFault, Mark, Outcome, Refusal, Relay, Run, SEAL_SLOT, Start, Step,
};
use sello_profile::seal::SeSeal;
use sello_wire::pin::{FACTORY_PIN, FACTORY_PUK};
use sello_wire::{LifeCycle as WireLifeCycle, ObjectTag, PinPolicy, PinReference, Slot};
use serde_json::json;

use super::Station;
use super::attestation::{Evidence, Expected, NewKey, POLICY};
use super::begin::Begun;
use super::certify::Package;
use crate::Error;
use crate::audit::Entry;
use crate::card::{
    Card, Found, Given, Identity, Keys, NoChannel, certificate_object, objects, padded,
};

/// The slot of the first seal; [`SEAL_SLOT`] is its byte.
const SLOT: Slot = Slot::Signature;
const _: () = assert!(SLOT.to_byte() == SEAL_SLOT);

/// Makes the card behind a relay for an application.
///
/// What a card says before the channel is open decides nothing but what is refused at once: it is read
/// again inside.
pub(super) fn card(
    station: &mut Station<'_>,
    application: &str,
    relay: &mut dyn Relay,
) -> Result<Outcome, Error> {
    let mut card = Card::new(relay);
    let found = card.look().map_err(before)?;
    if found.plain_piv {
        return Err(Refusal::NotASealCard.into());
    }
    station.demand_admitted(application, &found)?;
    let keys = open(station, &mut card, application, found.serial)?;
    if card.look().map_err(before)? != found {
        return Err(Refusal::OtherCard.into());
    }
    let Begun { run, start, nonce } = station.begin_run(application, &found)?;
    let serial = found.serial;
    let mut maker = Maker {
        station,
        card,
        run,
        found,
    };
    let package = match start {
        Start::Fresh => {
            let request = maker.station.request(application)?;
            let dual_control = request.dual_control;
            maker.take_card(keys, request.contact_only)?;
            let attestation = maker.make_attestation_key()?;
            let key = maker.generate(application, &nonce, attestation, dual_control)?;
            let package = maker.certify(&key, dual_control)?;
            maker.complete(&package)?;
            package
        }
        Start::Continue => {
            let package = maker.station.stored_package(&maker.run)?;
            maker.complete(&package)?;
            package
        }
        _ => maker.station.stored_package(&maker.run)?,
    };
    maker.prove(&package)?;
    let run = maker.finish()?;
    Ok(Outcome { run, serial, start })
}

/// Opens the channel with whatever keys of ours the card has. What goes through a channel under the
/// factory's keys can be read by anybody, so those are taken of a card alone that never had others.
pub(super) fn open(
    station: &mut Station<'_>,
    card: &mut Card<'_>,
    application: &str,
    serial: [u8; 4],
) -> Result<Keys, Error> {
    let keys = card
        .open(&station.master, serial)
        .map_err(|error| no_channel(error, serial, None))?;
    let at = station.center.now()?;
    let number = hex::encode(serial);
    let mut transaction = station.center.ledger.begin()?;
    if keys == Keys::Own || !transaction.has_own_keys(&number)? {
        return Ok(keys);
    }
    transaction.append(Entry {
        at,
        actor: station.officer.name().to_owned(),
        action: "factory-keys-refused".to_owned(),
        subject: application.to_owned(),
        detail: json!({ "card": number }),
    })?;
    transaction.commit()?;
    let serial = u32::from_be_bytes(serial);
    Err(Refusal::FactoryKeys { serial }.into())
}

/// Everything a run works with.
struct Maker<'s, 'a, 'r> {
    station: &'s mut Station<'a>,
    card: Card<'r>,
    run: Run,
    found: Found,
}

impl Maker<'_, '_, '_> {
    /// From blank, or from an earlier attempt, to a clean card under keys of its own.
    fn take_card(&mut self, keys: Keys, contact_only: bool) -> Result<(), Error> {
        let serial = self.found.serial;
        self.mark(Step::ChannelKeys, Mark::Begun)?;
        if keys == Keys::Factory {
            let step = Some(Step::ChannelKeys);
            let failed = |error| no_channel(error, serial, step);
            let master = &self.station.master;
            self.card.put_own_keys(master, serial).map_err(failed)?;
            if self.card.open(master, serial).map_err(failed)? != Keys::Own {
                return Err(foreign_keys(serial));
            }
        }
        self.mark(Step::ChannelKeys, Mark::Done)?;
        self.step(Step::TakeCard, |card| {
            card.set_status(WireLifeCycle::Personalizing)?;
            card.set_card_policy(contact_only)
        })
    }

    /// The key by which the card will state where its other keys come from. That it was generated on the
    /// card is known from the answer alone, whose MAC only the card could make.
    fn make_attestation_key(&mut self) -> Result<Vec<u8>, Error> {
        const ATTESTATION: Slot = Slot::Attestation;
        let step = Step::AttestationKey;
        self.mark(step, Mark::Begun)?;
        let point = self.card.generate(ATTESTATION, None).map_err(at(step))?;
        let serial = self.found.serial;
        let der = self.station.certify_card(&self.run, serial, &point)?;
        let object = certificate_object(ObjectTag::certificate(ATTESTATION), &der)?;
        let put = self.card.put(object.tag, &object.content);
        put.map_err(at(step))?;
        self.mark(step, Mark::Done)?;
        Ok(der)
    }

    fn generate(
        &mut self,
        application: &str,
        nonce: &[u8; 32],
        attestation: Vec<u8>,
        dual_control: bool,
    ) -> Result<NewKey, Error> {
        let serial = self.found.serial;
        self.step(Step::GenerateKey, |card| {
            let point = card.generate(SLOT, Some(PinPolicy::Always))?;
            card.set_key_policy(SLOT, POLICY, dual_control)?;
            let statement = Statement {
                application,
                serial,
                slot: SEAL_SLOT,
                point: &point,
                nonce,
            };
            let possession = card.sign(SLOT, &statement.digest())?;
            let evidence = Evidence {
                card: attestation,
                key: card.attest(SLOT)?,
            };
            Ok(NewKey {
                point,
                possession,
                evidence,
            })
        })
    }

    fn certify(&mut self, key: &NewKey, dual_control: bool) -> Result<Package, Error> {
        let expected = Expected {
            serial: self.found.serial,
            point: &key.point,
            dual_control,
        };
        self.card.progress(Step::Certify, Mark::Begun);
        let package = self.station.certify_key(&self.run, key, &expected)?;
        self.card.progress(Step::Certify, Mark::Done);
        Ok(package)
    }

    /// Objects, codes, life cycle.
    fn complete(&mut self, package: &Package) -> Result<(), Error> {
        let operator = self.station.center.operator()?;
        let (_, until) = SeSeal::from_der(&package.seal)?.validity();
        let identity = Identity {
            guid: &package.guid,
            until,
            serial: u32::from_be_bytes(self.found.serial),
            holder: package.request.applicant.name(),
            seal: &package.request.seal_name,
            operator: &operator,
        };
        let objects = objects(
            &identity,
            &package.certificate,
            &package.chain,
            &package.seal,
        )?;
        self.step(Step::WriteObjects, |card| {
            for object in &objects {
                card.put(object.tag, &object.content)?;
            }
            let readable = |tag: ObjectTag| !tag.needs_pin_to_read();
            for object in objects.iter().filter(|object| readable(object.tag)) {
                if card.get(object.tag)?.as_ref() != Some(&object.content) {
                    let tag = object.tag.0;
                    return Err(CardFault::ReadBack { tag });
                }
            }
            Ok(())
        })?;
        self.set_codes(package)?;
        self.step(Step::Operational, |card| {
            card.set_status(WireLifeCycle::Operational)
        })
    }

    /// Codes of somebody else's would open the finished card: it is wiped instead, and the next run
    /// begins afresh.
    fn set_codes(&mut self, package: &Package) -> Result<(), Error> {
        let step = Step::SetCodes;
        self.mark(step, Mark::Begun)?;
        match set_codes(&mut self.card, package).map_err(at(step))? {
            Given::Right => self.mark(step, Mark::Done),
            Given::Wrong => {
                self.card
                    .set_status(WireLifeCycle::Personalizing)
                    .map_err(at(step))?;
                let serial = u32::from_be_bytes(self.found.serial);
                Err(Refusal::ForeignCodes { serial }.into())
            }
        }
    }

    /// The transport PIN of the letter opens the card. The right it gives is taken back at once.
    fn prove(&mut self, package: &Package) -> Result<(), Error> {
        let step = Step::ProvePin;
        self.mark(step, Mark::Begun)?;
        let pin = padded(&package.pin);
        if self.card.verify(&pin).map_err(at(step))? == Given::Wrong {
            let serial = u32::from_be_bytes(self.found.serial);
            return Err(Refusal::WrongPin { serial }.into());
        }
        self.card.log_out().map_err(at(step))?;
        self.mark(step, Mark::Done)
    }

    /// Reads the card once more: it has to be what the ledger says it is.
    fn finish(mut self) -> Result<Run, Error> {
        let card = self.card.look().map_err(at(Step::ProvePin))?;
        self.station.finish_run(&self.run, &card)?;
        Ok(self.run)
    }

    fn step<T>(
        &mut self,
        step: Step,
        work: impl FnOnce(&mut Card<'_>) -> Result<T, CardFault>,
    ) -> Result<T, Error> {
        self.mark(step, Mark::Begun)?;
        let result = work(&mut self.card).map_err(at(step))?;
        self.mark(step, Mark::Done)?;
        Ok(result)
    }

    /// What is not recorded must not happen: a refusal ends the run.
    fn mark(&mut self, step: Step, mark: Mark) -> Result<(), Error> {
        self.station.record_step(&self.run, step, mark)?;
        self.card.progress(step, mark);
        Ok(())
    }
}

fn at(step: Step) -> impl Fn(CardFault) -> Error {
    move |fault| {
        let step = Some(step);
        Refusal::Card { step, fault }.into()
    }
}

/// A fault before anything was done.
pub(super) fn before(fault: CardFault) -> Error {
    let step = None;
    Refusal::Card { step, fault }.into()
}

fn foreign_keys(serial: [u8; 4]) -> Error {
    let serial = u32::from_be_bytes(serial);
    Refusal::ForeignKeys { serial }.into()
}

fn no_channel(error: NoChannel, serial: [u8; 4], step: Option<Step>) -> Error {
    match error {
        NoChannel::ForeignKeys => foreign_keys(serial),
        NoChannel::Fault(fault) => Refusal::Card { step, fault }.into(),
        NoChannel::Center(error) => error,
    }
}

/// A value that is the factory's no longer must have been set by an earlier attempt of the same run,
/// whose codes do not change; so each is proved: who knew the PUK of a finished card could set its PIN.
fn set_codes(card: &mut Card<'_>, package: &Package) -> Result<Given, CardFault> {
    let (pin, puk) = (padded(&package.pin), padded(&package.puk));
    let old = match card.is_factory(PinReference::Puk)? {
        true => FACTORY_PUK,
        false => *puk,
    };
    if card.change(PinReference::Puk, &old, &puk)? == Given::Wrong {
        return Ok(Given::Wrong);
    }
    if let Some(approver) = &package.approver {
        card.set_approver(&padded(approver))?;
    }
    if card.is_factory(PinReference::Pin)? {
        card.change(PinReference::Pin, &FACTORY_PIN, &pin)
    } else {
        card.verify(&pin)
    }
}
