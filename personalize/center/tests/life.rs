//! Approval and the life of a seal after its card is made; what the revocation list says.
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

use common::{FakeCard, World, error, home, passphrase, request};
use der::Decode;
use sello_center::vault::Cost;
use sello_center::{CardEvidence, Center, Error, RevocationReason};
use sello_issuing::state::State;
use sello_profile::ecdsa;
use x509_cert::crl::CertificateList;
use x509_cert::ext::pkix::{CrlNumber, CrlReason};

/// What verifiers are told: reasons by serial number, and the list's number.
fn published(world: &mut World) -> (Vec<(String, CrlReason)>, u64) {
    let der = std::fs::read(world.center.home().path().join("crl/ca.crl")).unwrap();
    let (ca, _) = world.center.certificates().unwrap();
    ecdsa::check_crl(&der, &ecdsa::certificate_point(&ca).unwrap()).unwrap();
    let list = <CertificateList>::from_der(&der).unwrap().tbs_cert_list;
    let entries = list.revoked_certificates.unwrap_or_default();
    let entries = entries.iter().map(|entry| {
        let reason = &entry.crl_entry_extensions.as_ref().unwrap()[0];
        let serial = hex::encode(entry.serial_number.as_bytes());
        (
            serial,
            CrlReason::from_der(reason.extn_value.as_bytes()).unwrap(),
        )
    });
    let number = list
        .crl_extensions
        .unwrap()
        .iter()
        .find_map(|ext| CrlNumber::from_der(ext.extn_value.as_bytes()).ok())
        .unwrap();
    let number = number
        .0
        .as_bytes()
        .iter()
        .fold(0, |sum, byte| sum * 256 + u64::from(*byte));
    (entries.collect(), number)
}

fn serial(world: &mut World, reference: &str) -> String {
    world.center.application(reference).unwrap().certificates[0]
        .serial
        .clone()
}

#[test]
fn two_distinct_officers_approve() {
    let mut world = World::new();
    let reference = world.apply();
    assert_eq!(
        world.center.approve(&world.ana, &reference).unwrap(),
        State::ApprovedOnce
    );
    let again = error(world.center.approve(&world.ana, &reference));
    assert!(matches!(again, Error::SameOfficer { .. }));
    // Another log-in, with capitals, is still the same officer.
    let disguised = world.center.log_in("ANA", &passphrase("ana")).unwrap();
    let again = error(world.center.approve(&disguised, &reference));
    assert_eq!(
        again.to_string(),
        "ana has approved A-000001 already; a second officer must"
    );
    assert_eq!(
        world.center.approve(&world.eva, &reference).unwrap(),
        State::Approved
    );
    let third = error(world.center.approve(&world.ana, &reference));
    assert!(matches!(third, Error::Forbidden(_)));
    assert_eq!(
        world.center.application(&reference).unwrap().approved_by,
        ["ana", "eva"]
    );
}

#[test]
fn a_rejected_application_stays_rejected() {
    let mut world = World::new();
    let reference = world.apply();
    world
        .center
        .reject(&world.eva, &reference, "papers missing")
        .unwrap();
    assert!(matches!(
        error(world.center.approve(&world.ana, &reference)),
        Error::Forbidden(_)
    ));
    assert!(matches!(
        error(world.center.reject(&world.ana, &reference, "")),
        Error::Forbidden(_)
    ));
    assert_eq!(
        world.center.application(&reference).unwrap().state,
        State::Rejected
    );
}

#[test]
fn officers_are_known_by_name_and_passphrase() {
    let mut world = World::new();
    let wrong = world.center.log_in("ana", &passphrase("eva"));
    assert!(matches!(wrong, Err(Error::Passphrase(name)) if name == "ana"));
    let unknown = world.center.log_in("bob", &passphrase("bob"));
    assert!(matches!(unknown, Err(Error::UnknownOfficer(_))));
    let cost = Cost {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    let taken = world
        .center
        .add_officer(&world.ana, "EVA", &passphrase("x"), cost);
    assert!(matches!(taken, Err(Error::OfficerExists(name)) if name == "eva"));
    for name in ["", " bob", "b\nob", &"x".repeat(65)] {
        let refused = world
            .center
            .add_officer(&world.ana, name, &passphrase("x"), cost);
        assert!(matches!(refused, Err(Error::Value { .. })), "{name:?}");
    }
    assert_eq!(world.center.officers().unwrap(), ["ana", "eva"]);
}

#[test]
fn a_center_is_made_once() {
    let world = World::new();
    let cost = Cost {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    let twice = Center::initialize(
        home(&world.folder),
        &common::authority(),
        "bob",
        &passphrase("bob"),
        cost,
    );
    assert!(matches!(twice, Err(Error::Initialized(_))));
    let nowhere = tempfile::tempdir().unwrap();
    assert!(matches!(
        Center::open(home(&nowhere)),
        Err(Error::NotInitialized(_))
    ));
}

#[test]
fn the_list_follows_the_life_of_a_seal() {
    use CrlReason::{CertificateHold, KeyCompromise};
    let mut world = World::new();
    assert_eq!(published(&mut world), (vec![], 1));
    let mut card = FakeCard::new(1);
    let reference = world.issued(&mut card);
    let serial = serial(&mut world, &reference);
    let held = vec![(serial.clone(), CertificateHold)];
    assert_eq!(published(&mut world), (held.clone(), 2));
    world.center.activate(&world.ana, &reference, None).unwrap();
    assert_eq!(published(&mut world), (vec![], 3));
    world.center.report_loss(&world.ana, &reference).unwrap();
    assert_eq!(published(&mut world), (held, 4));
    world.center.reinstate(&world.ana, &reference).unwrap();
    assert_eq!(published(&mut world), (vec![], 5));
    let reason = RevocationReason::KeyCompromise;
    world.center.revoke(&world.ana, &reference, reason).unwrap();
    assert_eq!(
        published(&mut world),
        (vec![(serial.clone(), KeyCompromise)], 6)
    );
    assert_eq!(world.center.publish_revocation_list(&world.ana).unwrap(), 7);
    assert_eq!(published(&mut world), (vec![(serial, KeyCompromise)], 7));
    for refused in [
        world.center.reinstate(&world.ana, &reference),
        world.center.report_loss(&world.ana, &reference),
        world
            .center
            .revoke(&world.ana, &reference, RevocationReason::Unspecified),
    ] {
        assert!(matches!(refused, Err(Error::Forbidden(_))));
    }
    assert_eq!(published(&mut world).1, 7);
    world.center.verify_audit().unwrap();
}

#[test]
fn activation_looks_at_the_card() {
    let mut world = World::new();
    let mut card = FakeCard::new(1);
    let reference = world.issued(&mut card);
    let right = CardEvidence {
        serial: card.serial,
        transport_pin: false,
        point: card.point(),
    };
    let mut activate = |evidence: &CardEvidence| {
        world
            .center
            .activate(&world.ana, &reference, Some(evidence))
    };
    let other = CardEvidence {
        serial: [0, 0, 0, 2],
        ..right.clone()
    };
    assert!(matches!(activate(&other), Err(Error::OtherCard { .. })));
    let no_key = CardEvidence {
        point: None,
        ..right.clone()
    };
    assert!(matches!(activate(&no_key), Err(Error::CardKey)));
    let transport = CardEvidence {
        transport_pin: true,
        ..right.clone()
    };
    assert!(matches!(activate(&transport), Err(Error::TransportPin)));
    activate(&right).unwrap();
    assert!(matches!(activate(&right), Err(Error::Forbidden(_))));
}

#[test]
fn codes_are_erased_when_nobody_needs_them_any_more() {
    for activated in [false, true] {
        let mut world = World::new();
        let reference = world.issued(&mut FakeCard::new(1));
        if activated {
            world.center.activate(&world.ana, &reference, None).unwrap();
        } else {
            let reason = RevocationReason::Superseded;
            world.center.revoke(&world.ana, &reference, reason).unwrap();
        }
        let letter = world.center.letter(&world.ana, &reference).map(drop);
        assert!(matches!(letter, Err(Error::NoCodes(_))));
        let database = world.folder.path().join("center/center.db");
        drop(world.center);
        let codes = common::query_text(&database, "SELECT COUNT(codes) AS answer FROM runs");
        assert_eq!(codes, "0");
    }
}

#[test]
fn trust_is_replaced_in_place() {
    let mut world = World::new();
    let folder = world.folder.path().join("trust");
    let first = world.center.export_trust(&folder).unwrap();
    world.center.publish_revocation_list(&world.ana).unwrap();
    let second = world.center.export_trust(&folder).unwrap();
    assert_eq!((first.number, second.number), (1, 2));
    assert_eq!(
        (&first.anchor, &first.revocation_list),
        (&second.anchor, &second.revocation_list)
    );
    for part in ["anchors", "crls"] {
        assert_eq!(std::fs::read_dir(folder.join(part)).unwrap().count(), 1);
    }
    let list = std::fs::read(world.center.home().path().join("crl/ca.crl")).unwrap();
    assert_eq!(std::fs::read(second.revocation_list).unwrap(), list);
}

#[test]
fn many_programs_at_once_leave_one_chain() {
    let mut world = World::new();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let home = home(&world.folder);
            std::thread::spawn(move || {
                let mut center = Center::open(home).unwrap();
                for _ in 0..8 {
                    center.apply(&request()).unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let applications = world.center.applications().unwrap();
    let references: Vec<_> = applications
        .iter()
        .map(|one| one.reference.clone())
        .collect();
    let expected: Vec<_> = (1..=32).map(|number| format!("A-{number:06}")).collect();
    assert_eq!(references, expected);
    // Two officers were logged before.
    assert_eq!(world.center.verify_audit().unwrap().lines, 3 + 32);
}

#[test]
fn two_officers_approving_at_once_count_as_two() {
    let mut world = World::new();
    let reference = world.apply();
    let threads: Vec<_> = ["ana", "eva", "ana", "eva"]
        .map(|name| {
            let (home, reference) = (home(&world.folder), reference.clone());
            std::thread::spawn(move || {
                let mut center = Center::open(home).unwrap();
                let officer = center.log_in(name, &passphrase(name)).unwrap();
                center.approve(&officer, &reference).is_ok()
            })
        })
        .into_iter()
        .collect();
    let done = threads
        .into_iter()
        .filter_map(|one| one.join().ok())
        .filter(|ok| *ok);
    assert_eq!(done.count(), 2);
    let application = world.center.application(&reference).unwrap();
    assert_eq!(application.state, State::Approved);
    assert_eq!(application.approved_by.len(), 2);
    world.center.verify_audit().unwrap();
}
