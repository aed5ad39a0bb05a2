//! `specs/report.schema.json` against the answers of `sello verify --json`: it takes every one of them,
//! and none with a key that has another name.

use std::fs;
use std::path::Path;

use jsonschema::Validator;
use serde_json::Value;

use super::{STAMP, desk};
use crate::testing::{Desk, FakeCard, tsa};

fn validator() -> Validator {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs/report.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// The answer on a file, which the schema takes.
fn answer(desk: &mut Desk, schema: &Validator, arguments: &str) -> Value {
    let said = desk.run(&format!("verify --json {arguments}"));
    let answer: Value = serde_json::from_str(&said.out).unwrap();
    let errors: Vec<String> = schema
        .iter_errors(&answer)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{arguments}: {errors:#?}\n{answer:#}");
    answer
}

/// The answer once for each key in it, with that key renamed.
fn renamed(answer: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    match answer {
        Value::Object(entries) => {
            for (key, value) in entries {
                let mut other = entries.clone();
                let moved = other.remove(key).unwrap();
                other.insert(format!("{key}_"), moved);
                all.push((key.clone(), Value::Object(other)));
                for (path, changed) in renamed(value) {
                    let mut other = entries.clone();
                    other.insert(key.clone(), changed);
                    all.push((format!("{key}.{path}"), Value::Object(other)));
                }
            }
        }
        Value::Array(members) => {
            for (index, member) in members.iter().enumerate() {
                for (path, changed) in renamed(member) {
                    let mut other = members.clone();
                    other[index] = changed;
                    all.push((format!("{index}.{path}"), Value::Array(other)));
                }
            }
        }
        _ => {}
    }
    all
}

fn assert_strict(schema: &Validator, answer: &Value) {
    let changed = renamed(answer);
    assert!(changed.len() > 5, "{answer}");
    for (path, other) in changed {
        assert!(!schema.is_valid(&other), "{path} may have another name");
    }
}

/// A word in the place of another of the same length.
fn changed(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes.windows(from.len()).position(|part| part == from);
    let mut changed = bytes.to_vec();
    changed[at.unwrap()..][..to.len()].copy_from_slice(to);
    changed
}

#[test]
fn reports_on_documents_are_as_the_schema_says() {
    let schema = validator();
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["123456"]);
    assert_eq!(desk.run(&format!("{STAMP} --reason Approved")).code, 0);
    let url = tsa::listen(3);
    desk = desk.types(&["123456"]);
    let line =
        format!("stamp @in.pdf -o @lta.pdf --x 20 --y 20 --level lta --tsa {url} --trust @trust");
    assert_eq!(desk.run(&line).code, 0);
    let sealed = fs::read(desk.path("out.pdf")).unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(desk.path(name), bytes).unwrap();
    put("broken.pdf", &changed(&sealed, b"Contract", b"Kontract"));
    put("later.pdf", &[&sealed[..], b"1 0 obj<<>>endobj\n"].concat());
    put("cut.pdf", &sealed[..sealed.len() / 2]);
    for (file, overall) in [
        ("out.pdf", "valid"),
        ("lta.pdf", "valid"),
        ("broken.pdf", "broken"),
        ("later.pdf", "broken"),
        ("cut.pdf", "broken"),
        ("in.pdf", "nothing_sealed"),
    ] {
        let trusted = answer(&mut desk, &schema, &format!("--trust @trust @{file}"));
        assert_eq!(trusted[0]["overall"], overall, "{file}");
        assert_strict(&schema, &trusted);
        assert_strict(&schema, &answer(&mut desk, &schema, &format!("@{file}")));
    }
}

#[test]
fn reports_on_files_of_other_kinds_are_as_the_schema_says() {
    let schema = validator();
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card);
    for how in ["--detached", "--container @out.asice"] {
        desk = desk.types(&["123456"]);
        let url = tsa::listen(3);
        let line = format!("stamp-files @in.pdf {how} --level lta --tsa {url} --trust @trust");
        let stamped = desk.run(&line);
        assert_eq!(stamped.code, 0, "{stamped:?}");
    }
    let container = fs::read(desk.path("out.asice")).unwrap();
    let signature = fs::read(desk.path("in.pdf.p7s")).unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(desk.path(name), bytes).unwrap();
    // One name of a file in one of its two places.
    put("broken.asice", &changed(&container, b"in.pdf", b"on.pdf"));
    put("cut.asice", &container[..container.len() / 2]);
    put("alone.p7s", &signature);
    put("empty.p7m", &[0x30, 0]);
    for (file, overall) in [
        ("out.asice", "valid"),
        ("in.pdf.p7s", "valid"),
        ("broken.asice", "broken"),
        ("cut.asice", "broken"),
        ("alone.p7s", "cannot_tell"),
        ("empty.p7m", "broken"),
    ] {
        let trusted = answer(&mut desk, &schema, &format!("--trust @trust @{file}"));
        assert_eq!(trusted[0]["overall"], overall, "{file}");
        assert_strict(&schema, &trusted);
        assert_strict(&schema, &answer(&mut desk, &schema, &format!("@{file}")));
    }
    fs::write(desk.path("in.pdf"), b"%PDF-1.7 another file").unwrap();
    let other = answer(&mut desk, &schema, "--trust @trust @in.pdf.p7s");
    assert_eq!(other[0]["overall"], "broken");
    assert_strict(&schema, &other);
}

#[test]
fn what_cannot_be_opened_and_several_files_are_as_the_schema_says() {
    let schema = validator();
    let mut desk = Desk::new(&[]);
    let said = answer(&mut desk, &schema, "@nowhere.pdf @in.pdf");
    assert_eq!(said.as_array().unwrap().len(), 2);
    assert!(said[0]["error"].is_string());
    for (path, other) in renamed(&said) {
        assert!(!schema.is_valid(&other), "{path} may have another name");
    }
}
