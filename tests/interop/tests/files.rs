//! Signatures on files of any kind before OpenSSL, and OpenSSL's before ours: RSA and ECDSA, with its
//! own timestamp authority.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::process::Command;

use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::DecodePrivateKey as _;
use sello_asic::build::{Prepared, PreparedContainer, Signing, timestamped};
use sello_asic::{FileReport, verify_attached, verify_container, verify_detached};
use sello_cades::timestamp::token::{Token, TokenDraft};
use sello_cades::timestamp::{MessageImprint, TimeStampReq, TimeStampResp, TstInfo};
use sello_cades::validation::Trust;
use sello_cades::{DigestAlgorithm, TrustStore};
use sello_interop::tool;
use sello_profile::oid::RawOid;
use time::OffsetDateTime;

const CONTENT: &[u8] = b"What is signed here.\n";
const CONFIGURATION: &str = "
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Interop
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[signer]
keyUsage = critical, digitalSignature, nonRepudiation
[authority]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = $ENV::TSA_SERIAL
crypto_device = builtin
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
signer_digest = sha256
ess_cert_id_alg = sha256
accuracy = secs:1
[revoking]
default_ca = revoking_ca
[revoking_ca]
database = $ENV::CA_DATABASE
crlnumber = $ENV::CA_NUMBER
default_md = sha256
default_crl_days = 30
";

/// A certification authority of OpenSSL's in a folder of its own.
struct Authority {
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let authority = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::write(authority.path("openssl.cnf"), CONFIGURATION).unwrap();
        fs::write(authority.path("content"), CONTENT).unwrap();
        fs::write(authority.path("serial"), "01\n").unwrap();
        fs::write(authority.path("number"), "01\n").unwrap();
        fs::write(authority.path("index"), "").unwrap();
        authority.key("ca", &["EC", "ec_paramgen_curve:P-256"]);
        authority.run(&[
            "req",
            "-x509",
            "-new",
            "-config",
            "openssl.cnf",
            "-extensions",
            "ca",
            "-key",
            "ca.key",
            "-subj",
            "/CN=Interop CA",
            "-days",
            "30",
            "-out",
            "ca.pem",
        ]);
        authority.run(&[
            "ca",
            "-gencrl",
            "-config",
            "openssl.cnf",
            "-name",
            "revoking_ca",
            "-keyfile",
            "ca.key",
            "-cert",
            "ca.pem",
            "-out",
            "ca.crl.pem",
        ]);
        authority.run(&[
            "crl",
            "-in",
            "ca.crl.pem",
            "-outform",
            "DER",
            "-out",
            "ca.crl",
        ]);
        authority
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// What OpenSSL says, whether it agrees or not.
    fn ask(&self, arguments: &[&str]) -> (bool, String) {
        let said = Command::new("openssl")
            .args(arguments)
            .current_dir(self.folder.path())
            .env("TSA_SERIAL", self.path("serial"))
            .env("CA_DATABASE", self.path("index"))
            .env("CA_NUMBER", self.path("number"))
            .output()
            .unwrap_or_else(|error| panic!("openssl: {error}; `cargo xtask setup` installs it"));
        let text = String::from_utf8_lossy(&said.stderr).into_owned();
        (said.status.success(), text)
    }

    fn run(&self, arguments: &[&str]) {
        let (agrees, text) = self.ask(arguments);
        assert!(agrees, "openssl {arguments:?}: {text}");
    }

    /// A key; `kind` is the algorithm and its option, if it has one.
    fn key(&self, name: &str, kind: &[&str]) {
        let file = format!("{name}.key");
        let mut arguments = vec!["genpkey", "-algorithm", kind[0], "-out", &file];
        if let Some(option) = kind.get(1) {
            arguments.extend(["-pkeyopt", option]);
        }
        self.run(&arguments);
    }

    /// A key and its certificate.
    fn issue(&self, name: &str, kind: &[&str], section: &str) {
        self.key(name, kind);
        let (key, request, certificate) = (
            format!("{name}.key"),
            format!("{name}.csr"),
            format!("{name}.pem"),
        );
        let subject = format!("/CN={name}");
        self.run(&[
            "req",
            "-new",
            "-config",
            "openssl.cnf",
            "-key",
            &key,
            "-subj",
            &subject,
            "-out",
            &request,
        ]);
        self.run(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-extfile",
            "openssl.cnf",
            "-extensions",
            section,
            "-days",
            "20",
            "-out",
            &certificate,
        ]);
        let der = format!("{name}.der");
        self.run(&["x509", "-in", &certificate, "-outform", "DER", "-out", &der]);
    }

    fn trust(&self) -> TrustStore {
        for folder in ["anchors", "crls"] {
            fs::create_dir_all(self.path("trust").join(folder)).unwrap();
        }
        fs::copy(self.path("ca.pem"), self.path("trust/anchors/ca.pem")).unwrap();
        fs::copy(self.path("ca.crl"), self.path("trust/crls/ca.crl")).unwrap();
        TrustStore::load_dir(&self.path("trust")).unwrap()
    }
}

fn judged(report: &FileReport) -> &'static str {
    report.indication
}

fn detached(signature: &[u8], content: &[u8], store: &TrustStore) -> FileReport {
    let now = OffsetDateTime::now_utc();
    let mut content = Cursor::new(content);
    verify_detached(
        signature,
        "content",
        Some(&mut content),
        Trust { store, now },
    )
    .unwrap()
}

#[test]
fn openssl_signatures_of_every_algorithm_are_judged() {
    let authority = Authority::new();
    let store = authority.trust();
    let kinds: [(&str, &[&str], &[&str]); 7] = [
        ("rsa", &["RSA", "rsa_keygen_bits:2048"], &["-md", "sha256"]),
        (
            "rsa4096",
            &["RSA", "rsa_keygen_bits:4096"],
            &["-md", "sha512"],
        ),
        (
            "pss",
            &["RSA", "rsa_keygen_bits:2048"],
            &["-md", "sha256", "-keyopt", "rsa_padding_mode:pss"],
        ),
        (
            "pss20",
            &["RSA", "rsa_keygen_bits:2048"],
            &[
                "-md",
                "sha384",
                "-keyopt",
                "rsa_padding_mode:pss",
                "-keyopt",
                "rsa_pss_saltlen:20",
            ],
        ),
        (
            "p256",
            &["EC", "ec_paramgen_curve:P-256"],
            &["-md", "sha256"],
        ),
        (
            "p384",
            &["EC", "ec_paramgen_curve:P-384"],
            &["-md", "sha384"],
        ),
        (
            "p521",
            &["EC", "ec_paramgen_curve:P-521"],
            &["-md", "sha512"],
        ),
    ];
    for (name, kind, options) in kinds {
        authority.issue(name, kind, "signer");
        let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
        let mut arguments = vec![
            "cms",
            "-sign",
            "-cades",
            "-binary",
            "-in",
            "content",
            "-signer",
            &certificate,
            "-inkey",
            &key,
            "-outform",
            "DER",
            "-out",
            "signature",
        ];
        arguments.extend(options);
        authority.run(&arguments);
        let signature = authority.read("signature");
        let report = detached(&signature, CONTENT, &store);
        assert_eq!(judged(&report), "TOTAL-PASSED", "{name}: {report:?}");
        let report = detached(&signature, b"something else", &store);
        assert_eq!(judged(&report), "TOTAL-FAILED", "{name}: {report:?}");

        // The same with its content; in BER of indefinite length, where OpenSSL can do that.
        arguments.push("-nodetach");
        if !name.starts_with("pss") {
            arguments.push("-stream");
        }
        authority.run(&arguments);
        let now = OffsetDateTime::now_utc();
        let trust = Trust { store: &store, now };
        let report = verify_attached(&authority.read("signature"), "content", trust);
        assert_eq!(judged(&report), "TOTAL-PASSED", "{name}: {report:?}");
    }
}

#[test]
fn one_broken_signer_hides_no_other() {
    let authority = Authority::new();
    let store = authority.trust();
    authority.issue("one", &["EC", "ec_paramgen_curve:P-256"], "signer");
    authority.issue("two", &["RSA", "rsa_keygen_bits:2048"], "signer");
    authority.run(&[
        "cms", "-sign", "-cades", "-binary", "-in", "content", "-signer", "one.pem", "-inkey",
        "one.key", "-signer", "two.pem", "-inkey", "two.key", "-outform", "DER", "-out", "both",
    ]);
    let mut both = authority.read("both");
    let report = detached(&both, CONTENT, &store);
    assert_eq!(judged(&report), "TOTAL-PASSED", "{report:?}");
    assert_eq!(report.signatures[0].signers.len(), 2);
    // The last byte is the last of a signature value.
    *both.last_mut().unwrap() ^= 1;
    let report = detached(&both, CONTENT, &store);
    assert_eq!(judged(&report), "TOTAL-FAILED");
    let mut verdicts: Vec<_> = report.signatures[0]
        .signers
        .iter()
        .map(|signer| signer.indication)
        .collect();
    verdicts.sort_unstable();
    assert_eq!(verdicts, ["TOTAL-FAILED", "TOTAL-PASSED"]);
}

#[test]
fn weak_algorithms_are_named() {
    let authority = Authority::new();
    let store = authority.trust();
    authority.issue("weak", &["RSA", "rsa_keygen_bits:1024"], "signer");
    for (digest, names) in [("sha1", "SHA-1"), ("sha256", "RSA with 1024 bits")] {
        authority.run(&[
            "cms",
            "-sign",
            "-cades",
            "-binary",
            "-in",
            "content",
            "-signer",
            "weak.pem",
            "-inkey",
            "weak.key",
            "-md",
            digest,
            "-outform",
            "DER",
            "-out",
            "signature",
        ]);
        let report = detached(&authority.read("signature"), CONTENT, &store);
        assert_eq!(judged(&report), "INDETERMINATE");
        let findings = &report.signatures[0].signers[0].findings;
        let named = findings.iter().any(|finding| {
            finding.code == "WEAK_ALGORITHM" && finding.detail.as_deref() == Some(names)
        });
        assert!(named, "{digest}: {findings:?}");
    }
}

/// What our side signs with: a key that OpenSSL made, so that it can be asked too.
struct Signer {
    key: SigningKey,
    certificate: Vec<u8>,
}

impl Signer {
    fn new(authority: &Authority, name: &str, section: &str) -> Self {
        authority.issue(name, &["EC", "ec_paramgen_curve:P-256"], section);
        let pem = String::from_utf8(authority.read(&format!("{name}.key"))).unwrap();
        Self {
            key: SigningKey::from_pkcs8_pem(&pem).unwrap(),
            certificate: authority.read(&format!("{name}.der")),
        }
    }

    fn sign(&self, digest: &[u8; 32]) -> Vec<u8> {
        let signature: DerSignature = self.key.sign_prehash(digest).unwrap();
        signature.as_bytes().to_vec()
    }

    fn signing(&self) -> Signing<'_> {
        Signing {
            certificate: &self.certificate,
            issuers: &[],
            seal: None,
            time: OffsetDateTime::now_utc(),
        }
    }
}

#[test]
fn openssl_calls_our_detached_signature_valid_and_a_changed_file_not() {
    let authority = Authority::new();
    let store = authority.trust();
    let signer = Signer::new(&authority, "ours", "signer");
    let prepared = Prepared::detached(&mut Cursor::new(CONTENT), signer.signing()).unwrap();
    let signature = prepared.finish(&signer.sign(&prepared.digest())).unwrap();
    fs::write(authority.path("ours.p7s"), &signature).unwrap();
    fs::write(authority.path("changed"), b"changed").unwrap();
    for (content, valid) in [("content", true), ("changed", false)] {
        let (agrees, text) = authority.ask(&[
            "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "ours.p7s", "-content",
            content, "-CAfile", "ca.pem", "-purpose", "any", "-out", "out",
        ]);
        assert_eq!(agrees, valid, "{content}: {text}");
    }
    assert_eq!(
        judged(&detached(&signature, CONTENT, &store)),
        "TOTAL-PASSED"
    );
    for at in (0..signature.len()).step_by(7) {
        let mut changed = signature.clone();
        changed[at] ^= 0x10;
        let report = detached(&changed, CONTENT, &store);
        let signers = &report.signatures[0].signers;
        let subject = signers[0].subject.as_deref();
        assert!(
            judged(&report) != "TOTAL-PASSED" || subject == Some("CN=ours"),
            "byte {at}: {report:?}"
        );
    }
}

#[test]
fn a_container_of_ours_is_sound_and_its_signature_is_one_for_openssl() {
    let authority = Authority::new();
    let store = authority.trust();
    let signer = Signer::new(&authority, "ours", "signer");
    let files = [("one.txt", CONTENT), ("dos más.bin", &[0; 100_000])];
    let files = files.map(|(name, content)| (name.to_owned(), Cursor::new(content)));
    let target = Cursor::new(Vec::new());
    let container = PreparedContainer::new(target, files, signer.signing()).unwrap();
    let signature = container
        .prepared()
        .finish(&signer.sign(&container.digest()));
    let bytes = container.finish(&signature.unwrap()).unwrap().into_inner();
    fs::write(authority.path("ours.asice"), &bytes).unwrap();

    let now = OffsetDateTime::now_utc();
    let trust = Trust { store: &store, now };
    let report = verify_container(Cursor::new(&bytes), None, trust);
    assert_eq!(judged(&report), "TOTAL-PASSED", "{report:?}");
    assert_eq!(report.objects.len(), 2);
    let said = tool::unpack(&authority.path("ours.asice"), authority.folder.path()).unwrap();
    assert!(said.agrees(&[]), "{}", said.text);
    authority.run(&[
        "cms",
        "-verify",
        "-cades",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "META-INF/signature001.p7s",
        "-content",
        "META-INF/ASiCManifest001.xml",
        "-CAfile",
        "ca.pem",
        "-purpose",
        "any",
        "-out",
        "out",
    ]);
    assert_eq!(authority.read("one.txt"), CONTENT);
    for at in 0..bytes.len() {
        // The long file is sampled.
        if at % 101 != 0 && (500..100_000).contains(&at) {
            continue;
        }
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let report = verify_container(Cursor::new(&changed), None, trust);
        if judged(&report) == "TOTAL-PASSED" {
            let names: Vec<_> = report.objects.iter().map(|object| &object.name).collect();
            assert_eq!(names, ["one.txt", "dos más.bin"], "byte {at}");
        }
    }
}

#[test]
fn a_timestamp_of_openssl_answers_our_request_and_proves_our_signature() {
    let authority = Authority::new();
    let store = authority.trust();
    let signer = Signer::new(&authority, "ours", "signer");
    for kind in [
        &["RSA", "rsa_keygen_bits:2048"][..],
        &["EC", "ec_paramgen_curve:P-384"],
    ] {
        authority.issue("tsa", kind, "authority");
        let prepared = Prepared::detached(&mut Cursor::new(CONTENT), signer.signing()).unwrap();
        let value = signer.sign(&prepared.digest());
        let signature = prepared.finish(&value).unwrap();
        let request = TimeStampReq {
            imprint: MessageImprint {
                algorithm: DigestAlgorithm::Sha256,
                digest: DigestAlgorithm::Sha256.digest(&value),
            },
            policy: None,
            nonce: Some(vec![0x9a, 1, 2, 3]),
            certificate: true,
        };
        fs::write(authority.path("request"), request.to_der()).unwrap();
        authority.run(&[
            "ts",
            "-reply",
            "-config",
            "openssl.cnf",
            "-queryfile",
            "request",
            "-signer",
            "tsa.pem",
            "-inkey",
            "tsa.key",
            "-out",
            "answer",
        ]);
        let answer = TimeStampResp::from_der(&authority.read("answer")).unwrap();
        let token = answer.token.unwrap();
        assert_eq!(Token::parse(&token).unwrap().answers(&request), Ok(()));
        let stamped = timestamped(&signature, &token).unwrap();
        let report = detached(&stamped, CONTENT, &store);
        assert_eq!(judged(&report), "TOTAL-PASSED", "{report:?}");
        let proven = &report.signatures[0].signers[0];
        assert!(proven.proven_time.is_some(), "{proven:?}");
        fs::write(authority.path("stamped"), &stamped).unwrap();
        authority.run(&[
            "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "stamped", "-content",
            "content", "-CAfile", "ca.pem", "-purpose", "any", "-out", "out",
        ]);
    }
}

#[test]
fn openssl_calls_our_timestamp_valid() {
    let authority = Authority::new();
    let signer = Signer::new(&authority, "time", "authority");
    authority.run(&[
        "ts", "-query", "-data", "content", "-sha256", "-cert", "-out", "request",
    ]);
    let request = TimeStampReq::from_der(&authority.read("request")).unwrap();
    assert!(request.certificate && request.nonce.is_some());
    // 1.2.3.4.1
    let policy = RawOid::from_content(&[0x2a, 3, 4, 1]).unwrap();
    let info = TstInfo {
        policy,
        imprint: request.imprint.clone(),
        serial: vec![7],
        time: OffsetDateTime::now_utc(),
        accuracy: Some(time::Duration::seconds(1)),
        ordering: false,
        nonce: request.nonce.clone(),
    };
    let draft = TokenDraft::new(&info, &signer.certificate).unwrap();
    let token = draft
        .finish(&signer.sign(&draft.digest()), Some(&[]))
        .unwrap();
    let answer = TimeStampResp::granted(token).to_der();
    fs::write(authority.path("answer"), answer).unwrap();
    let verify = |data: &str| {
        authority.ask(&[
            "ts", "-verify", "-in", "answer", "-data", data, "-CAfile", "ca.pem",
        ])
    };
    let (agrees, text) = verify("content");
    assert!(agrees, "{text}");
    fs::write(authority.path("changed"), b"changed").unwrap();
    assert!(!verify("changed").0);
}
