//! The PKCS#11 module before the tests that OpenSC's `pkcs11-tool` has for modules: the system's release and a
//! later one, with a seal card and with another maker's kind of card in the reader.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use sello_flow::fixture::{PIN, Seal, Stage};
use sello_flow::programs::Spawned;
use sello_interop::piv_card::{self, MANAGEMENT_KEY};
use sello_interop::table::Table;
use sello_interop::tool::{self, Said};

/// What the threads do: initialize with and without locks, list slots, look at the token.
const THREADS: &str = "--test-threads IL:SL:GI:T0 --test-threads IN:SL:T0 --test-threads IL:SL:T0";

/// Runs a release of the program.
type Run = fn(&str, Vec<String>) -> std::io::Result<Said>;

const RELEASES: [(&str, Run); 2] = [
    ("the system's", |program, words| tool::run(program, words)),
    ("the later", |program, words| {
        tool::run_newer(program, words, &[])
    }),
];

/// What every release must say of a card.
fn passes(reader: &str, pin: &str) {
    let programs = Spawned::find("en_US.UTF-8").unwrap();
    let module = programs.path("libsello_pkcs11.so").display().to_string();
    for (release, run) in RELEASES {
        let does = |options: &str, says: &[&str]| {
            let mut words = vec!["--module".to_owned(), module.clone()];
            words.extend(["--slot-description".to_owned(), reader.to_owned()]);
            words.extend(["--login".to_owned(), "--pin".to_owned(), pin.to_owned()]);
            words.extend(options.split_ascii_whitespace().map(str::to_owned));
            let said = run("pkcs11-tool", words).unwrap();
            let agrees = said.agrees(says) && !said.text.contains("ERR");
            assert!(agrees, "{release}, {options}: {} {}", said.code, said.text);
            said.text
        };
        does("--test", &["SHA256: OK", "No errors"]);
        does("--test-fork", &["in forked child process"]);
        for _ in 0..3 {
            let text = does(&format!("{THREADS} --test"), &["No errors"]);
            // The releases say it in two ways.
            let ended = ["returning rv = 0", "returning rv:CKR_OK"];
            let ended = ended.map(|words| text.matches(words).count());
            assert_eq!(ended.iter().sum::<usize>(), 3, "{release}: {text}");
        }
    }
}

#[test]
fn a_seal_card_passes_the_tests_for_modules_in_children_and_in_threads() {
    let seal = Seal::at(Stage::Active).unwrap();
    passes(seal.reader(), PIN);
}

#[test]
fn a_plain_piv_card_passes_them_too() {
    let table = Table::new().unwrap();
    keys(&table).unwrap();
    passes(table.card.reader(), piv_card::PIN);
}

/// Keys on the card for signatures with the PIN once and always, and for agreement.
fn keys(table: &Table) -> std::io::Result<()> {
    for slot in ["9a", "9c", "9d"] {
        let command = format!(
            "--action=generate --slot={slot} --algorithm=ECCP256 --key={MANAGEMENT_KEY} --output=@{slot}.pem"
        );
        let mut words = vec!["--reader".to_owned(), table.card.reader().to_owned()];
        words.extend(table.words(&command));
        let said = tool::run_newer("yubico-piv-tool", words, &[])?;
        assert_eq!(said.code, 0, "{slot}: {}", said.text);
    }
    Ok(())
}
