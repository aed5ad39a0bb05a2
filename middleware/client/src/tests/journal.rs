//! The journal, from arguments to exit code.

use std::fs;

use serde_json::Value;

use crate::testing::{Desk, FakeCard, one_page};

/// A desk whose card has sealed `in.pdf` as `first.pdf` and `second.pdf`, with the export `journal.json`.
fn desk(card: &FakeCard) -> Desk {
    let mut desk = Desk::new(&[("Reader 0", Some(card))]).with_variable("PIN", "123456");
    stamp(&mut desk, "first.pdf");
    stamp(&mut desk, "second.pdf");
    assert_eq!(desk.run("journal export @journal.json").code, 0);
    desk
}

fn stamp(desk: &mut Desk, output: &str) {
    let line = format!("stamp @in.pdf -o @{output} --x 100 --y 50 --pin-env PIN --reason {output}");
    let outcome = desk.run(&line);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
}

fn card() -> FakeCard {
    FakeCard::counted(7, false)
}

/// Changes the export, and says what `journal verify` then says.
fn verify_changed(desk: &mut Desk, change: impl FnOnce(&mut Value)) -> (u8, String) {
    let text = fs::read(desk.path("journal.json")).unwrap();
    let mut export: Value = serde_json::from_slice(&text).unwrap();
    change(&mut export);
    fs::write(desk.path("changed.json"), export.to_string()).unwrap();
    let outcome = desk.run("journal verify @changed.json --trust @trust");
    (outcome.code, outcome.out + &outcome.err)
}

/// Another digit in a place of hexadecimal text.
fn flip(text: &mut Value) {
    let flipped = text.as_str().unwrap().to_owned();
    let first = if flipped.starts_with('0') { "1" } else { "0" };
    *text = format!("{first}{}", &flipped[1..]).into();
}

#[test]
fn the_journal_is_shown_oldest_first() {
    let card = card();
    let mut empty = Desk::new(&[("Reader 0", Some(&card))]);
    let shown = empty.run("journal show");
    assert_eq!(
        (shown.code, &*shown.out),
        (0, "Card 7: 0 signatures of its seal keys, ever.\n")
    );
    let mut desk = desk(&card);
    let shown = desk.run("journal show").out;
    assert!(shown.contains("Card 7: 2 signatures"), "{shown}");
    let lines = shown.lines().collect::<Vec<_>>();
    assert!(
        lines[2].contains("1  stamping    9C    0707070707070707"),
        "{shown}"
    );
    let json: Value = serde_json::from_str(&desk.run("journal show --json").out).unwrap();
    assert_eq!(
        (&json["serial"], &json["last"], &json["first_kept"]),
        (&7.into(), &2.into(), &1.into())
    );
    assert_eq!(json["entries"][1]["kind"], "stamp");
    let plain = FakeCard::with_seal(7);
    let refused = Desk::new(&[("Reader 0", Some(&plain))]).run("journal show");
    assert!(
        refused.code == 2 && refused.err.contains("2.0"),
        "{}",
        refused.err
    );
}

#[test]
fn an_export_and_the_card_itself_are_in_order_and_list_their_documents() {
    let mut desk = desk(&card());
    let line = "--trust @trust --document @first.pdf --document @second.pdf";
    for (what, head) in [
        ("@journal.json", "bears the card's signature"),
        ("", "just now"),
    ] {
        let outcome = desk.run(&format!("journal verify {what} {line}"));
        assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
        for words in [
            "Entries 1 to 2: none is missing, none was changed.",
            head,
            "CN=Example cards",
            "first.pdf is stamping 1",
            "second.pdf is stamping 2",
            "The journal is in order.",
        ] {
            assert!(outcome.out.contains(words), "{words}: {}", outcome.out);
        }
    }
    let json = desk
        .run("journal verify --json --trust @trust @journal.json")
        .out;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["verdict"], &json["card_serial"]),
        (&"good".into(), &7.into())
    );
    assert_eq!(json["findings"][0]["check"], "chain_unbroken");
}

#[test]
fn a_tampered_export_is_not_in_order() {
    type Change = fn(&mut Value);
    let mut desk = desk(&card());
    let cases: [(&str, Change); 10] = [
        ("Entry 1 is not the one", |export| {
            flip(&mut export["entries"][0]["digest"])
        }),
        ("Entry 2 is not the one", |export| {
            export["entries"][1]["kind"] = "batch".into()
        }),
        ("Entry 1 is not the one", |export| {
            flip(&mut export["entries"][0]["chain"])
        }),
        ("Entry 1 is missing", |export| {
            drop(export["entries"].as_array_mut().unwrap().remove(0))
        }),
        ("Entry 2 is missing", |export| {
            drop(export["entries"].as_array_mut().unwrap().pop())
        }),
        // One before the first, from whose chain value the others follow.
        ("Entry 1 is missing", |export| {
            let mut forged = export["entries"][0].clone();
            forged["counter"] = 0.into();
            forged["chain"] = "00".repeat(32).into();
            export["entries"].as_array_mut().unwrap().insert(0, forged);
        }),
        // The last entry with the head set back to the one before.
        ("does not bear the card's signature", |export| {
            export["entries"].as_array_mut().unwrap().pop();
            export["head"]["chain"] = export["entries"][0]["chain"].clone();
            export["head"]["counter"] = 1.into();
        }),
        ("does not bear the card's signature", |export| {
            flip(&mut export["head"]["nonce"])
        }),
        ("does not bear the card's signature", |export| {
            export["card_serial"] = 8.into()
        }),
        ("do not lead to the head", |export| {
            flip(&mut export["head"]["chain"])
        }),
    ];
    for (words, change) in cases {
        let (code, said) = verify_changed(&mut desk, change);
        assert_eq!(code, 1, "{words}: {said}");
        assert!(
            said.contains(words) && said.contains("NOT in order"),
            "{words}: {said}"
        );
    }
    let (code, said) = verify_changed(&mut desk, |export| export["card_serial"] = 8.into());
    assert!(
        code == 1 && said.contains("CN=Sello card 00000007, not of this card"),
        "{said}"
    );
}

#[test]
fn what_is_no_export_or_cannot_be_checked_is_neither_good_nor_bad() {
    type Change = fn(&mut Value);
    let mut desk = desk(&card());
    let cases: [(&str, Change); 5] = [
        ("another format", |export| {
            export["format"] = "sello-journal-9".into()
        }),
        ("unknown field", |export| export["more"] = 1.into()),
        ("not the form of one", |export| {
            export["entries"][0]["slot"] = "XX".into()
        }),
        ("PEM", |export| {
            export["attestation_certificate"] = "x".into()
        }),
        ("no attestation certificate", |export| {
            export["attestation_certificate"] = Value::Null
        }),
    ];
    for (words, change) in cases {
        let (code, said) = verify_changed(&mut desk, change);
        assert!(code == 2 && said.contains(words), "{words}: {said}");
    }
    let untrusted = desk.run("journal verify @journal.json");
    assert!(
        untrusted.code == 2 && untrusted.out.contains("devices/*.pem"),
        "{}",
        untrusted.out
    );
    assert_eq!(desk.run("journal verify @none.json --trust @trust").code, 2);
    assert_eq!(desk.run("journal verify @in.pdf --trust @trust").code, 2);
}

#[test]
fn the_head_of_another_card_is_not_passed_on() {
    let card = card();
    let mut desk = desk(&card);
    card.memory().relays = Some(8);
    assert_eq!(desk.run("journal verify --trust @trust").code, 2);
    assert_ne!(desk.run("journal export @other.json").code, 0);
    assert!(!desk.path("other.json").exists());
}

#[test]
fn a_card_that_no_center_vouches_for_is_not_in_order() {
    let card = card();
    let mut desk = desk(&card);
    // A certificate that names the center's root as issuer and is not signed by it.
    let mut forged = card.memory().objects[&[0x5F, 0xFF, 0x01][..]].clone();
    let end = forged.len() - 4;
    forged[end] ^= 1;
    card.memory().objects.insert(vec![0x5F, 0xFF, 0x01], forged);
    let outcome = desk.run("journal verify --trust @trust");
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    assert!(
        outcome.out.contains("none of the center's"),
        "{}",
        outcome.out
    );
}

#[test]
fn an_earlier_export_has_to_be_continued() {
    let card = card();
    let mut desk = desk(&card);
    stamp(&mut desk, "third.pdf");
    let verify = "journal verify --trust @trust";
    let later = desk.run(&format!("{verify} --previous @journal.json"));
    assert_eq!(later.code, 0, "{}", later.out);
    assert!(
        later.out.contains("up to entry 2, is continued"),
        "{}",
        later.out
    );

    // The card's memory is set back and goes another way.
    desk.run("journal export @long.json");
    card.memory().journal.truncate(1);
    let shorter = desk.run(&format!("{verify} --previous @long.json"));
    assert_eq!(shorter.code, 1, "{}", shorter.out);
    assert!(
        shorter.out.contains("goes up to entry 3"),
        "{}",
        shorter.out
    );
    for output in ["x.pdf", "y.pdf", "z.pdf"] {
        stamp(&mut desk, output);
    }
    let other_way = desk.run(&format!("{verify} --previous @long.json"));
    assert_eq!(other_way.code, 1, "{}", other_way.out);
    assert!(
        other_way.out.contains("Entry 2 is another one"),
        "{}",
        other_way.out
    );

    let mut stranger = Desk::new(&[("Reader 0", Some(&FakeCard::counted(9, false)))]);
    assert_eq!(stranger.run("journal export @other.json").code, 0);
    fs::copy(stranger.path("other.json"), desk.path("other.json")).unwrap();
    let other = desk.run(&format!("{verify} --previous @other.json"));
    assert!(
        other.code == 2 && other.out.contains("another card, 9"),
        "{}",
        other.out
    );
}

#[test]
fn documents_of_others_and_changed_ones_are_told_apart() {
    let mut desk = desk(&card());
    let other = FakeCard::counted(8, false);
    let mut elsewhere = Desk::new(&[("Reader 0", Some(&other))]).with_variable("PIN", "123456");
    let line = "stamp @in.pdf -o @o.pdf --x 90 --y 50 --pin-env PIN";
    assert_eq!(elsewhere.run(line).code, 0);
    fs::copy(elsewhere.path("o.pdf"), desk.path("other.pdf")).unwrap();
    let mut changed = fs::read(desk.path("first.pdf")).unwrap();
    let at = changed
        .windows(8)
        .position(|word| word == b"Contract")
        .unwrap();
    changed[at] = b'K';
    fs::write(desk.path("changed.pdf"), changed).unwrap();
    fs::write(desk.path("plain.pdf"), one_page()).unwrap();
    for (document, code, words) in [
        ("other.pdf", 1, "was never stamped by this card"),
        ("changed.pdf", 1, "is stamping 1, but it was changed"),
        ("plain.pdf", 2, "has no seal"),
    ] {
        let line = format!("journal verify @journal.json --trust @trust --document @{document}");
        let outcome = desk.run(&line);
        assert_eq!(outcome.code, code, "{}", outcome.out);
        assert!(outcome.out.contains(words), "{}", outcome.out);
    }
}
