//! `sello stamp-files` at every level, and what verifies it.

use std::fs;

use serde_json::Value;

use super::desk;
use crate::testing::{Desk, FakeCard, tsa};

/// The report on a file that verifies as valid.
fn valid(desk: &mut Desk, name: &str) -> Value {
    let said = desk.run(&format!("verify --json --trust @trust @{name}"));
    assert_eq!(said.code, 0, "{name}: {}", said.out);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    report[0].clone()
}

#[test]
fn files_are_sealed_at_every_level_and_verify_as_valid() {
    let card = FakeCard::with_seal(7);
    for (level, name, tokens) in [("t", "B-T", 2), ("lt", "B-LT", 2), ("lta", "B-LTA", 3)] {
        for how in ["--detached", "--container @out.asice"] {
            let mut desk = desk(&card).types(&["123456"]);
            let url = tsa::listen(tokens);
            let line = format!(
                "stamp-files @in.pdf {how} --level {level} --tsa {url} --trust @trust --json"
            );
            let stamped = desk.run(&line);
            assert_eq!(stamped.code, 0, "{level} {how}: {stamped:?}");
            let answer: Value = serde_json::from_str(&stamped.out).unwrap();
            assert_eq!(answer["level"], name);
            let detached = how == "--detached";
            let file = if detached { "in.pdf.p7s" } else { "out.asice" };
            let report = valid(&mut desk, file);
            let signer = &report["signatures"][0]["signers"][0];
            assert!(signer["proven_time"].is_string(), "{level} {how}: {report}");
            let stamps = signer["timestamps"].as_array().unwrap();
            let kinds: Vec<_> = stamps.iter().map(|stamp| stamp["kind"].clone()).collect();
            // The archive timestamp of a container is over its manifest, beside the signature.
            let due: &[&str] = match (level, detached) {
                ("lta", true) => &["signature", "archive"],
                _ => &["signature"],
            };
            assert_eq!(kinds, due, "{level} {how}: {report}");
            for stamp in stamps {
                assert!(stamp.get("code").is_none(), "{stamp}");
            }
        }
    }
}

#[test]
fn the_level_that_keeps_carries_what_verifying_needs() {
    let card = FakeCard::with_seal(7);
    for how in ["--detached", "--container @out.asice"] {
        let mut desk = desk(&card).types(&["123456"]);
        let url = tsa::listen(3);
        let line =
            format!("stamp-files @in.pdf {how} --level lta --tsa {url} --trust @trust --json");
        assert_eq!(desk.run(&line).code, 0);
        // Nothing but the anchor is known any more.
        fs::remove_file(desk.path("trust/crls/ca.crl")).unwrap();
        let file = match how {
            "--detached" => "in.pdf.p7s",
            _ => "out.asice",
        };
        valid(&mut desk, file);
    }
}

#[test]
fn an_archive_timestamp_notices_what_is_taken_away_or_changed() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["123456"]);
    let url = tsa::listen(3);
    let line = format!("stamp-files @in.pdf --detached --level lta --tsa {url} --trust @trust");
    assert_eq!(desk.run(&line).code, 0);
    let signature = fs::read(desk.path("in.pdf.p7s")).unwrap();
    // One octet of the revocation list that the archive timestamp is over.
    let list = fs::read(desk.path("trust/crls/ca.crl")).unwrap();
    let at = signature
        .windows(list.len())
        .position(|part| part == list)
        .unwrap();
    let mut changed = signature;
    changed[at + list.len() - 1] ^= 1;
    fs::write(desk.path("in.pdf.p7s"), changed).unwrap();
    let said = desk.run("verify --json --trust @trust @in.pdf.p7s");
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let stamps = &report[0]["signatures"][0]["signers"][0]["timestamps"];
    let mut stamps = stamps.as_array().unwrap().iter();
    let archive = stamps.find(|stamp| stamp["kind"] == "archive").unwrap();
    assert_eq!(archive["code"], "ARCHIVED_DATA_MISSING", "{report}");
}

#[test]
fn an_authority_that_goes_away_leaves_no_half_written_file() {
    let card = FakeCard::with_seal(7);
    for (how, tokens, asked) in [
        ("--detached", 0, 0),
        ("--detached", 1, 1),
        ("--detached", 2, 1),
        ("--container @out.asice", 2, 1),
    ] {
        let mut desk = desk(&card).types(&["123456"]);
        let url = tsa::listen(tokens);
        let line = format!("stamp-files @in.pdf {how} --level lta --tsa {url} --trust @trust");
        let failed = desk.run(&line);
        assert_eq!(failed.code, 2, "{how} {tokens}: {failed:?}");
        assert!(failed.err.contains("127.0.0.1"), "{}", failed.err);
        assert_eq!(failed.prompts.len(), asked, "{how} {tokens}");
        assert!(desk.new_files().is_empty(), "{:?}", desk.new_files());
    }
}

#[test]
fn a_level_without_an_authority_is_refused_before_the_pin() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["123456"]);
    let refused = desk.run("stamp-files @in.pdf --detached --level lt");
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("--tsa"), "{}", refused.err);
    assert!(refused.prompts.is_empty() && desk.new_files().is_empty());
}
