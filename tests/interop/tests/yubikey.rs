//! A PIV card before the integration tests of the `yubikey` crate, taken from its published sources as
//! they are.
//!
//! Their author marks them `ignored`, since they need a card; here the test program runs itself again
//! for them, with a card in the reader.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::process::Command;

use sello_interop::piv_card::PivCard;
use sello_interop::verdict::{Deselected, Ending, Verdict};

include!(concat!(env!("OUT_DIR"), "/yubikey.rs"));

#[test]
fn the_tests_of_the_yubikey_crate_agree_with_the_card() {
    let card = PivCard::insert().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["theirs::", "--ignored", "--test-threads=1", "--color=never"])
        .env("YUBIKEY_SERIAL", card.serial().to_string())
        .env("RUST_BACKTRACE", "0")
        .current_dir(env!("YUBIKEY_SOURCE"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let verdict = read(&said);
    let list = Deselected::read("yubikey.deselected").unwrap();
    let wrong = verdict.disagreements(&list);
    assert!(wrong.is_empty(), "{}\n{said}", wrong.join("\n"));
    assert!(verdict.passed() >= 10, "{said}");
}

/// Reads the lines `test theirs::CASE ... ENDING`.
fn read(said: &str) -> Verdict {
    let mut verdict = Verdict::default();
    for line in said.lines() {
        let case = line.strip_prefix("test theirs::");
        if let Some((case, ending)) = case.and_then(|case| case.split_once(" ... ")) {
            let ending = if ending.ends_with("ok") {
                Ending::Passed
            } else {
                Ending::Failed
            };
            verdict.add(case, ending);
        }
    }
    verdict
}
