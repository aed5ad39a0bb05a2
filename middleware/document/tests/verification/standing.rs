//! Trust, validity and revocation.

use sello_cades::TrustStore;
use sello_document::report::Overall;
use sello_profile::crl::CrlReason;

use crate::center::{Center, HOLDER, MAKER, Plan, codes, day, verify};
use crate::documents;
use crate::forging::verdicts;

fn sealed(center: &Center) -> Vec<u8> {
    center.holder().stamp(&documents()[0])
}

/// The only seal's codes; a document like this is never valid and never broken.
fn cannot_tell(document: &[u8], trust: &TrustStore) -> Vec<&'static str> {
    let report = verify(document, trust);
    assert_eq!((report.overall, report.exit_code), (Overall::CannotTell, 2));
    codes(&report, 0)
}

#[test]
fn an_embedded_root_is_not_trusted() {
    let center = Center::new(10);
    let nobody = TrustStore::default();
    let codes = cannot_tell(&sealed(&center), &nobody);
    assert_eq!(codes, ["NO_TRUST_ANCHOR", "SEAL_MAKER_UNTRUSTED"]);
    // Another center of the very same name.
    let codes = cannot_tell(&sealed(&center), &Center::new(20).trust());
    assert_eq!(codes, ["CHAIN_BROKEN", "SEAL_MAKER_CHAIN_BROKEN"]);
}

#[test]
fn revoked_and_on_hold_without_proven_time() {
    let center = Center::new(10);
    for (reason, code) in [
        (CrlReason::KeyCompromise, "REVOKED"),
        (CrlReason::CertificateHold, "ON_HOLD"),
    ] {
        let trust = center.trust_with(vec![center.crl(&[(HOLDER, reason)])]);
        let report = verify(&sealed(&center), &trust);
        assert_eq!(codes(&report, 0), [code]);
        let seal = &report.signatures[0];
        assert_eq!(seal.indication.name(), "INDETERMINATE");
        assert_eq!(seal.sub_indication.unwrap().name(), "REVOKED_NO_POE");
        assert_eq!(report.exit_code, 2);
    }
    let trust = center.trust_with(vec![center.crl(&[(MAKER, CrlReason::KeyCompromise)])]);
    assert_eq!(
        cannot_tell(&sealed(&center), &trust),
        ["SEAL_MAKER_REVOKED"]
    );
}

#[test]
fn missing_and_stale_lists() {
    let center = Center::new(10);
    let none = center.trust_with(vec![]);
    let codes = cannot_tell(&sealed(&center), &none);
    assert_eq!(
        codes,
        ["REVOCATION_UNKNOWN", "SEAL_MAKER_REVOCATION_UNKNOWN"]
    );
    let stale = center.trust_with(vec![center.crl_until(&[], day(2026, 11))]);
    let codes = cannot_tell(&sealed(&center), &stale);
    assert_eq!(codes, ["REVOCATION_STALE", "SEAL_MAKER_REVOCATION_UNKNOWN"]);
    // Another center's list of the same name does not serve.
    let foreign = center.trust_with(vec![Center::new(20).crl(&[])]);
    let codes = cannot_tell(&sealed(&center), &foreign);
    assert_eq!(
        codes,
        ["REVOCATION_UNUSABLE", "SEAL_MAKER_REVOCATION_UNKNOWN"]
    );
}

#[test]
fn expired_certificates_and_seals() {
    let center = Center::new(10);
    let expired = day(2026, 11);
    let plan = Plan {
        holder_until: expired,
        ..Plan::default()
    };
    let document = center.holder_with(&plan).stamp(&documents()[0]);
    assert_eq!(
        cannot_tell(&document, &center.trust()),
        ["CERTIFICATE_EXPIRED"]
    );
    let plan = Plan {
        seal_until: expired,
        ..Plan::default()
    };
    let document = center.holder_with(&plan).stamp(&documents()[0]);
    assert_eq!(cannot_tell(&document, &center.trust()), ["SEAL_EXPIRED"]);
}

#[test]
fn the_claimed_time_never_decides() {
    // The document claims to have been sealed before the revocation and in the validity.
    let center = Center::new(10);
    let trust = center.trust_with(vec![center.crl(&[(HOLDER, CrlReason::Superseded)])]);
    let report = verify(&sealed(&center), &trust);
    let claimed = report.signatures[0].claimed_time.as_deref();
    assert_eq!(claimed, Some("2026-06-01T12:00:00Z"));
    assert_eq!(verdicts(&report), ["REVOKED"]);
}
