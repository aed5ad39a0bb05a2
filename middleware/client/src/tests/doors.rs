//! Dual control and batches, from arguments to exit code.

use std::fs;

use serde_json::Value;

use crate::testing::{Desk, FakeCard, files, one_page};

const STAMP: &str = "stamp @in.pdf -o @out.pdf --x 100 --y 50";
const BATCH: &str = "stamp --batch --into @sealed @a.pdf @b.pdf @c.pdf --x 100 --y 50";

fn desk(card: &FakeCard) -> Desk {
    let desk = Desk::new(&[("Reader 0", Some(card))]);
    for name in ["a.pdf", "b.pdf", "c.pdf"] {
        let mut document = one_page();
        document.extend_from_slice(format!("% {name}\n").as_bytes());
        fs::write(desk.path(name), document).unwrap();
    }
    desk
}

fn sealed(desk: &Desk) -> Vec<String> {
    let folder = desk.path("sealed");
    if !folder.exists() {
        return Vec::new();
    }
    let mut names = files(&folder);
    names.sort();
    names
}

#[test]
fn without_approval_nobody_is_asked_for_a_pin_and_with_it_the_number_left_is_told() {
    let card = FakeCard::counted(7, true);
    let refused = desk(&card).types(&["123456"]).run(STAMP);
    assert_eq!(refused.code, 2);
    assert!(
        refused.err.contains("sello approve --count 1"),
        "{}",
        refused.err
    );
    assert!(refused.prompts.is_empty());

    let approved = desk(&card).types(&["445566"]).run("approve --count 2");
    assert_eq!(approved.code, 0, "{}", approved.err);
    assert_eq!(
        approved.out,
        "9C  Contract seal: 0 stampings allowed\n9C  Contract seal: 2 stampings allowed\n"
    );
    assert_eq!(
        approved.prompts,
        ["Approver PIN, to allow \"Contract seal\" 2 stampings (3 tries left): "]
    );
    let mut stamping = desk(&card).types(&["123456"]);
    let stamped = stamping.run(STAMP);
    assert_eq!(stamped.code, 0, "{}", stamped.err);
    assert!(
        stamped.err.contains("2 stampings allowed now"),
        "{}",
        stamped.err
    );
    assert!(
        stamped.err.contains("1 stamping allowed now"),
        "{}",
        stamped.err
    );
    let json: Value = serde_json::from_str(&stamping.run("approve --json").out).unwrap();
    assert_eq!(json["seals"][0]["approvals_left"], 1);
    assert_eq!(json["approver_tries_left"], 3);

    let withdrawn = desk(&card)
        .types(&["445566"])
        .run("approve --count 0 --seal 9C");
    assert_eq!(withdrawn.code, 0, "{}", withdrawn.err);
    assert_eq!(card.memory().approvals, 0);
}

#[test]
fn a_wrong_approver_pin_is_counted_and_never_repeated() {
    let card = FakeCard::counted(7, true);
    for words in ["2 tries left", "last try", "Bring the card to the center"] {
        let outcome = desk(&card).types(&["999999"]).run("approve --count 1");
        assert_eq!(outcome.code, 2);
        assert!(outcome.err.contains(words), "{}", outcome.err);
        assert!(!outcome.err.contains("999999"));
    }
    let blocked = desk(&card).types(&["445566"]).run("approve --count 1");
    assert!(blocked.prompts.is_empty() && blocked.err.contains("blocked"));
    assert_eq!(card.memory().approvals, 0);
    // To look needs no PIN.
    assert_eq!(desk(&card).run("approve").code, 0);
}

#[test]
fn the_approver_first_sets_a_pin_of_their_own() {
    let card = FakeCard::counted(7, true);
    card.memory().approver_transport_pin = true;
    let early = desk(&card).types(&["445566"]).run("approve --count 1");
    assert!(early.prompts.is_empty());
    assert!(
        early.err.contains("sello pin change --approver"),
        "{}",
        early.err
    );
    assert!(desk(&card).run("card").out.contains("--approver"));

    let mut changing = desk(&card).types(&["445566", "778899", "778899"]);
    let changed = changing.run("pin change --approver");
    assert_eq!(changed.code, 0, "{}", changed.err);
    assert!(
        changed.prompts[0].contains("Approver's transport PIN"),
        "{:?}",
        changed.prompts
    );
    assert_eq!(&card.memory().approver_pin, b"778899\xFF\xFF");
    assert_eq!(&card.memory().pin, b"123456\xFF\xFF");
    assert_eq!(
        desk(&card).types(&["778899"]).run("approve --count 1").code,
        0
    );
}

#[test]
fn a_card_without_dual_control_says_so() {
    let single = FakeCard::counted(7, false);
    let outcome = desk(&single).types(&["445566"]).run("approve --count 1");
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("needs no approval"), "{}", outcome.err);
    let change = desk(&single).run("pin change --approver");
    assert!(change.err.contains("no approver PIN"), "{}", change.err);
    let shown = desk(&single).run("approve");
    assert_eq!(
        (shown.code, &*shown.out),
        (0, "9C  Contract seal: needs no approval\n")
    );
    let none = desk(&single).run("approve --seal 82");
    assert!(none.err.contains("slot 82"), "{}", none.err);
}

#[test]
fn card_and_seals_show_policy_approvals_and_journal() {
    let card = FakeCard::counted(7, true);
    card.memory().approvals = 4;
    let mut desk = desk(&card);
    let shown = desk.run("card").out;
    assert!(shown.contains("approver PIN   3 of 3 tries"), "{shown}");
    assert!(shown.contains("journal        0 signatures"), "{shown}");
    let json: Value = serde_json::from_str(&desk.run("card --json").out).unwrap();
    assert_eq!(
        (&json["journal_counter"], &json["approver_tries"]["left"]),
        (&0.into(), &3.into())
    );
    let seals = desk.run("seals").out;
    assert!(
        seals.contains("approval     needed; 4 stampings allowed"),
        "{seals}"
    );
    assert!(seals.contains("or once for a batch"), "{seals}");
    let json: Value = serde_json::from_str(&desk.run("seals --json").out).unwrap();
    let seal = &json["seals"][0];
    assert_eq!(
        (&seal["pin_policy"], &seal["dual_control"]),
        (&"counted".into(), &true.into())
    );
    assert_eq!(seal["approvals_left"], 4);
}

#[test]
fn a_batch_is_sealed_with_one_pin_and_every_document_is_valid() {
    let card = FakeCard::counted(7, false);
    let mut desk = desk(&card).types(&["123456"]);
    let outcome = desk.run(BATCH);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert_eq!(
        outcome.prompts,
        ["PIN for the seal \"Contract seal\", for these 3 documents (3 tries left): "]
    );
    assert!(
        outcome.err.contains("Batch of 3 documents"),
        "{}",
        outcome.err
    );
    assert!(outcome.out.contains("3 of 3 documents"), "{}", outcome.out);
    assert_eq!(sealed(&desk), ["a.pdf", "b.pdf", "c.pdf"]);
    let verified = desk.run("verify --trust @trust @sealed/a.pdf @sealed/b.pdf @sealed/c.pdf");
    assert_eq!(verified.code, 0, "{}", verified.out);
    assert_eq!(card.memory().journal.len(), 3);
    // What was announced is what was signed: root over the digests, and their number.
    let announced = card.memory().batch.clone().unwrap().0;
    assert_eq!(announced.len(), 34);
    assert_eq!(announced[32..], [0, 3]);
    assert!(outcome.err.contains(&hex::encode(&announced[..32])));
}

#[test]
fn a_batch_that_cannot_be_is_refused_before_the_pin_and_leaves_nothing() {
    type Preparation = fn(&FakeCard, &Desk);
    let cases: [(&str, &str, Preparation); 9] = [
        (BATCH, "2.0", |card, _| card.memory().policy = None),
        (BATCH, "seals no batches", |card, _| {
            card.memory().policy = Some([3, 0])
        }),
        (BATCH, "sello approve --count 3", |card, _| {
            let mut memory = card.memory();
            (memory.policy, memory.approvals) = (Some([4, 1]), 2);
        }),
        (BATCH, "b.pdf is damaged", |_, desk| {
            let half = &one_page()[..80];
            fs::write(desk.path("b.pdf"), half).unwrap();
        }),
        (BATCH, "is there already", |_, desk| {
            fs::create_dir(desk.path("sealed")).unwrap();
            fs::write(desk.path("sealed/c.pdf"), b"kept").unwrap();
        }),
        (
            "stamp --batch --into @sealed @a.pdf @a.pdf --x 100 --y 50",
            "Two documents",
            |_, _| {},
        ),
        (
            "stamp --batch --into @. @a.pdf @b.pdf --x 100 --y 50",
            "the input itself",
            |_, _| {},
        ),
        (
            "stamp @a.pdf @b.pdf -o @o.pdf --x 100 --y 50",
            "--batch",
            |_, _| {},
        ),
        (
            "stamp --batch --into @no/where @a.pdf --x 100 --y 50",
            "cannot be written",
            |_, _| {},
        ),
    ];
    for (line, words, prepare) in cases {
        let card = FakeCard::counted(7, false);
        let mut desk = desk(&card).types(&["123456"]);
        prepare(&card, &desk);
        let before = sealed(&desk);
        let outcome = desk.run(line);
        assert_eq!(outcome.code, 2, "{line}");
        assert!(outcome.err.contains(words), "{line}: {}", outcome.err);
        assert!(
            outcome.prompts.is_empty() && card.memory().batch.is_none(),
            "{line}"
        );
        assert_eq!(sealed(&desk), before, "{line}");
        assert_eq!(desk.path("sealed").exists(), !before.is_empty(), "{line}");
        assert!(!desk.path("o.pdf").exists());
    }
    for line in [
        "stamp --batch @a.pdf --x 1 --y 1",
        "stamp @a.pdf --x 1 --y 1",
    ] {
        assert_eq!(
            desk(&FakeCard::counted(7, false)).run(line).code,
            2,
            "{line}"
        );
    }
}

#[test]
fn a_wrong_pin_seals_none_of_a_batch() {
    let card = FakeCard::counted(7, false);
    let mut desk = desk(&card).types(&["999999"]);
    let outcome = desk.run(BATCH);
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("2 tries"), "{}", outcome.err);
    assert!(!desk.path("sealed").exists());
}

#[test]
fn a_document_that_cannot_be_sealed_can_be_left_out() {
    let card = FakeCard::counted(7, false);
    let mut desk = desk(&card).types(&["123456"]);
    fs::write(desk.path("b.pdf"), b"no PDF").unwrap();
    let outcome = desk.run(&format!("{BATCH} --keep-going --json"));
    assert_eq!(outcome.code, 2, "{}", outcome.err);
    let json: Value = serde_json::from_str(&outcome.out).unwrap();
    let states = [0, 1, 2].map(|index| json["documents"][index]["state"].clone());
    assert_eq!(states, ["sealed", "refused", "sealed"]);
    assert_eq!((&json["sealed"], &json["error"]), (&2.into(), &Value::Null));
    assert!(
        json["documents"][1]["error"]
            .as_str()
            .unwrap()
            .contains("not a PDF")
    );
    assert_eq!(sealed(&desk), ["a.pdf", "c.pdf"]);
}

#[test]
fn a_card_pulled_midway_leaves_whole_documents_and_the_rest_can_follow() {
    let card = FakeCard::counted(7, false);
    card.memory().pulled_at = Some(1);
    let mut desk = desk(&card).types(&["123456"]);
    let outcome = desk.run(BATCH);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.err.contains("1 of 3 documents are sealed"),
        "{}",
        outcome.err
    );
    assert!(
        outcome.err.contains("The card was removed"),
        "{}",
        outcome.err
    );
    assert!(outcome.err.contains("--resume"), "{}", outcome.err);
    assert!(outcome.out.contains("NOT sealed"), "{}", outcome.out);
    assert_eq!(sealed(&desk), ["a.pdf"]);
    assert_eq!(desk.run("verify --trust @trust @sealed/a.pdf").code, 0);

    (card.memory().pulled, card.memory().pulled_at) = (false, None);
    let first = fs::read(desk.path("sealed/a.pdf")).unwrap();
    let mut desk = desk.types(&["123456"]);
    let rest = desk.run(&format!("{BATCH} --resume"));
    assert_eq!(rest.code, 0, "{}", rest.err);
    assert!(
        rest.prompts[0].contains("these 2 documents"),
        "{:?}",
        rest.prompts
    );
    assert_eq!(sealed(&desk), ["a.pdf", "b.pdf", "c.pdf"]);
    assert_eq!(fs::read(desk.path("sealed/a.pdf")).unwrap(), first);
    let nothing = desk.run(&format!("{BATCH} --resume"));
    assert_eq!(
        (nothing.code, nothing.prompts.len()),
        (0, 0),
        "{}",
        nothing.err
    );
}
