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

use common::{FakeCard, Fuse, Stop, World, execute, query_text, refused, request};
use der::{DecodePem, Encode};
use p256::ecdsa::SigningKey;
use sello_center::Error;
use sello_issuing::state::State;
use sello_issuing::station::{
    AttestationFault, CardFault, LifeCycle as Said, Mark, Refusal, Start, Step,
};
use sello_profile::attestation::CardCertificate;
use sello_profile::ecdsa;
use sello_profile::seal::SeSeal;
use sello_scp03::StaticKeys;
use sello_wire::{Instruction, LifeCycle, Tag, tlv};

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
    assert_eq!(card.life_cycle, LifeCycle::Operational);
    let certificate = &card.certificate();
    let point = ecdsa::certificate_point(certificate).unwrap();
    assert_eq!(Some(point.to_vec()), card.point());
    let (ca, _) = world.center.certificates().unwrap();
    let ca_point = ecdsa::certificate_point(&ca).unwrap();
    ecdsa::check_certificate(certificate, &ca_point).unwrap();
    let seal = SeSeal::from_der(&card.seal()).unwrap();
    seal.check_signature().unwrap();
    assert!(seal.lists(certificate));
    let letter = world.center.letter(&world.ana, reference).unwrap();
    assert_eq!(letter.pin.expose(), &card.pin[..6]);
    assert_eq!(letter.puk.expose(), card.puk);
    assert_eq!(card.pin[6..], [0xFF; 2]);
    assert_ne!(&card.pin[..6], b"123456");
    // A station that listens learns neither.
    for code in [&card.pin[..6], &card.puk[..]] {
        assert!(!card.cable.windows(code.len()).any(|bytes| bytes == code));
    }
    world.center.verify_audit().unwrap();
}

#[test]
fn a_run_without_trouble() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let reference = world.approved();
    let start = world
        .personalize(&reference, &mut card, Fuse::never())
        .unwrap();
    assert_eq!(start, Start::Fresh);
    check_complete(&mut world, &reference, &card);
    let application = world.center.application(&reference).unwrap();
    assert_eq!(application.certificates.len(), 1);
    let folder = world.center.home().path().join("issued");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 2);
}

#[test]
fn steps_are_recorded_and_told_in_order() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    world.issued(&mut card);
    let every = Step::ALL
        .into_iter()
        .flat_map(|step| [(step, Mark::Begun), (step, Mark::Done)]);
    assert_eq!(card.heard, every.collect::<Vec<_>>());
}

/// Tears the card at every command, then makes it whole; gives where each second run began.
fn torn_everywhere(fuse: fn(usize) -> Fuse) -> Vec<Start> {
    let mut starts = Vec::new();
    for commands in 0.. {
        let mut world = World::new();
        let mut card = FakeCard::new(1);
        let reference = world.approved();
        match world.personalize(&reference, &mut card, fuse(commands)) {
            Ok(_) => break,
            Err(Stop::Killed) => {}
            Err(Stop::Refused(refusal)) => panic!("{refusal}"),
        }
        let mut world = world.reopen();
        let start = world.personalize(&reference, &mut card, Fuse::never());
        starts.push(start.unwrap());
        check_complete(&mut world, &reference, &card);
    }
    starts
}

fn check_starts(starts: &[Start]) {
    assert!(starts.len() > 30, "{}", starts.len());
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
fn torn_before_any_command_the_next_run_completes_the_card() {
    check_starts(&torn_everywhere(Fuse::Before));
}

#[test]
fn torn_after_any_command_the_next_run_completes_the_card() {
    check_starts(&torn_everywhere(Fuse::Answering));
}

#[test]
fn torn_twice_anywhere_the_third_run_completes_the_card() {
    for first in (0..50).step_by(11) {
        for second in (1..50).step_by(12) {
            let mut world = World::new();
            let mut card = FakeCard::new(1);
            let reference = world.approved();
            for fuse in [Fuse::Answering(first), Fuse::Before(second)] {
                let _ = world.personalize(&reference, &mut card, fuse);
                world = world.reopen();
            }
            if world.center.application(&reference).unwrap().state != State::Issued {
                world
                    .personalize(&reference, &mut card, Fuse::never())
                    .unwrap();
            }
            check_complete(&mut world, &reference, &card);
        }
    }
}

/// The certificate is stored, and nothing of it on the card.
const CERTIFIED: Fuse = Fuse::At(Step::Certify, Mark::Done);

#[test]
fn when_the_key_is_gone_its_certificate_is_revoked_first() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let reference = world.approved();
    let killed = world.personalize(&reference, &mut card, CERTIFIED);
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
        .personalize(&reference, &mut card, Fuse::never())
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
    let _ = world.personalize(&reference, &mut dead, CERTIFIED);
    let mut card = FakeCard::new(2);
    world
        .personalize(&reference, &mut card, Fuse::never())
        .unwrap();
    check_complete(&mut world, &reference, &card);
    // The dead one comes back to life: too late.
    let refusal = refused(world.personalize(&reference, &mut dead, Fuse::never()));
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
        let refusal = refused(world.personalize(&reference, &mut card, Fuse::never()));
        assert!(matches!(refusal, Refusal::ApplicationState { .. }));
        let _ = world.center.approve(&world.ana, &reference);
    }
    let refusal = refused(world.personalize("A-000099", &mut card, Fuse::never()));
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
    let refusal = refused(world.personalize(&second, &mut card, Fuse::never()));
    assert_eq!(refusal, Refusal::CardTaken { application: owner });
    // A card of another center, which this ledger has never seen.
    for (state, life_cycle) in [
        (LifeCycle::Operational, Said::Operational),
        (LifeCycle::Blocked, Said::Blocked),
        (LifeCycle::Terminated, Said::Terminated),
    ] {
        let mut foreign = FakeCard::new(9);
        foreign.life_cycle = state;
        let refusal = refused(world.personalize(&second, &mut foreign, Fuse::never()));
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
    let _ = world.personalize(&first, &mut card, CERTIFIED);
    let refusal = refused(world.personalize(&second, &mut card, Fuse::never()));
    assert_eq!(refusal, Refusal::CardTaken { application: first });
}

#[test]
fn another_centers_card_is_left_alone_and_no_run_begins() {
    let mut world = World::new();
    let reference = world.approved();
    let mut other = World::new();
    let theirs = other.approved();
    let mut card = FakeCard::new(1);
    let torn = Fuse::At(Step::TakeCard, Mark::Done);
    let _ = other.personalize(&theirs, &mut card, torn);
    let (before, changes) = (world.center.verify_audit().unwrap(), card.changes.len());
    let refusal = refused(world.personalize(&reference, &mut card, Fuse::never()));
    assert_eq!(refusal, Refusal::ForeignKeys { serial: 1 });
    assert_eq!(card.changes.len(), changes);
    assert_eq!(world.center.verify_audit().unwrap(), before);
    // Whoever only says to be a card has no keys to prove it.
    let mut pretender = FakeCard::new(2);
    let key = sello_scp03::Key::new(&[9; 32]).unwrap();
    pretender.keys = Some(StaticKeys::single(&key));
    let refusal = refused(world.personalize(&reference, &mut pretender, Fuse::never()));
    assert_eq!(refusal, Refusal::ForeignKeys { serial: 2 });
}

#[test]
fn who_pretends_to_be_a_card_that_is_blank_again_is_told_nothing() {
    for stop in [
        Fuse::At(Step::ChannelKeys, Mark::Done),
        CERTIFIED,
        Fuse::At(Step::Operational, Mark::Done),
    ] {
        let mut world = World::new();
        let mut card = FakeCard::new(1);
        let reference = world.approved();
        let killed = world.personalize(&reference, &mut card, stop);
        assert!(matches!(killed, Err(Stop::Killed)));
        let before = world.center.verify_audit().unwrap();
        // Serial number, life cycle and public key are no secrets, and the factory's keys are everybody's.
        let mut pretender = FakeCard::new(1);
        pretender.life_cycle = card.life_cycle;
        pretender.key = card.key.clone();
        for blank in [false, true] {
            if blank {
                pretender.life_cycle = LifeCycle::Blank;
            }
            let refusal = refused(world.personalize(&reference, &mut pretender, Fuse::never()));
            assert_eq!(refusal, Refusal::FactoryKeys { serial: 1 });
            assert_eq!(pretender.changes, []);
        }
        // Nothing but that it was refused.
        let lines = world.center.verify_audit().unwrap().lines;
        assert_eq!(lines, before.lines + 2);
        let database = world.folder.path().join("center/center.db");
        let told = "SELECT COUNT(*) AS answer FROM audit WHERE action = 'factory-keys-refused'";
        assert_eq!(query_text(&database, told), "2");
        world
            .personalize(&reference, &mut card, Fuse::never())
            .unwrap();
        check_complete(&mut world, &reference, &card);
    }
}

#[test]
fn a_card_that_changes_while_the_channel_opens_is_refused() {
    let mut world = World::new();
    let reference = world.approved();
    let mut card = FakeCard::new(1);
    card.meddle = Some(|card, _| card.life_cycle = LifeCycle::Personalizing);
    let refusal = refused(world.personalize(&reference, &mut card, Fuse::never()));
    assert_eq!(refusal, Refusal::OtherCard);
    assert!(card.changes.is_empty());
}

#[test]
fn a_key_is_certified_only_with_its_proof() {
    let mut world = World::new();
    let reference = world.approved();
    let mut card = FakeCard::new(1);
    // The card signs with another key than the one it told.
    card.meddle = Some(|card, instruction| {
        if instruction == Instruction::GeneralAuthenticate {
            card.key = SigningKey::from_slice(&[7; 32]).ok();
        }
    });
    let refusal = refused(world.personalize(&reference, &mut card, Fuse::never()));
    assert_eq!(refusal, Refusal::Possession);
    let application = world.center.application(&reference).unwrap();
    assert!(application.certificates.is_empty());
    card.meddle = None;
    world
        .personalize(&reference, &mut card, Fuse::never())
        .unwrap();
    check_complete(&mut world, &reference, &card);
}

/// What the center says of a card that lies when it is asked to attest.
fn attested_with(meddle: fn(&mut FakeCard, Instruction)) -> AttestationFault {
    let mut world = World::new();
    let reference = world.approved();
    let mut card = FakeCard::new(1);
    card.meddle = Some(meddle);
    let refusal = refused(world.personalize(&reference, &mut card, Fuse::never()));
    let Refusal::Attestation { reason } = refusal else {
        panic!("{refusal}");
    };
    let application = world.center.application(&reference).unwrap();
    assert!(application.certificates.is_empty());
    assert_eq!(application.state, State::Personalizing);
    world.center.verify_audit().unwrap();
    let database = world.folder.path().join("center/center.db");
    let told = "SELECT detail AS answer FROM audit WHERE action = 'attestation-refused'";
    assert!(query_text(&database, told).contains(&reason.to_string()));
    // The same card without its lie is made.
    card.meddle = None;
    (card.attests, card.slot, card.serial) = (true, 0x9C, [0, 0, 0, 1]);
    world
        .personalize(&reference, &mut card, Fuse::never())
        .unwrap();
    check_complete(&mut world, &reference, &card);
    reason
}

#[test]
fn a_key_without_a_right_attestation_is_refused_and_the_log_says_so() {
    let status = 0x6D00;
    assert_eq!(
        attested_with(|card, _| card.attests = false),
        AttestationFault::Missing { status }
    );
    // A software key that a station would have certified: no card's attestation key vouches for it.
    let unsound = attested_with(|card, instruction| {
        if instruction == Instruction::Attest {
            card.attestation_key = SigningKey::from_slice(&[9; 32]).ok();
        }
    });
    assert!(matches!(unsound, AttestationFault::Unsound { .. }));
    assert_eq!(
        attested_with(|card, _| card.slot = 0x82),
        AttestationFault::Slot { slot: 0x82 }
    );
    let other_key = attested_with(|card, instruction| {
        if instruction == Instruction::Attest {
            card.key = SigningKey::from_slice(&[9; 32]).ok();
        }
    });
    assert_eq!(other_key, AttestationFault::Key);
    let (pin_policy, dual_control) = (2, false);
    let policy = attested_with(|card, instruction| {
        if instruction == Instruction::Attest {
            card.policies = [2, 0];
        }
    });
    assert_eq!(
        policy,
        AttestationFault::Policy {
            pin_policy,
            dual_control
        }
    );
    // The attestation of another card.
    let other = attested_with(|card, instruction| {
        card.serial = match instruction {
            Instruction::Attest => [0, 0, 0, 2],
            _ => [0, 0, 0, 1],
        }
    });
    assert!(matches!(other, AttestationFault::Unsound { .. }));
}

#[test]
fn the_attestation_key_has_a_certificate_by_the_device_root_on_the_card() {
    let mut world = World::new();
    let mut card = FakeCard::new(42);
    world.issued(&mut card);
    let trust = world.folder.path().join("trust");
    let exported = world.center.export_trust(&trust).unwrap();
    let pem = std::fs::read_to_string(exported.device_root.unwrap()).unwrap();
    let root = x509_cert::Certificate::from_pem(pem).unwrap();
    let der = tlv::find(&card.objects[&0x5F_FF01], Tag::CERTIFICATE);
    let root = root.to_der().unwrap();
    let told = CardCertificate::check(der.unwrap().unwrap(), &root).unwrap();
    let key = card.attestation_key.as_ref().unwrap().verifying_key();
    assert_eq!(told.serial, 42);
    assert_eq!(&told.point[..], key.to_sec1_point(false).as_bytes());
}

#[test]
fn a_center_from_before_attestations_gets_its_device_root_with_the_next_card() {
    let mut world = World::new();
    let home = world.center.home().path().to_owned();
    // As such a center was: no key, no certificate, no word of either. Its first line would not fit its
    // hash, so this one is made from a new log.
    let keys = std::fs::read_to_string(home.join("keys.json")).unwrap();
    let mut keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
    keys.as_object_mut().unwrap().remove("device_root");
    std::fs::write(home.join("keys.json"), keys.to_string()).unwrap();
    execute(
        &home.join("center.db"),
        "DELETE FROM meta WHERE name = 'device-root-certificate'",
    );
    let trust = world.folder.path().join("trust");
    assert_eq!(world.center.export_trust(&trust).unwrap().device_root, None);
    let mut world = world.reopen();
    let mut card = FakeCard::new(1);
    let reference = world.approved();
    world
        .personalize(&reference, &mut card, Fuse::never())
        .unwrap();
    let exported = world.center.export_trust(&trust).unwrap();
    let first = std::fs::read(exported.device_root.unwrap()).unwrap();
    check_complete(&mut world, &reference, &card);
    // It stays.
    let mut world = world.reopen();
    world.issued(&mut FakeCard::new(2));
    let exported = world.center.export_trust(&trust).unwrap();
    assert_eq!(std::fs::read(exported.device_root.unwrap()).unwrap(), first);
}

#[test]
fn a_device_root_certificate_without_its_key_is_not_worked_with() {
    let mut world = World::new();
    let center = world.folder.path().join("center");
    let (database, path) = (center.join("center.db"), center.join("keys.json"));
    let whole = std::fs::read(&path).unwrap();
    let mut keys: serde_json::Value = serde_json::from_slice(&whole).unwrap();
    keys.as_object_mut().unwrap().remove("device_root");
    let old = keys.to_string();
    std::fs::write(&path, &old).unwrap();
    let refused = |world: &mut World| {
        let error = world.center.station(&world.ana).err().unwrap();
        assert!(matches!(error, Error::Vault { .. }), "{error}");
    };
    refused(&mut world);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), old);
    // A key of another certificate.
    let certificate = "SELECT value AS answer FROM meta WHERE name = 'device-root-certificate'";
    let first = query_text(&database, certificate);
    execute(
        &database,
        "DELETE FROM meta WHERE name = 'device-root-certificate'",
    );
    world.center.station(&world.ana).map(drop).unwrap();
    let set = format!("UPDATE meta SET value = '{first}' WHERE name = 'device-root-certificate'");
    execute(&database, &set);
    refused(&mut world);
    std::fs::write(&path, whole).unwrap();
    world.center.station(&world.ana).map(drop).unwrap();
}

#[test]
fn dual_control_is_attested_and_gives_the_approver_a_pin_of_their_own() {
    let mut world = World::new();
    let wished = request().with_dual_control(true).with_contact_only(true);
    let reference = world.center.apply(&wished).unwrap();
    world.center.approve(&world.ana, &reference).unwrap();
    world.center.approve(&world.eva, &reference).unwrap();
    let mut card = FakeCard::new(1);
    // The card's word counts: one that forgets dual control gets no certificate.
    card.meddle = Some(|card, instruction| {
        if instruction == Instruction::Attest {
            card.policies[1] = 0;
        }
    });
    let refusal = refused(world.personalize(&reference, &mut card, Fuse::never()));
    let (pin_policy, dual_control) = (4, false);
    let reason = AttestationFault::Policy {
        pin_policy,
        dual_control,
    };
    assert_eq!(refusal, Refusal::Attestation { reason });
    card.meddle = None;
    let torn = Fuse::At(Step::SetCodes, Mark::Done);
    let _ = world.personalize(&reference, &mut card, torn);
    let mut world = world.reopen();
    let start = world.personalize(&reference, &mut card, Fuse::never());
    assert_eq!(start.unwrap(), Start::Continue);
    check_complete(&mut world, &reference, &card);
    assert_eq!((card.policies, card.contact_only), ([4, 1], true));
    let letter = world.center.letter(&world.ana, &reference).unwrap();
    let approver = letter.approver.unwrap();
    assert_eq!(approver.expose(), &card.approver.unwrap()[..6]);
    assert_ne!(approver.expose(), letter.pin.expose());
    // Without dual control there is none.
    let mut plain = FakeCard::new(2);
    let reference = world.issued(&mut plain);
    assert!(plain.approver.is_none() && !plain.contact_only);
    let letter = world.center.letter(&world.ana, &reference).unwrap();
    assert!(letter.approver.is_none());
}

#[test]
fn a_key_is_never_certified_twice() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    world.issued(&mut card);
    let reference = world.approved();
    // The second card makes the first one's key: it does so from serial number and count.
    let mut clone = FakeCard::new(2);
    clone.meddle = Some(|card, instruction| {
        card.serial = match instruction {
            Instruction::GenerateAsymmetricKeyPair => [0, 0, 0, 1],
            _ => [0, 0, 0, 2],
        }
    });
    let refusal = refused(world.personalize(&reference, &mut clone, Fuse::never()));
    assert_eq!(refusal, Refusal::KeyKnown);
}

#[test]
fn codes_of_somebody_else_have_the_card_wiped_and_made_afresh() {
    type Meddle = fn(&mut FakeCard);
    let meddlings: [Meddle; 2] = [
        |card| card.puk = *b"66666666",
        |card| card.pin = *b"666666\xFF\xFF",
    ];
    for meddle in meddlings {
        let mut world = World::new();
        let reference = world.approved();
        let mut card = FakeCard::new(1);
        let torn = Fuse::At(Step::WriteObjects, Mark::Done);
        let _ = world.personalize(&reference, &mut card, torn);
        meddle(&mut card);
        let refusal = refused(world.personalize(&reference, &mut card, Fuse::never()));
        assert_eq!(refusal, Refusal::ForeignCodes { serial: 1 });
        assert_eq!(card.life_cycle, LifeCycle::Personalizing);
        assert!(card.key.is_none());
        let start = world.personalize(&reference, &mut card, Fuse::never());
        assert_eq!(start.unwrap(), Start::Fresh);
        check_complete(&mut world, &reference, &card);
    }
}

#[test]
fn a_card_that_forgets_what_was_written_is_not_finished() {
    let mut world = World::new();
    let reference = world.approved();
    let mut card = FakeCard::new(1);
    card.meddle = Some(|card, instruction| {
        if let (Instruction::GetData, Some(seal)) = (instruction, card.objects.get_mut(&0x5F_E000))
        {
            seal.pop();
        }
    });
    let refusal = refused(world.personalize(&reference, &mut card, Fuse::never()));
    let tag = 0x5F_E000;
    let step = Some(Step::WriteObjects);
    let fault = CardFault::ReadBack { tag };
    assert_eq!(refusal, Refusal::Card { step, fault });
    assert_eq!(card.life_cycle, LifeCycle::Personalizing);
}

#[test]
fn a_finished_card_has_to_be_the_certified_one_and_take_its_pin() {
    type Meddle = fn(&mut FakeCard, Instruction);
    let cases: [(Meddle, Refusal); 2] = [
        (
            |card, _| {
                if card.life_cycle == LifeCycle::Operational {
                    card.key = SigningKey::from_slice(&[7; 32]).ok();
                }
            },
            Refusal::OtherCard,
        ),
        (
            |card, instruction| {
                if instruction == Instruction::Verify {
                    card.pin = *b"666666\xFF\xFF";
                }
            },
            Refusal::WrongPin { serial: 1 },
        ),
    ];
    for (meddle, expected) in cases {
        let mut world = World::new();
        let reference = world.approved();
        let mut card = FakeCard::new(1);
        card.meddle = Some(meddle);
        let refusal = refused(world.personalize(&reference, &mut card, Fuse::never()));
        assert_eq!(refusal, expected);
        let state = world.center.application(&reference).unwrap().state;
        assert_eq!(state, State::Personalizing);
    }
}

#[test]
fn codes_are_given_for_the_letter_and_then_erased() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let reference = world.approved();
    let none = |result: Result<_, Error>| matches!(result, Err(Error::NoCodes(_)));
    assert!(none(world.center.letter(&world.ana, &reference).map(drop)));
    world
        .personalize(&reference, &mut card, Fuse::never())
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
