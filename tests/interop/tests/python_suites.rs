//! The PKCS#11 module before the tests that its Python bindings have for modules, with a seal card.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use sello_interop::desk::Desk;
use sello_interop::verdict::{Deselected, Verdict};

/// How `pytest` is run; each file in a process of its own, since a binding that could not unload the module
/// spoils the next.
const PYTEST: &str = "export PYTHONDONTWRITEBYTECODE=1 PYTHONSAFEPATH=1
    pytest() {
        \"$PYTHON\" -m pytest --verbose --tb=short -p no:cacheprovider --color=no \\
            -o console_output_style=classic \"$@\" || test $? = 1
    }
";

/// Runs lines of a shell whose tests lie in `folder`, and compares.
fn agrees(lines: &str, folder: &str, list: &str, least: usize) {
    let desk = Desk::new().unwrap();
    let said = desk.shell(&format!("{PYTEST}{lines}")).unwrap();
    let verdict = Verdict::of_pytest(&said.text, folder);
    let wrong = verdict.disagreements(&Deselected::read(list).unwrap());
    let text = &said.text;
    assert!(wrong.is_empty(), "{}\n{text}", wrong.join("\n"));
    assert!(said.code == 0 && verdict.passed() >= least, "{text}");
}

#[test]
fn the_tests_of_pykcs11_agree_with_the_module() {
    let lines = "export PYKCS11LIB=\"$MODULE\" OTHER_PIN=281946 PYTHONPATH=\"$PLUGINS\"
        cd \"$JUDGES/pykcs11\"
        for file in test/test_*.py; do pytest -p pykcs11_codes \"$file\"; done";
    agrees(lines, "test/", "pykcs11.deselected", 46);
}

#[test]
fn the_tests_of_python_pkcs11_agree_with_the_module() {
    // Their folder has the sources of the binding as well, which are not compiled.
    let lines = "export PKCS11_MODULE=\"$MODULE\" PKCS11_TOKEN_LABEL='Official seal'
        export PKCS11_TOKEN_PIN=\"$PIN\" PKCS11_TOKEN_SO_PIN=\"$PUK\"
        cd \"$JUDGES/python-pkcs11\"
        for file in tests/test_*.py; do pytest --import-mode=importlib \"$file\"; done";
    agrees(lines, "tests/", "python-pkcs11.deselected", 24);
}
