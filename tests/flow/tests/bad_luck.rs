//! Wrong PINs, wrong cards, wrong files, pulled cards: what the custodian is told, and that nothing
//! half-done is left.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use sello_card::{CardError, CardFilter, PcscReaders, Pin, TransportError, find_card};
use sello_flow::calls::{self, Place};
use sello_flow::fixture::{PIN, Seal, Stage};
use sello_flow::foreign::{self, ForeignCard};
use sello_flow::programs::{Call, Outcome, Program, Programs as _, Spawned};
use sello_flow::sample;
use sello_wire::Slot;

const PLACE: Place = Place {
    page: 1,
    x: 30,
    y: 200,
};

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

/// Tries to stamp a sound document with a PIN; the outcome and whether an output was left.
fn stamp_with(seal: &Seal, pin: &str) -> (Outcome, bool) {
    let (input, output) = (seal.path("in.pdf"), seal.path("out.pdf"));
    write(&input, &sample::minimal_classic());
    let outcome = seal
        .run(&calls::stamp(&input, &output, PLACE, seal.reader(), pin))
        .unwrap();
    (outcome, output.exists())
}

#[test]
fn a_wrong_pin_is_counted_never_echoed_and_a_blocked_one_can_be_unblocked() {
    let seal = Seal::at(Stage::Active).unwrap();
    for left in ["2 tries", "One try"] {
        let (outcome, written) = stamp_with(&seal, "918273");
        let said = outcome.stdout + &outcome.stderr;
        assert!(outcome.code != 0 && !written, "{said}");
        assert!(said.contains(left) && !said.contains("918273"), "{said}");
    }
    let (outcome, written) = stamp_with(&seal, "918273");
    assert!(outcome.code != 0 && !written);
    assert!(
        outcome.stderr.contains("sello pin unblock"),
        "{}",
        outcome.stderr
    );
    let (outcome, written) = stamp_with(&seal, PIN);
    assert!(
        outcome.code != 0 && !written,
        "a blocked PIN let a signature through"
    );

    let wrong = if seal.puk == "11111111" {
        "22222222"
    } else {
        "11111111"
    };
    let outcome = seal
        .run(&calls::unblock_pin(seal.reader(), wrong, "445566"))
        .unwrap();
    assert!(
        outcome.code != 0 && outcome.stderr.contains('2'),
        "{}",
        outcome.stderr
    );
    seal.must(&calls::unblock_pin(seal.reader(), &seal.puk, "445566"))
        .unwrap();
    let (outcome, written) = stamp_with(&seal, "445566");
    assert!(outcome.code == 0 && written, "{}", outcome.stderr);
}

#[test]
fn a_transport_pin_seals_nothing_until_it_is_changed() {
    let seal = Seal::at(Stage::Personalized).unwrap();
    let (outcome, written) = stamp_with(&seal, &seal.transport_pin);
    assert!(outcome.code != 0 && !written);
    assert!(
        outcome.stderr.contains("sello pin change"),
        "{}",
        outcome.stderr
    );
    let same = calls::change_pin(seal.reader(), &seal.transport_pin, &seal.transport_pin);
    assert!(
        seal.run(&same).unwrap().code != 0,
        "the transport PIN was taken as the custodian's own"
    );
}

#[test]
fn a_personalized_card_is_refused_and_left_as_it_is() {
    let seal = Seal::at(Stage::Active).unwrap();
    let applied = seal
        .must(&seal.center(|center| center.apply("Example Dos S.L.", None)))
        .unwrap();
    let application = sello_flow::demo::field(&applied.stdout, "application").unwrap();
    for officer in [calls::FIRST, calls::SECOND] {
        seal.must(&seal.center(|center| center.approve(officer, &application)))
            .unwrap();
    }
    let before = std::fs::read(seal.path("seal.card")).unwrap();
    let letter = seal.path("second-letter.pdf");
    let call = seal.center(|center| center.personalize(&application, seal.reader(), &letter));
    let outcome = seal.run(&call).unwrap();
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(!letter.exists());
    assert_eq!(std::fs::read(seal.path("seal.card")).unwrap(), before);
    let (outcome, written) = stamp_with(&seal, PIN);
    assert!(outcome.code == 0 && written, "{}", outcome.stderr);
}

#[test]
fn an_empty_reader_an_unknown_reader_and_a_pulled_card_are_told_apart() {
    let mut seal = Seal::at(Stage::Active).unwrap();
    let unknown = seal.run(&calls::card("No Such Reader")).unwrap();
    assert!(
        unknown.code != 0 && unknown.stderr.contains("No Such Reader"),
        "{}",
        unknown.stderr
    );
    let reader = seal.reader().to_owned();
    seal.rack.remove(0).unwrap();
    let empty = seal.run(&calls::card(&reader)).unwrap();
    assert!(
        empty.code != 0 && empty.stderr.contains(&reader),
        "{}",
        empty.stderr
    );
    seal.rack.insert(0).unwrap();
    seal.must(&calls::card(&reader)).unwrap();
}

#[test]
fn a_card_of_another_kind_is_named_by_its_answer_to_reset() {
    let programs = Spawned::find("en_US.UTF-8").unwrap();
    let card = ForeignCard::insert().unwrap();
    let reader = card.reader().unwrap();
    let outcome = programs.run(&calls::card(&reader)).unwrap();
    let named = outcome.stderr.replace(' ', "");
    assert!(outcome.code != 0, "{}", outcome.stdout);
    assert!(
        named.contains(&hex::encode_upper(foreign::ATR)),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_card_pulled_between_pin_and_signature_is_an_error_and_no_hang() {
    let mut seal = Seal::at(Stage::Active).unwrap();
    let filter = CardFilter {
        reader: Some(seal.reader().to_owned()),
        ..CardFilter::default()
    };
    let mut found = find_card(&PcscReaders::new(), &filter).unwrap();
    let mut card = found.session.exclusive().unwrap();
    card.verify_pin(&Pin::new(PIN.as_bytes()).unwrap()).unwrap();
    seal.rack.remove(0).unwrap();
    let signed = card.sign(Slot::Signature, &[7; 32]);
    assert!(
        matches!(signed, Err(CardError::Transport(TransportError::Removed))),
        "{:?}",
        signed.err()
    );
}

#[test]
fn a_card_pulled_while_the_pin_is_being_typed_leaves_no_output() {
    let mut seal = Seal::at(Stage::Active).unwrap();
    let (input, output) = (seal.path("in.pdf"), seal.path("out.pdf"));
    write(&input, &sample::minimal_classic());
    let call = calls::stamp(&input, &output, PLACE, seal.reader(), "");
    let mut client = Command::new(seal.programs.path("sello"))
        .args(&call.arguments)
        .args(["--pin-fd", "0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut typing = client.stdin.take().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    seal.rack.remove(0).unwrap();
    typing.write_all(PIN.as_bytes()).unwrap();
    drop(typing);
    let ended = client.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(!ended.status.success() && !output.exists(), "{said}");
    assert!(!said.contains(PIN), "{said}");
}

#[test]
fn two_cards_with_the_same_seal_have_to_be_chosen_between() {
    let mut seal = Seal::at(Stage::Active).unwrap();
    let (card, twin) = (seal.path("seal.card"), seal.path("twin.card"));
    std::fs::copy(&card, &twin).unwrap();
    seal.rack.exchange(&seal.programs, &[&card, &twin]).unwrap();
    let (input, output) = (seal.path("in.pdf"), seal.path("out.pdf"));
    write(&input, &sample::minimal_classic());
    let call = Call::new(Program::Client, ["stamp".as_ref(), input.as_os_str()])
        .and(["-o".as_ref(), output.as_os_str()])
        .and(["--page", "1", "--x", "30", "--y", "200"])
        .secret("--pin", PIN);
    let outcome = seal.run(&call).unwrap();
    assert!(outcome.code != 0 && !output.exists(), "{}", outcome.stdout);
    for reader in [seal.rack.reader(0), seal.rack.reader(1)] {
        assert!(outcome.stderr.contains(reader), "{}", outcome.stderr);
    }
    seal.must(&call.and(["--reader", seal.rack.reader(1)]))
        .unwrap();
}

#[test]
fn what_is_no_sound_pdf_is_refused_before_the_pin_is_spent() {
    let seal = Seal::at(Stage::Active).unwrap();
    let sound = sample::contract(2, sample::Language::Spanish);
    let plain = seal.path("plain.pdf");
    write(&plain, &sound);
    let encrypted = seal.path("encrypted.pdf");
    let made = Command::new("qpdf")
        .args(["--encrypt", "user", "owner", "256", "--"])
        .args([&plain, &encrypted])
        .status();
    assert!(made.unwrap().success());
    write(&seal.path("text.pdf"), b"This is no PDF.");
    write(&seal.path("cut.pdf"), &sound[..sound.len() / 2]);
    write(&seal.path("empty.pdf"), b"");
    for name in [
        "text.pdf",
        "cut.pdf",
        "empty.pdf",
        "encrypted.pdf",
        "missing.pdf",
    ] {
        let output = seal.path("out.pdf");
        // The wrong PIN would lower the counter if it were ever sent.
        let call = calls::stamp(&seal.path(name), &output, PLACE, seal.reader(), "000000");
        let outcome = seal.run(&call).unwrap();
        assert!(
            outcome.code != 0 && !output.exists(),
            "{name}: {}",
            outcome.stdout
        );
        assert!(outcome.stderr.contains(name), "{name}: {}", outcome.stderr);
    }
    let card = seal
        .must(&calls::card(seal.reader()).and(["--json"]))
        .unwrap();
    let card: serde_json::Value = serde_json::from_str(&card.stdout).unwrap();
    assert_eq!(card["pin_tries"]["left"], 3, "a try was spent: {card}");
}

#[test]
fn a_place_outside_the_page_and_a_page_that_is_not_there_are_refused() {
    let seal = Seal::at(Stage::Active).unwrap();
    let input = seal.path("in.pdf");
    write(&input, &sample::minimal_classic());
    for place in [Place { page: 99, ..PLACE }, Place { x: 500, ..PLACE }] {
        let output = seal.path("out.pdf");
        let outcome = seal
            .run(&calls::stamp(&input, &output, place, seal.reader(), PIN))
            .unwrap();
        assert!(
            outcome.code != 0 && !output.exists(),
            "{place:?}: {}",
            outcome.stdout
        );
    }
}

#[test]
fn an_output_that_cannot_be_written_leaves_nothing_behind() {
    let seal = Seal::at(Stage::Active).unwrap();
    let input = seal.path("in.pdf");
    write(&input, &sample::minimal_classic());
    let nowhere = seal.path("no-such-folder/out.pdf");
    let outcome = seal
        .run(&calls::stamp(
            &input,
            &nowhere,
            PLACE,
            seal.reader(),
            "000000",
        ))
        .unwrap();
    assert!(outcome.code != 0, "{}", outcome.stdout);
    let onto_itself = seal
        .run(&calls::stamp(&input, &input, PLACE, seal.reader(), PIN))
        .unwrap();
    assert!(onto_itself.code != 0, "{}", onto_itself.stdout);
    assert_eq!(std::fs::read(&input).unwrap(), sample::minimal_classic());
}

/// Stamps into a folder that takes 16 KiB: a disk of that size where a mount namespace can be had (root may
/// mount there), else under a limit on the size of files. Lists what is left in the folder.
fn stamp_into_little_room(seal: &Seal, folder: &Path, call: &Call) -> (bool, String) {
    const FULL_DISK: &str = "mount -t tmpfs -o size=16k tmpfs \"$0\" && cd / && \"$@\"";
    const LIMIT: &str = "trap '' XFSZ; ulimit -f 32; \"$@\"";
    const LIST: &str = "; code=$?; ls -A \"$0\" | sed 's/^/left behind: /' >&2; exit $code";
    let namespaces = Command::new("unshare").args(["--mount", "true"]).output();
    let mut command = if namespaces.is_ok_and(|output| output.status.success()) {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &format!("{FULL_DISK}{LIST}")]);
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{LIMIT}{LIST}")]);
        command
    };
    let output = command
        .arg(folder)
        .arg(seal.programs.path("sello"))
        .args(&call.arguments)
        .args(["--pin-env", "SELLO_FLOW_PIN"])
        .env("SELLO_FLOW_PIN", PIN)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said)
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let seal = Seal::at(Stage::Active).unwrap();
    let (input, small) = (seal.path("in.pdf"), seal.path("small-disk"));
    write(&input, &sample::contract(4, sample::Language::Spanish));
    std::fs::create_dir(&small).unwrap();
    let output = small.join("out.pdf");
    let call = calls::stamp(&input, &output, PLACE, seal.reader(), PIN);
    let (done, said) = stamp_into_little_room(&seal, &small, &call);
    assert!(!done && !said.contains("left behind"), "{said}");
    assert!(said.contains(&*output.to_string_lossy()), "{said}");
    assert!(!said.contains(PIN), "{said}");
}

#[test]
fn without_pcscd_the_client_says_how_to_start_it() {
    let programs = Spawned::find("en_US.UTF-8").unwrap();
    let output = Command::new(programs.path("sello"))
        .arg("card")
        .env("LC_ALL", "en_US.UTF-8")
        // Where libpcsclite looks for the daemon.
        .env("PCSCLITE_CSOCK_NAME", "/nonexistent/pcscd.comm")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("pcscd"), "{said}");
}
