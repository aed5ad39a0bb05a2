//! A sealed document before poppler, pyHanko, OpenSSL and qpdf.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use sello_flow::calls::Place;
use sello_flow::fixture::{Seal, Stage};
use sello_flow::{forge, sample};
use sello_interop::nss::{Database, anchor};
use sello_interop::{pyhanko, signature, tool};

const PLACE: Place = Place {
    page: 1,
    x: 120,
    y: 200,
};

/// Every kind of input a sealed document may begin as.
fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("contract", sample::contract(3, sample::Language::Spanish)),
        ("classic", sample::minimal_classic()),
        ("form", sample::with_acroform_text_field()),
        ("object-streams", sample::with_object_streams()),
    ]
}

#[test]
fn every_judge_calls_a_sealed_document_valid_and_a_changed_one_not() {
    let seal = Seal::at(Stage::Active).unwrap();
    let nss = Database::trusting(&seal.trust(), &seal.path("nss")).unwrap();
    for (name, input) in inputs() {
        let sealed = seal.seal(name, &input, PLACE).unwrap();
        let bytes = std::fs::read(&sealed).unwrap();
        assert!(
            bytes.starts_with(&input),
            "{name}: the output does not begin with the input"
        );

        let said = nss.pdfsig(&sealed).unwrap();
        assert!(
            said.agrees(&["Signature is Valid", "Certificate is Trusted"]),
            "{name}: {}",
            said.text
        );
        let verdicts = pyhanko::judge(&sealed, &seal.trust()).unwrap();
        assert!(
            verdicts.len() == 1 && pyhanko::is_valid(&verdicts[0]),
            "{name}: {verdicts:?}"
        );
        let said = tool::run("qpdf", ["--check".as_ref(), sealed.as_os_str()]).unwrap();
        assert!(
            said.agrees(&["No syntax or stream encoding errors"]),
            "{name}: {}",
            said.text
        );
        openssl_agrees(&seal, &bytes);

        let changed = seal.path(&format!("{name}-changed.pdf"));
        std::fs::write(&changed, forge::change_one_byte(&bytes).unwrap().0).unwrap();
        let said = nss.pdfsig(&changed).unwrap();
        assert!(
            !said.text.contains("Signature is Valid"),
            "{name}: {}",
            said.text
        );
        let verdicts = pyhanko::judge(&changed, &seal.trust()).unwrap();
        assert!(
            !verdicts.iter().any(pyhanko::is_valid),
            "{name}: {verdicts:?}"
        );
    }
}

/// OpenSSL verifies the CMS over the covered bytes, with our CA as the only root.
fn openssl_agrees(seal: &Seal, document: &[u8]) {
    let (cms, covered) = signature::last(document).unwrap();
    let (cms_file, covered_file) = (seal.path("signature.der"), seal.path("covered.bin"));
    std::fs::write(&cms_file, cms).unwrap();
    std::fs::write(&covered_file, covered).unwrap();
    let anchor = anchor(&seal.trust()).unwrap();
    let said = tool::run(
        "openssl",
        [
            "cms".as_ref(),
            "-verify".as_ref(),
            "-binary".as_ref(),
            "-inform".as_ref(),
            "DER".as_ref(),
            "-in".as_ref(),
            cms_file.as_os_str(),
            "-content".as_ref(),
            covered_file.as_os_str(),
            "-CAfile".as_ref(),
            anchor.as_os_str(),
            "-purpose".as_ref(),
            "any".as_ref(),
            "-out".as_ref(),
            "/dev/null".as_ref(),
        ],
    );
    let said = said.unwrap();
    assert!(
        said.text.contains("CMS Verification successful"),
        "{}",
        said.text
    );
}

#[test]
fn a_second_seal_leaves_the_first_one_valid_for_every_judge() {
    let seal = Seal::at(Stage::Active).unwrap();
    let nss = Database::trusting(&seal.trust(), &seal.path("nss")).unwrap();
    let once = seal
        .seal(
            "once",
            &sample::contract(3, sample::Language::Spanish),
            PLACE,
        )
        .unwrap();
    let below = Place { y: 100, ..PLACE };
    let twice = seal
        .seal("twice", &std::fs::read(once).unwrap(), below)
        .unwrap();
    let said = nss.pdfsig(&twice).unwrap();
    assert_eq!(
        said.text.matches("Signature is Valid").count(),
        2,
        "{}",
        said.text
    );
    let verdicts = pyhanko::judge(&twice, &seal.trust()).unwrap();
    assert_eq!(
        verdicts
            .iter()
            .filter(|verdict| pyhanko::is_valid(verdict))
            .count(),
        2,
        "{verdicts:?}"
    );
}
