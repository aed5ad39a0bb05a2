//! The PKCS#11 module with a seal card before the test suite of PyKCS11, as its authors run it against a
//! token in memory. Their PIN is 1234 everywhere, which no PIV card allows (SP 800-73-5 part 2, 2.4.3), so the
//! card's PIN is put in its place.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::process::Command;

use sello_flow::fixture::{PIN, Seal, Stage};
use sello_interop::tool::judges;
use sello_interop::verdict::{Deselected, Verdict};

#[test]
fn the_suite_of_pykcs11_agrees_with_the_module() {
    let seal = Seal::at(Stage::Active).unwrap();
    let judges = judges().unwrap();
    let suite = seal.path("test");
    std::fs::create_dir(&suite).unwrap();
    for file in std::fs::read_dir(judges.join("pykcs11/test")).unwrap() {
        let file = file.unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        let text = text.replace("\"1234\"", &format!("\"{PIN}\""));
        std::fs::write(suite.join(file.file_name()), text).unwrap();
    }
    let output = Command::new(judges.join("bin/python"))
        .args(["-m", "pytest", "--verbose", "--tb=short"])
        .args(["-p", "no:cacheprovider", "--color=no"])
        .args(["-o", "console_output_style=classic", "test"])
        .env("PYKCS11LIB", seal.programs.path("libsello_pkcs11.so"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(seal.folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let verdict = Verdict::of_pytest(&said, "test/");
    let list = Deselected::read("pykcs11.deselected").unwrap();
    let wrong = verdict.disagreements(&list);
    assert!(wrong.is_empty(), "{}\n{said}", wrong.join("\n"));
    assert!(verdict.passed() >= 30, "{said}");
}
