//! The PKCS#11 module before the mandatory cases of OASIS "PKCS #11 Profiles Version 3.2". Each is a file in
//! `judges/profiles` that says where its calls come from, and what is not as published.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use sello_flow::fixture::{PIN, Seal, Stage};
use sello_flow::programs::Spawned;
use sello_interop::piv_card;
use sello_interop::table::Table;
use sello_interop::tool;

/// A case takes the first token there is.
static ALONE: Mutex<()> = Mutex::new(());

fn passes(case: &str, module: &Path, pin: &str) {
    let judges = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges");
    let python = tool::judges().unwrap().join("bin/python");
    let words = [
        &judges.join("profile_case.py"),
        module,
        &judges.join("profiles").join(format!("{case}.case")),
    ];
    let pin = [
        ("PIN", pin.as_ref()),
        ("PYTHONDONTWRITEBYTECODE", "1".as_ref()),
    ];
    let said = tool::run_with(&python.to_string_lossy(), words, &pin).unwrap();
    assert!(said.agrees(&["calls made"]), "{case}: {}", said.text);
}

fn passes_with_a_seal(case: &str) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let seal = Seal::at(Stage::Active).unwrap();
    passes(case, &seal.programs.path("libsello_pkcs11.so"), PIN);
}

#[test]
fn the_baseline_provider_passes_as_published() {
    passes_with_a_seal("BL-M-1-32");
}

#[test]
fn the_public_certificates_token_passes_as_published() {
    passes_with_a_seal("CERT-M-1-32");
}

#[test]
fn the_extended_provider_passes_with_ec_in_place_of_rsa() {
    passes_with_a_seal("EXT-M-1-32");
}

#[test]
fn the_authentication_token_passes_with_ec_in_place_of_rsa() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // A key that wants the PIN once: the case has no login but the user's.
    let _table = Table::with_authentication_key().unwrap();
    let programs = Spawned::find("en_US.UTF-8").unwrap();
    let module = programs.path("libsello_pkcs11.so");
    passes("AUTH-M-1-32", &module, piv_card::PIN);
}
