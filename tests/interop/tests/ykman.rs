//! A PIV card before the test suite of `ykman`, as its authors run it against their own cards.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::path::PathBuf;
use std::process::Command;

use sello_interop::piv_card::PivCard;
use sello_interop::verdict::{Deselected, Verdict};

const SUITE: &str = "tests/device/test_piv.py";

#[test]
fn the_suite_of_ykman_agrees_with_the_card_in_chains() {
    the_suite_agrees(&[]);
}

#[test]
fn the_suite_of_ykman_agrees_with_the_card_in_extended_length() {
    the_suite_agrees(&["-p", "extended_length"]);
}

fn the_suite_agrees(plugin: &[&str]) {
    let card = PivCard::insert_for_ykman().unwrap();
    let judges = std::env::var_os("SELLO_JUDGES").map(PathBuf::from);
    let judges = judges.unwrap_or_else(|| panic!("run the tests with `cargo xtask test`"));
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(judges.join("bin/python"))
        .args(["-m", "pytest", "--verbose", "--tb=short"])
        .args(["-p", "no:cacheprovider", "--color=no"])
        .args(["-o", "console_output_style=classic"])
        .args(plugin)
        .args(["--reader", card.reader()])
        .args(["--device", &card.serial().to_string()])
        .arg(SUITE)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONPATH", here.join("judges"))
        .current_dir(judges.join("ykman"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let verdict = Verdict::of_pytest(&said, SUITE);
    let list = Deselected::read("ykman.deselected").unwrap();
    let wrong = verdict.disagreements(&list);
    assert!(wrong.is_empty(), "{}\n{said}", wrong.join("\n"));
    assert!(verdict.passed() >= 40, "{said}");
}
