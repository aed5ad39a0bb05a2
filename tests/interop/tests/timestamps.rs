//! The center's timestamps before OpenSSL, and documents of every level before poppler, pyHanko and
//! qpdf.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use sello_flow::calls::{self, Place};
use sello_flow::fixture::{PIN, Seal, Stage};
use sello_flow::programs::{Call, Program};
use sello_flow::sample;
use sello_flow::timestamps::Service;
use sello_interop::nss::{Database, anchor};
use sello_interop::{pyhanko, tool};

const PLACE: Place = Place {
    page: 1,
    x: 120,
    y: 200,
};

/// An HTTP/1.1 question and its answer, the head and the body.
fn ask(url: &str, head: &str, body: &[u8]) -> (String, Vec<u8>) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let method = head.split(' ').next().unwrap();
    let fields = head.split_once(' ').map_or("", |(_, fields)| fields);
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{fields}Content-Length: {length}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|part| part == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    (head, answer[end + 4..].to_vec())
}

#[test]
fn openssl_verifies_the_centers_tokens() {
    let seal = Seal::at(Stage::Active).unwrap();
    let service = Service::start(&seal).unwrap();
    let anchor = anchor(&seal.trust()).unwrap();
    let [data, query, answer] = ["data", "query.tsq", "answer.tsr"].map(|name| seal.path(name));
    std::fs::write(&data, b"what is stamped").unwrap();
    for digest in ["-sha256", "-sha384", "-sha512"] {
        let said = tool::openssl(
            &["ts", "-query", digest, "-cert"],
            &[("-data", &data), ("-out", &query)],
        )
        .unwrap();
        assert_eq!(said.code, 0, "{}", said.text);
        let head = "POST Content-Type: application/timestamp-query\r\n";
        let (status, token) = ask(&service.tsa, head, &std::fs::read(&query).unwrap());
        assert!(status.starts_with("HTTP/1.1 200"), "{status}");
        std::fs::write(&answer, token).unwrap();
        let said = tool::openssl(
            &["ts", "-verify"],
            &[
                ("-queryfile", &query),
                ("-in", &answer),
                ("-CAfile", &anchor),
            ],
        )
        .unwrap();
        assert!(said.text.contains("Verification: OK"), "{}", said.text);
    }
    // A digest that nobody should rely on is refused, and so is what is no request.
    tool::openssl(
        &["ts", "-query", "-sha1"],
        &[("-data", &data), ("-out", &query)],
    )
    .unwrap();
    let head = "POST Content-Type: application/timestamp-query\r\n";
    for request in [std::fs::read(&query).unwrap(), b"no request".to_vec()] {
        let (_, refused) = ask(&service.tsa, head, &request);
        std::fs::write(&answer, refused).unwrap();
        let said = tool::openssl(&["ts", "-reply", "-text"], &[("-in", &answer)]).unwrap();
        assert!(said.text.contains("Rejected"), "{}", said.text);
    }
    let (status, list) = ask(&service.crl, "GET ", &[]);
    assert!(status.contains("application/pkix-crl"), "{status}");
    let file = seal.path("list.crl");
    std::fs::write(&file, list).unwrap();
    let said = tool::openssl(
        &["crl", "-inform", "DER", "-noout"],
        &[("-in", &file), ("-CAfile", &anchor)],
    )
    .unwrap();
    assert!(said.text.contains("verify OK"), "{}", said.text);
    drop(service);
    let said = seal
        .run(&seal.center(|center| center.audit_verify()))
        .unwrap();
    assert_eq!(said.code, 0, "{}", said.stderr);
}

fn stamp(seal: &Seal, service: &Service, level: &str, input: &Path) -> PathBuf {
    let output = seal.path(&format!("{level}.pdf"));
    let call = calls::stamp(input, &output, PLACE, seal.reader(), PIN)
        .and(["--level", level, "--tsa", &service.tsa])
        .and(["--trust".as_ref(), seal.trust().as_os_str()]);
    seal.must(&call).unwrap();
    output
}

#[test]
fn every_judge_calls_every_level_valid_and_a_renewed_document_too() {
    let seal = Seal::at(Stage::Active).unwrap();
    let service = Service::start(&seal).unwrap();
    let nss = Database::trusting(&seal.trust(), &seal.path("nss")).unwrap();
    let input = seal.path("contract.pdf");
    for bytes in [
        sample::contract(2, sample::Language::Spanish),
        sample::with_object_streams(),
    ] {
        std::fs::write(&input, &bytes).unwrap();
        let mut last = PathBuf::new();
        for level in ["t", "lt", "lta"] {
            let sealed = stamp(&seal, &service, level, &input);
            judged(&seal, &nss, &sealed);
            last = sealed;
        }
        let renewed = seal.path("renewed.pdf");
        let call = Call::new(Program::Client, ["renew".as_ref(), last.as_os_str()])
            .and(["-o".as_ref(), renewed.as_os_str()])
            .and(["--tsa", &service.tsa])
            .and(["--trust".as_ref(), seal.trust().as_os_str()]);
        seal.must(&call).unwrap();
        judged(&seal, &nss, &renewed);
    }
}

fn judged(seal: &Seal, nss: &Database, document: &Path) {
    let name = document.display();
    let said = tool::run("qpdf", ["--check".as_ref(), document.as_os_str()]).unwrap();
    assert!(
        said.agrees(&["No syntax or stream encoding errors"]),
        "{name}: {}",
        said.text
    );
    let said = nss.pdfsig(document).unwrap();
    assert!(
        said.text.contains("Signature is Valid"),
        "{name}: {}",
        said.text
    );
    assert!(
        !said.text.contains("Signature is Invalid"),
        "{name}: {}",
        said.text
    );
    let verdicts = pyhanko::judge(document, &seal.trust()).unwrap();
    assert_eq!(verdicts.len(), 1, "{name}: {verdicts:?}");
    assert!(
        verdicts.iter().all(pyhanko::is_valid),
        "{name}: {verdicts:?}"
    );
}

#[test]
fn an_authority_that_goes_away_leaves_nothing_behind() {
    let seal = Seal::at(Stage::Active).unwrap();
    let service = Service::start(&seal).unwrap();
    let tsa = service.tsa.clone();
    drop(service);
    let input = seal.path("contract.pdf");
    std::fs::write(&input, sample::minimal_classic()).unwrap();
    let output = seal.path("never.pdf");
    let call = calls::stamp(&input, &output, PLACE, seal.reader(), PIN).and(["--tsa", &tsa]);
    let said = seal.run(&call).unwrap();
    assert_eq!(said.code, 2, "{}", said.stdout);
    assert!(said.stderr.contains(&tsa), "{}", said.stderr);
    assert!(!output.exists());
}
