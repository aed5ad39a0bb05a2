//! `sello doctor` with each kind of card, and without.

use sello_wire::LifeCycle;
use serde_json::Value;

use crate::testing::{Desk, FakeCard};

/// What is said of a topic.
fn check(report: &Value, topic: &str) -> (String, String) {
    let checks = report["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["topic"] == topic);
    let found = found.unwrap_or_else(|| panic!("no {topic} in {report}"));
    let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    (
        text("state"),
        [text("what"), text("why"), text("next")].join(" "),
    )
}

fn examine(desk: &mut Desk) -> Value {
    let outcome = desk.run("doctor --json --trust @trust --module @none.so");
    // There is no such module.
    assert_eq!(outcome.code, 1, "{outcome:?}");
    serde_json::from_str(&outcome.out).unwrap()
}

fn with(card: &FakeCard) -> Value {
    examine(&mut Desk::new(&[("Reader 0", Some(card))]))
}

#[test]
fn a_card_in_order_is_good_from_the_reader_to_the_revocation_list() {
    let report = with(&FakeCard::with_seal(7));
    for (topic, words) in [
        ("pcscd", "pcscd"),
        ("readers", "Reader 0"),
        ("card", "serial number 7"),
        ("kind", "seals: 1"),
        ("life_cycle", "operational"),
        ("transport_pin", "own PIN"),
        ("pin", "3 of 3"),
        ("certificate", "9C: valid until 2030-01-01"),
        ("trust", "anchors: 1"),
        ("revocation", "until 2026-07-01"),
    ] {
        let (state, said) = check(&report, topic);
        assert_eq!(state, "good", "{topic}: {said}");
        assert!(said.contains(words), "{topic}: {said}");
    }
    let (state, said) = check(&report, "module");
    assert!(state == "wrong" && said.contains("none.so"), "{said}");
    assert_eq!(report["verdict"], "wrong");
}

#[test]
fn each_state_of_a_card_that_keeps_it_from_sealing_is_said_with_what_to_do() {
    type Change = fn(&FakeCard);
    let cases: [(Change, &str, &str); 6] = [
        (|c| c.memory().pin_tries = 0, "pin", "sello pin unblock"),
        (|c| c.memory().pin_tries = 1, "pin", "sello pin unblock"),
        (
            |c| c.memory().transport_pin = true,
            "transport_pin",
            "sello pin change",
        ),
        (
            |c| c.memory().life_cycle = LifeCycle::Blank,
            "life_cycle",
            "center",
        ),
        (
            |c| c.memory().life_cycle = LifeCycle::Terminated,
            "life_cycle",
            "center",
        ),
        (|c| c.memory().objects.clear(), "certificate", "center"),
    ];
    for (change, topic, next) in cases {
        let card = FakeCard::with_seal(7);
        change(&card);
        let (state, said) = check(&with(&card), topic);
        assert_eq!(state, "wrong", "{topic}: {said}");
        assert!(said.contains(next), "{topic}: {said}");
    }
}

#[test]
fn without_reader_or_card_the_rest_is_not_looked_at() {
    let report = examine(&mut Desk::new(&[]));
    assert_eq!(check(&report, "readers").0, "wrong");
    assert_eq!(check(&report, "card").0, "skipped");
    let report = examine(&mut Desk::new(&[("Reader 0", None)]));
    assert_eq!(check(&report, "readers").0, "good");
    assert_eq!(check(&report, "card").0, "wrong");
    assert_eq!(check(&report, "certificate").0, "skipped");
    assert_eq!(check(&report, "trust").0, "good");
    let foreign = FakeCard::with_seal(7);
    foreign.memory().foreign = true;
    let report = with(&foreign);
    let (state, said) = check(&report, "card");
    assert!(state == "wrong" && said.contains("Reader 0"), "{said}");
}

#[test]
fn of_a_card_that_is_not_with_its_custodian_the_pin_is_not_looked_at() {
    let card = FakeCard::with_seal(7);
    card.memory().life_cycle = LifeCycle::Blank;
    let report = with(&card);
    for topic in ["transport_pin", "pin", "certificate"] {
        assert_eq!(check(&report, topic).0, "skipped", "{topic}");
    }
}

#[test]
fn a_card_that_is_pulled_could_not_be_looked_at() {
    let card = FakeCard::with_seal(7);
    card.memory().pulled = true;
    assert_eq!(check(&with(&card), "card").0, "unsure");
}

#[test]
fn a_trust_folder_that_is_missing_or_empty_is_said() {
    let mut desk = Desk::new(&[]);
    let run = |desk: &mut Desk, folder: &str| -> Value {
        let line = format!("doctor --json --trust @{folder} --module @none.so");
        serde_json::from_str(&desk.run(&line).out).unwrap()
    };
    let report = run(&mut desk, "nowhere");
    assert_eq!(check(&report, "trust").0, "wrong");
    assert_eq!(check(&report, "revocation").0, "skipped");
    std::fs::create_dir(desk.path("empty")).unwrap();
    let report = run(&mut desk, "empty");
    assert!(
        check(&report, "trust")
            .1
            .contains("sello-center export-trust")
    );
    assert_eq!(check(&report, "revocation").0, "wrong");
    // The tests' list is of June 2026; a copy of the folder with the list alone has no anchor.
    std::fs::remove_dir_all(desk.path("trust/anchors")).unwrap();
    let report = run(&mut desk, "trust");
    assert_eq!(check(&report, "trust").0, "wrong");
    assert_eq!(check(&report, "revocation").0, "good");
}

#[test]
fn people_read_lines_in_their_language() {
    let mut desk = Desk::new(&[("Reader 0", None)]);
    let english = desk.run("doctor --trust @trust").out;
    assert!(english.contains("\nWRONG   card"), "{english}");
    let spanish = desk.run("doctor --trust @trust --lang es").out;
    assert!(spanish.contains("\nWRONG   tarjeta"), "{spanish}");
    for line in ["program", "PC/SC service", "readers", "trust folder"] {
        assert!(english.contains(line), "{english}");
    }
}
