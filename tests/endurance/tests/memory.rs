//! A program that loads the module, signs and unloads it, under valgrind's eyes: no memory is used wrongly,
//! and none is lost from one life of the module to the next.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::process::Command;

use sello_endurance::beside;

/// Lives of the module: few, and more. What is made once a process is in both.
const LIVES: [usize; 2] = [3, 13];
/// How valgrind ends when it found something.
const FOUND: &str = "99";

/// What the process still held when it ended, in bytes and blocks, as valgrind says it.
fn left_after(lives: usize) -> String {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--leak-check=full", "--errors-for-leak-kinds=definite"])
        .arg("--num-callers=40")
        .arg(format!("--error-exitcode={FOUND}"))
        .arg(env!("CARGO_BIN_EXE_sello-endurance"));
    let said = beside::a_card(&mut valgrind, "signing-cycles", lives);
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
