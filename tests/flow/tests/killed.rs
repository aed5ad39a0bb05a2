//! The center killed while it makes a card, again and again: no card is lost, no key has two live
//! certificates, and the letter's PIN is the card's.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use sello_flow::calls::{self, Place};
use sello_flow::fixture::{PIN, Seal, Stage};
use sello_flow::programs::Call;
use sello_flow::{letter, sample};

/// Runs `call` until its APDU trace has this many lines, then kills it. Whether it was killed in time.
fn kill_after(seal: &Seal, call: &Call, lines: usize, trace: &Path) -> bool {
    let _ = std::fs::remove_file(trace);
    let mut command = Command::new(seal.programs.path(call.program.name()));
    command.args(&call.arguments).env("SELLO_APDU_TRACE", trace);
    for (option, value) in &call.secrets {
        let name = format!("KILLED{}", option.replace('-', "_"));
        command
            .arg(format!("{option}-env"))
            .arg(&name)
            .env(&name, value);
    }
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    loop {
        let written = std::fs::read_to_string(trace)
            .unwrap_or_default()
            .lines()
            .count();
        if written >= lines {
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// The certificates of the application that are not revoked.
fn live_certificates(seal: &Seal) -> usize {
    let shown = seal
        .must(&seal.center(|center| center.show(&seal.application)))
        .unwrap();
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    let certificates = shown["certificates"].as_array().unwrap();
    certificates
        .iter()
        .filter(|certificate| certificate["status"] != "revoked")
        .count()
}

#[test]
fn a_center_killed_at_any_apdu_finishes_the_card_when_it_is_run_again() {
    let seal = Seal::at(Stage::Approved).unwrap();
    let (letter_file, trace) = (seal.path("letter.pdf"), seal.path("trace.txt"));
    let call =
        seal.center(|center| center.personalize(&seal.application, seal.reader(), &letter_file));
    let mut killed = 0;
    for lines in [4, 10, 16, 20, 24, 28, 34, 40, 50, 60, 70, 80] {
        if kill_after(&seal, &call, lines, &trace) {
            killed += 1;
        }
        assert!(
            live_certificates(&seal) <= 1,
            "two live certificates after {lines} lines"
        );
    }
    assert!(killed >= 8, "only {killed} runs were killed");
    let finished = seal.run(&call).unwrap();
    assert!(
        finished.code == 0 || letter_file.exists(),
        "{}",
        finished.stderr
    );
    assert_eq!(live_certificates(&seal), 1);

    let codes = letter::read(&letter_file).unwrap();
    seal.must(&calls::change_pin(seal.reader(), &codes.pin, PIN))
        .unwrap();
    seal.must(&seal.center(|center| center.activate(&seal.application, seal.reader())))
        .unwrap();
    seal.publish().unwrap();
    let place = Place {
        page: 1,
        x: 30,
        y: 200,
    };
    let sealed = seal
        .seal("after", &sample::minimal_classic(), place)
        .unwrap();
    assert_eq!(seal.verify(&sealed).unwrap().code, 0);
    seal.must(&seal.center(|center| center.audit_verify()))
        .unwrap();
}
