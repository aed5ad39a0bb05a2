//! Every rule of `specs/card.md` is tested, and every test that says which rule it tests names one that is
//! there.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use sello_conformance::Dialogue;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn specification() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("specs/card.md")).unwrap();
    let rules: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("- **")?.split_once("**"))
        .map(|(rule, _)| rule.to_owned())
        .collect();
    let set: BTreeSet<_> = rules.iter().cloned().collect();
    assert_eq!(set.len(), rules.len(), "a number twice");
    assert!(set.len() > 50);
    set
}

/// What the files of a folder of vectors say after `rule =`.
fn named_in(folder: &str) -> BTreeSet<String> {
    let mut rules = BTreeSet::new();
    for entry in fs::read_dir(root().join("specs/vectors").join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("rule = "));
        let line = line.unwrap_or_else(|| panic!("{} names no rule", path.display()));
        rules.extend(line.split(',').map(|rule| rule.trim().to_owned()));
    }
    assert!(!rules.is_empty(), "{folder}");
    rules
}

/// Rules named by a dialogue, or by a vector that both ends of the channel are held against.
fn named() -> BTreeSet<String> {
    let mut rules = named_in("card");
    rules.extend(named_in("scp03"));
    rules
}

/// Rules that no dialogue can show, each with a test that does.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    (
        "1.7",
        "tests/conformance/tests/states.rs",
        "no_dialogue_panics_and_refusals_change_nothing",
    ),
    (
        "5.6",
        "tests/conformance/tests/states.rs",
        "a_full_memory_refuses_and_keeps_what_it_has",
    ),
    (
        "8.9",
        "tests/conformance/tests/attestation.rs",
        "a_generated_key_is_attested_with_its_policy",
    ),
    (
        "10.1",
        "tests/conformance/tests/every_write.rs",
        "every_dialogue_cut_at_every_write_is_whole_or_not_at_all",
    ),
    (
        "10.2",
        "tests/conformance/tests/power_cuts.rs",
        "no_cut_gives_a_try_back",
    ),
    (
        "10.3",
        "tests/conformance/tests/every_write.rs",
        "every_dialogue_cut_at_every_write_is_whole_or_not_at_all",
    ),
    (
        "10.4",
        "tests/conformance/tests/every_write.rs",
        "every_dialogue_cut_at_every_write_is_whole_or_not_at_all",
    ),
    (
        "17.2",
        "tests/conformance/tests/journal.rs",
        "a_cut_stamping_leaves_its_entry_and_takes_its_approval_or_neither",
    ),
    (
        "17.5",
        "tests/conformance/tests/journal.rs",
        "a_full_card_stamps_on_and_keeps_the_newest_512_entries",
    ),
];

#[test]
fn every_rule_has_a_test() {
    let named = named();
    for rule in specification() {
        let elsewhere = ELSEWHERE.iter().any(|(r, ..)| *r == rule);
        assert!(
            named.contains(&rule) != elsewhere,
            "rule {rule}: in a dialogue or in the list, not both, not neither"
        );
    }
}

#[test]
fn every_rule_that_is_named_is_there() {
    let rules = specification();
    for rule in named() {
        assert!(rules.contains(&rule), "{rule}");
    }
    for (rule, file, test) in ELSEWHERE {
        assert!(rules.contains(*rule), "{rule}");
        let text = fs::read_to_string(root().join(file)).unwrap();
        assert!(text.contains(&format!("fn {test}(")), "{file}: {test}");
    }
}

#[test]
fn a_dialogue_is_read_with_all_its_rules() {
    let text = "name = n\nrule = 1.1, 2.2\nsource = s\nstart = blank\n";
    assert_eq!(Dialogue::parse(text).unwrap().rules, ["1.1", "2.2"]);
}
