use der::{Decode, Encode};

use super::*;
use crate::Error;
use crate::oid::APPLICATION;
use crate::testing::{Key, day, root, seal_info, seal_maker};

fn sealed(info: &SealInfo) -> SeSeal {
    let (ca, maker) = (Key::new(1), Key::new(2));
    let der = info.to_der().unwrap();
    SeSeal::assemble(&der, &seal_maker(&ca, &maker), &maker.sign(&der)).unwrap()
}

#[test]
fn a_seal_reads_back_as_made() {
    let info = seal_info();
    let seal = SeSeal::from_der(sealed(&info).as_der()).unwrap();
    assert_eq!(seal.info(), &info);
    assert_eq!(seal.info_der(), info.to_der().unwrap());
    assert_eq!(seal.kind(), SealKind::Contract);
    assert_eq!(seal.es_id(), "S-0001");
    assert_eq!(seal.validity(), (day(2026), day(2028)));
    assert!(seal.lists(&info.certificates[0]));
    assert!(!seal.lists(&root(&Key::new(1))));
    assert_eq!(
        seal.info().extension(APPLICATION).unwrap().value,
        [0x0c, 1, b'7']
    );
    seal.check_signature().unwrap();
}

#[test]
fn a_seal_without_extension_data_reads_back() {
    let mut info = seal_info();
    info.extensions.clear();
    assert_eq!(sealed(&info).info(), &info);
}

#[test]
fn every_changed_byte_is_refused_or_breaks_the_signature() {
    let mut info = seal_info();
    info.picture.data.truncate(20);
    let seal = sealed(&info);
    let start = seal
        .as_der()
        .windows(seal.info_der().len())
        .position(|w| w == seal.info_der());
    let range = start.unwrap()..start.unwrap() + seal.info_der().len();
    for at in range {
        let mut der = seal.as_der().to_vec();
        der[at] ^= 1;
        if let Ok(changed) = SeSeal::from_der(&der) {
            assert_eq!(
                changed.check_signature(),
                Err(Error::Signature),
                "byte {at}"
            );
        }
    }
}

#[test]
fn a_signature_by_another_key_does_not_leave_the_maker() {
    let der = seal_info().to_der().unwrap();
    let certificate = seal_maker(&Key::new(1), &Key::new(2));
    let result = SeSeal::assemble(&der, &certificate, &Key::new(9).sign(&der));
    assert_eq!(result.unwrap_err(), Error::Signature);
}

#[test]
fn truncated_or_lengthened_seals_are_refused() {
    let der = sealed(&seal_info()).as_der().to_vec();
    for len in (0..der.len()).step_by(97).chain([der.len() - 1]) {
        assert!(SeSeal::from_der(&der[..len]).is_err(), "cut at {len}");
    }
    let mut longer = der;
    longer.push(0);
    assert!(SeSeal::from_der(&longer).is_err());
}

#[test]
fn an_explicit_false_from_other_makers_is_read_and_its_bytes_are_kept() {
    let der = seal_info().to_der().unwrap();
    // ExtData's OID is followed by its OCTET STRING; put `critical FALSE` between the two and
    // lengthen the three SEQUENCEs around it.
    let oid = APPLICATION.to_der().unwrap();
    let at = der
        .windows(oid.len())
        .rposition(|part| part == oid)
        .unwrap()
        + oid.len();
    let mut parts: Vec<u8> = der[..at].to_vec();
    parts.extend([1, 1, 0]);
    parts.extend(&der[at..]);
    let ext = at - oid.len() - 1;
    parts[ext] += 3;
    parts[ext - 2] += 3;
    let outer = u16::from_be_bytes([parts[2], parts[3]]) + 3;
    parts[2..4].copy_from_slice(&outer.to_be_bytes());
    let info = SealInfo::from_der(&parts).unwrap();
    assert_eq!(info, seal_info());
    let maker = Key::new(2);
    let certificate = seal_maker(&Key::new(1), &maker);
    let seal = SeSeal::assemble(&parts, &certificate, &maker.sign(&parts)).unwrap();
    assert_eq!(seal.info_der(), parts);
}

#[test]
fn another_version_and_another_structure_are_named() {
    let der = seal_info().to_der().unwrap();
    let at = der.windows(3).position(|part| part == [2, 1, 4]).unwrap() + 2;
    let mut newer = der.clone();
    newer[at] = 5;
    assert_eq!(SealInfo::from_der(&newer), Err(Error::SealVersion(5)));
    let mut other = der.clone();
    let es = other.windows(2).position(|part| part == b"ES").unwrap();
    other[es] = b'X';
    assert_eq!(SealInfo::from_der(&other), Err(Error::NotASeal));
    // certListType follows the name.
    let name = seal_info().name.to_der().unwrap();
    let mut digests = der.clone();
    let list = der
        .windows(name.len())
        .position(|part| part == name)
        .unwrap()
        + name.len()
        + 2;
    digests[list] = 2;
    assert!(matches!(
        SealInfo::from_der(&digests),
        Err(Error::CertificateListType(2))
    ));
}

#[test]
fn limits_are_kept_when_making() {
    let refused = |change: fn(&mut SealInfo)| {
        let mut info = seal_info();
        change(&mut info);
        info.to_der().unwrap_err()
    };
    let large = |what, actual, limit| Error::TooLarge {
        what,
        actual,
        limit,
    };
    assert_eq!(
        refused(|i| i.name.clear()),
        Error::Empty { what: "seal name" }
    );
    assert_eq!(
        refused(|i| i.name = "x".repeat(257)),
        large("seal name", 257, 256)
    );
    assert_eq!(
        refused(|i| i.es_id = "ñ".into()),
        Error::Text {
            what: "seal number"
        }
    );
    assert_eq!(
        refused(|i| i.picture.width_mm = 501),
        large("picture width", 501, 500)
    );
    assert_eq!(
        refused(|i| i.picture.height_mm = 0),
        Error::Empty {
            what: "picture height"
        }
    );
    assert_eq!(
        refused(|i| i.certificates.clear()),
        Error::Empty {
            what: "certificate list"
        }
    );
    assert_eq!(
        refused(|i| i.certificates = vec![vec![0; 8]; 17]),
        large("certificate list", 17, 16)
    );
    assert_eq!(refused(|i| i.valid_until = day(2020)), Error::Validity);
    assert!(matches!(
        refused(|i| i.picture.data = vec![0; MAX_LEN]),
        Error::TooLarge {
            what: "seal information",
            ..
        }
    ));
}

#[test]
fn limits_are_kept_when_reading() {
    let mut info = seal_info();
    info.picture.width_mm = 500;
    let mut der = info.to_der().unwrap();
    let at = der
        .windows(4)
        .rposition(|part| part == [2, 2, 1, 0xf4])
        .unwrap();
    der[at + 3] = 0xf5;
    assert!(matches!(
        SealInfo::from_der(&der),
        Err(Error::TooLarge { actual: 501, .. })
    ));
    assert!(matches!(
        SeSeal::from_der(&vec![0x30; MAX_LEN + 1]),
        Err(Error::TooLarge { what: "seal", .. })
    ));
}

#[test]
fn kinds_have_their_numbers() {
    for code in 0..9 {
        assert_eq!(SealKind::from_code(code).code(), code);
    }
    assert_eq!(SealKind::from_code(1), SealKind::Official);
    assert_eq!(SealKind::from_code(9), SealKind::Other(9));
}

#[test]
fn another_algorithm_is_refused_not_tried() {
    let seal = sealed(&seal_info());
    let oid = crate::oid::ECDSA_WITH_SHA256.to_der().unwrap();
    let at = seal
        .as_der()
        .windows(oid.len())
        .rposition(|part| part == oid)
        .unwrap();
    let mut der = seal.as_der().to_vec();
    der[at + oid.len() - 1] = 3;
    let changed = SeSeal::from_der(&der).unwrap();
    assert!(matches!(
        changed.check_signature(),
        Err(Error::Algorithm(_))
    ));
    assert!(der::Any::from_der(&der).is_ok());
}
