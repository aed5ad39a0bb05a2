//! Two people, many documents, and the card's own record of them: the programs and a card, end to end.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod room;

use std::path::{Path, PathBuf};

use room::Room;
use sello_card::{Batch, CardError, Pin};
use sello_flow::calls::{self, Place};
use sello_flow::programs::{Outcome, Programs as _};
use sello_flow::{letter, sample};
use sello_wire::Slot;

const PIN: &str = "739164";
const APPROVER: &str = "280417";
const PLACE: Place = Place {
    page: 1,
    x: 30,
    y: 200,
};
/// Class and instruction of the signatures of a batch (`specs/card.md`).
const SIGN_IN_BATCH: [u8; 2] = [0x80, 0x87];

/// A room whose custodian, and approver where there is one, have chosen their PINs.
fn active(dual_control: bool) -> Room {
    let room = Room::approved(dual_control);
    let (custodian, approver) = (room.path("custodian.pdf"), room.path("approver.pdf"));
    room.must(|center| match dual_control {
        true => center.personalize_for_two(&room.application, &room.reader, &custodian, &approver),
        false => center.personalize(&room.application, &room.reader, &custodian),
    });
    let codes = letter::read(&custodian).unwrap();
    room.client(&calls::change_pin(&room.reader, &codes.pin, PIN));
    room.must(|center| center.activate(&room.application, &room.reader));
    room.must(|center| center.export_trust(&room.path("trust")));
    room
}

/// As [`active`], and the approver's transport PIN with it, not yet changed.
fn active_for_two() -> (Room, String) {
    let room = active(true);
    let transport = letter::read_approvers(&room.path("approver.pdf")).unwrap();
    (room, transport)
}

fn documents(room: &Room, count: usize) -> Vec<PathBuf> {
    let write = |number| {
        let path = room.path(&format!("document-{number}.pdf"));
        let mut bytes = sample::minimal_classic();
        bytes.extend_from_slice(format!("% {number}\n").as_bytes());
        std::fs::write(&path, bytes).unwrap();
        path
    };
    (1..=count).map(write).collect()
}

fn borrowed(paths: &[PathBuf]) -> Vec<&Path> {
    paths.iter().map(PathBuf::as_path).collect()
}

fn stamp(room: &Room, input: &Path, pin: &str) -> (Outcome, PathBuf) {
    let output = input.with_extension("sealed.pdf");
    let call = calls::stamp(input, &output, PLACE, &room.reader, pin);
    (room.programs.run(&call).unwrap(), output)
}

/// Names of the files in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect::<Vec<_>>();
    names.sort();
    names
}

fn valid(room: &Room, document: &Path) {
    room.client(&calls::verify(document, &room.path("trust")));
}

/// What `sello journal verify` says of the card, with these words added to the command.
fn journal<const N: usize>(room: &Room, words: [&Path; N]) -> Outcome {
    let call = calls::journal_verify(&room.path("trust")).and(words);
    room.programs.run(&call).unwrap()
}

#[test]
fn two_people_stamp_and_the_journal_proves_it() {
    let (room, transport) = active_for_two();
    let [document] = &documents(&room, 1)[..] else {
        panic!("one document");
    };
    // Nobody has allowed anything: a wrong PIN would be counted if it were ever sent.
    let (refused, output) = stamp(&room, document, "000000");
    assert!(
        refused.stderr.contains("sello approve --count 1"),
        "{}",
        refused.stderr
    );
    assert!(!output.exists());
    let early = room.programs.run(&calls::allow(1, &transport)).unwrap();
    assert!(
        early.stderr.contains("pin change --approver"),
        "{}",
        early.stderr
    );
    room.client(&calls::change_approver_pin(&transport, APPROVER));

    let wrong = room.programs.run(&calls::allow(1, "999999")).unwrap();
    assert!(
        wrong.code == 2 && wrong.stderr.contains("2 tries left"),
        "{}",
        wrong.stderr
    );
    let allowed = room.client(&calls::allow(1, APPROVER));
    assert!(
        allowed.stdout.contains("1 stamping allowed"),
        "{}",
        allowed.stdout
    );
    let (sealed, output) = stamp(&room, document, PIN);
    assert_eq!(sealed.code, 0, "{}", sealed.stderr);
    valid(&room, &output);
    let (again, _) = stamp(&room, document, "000000");
    assert!(again.stderr.contains("sello approve"), "{}", again.stderr);
    let card = room.client(&calls::card(&room.reader)).stdout;
    assert!(card.contains("PIN tries      3 of 3"), "{card}");
    assert!(card.contains("approver PIN   3 of 3"), "{card}");

    room.client(&calls::allow(7, APPROVER));
    let withdrawn = room.client(&calls::allow(0, APPROVER));
    assert!(
        withdrawn.stdout.contains("0 stampings allowed"),
        "{}",
        withdrawn.stdout
    );

    // The key's proof of possession at the center is the first entry, the stamping the second.
    let proven = journal(&room, ["--document".as_ref(), output.as_path()]);
    assert_eq!(proven.code, 0, "{}{}", proven.stdout, proven.stderr);
    for words in [
        "Entries 1 to 2",
        "is stamping 2",
        "just now",
        "vouches for it",
    ] {
        assert!(proven.stdout.contains(words), "{words}: {}", proven.stdout);
    }
}

#[test]
fn an_approver_pin_tried_out_is_blocked_and_approves_nothing() {
    let (room, transport) = active_for_two();
    room.client(&calls::change_approver_pin(&transport, APPROVER));
    for words in ["2 tries left", "last try", "blocked"] {
        let wrong = room.programs.run(&calls::allow(5, "999999")).unwrap();
        assert!(
            wrong.code == 2 && wrong.stderr.contains(words),
            "{}",
            wrong.stderr
        );
    }
    let blocked = room.programs.run(&calls::allow(5, APPROVER)).unwrap();
    assert!(
        blocked.code == 2 && blocked.stderr.contains("blocked"),
        "{}",
        blocked.stderr
    );
    let documents = documents(&room, 1);
    let (refused, output) = stamp(&room, &documents[0], PIN);
    assert!(refused.code == 2 && !output.exists(), "{}", refused.stdout);
}

#[test]
fn one_pin_seals_the_documents_announced_and_not_one_more() {
    let room = active(false);
    let documents = documents(&room, 5);
    let folder = room.path("sealed");
    let call = calls::stamp_batch(&borrowed(&documents), &folder, PLACE, PIN);
    let sealed = room.client(&call);
    assert!(sealed.stdout.contains("5 of 5"), "{}", sealed.stdout);
    let outputs = names(&folder);
    assert_eq!(outputs.len(), 5);
    for name in &outputs {
        valid(&room, &folder.join(name));
    }
    let (first, last) = (folder.join(&outputs[0]), folder.join(&outputs[4]));
    let option = Path::new("--document");
    let proven = journal(&room, [option, &first, option, &last]);
    assert_eq!(proven.code, 0, "{}", proven.stdout);
    assert!(
        proven.stdout.contains("Entries 1 to 6"),
        "{}",
        proven.stdout
    );

    // The same at the card: each of the two once, and then nothing.
    let digests = [[1; 32], [2; 32]];
    let batch = Batch::new(&digests).unwrap();
    let other = Batch::new(&[[1; 32], [3; 32]]).unwrap();
    let mut session = room.card();
    let mut card = session.exclusive().unwrap();
    let slot = Slot::Signature;
    card.announce_batch(slot, &batch).unwrap();
    assert_eq!(
        card.sign_in_batch(slot, &batch, 0),
        Err(CardError::PinRequired)
    );
    card.announce_batch(slot, &batch).unwrap();
    card.verify_pin(&Pin::new(PIN.as_bytes()).unwrap()).unwrap();
    assert!(card.sign_in_batch(slot, &batch, 0).is_ok());
    let foreign = card.sign_in_batch(slot, &other, 1);
    assert_eq!(foreign, Err(CardError::NotInBatch { index: 1 }));
    assert!(card.sign_in_batch(slot, &batch, 1).is_ok());
    for index in [0, 1] {
        assert!(card.sign_in_batch(slot, &batch, index).is_err());
    }
    assert_eq!(card.sign(slot, &[3; 32]), Err(CardError::PinRequired));
}

#[test]
fn a_batch_for_two_takes_as_many_approvals_as_documents() {
    let (room, transport) = active_for_two();
    room.client(&calls::change_approver_pin(&transport, APPROVER));
    let documents = documents(&room, 3);
    let folder = room.path("sealed");
    let call = calls::stamp_batch(&borrowed(&documents), &folder, PLACE, PIN);
    room.client(&calls::allow(2, APPROVER));
    let refused = room.programs.run(&call).unwrap();
    assert!(
        refused.stderr.contains("approve --count 3"),
        "{}",
        refused.stderr
    );
    assert!(!folder.exists());
    room.client(&calls::allow(4, APPROVER));
    room.client(&call);
    let seals = room.client(&calls::seals(&room.reader)).stdout;
    assert!(seals.contains("needed; 1 stamping allowed"), "{seals}");
}

#[test]
fn a_card_pulled_midway_leaves_whole_documents_and_a_journal_that_knows_the_lost_signature() {
    let room = active(false);
    let documents = documents(&room, 4);
    let folder = room.path("sealed");
    let call = calls::stamp_batch(&borrowed(&documents), &folder, PLACE, PIN);
    let readers = room.programs.readers();
    readers.pull_after(SIGN_IN_BATCH, 3);
    let broken = room.programs.run(&call).unwrap();
    assert_eq!(broken.code, 2, "{}", broken.stdout);
    assert!(
        broken.stderr.contains("2 of 4 documents are sealed"),
        "{}",
        broken.stderr
    );
    assert_eq!(names(&folder), ["document-1.pdf", "document-2.pdf"]);
    for name in names(&folder) {
        valid(&room, &folder.join(name));
    }
    readers.put_back().unwrap();
    let rest = room.client(&call.and(["--resume"]));
    assert!(rest.stdout.contains("2 of 4"), "{}", rest.stdout);
    assert_eq!(names(&folder).len(), 4);
    for name in names(&folder) {
        valid(&room, &folder.join(name));
    }
    // Possession, three of the first run of which one signature was lost, two of the second.
    let whole = journal(&room, []);
    assert!(
        whole.code == 0 && whole.stdout.contains("Entries 1 to 6"),
        "{}",
        whole.stdout
    );
}

#[test]
fn an_export_is_proof_and_a_tampered_one_is_not() {
    let room = active(false);
    let documents = documents(&room, 3);
    let (_, sealed) = stamp(&room, &documents[0], PIN);
    stamp(&room, &documents[1], PIN);
    let (early, late) = (room.path("early.json"), room.path("late.json"));
    room.client(&calls::journal_export(&early));
    let (_, third) = stamp(&room, &documents[2], PIN);
    room.client(&calls::journal_export(&late));
    let options = [
        "--previous".as_ref(),
        early.as_path(),
        "--document".as_ref(),
        &sealed,
    ];
    let proven = journal(
        &room,
        [
            late.as_path(),
            options[0],
            options[1],
            options[2],
            options[3],
        ],
    );
    assert_eq!(proven.code, 0, "{}{}", proven.stdout, proven.stderr);
    assert!(
        proven.stdout.contains("up to entry 3, is continued"),
        "{}",
        proven.stdout
    );
    let newer = journal(&room, [early.as_path(), "--document".as_ref(), &third]);
    assert!(
        newer.code == 1 && newer.stdout.contains("never stamped"),
        "{}",
        newer.stdout
    );

    let text = std::fs::read_to_string(&late).unwrap();
    let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
    let tampered = room.path("tampered.json");
    let digest = whole["entries"][1]["digest"].as_str().unwrap();
    let nonce = whole["head"]["nonce"].as_str().unwrap();
    for (from, to) in [
        (digest, "00".repeat(32)),
        (nonce, "00".repeat(32)),
        ("\"kind\": \"stamp\"", "\"kind\": \"batch\"".to_owned()),
    ] {
        std::fs::write(&tampered, text.replacen(from, &to, 1)).unwrap();
        let outcome = journal(&room, [tampered.as_path()]);
        assert_eq!(outcome.code, 1, "{from}: {}", outcome.stdout);
        assert!(
            outcome.stdout.contains("NOT in order"),
            "{}",
            outcome.stdout
        );
    }
    let mut shortened = whole.clone();
    shortened["entries"].as_array_mut().unwrap().pop();
    std::fs::write(&tampered, shortened.to_string()).unwrap();
    let outcome = journal(&room, [tampered.as_path()]);
    assert!(
        outcome.code == 1 && outcome.stdout.contains("Entry 4 is missing"),
        "{}",
        outcome.stdout
    );
}
