//! One card, one application, step by step.

use sello_card::{CardError, CardSession, CardStatus, Exclusive, ManagementKey, Pin, Puk, Tier};
use sello_issuing::possession::Statement;
use sello_issuing::station::{
    BeginAnswer, BeginRequest, Card, CenterLink, CertifyRequest, FinishRequest, LifeCycle as State,
    Mark, Package, Point, Refusal, Run, SEAL_SLOT, Start, Step, StepRequest,
};
use sello_wire::{LifeCycle, PinPolicy, PinReference, Slot};

use crate::error::StationError;
use crate::objects::Fitting;

/// The slot of the first seal; [`SEAL_SLOT`] is its byte.
const SLOT: Slot = Slot::Signature;
const _: () = assert!(SLOT.to_byte() == SEAL_SLOT);

/// A card that is made, and recorded as made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The run that made it.
    pub run: Run,
    /// The card's serial number.
    pub serial: u32,
    /// Where the run began.
    pub start: Start,
}

/// Personalizes the card of a session for an application.
///
/// `progress` hears each step when it begins and when it is done. Nobody else reaches the card from
/// the first to the last command.
///
/// # Errors
/// [`StationError`]. The same call with the same card goes on where this one stopped.
pub fn personalize(
    session: &mut CardSession,
    application: &str,
    link: &mut dyn CenterLink,
    progress: &mut dyn FnMut(Step, Mark),
) -> Result<Outcome, StationError> {
    let mut card = session.exclusive().map_err(StationError::Unreadable)?;
    let status = read_status(&mut card)?;
    let found = describe(&mut card, &status)?;
    let request = BeginRequest {
        application: application.to_owned(),
        card: found,
    };
    let answer = link.begin(&request).map_err(|refusal| match refusal {
        Refusal::CardState { .. } => already(&status),
        other => StationError::Refused(other),
    })?;
    let mut maker = Maker {
        card,
        link,
        progress,
        run: answer.run.clone(),
        status,
    };
    maker.make(application, &answer)?;
    Ok(Outcome {
        run: answer.run,
        serial: status.serial,
        start: answer.start,
    })
}

/// Blocked and terminated cards are refused here; an operational one may only lack its last proof,
/// which the center knows.
fn read_status(card: &mut Exclusive<'_>) -> Result<CardStatus, StationError> {
    match card.status().map_err(StationError::Unreadable)? {
        Tier::Plain => Err(StationError::NotASelloCard),
        Tier::Sello(status) => match status.life_cycle {
            LifeCycle::Blocked | LifeCycle::Terminated => Err(already(&status)),
            LifeCycle::Blank | LifeCycle::Personalizing | LifeCycle::Operational => Ok(status),
        },
    }
}

const fn already(status: &CardStatus) -> StationError {
    StationError::AlreadyPersonalized {
        serial: status.serial,
        life_cycle: status.life_cycle,
    }
}

fn describe(card: &mut Exclusive<'_>, status: &CardStatus) -> Result<Card, StationError> {
    let point = match card.metadata(SLOT) {
        Ok(metadata) => metadata.point.map(|point| Point(point.to_vec())),
        Err(CardError::NoKey { .. }) => None,
        Err(error) => return Err(StationError::Unreadable(error)),
    };
    Ok(Card {
        serial: status.serial.to_be_bytes(),
        life_cycle: match status.life_cycle {
            LifeCycle::Blank => State::Blank,
            LifeCycle::Personalizing => State::Personalizing,
            LifeCycle::Operational => State::Operational,
            LifeCycle::Blocked => State::Blocked,
            LifeCycle::Terminated => State::Terminated,
        },
        point,
    })
}

/// Everything a run works with.
struct Maker<'a, 's> {
    card: Exclusive<'s>,
    link: &'a mut dyn CenterLink,
    progress: &'a mut dyn FnMut(Step, Mark),
    run: Run,
    status: CardStatus,
}

impl Maker<'_, '_> {
    fn make(&mut self, application: &str, answer: &BeginAnswer) -> Result<(), StationError> {
        let key = ManagementKey::new(answer.management_key.expose())?;
        let package = match answer.start {
            Start::Fresh => {
                self.take_card(&key)?;
                let request = self.generate(application, &answer.nonce)?;
                (self.progress)(Step::Certify, Mark::Begun);
                let package = self.link.certify(&request)?;
                (self.progress)(Step::Certify, Mark::Done);
                self.complete(&package, &request.point)?;
                package
            }
            Start::Continue => {
                self.authenticate(Step::WriteObjects, &[&key])?;
                let package = self.link.package(&self.run)?;
                let point = self.point()?;
                self.complete(&package, &point)?;
                package
            }
            Start::Prove => self.link.package(&self.run)?,
            _ => return Err(StationError::UnknownStart),
        };
        self.prove(&package)?;
        let status = read_status(&mut self.card)?;
        let card = describe(&mut self.card, &status)?;
        let run = self.run.clone();
        Ok(self.link.finish(&FinishRequest { run, card })?)
    }

    /// From blank, or from an earlier attempt, to a clean card under the center's key.
    fn take_card(&mut self, key: &ManagementKey) -> Result<(), StationError> {
        let factory = ManagementKey::factory();
        self.begin(Step::TakeCard)?;
        match self.status.life_cycle {
            LifeCycle::Blank => self.authenticate(Step::TakeCard, &[&factory])?,
            _ => self.authenticate(Step::TakeCard, &[key, &factory])?,
        }
        self.card
            .set_status(LifeCycle::Personalizing)
            .map_err(at(Step::TakeCard))?;
        self.done(Step::TakeCard)?;

        self.step(Step::ManagementKey, |card| {
            card.set_management_key(key)?;
            card.authenticate_management(key)
        })
    }

    /// Tries keys in order; the card counts no tries of its management key.
    fn authenticate(&mut self, step: Step, keys: &[&ManagementKey]) -> Result<(), StationError> {
        for key in keys {
            match self.card.authenticate_management(key) {
                Ok(()) => return Ok(()),
                Err(CardError::WrongManagementKey) => {}
                Err(error) => return Err(at(step)(error)),
            }
        }
        Err(StationError::ForeignManagementKey {
            serial: self.status.serial,
        })
    }

    fn generate(
        &mut self,
        application: &str,
        nonce: &[u8; 32],
    ) -> Result<CertifyRequest, StationError> {
        let serial = self.status.serial.to_be_bytes();
        let run = self.run.clone();
        self.step(Step::GenerateKey, |card| {
            let point = card.generate_key(SLOT, PinPolicy::Always)?;
            let statement = Statement {
                application,
                serial,
                slot: SEAL_SLOT,
                point: &point,
                nonce,
            };
            let possession = card.sign(SLOT, &statement.digest())?;
            Ok(CertifyRequest {
                run,
                point: Point(point.to_vec()),
                possession,
            })
        })
    }

    /// The key the card holds now.
    fn point(&mut self) -> Result<Point, StationError> {
        let metadata = self.card.metadata(SLOT).map_err(at(Step::WriteObjects))?;
        metadata
            .point
            .map(|point| Point(point.to_vec()))
            .ok_or(StationError::Card {
                step: Step::WriteObjects,
                error: CardError::NoKey { slot: SLOT },
            })
    }

    /// Objects, codes, life cycle: each can be done again without harm.
    fn complete(&mut self, package: &Package, point: &Point) -> Result<(), StationError> {
        let misfit = |reason| StationError::Misfit { reason };
        let fitting = Fitting::check(&package.objects, &point.0).map_err(misfit)?;
        let pin = Pin::new(package.pin.expose())?;
        let puk = Puk::new(package.puk.expose())?;
        self.begin(Step::WriteObjects)?;
        fitting
            .write(&mut self.card, SLOT)
            .map_err(at(Step::WriteObjects))?;
        fitting
            .read_back(&mut self.card, SLOT)
            .map_err(at(Step::WriteObjects))?
            .map_err(misfit)?;
        self.done(Step::WriteObjects)?;
        self.set_codes(&pin, &puk)?;
        self.step(Step::Operational, |card| {
            card.set_status(LifeCycle::Operational)
        })
    }

    /// Codes of somebody else's would open the finished card: it is wiped instead, and the next run
    /// begins afresh.
    fn set_codes(&mut self, pin: &Pin, puk: &Puk) -> Result<(), StationError> {
        self.begin(Step::SetCodes)?;
        match set_codes(&mut self.card, pin, puk) {
            Ok(()) => self.done(Step::SetCodes),
            Err(
                CardError::WrongPin { .. }
                | CardError::WrongPuk { .. }
                | CardError::PinBlocked
                | CardError::PukBlocked,
            ) => {
                self.card
                    .set_status(LifeCycle::Personalizing)
                    .map_err(at(Step::SetCodes))?;
                Err(StationError::ForeignCodes {
                    serial: self.status.serial,
                })
            }
            Err(error) => Err(at(Step::SetCodes)(error)),
        }
    }

    /// The transport PIN of the letter opens the card. The right it gives is taken back at once.
    fn prove(&mut self, package: &Package) -> Result<(), StationError> {
        let pin = Pin::new(package.pin.expose())?;
        self.step(Step::ProvePin, |card| {
            card.verify_pin(&pin)?;
            card.logout()
        })
    }

    fn step<T>(
        &mut self,
        step: Step,
        work: impl FnOnce(&mut Exclusive<'_>) -> Result<T, CardError>,
    ) -> Result<T, StationError> {
        self.begin(step)?;
        let result = work(&mut self.card).map_err(at(step))?;
        self.done(step)?;
        Ok(result)
    }

    fn begin(&mut self, step: Step) -> Result<(), StationError> {
        self.mark(step, Mark::Begun)
    }

    fn done(&mut self, step: Step) -> Result<(), StationError> {
        self.mark(step, Mark::Done)
    }

    /// What is not recorded must not happen: a refusal ends the run.
    fn mark(&mut self, step: Step, mark: Mark) -> Result<(), StationError> {
        let run = self.run.clone();
        self.link.record(&StepRequest { run, step, mark })?;
        (self.progress)(step, mark);
        Ok(())
    }
}

fn at(step: Step) -> impl Fn(CardError) -> StationError {
    move |error| StationError::Card { step, error }
}

/// A value that is the factory's no longer must have been set by an earlier attempt of the same run,
/// whose codes do not change. An unfinished card lets anybody change the factory's codes, so each is
/// proved: who knew the PUK of a finished card could set its PIN.
fn set_codes(card: &mut Exclusive<'_>, pin: &Pin, puk: &Puk) -> Result<(), CardError> {
    if card.is_factory(PinReference::Puk)? == Some(false) {
        card.change_puk(puk, puk)?;
    } else {
        card.change_puk(&Puk::factory(), puk)?;
    }
    if card.is_factory(PinReference::Pin)? == Some(false) {
        card.verify_pin(pin)
    } else {
        card.change_pin(&Pin::factory(), pin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{APPLICATION, FakeCard, FakeCenter, SERIAL};
    use sello_card::TransportError;

    fn run(card: &FakeCard, center: &mut FakeCenter) -> Result<Outcome, StationError> {
        personalize(&mut card.insert(), APPLICATION, center, &mut |_, _| {})
    }

    fn assert_made(card: &FakeCard, center: &FakeCenter) {
        let memory = card.memory();
        assert_eq!(memory.life_cycle, LifeCycle::Operational);
        assert_eq!(memory.management_key, [0x42; 32]);
        assert_eq!(&memory.pin, b"482915\xFF\xFF");
        assert_eq!(&memory.puk, b"73920184");
        // Certificate, CHUID, CCC, two chunks, one chain certificate, directory.
        assert_eq!(memory.objects.len(), 7);
        assert!(center.finished);
    }

    #[test]
    fn a_blank_card_is_made_step_by_step() {
        let (card, mut center) = (FakeCard::blank(), FakeCenter::default());
        let mut heard = Vec::new();
        let outcome = personalize(
            &mut card.insert(),
            APPLICATION,
            &mut center,
            &mut |step, mark| heard.push((step, mark)),
        )
        .unwrap();
        assert_eq!((outcome.serial, outcome.start), (SERIAL, Start::Fresh));
        assert_made(&card, &center);
        let every = Step::ALL
            .into_iter()
            .flat_map(|step| [(step, Mark::Begun), (step, Mark::Done)]);
        assert_eq!(heard, every.collect::<Vec<_>>());
        // The center records its own step itself.
        heard.retain(|(step, _)| *step != Step::Certify);
        assert_eq!(center.marks, heard);
    }

    #[test]
    fn torn_away_after_any_command_the_next_run_completes_the_card() {
        let mut seen = Vec::new();
        for commands in 1.. {
            let (card, mut center) = (FakeCard::blank(), FakeCenter::default());
            let mut session = card.insert();
            card.memory().torn_after = Some(commands);
            let first = personalize(&mut session, APPLICATION, &mut center, &mut |_, _| {});
            if first.is_ok() {
                break;
            }
            assert!(!center.finished, "finished without its card, {commands}");
            let again = run(&card, &mut center)
                .unwrap_or_else(|error| panic!("after {commands} commands: {error}"));
            seen.push(again.start);
            assert_made(&card, &center);
        }
        for start in [Start::Fresh, Start::Continue, Start::Prove] {
            assert!(seen.contains(&start), "{start:?} never happened");
        }
    }

    /// A card torn away before its codes were set, as somebody else finds it.
    fn card_without_codes(center: &mut FakeCenter) -> FakeCard {
        let card = FakeCard::blank();
        center.refuses = Some(Step::SetCodes);
        run(&card, center).unwrap_err();
        center.refuses = None;
        card
    }

    #[test]
    fn a_card_with_codes_of_somebody_else_is_wiped_and_made_afresh() {
        type Meddle = fn(&mut FakeCard);
        let meddlings: [Meddle; 2] = [
            |card| card.memory().puk = *b"66666666",
            |card| card.memory().pin = *b"666666\xFF\xFF",
        ];
        for meddle in meddlings {
            let mut center = FakeCenter::default();
            let mut card = card_without_codes(&mut center);
            meddle(&mut card);
            assert_eq!(
                run(&card, &mut center),
                Err(StationError::ForeignCodes { serial: SERIAL })
            );
            let memory = card.memory();
            assert_eq!(memory.life_cycle, LifeCycle::Personalizing);
            assert!(memory.key.is_none());
            drop(memory);
            assert!(!center.finished);
            assert_eq!(run(&card, &mut center).unwrap().start, Start::Fresh);
            assert_made(&card, &center);
        }
    }

    #[test]
    fn a_finished_card_is_refused_and_nothing_changes() {
        let (card, mut center) = (FakeCard::blank(), FakeCenter::default());
        run(&card, &mut center).unwrap();
        let before = card.memory().changes.len();
        assert_eq!(
            run(&card, &mut center),
            Err(StationError::AlreadyPersonalized {
                serial: SERIAL,
                life_cycle: LifeCycle::Operational
            })
        );
        assert_eq!(card.memory().changes.len(), before);
        assert_eq!(center.certifications, 1);
    }

    #[test]
    fn blocked_and_terminated_cards_are_refused_before_the_center_is_asked() {
        for life_cycle in [LifeCycle::Blocked, LifeCycle::Terminated] {
            let (card, mut center) = (FakeCard::blank(), FakeCenter::default());
            card.memory().life_cycle = life_cycle;
            assert_eq!(
                run(&card, &mut center),
                Err(StationError::AlreadyPersonalized {
                    serial: SERIAL,
                    life_cycle
                })
            );
            assert!(center.starts.is_empty());
        }
    }

    #[test]
    fn another_centers_card_is_left_alone() {
        let (card, mut center) = (FakeCard::blank(), FakeCenter::default());
        card.memory().life_cycle = LifeCycle::Personalizing;
        card.memory().management_key = vec![0x99; 32];
        assert_eq!(
            run(&card, &mut center),
            Err(StationError::ForeignManagementKey { serial: SERIAL })
        );
        assert_eq!(card.memory().changes, []);
    }

    #[test]
    fn what_the_center_does_not_record_does_not_happen() {
        let (card, mut center) = (FakeCard::blank(), FakeCenter::default());
        center.refuses = Some(Step::GenerateKey);
        assert!(matches!(
            run(&card, &mut center),
            Err(StationError::Refused(Refusal::OutOfOrder { .. }))
        ));
        assert!(card.memory().key.is_none());
    }

    #[test]
    fn a_card_pulled_is_named_with_its_step() {
        let (card, mut center) = (FakeCard::blank(), FakeCenter::default());
        let mut session = card.insert();
        card.memory().torn_after = Some(4);
        let error = personalize(&mut session, APPLICATION, &mut center, &mut |_, _| {});
        assert_eq!(
            error,
            Err(StationError::Card {
                step: Step::TakeCard,
                error: CardError::Transport(TransportError::Removed)
            })
        );
    }
}
