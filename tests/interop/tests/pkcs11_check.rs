//! The PKCS#11 module before the conformance suite `pkcs11-check`, its slow cases left out, with a seal card.
//!
//! The suite's own runner starts an interpreter for each of its 300 files, which takes ten minutes, so
//! `pytest` is run as that runner does with `--isolation none`. A module that kills the process ends it early,
//! and the cases that are missing then are stale entries of the lists.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use sello_interop::desk::Desk;
use sello_interop::verdict::{Deselected, Ending, Verdict};

/// Slot 0 is the first with a token. The width keeps the suite's words on one line.
const LINES: &str = "
    export P11TEST_PIN=\"$PIN\" PYTHONPATH=\"$JUDGES/pkcs11-check/lib\" COLUMNS=1000 PYTHONDONTWRITEBYTECODE=1
    cd \"$JUDGES/pkcs11-check/lib/pkcs11_check/testcases\"
    \"$JUDGES/pkcs11-check/bin/python3\" -m pytest --p11-module \"$MODULE\" --p11-interface auto --p11-slot 0 \\
        --p11-thread-safe --timeout 180 -m 'not slow' --verbose --tb=short --no-header -p no:cacheprovider \\
        --color=no -o console_output_style=classic || test $? = 1
";

/// Mechanisms that a seal card has: no case may be skipped for want of one.
const HAS: [&str; 19] = [
    "ECDSA",
    "ECDSA_SHA1",
    "ECDSA_SHA224",
    "ECDSA_SHA256",
    "ECDSA_SHA384",
    "ECDSA_SHA512",
    "ECDSA_SHA3_224",
    "ECDSA_SHA3_256",
    "ECDSA_SHA3_384",
    "ECDSA_SHA3_512",
    "SHA_1",
    "SHA224",
    "SHA256",
    "SHA384",
    "SHA512",
    "SHA3_224",
    "SHA3_256",
    "SHA3_384",
    "SHA3_512",
];

/// Why the suite says that it left cases out.
fn skips(said: &str) -> Verdict {
    let mut skips = Verdict::default();
    for line in said.lines() {
        let why = line.split_once(" SKIPPED (").map(|(_, why)| why);
        if let Some(why) = why.and_then(|why| why.strip_suffix(')')) {
            skips.add(why, Ending::Skipped);
        }
    }
    skips
}

/// Whether a case was left out for want of a mechanism that is there.
fn misses(line: &str) -> bool {
    let wants = line.split_once(" not supported").map(|(before, _)| before);
    let name = wants.and_then(|before| before.rsplit(['(', ' ']).next());
    let name = name.map(|name| name.trim_start_matches("CKM_"));
    name.is_some_and(|name| HAS.contains(&name)) && line.contains(" SKIPPED ")
}

#[test]
fn the_suite_agrees_with_the_module() {
    let desk = Desk::new().unwrap();
    let said = desk.shell(LINES).unwrap();
    let text = &said.text;
    let mut wrong: Vec<String> = text
        .lines()
        .filter(|line| misses(line))
        .map(|line| format!("the card has it: {line}"))
        .collect();
    let verdict = Verdict::of_pytest(text, "").without_skips();
    wrong.extend(verdict.disagreements(&Deselected::read("pkcs11-check.deselected").unwrap()));
    wrong.extend(skips(text).disagreements(&Deselected::read("pkcs11-check.skipped").unwrap()));
    let end: Vec<&str> = text.lines().rev().take(60).collect();
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), end.join("\n"));
    assert!(
        said.code == 0 && verdict.passed() >= 780,
        "{}",
        end.join("\n")
    );
}

#[test]
fn a_skip_for_want_of_a_mechanism_that_is_there_is_seen() {
    assert!(misses("a.py::b SKIPPED (CKM_ECDSA_SHA256 not supported)"));
    assert!(misses("a.py::b SKIPPED (SHA256 not supported by module)"));
    assert!(!misses("a.py::b SKIPPED (CKM_AES_CBC not supported)"));
    assert!(!misses(
        "a.py::b SKIPPED (ECDSA: ECDSA_KEY_PAIR_GEN not supported)"
    ));
}
