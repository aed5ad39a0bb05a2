//! Cards that the module can use: keys with certificates of their own, made once.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use p256::ecdsa::VerifyingKey;
use sello_simulator::SimulatedCard;
use sello_wire::content::{self, DirectoryEntry};
use sello_wire::tlv::Writer;
use sello_wire::{ObjectTag, Slot};
use sha2::{Digest, Sha256};

use crate::dialogue::stages::{self, Maker, generate, pins};

/// The PIN of each card.
pub const PIN: &[u8] = b"246813";

/// A certificate; the point of its key is replaced by the card's.
const TEMPLATE: &[u8] = include_bytes!("../../../../middleware/pkcs11/tests/data/seal.der");
/// The issuer's certificate.
const ISSUER: &[u8] = include_bytes!("../../../../middleware/pkcs11/tests/data/issuer.der");
/// A point begins so in a certificate: a bit string of 66 bytes, no unused bits, uncompressed.
const POINT: [u8; 4] = [0x03, 0x42, 0x00, 0x04];
/// Length of an uncompressed P-256 point in bytes.
const POINT_LENGTH: usize = 65;
/// Stands for a seal structure: the card does not look into it.
const SEAL: &[u8] = b"no seal structure, but of its length and digest";

/// A card, and what is known of it.
pub struct Card {
    /// The bytes of [`SimulatedCard::state`].
    pub state: Vec<u8>,
    /// The public keys on it.
    pub keys: Vec<VerifyingKey>,
    /// The certificates on it, DER.
    pub certificates: Vec<Vec<u8>>,
    /// Whether it stands for a token of another make.
    pub is_foreign: bool,
}

/// Two seal cards and a PIV token, in this order.
#[must_use]
pub fn all() -> &'static [Card] {
    static ALL: LazyLock<Vec<Card>> = LazyLock::new(make);
    &ALL
}

/// Cards that no earlier run made: what a module keeps of a card on disk belongs to its serial number.
fn make() -> Vec<Card> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let first = now.subsec_nanos() / 4 * 4;
    vec![seal(first), seal(first + 1), token(first + 2)]
}

/// A card after its custodian changed the PIN: its seal key wants the PIN each time, a second one once.
fn seal(serial: u32) -> Card {
    let mut maker = Maker::new(SimulatedCard::blank(serial).unwrap());
    maker.open();
    maker.secured([0x80, 0xD8, 0xFF, 0x81], 24, stages::KEYS, 0);
    maker.open();
    maker.secured_bare([0x80, 0xF0, 0x03, 0]);
    let mut keys = Vec::new();
    let mut certificates = Vec::new();
    for (slot, policy, tag) in [
        (0x9C, 3, ObjectTag::certificate(Slot::Signature)),
        (0x82, 2, ObjectTag::certificate(retired())),
        (0x9A, 2, ObjectTag::certificate(Slot::Authentication)),
    ] {
        let answer = maker.wrapped([0, 0x47, 0, slot], &generate(0x11, policy));
        let (key, certificate) = certify(&answer);
        maker.wrapped([0, 0xDB, 0x3F, 0xFF], &object(tag, &wrapped(&certificate)));
        keys.push(key);
        certificates.push(certificate);
    }
    maker.wrapped([0, 0x47, 0, 0xF9], &generate(0x11, 1));
    let mut entries = vec![0; 2 * content::ENTRY_BYTES];
    let mut writer = Writer::new(&mut entries);
    for slot in [Slot::Signature, retired()] {
        let chunk = written(|writer| content::seal_chunk(writer, SEAL.len(), SEAL));
        let tag = ObjectTag::seal_chunk(slot, 0).unwrap();
        maker.wrapped([0, 0xDB, 0x3F, 0xFF], &object(tag, &chunk));
        let tag = ObjectTag::seal_chain(slot, 0).unwrap();
        maker.wrapped([0, 0xDB, 0x3F, 0xFF], &object(tag, &wrapped(ISSUER)));
        let entry = DirectoryEntry {
            slot,
            length: SEAL.len(),
            digest: Sha256::digest(SEAL).into(),
            chunks: 1,
            chain: 1,
        };
        content::directory_entry(&mut writer, &entry).unwrap();
    }
    let directory = object(ObjectTag::SELLO_DIRECTORY, writer.finish());
    maker.wrapped([0, 0xDB, 0x3F, 0xFF], &directory);
    maker.wrapped([0, 0x24, 0, 0x80], &pins(b"123456\xFF\xFF", b"11111111"));
    maker.wrapped([0, 0x24, 0, 0x81], &pins(b"12345678", b"80246813"));
    maker.secured_bare([0x80, 0xF0, 0x07, 0]);
    maker.plain([0, 0x24, 0, 0x80], &pins(b"11111111", b"246813\xFF\xFF"));
    certificates.push(ISSUER.to_vec());
    Card {
        state: maker.card.state().to_vec(),
        keys,
        certificates,
        is_foreign: false,
    }
}

/// The slot of a second seal.
fn retired() -> Slot {
    Slot::from_byte(0x82).unwrap()
}

/// A PIV token with a key in `9A`, `9C` and `9D`.
fn token(serial: u32) -> Card {
    let mut maker = Maker::new(SimulatedCard::piv(serial).unwrap());
    maker.manage();
    let mut keys = Vec::new();
    let mut certificates = Vec::new();
    for (slot, policy, tag) in [
        (0x9A, 2, ObjectTag::certificate(Slot::Authentication)),
        (0x9C, 3, ObjectTag::certificate(Slot::Signature)),
        (0x9D, 2, ObjectTag::certificate(Slot::KeyManagement)),
    ] {
        let answer = maker.plain([0, 0x47, 0, slot], &generate(0x11, policy));
        let (key, certificate) = certify(&answer);
        maker.plain([0, 0xDB, 0x3F, 0xFF], &object(tag, &wrapped(&certificate)));
        keys.push(key);
        certificates.push(certificate);
    }
    maker.plain(
        [0, 0x24, 0, 0x80],
        &pins(b"123456\xFF\xFF", b"246813\xFF\xFF"),
    );
    Card {
        state: maker.card.state().to_vec(),
        keys,
        certificates,
        is_foreign: true,
    }
}

/// The key that GENERATE answers with, and a certificate for it whose signature is of another.
fn certify(answer: &[u8]) -> (VerifyingKey, Vec<u8>) {
    let point = &answer[answer.len() - POINT_LENGTH..];
    let key = VerifyingKey::from_sec1_bytes(point).unwrap();
    let mut windows = TEMPLATE.windows(POINT.len());
    let at = windows.position(|bytes| bytes == POINT).unwrap() + POINT.len() - 1;
    let mut certificate = TEMPLATE.to_vec();
    certificate[at..at + POINT_LENGTH].copy_from_slice(point);
    (key, certificate)
}

/// A certificate as it lies in its object.
fn wrapped(certificate: &[u8]) -> Vec<u8> {
    written(|writer| content::certificate(writer, certificate))
}

fn written<E: std::fmt::Debug>(write: impl FnOnce(&mut Writer<'_>) -> Result<(), E>) -> Vec<u8> {
    let mut buffer = vec![0; 4096];
    let mut writer = Writer::new(&mut buffer);
    write(&mut writer).unwrap();
    writer.finish().to_vec()
}

/// The data of a PUT DATA.
fn object(tag: ObjectTag, value: &[u8]) -> Vec<u8> {
    let [_, tag @ ..] = tag.0.to_be_bytes();
    let [.., high, low] = value.len().to_be_bytes();
    let mut data = [&[0x5C, 3], &tag[..], &[0x53, 0x82, high, low]].concat();
    data.extend_from_slice(value);
    data
}
