//! Signature dictionaries that do not say what they must, and documents that cannot be read.

use sello_document::report::Overall;
use sello_pdf::{Dictionary, Name, Object};

use crate::center::{Center, codes, verify};
use crate::documents;
use crate::forging::{append, contents, last_signature, replace, verdicts, with_contents};

fn sealed(center: &Center) -> Vec<u8> {
    center.holder().stamp(&documents()[0])
}

/// Universal signature forgery: a part is taken away or made senseless.
#[test]
fn missing_and_senseless_parts_are_named() {
    let center = Center::new(10);
    for (from, to, code) in [
        ("/Contents <", "/Contentx <", "CONTENTS_MISSING"),
        ("/ByteRange [", "/ByteRangx [", "BYTE_RANGE_MISSING"),
        ("/ByteRange [0 ", "/ByteRange [1 ", "BYTE_RANGE_MALFORMED"),
        ("/ByteRange [0 ", "/ByteRange [0.", "BYTE_RANGE_MALFORMED"),
        ("/ByteRange [0 ", "/ByteRange [-0", "BYTE_RANGE_MALFORMED"),
    ] {
        let changed = replace(&sealed(&center), from, to);
        let report = verify(&changed, &center.trust());
        assert!(
            codes(&report, 0).contains(&code),
            "{to}: {:?}",
            codes(&report, 0)
        );
        assert_eq!(report.exit_code, 1, "{to}");
    }
}

/// Signature wrapping: the range jumps over bytes of the attacker's.
#[test]
fn a_wider_gap_is_named() {
    let center = Center::new(10);
    let document = sealed(&center);
    let digits = last_signature(&document).digits;
    let end = document.len();
    let (gap, after) = (digits.start - 1, digits.end + 1);
    for (range, code) in [
        (
            format!("[0 {gap} {} {}", after + 2, end - after - 2),
            "BYTE_RANGE_GAP",
        ),
        (
            format!("[0 {} {after} {}", gap - 2, end - after),
            "BYTE_RANGE_GAP",
        ),
        (
            format!("[0 {gap} {after} {}", end - after - 40),
            "BYTE_RANGE_END",
        ),
        (format!("[0 {gap} {after} {}", end), "BYTE_RANGE_END"),
        (
            format!("[0 {gap} {after} {}", u64::MAX / 2),
            "BYTE_RANGE_END",
        ),
        (format!("[0 0 0 {end}"), "BYTE_RANGE_GAP"),
    ] {
        let old = format!("[0 {gap} {after} {}", end - after);
        let width = old.len().max(range.len()) + 1;
        let from = format!("{old:<width$}");
        let to = format!("{range:<width$}");
        let changed = replace(&document, &from, &to);
        let report = verify(&changed, &center.trust());
        assert!(
            codes(&report, 0).contains(&code),
            "{range}: {:?}",
            codes(&report, 0)
        );
        assert_eq!(report.exit_code, 1);
    }
}

#[test]
fn a_signature_that_is_none_is_named() {
    let center = Center::new(10);
    let document = sealed(&center);
    let report = verify(&with_contents(&document, b""), &center.trust());
    assert_eq!(verdicts(&report), ["CONTENTS_MISSING"]);
    let report = verify(&with_contents(&document, b"3003020104"), &center.trust());
    assert_eq!(verdicts(&report), ["SIGNATURE_MALFORMED"]);
    let mut cut = contents(&document);
    cut.truncate(500);
    let report = verify(&with_contents(&document, &cut), &center.trust());
    assert_eq!(verdicts(&report), ["SIGNATURE_MALFORMED"]);
}

#[test]
fn every_changed_digit_of_the_signature_leaves_the_same_seal_or_none() {
    let center = Center::new(10);
    let document = sealed(&center);
    let place = last_signature(&document).digits;
    let trust = center.trust();
    for at in place.step_by(37) {
        let mut changed = document.clone();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        let report = verify(&changed, &trust);
        if report.exit_code == 0 {
            let seal = report.signatures[0].seal.as_ref().unwrap();
            assert_eq!(seal.name, "Contract seal", "digit {at}");
        }
    }
}

#[test]
fn every_changed_byte_of_the_document_is_noticed() {
    let center = Center::new(10);
    let document = sealed(&center);
    let place = last_signature(&document).digits;
    let trust = center.trust();
    let outside = (0..document.len()).filter(|at| !place.contains(at));
    for at in outside.step_by(7) {
        let mut changed = document.clone();
        changed[at] ^= 1;
        let report = verify(&changed, &trust);
        assert_ne!(report.exit_code, 0, "byte {at}");
    }
}

#[test]
fn bytes_after_the_end_are_named() {
    let center = Center::new(10);
    let document = [&sealed(&center)[..], b"1 0 obj (hidden) endobj"].concat();
    let report = verify(&document, &center.trust());
    assert_eq!(verdicts(&report), ["BYTES_AFTER_LAST_REVISION"]);
    assert_eq!(report.exit_code, 1);
}

#[test]
fn a_signature_in_no_field_is_pointed_out() {
    let center = Center::new(10);
    let document = append(&documents()[0], |update, _| {
        let reference = update.allocate().unwrap();
        let entries = [
            ("Type", Object::Name(Name::from("Sig"))),
            ("Contents", Object::String(vec![1, 0xff])),
        ];
        update.set(reference, Dictionary::from_iter(entries));
    });
    let report = verify(&document, &center.trust());
    assert!(codes(&report, 0).contains(&"SIGNATURE_WITHOUT_FIELD"));
    assert_eq!(report.exit_code, 1);
}

#[test]
fn documents_that_cannot_be_read_are_told_apart() {
    let trust = Center::new(10).trust();
    let document = &documents()[0];
    let encrypted = append_encrypt(document);
    for (bytes, code) in [
        (&b"no document"[..], "NOT_PDF"),
        (b"", "NOT_PDF"),
        (&document[..document.len() - 60], "DAMAGED"),
        (&encrypted, "ENCRYPTED"),
    ] {
        let report = verify(bytes, &trust);
        assert_eq!((report.overall, report.exit_code), (Overall::CannotTell, 2));
        assert_eq!(report.findings[0].code.name(), code);
    }
}

fn append_encrypt(document: &[u8]) -> Vec<u8> {
    let trailer = document
        .windows(9)
        .rposition(|w| w == b"trailer\n<")
        .unwrap_or(0);
    let at = document[trailer..]
        .windows(2)
        .position(|window| window == b"<<")
        .unwrap();
    let (before, after) = document.split_at(trailer + at + 2);
    [before, b"/Encrypt 9 0 R", after].concat()
}

#[test]
fn a_damaged_field_does_not_hide_the_others() {
    let center = Center::new(10);
    let sample = crate::sample::Sample::pages(1)
        .with(
            1,
            "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[30 0 R]>>>>",
        )
        .with(30, "<</FT/Sig/T(Broken)/V 31 0 R>>")
        .with(
            31,
            "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.x509.rsa_sha1/Contents(x)>>",
        );
    let report = verify(&center.holder().stamp(&sample.table()), &center.trust());
    let mut verdicts = verdicts(&report);
    verdicts.sort_unstable();
    assert_eq!(verdicts, ["CONTENTS_MALFORMED", "VALID"]);
    assert_eq!(report.exit_code, 1);
}
