//! The life of a seal: what the demo plays, and the turns it does not take.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use sello_flow::calls::{self, FIRST, Place, SECOND};
use sello_flow::demo::{self, Expected, Language, Settings};
use sello_flow::fixture::{Seal, Stage};
use sello_flow::sample;
use sello_flow::stage::Real;

const PLACE: Place = Place {
    page: 1,
    x: 30,
    y: 200,
};

#[test]
fn the_demo_ends_with_every_verdict_as_expected() {
    for language in [Language::English, Language::Spanish] {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            out: folder.path().join("demo"),
            document: None,
            language,
        };
        let mut stage = Real::new(language).unwrap();
        assert!(demo::play(&mut stage, &settings).unwrap());
    }
}

#[test]
fn a_found_card_is_reinstated_and_a_revoked_one_is_not() {
    let seal = Seal::at(Stage::Active).unwrap();
    let sealed = seal
        .seal("contract", &sample::minimal_classic(), PLACE)
        .unwrap();
    let judged = |expected: Expected| {
        seal.publish().unwrap();
        let outcome = seal.verify(&sealed).unwrap();
        assert!(
            expected.matches(outcome.code, &outcome.stdout),
            "{expected:?}: {}",
            outcome.stdout
        );
    };
    judged(Expected::VALID);
    seal.must(&seal.center(|center| center.report_loss(&seal.application)))
        .unwrap();
    judged(Expected::ON_HOLD);
    seal.must(&seal.center(|center| center.reinstate(&seal.application)))
        .unwrap();
    judged(Expected::VALID);
    seal.must(&seal.center(|center| center.revoke(&seal.application, "key-compromise")))
        .unwrap();
    judged(Expected::REVOKED);
    let again = seal
        .run(&seal.center(|center| center.reinstate(&seal.application)))
        .unwrap();
    assert_eq!(again.code, 1, "{}", again.stderr);
    judged(Expected::REVOKED);
}

#[test]
fn a_seal_that_was_never_activated_is_not_valid() {
    let seal = Seal::at(Stage::Personalized).unwrap();
    seal.must(&calls::change_pin(
        seal.reader(),
        &seal.transport_pin,
        sello_flow::fixture::PIN,
    ))
    .unwrap();
    seal.publish().unwrap();
    let sealed = seal
        .seal("early", &sample::minimal_classic(), PLACE)
        .unwrap();
    let outcome = seal.verify(&sealed).unwrap();
    assert!(
        Expected::ON_HOLD.matches(outcome.code, &outcome.stdout),
        "{}",
        outcome.stdout
    );
}

#[test]
fn without_a_trust_folder_nobody_can_tell() {
    let seal = Seal::at(Stage::Active).unwrap();
    let sealed = seal
        .seal("contract", &sample::minimal_classic(), PLACE)
        .unwrap();
    let empty = seal.path("nobody-trusted");
    std::fs::create_dir_all(empty.join("anchors")).unwrap();
    let outcome = seal
        .run(&calls::verify(&sealed, &empty).and(["--json"]))
        .unwrap();
    let reason = demo::field(&outcome.stdout, "sub_indication");
    assert_eq!(outcome.code, 2, "{}", outcome.stdout);
    assert_eq!(
        reason.as_deref(),
        Some("NO_CERTIFICATE_CHAIN_FOUND"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn without_a_revocation_list_nobody_can_tell() {
    let seal = Seal::at(Stage::Active).unwrap();
    let sealed = seal
        .seal("contract", &sample::minimal_classic(), PLACE)
        .unwrap();
    std::fs::remove_dir_all(seal.trust().join("crls")).unwrap();
    let outcome = seal.verify(&sealed).unwrap();
    let reason = demo::field(&outcome.stdout, "sub_indication");
    assert_eq!(
        (outcome.code, reason.as_deref()),
        (2, Some("TRY_LATER")),
        "{}",
        outcome.stdout
    );
}

#[test]
fn a_document_with_no_seal_is_no_valid_document() {
    let seal = Seal::at(Stage::Approved).unwrap();
    let plain = seal.path("plain.pdf");
    std::fs::write(&plain, sample::minimal_classic()).unwrap();
    seal.publish().unwrap();
    let outcome = seal.verify(&plain).unwrap();
    assert_eq!(outcome.code, 2, "{}{}", outcome.stdout, outcome.stderr);
}

#[test]
fn one_officer_alone_cannot_bring_a_card_into_being() {
    let seal = Seal::at(Stage::Approved).unwrap();
    let second = seal
        .must(&seal.center(|center| center.apply("Example Dos S.L.", None)))
        .unwrap();
    let application = demo::field(&second.stdout, "application").unwrap();
    seal.must(&seal.center(|center| center.approve(FIRST, &application)))
        .unwrap();
    let twice = seal
        .run(&seal.center(|center| center.approve(FIRST, &application)))
        .unwrap();
    assert_eq!(twice.code, 1, "{}", twice.stderr);
    let letter = seal.path("letter.pdf");
    let early = seal.center(|center| center.personalize(&application, seal.reader(), &letter));
    let early = seal.run(&early).unwrap();
    assert_eq!(early.code, 1, "{}", early.stderr);
    assert!(!letter.exists());
    seal.must(&seal.center(|center| center.approve(SECOND, &application)))
        .unwrap();
}

#[test]
fn without_a_pcsc_stack_the_demo_plays_in_process_to_the_same_end() {
    let folder = tempfile::tempdir().unwrap();
    let language = Language::English;
    let settings = Settings {
        out: folder.path().join("demo"),
        document: None,
        language,
    };
    let mut stage = sello_flow::in_process::InProcess::new(language);
    assert!(demo::play(&mut stage, &settings).unwrap());
}
