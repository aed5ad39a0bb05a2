//! The program of these tests, started beside a card.

use std::process::Command;

use sello_flow::programs::Spawned;

use crate::cards::Reader;

/// Runs a command that ends with the program's path, in one of its ways and so often, with a card in a reader
/// and nothing kept of it; gives what it said.
///
/// # Panics
/// When it does not end well, with what it said.
#[must_use]
pub fn a_card(command: &mut Command, way: &str, count: usize) -> String {
    let reader = Reader::start().unwrap();
    let programs = Spawned::find("en_US.UTF-8").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = command
        .env("XDG_CACHE_HOME", folder.path())
        .args([way, &count.to_string()])
        .arg(programs.path("libsello_pkcs11.so"))
        .arg(reader.name())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{way}: {}\n{said}", output.status);
    said
}
