use super::*;
use crate::build::{SignedAttributes, signed_data};
use crate::testing::{Key, Template};
use crate::tlv::{constructed, element, set_of};
use sha2::{Digest, Sha256};

const SEAL: &[u8] = &[0x30, 3, 2, 1, 4];

fn certificate() -> Vec<u8> {
    Template::end("Seal", "Root").der(&Key::new(3), &Key::new(1))
}

fn digest() -> [u8; 32] {
    Sha256::digest(b"content").into()
}

fn document() -> SealedDocument {
    SealedDocument {
        document_id: Some(b"id".to_vec()),
        length: 0x1_8000,
    }
}

fn made() -> Vec<u8> {
    let document = document();
    let attributes =
        SignedAttributes::new(digest(), &certificate(), Some(SEAL), Some(&document)).unwrap();
    let signature = Key::new(3).sign_digest(&attributes.digest());
    let root = Template::authority("Root", "Root").der(&Key::new(1), &Key::new(1));
    let others = [root, certificate()];
    signed_data(&attributes, &signature, &certificate(), &others).unwrap()
}

#[test]
fn what_is_built_is_confirmed() {
    let mut padded = made();
    padded.extend([0; 100]);
    let read = SignedData::parse(&padded).unwrap();
    assert_eq!(read.check(&digest()), Ok(CertificateReference::Version2));
    assert_eq!(read.certificates().len(), 2);
    assert_eq!(read.signer_certificate().unwrap().as_der(), certificate());
    assert_eq!(read.seal(), Ok(Some(SEAL)));
    assert_eq!(read.sealed_document(), Ok(Some(document())));
    assert!(!read.is_indefinite());
}

#[test]
fn other_content_is_told_from_a_broken_signature() {
    let read = SignedData::parse(&made()).unwrap();
    assert_eq!(read.check(&[0; 32]), Err(CmsError::MessageDigestMismatch));
    assert_eq!(read.check_signature(), Ok(CertificateReference::Version2));
}

#[test]
fn every_changed_byte_is_noticed_where_it_matters() {
    let made = made();
    for at in 0..made.len() {
        let mut changed = made.clone();
        changed[at] ^= 1;
        let Ok(read) = SignedData::parse(&changed) else {
            continue;
        };
        let Ok(_) = read.check(&digest()) else {
            continue;
        };
        // What still holds must name the same signer and carry the same
        // seal: then the change is in a part that is not used.
        assert_eq!(read.signer_certificate().unwrap().as_der(), certificate());
        assert_eq!(read.seal(), Ok(Some(SEAL)), "byte {at}");
        assert_eq!(read.sealed_document(), Ok(Some(document())), "byte {at}");
    }
}

/// Attributes as given, correctly signed.
fn signed_with(attributes: Vec<Vec<u8>>, certificate: &[u8]) -> Result<SignedData, CmsError> {
    let set = set_of(tag::SET, attributes);
    let signature = Key::new(3).sign(&set);
    let normal = SignedAttributes::new(digest(), certificate, None, None).unwrap();
    let der = signed_data(&normal, &signature, certificate, &[]).unwrap();
    let carried = |set: &[u8]| {
        let mut carried = set.to_vec();
        carried[0] = tag::context(0);
        carried
    };
    SignedData::parse(&replaced(&der, &carried(normal.der()), &carried(&set)))
}

/// Replaces one element's octets deep inside, mending the lengths above.
fn replaced(der: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut cursor = Cursor::new("test", der);
    let mut out = Vec::new();
    while !cursor.is_empty() {
        let part = cursor.any().unwrap();
        let holds = part.raw.windows(from.len()).any(|window| window == from);
        if part.raw == from {
            out.extend_from_slice(to);
        } else if holds {
            out.extend(element(part.tag, &replaced(part.value, from, to)));
        } else {
            out.extend_from_slice(part.raw);
        }
    }
    out
}

fn attribute(kind: &[u8], values: &[&[u8]]) -> Vec<u8> {
    constructed(
        tag::SEQUENCE,
        &[
            &element(tag::OBJECT_IDENTIFIER, kind),
            &constructed(tag::SET, values),
        ],
    )
}

fn content_type() -> Vec<u8> {
    attribute(
        oid::CONTENT_TYPE,
        &[&element(tag::OBJECT_IDENTIFIER, oid::DATA)],
    )
}

fn message_digest() -> Vec<u8> {
    attribute(
        oid::MESSAGE_DIGEST,
        &[&element(tag::OCTET_STRING, &digest())],
    )
}

#[test]
fn plain_signatures_without_a_certificate_reference_are_read() {
    let read = signed_with(vec![content_type(), message_digest()], &certificate()).unwrap();
    assert_eq!(read.check(&digest()), Ok(CertificateReference::Absent));
}

#[test]
fn missing_doubled_and_foreign_attributes_are_refused() {
    let check =
        |attributes| signed_with(attributes, &certificate()).and_then(|read| read.check(&digest()));
    assert!(matches!(
        check(vec![content_type()]),
        Err(CmsError::MissingAttribute { .. })
    ));
    assert!(matches!(
        check(vec![message_digest()]),
        Err(CmsError::MissingAttribute { .. })
    ));
    assert!(matches!(
        check(vec![content_type(), message_digest(), message_digest()]),
        Err(CmsError::DuplicateAttribute { .. })
    ));
    let two = element(tag::OCTET_STRING, &digest());
    let two = attribute(oid::MESSAGE_DIGEST, &[&two, &two]);
    assert!(matches!(
        check(vec![content_type(), two]),
        Err(CmsError::AttributeValues { count: 2, .. })
    ));
    let signed = element(tag::OBJECT_IDENTIFIER, oid::SIGNED_DATA);
    let signed = attribute(oid::CONTENT_TYPE, &[&signed]);
    assert!(matches!(
        check(vec![signed, message_digest()]),
        Err(CmsError::ContentType { .. })
    ));
}

#[test]
fn a_reference_to_another_certificate_is_noticed() {
    for (kind, hash) in [
        (oid::SIGNING_CERTIFICATE_V2, &[7; 32][..]),
        (oid::SIGNING_CERTIFICATE, &[7; 20]),
    ] {
        let id = element(tag::SEQUENCE, &element(tag::OCTET_STRING, hash));
        let value = element(tag::SEQUENCE, &element(tag::SEQUENCE, &id));
        let attributes = vec![content_type(), message_digest(), attribute(kind, &[&value])];
        let read = signed_with(attributes, &certificate()).unwrap();
        assert_eq!(
            read.check(&digest()),
            Err(CmsError::CertificateReferenceMismatch)
        );
    }
}

#[test]
fn another_key_does_not_fit() {
    let attributes = SignedAttributes::new(digest(), &certificate(), None, None).unwrap();
    let signature = Key::new(4).sign_digest(&attributes.digest());
    let der = signed_data(&attributes, &signature, &certificate(), &[]).unwrap();
    let read = SignedData::parse(&der).unwrap();
    assert_eq!(read.check(&digest()), Err(CmsError::SignatureMismatch));
}

#[test]
fn several_signers_and_no_signer_are_refused() {
    let made = made();
    let read = |der: &[u8]| SignedData::parse(der).unwrap_err();
    let outer = tlv::single("", tag::SEQUENCE, &made).unwrap();
    let mut fields = Cursor::new("", outer.value);
    fields.any().unwrap();
    let content = fields.any().unwrap().value;
    let inner = tlv::single("", tag::SEQUENCE, content).unwrap();
    let mut fields = Cursor::new("", inner.value);
    let mut last = fields.any().unwrap();
    while !fields.is_empty() {
        last = fields.any().unwrap();
    }
    let twice = element(tag::SET, &[last.value, last.value].concat());
    let error = read(&replaced(&made, last.raw, &twice));
    assert_eq!(error, CmsError::Signers { count: 2 });
    let error = read(&replaced(&made, last.raw, &[tag::SET, 0]));
    assert_eq!(error, CmsError::Signers { count: 0 });
}

#[test]
fn bytes_that_are_no_padding_and_other_content_are_refused() {
    let mut tail = made();
    tail.extend([0, 0, 7]);
    assert!(matches!(
        SignedData::parse(&tail),
        Err(CmsError::Asn1(Asn1Error::TrailingData { count: 1, .. }))
    ));
    let data = constructed(
        tag::SEQUENCE,
        &[
            &element(tag::OBJECT_IDENTIFIER, oid::DATA),
            &element(tag::context(0), &[5, 0]),
        ],
    );
    assert!(matches!(
        SignedData::parse(&data),
        Err(CmsError::NotSignedData { .. })
    ));
    assert!(SignedData::parse(&[]).is_err());
    assert!(SignedData::parse(&[0; 64]).is_err());
}

#[test]
fn indefinite_lengths_are_read_and_told() {
    let made = made();
    let content = tlv::single("", tag::SEQUENCE, &made).unwrap().value;
    let ber = [&[0x30, 0x80], content, &[0, 0]].concat();
    let read = SignedData::parse(&ber).unwrap();
    assert!(read.is_indefinite());
    assert_eq!(read.check(&digest()), Ok(CertificateReference::Version2));
}
