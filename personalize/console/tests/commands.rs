//! The commands, called in process as people type them, without a card.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::ffi::OsString;
use std::io;

use sello_card::{CardConnection, ReaderError, ReaderState, Readers};
use sello_console::{Console, run};
use serde_json::Value;
use tempfile::TempDir;

/// One empty reader.
struct EmptyReader;

impl Readers for EmptyReader {
    fn list(&self) -> Result<Vec<ReaderState>, ReaderError> {
        Ok(vec![ReaderState {
            name: "Test reader".into(),
            card_present: false,
            atr: Vec::new(),
            changes: 0,
        }])
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, ReaderError> {
        Err(ReaderError::EmptyReader {
            reader: reader.into(),
        })
    }
}

struct Center {
    folder: TempDir,
    language: &'static str,
}

struct Said {
    code: u8,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

impl Center {
    fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            language: "en_US.UTF-8",
        }
    }

    fn with_two_officers() -> Self {
        let center = Self::empty();
        let init = "init --name Example --country ES --officer ana --passphrase-env ANA";
        assert_eq!(center.run(init).code, 0);
        let add = "officer add eva --officer ana --passphrase-env ANA --new-passphrase-env EVA";
        assert_eq!(center.run(add).code, 0);
        center
    }

    fn run(&self, line: &str) -> Said {
        let words = line.split(' ').map(|word| word.replace('_', " "));
        self.run_words(words.map(OsString::from).collect(), |_| {
            Err(io::ErrorKind::NotFound.into())
        })
    }

    fn run_words(&self, words: Vec<OsString>, ask: impl FnMut(&str) -> io::Result<String>) -> Said {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let home = self.folder.path().join("center").into_os_string();
        let code = {
            let mut console = Console {
                output: Box::new(&mut out),
                messages: Box::new(&mut err),
                environment: Box::new(|name| match name {
                    "LC_ALL" => Some(self.language.to_owned()),
                    "SELLO_CENTER_HOME" => Some(home.to_str().unwrap().to_owned()),
                    "ANA" => Some("passphrase of ana".to_owned()),
                    "EVA" => Some("passphrase of eva".to_owned()),
                    "SHORT" => Some("1234567".to_owned()),
                    _ => None,
                }),
                ask: Box::new(ask),
            };
            let program = std::iter::once(OsString::from("sello-center"));
            run(program.chain(words), &EmptyReader, &mut console)
        };
        Said {
            code,
            out: String::from_utf8(out).unwrap(),
            err: String::from_utf8(err).unwrap(),
        }
    }
}

const APPLY: &str = "apply --organization Example_S.L. --identifier VATES-B12345678 --country ES";

#[test]
fn from_application_to_approval_with_four_eyes() {
    let center = Center::with_two_officers();
    let applied = center
        .run(&format!("{APPLY} --kind contract --json"))
        .json();
    assert_eq!(applied["application"], "A-000001");
    assert_eq!(applied["state"], "applied");
    let approve = "approve A-000001 --officer ana --passphrase-env ANA";
    assert!(
        center
            .run(approve)
            .out
            .contains("A second officer must approve")
    );
    let again = center.run(approve);
    assert_eq!(again.code, 1);
    assert!(
        again.err.contains("two different officers"),
        "{}",
        again.err
    );
    let second = center.run("approve A-000001 --officer EVA --passphrase-env EVA --json");
    assert_eq!(second.json()["state"], "approved");
    assert_eq!(second.json()["officer"], "eva");
    let shown = center.run("show A-000001 --json").json();
    assert_eq!(shown["approved_by"], serde_json::json!(["ana", "eva"]));
    assert_eq!(shown["request"]["kind"], "contract");
    assert_eq!(shown["request"]["height_mm"], 40);
    assert!(center.run("list").out.contains("A-000001  approved  "));
    assert!(center.run("show A-000001").out.contains("Example S.L."));
    let verified = center.run("audit verify --json").json();
    // init and its officer, the second officer, the application, two approvals.
    assert_eq!(verified["lines"], 6);
}

#[test]
fn an_individual_applies() {
    let center = Center::with_two_officers();
    let line = "apply --individual Ada_Example --identifier IDCES-00000000T --country ES --json";
    center.run(line).json();
    let shown = center.run("show A-000001 --json").json();
    assert_eq!(shown["request"]["applicant"]["type"], "individual");
    assert_eq!(shown["request"]["kind"], "individual");
    assert_eq!(shown["request"]["seal_name"], "Ada Example");
}

#[test]
fn refusals_exit_with_1_and_say_what_next() {
    let center = Center::with_two_officers();
    center.run(APPLY);
    for (line, text) in [
        (
            "init --name X --country ES --officer ana --passphrase-env ANA",
            "already",
        ),
        (
            "approve A-000001 --officer ana --passphrase-env EVA",
            "wrong passphrase for ana",
        ),
        (
            "approve A-000001 --officer bob --passphrase-env ANA",
            "officer list",
        ),
        (
            "approve A-000009 --officer ana --passphrase-env ANA",
            "sello-center list",
        ),
        ("show A-000009", "no application A-000009"),
        (
            "reinstate A-000001 --officer ana --passphrase-env ANA",
            "does not admit",
        ),
        (
            "officer add EVA --officer ana --passphrase-env ANA --new-passphrase-env EVA",
            "already",
        ),
    ] {
        let said = center.run(line);
        assert_eq!(said.code, 1, "{line}: {}", said.err);
        assert!(said.err.contains(text), "{line}: {}", said.err);
        assert_eq!(said.out, "");
    }
}

#[test]
fn usage_and_environment_exit_with_2() {
    let center = Center::with_two_officers();
    center.run(APPLY);
    for (line, text) in [
        ("approve", "APPLICATION"),
        ("approve A-000001", "--officer"),
        ("approve A-000001 --officer ana", "--passphrase-env"),
        (
            "approve A-000001 --officer ana --passphrase-env NONE",
            "NONE is not set",
        ),
        ("crl --officer ana --passphrase-fd 99", "passphrase"),
        (
            "revoke A-000001 --reason because --officer ana",
            "key-compromise",
        ),
        (
            "activate A-000001 --officer ana --passphrase-env ANA",
            "no card in any reader (Test reader)",
        ),
        (
            "personalize A-000001 --letter /nowhere/x.pdf --officer ana --passphrase-env ANA",
            "there is no folder /nowhere",
        ),
        (
            "officer add bob --officer ana --passphrase-env ANA --new-passphrase-env SHORT",
            "at least 8",
        ),
    ] {
        let said = center.run(line);
        assert_eq!(said.code, 2, "{line}: {}", said.err);
        assert!(said.err.contains(text), "{line}: {}", said.err);
    }
    let country = center.run(&APPLY.replace("ES", "Spain"));
    assert_eq!(country.code, 2);
    assert!(country.err.contains("country"), "{}", country.err);
}

#[test]
fn without_a_center_the_way_to_one_is_told() {
    let said = Center::empty().run("list");
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("sello-center init --help"),
        "{}",
        said.err
    );
}

#[test]
fn spanish_is_spoken() {
    let mut center = Center::with_two_officers();
    center.language = "es_ES.UTF-8";
    assert!(
        center
            .run(APPLY)
            .out
            .contains("Solicitud A-000001 recibida")
    );
    assert!(
        center
            .run("show A-000009")
            .err
            .contains("no hay ninguna solicitud")
    );
    assert!(center.run("--help").out.contains("El centro de sellos"));
    assert!(
        center
            .run("--help --lang en")
            .out
            .contains("A seal from the beginning")
    );
}

#[test]
fn typed_passphrases_are_asked_for_and_a_new_one_twice() {
    let center = Center::empty();
    let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
    let mut prompts = Vec::new();
    let init = words("init --name Example --country ES --officer ana");
    let differ = center.run_words(init.clone(), |prompt| {
        prompts.push(prompt.to_owned());
        Ok(format!("passphrase {}", prompts.len()))
    });
    assert_eq!(differ.code, 2);
    assert!(differ.err.contains("differ"));
    assert_eq!(prompts, ["New passphrase for ana: ", "Once more: "]);
    assert_eq!(
        center
            .run_words(init, |_| Ok("passphrase of ana".into()))
            .code,
        0
    );
    // The only officer need not be named.
    let mut asked = String::new();
    let crl = center.run_words(words("crl --json"), |prompt| {
        asked = prompt.to_owned();
        Ok("passphrase of ana".into())
    });
    assert_eq!(crl.json()["number"], 2);
    assert_eq!(asked, "Passphrase of ana: ");
}

#[test]
fn trust_is_exported_for_verifiers() {
    let center = Center::with_two_officers();
    let folder = center.folder.path().join("trust");
    let words = vec![
        "export-trust".into(),
        folder.clone().into_os_string(),
        "--json".into(),
    ];
    let exported = center
        .run_words(words, |_| Err(io::ErrorKind::NotFound.into()))
        .json();
    let anchor = std::fs::read_to_string(exported["anchor"].as_str().unwrap()).unwrap();
    assert!(anchor.starts_with("-----BEGIN CERTIFICATE-----"));
    assert_eq!(
        std::fs::read_dir(folder.join("anchors")).unwrap().count(),
        1
    );
    assert_eq!(std::fs::read_dir(folder.join("crls")).unwrap().count(), 1);
}

#[test]
fn values_are_refused_in_the_readers_language() {
    let mut center = Center::with_two_officers();
    let refused = |center: &Center, line: &str| {
        let said = center.run(line);
        assert_eq!(said.code, 2, "{line}: {}", said.err);
        said.err
    };
    let bare = "apply --organization Example_S.L. --identifier B12345678 --country ES";
    let country = "apply --organization Example_S.L. --identifier VATES-B12345678 --country Spain";
    let name = "apply --organization \u{4F8B} --identifier VATES-B12345678 --country ES";
    assert!(refused(&center, bare).contains("written as VATES-B12345678"));
    assert!(refused(&center, country).contains("two capital letters"));
    assert!(refused(&center, name).contains("U+4F8B"));
    center.language = "es_ES.UTF-8";
    assert!(refused(&center, bare).contains("se escribe como VATES-B12345678"));
    assert!(refused(&center, country).contains("dos mayúsculas"));
    assert!(refused(&center, name).contains("la tipografía no puede dibujar"));
}

#[test]
fn a_name_that_no_letter_could_show_is_refused_even_with_a_picture() {
    let center = Center::with_two_officers();
    let folder = center.folder.path();
    let picture = folder.join("seal.png");
    center.run(&format!("{APPLY} --seal-name x"));
    // Any PNG will do: the one the center draws for somebody else.
    let drawn = sello_paper::picture::draw(&sello_paper::picture::SealPicture {
        organization: "Example S.L.",
        kind_label: "Official seal",
        identifier: None,
        diameter_mm: 40,
        pixels: 64,
    });
    std::fs::write(&picture, drawn.unwrap()).unwrap();
    let picture = picture.to_str().unwrap();
    let line = format!(
        "apply --organization \u{4F8B} --identifier VATES-B12345678 --country ES --picture {picture}"
    );
    let said = center.run(&line);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("PIN letter could not be made"),
        "{}",
        said.err
    );
    assert_eq!(
        center.run("list --json").json()["applications"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn what_the_state_forbids_is_said_before_a_card_is_looked_for() {
    let center = Center::with_two_officers();
    assert_eq!(center.run(APPLY).code, 0);
    let folder = center.folder.path().join("none/letter.pdf");
    let line = "personalize A-000001 --officer ana --passphrase-env ANA";
    let early = center.run(line);
    assert_eq!(early.code, 1);
    assert!(early.err.contains("is applied"), "{}", early.err);
    let nowhere = center.run(&format!("{line} --letter {}", folder.display()));
    assert_eq!(nowhere.code, 2);
    assert!(
        nowhere.err.contains("there is no folder"),
        "{}",
        nowhere.err
    );
    for officer in ["ana --passphrase-env ANA", "eva --passphrase-env EVA"] {
        assert_eq!(
            center
                .run(&format!("approve A-000001 --officer {officer}"))
                .code,
            0
        );
    }
    let empty = center.run(line);
    assert_eq!(empty.code, 2);
    assert!(
        empty.err.contains("no card in any reader (Test reader)"),
        "{}",
        empty.err
    );
    assert!(!empty.err.contains("--no-card"), "{}", empty.err);
}

#[test]
fn dual_control_wants_two_letters_for_two_people() {
    let center = Center::with_two_officers();
    let apply =
        "apply --organization Example_S.L. --identifier VATES-B12345678 --country ES --json";
    center.run(apply).json();
    center.run(&format!("{apply} --dual-control")).json();
    for reference in ["A-000001", "A-000002"] {
        for officer in ["ana", "eva"] {
            let variable = officer.to_uppercase();
            let approve =
                format!("approve {reference} --officer {officer} --passphrase-env {variable}");
            assert_eq!(center.run(&approve).code, 0);
        }
    }
    let shown = center.run("show A-000002 --json").json();
    assert_eq!(shown["request"]["dual_control"], true);
    assert!(center.run("show A-000002").out.contains("approver"));
    assert!(!center.run("show A-000001").out.contains("approver"));
    let folder = center.folder.path().display().to_string();
    let make = |reference: &str, rest: &str| {
        let rest = rest.replace("DIR", &folder);
        let who = "--officer ana --passphrase-env ANA";
        center.run(&format!("personalize {reference} {who} {rest}"))
    };
    let one = make("A-000002", "--letter DIR/c.pdf");
    assert!(one.err.contains("--approver-letter"), "{}", one.err);
    let same = make("A-000002", "--letter DIR/c.pdf --approver-letter DIR/c.pdf");
    assert!(same.err.contains("two files"), "{}", same.err);
    let none = make("A-000001", "--letter DIR/c.pdf --approver-letter DIR/a.pdf");
    assert!(none.err.contains("no approver"), "{}", none.err);
    // With both, only the card is missing.
    let both = make("A-000002", "--letter DIR/c.pdf --approver-letter DIR/a.pdf");
    assert!(both.err.contains("no card in any reader"), "{}", both.err);
}
