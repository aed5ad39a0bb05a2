//! The module is loaded, raced, forked and left, in a process of its own each time: it neither crashes nor
//! hangs, and nothing is left.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::process::Command;
use std::sync::{Mutex, PoisonError};

use sello_endurance::beside;

/// One at a time: each of them wants the whole machine.
static TURN: Mutex<()> = Mutex::new(());

/// Starts the program beside a card and demands that it ends well.
fn holds(way: &str, count: usize) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut program = Command::new(env!("CARGO_BIN_EXE_sello-endurance"));
    let said = beside::a_card(&mut program, way, count);
    println!("{said}");
}

#[test]
fn loading_and_unloading_leaves_nothing() {
    holds("cycles", 2000);
}

#[test]
fn loading_and_unloading_from_threads_leaves_nothing() {
    holds("cycles-in-threads", 2000);
}

#[test]
fn a_program_may_end_without_finalizing() {
    for _ in 0..5 {
        holds("exit", 0);
    }
}

#[test]
fn a_program_may_end_in_any_thread() {
    for _ in 0..5 {
        holds("exit-in-thread", 0);
    }
}

#[test]
fn a_child_forked_in_the_midst_of_things_begins_anew() {
    holds("fork", 20);
}

#[test]
fn initializing_and_finalizing_under_use_is_told_and_no_crash() {
    for way in ["race-unsaid", "race-system", "race-application"] {
        holds(way, 10);
    }
}

#[test]
fn who_waits_for_an_event_is_told_of_the_end() {
    holds("finalize-under-waiters", 100);
}
