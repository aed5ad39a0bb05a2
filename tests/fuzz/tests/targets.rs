//! The targets as ordinary tests: what the corpus says, and bytes that a fixed seed gives.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use sello_fuzz::{TARGETS, Target};

/// What the random bytes begin with; `PROPTEST_RNG_SEED` gives others.
const SEED: u64 = 0x5E11_0F02;
/// The corpus stays small, so that replaying it costs little.
const LARGEST_CORPUS: usize = 1024 * 1024;

/// The files of a target's corpus, each with its name.
fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    let mut files = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect::<Vec<_>>();
    files.sort();
    files
}

fn target(name: &str) -> Target {
    *TARGETS.iter().find(|(other, _)| *other == name).unwrap()
}

fn replay(name: &str) {
    let (_, run) = target(name);
    let files = corpus(name);
    assert!(!files.is_empty(), "no corpus for {name}");
    for (file, bytes) in files {
        let outcome = catch_unwind(AssertUnwindSafe(|| run(&bytes)));
        assert!(outcome.is_ok(), "corpus/{name}/{file} does not hold");
    }
}

/// Bytes at random, and files of the corpus with a few bytes changed, put in or taken out.
fn random(name: &str, cases: u32) {
    let (_, run) = target(name);
    let files = corpus(name);
    let edit = (any::<prop::sample::Index>(), any::<u8>(), 0..3_u8);
    let changed =
        (any::<prop::sample::Index>(), vec(edit, 0..12)).prop_map(move |(file, edits)| {
            let mut bytes = file.get(&files).1.clone();
            for (place, byte, kind) in edits {
                let at = place.index(bytes.len() + 1);
                match kind {
                    0 => bytes.insert(at, byte),
                    1 if at < bytes.len() => drop(bytes.remove(at)),
                    _ if at < bytes.len() => bytes[at] = byte,
                    _ => bytes.push(byte),
                }
            }
            bytes
        });
    let bytes = prop_oneof![1 => vec(any::<u8>(), 0..300), 2 => changed];
    let mut config = ProptestConfig::with_cases(cases);
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(SEED);
    }
    config.failure_persistence = None;
    eprintln!("{name}: {cases} cases, {:?}", config.rng_seed);
    let outcome = TestRunner::new(config).run(&bytes, |bytes| {
        run(&bytes);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{name} does not hold: {failure}");
    }
}

macro_rules! targets {
    ($($name:ident: $cases:literal),* $(,)?) => {$(
        mod $name {
            #[test]
            fn holds_for_its_corpus() {
                super::replay(stringify!($name));
            }

            #[test]
            fn holds_for_random_bytes() {
                super::random(stringify!($name), $cases);
            }
        }
    )*

    #[test]
    fn every_target_is_tested_and_has_an_engine_door() {
        let tested = [$(stringify!($name)),*];
        assert!(TARGETS.iter().map(|(name, _)| *name).eq(tested));
        for name in tested {
            let door = format!("fuzz_targets/{name}.rs");
            let door = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(door);
            let text = fs::read_to_string(door).unwrap();
            assert!(text.contains(&format!("sello_fuzz::{name}::run(data)")));
        }
    }
    };
}

targets! {
    apdu: 4000,
    asic: 1000,
    cache: 500,
    card_answers: 500,
    chaining: 1000,
    cms: 1000,
    crl: 1000,
    dialogue: 500,
    documents: 500,
    ocsp: 1000,
    pkcs11_calls: 2000,
    scp03: 1000,
    state_file: 400,
    timestamp: 1000,
    tlv: 4000,
}

#[test]
fn the_corpus_is_small() {
    let sizes = TARGETS.iter().flat_map(|(name, _)| corpus(name));
    let size = sizes.map(|(_, bytes)| bytes.len()).sum::<usize>();
    assert!(size < LARGEST_CORPUS, "{size} bytes");
}
