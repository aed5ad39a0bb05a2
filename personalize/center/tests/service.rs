//! Cards after they were delivered: a new PIN, and the end.
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

use common::{FakeCard, Fuse, World, home, passphrase, query_text, request};
use sello_center::{Center, Error, RevocationReason};
use sello_issuing::state::State;
use sello_issuing::station::{
    CardFault, CardLost, CenterLink, LifeCycle as Said, Mark, Refusal, Relay, Service, Step, Whose,
};
use sello_wire::{Instruction, LifeCycle};

fn unblock(
    world: &mut World,
    reference: &str,
    whose: Whose,
    card: &mut FakeCard,
    fuse: Fuse,
) -> Result<[u8; 4], Refusal> {
    card.insert(fuse);
    let mut link = world.center.station(&world.ana).unwrap();
    link.unblock(reference, whose, card)
}

fn terminate(world: &mut World, reference: &str, card: &mut FakeCard) -> Result<[u8; 4], Refusal> {
    card.insert(Fuse::Never);
    let mut link = world.center.station(&world.ana).unwrap();
    link.terminate(reference, card)
}

/// A delivered card whose letter was made.
fn delivered(world: &mut World, card: &mut FakeCard, dual_control: bool) -> String {
    let request = request().with_dual_control(dual_control);
    let reference = world.center.apply(&request).unwrap();
    world.center.approve(&world.ana, &reference).unwrap();
    world.center.approve(&world.eva, &reference).unwrap();
    world.personalize(&reference, card, Fuse::Never).unwrap();
    world.center.letter_made(&world.ana, &reference).unwrap();
    world.center.activate(&world.ana, &reference, None).unwrap();
    card.pin = *b"000000\xFF\xFF";
    reference
}

#[test]
fn a_blocked_pin_is_replaced_and_the_letter_says_by_what() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let reference = delivered(&mut world, &mut card, false);
    let serial = unblock(
        &mut world,
        &reference,
        Whose::Custodian,
        &mut card,
        Fuse::Never,
    );
    assert_eq!(serial, Ok([0, 0, 0, 1]));
    let letter = world.center.new_pin_letter(&world.eva, &reference).unwrap();
    assert_eq!(letter.whose, Whose::Custodian);
    assert_eq!(letter.pin.expose(), &card.pin[..6]);
    assert_ne!(&card.pin[..6], b"000000");
    assert!(!card.cable.windows(6).any(|bytes| bytes == &card.pin[..6]));
    world
        .center
        .new_pin_letter_made(&world.eva, &reference)
        .unwrap();
    let gone = world.center.new_pin_letter(&world.eva, &reference);
    assert!(matches!(gone.err(), Some(Error::NoCodes(_))));
    world.center.verify_audit().unwrap();
}

#[test]
fn the_first_letter_is_not_made_again_in_place_of_a_new_pins() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let reference = world.issued(&mut card);
    assert!(world.center.application(&reference).unwrap().letter_due);
    world.center.letter_made(&world.ana, &reference).unwrap();
    let whose = Whose::Custodian;
    unblock(&mut world, &reference, whose, &mut card, Fuse::Never).unwrap();
    assert!(!world.center.application(&reference).unwrap().letter_due);
    let again = world.center.letter_made(&world.ana, &reference);
    assert!(matches!(again, Err(Error::NoCodes(_))));
    let letter = world.center.new_pin_letter(&world.ana, &reference).unwrap();
    assert_eq!(letter.pin.expose(), &card.pin[..6]);
}

#[test]
fn torn_anywhere_card_and_letter_end_with_the_same_pin() {
    for commands in 0.. {
        let mut world = World::new();
        let mut card = FakeCard::new(1);
        let reference = delivered(&mut world, &mut card, false);
        let whose = Whose::Custodian;
        let fuse = Fuse::Answering(commands);
        let first = unblock(&mut world, &reference, whose, &mut card, fuse);
        let over = first.is_ok();
        if !over {
            let fault = CardFault::Lost;
            assert_eq!(first, Err(Refusal::Card { step: None, fault }));
            // Had the card taken it, it stays the one.
            let taken = card.pin;
            let mut world_again = world.reopen();
            unblock(&mut world_again, &reference, whose, &mut card, Fuse::Never).unwrap();
            assert!(taken == card.pin || taken == *b"000000\xFF\xFF");
            world = world_again;
        }
        let letter = world.center.new_pin_letter(&world.ana, &reference);
        assert_eq!(letter.ok().unwrap().pin.expose(), &card.pin[..6]);
        if over {
            assert!(commands > 5);
            break;
        }
    }
}

#[test]
fn an_approver_gets_a_pin_only_where_there_is_one() {
    let mut world = World::new();
    let (mut single, mut double) = (FakeCard::new(1), FakeCard::new(2));
    let one = delivered(&mut world, &mut single, false);
    let two = delivered(&mut world, &mut double, true);
    let whose = Whose::Approver;
    assert_eq!(
        unblock(&mut world, &one, whose, &mut single, Fuse::Never),
        Err(Refusal::NoApprover { application: one })
    );
    double.approver = None;
    unblock(&mut world, &two, whose, &mut double, Fuse::Never).unwrap();
    let letter = world.center.new_pin_letter(&world.ana, &two).ok().unwrap();
    assert_eq!(letter.whose, whose);
    assert_eq!(letter.pin.expose(), &double.approver.unwrap()[..6]);
    assert_eq!(&double.pin[..6], b"000000");
    // The other's PIN would take the place of this one, which waits for its letter.
    let whose = Whose::Custodian;
    assert_eq!(
        unblock(&mut world, &two, whose, &mut double, Fuse::Never),
        Err(Refusal::LetterDue { application: two })
    );
}

#[test]
fn only_the_right_card_in_the_right_state_gets_a_pin() {
    let mut world = World::new();
    let (mut card, mut other) = (FakeCard::new(1), FakeCard::new(2));
    let reference = delivered(&mut world, &mut card, false);
    delivered(&mut world, &mut other, false);
    let whose = Whose::Custodian;
    let before = world.center.verify_audit().unwrap();
    assert_eq!(
        unblock(&mut world, &reference, whose, &mut other, Fuse::Never),
        Err(Refusal::OtherCard)
    );
    let mut foreign = FakeCard::new(1);
    foreign.life_cycle = LifeCycle::Operational;
    foreign.keys = sello_scp03::Key::new(&[9; 32])
        .ok()
        .map(|key| sello_scp03::StaticKeys::single(&key));
    assert_eq!(
        unblock(&mut world, &reference, whose, &mut foreign, Fuse::Never),
        Err(Refusal::ForeignKeys { serial: 1 })
    );
    assert!(other.changes.last() != Some(&Instruction::CenterUnblock));
    assert_eq!(world.center.verify_audit().unwrap(), before);
    // One that knows what everybody knows, and would be told the new PIN.
    let mut pretender = FakeCard::new(1);
    pretender.life_cycle = LifeCycle::Operational;
    pretender.key = card.key.clone();
    assert_eq!(
        unblock(&mut world, &reference, whose, &mut pretender, Fuse::Never),
        Err(Refusal::FactoryKeys { serial: 1 })
    );
    assert!(pretender.changes.is_empty());
    assert!(world.center.new_pin_letter(&world.ana, &reference).is_err());
    world.center.report_loss(&world.ana, &reference).unwrap();
    assert_eq!(
        unblock(&mut world, &reference, whose, &mut card, Fuse::Never),
        Err(Refusal::ServiceState {
            application: reference,
            state: State::Suspended,
            service: Service::Unblock,
        })
    );
    // The first letter comes first.
    let mut new = FakeCard::new(3);
    let reference = world.issued(&mut new);
    assert_eq!(
        unblock(&mut world, &reference, whose, &mut new, Fuse::Never),
        Err(Refusal::LetterDue {
            application: reference
        })
    );
}

/// Somebody who works at the center while the card is in the reader.
struct Meanwhile<'c> {
    card: &'c mut FakeCard,
    act: Option<Box<dyn FnOnce() + 'c>>,
}

impl Relay for Meanwhile<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardLost> {
        if let Some(act) = self.act.take() {
            act();
        }
        self.card.transmit(command)
    }

    fn progress(&mut self, step: Step, mark: Mark) {
        self.card.progress(step, mark);
    }
}

#[test]
fn a_seal_revoked_while_its_card_is_in_the_reader_gets_no_pin() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let reference = delivered(&mut world, &mut card, false);
    card.insert(Fuse::Never);
    let folder = home(&world.folder);
    let mut relay = Meanwhile {
        card: &mut card,
        act: Some(Box::new(|| {
            let mut center = Center::open(folder).unwrap();
            let eva = center.log_in("eva", &passphrase("eva")).unwrap();
            let reason = RevocationReason::KeyCompromise;
            center.revoke(&eva, &reference, reason).unwrap();
        })),
    };
    let unblocked =
        world
            .center
            .station(&world.ana)
            .unwrap()
            .unblock(&reference, Whose::Custodian, &mut relay);
    drop(relay);
    assert!(unblocked.is_err(), "{unblocked:?}");
    assert_eq!(card.pin, *b"000000\xFF\xFF");
    let letter = world.center.new_pin_letter(&world.ana, &reference);
    assert!(matches!(letter.err(), Some(Error::NoCodes(_))));
}

#[test]
fn a_card_that_is_not_in_use_gets_no_pin() {
    for (state, life_cycle) in [
        (LifeCycle::Terminated, Said::Terminated),
        (LifeCycle::Blocked, Said::Blocked),
        (LifeCycle::Blank, Said::Blank),
    ] {
        let mut world = World::new();
        let mut card = FakeCard::new(1);
        let reference = delivered(&mut world, &mut card, false);
        card.life_cycle = state;
        let whose = Whose::Custodian;
        assert_eq!(
            unblock(&mut world, &reference, whose, &mut card, Fuse::Never),
            Err(Refusal::NotInUse { life_cycle })
        );
    }
}

#[test]
fn a_card_whose_last_answer_was_lost_is_ended_in_the_log_too() {
    let lines = "SELECT group_concat(detail) AS answer FROM audit WHERE action = 'terminate'";
    for commands in 1.. {
        let mut world = World::new();
        let mut card = FakeCard::new(1);
        let reference = delivered(&mut world, &mut card, false);
        let reason = RevocationReason::CessationOfOperation;
        world.center.revoke(&world.ana, &reference, reason).unwrap();
        card.insert(Fuse::Answering(commands));
        let mut link = world.center.station(&world.ana).unwrap();
        let first = link.terminate(&reference, &mut card);
        drop(link);
        terminate(&mut world, &reference, &mut card).unwrap();
        assert_eq!(card.life_cycle, LifeCycle::Terminated);
        let database = world.folder.path().join("center/center.db");
        let said = query_text(&database, lines);
        assert_eq!(said.matches(r#""mark":"done""#).count(), 1, "{said}");
        world.center.verify_audit().unwrap();
        if first.is_ok() {
            assert!(commands > 3);
            break;
        }
    }
}

#[test]
fn a_card_ends_only_with_its_seal_and_the_log_says_so() {
    let mut world = World::new();
    let (mut card, mut other) = (FakeCard::new(1), FakeCard::new(2));
    let reference = delivered(&mut world, &mut card, false);
    delivered(&mut world, &mut other, false);
    assert_eq!(
        terminate(&mut world, &reference, &mut card),
        Err(Refusal::ServiceState {
            application: reference.clone(),
            state: State::Active,
            service: Service::Terminate,
        })
    );
    let reason = RevocationReason::CessationOfOperation;
    world.center.revoke(&world.ana, &reference, reason).unwrap();
    assert_eq!(
        terminate(&mut world, &reference, &mut other),
        Err(Refusal::OtherCard)
    );
    assert_eq!(other.life_cycle, LifeCycle::Operational);
    for _ in 0..2 {
        assert_eq!(
            terminate(&mut world, &reference, &mut card),
            Ok([0, 0, 0, 1])
        );
        assert_eq!(card.life_cycle, LifeCycle::Terminated);
    }
    let database = world.folder.path().join("center/center.db");
    let lines = "SELECT COUNT(*) AS answer FROM audit WHERE action = 'terminate'";
    assert_eq!(query_text(&database, lines), "2");
    world.center.verify_audit().unwrap();
}
