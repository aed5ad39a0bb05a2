//! The program itself, with a driver of the test's own.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

/// A listener in the driver's place, and the program with a card for it.
fn program(arguments: &[&str]) -> (TcpListener, Command) {
    let driver = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = driver.local_addr().unwrap().port().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sello-sim"));
    command
        .args(["--in-memory", "--reader-port", &port])
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    (driver, command)
}

fn refusal(arguments: &[&str]) -> String {
    let (_driver, mut command) = program(arguments);
    let Output { status, stderr, .. } = command.output().unwrap();
    assert_eq!(status.code(), Some(2), "{arguments:?}");
    String::from_utf8(stderr).unwrap()
}

#[test]
fn it_ends_quietly_when_nobody_reads_what_it_says() {
    let (_driver, mut command) = program(&[]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command.stdout(writer).stderr(Stdio::piped()).output();
    let Output { status, stderr, .. } = output.unwrap();
    assert_eq!(String::from_utf8(stderr).unwrap(), "");
    assert!(status.success());
}

#[test]
fn unknown_cards_and_lines_are_told_the_known_ones() {
    let card = refusal(&["--timing", "j3r18"]);
    assert!(card.contains("'j3r18'"), "{card}");
    assert!(card.contains("j3r180, j3h145, slj52gla"), "{card}");
    let line = refusal(&["--timing", "j3r180", "--line", "nfc"]);
    assert!(
        line.contains("'nfc'") && line.contains("contactless-848"),
        "{line}"
    );
    let line = refusal(&["--line", "contactless-424"]);
    assert!(line.contains("--timing"), "{line}");
    let spanish = refusal(&["--timing", "j3r18", "--lang", "es"]);
    assert!(
        spanish.contains("No se conoce ninguna tarjeta"),
        "{spanish}"
    );
}

#[test]
fn a_bad_profile_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    std::fs::write(&path, "description = 1\n").unwrap();
    let told = refusal(&["--timing", path.to_str().unwrap()]);
    assert!(told.contains("own.toml is no timing profile"), "{told}");
    assert!(told.contains("line 1"), "{told}");
}
