//! Files of any kind sealed with the card, at every level, before OpenSSL and before us: the signature beside
//! its file, and files in a container.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use sello_cades::{DigestAlgorithm, SignedData};
use sello_flow::calls;
use sello_flow::fixture::{PIN, Seal, Stage};
use sello_flow::programs::{Call, Outcome};
use sello_flow::timestamps::Service;
use sello_interop::nss::anchor;
use sello_interop::tool::{self, Said};

/// The level, and how many timestamps of ours a signature of that level has inside.
const LEVELS: [(&str, usize); 4] = [("b", 0), ("t", 1), ("lt", 1), ("lta", 1)];
/// Names that a container and a shell have to take as they are.
const NAMES: [&str; 2] = ["plano de la obra.dwg", "año-2026.csv"];

/// A seal, the timestamp service, and files to seal.
struct Desk {
    seal: Seal,
    service: Service,
    anchor: PathBuf,
    files: [PathBuf; 2],
}

impl Desk {
    fn new() -> Self {
        let seal = Seal::at(Stage::Active).unwrap();
        let service = Service::start(&seal).unwrap();
        let anchor = anchor(&seal.trust()).unwrap();
        let files = NAMES.map(|name| seal.path(name));
        fs::write(&files[0], vec![0xA5; 300_000]).unwrap();
        fs::write(&files[1], "fecha;importe\n2026-11-28;1200\n").unwrap();
        Self {
            seal,
            service,
            anchor,
            files,
        }
    }

    /// The words that a level wants.
    fn call(&self, call: Call, level: &str) -> Call {
        let call = call.and(["--reader", self.seal.reader(), "--level", level]);
        let call = call.secret("--pin", PIN);
        if level == "b" {
            return call;
        }
        call.and(["--tsa", &self.service.tsa])
            .and([OsStr::new("--trust"), self.seal.trust().as_os_str()])
    }

    /// Seals the first file; gives the signature's place.
    fn detached(&self, level: &str) -> PathBuf {
        let signature = self.seal.path("plano de la obra.dwg.p7s");
        let _ = fs::remove_file(&signature);
        let call = self.call(calls::seal_beside(&self.files[0]), level);
        self.seal.must(&call).unwrap();
        signature
    }

    fn container(&self, level: &str) -> PathBuf {
        let container = self.seal.path(&format!("{level}.asice"));
        let files: Vec<&Path> = self.files.iter().map(PathBuf::as_path).collect();
        let call = self.call(calls::seal_into(&container, &files), level);
        self.seal.must(&call).unwrap();
        container
    }

    /// What OpenSSL says of a signature over a file.
    fn openssl(&self, signature: &Path, content: &Path) -> Said {
        let words = [
            "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any",
        ];
        let files = [
            ("-in", signature),
            ("-content", content),
            ("-CAfile", &self.anchor),
            ("-out", Path::new("/dev/null")),
        ];
        tool::openssl(&words, &files).unwrap()
    }

    /// OpenSSL calls a timestamp token one over these bytes, or over those of this digest.
    fn judge_timestamp(&self, token: &Path, over: [&str; 2]) {
        let [option, value] = over;
        let words = ["ts", "-verify", "-token_in", option, value];
        let said = tool::openssl(&words, &[("-in", token), ("-CAfile", &self.anchor)]).unwrap();
        assert!(said.text.contains("Verification: OK"), "{}", said.text);
    }

    /// OpenSSL calls the signature valid, and each timestamp inside one over its value.
    fn judge(&self, signature: &Path, content: &Path, timestamps: usize) {
        let said = self.openssl(signature, content);
        assert!(
            said.agrees(&["CAdES Verification successful"]),
            "{}",
            said.text
        );
        let bytes = fs::read(signature).unwrap();
        let data = SignedData::parse_any(&bytes).unwrap();
        let signer = data.signers()[0].as_ref().unwrap();
        let digest = DigestAlgorithm::Sha256.digest(signer.signature());
        let tokens: Vec<&[u8]> = signer.signature_timestamps().collect();
        assert_eq!(tokens.len(), timestamps);
        for token in tokens {
            let file = self.seal.path("token");
            fs::write(&file, token).unwrap();
            self.judge_timestamp(&file, ["-digest", &hex::encode(&digest)]);
        }
    }

    fn verify(&self, file: &Path) -> (i32, serde_json::Value) {
        let Outcome { code, stdout, .. } = self.seal.verify(file).unwrap();
        (code, serde_json::from_str(&stdout).unwrap())
    }
}

#[test]
fn a_signature_beside_its_file_is_valid_for_openssl_at_every_level() {
    let desk = Desk::new();
    let file = &desk.files[0];
    let changed = desk.seal.path("changed");
    fs::write(&changed, vec![0xA5; 299_999]).unwrap();
    for (level, timestamps) in LEVELS {
        let signature = desk.detached(level);
        desk.judge(&signature, file, timestamps);
        let said = desk.openssl(&signature, &changed);
        assert_ne!(said.code, 0, "{}", said.text);

        let (code, report) = desk.verify(&signature);
        assert_eq!(code, 0, "{level}: {report:#}");
        let signer = &report[0]["signatures"][0]["signers"][0];
        assert_eq!(signer["indication"], "TOTAL-PASSED", "{level}: {report:#}");
        assert_eq!(
            signer["proven_time"].is_null(),
            level == "b",
            "{level}: {report:#}"
        );
        let call = calls::verify(&signature, &desk.seal.trust());
        let said = desk
            .seal
            .run(&call.and([OsStr::new("--content"), changed.as_os_str()]));
        assert_eq!(said.unwrap().code, 1, "{level}");
    }
    assert_eq!(
        fs::read(file).unwrap(),
        vec![0xA5; 300_000],
        "the file itself stays as it was"
    );
}

#[test]
fn a_container_is_valid_for_openssl_at_every_level() {
    let desk = Desk::new();
    for (level, timestamps) in LEVELS {
        let container = desk.container(level);
        let (code, report) = desk.verify(&container);
        assert_eq!(code, 0, "{level}: {report:#}");
        assert_eq!(report[0]["objects"].as_array().unwrap().len(), NAMES.len());

        let inside = desk.seal.path(&format!("inside-{level}"));
        let said = tool::unpack(&container, &inside).unwrap();
        assert!(said.agrees(&[]), "{}", said.text);
        for (name, file) in NAMES.iter().zip(&desk.files) {
            assert_eq!(
                fs::read(inside.join(name)).unwrap(),
                fs::read(file).unwrap()
            );
        }
        let meta = inside.join("META-INF");
        let manifest = meta.join("ASiCManifest001.xml");
        desk.judge(&meta.join("signature001.p7s"), &manifest, timestamps);
        let archive = meta.join("ASiCArchiveManifest.xml");
        assert_eq!(archive.exists(), level == "lta");
        if archive.exists() {
            let token = meta.join("timestamp001.tst");
            desk.judge_timestamp(&token, ["-data", archive.to_str().unwrap()]);
        }
    }
}

/// What was sealed with proof of its time before a seal is revoked stays sealed; what has no such proof does not.
#[test]
fn a_revoked_seal_leaves_what_is_proven_to_be_older() {
    let desk = Desk::new();
    let [bare, proven] = ["b", "lta"].map(|level| desk.container(level));
    // Timestamps and lists tell whole seconds, and what happened in the same one is not older.
    thread::sleep(Duration::from_millis(1100));
    let revoke = desk
        .seal
        .center(|center| center.revoke(&desk.seal.application, "key-compromise"));
    desk.seal.must(&revoke).unwrap();
    desk.seal.publish().unwrap();
    let (code, report) = desk.verify(&bare);
    assert_ne!(code, 0, "{report:#}");
    let (code, report) = desk.verify(&proven);
    assert_eq!(code, 0, "{report:#}");
}

#[test]
fn an_authority_that_is_gone_costs_no_pin_and_leaves_no_file() {
    let desk = Desk::new();
    let address = desk.service.tsa.clone();
    let Desk {
        seal,
        service,
        files,
        ..
    } = desk;
    drop(service);
    let call = calls::seal_beside(&files[0]).and(["--reader", seal.reader(), "--tsa", &address]);
    // A wrong PIN, which is not reached: the card counts no try.
    let said = seal.run(&call.secret("--pin", "999999")).unwrap();
    assert_eq!(said.code, 2, "{}", said.stdout);
    assert!(said.stderr.contains(&address), "{}", said.stderr);
    assert!(!seal.path("plano de la obra.dwg.p7s").exists());
    let said = seal
        .must(&calls::card(seal.reader()).and(["--json"]))
        .unwrap();
    let card: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(card["pin_tries"]["left"], card["pin_tries"]["total"]);
}
