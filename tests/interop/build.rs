//! Finds the integration tests of the crates `yubikey` and `cryptoki` among the sources that cargo has, and
//! writes modules that take them in: the former as they are, the latter with our card in place of a token that
//! they would initialize.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const CRATE: &str = "yubikey";
/// The PKCS#11 client of Rust.
const CLIENT: &str = "cryptoki";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if client().is_none() {
        println!("cargo::error=cannot write the module of the {CLIENT} tests");
    }
    let Some(folder) = source(CRATE) else {
        println!("cargo::error=cargo does not know where the crate {CRATE} lies");
        return;
    };
    let tests = folder.join("tests/integration.rs");
    println!("cargo::rustc-env=YUBIKEY_SOURCE={}", folder.display());
    let module = format!(
        "#[path = {:?}]\n#[allow(warnings, clippy::all, clippy::restriction)]\nmod theirs;\n",
        tests.display().to_string()
    );
    let place = std::env::var_os("OUT_DIR").map(|out| Path::new(&out).join("yubikey.rs"));
    if place
        .and_then(|place| std::fs::write(place, module).ok())
        .is_none()
    {
        println!("cargo::error=cannot write the module of the {CRATE} tests");
    }
}

/// Writes the client's tests that need a token. They bring a module `common` of their own, which initializes
/// it; here it is that of the test program. None runs by itself, without a card.
fn client() -> Option<()> {
    let tests = source(CLIENT)?.join("tests/basic.rs");
    let text = std::fs::read_to_string(tests).ok()?;
    let text = text
        .replace("mod common;", "use crate::common;")
        .replace("#[test]", "#[test]\n#[ignore]");
    let place = PathBuf::from(std::env::var_os("OUT_DIR")?);
    std::fs::write(place.join("cryptoki_basic.rs"), text).ok()?;
    let module = format!(
        "#[path = {:?}]\n#[allow(warnings, clippy::all, clippy::restriction)]\nmod basic;\n",
        place.join("cryptoki_basic.rs").display().to_string()
    );
    std::fs::write(place.join("cryptoki.rs"), module).ok()
}

/// The folder of a crate that this package depends on.
fn source(name: &str) -> Option<PathBuf> {
    let cargo = std::env::var_os("CARGO")?;
    // What other platforms need is not there.
    let platform = std::env::var_os("HOST")?;
    let words = ["metadata", "--format-version=1", "--locked", "--offline"];
    let mut ask = Command::new(cargo);
    ask.args(words).arg("--filter-platform").arg(platform);
    let output = ask.output().ok()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).ok()?;
    let packages = metadata.get("packages")?.as_array()?;
    let package = packages
        .iter()
        .find(|package| package.get("name").and_then(Value::as_str) == Some(name))?;
    let manifest = package.get("manifest_path")?.as_str()?;
    Some(Path::new(manifest).parent()?.to_path_buf())
}
