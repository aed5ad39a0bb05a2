//! The program from its arguments to its exit code.

mod doctor;
mod doors;
mod files;
mod journal;
mod opened;
mod schema;
mod stamping;

use std::fs;

use sello_wire::LifeCycle;

use crate::testing::{Desk, FakeCard, files, one_page};

const STAMP: &str = "stamp @in.pdf -o @out.pdf --x 100 --y 50";

fn desk(card: &FakeCard) -> Desk {
    Desk::new(&[("Reader 0", Some(card))])
}

#[test]
fn a_document_is_sealed_and_its_seal_is_valid() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["123456"]);
    let stamped = desk.run(&format!("{STAMP} --reason Approved --width 30"));
    assert_eq!(stamped.code, 0, "{stamped:?}");
    assert_eq!(
        stamped.prompts,
        ["PIN for the seal \"Contract seal\" (3 tries left): "]
    );
    let sealed = fs::read(desk.path("out.pdf")).unwrap();
    assert!(sealed.starts_with(&one_page()));
    assert_eq!(desk.new_files(), ["out.pdf"]);

    let verified = desk.run("verify --trust @trust @out.pdf");
    assert_eq!(verified.code, 0, "{}", verified.out);
    let json = desk.run("verify --json --trust @trust @out.pdf");
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(report[0]["overall"], "valid");
    assert_eq!(report[0]["signatures"][0]["seal"]["name"], "Contract seal");
}

#[test]
fn a_changed_document_is_broken_and_an_untrusted_one_cannot_be_told() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["123456"]);
    assert_eq!(desk.run(STAMP).code, 0);
    let untrusted = desk.run("verify @out.pdf");
    assert_eq!(untrusted.code, 2);
    assert!(untrusted.err.contains("--trust"), "{}", untrusted.err);

    let mut changed = fs::read(desk.path("out.pdf")).unwrap();
    let at = changed.windows(8).position(|word| word == b"Contract");
    changed[at.unwrap()] = b'K';
    fs::write(desk.path("changed.pdf"), changed).unwrap();
    let both = desk.run("verify --trust @trust @out.pdf @changed.pdf");
    assert_eq!(both.code, 1, "{}", both.out);
    assert_eq!(desk.run("verify --trust @trust @in.pdf").code, 2);
    assert_eq!(desk.run("verify --trust @nowhere @out.pdf").code, 2);
}

#[test]
fn a_wrong_pin_tells_the_tries_left_and_is_never_repeated() {
    let card = FakeCard::with_seal(7);
    for (tries, words) in [
        (2, "2 tries"),
        (1, "One try"),
        (0, "sello pin unblock"),
        (0, "sello pin unblock"),
    ] {
        let mut desk = desk(&card).types(&["999999"]);
        let outcome = desk.run(STAMP);
        assert_eq!(outcome.code, 2);
        assert!(outcome.err.contains(words), "{}", outcome.err);
        assert!(!outcome.err.contains("999999"));
        assert_eq!(card.memory().pin_tries, tries);
        assert!(desk.new_files().is_empty());
    }
}

#[test]
fn nobody_is_asked_for_a_pin_before_everything_else_is_in_order() {
    type Preparation = fn(&FakeCard);
    let cases: [(&str, &str, Preparation); 11] = [
        (
            "stamp @none.pdf -o @o --x 1 --y 1",
            "cannot be read",
            |_| {},
        ),
        (
            "stamp @trust/crls/ca.crl -o @o --x 1 --y 1",
            "not a PDF",
            |_| {},
        ),
        (
            "stamp @in.pdf -o @in.pdf --x 1 --y 1",
            "the input itself",
            |_| {},
        ),
        (
            "stamp @in.pdf -o @no/o --x 1 --y 1",
            "There is no such folder",
            |_| {},
        ),
        (
            "stamp @in.pdf -o @o --x 1 --y 1 --page 2",
            "no page 2",
            |_| {},
        ),
        ("stamp @in.pdf -o @o --x 900 --y 1", "off the page", |_| {}),
        (
            "stamp @in.pdf -o @o --x 1 --y 1 --seal 82",
            "slot 82",
            |_| {},
        ),
        (STAMP, "transport PIN", |card| {
            card.memory().transport_pin = true
        }),
        (STAMP, "not been personalized", |card| {
            card.memory().life_cycle = LifeCycle::Blank;
        }),
        (STAMP, "out of use", |card| {
            card.memory().life_cycle = LifeCycle::Blocked;
        }),
        (STAMP, "is damaged", |card| {
            let mut memory = card.memory();
            let chunk = memory.objects.get_mut(&[0x5F, 0xE0, 0x00][..]).unwrap();
            let last = chunk.len() - 1;
            chunk[last] ^= 1;
        }),
    ];
    for (line, words, prepare) in cases {
        let card = FakeCard::with_seal(7);
        prepare(&card);
        let mut desk = desk(&card).types(&["123456"]);
        let outcome = desk.run(line);
        assert_eq!(outcome.code, 2, "{line}");
        assert!(outcome.err.contains(words), "{line}: {}", outcome.err);
        assert!(outcome.prompts.is_empty(), "{line}");
        assert!(
            desk.new_files().is_empty(),
            "{line}: {:?}",
            desk.new_files()
        );
        assert_eq!(fs::read(desk.path("in.pdf")).unwrap(), one_page());
    }
}

#[test]
fn an_encrypted_or_damaged_document_is_refused() {
    let whole = one_page();
    let cases = [
        (
            replace(&whole, b"/Size 6", b"/Size 6/Encrypt 5 0 R"),
            "encrypted",
        ),
        (whole[..whole.len() / 2].to_vec(), "damaged"),
    ];
    for (bytes, words) in cases {
        let mut desk = desk(&FakeCard::with_seal(7));
        fs::write(desk.path("in.pdf"), bytes).unwrap();
        let outcome = desk.run(STAMP);
        assert_eq!(outcome.code, 2);
        assert!(outcome.err.contains(words), "{}", outcome.err);
    }
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|part| part == from);
    let (before, after) = bytes.split_at(at.unwrap());
    [before, to, &after[from.len()..]].concat()
}

#[test]
fn a_card_pulled_during_or_after_the_pin_leaves_nothing() {
    let card = FakeCard::with_seal(7);
    let mut during = desk(&card).types(&["123456"]).pulling_at_prompt(&card);
    let outcome = during.run(STAMP);
    assert!(outcome.err.contains("removed"), "{}", outcome.err);
    assert!(during.new_files().is_empty());

    let card = FakeCard::with_seal(7);
    card.memory().pulled_after_pin = true;
    let mut after = desk(&card).types(&["123456"]);
    let outcome = after.run(STAMP);
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("removed"), "{}", outcome.err);
    assert!(after.new_files().is_empty());
}

#[test]
fn readers_and_cards_that_do_not_fit_are_named() {
    let (one, two) = (FakeCard::with_seal(1), FakeCard::with_seal(2));
    let foreign = FakeCard::with_seal(3);
    foreign.memory().foreign = true;
    let mut none = Desk::new(&[]);
    assert!(none.run("card").err.contains("no card reader"));
    let mut empty = Desk::new(&[("Reader 0", None)]);
    assert!(empty.run("card").err.contains("no card in the reader"));
    let mut other = desk(&foreign);
    assert!(other.run("card").err.contains("3B DB 96 00"));

    let mut both = Desk::new(&[("Reader 0", Some(&one)), ("Reader 1", Some(&two))]);
    let outcome = both.run(STAMP);
    assert!(outcome.err.contains("serial number 1"), "{}", outcome.err);
    assert!(outcome.err.contains("--serial"), "{}", outcome.err);
    let mut both = both.types(&["123456"]);
    assert_eq!(both.run(&format!("{STAMP} --serial 2")).code, 0);
    let chosen = both.run("card --json --reader 1");
    assert!(chosen.out.contains("\"serial\": 2"), "{}", chosen.out);
}

#[test]
fn card_and_seals_are_shown_and_exported() {
    let card = FakeCard::with_seal(12_345_678);
    let mut desk = desk(&card);
    let shown = desk.run("card");
    assert!(shown.out.contains("12345678") && shown.out.contains("3 of 3"));
    let json: serde_json::Value = serde_json::from_str(&desk.run("card --json").out).unwrap();
    assert_eq!(json["life_cycle"], "operational");
    assert_eq!(json["pin_tries"]["left"], 3);
    assert_eq!((&json["tier"], &json["seals"]), (&"B".into(), &1.into()));

    let seals = desk.run("seals --export @pictures");
    assert!(
        seals.out.contains("Example S.L., VATES-B12345678"),
        "{}",
        seals.out
    );
    assert_eq!(files(&desk.path("pictures")), ["seal-9C.png"]);
    let json: serde_json::Value = serde_json::from_str(&desk.run("seals --json").out).unwrap();
    assert_eq!(json["seals"][0]["kind"], "contract");
    assert_eq!(json["seals"][0]["slot"], "9C");
}

#[test]
fn a_new_pin_is_typed_twice_and_replaces_the_transport_pin() {
    let card = FakeCard::with_seal(7);
    card.memory().transport_pin = true;
    let mut first = desk(&card).types(&["123456", "654321", "654320"]);
    assert!(first.run("pin change").err.contains("differ"));
    let mut second = desk(&card).types(&["123456", "123456", "123456"]);
    assert!(second.run("pin change").err.contains("old one"));
    assert!(card.memory().transport_pin);

    let mut third = desk(&card).types(&["123456", "654321", "654321"]);
    let changed = third.run("pin change");
    assert_eq!(changed.code, 0, "{}", changed.err);
    assert!(changed.prompts[0].contains("Transport PIN"));
    assert_eq!(&card.memory().pin, b"654321\xFF\xFF");
    assert!(!card.memory().transport_pin);
}

#[test]
fn a_blocked_pin_is_unblocked_with_the_puk() {
    let card = FakeCard::with_seal(7);
    card.memory().pin_tries = 0;
    let mut desk = desk(&card)
        .with_variable("THE_PUK", "87654321")
        .with_variable("THE_PIN", "11223344");
    assert!(desk.run("pin change").err.contains("blocked"));
    let line = "pin unblock --puk-env THE_PUK --new-pin-env THE_PIN";
    let outcome = desk.run(line);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert_eq!(card.memory().pin_tries, 3);
    assert_eq!(&card.memory().pin, b"11223344");

    let mut wrong = desk.with_variable("BAD", "00000000");
    let outcome = wrong.run("pin unblock --puk-env BAD --new-pin-env THE_PIN");
    assert!(outcome.err.contains("2 tries left"), "{}", outcome.err);
}

#[test]
fn a_malformed_pin_costs_no_try() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["12345"]);
    let outcome = desk.run(STAMP);
    assert!(outcome.err.contains("6 to 8 digits"), "{}", outcome.err);
    assert!(!outcome.err.contains("12345"));
    assert_eq!(card.memory().pin_tries, 3);
    let unset = desk.run(&format!("{STAMP} --pin-env NOT_SET"));
    assert!(unset.err.contains("NOT_SET"), "{}", unset.err);
    let nobody = desk.run(STAMP);
    assert!(nobody.err.contains("--pin-env"), "{}", nobody.err);
}

#[test]
fn messages_follow_the_language() {
    let mut desk = Desk::new(&[]).with_variable("LANG", "es_ES.UTF-8");
    assert!(desk.run("card").err.contains("No hay ningún lector"));
    assert!(desk.run("--lang en card").err.contains("no card reader"));
    assert!(
        desk.run("card --lang es")
            .err
            .contains("No hay ningún lector")
    );
}

#[test]
fn a_pin_typed_as_an_argument_is_refused_and_not_repeated() {
    let mut desk = Desk::new(&[]);
    for line in [
        "pin change 123456",
        "pin change --pin=123456",
        "pin change --pin 123456",
    ] {
        let outcome = desk.run(line);
        assert_eq!(outcome.code, 2);
        assert!(!outcome.err.contains("123456"), "{}", outcome.err);
    }
}

#[test]
fn help_teaches_by_example() {
    let mut desk = Desk::new(&[]);
    let help = desk.run("--help");
    assert_eq!(help.code, 0);
    assert!(help.out.contains("sello stamp contract.pdf -o sealed.pdf"));
    assert!(desk.run("stamp --help").out.contains("--serial 12345678"));
    assert_eq!(desk.run("").code, 2);
}
