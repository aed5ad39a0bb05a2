use super::*;
use crate::crl::RevocationList;
use crate::revocation::{CrlProblem, RevocationReason};
use crate::testing::{Key, NOW, Template, crl, extension};
use crate::tlv::{element, tag};

const IN_FORCE: (&str, &str) = ("20261101000000Z", "20261201000000Z");

fn root() -> Certificate {
    Template::authority("Root", "Root").issue(&Key::new(1), &Key::new(1))
}

fn store(anchors: Vec<Certificate>) -> TrustStore {
    TrustStore::new(anchors, Vec::new())
}

fn find(
    leaf: &Certificate,
    embedded: &[Certificate],
    anchors: Vec<Certificate>,
) -> Result<usize, PathError> {
    let path = CertificatePath::find(leaf, embedded, &store(anchors), Purpose::Document)?;
    Ok(path.certificates().len())
}

fn middle(extensions: Option<Vec<Vec<u8>>>) -> Certificate {
    let template = Template::authority("Middle", "Root");
    let extensions = extensions.unwrap_or_else(|| template.extensions.clone());
    Template {
        extensions,
        ..template
    }
    .issue(&Key::new(2), &Key::new(1))
}

fn leaf() -> Certificate {
    Template::end("Leaf", "Middle").issue(&Key::new(3), &Key::new(2))
}

#[test]
fn a_path_leads_over_embedded_authorities_to_an_anchor() {
    assert_eq!(find(&leaf(), &[middle(None), leaf()], vec![root()]), Ok(3));
}

#[test]
fn an_embedded_root_is_no_anchor() {
    let all = [middle(None), root(), leaf()];
    let issuer = |name: &str| PathError::NoAnchor {
        issuer: name.into(),
    };
    assert_eq!(find(&leaf(), &all, vec![]), Err(issuer("CN=Middle")));
    let other = Template::authority("Other", "Other").issue(&Key::new(9), &Key::new(9));
    assert_eq!(find(&leaf(), &all, vec![other]), Err(issuer("CN=Middle")));
}

#[test]
fn an_anchor_of_the_same_name_with_another_key_does_not_do() {
    let impostor = Template::authority("Root", "Root").issue(&Key::new(9), &Key::new(9));
    let subject = "CN=Middle".into();
    assert_eq!(
        find(&leaf(), &[middle(None)], vec![impostor]),
        Err(PathError::Signature { subject })
    );
}

#[test]
fn what_is_no_authority_issues_nothing() {
    let subject = "CN=Middle".to_string();
    for extensions in [
        vec![],
        vec![extension(19, true, &[0x30, 0])],
        vec![extension(15, true, &[3, 2, 1, 6])],
        vec![
            extension(19, true, &[0x30, 3, 1, 1, 0xff]),
            extension(15, true, &[3, 2, 6, 0xc0]),
        ],
    ] {
        assert_eq!(
            find(&leaf(), &[middle(Some(extensions))], vec![root()]),
            Err(PathError::NotAuthority {
                subject: subject.clone()
            })
        );
    }
}

#[test]
fn path_length_and_unknown_critical_extensions_end_a_path() {
    let short = Template {
        extensions: vec![extension(19, true, &[0x30, 6, 1, 1, 0xff, 2, 1, 0])],
        ..Template::authority("Root", "Root")
    };
    let short = short.issue(&Key::new(1), &Key::new(1));
    assert_eq!(
        find(&leaf(), &[middle(None)], vec![short]),
        Err(PathError::PathLength {
            subject: "CN=Root".into()
        })
    );
    let mut extensions = Template::authority("x", "x").extensions;
    extensions.push(extension(99, true, &[0x30, 0]));
    assert_eq!(
        find(&leaf(), &[middle(Some(extensions))], vec![root()]),
        Err(PathError::UnknownCriticalExtension {
            subject: "CN=Middle".into(),
            oid: "2.5.29.99".into()
        })
    );
}

#[test]
fn an_authority_names_only_whom_it_may() {
    let subtree = |name: &str| {
        let base = element(tag::context(4), &crate::testing::name(name));
        element(tag::SEQUENCE, &base)
    };
    let constrained = |kind: u8, name: &str| {
        let mut extensions = Template::authority("x", "x").extensions;
        let subtrees = element(tag::context(kind), &subtree(name));
        let value = element(tag::SEQUENCE, &subtrees);
        extensions.push(extension(30, true, &value));
        find(&leaf(), &[middle(Some(extensions))], vec![root()])
    };
    let refused = Err(PathError::NameConstraints {
        subject: "CN=Leaf".into(),
    });
    assert_eq!(constrained(0, "Leaf"), Ok(3));
    assert_eq!(constrained(0, "Other"), refused);
    assert_eq!(constrained(1, "LEAF"), refused);
    assert_eq!(constrained(1, "Other"), Ok(3));
}

#[test]
fn certificates_in_a_circle_end() {
    let one = Template::authority("One", "Two").issue(&Key::new(4), &Key::new(5));
    let two = Template::authority("Two", "One").issue(&Key::new(5), &Key::new(4));
    let leaf = Template::end("Leaf", "One").issue(&Key::new(3), &Key::new(4));
    assert!(matches!(
        find(&leaf, &[one, two], vec![root()]),
        Err(PathError::NoAnchor { .. })
    ));
}

#[test]
fn many_candidates_end_the_search() {
    let candidates: Vec<_> = (0..64)
        .map(|serial| {
            let template = Template {
                serial,
                ..Template::authority("Middle", "Middle")
            };
            template.issue(&Key::new(2), &Key::new(2))
        })
        .collect();
    assert_eq!(
        find(&leaf(), &candidates, vec![root()]),
        Err(PathError::TooManyCandidates)
    );
}

#[test]
fn the_use_of_the_first_certificate_is_asked_for() {
    let encipherment = Template {
        extensions: vec![extension(15, true, &[3, 2, 5, 0x20])],
        ..Template::end("Leaf", "Root")
    };
    let leaf = encipherment.issue(&Key::new(3), &Key::new(1));
    let refused = Err(PathError::Usage {
        subject: "CN=Leaf".into(),
    });
    assert_eq!(find(&leaf, &[], vec![root()]), refused);
    let server = [0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
    let server = Template {
        extensions: vec![extension(37, true, &server)],
        ..Template::end("Leaf", "Root")
    };
    let leaf = server.issue(&Key::new(3), &Key::new(1));
    assert_eq!(find(&leaf, &[], vec![root()]), refused);
    let document = [0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 0x24];
    let document = Template {
        extensions: vec![extension(37, true, &document)],
        ..Template::end("Leaf", "Root")
    };
    let leaf = document.issue(&Key::new(3), &Key::new(1));
    assert_eq!(find(&leaf, &[], vec![root()]), Ok(2));
    let maker = CertificatePath::find(&leaf, &[], &store(vec![root()]), Purpose::SealMaker);
    assert!(matches!(maker, Err(PathError::Usage { .. })));
}

#[test]
fn a_card_attests_with_a_key_that_signs_certificates_and_has_no_other_use() {
    let attests = |usage: u8, more: &[Vec<u8>]| {
        let mut extensions = vec![extension(15, true, &[3, 2, 0, usage])];
        extensions.extend_from_slice(more);
        let card = Template {
            extensions,
            ..Template::end("Sello card 00000007", "Root")
        };
        let card = card.issue(&Key::new(3), &Key::new(1));
        CertificatePath::find(&card, &[], &store(vec![root()]), Purpose::Device)
            .map(|path| path.certificates().len())
    };
    assert_eq!(attests(0x84, &[]), Ok(2));
    assert_eq!(attests(0x04, &[]), Ok(2));
    let key_agreement = attests(0x08, &[]);
    assert!(matches!(key_agreement, Err(PathError::Usage { .. })));
    let server = extension(37, true, &[0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1]);
    assert!(matches!(
        attests(0x84, &[server]),
        Err(PathError::Usage { .. })
    ));
}

fn standing(lists: Vec<RevocationList>, at: OffsetDateTime) -> Option<Standing> {
    let leaf = Template::end("Leaf", "Root").issue(&Key::new(3), &Key::new(1));
    let store = TrustStore::new(vec![root()], lists);
    let path = CertificatePath::find(&leaf, &[], &store, Purpose::Document).unwrap();
    path.standing(&store, at).map(|finding| finding.standing)
}

#[test]
fn a_list_in_force_that_does_not_name_it_is_good() {
    let list = crl("Root", &Key::new(1), IN_FORCE, &[(8, 1)], &[]);
    assert_eq!(standing(vec![list], NOW), None);
}

#[test]
fn a_revoked_certificate_is_revoked_even_by_an_old_list() {
    let revoked = |reason| {
        Some(Standing::Revocation(Revocation::Revoked {
            since: time::macros::datetime!(2026-06-01 0:00 UTC),
            reason,
        }))
    };
    for times in [IN_FORCE, ("20261001000000Z", "20261002000000Z")] {
        let list = crl("Root", &Key::new(1), times, &[(6, 1), (7, 6)], &[]);
        assert_eq!(
            standing(vec![list], NOW),
            revoked(RevocationReason::CertificateHold)
        );
    }
    let list = crl("Root", &Key::new(1), IN_FORCE, &[(7, 1)], &[]);
    let expired = time::macros::datetime!(2040-01-01 0:00 UTC);
    assert_eq!(
        standing(vec![list], expired),
        revoked(RevocationReason::KeyCompromise)
    );
}

#[test]
fn a_newer_list_ends_a_hold() {
    let old = crl(
        "Root",
        &Key::new(1),
        ("20261001000000Z", "20261201000000Z"),
        &[(7, 6)],
        &[],
    );
    let new = crl("Root", &Key::new(1), IN_FORCE, &[], &[]);
    assert_eq!(standing(vec![old, new], NOW), None);
}

#[test]
fn without_a_sound_list_nothing_is_good() {
    let state = |lists| match standing(lists, NOW) {
        Some(Standing::Revocation(state)) => state,
        other => panic!("{other:?}"),
    };
    assert_eq!(state(vec![]), Revocation::Missing);
    let stale = crl(
        "Root",
        &Key::new(1),
        ("20261001000000Z", "20261101000000Z"),
        &[],
        &[],
    );
    assert!(matches!(state(vec![stale]), Revocation::Stale { .. }));
    let unusable = |list| match state(vec![list]) {
        Revocation::Unusable { cause } => cause,
        other => panic!("{other:?}"),
    };
    let forged = crl("Root", &Key::new(9), IN_FORCE, &[], &[]);
    assert_eq!(unusable(forged), CrlProblem::Signature);
    let future = crl(
        "Root",
        &Key::new(1),
        ("20261123000000Z", "20261201000000Z"),
        &[],
        &[],
    );
    assert_eq!(unusable(future), CrlProblem::FromTheFuture);
    let with = |number, value: &[u8]| {
        let extension = extension(number, true, value);
        crl("Root", &Key::new(1), IN_FORCE, &[], &[extension])
    };
    let indirect = [0x30, 3, 0x84, 1, 0xff];
    assert_eq!(unusable(with(28, &indirect)), CrlProblem::Indirect);
    let authorities = [0x30, 3, 0x82, 1, 0xff];
    assert_eq!(unusable(with(28, &authorities)), CrlProblem::OtherScope);
    let some_reasons = [0x30, 4, 0x83, 2, 6, 0x40];
    assert_eq!(unusable(with(28, &some_reasons)), CrlProblem::SomeReasons);
    assert_eq!(unusable(with(27, &[2, 1, 1])), CrlProblem::Delta);
    assert!(matches!(
        unusable(with(99, &[0x30, 0])),
        CrlProblem::UnknownCriticalExtension { .. }
    ));
    let other = crl("Other", &Key::new(1), IN_FORCE, &[], &[]);
    assert_eq!(state(vec![other]), Revocation::Missing);
}

#[test]
fn validity_is_asked_at_the_time_of_verification() {
    let list = || {
        crl(
            "Root",
            &Key::new(1),
            ("20200101000000Z", "20500101000000Z"),
            &[],
            &[],
        )
    };
    assert_eq!(
        standing(vec![list()], time::macros::datetime!(2024-12-31 0:00 UTC)),
        Some(Standing::NotYetValid)
    );
    assert_eq!(
        standing(vec![list()], time::macros::datetime!(2036-01-01 0:00 UTC)),
        Some(Standing::Expired)
    );
}
