//! Each recipe of `middleware/pkcs11/USING.md`, followed as it stands with a seal card in the reader.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::sync::{Mutex, PoisonError};

use sello_flow::fixture::{PIN, Seal, Stage};
use sello_flow::sample;
use sello_interop::recipe::{self, Kitchen, Recipe};
use sello_interop::tool::Said;

const PAGE: &str = include_str!("../../../middleware/pkcs11/USING.md");

/// Makes a test of each recipe, and the list of all.
macro_rules! recipes {
    ($($test:ident: $name:literal, $says:expr;)+) => {
        const NAMES: &[&str] = &[$($name),+];
        $(
            #[test]
            fn $test() {
                let said = follow($name);
                let words: &[&str] = &$says;
                assert!(said.agrees(words), "{}: {}", said.code, said.text);
            }
        )+
    };
}

recipes! {
    opensc: "pkcs11-tool", ["Certificate Object", "Verified OK"];
    openssl: "openssl", ["CMS Verification successful"];
    gnutls: "gnutls", ["Official seal", "CMS Verification successful"];
    java: "java", ["Official seal", "jar verified"];
    nss: "nss", ["Official seal"];
    ssh: "ssh", ["custodian", "Signing CA: ECDSA"];
    pyhanko: "pyhanko", [];
    python: "python", [];
    node: "node", [];
    go: "go", [];
    p11_kit: "p11-kit", ["Official seal", "manufacturer=Sello"];
    trace: "trace", ["C_Login"];
}

fn all() -> Vec<Recipe> {
    recipe::read(PAGE).unwrap()
}

/// The recipes are for people with one card: there must be no other one beside it.
static ALONE: Mutex<()> = Mutex::new(());

fn follow(name: &str) -> Said {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let seal = Seal::at(Stage::Active).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("letter.txt"), "what is signed\n").unwrap();
    let contract = sample::contract(1, sample::Language::English);
    std::fs::write(folder.path().join("contract.pdf"), contract).unwrap();
    let kitchen = Kitchen {
        folder: folder.path(),
        module: seal.programs.path("libsello_pkcs11.so"),
        pin: PIN,
    };
    let recipes = all();
    let recipe = recipes.iter().find(|recipe| recipe.name == name);
    let said = kitchen.follow(recipe.unwrap()).unwrap();
    if name == "pyhanko" {
        let signed = std::fs::read(folder.path().join("contract-signed.pdf"));
        assert!(
            signed.is_ok_and(|pdf| pdf.windows(10).any(|bytes| bytes == b"/ByteRange")),
            "{}",
            said.text
        );
    }
    said
}

#[test]
fn each_recipe_of_the_page_is_followed_here() {
    let names: Vec<_> = all().into_iter().map(|recipe| recipe.name).collect();
    let missing: Vec<_> = names
        .iter()
        .filter(|name| !NAMES.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(names.len(), NAMES.len());
}
