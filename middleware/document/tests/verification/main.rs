//! Verifying sealed documents: sound ones, and those that every known kind of attack makes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod attacks;
mod center;
mod changed;
mod forged;
mod forging;
mod malformed;
mod opened;
#[path = "../../../pdf/tests/support/sample.rs"]
mod sample;
mod shown;
mod signing;
mod standing;

use center::{Center, codes, verify};
use forging::verdicts;
use sample::Sample;
use sello_document::report::{Kind, Overall};
use sello_document::{Language, render_text};

/// A document of two pages, in both forms of cross-reference section.
pub(crate) fn documents() -> [Vec<u8>; 2] {
    let sample = Sample::pages(2);
    [sample.table(), sample.streams()]
}

#[test]
fn a_sealed_document_is_valid_and_says_what_it_is() {
    let center = Center::new(10);
    for document in documents() {
        let report = verify(&center.holder().stamp_on(&document, 2), &center.trust());
        assert_eq!(verdicts(&report), ["VALID"]);
        assert_eq!(codes(&report, 0), <[&str; 0]>::default());
        assert_eq!((report.overall, report.exit_code), (Overall::Valid, 0));
        let seal = &report.signatures[0];
        assert_eq!(seal.kind, Kind::Seal);
        assert_eq!(seal.field.as_deref(), Some("Sello1"));
        assert_eq!(seal.page, Some(2));
        let place = seal.rectangle_mm.unwrap();
        assert_eq!((place.x, place.y), (20.0, 30.0));
        assert_eq!((place.width, place.height), (40.0, 30.0));
        assert_eq!(seal.claimed_time.as_deref(), Some("2026-06-01T12:00:00Z"));
        assert_eq!(seal.reason.as_deref(), Some("Contract 2026/7"));
        assert_eq!(seal.location.as_deref(), Some("Logroño"));
        assert_eq!((seal.covers_revision, seal.later_revisions), (Some(2), 0));
        let signer = seal.signer.as_ref().unwrap();
        assert_eq!(signer.organization.as_deref(), Some("Example S.L."));
        assert_eq!(signer.serial, "03".repeat(16));
        let facts = seal.seal.as_ref().unwrap();
        assert_eq!(
            (facts.name.as_str(), facts.kind.as_str()),
            ("Contract seal", "contract")
        );
        assert!(facts.drawn && facts.maker.starts_with("CN=Seal making"));
    }
}

#[test]
fn several_seals_are_all_valid() {
    let center = Center::new(10);
    let holder = center.holder();
    for document in documents() {
        let mut sealed = document;
        for _ in 0..4 {
            sealed = holder.stamp(&sealed);
        }
        let report = verify(&sealed, &center.trust());
        assert_eq!(verdicts(&report), ["VALID"; 4]);
        assert_eq!(report.overall, Overall::Valid);
        let later: Vec<_> = report
            .signatures
            .iter()
            .map(|seal| seal.later_revisions)
            .collect();
        assert_eq!(later, [3, 2, 1, 0]);
    }
}

#[test]
fn pages_turned_and_forms_already_there_do_no_harm() {
    let center = Center::new(10);
    for turn in [90, 180, 270] {
        let page = format!("<</Type/Page/Parent 2 0 R/Contents 11 0 R/Rotate {turn}/Annots[]>>");
        let sample = Sample::pages(1)
            .with(10, &page)
            .with(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 30 0 R>>")
            .with(30, "<</Fields 31 0 R/DA(/Helv 0 Tf)>>")
            .with(31, "[32 0 R]")
            .with(32, "<</FT/Tx/T(Name)/V(x)>>");
        let holder = center.holder();
        let sealed = holder.stamp(&holder.stamp(&sample.table()));
        let report = verify(&sealed, &center.trust());
        assert_eq!(verdicts(&report), ["VALID"; 2], "{turn}");
        let place = report.signatures[0].rectangle_mm.unwrap();
        assert_eq!((place.x, place.y), (20.0, 30.0), "{turn}");
        assert_eq!((place.width, place.height), (40.0, 30.0), "{turn}");
    }
}

#[test]
fn a_document_without_any_seal_says_so() {
    let report = verify(&documents()[0], &Center::new(10).trust());
    assert_eq!(
        (report.overall, report.exit_code),
        (Overall::NothingSealed, 2)
    );
    assert_eq!(report.findings[0].code.name(), "NOTHING_SEALED");
}

#[test]
fn reports_are_written_for_machines_and_people() {
    let center = Center::new(10);
    let report = verify(&center.holder().stamp(&documents()[0]), &center.trust());
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["overall"], "valid");
    assert_eq!(json["exit_code"], 0);
    let seal = &json["signatures"][0];
    assert_eq!(seal["indication"], "TOTAL-PASSED");
    assert_eq!(seal["code"], "VALID");
    assert_eq!(seal["kind"], "seal");
    assert_eq!(seal["signer"]["organization"], "Example S.L.");
    let english = render_text(&report, Language::English);
    assert!(
        english.starts_with("VALID\n1. VALID: Seal \"Contract seal\" of Example S.L., page 1.")
    );
    let spanish = render_text(&report, Language::Spanish);
    assert!(
        spanish
            .starts_with("VÁLIDO\n1. VÁLIDO: Sello \"Contract seal\" de Example S.L., página 1.")
    );
    assert!(spanish.contains("hora declarada: 2026-06-01T12:00:00Z (sin probar)"));
}
