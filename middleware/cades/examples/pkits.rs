//! Judges a folder with NIST's PKITS (certificates in `certs`, lists in `crls`, the tests and their
//! expected results in `pkits.json`): `cargo run -p sello-cades --example pkits -- DIR`.
//!
//! A test whose algorithm is not supported (DSA) must not pass either way; it is counted apart.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a judge that stops where its data is not as expected"
)]

use std::path::Path;
use std::{env, fs, process};

use sello_cades::path::{PathError, PolicyInputs};
use sello_cades::{
    Certificate, CertificatePath, Evidence, Moment, Purpose, RevocationList, TrustStore,
};
use serde_json::Value;
use time::macros::datetime;

fn main() {
    let folder = env::args_os().nth(1).unwrap_or_else(|| {
        println!("usage: pkits DIR");
        process::exit(2)
    });
    let folder = Path::new(&folder);
    let tests: Vec<Value> =
        serde_json::from_slice(&fs::read(folder.join("pkits.json")).unwrap()).unwrap();
    let (mut agreed, mut unsupported, mut wrong) = (0, 0, 0);
    for test in &tests {
        let name = test["name"].as_str().unwrap();
        let expected = test.get("error").is_none();
        match judge(folder, test) {
            Ok(()) if expected => agreed += 1,
            Err(_) if !expected => agreed += 1,
            Err(Refusal::Unsupported) => unsupported += 1,
            Ok(()) => {
                wrong += 1;
                println!(
                    "ACCEPTED {} {name}: {}",
                    test["id"], test["error"]["msg_regex"]
                );
            }
            Err(Refusal::Because(why)) => {
                wrong += 1;
                println!("REFUSED  {} {name}: {why}", test["id"]);
            }
        }
    }
    println!("{agreed} as expected, {unsupported} not supported, {wrong} wrong");
    process::exit(i32::from(wrong > 0));
}

enum Refusal {
    Unsupported,
    Because(String),
}

fn judge(folder: &Path, test: &Value) -> Result<(), Refusal> {
    let certificate = |name: &str| -> Result<Certificate, Refusal> {
        let bytes = fs::read(folder.join("certs").join(name)).unwrap();
        Certificate::from_der(&bytes).map_err(|error| Refusal::Because(error.to_string()))
    };
    let names = |key: &str| -> Vec<String> {
        let list = test[key].as_array().cloned().unwrap_or_default();
        list.iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect()
    };
    let leaf = certificate(test["cert"].as_str().unwrap())?;
    let mut others = Vec::new();
    for name in names("other_certs") {
        others.extend(certificate(&name));
    }
    let mut lists = Vec::new();
    let mut crls = names("crls");
    crls.push("TrustAnchorRootCRL.crl".to_owned());
    for name in crls {
        let bytes = fs::read(folder.join("crls").join(name)).unwrap();
        lists.extend(RevocationList::from_der(&bytes));
    }
    let anchor = certificate("TrustAnchorRootCertificate.crt")?;
    let evidence = Evidence::new(others, lists, Vec::new());
    let store = TrustStore::with_evidence(vec![anchor], evidence);
    let params = &test["params"];
    let flag = |key: &str| params[key].as_bool().unwrap_or(false);
    let policies = PolicyInputs {
        acceptable: params["user_initial_policy_set"]
            .as_array()
            .map(|set| {
                set.iter()
                    .map(|oid| encode(oid.as_str().unwrap()))
                    .collect()
            })
            .unwrap_or_default(),
        explicit: flag("initial_explicit_policy"),
        inhibit_mapping: flag("initial_policy_mapping_inhibit"),
        inhibit_any: flag("initial_any_policy_inhibit"),
    };
    let path = CertificatePath::find_with(&leaf, &[], &store, Purpose::Any, &policies);
    let path = path.map_err(|error| match error {
        PathError::Unsupported { .. } => Refusal::Unsupported,
        other => Refusal::Because(other.to_string()),
    })?;
    let now = Moment::now(datetime!(2026-01-01 0:00 UTC));
    match path.findings_at(store.evidence(), now).first() {
        None => Ok(()),
        Some(found) => Err(Refusal::Because(format!(
            "{}: {:?}",
            found.certificate.subject(),
            found.standing
        ))),
    }
}

fn encode(dotted: &str) -> Vec<u8> {
    let parts: Vec<u64> = dotted
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    let mut content = Vec::new();
    let first = parts[0] * 40 + parts[1];
    for part in std::iter::once(&first).chain(&parts[2..]) {
        let mut digits = vec![u8::try_from(part & 0x7f).unwrap()];
        let mut rest = part >> 7;
        while rest > 0 {
            digits.push(u8::try_from(rest & 0x7f | 0x80).unwrap());
            rest >>= 7;
        }
        digits.reverse();
        content.extend(digits);
    }
    content
}
