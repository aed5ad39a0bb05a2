//! A program that loads the module, signs and unloads it, under valgrind's eyes: no memory is used wrongly,
//! and none is lost from one life of the module to the next.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::process::Command;

use sello_endurance::cards::Reader;
use sello_flow::programs::Spawned;

/// Lives of the module: few, and more. What is made once a process is in both.
const LIVES: [usize; 2] = [3, 13];
/// How valgrind ends when it found something.
const FOUND: &str = "99";

/// What the process still held when it ended, in bytes and blocks, as valgrind says it.
fn left_after(lives: usize) -> String {
    let reader = Reader::start().unwrap();
    let programs = Spawned::find("en_US.UTF-8").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("valgrind")
        .env("XDG_CACHE_HOME", folder.path())
        .args(["--leak-check=full", "--errors-for-leak-kinds=definite"])
        .arg("--num-callers=40")
        .arg(format!("--error-exitcode={FOUND}"))
        .arg(env!("CARGO_BIN_EXE_sello-endurance"))
        .args(["signing-cycles", &lives.to_string()])
        .arg(programs.path("libsello_pkcs11.so"))
        .arg(reader.name())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}", output.status);
    let left = said
        .lines()
        .find_map(|line| line.split_once("in use at exit: "));
    left.unwrap_or_else(|| panic!("valgrind tells no sum:\n{said}"))
        .1
        .to_owned()
}

#[test]
fn no_memory_is_used_wrongly_or_lost_from_life_to_life() {
    let [few, more] = LIVES.map(left_after);
    assert_eq!(few, more, "still in use after {LIVES:?} lives");
}
