//! The PKCS#11 module before the tests of the `cryptoki` crate (`tests/basic.rs`), taken from its published
//! sources, with a seal card.
//!
//! Their author initializes a token for each of them, which no card lets an application do: [`common`] stands
//! in for their module of that name, and gives the card as it is. The test program runs itself again for each
//! of them, since one that fails would leave the module as it is to the others. The crate's other files are for
//! ML-DSA, ML-KEM, SLH-DSA and AES-GCM alone, which no card has, or need no token.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::process::{Command, Output};

use sello_interop::desk::Desk;
use sello_interop::verdict::{Deselected, Ending, Verdict};

/// Names the module for the program that runs a case.
const MODULE: &str = "SELLO_TEST_MODULE";
/// Names the card's PUK for it.
const PUK: &str = "SELLO_TEST_PUK";

/// What the cases have of their author's module of this name.
pub mod common {
    use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
    use cryptoki::session::Session;
    use cryptoki::slot::Slot;

    pub use sello_flow::fixture::PIN as USER_PIN;
    /// The security officer's code, which on a card is the PUK.
    pub const SO_PIN: Puk = Puk;

    #[derive(Clone, Copy, Debug)]
    pub struct Puk;

    impl From<Puk> for Box<str> {
        fn from(_: Puk) -> Self {
            std::env::var(super::PUK).unwrap().into()
        }
    }

    pub fn get_pkcs11() -> Pkcs11 {
        Pkcs11::new(std::env::var_os(super::MODULE).unwrap()).unwrap()
    }

    /// The card in the first reader, as it is.
    pub fn init_pins() -> (Pkcs11, Slot) {
        let pkcs11 = get_pkcs11();
        let locks = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        pkcs11.initialize(locks).unwrap();
        let slot = pkcs11.get_slots_with_token().unwrap().remove(0);
        (pkcs11, slot)
    }

    pub fn is_softhsm() -> bool {
        false
    }

    pub fn is_kryoptic() -> bool {
        false
    }

    pub fn is_fips(_: &Session) -> bool {
        false
    }

    pub fn get_firmware_version(pkcs11: &Pkcs11, slot: Slot) -> (u8, u8) {
        let version = pkcs11.get_slot_info(slot).unwrap().firmware_version();
        (version.major(), version.minor())
    }
}

include!(concat!(env!("OUT_DIR"), "/cryptoki.rs"));

#[test]
fn the_tests_of_the_cryptoki_crate_agree_with_the_module() {
    let desk = Desk::new().unwrap();
    let list = myself(&desk, &["basic::", "--ignored", "--list"]);
    let mut verdict = Verdict::default();
    let mut said = String::new();
    for case in String::from_utf8_lossy(&list.stdout).lines() {
        let Some(case) = case.strip_suffix(": test") else {
            continue;
        };
        let output = myself(&desk, &[case, "--exact", "--ignored", "--color=never"]);
        let text = String::from_utf8_lossy(&output.stdout);
        let ran = text.contains("\ntest result: ok. 1 passed") && output.status.success();
        let ending = if ran { Ending::Passed } else { Ending::Failed };
        verdict.add(case.trim_start_matches("basic::"), ending);
        said.push_str(&text);
    }
    let list = Deselected::read("cryptoki.deselected").unwrap();
    let wrong = verdict.disagreements(&list);
    assert!(wrong.is_empty(), "{}\n{said}", wrong.join("\n"));
    assert!(verdict.passed() >= 10, "{said}");
}

/// Runs this program, as the crate's author would run theirs. One case waits for a card that nobody brings.
fn myself(desk: &Desk, words: &[&str]) -> Output {
    Command::new("timeout")
        .arg("10")
        .arg(std::env::current_exe().unwrap())
        .args(words)
        .env(MODULE, desk.seal.programs.path("libsello_pkcs11.so"))
        .env(PUK, &desk.seal.puk)
        .env("HOME", desk.path(""))
        .env("XDG_CACHE_HOME", desk.path(".cache"))
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap()
}
