//! Forged seals and copied ones.

use sello_cades::TrustStore;
use sello_document::report::Overall;

use crate::center::{Center, Holder, Plan, codes, verify};
use crate::forging::{contents, resign, verdicts, with_contents};
use crate::sample::Sample;
use crate::{documents, forging};

fn broken(document: &[u8], trust: &TrustStore) -> Vec<&'static str> {
    let report = verify(document, trust);
    assert_eq!((report.overall, report.exit_code), (Overall::Broken, 1));
    codes(&report, 0)
}

#[test]
fn a_seal_copied_to_another_document_is_named() {
    let center = Center::new(10);
    let holder = center.holder();
    let [table, streams] = documents();
    let taken = contents(&holder.stamp(&table));
    let other = Sample::pages(1).table();
    for target in [streams, other] {
        let target = with_contents(&holder.stamp(&target), &taken);
        let report = verify(&target, &center.trust());
        assert_eq!(verdicts(&report), ["COPIED_SEAL"]);
        let seal = &report.signatures[0];
        assert_eq!(seal.indication.name(), "TOTAL-FAILED");
        assert_eq!(seal.sub_indication.unwrap().name(), "HASH_FAILURE");
    }
}

#[test]
fn a_changed_document_is_told_from_a_copied_seal() {
    let center = Center::new(10);
    let sealed = center.holder().stamp(&documents()[0]);
    let changed = forging::replace(&sealed, "(Page 1)", "(Page 7)");
    assert_eq!(broken(&changed, &center.trust()), ["DOCUMENT_CHANGED"]);
}

#[test]
fn a_stolen_seal_structure_serves_no_other_certificate() {
    let center = Center::new(10);
    let owner = center.holder();
    let sealed = owner.stamp(&documents()[0]);
    // The thief has a good certificate of another authority that is trusted as well.
    let elsewhere = Center::new(20);
    let thief: Holder = elsewhere.holder();
    let seal = Some(owner.seal.as_der());
    let stolen = resign(&sealed, &thief.key, &thief.certificate, seal);
    let anchors = [center.trust().anchors(), elsewhere.trust().anchors()].concat();
    let lists = vec![center.crl(&[]), elsewhere.crl(&[])];
    let codes = broken(&stolen, &TrustStore::new(anchors, lists));
    assert!(codes.contains(&"CERTIFICATE_NOT_IN_SEAL"), "{codes:?}");
}

#[test]
fn a_seal_by_an_unknown_maker_is_not_valid() {
    let center = Center::new(10);
    let owner = center.holder();
    let sealed = owner.stamp(&documents()[0]);
    // The same picture in a seal of the forger's own making, used with the owner's certificate
    // would need the owner's key; the forger has a key of the same center's at best.
    let forger = Center::new(20).holder();
    let seal = Some(forger.seal.as_der());
    let forged = resign(&sealed, &forger.key, &forger.certificate, seal);
    let report = verify(&forged, &center.trust());
    assert_eq!(report.exit_code, 2);
    assert_eq!(
        codes(&report, 0),
        ["CHAIN_BROKEN", "SEAL_MAKER_CHAIN_BROKEN"]
    );
}

#[test]
fn a_seal_made_with_a_holders_certificate_is_forged() {
    let center = Center::new(10);
    let plan = Plan {
        maker_is_maker: false,
        ..Plan::default()
    };
    let document = center.holder_with(&plan).stamp(&documents()[0]);
    assert_eq!(
        broken(&document, &center.trust()),
        ["SEAL_MAKER_NOT_ALLOWED"]
    );
}

#[test]
fn a_changed_seal_structure_is_forged() {
    let center = Center::new(10);
    let owner = center.holder();
    let sealed = owner.stamp(&documents()[0]);
    let mut seal = owner.seal.as_der().to_vec();
    let name = seal
        .windows(8)
        .position(|window| window == b"Contract")
        .unwrap();
    seal[name] = b'K';
    let forged = resign(&sealed, &owner.key, &owner.certificate, Some(&seal));
    assert_eq!(broken(&forged, &center.trust()), ["SEAL_FORGED"]);
    let cut = &[0x30, 3, 2, 1, 4];
    let malformed = resign(&sealed, &owner.key, &owner.certificate, Some(cut));
    assert_eq!(broken(&malformed, &center.trust()), ["SEAL_MALFORMED"]);
}

#[test]
fn another_picture_than_the_sealed_one_is_noticed() {
    let center = Center::new(10);
    let drawn = center.holder();
    let sealed = drawn.stamp(&documents()[0]);
    let plan = Plan {
        shade: 90,
        ..Plan::default()
    };
    let other = center.holder_with(&plan);
    let seal = Some(other.seal.as_der());
    let changed = resign(&sealed, &drawn.key, &drawn.certificate, seal);
    // The holder's certificate is the same, so only the picture is amiss.
    assert_eq!(broken(&changed, &center.trust()), ["SEAL_PICTURE_DIFFERS"]);
}

#[test]
fn what_else_is_drawn_with_the_seal_is_noticed() {
    let center = Center::new(10);
    let holder = center.holder();
    let sealed = holder.stamp(&documents()[0]);
    for (from, to) in [
        ("/F 132", "/F 134"),
        (" cm /Seal Do Q", " cm /Seal Do q"),
        ("/ColorSpace /DeviceRGB", "/ColorSpace /DeviceCMY"),
        ("/BBox [0 0 ", "/BBox [0 9 "),
    ] {
        let changed = forging::replace(&sealed, from, to);
        let resealed = resign(
            &changed,
            &holder.key,
            &holder.certificate,
            Some(holder.seal.as_der()),
        );
        assert_eq!(
            broken(&resealed, &center.trust()),
            ["SEAL_PICTURE_DIFFERS"],
            "{from}"
        );
    }
}

#[test]
fn a_signature_by_another_key_is_broken() {
    let center = Center::new(10);
    let holder = center.holder();
    let sealed = holder.stamp(&documents()[0]);
    let other = crate::center::Key::new(77);
    let seal = Some(holder.seal.as_der());
    let forged = resign(&sealed, &other, &holder.certificate, seal);
    assert_eq!(broken(&forged, &center.trust()), ["SIGNATURE_BROKEN"]);
}
