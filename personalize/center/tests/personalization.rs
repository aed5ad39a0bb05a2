//! Making cards: killed anywhere, resumed or begun anew, never two live certificates.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code,
    unreachable_pub,
    missing_docs
)]

mod common;

use common::{FakeCard, Fuse, Stop, World, refused};
use sello_center::Error;
use sello_issuing::possession::Statement;
use sello_issuing::state::State;
use sello_issuing::station::{
    BeginRequest, CenterLink, CertifyRequest, FinishRequest, LifeCycle, Mark, Point, Refusal, Run,
    SEAL_SLOT, Start, Step, StepRequest,
};
use sello_profile::ecdsa;
use sello_profile::seal::SeSeal;

/// What must hold whenever a card is complete.
fn check_complete(world: &mut World, reference: &str, card: &FakeCard) {
    let application = world.center.application(reference).unwrap();
    assert_eq!(application.state, State::Issued);
    let (live, dead): (Vec<_>, Vec<_>) = application
        .certificates
        .iter()
        .partition(|one| one.status != "revoked");
    assert_eq!(live.len(), 1, "one live certificate");
    assert_eq!(live[0].status, "hold");
    assert!(
        dead.iter().all(|one| one.reason == Some(4)),
        "the others are superseded"
    );
    let certificate = card.certificate.as_ref().unwrap();
    let point = ecdsa::certificate_point(certificate).unwrap();
    assert_eq!(Some(point.to_vec()), card.point());
    let (ca, _) = world.center.certificates().unwrap();
    let ca_point = ecdsa::certificate_point(&ca).unwrap();
    ecdsa::check_certificate(certificate, &ca_point).unwrap();
    let seal = SeSeal::from_der(card.seal.as_ref().unwrap()).unwrap();
    seal.check_signature().unwrap();
    assert!(seal.lists(certificate));
    let letter = world.center.letter(&world.ana, reference).unwrap();
    assert_eq!(letter.pin.expose(), card.pin);
    assert_eq!(letter.puk.expose(), card.puk);
    assert_ne!(card.pin, b"123456");
    world.center.verify_audit().unwrap();
}

#[test]
fn a_run_without_trouble() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let reference = world.approved();
    let start = world
        .personalize(&reference, &mut card, &mut Fuse::never())
        .unwrap();
    assert_eq!(start, Start::Fresh);
    check_complete(&mut world, &reference, &card);
    let application = world.center.application(&reference).unwrap();
    assert_eq!(application.certificates.len(), 1);
    let folder = world.center.home().path().join("issued");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 2);
}

#[test]
fn killed_at_every_step_and_run_again() {
    let mut starts = Vec::new();
    for steps in 0.. {
        let mut world = World::new();
        let mut card = FakeCard::new(1);
        let reference = world.approved();
        match world.personalize(&reference, &mut card, &mut Fuse::after(steps)) {
            Ok(_) => break,
            Err(Stop::Killed) => {}
            Err(Stop::Refused(refusal)) => panic!("{refusal}"),
        }
        let mut world = world.reopen();
        if world.center.application(&reference).unwrap().state != State::Issued {
            let start = world.personalize(&reference, &mut card, &mut Fuse::never());
            starts.push(start.unwrap());
        }
        check_complete(&mut world, &reference, &card);
    }
    // The script dies in 24 places; each kind of beginning occurs among them, in this order.
    assert_eq!(starts.len(), 24);
    assert!(starts.is_sorted_by_key(|start| match start {
        Start::Fresh => 0,
        Start::Continue => 1,
        _ => 2,
    }));
    for start in [Start::Fresh, Start::Continue, Start::Prove] {
        assert!(starts.contains(&start), "{start:?}");
    }
}

#[test]
fn killed_twice_at_every_pair_of_steps() {
    for first in (0..24).step_by(5) {
        for second in (0..24).step_by(5) {
            let mut world = World::new();
            let mut card = FakeCard::new(1);
            let reference = world.approved();
            for steps in [first, second] {
                let _ = world.personalize(&reference, &mut card, &mut Fuse::after(steps));
                world = world.reopen();
            }
            if world.center.application(&reference).unwrap().state != State::Issued {
                world
                    .personalize(&reference, &mut card, &mut Fuse::never())
                    .unwrap();
            }
            check_complete(&mut world, &reference, &card);
        }
    }
}

#[test]
fn when_the_key_is_gone_its_certificate_is_revoked_first() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let reference = world.approved();
    let killed = world.personalize(&reference, &mut card, &mut Fuse::after(13));
    assert!(matches!(killed, Err(Stop::Killed)));
    assert_eq!(
        world
            .center
            .application(&reference)
            .unwrap()
            .certificates
            .len(),
        1
    );
    // Someone wiped the card meanwhile.
    card.wipe();
    let start = world
        .personalize(&reference, &mut card, &mut Fuse::never())
        .unwrap();
    assert_eq!(start, Start::Fresh);
    check_complete(&mut world, &reference, &card);
    let statuses: Vec<_> = world
        .center
        .application(&reference)
        .unwrap()
        .certificates
        .iter()
        .map(|one| (one.status, one.reason))
        .collect();
    assert_eq!(statuses, [("revoked", Some(4)), ("hold", Some(6))]);
}

#[test]
fn another_blank_card_replaces_a_dead_one() {
    let mut world = World::new();
    let mut dead = FakeCard::new(1);
    let reference = world.approved();
    let _ = world.personalize(&reference, &mut dead, &mut Fuse::after(15));
    let mut card = FakeCard::new(2);
    world
        .personalize(&reference, &mut card, &mut Fuse::never())
        .unwrap();
    check_complete(&mut world, &reference, &card);
    // The dead one comes back to life: too late.
    let refusal = refused(world.personalize(&reference, &mut dead, &mut Fuse::never()));
    assert!(matches!(
        refusal,
        Refusal::ApplicationState {
            state: State::Issued,
            ..
        }
    ));
}

#[test]
fn only_an_approved_application_gets_a_card() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let reference = world.apply();
    for _ in 0..2 {
        let refusal = refused(world.personalize(&reference, &mut card, &mut Fuse::never()));
        assert!(matches!(refusal, Refusal::ApplicationState { .. }));
        let _ = world.center.approve(&world.ana, &reference);
    }
    let refusal = refused(world.personalize("A-000099", &mut card, &mut Fuse::never()));
    assert_eq!(
        refusal,
        Refusal::UnknownApplication {
            application: "A-000099".into()
        }
    );
    assert_eq!(card.life_cycle, LifeCycle::Blank);
}

#[test]
fn a_personalized_card_is_refused_and_nothing_changes() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let owner = world.issued(&mut card);
    let second = world.approved();
    let before = world.center.verify_audit().unwrap();
    let refusal = refused(world.personalize(&second, &mut card, &mut Fuse::never()));
    assert_eq!(refusal, Refusal::CardTaken { application: owner });
    // A card of another center, which this ledger has never seen.
    for life_cycle in [
        LifeCycle::Operational,
        LifeCycle::Blocked,
        LifeCycle::Terminated,
    ] {
        let mut foreign = FakeCard::new(9);
        foreign.life_cycle = life_cycle;
        let refusal = refused(world.personalize(&second, &mut foreign, &mut Fuse::never()));
        assert_eq!(refusal, Refusal::CardState { life_cycle });
    }
    assert_eq!(world.center.verify_audit().unwrap(), before);
}

#[test]
fn a_card_in_the_making_is_not_taken_for_another_application() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let first = world.approved();
    let second = world.approved();
    let _ = world.personalize(&first, &mut card, &mut Fuse::after(4));
    let refusal = refused(world.personalize(&second, &mut card, &mut Fuse::never()));
    assert_eq!(refusal, Refusal::CardTaken { application: first });
}

/// Brings a run to the point where a key is to be certified.
fn to_key(link: &mut dyn CenterLink, card: &mut FakeCard, reference: &str) -> (Run, [u8; 32]) {
    let answer = link
        .begin(&BeginRequest {
            application: reference.into(),
            card: card.report(),
        })
        .unwrap();
    for step in [Step::TakeCard, Step::ManagementKey, Step::GenerateKey] {
        for mark in [Mark::Begun, Mark::Done] {
            let run = answer.run.clone();
            link.record(&StepRequest { run, step, mark }).unwrap();
        }
    }
    card.wipe();
    card.generate();
    (answer.run, answer.nonce)
}

fn certify(card: &FakeCard, run: &Run, statement: Statement<'_>) -> CertifyRequest {
    CertifyRequest {
        run: run.clone(),
        point: Point(card.point().unwrap()),
        possession: card.sign(&statement.digest()),
    }
}

#[test]
fn a_key_is_certified_only_with_its_proof() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let reference = world.approved();
    let mut link = world.center.station(&world.ana).unwrap();
    let (run, nonce) = to_key(&mut link, &mut card, &reference);
    let point = card.point().unwrap();
    let right = Statement {
        application: &reference,
        serial: card.serial,
        slot: SEAL_SLOT,
        point: &point,
        nonce: &nonce,
    };
    let wrong = [
        Statement {
            nonce: &[0; 32],
            ..right
        },
        Statement {
            serial: [9; 4],
            ..right
        },
        Statement {
            application: "A-000002",
            ..right
        },
        Statement {
            slot: 0x82,
            ..right
        },
    ];
    for statement in wrong {
        let request = certify(&card, &run, statement);
        assert_eq!(link.certify(&request).err(), Some(Refusal::Possession));
    }
    let mut no_point = certify(&card, &run, right);
    no_point.point.0[64] ^= 1;
    assert_eq!(link.certify(&no_point).err(), Some(Refusal::Possession));
    let request = certify(&card, &run, right);
    let first = link.certify(&request).ok().unwrap();
    // A lost answer: the same question gets the same answer, not a second certificate.
    let second = link.certify(&request).ok().unwrap();
    assert_eq!(first.objects, second.objects);
    assert_eq!(first.pin.expose(), second.pin.expose());
    // Another key in the same run does not.
    card.generate();
    let point = card.point().unwrap();
    let other = certify(
        &card,
        &run,
        Statement {
            point: &point,
            ..right
        },
    );
    assert_eq!(link.certify(&other).err(), Some(Refusal::OtherCard));
}

#[test]
fn a_key_is_never_certified_twice() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    world.issued(&mut card);
    let key = card.key.clone();
    let reference = world.approved();
    let mut clone = FakeCard::new(2);
    let mut link = world.center.station(&world.ana).unwrap();
    let (run, nonce) = to_key(&mut link, &mut clone, &reference);
    clone.key = key;
    let point = clone.point().unwrap();
    let statement = Statement {
        application: &reference,
        serial: clone.serial,
        slot: SEAL_SLOT,
        point: &point,
        nonce: &nonce,
    };
    let request = certify(&clone, &run, statement);
    assert_eq!(link.certify(&request).err(), Some(Refusal::KeyKnown));
}

#[test]
fn steps_come_in_order() {
    let mut world = World::new();
    let card = FakeCard::new(1);
    let reference = world.approved();
    let mut link = world.center.station(&world.ana).unwrap();
    let answer = link
        .begin(&BeginRequest {
            application: reference,
            card: card.report(),
        })
        .unwrap();
    let mut record = |step, mark| {
        let run = answer.run.clone();
        link.record(&StepRequest { run, step, mark })
    };
    let due = |step| Err(Refusal::OutOfOrder { step });
    assert_eq!(record(Step::TakeCard, Mark::Done), due(Step::TakeCard));
    assert_eq!(
        record(Step::ManagementKey, Mark::Begun),
        due(Step::ManagementKey)
    );
    assert_eq!(record(Step::Certify, Mark::Begun), due(Step::Certify));
    assert_eq!(record(Step::TakeCard, Mark::Begun), Ok(()));
    assert_eq!(record(Step::TakeCard, Mark::Begun), Ok(()));
    assert_eq!(
        record(Step::ManagementKey, Mark::Begun),
        due(Step::ManagementKey)
    );
    let run = Run("other".into());
    let unknown = link.record(&StepRequest {
        run: run.clone(),
        step: Step::TakeCard,
        mark: Mark::Done,
    });
    assert_eq!(unknown, Err(Refusal::UnknownRun { run }));
}

#[test]
fn a_run_is_finished_with_its_own_card_complete() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let reference = world.approved();
    let _ = world.personalize(&reference, &mut card, &mut Fuse::after(21));
    assert_eq!(card.life_cycle, LifeCycle::Operational);
    let mut link = world.center.station(&world.ana).unwrap();
    let run = link
        .begin(&BeginRequest {
            application: reference,
            card: card.report(),
        })
        .unwrap()
        .run;
    let mut finish = |change: fn(&mut sello_issuing::station::Card)| {
        let mut report = card.report();
        change(&mut report);
        let run = run.clone();
        link.finish(&FinishRequest { run, card: report })
    };
    assert_eq!(finish(|card| card.serial[0] = 1), Err(Refusal::OtherCard));
    assert_eq!(finish(|card| card.point = None), Err(Refusal::OtherCard));
    let life_cycle = LifeCycle::Personalizing;
    assert_eq!(
        finish(|card| card.life_cycle = LifeCycle::Personalizing),
        Err(Refusal::CardState { life_cycle })
    );
    // The PIN is not proved yet.
    assert_eq!(
        finish(|_| {}),
        Err(Refusal::OutOfOrder {
            step: Step::ProvePin
        })
    );
}

#[test]
fn codes_are_given_for_the_letter_and_then_erased() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let reference = world.approved();
    let none = |result: Result<_, Error>| matches!(result, Err(Error::NoCodes(_)));
    assert!(none(world.center.letter(&world.ana, &reference).map(drop)));
    world
        .personalize(&reference, &mut card, &mut Fuse::never())
        .unwrap();
    assert!(world.center.application(&reference).unwrap().letter_due);
    world.center.letter(&world.ana, &reference).unwrap();
    world.center.letter(&world.eva, &reference).unwrap();
    world.center.letter_made(&world.ana, &reference).unwrap();
    assert!(none(world.center.letter(&world.ana, &reference).map(drop)));
    assert!(none(world.center.letter_made(&world.ana, &reference)));
    assert!(!world.center.application(&reference).unwrap().letter_due);
    world.center.verify_audit().unwrap();
}
