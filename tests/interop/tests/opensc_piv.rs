//! An unpersonalized PIV card before OpenSC, the system's release and a later one: put together with
//! `piv-tool`, read with `pkcs15-tool`, used through `pkcs11-tool`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use sello_interop::piv_card::{MANAGEMENT_KEY, PIN, PUK};
use sello_interop::table::Table;
use sello_interop::tool::{self, Said};

/// Slot, algorithm of `piv-tool`, identifier in `pkcs15-tool` and `pkcs11-tool`, hash.
const KEYS: [(&str, &str, &str, &str); 4] = [
    ("9A", "11", "01", "SHA256"),
    ("9C", "14", "02", "SHA384"),
    ("9D", "11", "03", "SHA256"),
    ("9E", "14", "04", "SHA384"),
];
/// The mutual authentication of the host and the card with an AES-192 key.
const ADMIN: &str = "--admin M:9B:0A";

/// The FASC-N of a card outside the federal government: agency 9999, and so forth (SP 800-73-5 part 1,
/// 3.1.2, and TIG SCEPACS 2.3, chapter 6); only then OpenSC looks at the GUID.
const FASC_N: &[u8] = &[
    0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE, 0x73, 0x9D, 0x83, 0x68, 0x58, 0x21, 0x08,
    0x42, 0x10, 0x84, 0x21, 0xC8, 0x42, 0x10, 0xC3, 0xEB,
];

/// A release of OpenSC and a card.
struct OpenSc {
    table: Table,
    newer: bool,
}

impl OpenSc {
    fn new(newer: bool) -> Self {
        let opensc = Self {
            table: Table::new().unwrap(),
            newer,
        };
        // `piv-tool` reads the management key from a file: bytes in hexadecimal, parted by colons.
        let bytes: Vec<_> = MANAGEMENT_KEY.as_bytes().chunks(2).collect();
        opensc.table.write("9b", bytes.join(&b':')).unwrap();
        opensc
    }

    fn run(&self, program: &str, command: &str) -> Said {
        let option = match program {
            "pkcs11-tool" => "--slot-description",
            _ => "--reader",
        };
        let mut words = vec![option.to_owned(), self.table.card.reader().to_owned()];
        words.extend(self.table.words(command));
        let key = self.table.folder().join("9b");
        let environment = [("PIV_EXT_AUTH_KEY", key.as_os_str())];
        if !self.newer {
            return tool::run_with(program, words, &environment).unwrap();
        }
        if program == "pkcs11-tool" {
            let module = tool::newer_module("opensc-pkcs11.so");
            words.extend(["--module".to_owned(), module.display().to_string()]);
        }
        tool::run_newer(program, words, &environment).unwrap()
    }

    /// Runs a program that must succeed and say this.
    fn does(&self, program: &str, command: &str, says: &[&str]) -> String {
        let said = self.run(program, command);
        assert!(
            said.agrees(says),
            "{program} {command}: {} {}",
            said.code,
            said.text
        );
        said.text
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
fn the_opensc_of_the_system_makes_reads_and_uses_a_card() {
    life(&OpenSc::new(false));
}

#[test]
fn a_newer_opensc_makes_reads_and_uses_a_card() {
    let opensc = OpenSc::new(true);
    // The older release pads the block of a single authentication and gives up by itself.
    opensc.does("piv-tool", "--admin A:9B:0A", &[]);
    life(&opensc);
}

fn life(opensc: &OpenSc) {
    opensc.does(
        "piv-tool",
        "--name",
        &["Personal Identity Verification Card"],
    );
    opensc.does("piv-tool", ADMIN, &[]);
    unique_identifier(opensc);
    let authority = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out @ca";
    opensc.openssl(authority, "");
    for (slot, algorithm, id, _) in KEYS {
        generate(opensc, slot, algorithm);
        certify(opensc, slot, id);
    }
    pins(opensc);
    lists(opensc);
    let test = format!("--login --pin {PIN} --test");
    opensc.does("pkcs11-tool", &test, &["No errors"]);
    // OpenSC takes the key of 9D for key agreement alone.
    for (slot, _, id, hash) in KEYS.into_iter().filter(|key| key.0 != "9D") {
        sign(opensc, slot, id, hash);
    }
    agree(opensc);
}

/// The CHUID, whose GUID OpenSC takes for the card's serial number.
fn unique_identifier(opensc: &OpenSc) {
    let guid: Vec<u8> = (0xA0..0xB0).collect();
    let content = [
        &[0x53, 0x3B, 0x30, 0x19][..],
        FASC_N,
        &[0x34, 0x10],
        &guid,
        &[0x35, 0x08],
        b"20991231",
        &[0x3E, 0x00, 0xFE, 0x00],
    ];
    opensc.table.write("chuid", content.concat()).unwrap();
    written(opensc, "--object 3000 --in @chuid");
    let words = "A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF";
    opensc.does("piv-tool", "--serial", &[words]);
}

/// Runs `piv-tool` with a command that writes. Its exit code tells how many bytes it wrote, so only what
/// it prints counts.
fn written(opensc: &OpenSc, command: &str) {
    let said = opensc.run("piv-tool", &format!("{ADMIN} {command}"));
    assert!(said.text.trim().is_empty(), "{command}: {}", said.text);
}

fn generate(opensc: &OpenSc, slot: &str, algorithm: &str) {
    let command = format!("{ADMIN} --genkey {slot}:{algorithm} --out @{slot}.der");
    let said = opensc.run("piv-tool", &command);
    // OpenSC 0.23 with OpenSSL 3 has the key made and then cannot write it down.
    let own_fault = !opensc.newer && said.text.contains("invalid curve");
    assert!(own_fault || said.text.trim().is_empty(), "{}", said.text);
    let metadata = format!("--send-apdu 00:F7:00:{slot}:00");
    opensc.does("opensc-tool", &metadata, &["SW1=0x90, SW2=0x00"]);
}

/// The slot's public key, and a certificate for it onto the card, plain and compressed, and back.
fn certify(opensc: &OpenSc, slot: &str, id: &str) {
    let number = u8::from_str_radix(slot, 16).unwrap();
    let key = opensc.table.card.public_key(number).unwrap();
    opensc.table.write("key", key).unwrap();
    if opensc.newer {
        opensc.same("key", &format!("{slot}.der"));
    }
    let to_pem = format!("pkey -pubin -inform DER -in @key -out @{slot}.pem");
    opensc.openssl(&to_pem, "");
    let issue = format!("x509 -new -subj /CN={slot} -key @ca -force_pubkey @{slot}.pem");
    opensc.openssl(&format!("{issue} -out @{slot}.crt"), "");
    opensc.openssl(
        &format!("x509 -in @{slot}.crt -outform DER -out @{slot}.plain"),
        "",
    );
    let gzip = tool::run("gzip", opensc.table.words(&format!("-kf @{slot}.plain")));
    assert_eq!(gzip.unwrap().code, 0);
    for command in [
        format!("--cert {slot} --in @{slot}.crt"),
        format!("--compresscert {slot} --in @{slot}.plain.gz"),
    ] {
        written(opensc, &command);
        let read = format!("--read-certificate {id} --output @back");
        opensc.does("pkcs15-tool", &read, &[]);
        opensc.same(&format!("{slot}.crt"), "back");
    }
}

fn pins(opensc: &OpenSc) {
    opensc.does("pkcs15-tool", &format!("--verify-pin --pin {PIN}"), &[]);
    let wrong = opensc.run("pkcs15-tool", "--verify-pin --pin 000000");
    assert_ne!(wrong.code, 0, "{}", wrong.text);
    let change = format!("--change-pin --pin {PIN} --new-pin 739164");
    opensc.does("pkcs15-tool", &change, &[]);
    for _ in 0..3 {
        opensc.run("pkcs15-tool", "--verify-pin --pin 000000");
    }
    let blocked = opensc.run("pkcs15-tool", "--verify-pin --pin 739164");
    assert!(blocked.text.contains("blocked"), "{}", blocked.text);
    let unblock = format!("--unblock-pin --puk {PUK} --new-pin {PIN}");
    opensc.does("pkcs15-tool", &unblock, &[]);
    opensc.does("pkcs15-tool", &format!("--verify-pin --pin {PIN}"), &[]);
}

fn lists(opensc: &OpenSc) {
    let all = "--list-certificates --list-keys --list-public-keys --list-pins";
    let said = opensc.does("pkcs15-tool", all, &["PIN [PIN]", "PIN [PIV PUK]"]);
    for (kind, count) in [("X.509 Certificate [", 4), ("Private EC Key [", 4)] {
        assert_eq!(said.matches(kind).count(), count, "{kind}: {said}");
    }
    for length in ["FieldLength    : 256", "FieldLength    : 384"] {
        assert!(said.contains(length), "{said}");
    }
    for (slot, _, id, _) in KEYS {
        let read = format!("--read-public-key {id} --output @back");
        opensc.does("pkcs15-tool", &read, &[]);
        opensc.same(&format!("{slot}.pem"), "back");
    }
    // What was given for the serial number stands behind the name of the token.
    opensc.does("pkcs11-tool", "--list-token-slots", &["a8a9aaabacadaeaf"]);
}

fn sign(opensc: &OpenSc, slot: &str, id: &str, hash: &str) {
    opensc
        .table
        .write("data", "what a third party signs")
        .unwrap();
    let sign = format!(
        "--login --pin {PIN} --sign --mechanism ECDSA-{hash} --id {id} \
         --signature-format openssl --input-file @data --output-file @{id}.sig"
    );
    opensc.does("pkcs11-tool", &sign, &[]);
    let verify = format!("dgst -{hash} -verify @{slot}.pem -signature @{id}.sig @data");
    opensc.openssl(&verify, "Verified OK");
}

/// ECDH between the key in `9D` and a key of OpenSSL's: both have to come to the same.
fn agree(opensc: &OpenSc) {
    let make = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out @peer";
    opensc.openssl(make, "");
    opensc.openssl("pkey -in @peer -pubout -outform DER -out @peer.der", "");
    let derive = format!(
        "--login --pin {PIN} --derive --mechanism ECDH1-DERIVE --id 03 \
         --input-file @peer.der --output-file @ours"
    );
    opensc.does("pkcs11-tool", &derive, &[]);
    let theirs = "pkeyutl -derive -inkey @peer -peerkey @9D.pem -out @theirs";
    opensc.openssl(theirs, "");
    opensc.same("ours", "theirs");
}
