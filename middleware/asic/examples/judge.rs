//! Judges files and prints the reports as JSON:
//! `cargo run -p sello-asic --example judge -- [--trust DIR] FILE...`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool for people who try things out"
)]

use std::io::Cursor;
use std::{env, fs};

use sello_asic::{verify_attached, verify_container};
use sello_cades::TrustStore;
use sello_cades::validation::Trust;
use time::OffsetDateTime;

fn main() {
    let mut store = TrustStore::default();
    let mut arguments = env::args().skip(1);
    while let Some(name) = arguments.next() {
        if name == "--trust" {
            store = TrustStore::load_dir(arguments.next().unwrap().as_ref()).unwrap();
            continue;
        }
        let trust = Trust {
            store: &store,
            now: OffsetDateTime::now_utc(),
        };
        let bytes = fs::read(&name).unwrap();
        let report = if bytes.starts_with(b"PK") {
            verify_container(Cursor::new(bytes), None, trust)
        } else {
            verify_attached(&bytes, &name, trust)
        };
        println!("{name}\n{}", serde_json::to_string_pretty(&report).unwrap());
    }
}
