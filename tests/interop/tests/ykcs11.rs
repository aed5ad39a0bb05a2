//! An unpersonalized PIV card before `ykcs11`, another maker's PKCS#11 module, through `pkcs11-tool`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use sello_interop::piv_card::{MANAGEMENT_KEY, PIN};
use sello_interop::table::Table;
use sello_interop::tool::{self, Said};

/// Identifier in the module, slot on the card, curve, hash.
const KEYS: [(&str, u8, &str, &str); 4] = [
    ("01", 0x9A, "prime256v1", "SHA256"),
    ("02", 0x9C, "secp384r1", "SHA384"),
    ("03", 0x9D, "secp384r1", "SHA384"),
    ("05", 0x82, "prime256v1", "SHA256"),
];

fn run(table: &Table, command: &str) -> Said {
    let module = tool::newer_module("libykcs11.so.2").display().to_string();
    let mut words = vec!["--module".to_owned(), module];
    words.extend([
        "--slot-description".to_owned(),
        table.card.reader().to_owned(),
    ]);
    words.extend(table.words(command));
    tool::run_newer("pkcs11-tool", words, &[]).unwrap()
}

fn does(table: &Table, command: &str, says: &[&str]) {
    let said = run(table, command);
    assert!(said.agrees(says), "{command}: {} {}", said.code, said.text);
}

fn openssl(table: &Table, command: &str, says: &str) {
    let said = table.openssl(command).unwrap();
    assert!(said.agrees(&[says]), "openssl {command}: {}", said.text);
}

#[test]
fn ykcs11_makes_keys_and_uses_them() {
    let table = Table::new().unwrap();
    let serial = table.card.serial().to_string();
    does(&table, "--list-token-slots", &[&serial, "PIN initialized"]);
    table.write("data", "what a third party signs").unwrap();
    for key in KEYS {
        make(&table, key);
        sign(&table, key);
    }
    does(
        &table,
        &format!("--login --pin {PIN} --test"),
        &["No errors"],
    );
    let lists = [
        "EC_POINT 256 bits",
        "EC_POINT 384 bits",
        "Certificate Object",
    ];
    does(&table, "--list-objects", &lists);
    does(
        &table,
        "--list-objects",
        &["Public key for Digital Signature"],
    );
    agree(&table);
    codes(&table);
    initialize(&table);
}

/// A key pair, under the management key: what the module says of it is what is on the card, or pkcs11-tool
/// would not find it again.
fn make(table: &Table, (id, slot, curve, _): (&str, u8, &str, &str)) {
    let officer = format!("--login --login-type so --so-pin {MANAGEMENT_KEY}");
    let command = format!("{officer} --keypairgen --id {id} --key-type EC:{curve}");
    does(table, &command, &["Key pair generated"]);
    let key = table.card.public_key(slot).unwrap();
    table.write(&format!("{id}.der"), key).unwrap();
    let read = format!("--read-object --type pubkey --id {id} --output-file @read");
    does(table, &read, &[]);
    assert!(table.same("read", &format!("{id}.der")).unwrap());
}

fn sign(table: &Table, (id, _, _, hash): (&str, u8, &str, &str)) {
    let command = format!(
        "--login --pin {PIN} --sign --mechanism ECDSA-{hash} --id {id} \
         --signature-format openssl --input-file @data --output-file @{id}.sig"
    );
    does(table, &command, &[]);
    let verify = format!("dgst -{hash} -verify @{id}.der -signature @{id}.sig @data");
    openssl(table, &verify, "Verified OK");
}

fn agree(table: &Table) {
    let make = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out @peer";
    openssl(table, make, "");
    openssl(
        table,
        "pkey -in @peer -pubout -outform DER -out @peer.der",
        "",
    );
    let derive = format!(
        "--login --pin {PIN} --derive --mechanism ECDH1-DERIVE --id 03 \
         --input-file @peer.der --output-file @ours"
    );
    does(table, &derive, &[]);
    openssl(
        table,
        "pkeyutl -derive -inkey @peer -peerkey @03.der -out @theirs",
        "",
    );
    assert!(table.same("ours", "theirs").unwrap());
}

fn codes(table: &Table) {
    let wrong = run(table, "--login --pin 000000 --list-objects");
    assert!(wrong.text.contains("CKR_PIN_INCORRECT"), "{}", wrong.text);
    let change = format!("--login --pin {PIN} --change-pin --new-pin 739164");
    does(table, &change, &[]);
    does(table, "--login --pin 739164 --list-objects", &[]);
}

/// The module's C_InitToken resets the application: PIN and PUK are blocked first.
fn initialize(table: &Table) {
    let command = format!("--init-token --label new --so-pin {MANAGEMENT_KEY}");
    does(table, &command, &["Token successfully initialized"]);
    let made = "Public key for Digital Signature";
    let said = run(table, &format!("--login --pin {PIN} --list-objects"));
    assert!(
        said.agrees(&[]) && !said.text.contains(made),
        "{}",
        said.text
    );
}
