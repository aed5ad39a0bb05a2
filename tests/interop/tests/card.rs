//! A Sello card before OpenSC and OpenSSL: a PIV card, with no software of ours in between.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::path::Path;

use sello_flow::fixture::{PIN, Seal, Stage};
use sello_interop::nss::anchor;
use sello_interop::tool::{self, Said};

fn opensc(program: &str, seal: &Seal, arguments: &[&str]) -> Said {
    let reader = match program {
        "pkcs11-tool" => "--slot-description",
        _ => "--reader",
    };
    let said = tool::run(
        program,
        [reader, seal.reader()]
            .into_iter()
            .chain(arguments.iter().copied()),
    );
    said.unwrap()
}

#[test]
fn opensc_sees_a_piv_card_and_reads_its_certificate() {
    let seal = Seal::at(Stage::Active).unwrap();
    let said = opensc("opensc-tool", &seal, &["--name"]);
    assert!(
        said.agrees(&["Personal Identity Verification Card"]),
        "{}",
        said.text
    );
    let said = opensc("piv-tool", &seal, &["--name"]);
    assert!(
        said.agrees(&["Personal Identity Verification Card"]),
        "{}",
        said.text
    );
    let said = opensc(
        "opensc-tool",
        &seal,
        &["--send-apdu", "00:A4:04:00:05:A0:00:00:03:08"],
    );
    assert!(said.agrees(&["SW1=0x90, SW2=0x00"]), "{}", said.text);
    let said = opensc(
        "pkcs15-tool",
        &seal,
        &["--list-certificates", "--list-keys", "--list-pins"],
    );
    assert!(
        said.agrees(&["X.509 Certificate", "Private EC Key", "PIN"]),
        "{}",
        said.text
    );
}

#[test]
fn the_certificate_read_by_opensc_chains_to_the_center() {
    let seal = Seal::at(Stage::Active).unwrap();
    let certificate = seal.path("certificate.pem");
    let file = certificate.to_string_lossy().into_owned();
    let said = opensc(
        "pkcs15-tool",
        &seal,
        &["--read-certificate", "02", "--output", &file],
    );
    assert_eq!(said.code, 0, "{}", said.text);
    let anchor = anchor(&seal.trust()).unwrap();
    let said = verify_certificate(&anchor, &certificate);
    assert!(said.agrees(&["OK"]), "{}", said.text);
}

fn verify_certificate(anchor: &Path, certificate: &Path) -> Said {
    let words = ["verify", "-x509_strict", "-CAfile"];
    let files = [anchor.as_os_str(), certificate.as_os_str()];
    tool::run("openssl", words.iter().map(AsRef::as_ref).chain(files)).unwrap()
}

#[test]
fn opensc_signs_with_the_seal_key_and_openssl_verifies() {
    let seal = Seal::at(Stage::Active).unwrap();
    let data = seal.path("data.bin");
    std::fs::write(&data, b"what a third-party program signs").unwrap();
    let (input, output) = (text(&data), text(&seal.path("signature.der")));
    let said = opensc(
        "pkcs11-tool",
        &seal,
        &[
            "--login",
            "--pin",
            PIN,
            "--sign",
            "--mechanism",
            "ECDSA-SHA256",
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
    assert_eq!(said.code, 0, "{}", said.text);
    let certificate = text(&seal.path("certificate.pem"));
    opensc(
        "pkcs15-tool",
        &seal,
        &["--read-certificate", "02", "--output", &certificate],
    );
    let said = verify_signature(&seal, &certificate, &input, &output);
    assert!(said.agrees(&["Verified OK"]), "{}", said.text);
}

/// `openssl dgst -verify` with the public key of a certificate.
fn verify_signature(seal: &Seal, certificate: &str, data: &str, signature: &str) -> Said {
    let key = text(&seal.path("key.pem"));
    let words = [
        "x509",
        "-in",
        certificate,
        "-pubkey",
        "-noout",
        "-out",
        &key,
    ];
    assert_eq!(tool::run("openssl", words).unwrap().code, 0);
    tool::run(
        "openssl",
        [
            "dgst",
            "-sha256",
            "-verify",
            &key,
            "-signature",
            signature,
            data,
        ],
    )
    .unwrap()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
