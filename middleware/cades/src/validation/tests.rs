use super::*;
use crate::build::{SignedAttributes, add_signature_timestamp, signed_data};
use crate::crl::RevocationList;
use crate::testing::{Key, NOW, Template, crl, extension};
use crate::timestamp::token::TokenDraft;
use crate::timestamp::{MessageImprint, TstInfo};
use sello_profile::oid::RawOid;
use time::macros::datetime;

const LONG: (&str, &str) = ("20261101000000Z", "20271201000000Z");
/// `testing::crl` revokes as of this time.
const REVOKED: OffsetDateTime = datetime!(2026-06-01 0:00 UTC);

fn root() -> Vec<u8> {
    Template::authority("Root", "Root").der(&Key::new(1), &Key::new(1))
}

fn seal() -> Vec<u8> {
    Template::end("Seal", "Root").der(&Key::new(3), &Key::new(1))
}

fn authority() -> Vec<u8> {
    let usage = [0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 8];
    Template {
        serial: 9,
        extensions: alloc::vec![
            extension(15, true, &[3, 2, 6, 0xc0]),
            extension(37, true, &usage),
        ],
        ..Template::end("Time", "Root")
    }
    .der(&Key::new(5), &Key::new(1))
}

fn token(over: &[u8], time: OffsetDateTime) -> Vec<u8> {
    let info = TstInfo {
        policy: RawOid::from_content(&[0x2a, 3, 4]).unwrap(),
        imprint: MessageImprint {
            algorithm: DigestAlgorithm::Sha256,
            digest: DigestAlgorithm::Sha256.digest(over),
        },
        serial: alloc::vec![1],
        time,
        accuracy: None,
        ordering: false,
        nonce: None,
    };
    let draft = TokenDraft::new(&info, &authority()).unwrap();
    let signature = Key::new(5).sign_digest(&draft.digest());
    draft.finish(&signature, Some(&[])).unwrap()
}

fn signed(stamped: Option<OffsetDateTime>) -> SignedData {
    let digest = DigestAlgorithm::Sha256.digest(b"content");
    let digest = <[u8; 32]>::try_from(digest.as_slice()).unwrap();
    let attributes = SignedAttributes::new(digest, &seal(), None, None).unwrap();
    let signature = Key::new(3).sign_digest(&attributes.digest());
    let cms = signed_data(&attributes, &signature, &seal(), &[]).unwrap();
    let cms = match stamped {
        Some(time) => add_signature_timestamp(&cms, &token(&signature, time)).unwrap(),
        None => cms,
    };
    SignedData::parse(&cms).unwrap()
}

fn judged(data: &SignedData, content: &[u8], lists: Vec<RevocationList>) -> SignerVerdict {
    let anchors = alloc::vec![Certificate::from_der(&root()).unwrap()];
    let store = TrustStore::new(anchors, lists);
    let content = algorithms(data)
        .into_iter()
        .map(|algorithm| (algorithm, algorithm.digest(content)))
        .collect();
    let trust = Trust {
        store: &store,
        now: NOW,
    };
    let mut all = validate(data, &content, &Evidence::default(), trust);
    all.remove(0)
}

fn list(entries: &[(u64, u8)]) -> Vec<RevocationList> {
    alloc::vec![crl("Root", &Key::new(1), LONG, entries, &[])]
}

#[test]
fn a_sound_signature_passes() {
    let verdict = judged(&signed(None), b"content", list(&[]));
    assert_eq!(verdict.problems, []);
    assert_eq!(verdict.proven_time, None);
    let verdict = judged(&signed(None), b"other", list(&[]));
    assert_eq!(verdict.indication(), Indication::TotalFailed);
    assert_eq!(verdict.problems, [Problem::ContentChanged]);
}

#[test]
fn a_revocation_after_the_proof_does_not_count() {
    let before = REVOKED - time::Duration::days(1);
    let verdict = judged(&signed(Some(before)), b"content", list(&[(7, 1)]));
    assert_eq!(verdict.problems, [], "{:?}", verdict.timestamps);
    assert_eq!(verdict.proven_time, Some(before));
    let after = REVOKED + time::Duration::days(1);
    for data in [signed(Some(after)), signed(None)] {
        let verdict = judged(&data, b"content", list(&[(7, 1)]));
        let codes: Vec<_> = verdict
            .problems
            .iter()
            .map(Problem::sub_indication)
            .collect();
        assert_eq!(codes, ["REVOKED_NO_POE"]);
    }
}

#[test]
fn a_timestamp_of_a_revoked_authority_proves_nothing() {
    let before = REVOKED - time::Duration::days(1);
    let verdict = judged(&signed(Some(before)), b"content", list(&[(7, 1), (9, 1)]));
    assert_eq!(verdict.proven_time, None);
    assert!(verdict.timestamps[0].problem.is_some());
    assert_eq!(verdict.problems[0].code(), "REVOKED");
}

#[test]
fn a_timestamp_of_another_signature_proves_nothing() {
    let digest = DigestAlgorithm::Sha256.digest(b"content");
    let digest = <[u8; 32]>::try_from(digest.as_slice()).unwrap();
    let attributes = SignedAttributes::new(digest, &seal(), None, None).unwrap();
    let signature = Key::new(3).sign_digest(&attributes.digest());
    let cms = signed_data(&attributes, &signature, &seal(), &[]).unwrap();
    let foreign = token(b"another signature", REVOKED - time::Duration::days(1));
    let cms = add_signature_timestamp(&cms, &foreign).unwrap();
    let verdict = judged(
        &SignedData::parse(&cms).unwrap(),
        b"content",
        list(&[(7, 1)]),
    );
    assert_eq!(verdict.proven_time, None);
    assert_eq!(verdict.problems[0].code(), "REVOKED");
}

#[test]
fn without_word_on_revocation_one_has_to_try_later() {
    let verdict = judged(&signed(None), b"content", Vec::new());
    assert_eq!(verdict.indication(), Indication::Indeterminate);
    assert_eq!(verdict.problems[0].sub_indication(), "TRY_LATER");
}
