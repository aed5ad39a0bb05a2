//! A PIV card before the integration tests of the `yubikey` crate, taken from its published sources as
//! they are.
//!
//! Their author marks them `ignored`, since they need a card. Here the test program runs itself again for
//! each of them, with a card in the reader: one that fails would spoil the others' lock.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::process::{Command, Output};

use sello_interop::piv_card::PivCard;
use sello_interop::verdict::{Deselected, Ending, Verdict};

include!(concat!(env!("OUT_DIR"), "/yubikey.rs"));

#[test]
fn the_tests_of_the_yubikey_crate_agree_with_the_card() {
    let card = PivCard::insert().unwrap();
    let list = myself(&card, &["theirs::", "--ignored", "--list"]);
    let mut verdict = Verdict::default();
    let mut said = String::new();
    for case in String::from_utf8_lossy(&list.stdout).lines() {
        let Some(case) = case.strip_suffix(": test") else {
            continue;
        };
        let output = myself(&card, &[case, "--exact", "--ignored", "--color=never"]);
        let text = String::from_utf8_lossy(&output.stdout);
        let ran = text.contains("\ntest result: ok. 1 passed") && output.status.success();
        let ending = if ran { Ending::Passed } else { Ending::Failed };
        verdict.add(case.trim_start_matches("theirs::"), ending);
        said.push_str(&text);
    }
    let list = Deselected::read("yubikey.deselected").unwrap();
    let wrong = verdict.disagreements(&list);
    assert!(wrong.is_empty(), "{}\n{said}", wrong.join("\n"));
    assert!(verdict.passed() >= 10, "{said}");
}

/// Runs this program, as the crate's author would run theirs.
fn myself(card: &PivCard, words: &[&str]) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(words)
        .env("YUBIKEY_SERIAL", card.serial().to_string())
        .env("RUST_BACKTRACE", "0")
        .current_dir(env!("YUBIKEY_SOURCE"))
        .output()
        .unwrap()
}
