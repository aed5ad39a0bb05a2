//! Certificates the card makes, read and checked by a foreign parser and by the arithmetic of P-256.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use der::asn1::{Any, BitString, OctetString};
use der::{Decode, Encode, Reader, SliceReader, Tagged};
use sello_conformance::Terminal;
use sello_conformance::personalization::{self, KEYS_MADE_AFTER};
use sello_conformance::terminal::{field, signature_is_good};
use sello_simulator::SimulatedCard;
use sello_wire::key::{Algorithm, FACTORY_MANAGEMENT_KEY};
use sello_wire::tag::Tag;
use sello_wire::tlv;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::name::Name;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Validity;

/// Content of the identifier of an extension, before its last arc (`specs/card.md`, 8.9).
const ARC: &str = "6983d28bcaf9f7ef82b88393c4ccb6cbf2baae3105";

/// A certificate whose extensions have identifiers too long for the `x509-cert` crate; all else is read
/// by it.
struct Attestation {
    to_be_signed: Vec<u8>,
    number: Vec<u8>,
    issuer: String,
    subject: String,
    validity: Validity,
    point: Vec<u8>,
    /// Content of the identifier in hexadecimal, and value.
    extensions: Vec<(String, Vec<u8>)>,
    signature: Vec<u8>,
}

impl Attestation {
    fn parse(bytes: &[u8]) -> Self {
        let [whole] = children(bytes).try_into().unwrap();
        let [tbs, algorithm, signature] = children(whole.value()).try_into().unwrap();
        let to_be_signed = tbs.to_der().unwrap();
        let fields: [Any; 8] = children(tbs.value()).try_into().unwrap();
        let [
            version,
            number,
            inner,
            issuer,
            validity,
            subject,
            key,
            extensions,
        ] = fields;
        assert_eq!(version.to_der().unwrap(), [0xA0, 3, 2, 1, 2]);
        assert_eq!(inner, algorithm);
        let key = SubjectPublicKeyInfoOwned::from_der(&key.to_der().unwrap()).unwrap();
        let [extensions] = children(extensions.value()).try_into().unwrap();
        Self {
            to_be_signed,
            number: number.value().to_vec(),
            issuer: Name::from_der(&issuer.to_der().unwrap())
                .unwrap()
                .to_string(),
            subject: Name::from_der(&subject.to_der().unwrap())
                .unwrap()
                .to_string(),
            validity: Validity::from_der(&validity.to_der().unwrap()).unwrap(),
            point: key.subject_public_key.raw_bytes().to_vec(),
            extensions: children(extensions.value()).iter().map(extension).collect(),
            signature: signature
                .decode_as::<BitString>()
                .unwrap()
                .raw_bytes()
                .to_vec(),
        }
    }

    fn is_signed_by(&self, issuer_point: &[u8]) -> bool {
        let digest = Sha256::digest(&self.to_be_signed);
        signature_is_good(issuer_point, &digest, &self.signature)
    }
}

/// Identifier and value of an extension that is not critical.
fn extension(extension: &Any) -> (String, Vec<u8>) {
    let [identifier, value]: [Any; 2] = children(extension.value()).try_into().unwrap();
    assert_eq!(identifier.tag(), der::Tag::ObjectIdentifier);
    let value = value.decode_as::<OctetString>().unwrap();
    (hex::encode(identifier.value()), value.as_bytes().to_vec())
}

/// The DER values one after the other in `bytes`, which they fill.
fn children(bytes: &[u8]) -> Vec<Any> {
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut found = Vec::new();
    while !reader.is_finished() {
        found.push(Any::decode(&mut reader).unwrap());
    }
    found
}

/// A token whose management key has been authenticated.
fn token(serial: u32) -> Terminal<SimulatedCard> {
    let mut terminal = Terminal::new(SimulatedCard::piv(serial).unwrap());
    terminal.select().unwrap();
    terminal
        .authenticate(Algorithm::Aes192, &FACTORY_MANAGEMENT_KEY)
        .unwrap();
    terminal
}

fn attest(terminal: &mut Terminal<SimulatedCard>, slot: u8) -> Attestation {
    let mut reply = terminal.send([0, 0xF9, slot, 0], &[]).unwrap();
    while reply.status.remaining().is_some() {
        let next = terminal.raw(&[0, 0xC0, 0, 0, 0]).unwrap();
        reply.data.extend(next.data);
        reply.status = next.status;
    }
    assert_eq!(reply.status.0, 0x9000);
    Attestation::parse(&reply.data)
}

/// The certificate of the attestation key, as the token holds it.
fn issuer(terminal: &mut Terminal<SimulatedCard>) -> Certificate {
    let command = [0, 0xCB, 0x3F, 0xFF, 0, 0, 5, 0x5C, 3, 0x5F, 0xFF, 1, 0, 0];
    let reply = terminal.raw(&command).unwrap();
    assert_eq!(reply.status.0, 0x9000);
    let der = field(&reply.data, Tag::DATA, Tag::CERTIFICATE).unwrap();
    let object = tlv::find(&reply.data, Tag::DATA).unwrap().unwrap();
    assert!(object.ends_with(&[0x71, 1, 0, 0xFE, 0]));
    Certificate::from_der(der).unwrap()
}

fn point(certificate: &Certificate) -> Vec<u8> {
    let key = &certificate.tbs_certificate().subject_public_key_info();
    key.subject_public_key.raw_bytes().to_vec()
}

fn is_signed_by(certificate: &Certificate, issuer_point: &[u8]) -> bool {
    let digest = Sha256::digest(certificate.tbs_certificate().to_der().unwrap());
    signature_is_good(issuer_point, &digest, certificate.signature().raw_bytes())
}

fn generate(terminal: &mut Terminal<SimulatedCard>, slot: u8, data: &[u8]) -> Vec<u8> {
    let data = terminal
        .demand("GENERATE", [0, 0x47, 0, slot], data)
        .unwrap();
    field(&data, Tag::PUBLIC_KEY, Tag::POINT).unwrap().to_vec()
}

#[test]
fn a_token_certifies_its_attestation_key_as_a_ca() {
    let mut terminal = token(20_260_001);
    let issuer = issuer(&mut terminal);
    let tbs = issuer.tbs_certificate();
    assert_eq!(tbs.subject().to_string(), "CN=Sello card 20260001");
    assert_eq!(tbs.issuer(), tbs.subject());
    assert!(is_signed_by(&issuer, &point(&issuer)));
    let values: Vec<_> = tbs
        .extensions()
        .unwrap()
        .iter()
        .map(|e| {
            (
                e.extn_id.to_string(),
                e.critical,
                e.extn_value.as_bytes().to_vec(),
            )
        })
        .collect();
    let expected = [
        (
            "2.5.29.19".to_owned(),
            true,
            vec![0x30, 6, 1, 1, 0xFF, 2, 1, 0],
        ),
        ("2.5.29.15".to_owned(), true, vec![3, 2, 2, 0x84]),
    ];
    assert_eq!(values, expected);
}

#[test]
fn a_generated_key_is_attested_with_its_policy() {
    let cases: [(u8, &[u8], u8); 4] = [
        (0x9A, &[0xAC, 3, 0x80, 1, 0x11], 2),
        (0x9C, &[0xAC, 3, 0x80, 1, 0x14], 3),
        (0x9E, &[0xAC, 3, 0x80, 1, 0x11], 1),
        (0x95, &[0xAC, 6, 0x80, 1, 0x11, 0xAA, 1, 3], 3),
    ];
    let mut terminal = token(7);
    let issuer = issuer(&mut terminal);
    let mut numbers = Vec::new();
    for (slot, template, policy) in cases {
        let key = generate(&mut terminal, slot, template);
        let certificate = attest(&mut terminal, slot);
        assert_eq!(certificate.issuer, "CN=Sello card 00000007");
        assert_eq!(certificate.subject, format!("CN=Sello key {slot:02x}"));
        assert_eq!(certificate.point, key);
        assert!(certificate.is_signed_by(&point(&issuer)));
        let expected = [
            (format!("{ARC}01"), vec![4, 3, 5, 7, 0]),
            (format!("{ARC}02"), vec![2, 1, 7]),
            (format!("{ARC}03"), vec![4, 3, policy, 1, 0]),
            (format!("{ARC}04"), vec![4, 1, slot]),
        ];
        assert_eq!(certificate.extensions, expected);
        let validity = certificate.validity;
        assert_eq!(
            validity.not_before.to_unix_duration().as_secs(),
            946_684_800
        );
        assert_eq!(
            validity.not_after.to_date_time().to_string(),
            "9999-12-31T23:59:59Z"
        );
        numbers.push(certificate.number);
    }
    assert!(numbers.iter().all(|n| n.len() == 16));
    numbers.dedup();
    assert_eq!(numbers.len(), cases.len(), "serial numbers are random");
}

#[test]
fn a_moved_key_is_attested_in_its_new_slot() {
    let mut terminal = token(7);
    let key = generate(&mut terminal, 0x9A, &[0xAC, 3, 0x80, 1, 0x11]);
    terminal.demand("MOVE", [0, 0xF6, 0x83, 0x9A], &[]).unwrap();
    let certificate = attest(&mut terminal, 0x83);
    assert_eq!(certificate.point, key);
    assert_eq!(certificate.extensions[3].1, [4, 1, 0x83]);
}

/// The center's counted, dually controlled key, and the attestation key of a seal card.
#[test]
fn a_seal_key_is_attested_with_what_the_center_set() {
    let mut terminal = Terminal::new(SimulatedCard::blank(20_260_001).unwrap());
    personalization::perform(&mut terminal, KEYS_MADE_AFTER).unwrap();
    let policy = [0xE5, 6, 0x80, 1, 4, 0x81, 1, 1];
    terminal
        .demand_secure("policy", [0x80, 0xE2, 0, 0x9C], &policy)
        .unwrap();
    let generate = [0xAC, 3, 0x80, 1, 0x11];
    let answer = terminal
        .demand_secure("GENERATE in F9", [0, 0x47, 0, 0xF9], &generate)
        .unwrap();
    let issuer = field(&answer, Tag::PUBLIC_KEY, Tag::POINT).unwrap();
    // Through the channel and past it alike.
    let der = terminal
        .demand_secure("ATTEST", [0, 0xF9, 0x9C, 0], &[])
        .unwrap();
    for certificate in [Attestation::parse(&der), attest(&mut terminal, 0x9C)] {
        assert!(certificate.is_signed_by(issuer));
        assert_eq!(certificate.extensions[2].1, [4, 3, 4, 1, 1]);
    }
}
