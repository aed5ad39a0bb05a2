//! A PIV card before `yubico-piv-tool`: every action that it has.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::collections::BTreeSet;

use sello_interop::piv_card::{MANAGEMENT_KEY, PIN, PUK};
use sello_interop::table::Table;
use sello_interop::tool::{self, Said};
use sello_interop::verdict::{Deselected, Ending, Verdict};

const PROGRAM: &str = "yubico-piv-tool";
const NEW_PIN: &str = "739164";
const NEW_PUK: &str = "86420973";
/// Another management key, of 256 bits.
const NEW_KEY: &str = "00112233445566778899AABBCCDDEEFF0123456789ABCDEF0123456789ABCDEF";
/// Slot and algorithm of the keys that are generated.
const KEYS: [(&str, &str); 6] = [
    ("9a", "ECCP256"),
    ("9c", "ECCP384"),
    ("9d", "ECCP256"),
    ("9e", "ECCP384"),
    ("82", "ECCP256"),
    ("95", "ECCP384"),
];

/// The slots of key management (SP 800-73-5 part 1, table 6).
const AGREEING: [&str; 3] = ["9d", "82", "95"];

/// The table, and the actions played so far.
struct Play {
    table: Table,
    played: BTreeSet<String>,
}

impl Play {
    fn new() -> Self {
        Self {
            table: Table::new().unwrap(),
            played: BTreeSet::new(),
        }
    }

    fn run(&mut self, command: &str) -> Said {
        let words = self.table.words(command);
        for pair in words.windows(2) {
            if pair[0] == "-a" {
                self.played.insert(pair[1].clone());
            }
        }
        let reader = ["--reader", self.table.card.reader()].map(str::to_owned);
        tool::run_newer(PROGRAM, reader.into_iter().chain(words), &[]).unwrap()
    }

    /// Runs actions that must succeed and say this.
    fn does(&mut self, command: &str, says: &str) {
        let said = self.run(command);
        assert!(
            said.agrees(&[says]),
            "{command}: {} {}",
            said.code,
            said.text
        );
    }

    /// Runs actions that the card must refuse with this said.
    fn refuses(&mut self, command: &str, says: &str) {
        let said = self.run(command);
        let refused = said.code != 0 && said.text.contains(says);
        assert!(refused, "{command}: {} {}", said.code, said.text);
    }

    fn openssl(&self, command: &str, says: &str) {
        let said = self.table.openssl(command).unwrap();
        assert!(said.agrees(&[says]), "openssl {command}: {}", said.text);
    }

    fn same(&self, one: &str, other: &str) {
        let same = self.table.same(one, other).unwrap();
        assert!(same, "{one} and {other} differ");
    }
}

#[test]
fn every_action_of_yubico_piv_tool_goes_as_its_manual_says() {
    let mut play = Play::new();
    information(&mut play);
    generated_keys(&mut play);
    imported_keys(&mut play);
    attestation(&mut play);
    moved_keys(&mut play);
    objects(&mut play);
    management_key(&mut play);
    codes(&mut play);
    reset(&mut play);

    let list = Deselected::read("yubico-piv-tool.deselected").unwrap();
    let wrong = played(&play).disagreements(&list);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Which of the actions that the program's help names were played.
fn played(play: &Play) -> Verdict {
    let help = tool::run_newer(PROGRAM, ["--help"], &[]).unwrap().text;
    let (_, rest) = help.split_once("Action to take").unwrap();
    let (values, _) = rest.split_once(')').unwrap();
    let mut verdict = Verdict::default();
    for action in values.split('"').skip(1).step_by(2) {
        let ending = if play.played.contains(action) {
            Ending::Passed
        } else {
            Ending::Skipped
        };
        verdict.add(action, ending);
    }
    assert!(verdict.passed() > 20, "{help}");
    verdict
}

fn information(play: &mut Play) {
    let reader = play.table.card.reader().to_owned();
    let serial = format!("Serial Number:\t{}", play.table.card.serial());
    play.does("-a list-readers", &reader);
    play.does("-a version", "Application version 5.7.0 found.");
    play.does("-a status", &serial);
    play.does("-a set-chuid", "Successfully set new CHUID");
    play.does("-a set-ccc", "Successfully set new CCC");
    play.does("-a status", "CHUID:\t3019");
}

fn generated_keys(play: &mut Play) {
    for (slot, algorithm) in KEYS {
        let hash = hash_of(algorithm);
        let made = format!("-a generate -s {slot} -A {algorithm} -o @{slot}.pem");
        play.does(&made, "Successfully generated a new private key");
        certificate(play, slot, hash);
        let test =
            format!("-a verify-pin -P {PIN} -a test-signature -s {slot} {hash} -i @{slot}.crt");
        play.does(&test, "Successful ECDSA verification.");
        if !AGREEING.contains(&slot) {
            continue;
        }
        let test = format!("-a verify-pin -P {PIN} -a test-decipher -s {slot} -i @{slot}.crt");
        play.does(&test, "Successfully performed ECDH exchange");
    }
    // 9C wants the PIN for each signature, and 9A wants it once.
    play.refuses("-a test-signature -s 9c -i @9c.crt", "Failed signing data");
    play.refuses("-a test-signature -s 9a -i @9a.crt", "Failed signing data");
}

/// The program signs digests as long as the key alone.
fn hash_of(algorithm: &str) -> &'static str {
    match algorithm {
        "ECCP384" => "-H SHA384",
        _ => "-H SHA256",
    }
}

/// A certificate of a slot's own key and a request for another, onto the card and back.
fn certificate(play: &mut Play, slot: &str, hash: &str) {
    let pin = format!("-a verify-pin -P {PIN}");
    let words = format!("-S /CN={slot}/ -s {slot} -i @{slot}.pem {hash}");
    let sign = format!("{pin} -a selfsign-certificate {words} -o @{slot}.crt");
    play.does(
        &sign,
        "Successfully generated a new self signed certificate",
    );
    play.openssl(&format!("verify -CAfile @{slot}.crt @{slot}.crt"), "OK");
    let request = format!("{pin} -a request-certificate {words} -o @{slot}.csr");
    play.does(&request, "Successfully generated a certificate request");
    play.openssl(&format!("req -verify -noout -in @{slot}.csr"), "verify OK");
    let import = format!("-a import-certificate -s {slot} -i @{slot}.crt");
    play.does(&import, "Successfully imported a new certificate");
    let read = format!("-a read-certificate -s {slot} -o @{slot}.back");
    play.does(&read, "");
    play.same(&format!("{slot}.crt"), &format!("{slot}.back"));
}

fn imported_keys(play: &mut Play) {
    for (curve, name) in [("prime256v1", "p256"), ("secp384r1", "p384")] {
        importable_key(play, curve, name);
        play.openssl(
            &format!("req -x509 -new -key @{name}.key -subj /CN={name} -out @{name}.crt"),
            "",
        );
        let import = format!("-a import-key -s 9d -i @{name}.key --pin-policy=always");
        play.does(&import, "Successfully imported a new private key");
        let test = format!("-a verify-pin -P {PIN} -a test-decipher -s 9d -i @{name}.crt");
        play.does(&test, "Successfully performed ECDH exchange");
        // Only what was generated on the card is attested.
        play.refuses("-a attest -s 9d", "Failed to attest data");
    }
}

/// Makes a key whose scalar does not begin with a zero byte: for one that does (a key in 256) the program
/// sends a scalar of 48 bytes under a length of 49, and the card rightly answers `6A80`.
fn importable_key(play: &Play, curve: &str, name: &str) {
    /// ECPrivateKey (RFC 5915, 3): version 1, then the scalar as an OCTET STRING.
    const VERSION_AND_TAG: &[u8] = &[0x02, 0x01, 0x01, 0x04];
    loop {
        let make = format!("ecparam -name {curve} -genkey -noout -out @{name}.key");
        play.openssl(&make, "");
        let encode = format!("ec -in @{name}.key -outform DER -out @{name}.der");
        play.openssl(&encode, "");
        let key = std::fs::read(play.table.folder().join(format!("{name}.der"))).unwrap();
        let at = key.windows(4).position(|bytes| bytes == VERSION_AND_TAG);
        let scalar = at.unwrap() + VERSION_AND_TAG.len() + 1;
        if key[scalar] != 0 {
            return;
        }
    }
}

fn attestation(play: &mut Play) {
    play.does("-a read-certificate -s f9 -o @f9.crt", "");
    for (slot, _) in KEYS.into_iter().filter(|(slot, _)| *slot != "9d") {
        play.does(&format!("-a attest -s {slot} -o @{slot}.att"), "");
        play.openssl(
            &format!("verify -partial_chain -trusted @f9.crt @{slot}.att"),
            "OK",
        );
        play.openssl(
            &format!("x509 -in @{slot}.att -noout -pubkey -out @{slot}.key"),
            "",
        );
        play.same(&format!("{slot}.pem"), &format!("{slot}.key"));
    }
}

fn moved_keys(play: &mut Play) {
    play.does("-a move-key -s 9a --to-slot 83", "Successfully moved key");
    let moved = format!("-a verify-pin -P {PIN} -a test-signature -s 83 -i @9a.crt");
    play.does(&moved, "Successful ECDSA verification.");
    let gone = format!("-a verify-pin -P {PIN} -a test-signature -s 9a -i @9a.crt");
    play.refuses(&gone, "Failed signing data");
    play.does("-a delete-key -s 83", "Successfully deleted key");
    let gone = format!("-a verify-pin -P {PIN} -a test-signature -s 83 -i @9a.crt");
    play.refuses(&gone, "Failed signing data");
}

fn objects(play: &mut Play) {
    play.does("-a delete-certificate -s 9a", "");
    play.refuses("-a read-certificate -s 9a", "Failed fetching certificate");
    let data: String = (0_u8..250).map(|byte| format!("{byte:02x}")).collect();
    play.table.write("object", &data).unwrap();
    let write = "-a write-object --id 6291217 -i @object";
    play.does(write, "");
    play.does("-a read-object --id 6291217", &data);
}

fn management_key(play: &mut Play) {
    let set = format!("-a set-mgm-key -n {NEW_KEY} -m AES256");
    play.does(&set, "Successfully set new management key.");
    play.refuses("-a set-chuid", "Failed authentication with the application");
    let with = format!("--key={NEW_KEY} -a set-chuid");
    play.does(&with, "Successfully set new CHUID");
    let back = format!("--key={NEW_KEY} -a set-mgm-key -n {MANAGEMENT_KEY} -m AES192");
    play.does(&back, "Successfully set new management key.");
}

fn codes(play: &mut Play) {
    let (right, wrong) = ("Successfully verified PIN.", "Pin verification failed");
    play.does(&format!("-a verify-pin -P {PIN}"), right);
    play.refuses("-a verify-pin -P 000000", wrong);
    let change = format!("-a change-pin -P {PIN} -N {NEW_PIN}");
    play.does(&change, "Successfully changed the pin code.");
    play.refuses(&format!("-a verify-pin -P {PIN}"), wrong);
    play.does(&format!("-a verify-pin -P {NEW_PIN}"), right);
    let change = format!("-a change-puk -P {PUK} -N {NEW_PUK}");
    play.does(&change, "Successfully changed the puk code.");
    for _ in 0..3 {
        play.refuses("-a verify-pin -P 000000", "Pin ");
    }
    play.refuses(&format!("-a verify-pin -P {NEW_PIN}"), "Pin code blocked");
    let unblock = format!("-a unblock-pin -P {NEW_PUK} -N {PIN}");
    play.does(&unblock, "Successfully unblocked the pin code.");
    let retries = format!("-a verify-pin -P {PIN} -a pin-retries --pin-retries 5 --puk-retries 7");
    play.does(&retries, "Successfully changed pin retries to 5");
    play.does("-a status", "PIN tries left:\t5");
    play.does(&format!("-a verify-pin -P {PIN}"), right);
}

fn reset(play: &mut Play) {
    play.refuses("-a reset", "Reset failed");
    for _ in 0..5 {
        play.refuses("-a verify-pin -P 000000", "Pin ");
    }
    play.refuses("-a reset", "Reset failed");
    for _ in 0..7 {
        play.refuses("-a change-puk -P 00000000 -N 11111111", "puk");
    }
    play.does("-a reset", "Successfully reset the application");
    play.does("-a status", "PIN tries left:\t3");
    play.refuses("-a read-certificate -s 9c", "Failed fetching certificate");
    // The attestation key and its certificate stay.
    play.does("-a read-certificate -s f9 -o @f9.after", "");
    play.same("f9.crt", "f9.after");
}
