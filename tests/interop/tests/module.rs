//! The PKCS#11 module before OpenSC's `pkcs11-tool` and OpenSSL.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::path::Path;

use sello_flow::fixture::{PIN, Seal, Stage};
use sello_interop::tool::{self, Said};

fn tool(seal: &Seal, arguments: &[&str]) -> Said {
    let module = text(&seal.programs.path("libsello_pkcs11.so"));
    let words = ["--module", &module, "--slot-description", seal.reader()];
    tool::run(
        "pkcs11-tool",
        words.into_iter().chain(arguments.iter().copied()),
    )
    .unwrap()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[test]
fn it_lists_the_slot_the_token_and_its_objects_without_a_pin() {
    let seal = Seal::at(Stage::Active).unwrap();
    let said = tool(&seal, &["--list-token-slots"]);
    assert!(
        said.agrees(&[seal.reader(), "token label", "serial num"]),
        "{}",
        said.text
    );
    let said = tool(&seal, &["--list-objects"]);
    assert!(
        said.agrees(&["Certificate Object", "Public Key Object; EC"]),
        "{}",
        said.text
    );
    let said = tool(&seal, &["--list-mechanisms"]);
    assert!(said.agrees(&["ECDSA, ", "ECDSA-SHA256, "]), "{}", said.text);
    let said = tool(&seal, &["--login", "--pin", PIN, "--list-objects"]);
    assert!(
        said.agrees(&["Private Key Object; EC", "always authenticate"]),
        "{}",
        said.text
    );
}

#[test]
fn it_signs_and_openssl_verifies_with_the_certificate_of_the_card() {
    let seal = Seal::at(Stage::Active).unwrap();
    let certificate = seal.path("certificate.der");
    let file = text(&certificate);
    let words = [
        "--read-object",
        "--type",
        "cert",
        "--id",
        "02",
        "--output-file",
        &file,
    ];
    let said = tool(&seal, &words);
    assert_eq!(said.code, 0, "{}", said.text);
    let key = text(&seal.path("key.pem"));
    let words = [
        "x509", "-inform", "DER", "-in", &file, "-pubkey", "-noout", "-out", &key,
    ];
    assert_eq!(tool::run("openssl", words).unwrap().code, 0);

    let data = seal.path("data.bin");
    std::fs::write(&data, [0x5A; 4000]).unwrap();
    let digest = seal.path("digest.bin");
    let words = [
        "dgst",
        "-sha256",
        "-binary",
        "-out",
        &text(&digest),
        &text(&data),
    ]
    .map(str::to_owned);
    assert_eq!(tool::run("openssl", words).unwrap().code, 0);
    for (mechanism, input) in [("ECDSA", &digest), ("ECDSA-SHA256", &data)] {
        let output = text(&seal.path("signature.der"));
        let input = text(input);
        let said = tool(
            &seal,
            &[
                "--login",
                "--pin",
                PIN,
                "--sign",
                "--mechanism",
                mechanism,
                "--id",
                "02",
                "--signature-format",
                "openssl",
                "--input-file",
                &input,
                "--output-file",
                &output,
            ],
        );
        assert_eq!(said.code, 0, "{mechanism}: {}", said.text);
        let words = [
            "dgst",
            "-sha256",
            "-verify",
            &key,
            "-signature",
            &output,
            &text(&data),
        ];
        let said = tool::run("openssl", words.map(str::to_owned)).unwrap();
        assert!(said.agrees(&["Verified OK"]), "{mechanism}: {}", said.text);
    }
}

#[test]
fn a_wrong_pin_is_counted_and_said() {
    let seal = Seal::at(Stage::Active).unwrap();
    let said = tool(&seal, &["--login", "--pin", "000000", "--list-objects"]);
    assert!(
        said.code != 0 && said.text.contains("CKR_PIN_INCORRECT"),
        "{}",
        said.text
    );
    let said = tool(&seal, &["--list-token-slots"]);
    assert!(said.agrees(&["user PIN count low"]), "{}", said.text);
    for _ in 0..2 {
        tool(&seal, &["--login", "--pin", "000000", "--list-objects"]);
    }
    let said = tool(&seal, &["--login", "--pin", PIN, "--list-objects"]);
    assert!(said.text.contains("CKR_PIN_LOCKED"), "{}", said.text);
}

#[test]
fn a_pulled_card_is_no_token_and_works_again_when_put_back() {
    let mut seal = Seal::at(Stage::Active).unwrap();
    seal.rack.remove(0).unwrap();
    let said = tool(&seal, &["--login", "--pin", PIN, "--list-objects"]);
    assert!(said.code != 0, "{}", said.text);
    seal.rack.insert(0).unwrap();
    let said = tool(&seal, &["--login", "--pin", PIN, "--list-objects"]);
    assert!(said.agrees(&["Private Key Object; EC"]), "{}", said.text);
}
