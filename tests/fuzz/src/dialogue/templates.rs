//! Commands that make sense, or nearly.

use sello_scp03::{KeyVersion, Software, put_key};
use sello_wire::pin::PinReference;

use super::host::numbered_keys;
use super::merkle;
use super::view::View;

/// The base point of P-256 (SP 800-186, 3.2.1.3), uncompressed.
const P256_POINT: &str = "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296\
                          4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";
/// The base point of P-384 (SP 800-186, 3.2.1.4), uncompressed.
const P384_POINT: &str = "04AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A38\
                          5502F25DBF55296C3A545E3872760AB73617DE4A96262C6F5D9E98BF9292DC29F8\
                          F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F";

const SLOTS: [u8; 10] = [0x9C, 0x9A, 0x9D, 0x9E, 0x82, 0x83, 0x95, 0xF9, 0x9B, 0x00];
const CURVES: [u8; 3] = [0x11, 0x14, 0x07];
const OBJECTS: [[u8; 3]; 8] = [
    [0x5F, 0xC1, 0x0A],
    [0x5F, 0xC1, 0x02],
    [0x5F, 0xC1, 0x09],
    [0x5F, 0xE0, 0x00],
    [0x5F, 0xFF, 0x01],
    [0x5F, 0xFF, 0x10],
    [0x5F, 0xC1, 0x0C],
    [0x5F, 0x41, 0x02],
];
const STATES: [u8; 6] = [0x03, 0x07, 0x0F, 0x7F, 0x01, 0x55];

/// Number of templates.
pub const COUNT: u8 = 34;

/// Header and data of a command. `view` is the card's memory, from which right PINs are taken; `batch` is
/// the number of documents in the batch announced last.
#[must_use]
pub fn command(template: u8, a: u8, b: u8, view: &View, batch: u16) -> ([u8; 4], Vec<u8>) {
    let slot = pick(&SLOTS, a);
    let curve = pick(&CURVES, b);
    let pin = |right| pin(view, PinReference::Pin, right);
    let puk = |right| self::pin(view, PinReference::Puk, right);
    let approver = |right| self::pin(view, PinReference::Approver, right);
    let bare = |header| (header, Vec::new());
    match template % COUNT {
        0 => ([0, 0xA4, 4, 0], sello_wire::aid::PIV.to_vec()),
        1 if a & 1 == 0 => ([0, 0xA4, 4, 0], vec![0xA0, 0, 0, 1, 0x51, b]),
        1 => (
            [0, 0xA4, 4, 0],
            sello_wire::aid::PIV[..usize::from(b % 12)].to_vec(),
        ),
        2 => ([0, 0xCB, 0x3F, 0xFF], tag_list(object(a))),
        3 => ([0, 0xDB, 0x3F, 0xFF], put_data(object(a), b)),
        4 | 5 => ([0, 0x20, if a > 0xF0 { 0xFF } else { 0 }, 0x80], pin(b)),
        6 => ([0, 0x20, a & 0x80, 0x80], Vec::new()),
        7 => ([0, 0x24, 0, 0x80], [pin(a), new_pin(b)].concat()),
        8 => ([0, 0x24, 0, 0x81], [puk(a), new_puk(b)].concat()),
        9 => ([0, 0x2C, 0, 0x80], [puk(a), new_pin(b)].concat()),
        10 | 11 => ([0, 0x87, curve, slot], sign(curve, a)),
        12 => ([0, 0x87, curve, slot], agree(curve, a)),
        13 => (
            [0, 0x47, 0, slot],
            vec![0xAC, 6, 0x80, 1, curve, 0xAA, 1, b >> 4 & 7],
        ),
        14 => bare([0, 0xC0, 0, 0]),
        15 => bare([0, 0xF7, 0, if b & 1 == 0 { slot } else { 0x80 | b >> 6 }]),
        16 => bare([0, [0xF8, 0xFD][usize::from(a & 1)], 0, 0]),
        17 => ([0, 0xFF, 0xFF, 0xFF], management_key(a, b)),
        18 => bare([0, 0xF6, if b > 0xE0 { 0xFF } else { pick(&SLOTS, b) }, slot]),
        19 => bare([0, 0xF9, slot, 0]),
        20 => bare([0, 0xFA, a & 0x0F, b & 0x0F]),
        21 => bare([0, 0xFB, 0, 0]),
        22 => ([0, 0xFE, curve, slot], import(curve, a, b)),
        23 => ([0x80, 0x50, a & 0x81, 0], vec![b; 8]),
        24 => put_keys(a, b, view),
        25 => bare([0x80, 0xF2, 0, 0]),
        26 => bare([0x80, 0xF0, pick(&STATES, a), 0]),
        27 => (
            [0x80, 0xE2, 0, slot],
            vec![0xE5, 6, 0x80, 1, b & 7, 0x81, 1, b >> 7],
        ),
        28 if b & 1 == 0 => bare([0x80, 0xE4, 0, slot]),
        28 => bare([0x80, 0xE6, a & 0x10, 0]),
        29 => approve(approver(a >> 4), slot, b),
        30 => match a & 3 {
            0 => ([0x80, 0x24, 0, 0x82], [approver(b), new_pin(b)].concat()),
            1 => ([0x80, 0x24, 0, 0x82], new_pin(b)),
            2 => ([0x80, 0x2C, 0, 0x80], new_pin(b)),
            _ => ([0x80, 0x2C, 0, 0x82], new_pin(b)),
        },
        31 => announce(slot, u16::from(b & 7) + 1),
        32 => (
            [0x80, 0x87, 0x11, slot],
            leaf(u16::from(b & 7), batch, b & 0x80 != 0),
        ),
        _ if a & 1 == 0 => ([0x80, 0xB2, 0, 0], vec![0, 0, 0, b]),
        _ => ([0x80, 0xB4, 0, 0], vec![b; usize::from(b % 40)]),
    }
}

fn pick<const N: usize>(list: &[u8; N], choice: u8) -> u8 {
    list[usize::from(choice) % N]
}

fn object(choice: u8) -> [u8; 3] {
    OBJECTS[usize::from(choice) % OBJECTS.len()]
}

fn tag_list(tag: [u8; 3]) -> Vec<u8> {
    [&[0x5C, 3][..], &tag].concat()
}

fn put_data(tag: [u8; 3], size: u8) -> Vec<u8> {
    // Up to a little more than the largest object.
    let length = usize::from(size & 0x7F) + if size > 0xF8 { 3000 } else { 0 };
    let [.., hi, lo] = length.to_be_bytes();
    let mut data = tag_list(tag);
    data.extend_from_slice(&[0x53, 0x82, hi, lo]);
    data.resize(data.len() + length, size);
    data
}

/// The right value, or a wrong or malformed one.
fn pin(view: &View, reference: PinReference, choice: u8) -> Vec<u8> {
    match choice {
        0..=0xBF => view.reference(reference).value.to_vec(),
        0xC0..=0xDF => b"000000\xFF\xFF".to_vec(),
        0xE0..=0xEF => vec![b'9'; 8],
        0xF0..=0xF7 => vec![0xFF; 8],
        _ => vec![b'1'; usize::from(choice & 7)],
    }
}

fn new_pin(choice: u8) -> Vec<u8> {
    match choice {
        0xFF => vec![0xFF; 8],
        0xFE => vec![b'1'; 5],
        _ => vec![b'0' + choice % 10; 8],
    }
}

fn new_puk(choice: u8) -> Vec<u8> {
    vec![choice; 8]
}

fn sign(curve: u8, fill: u8) -> Vec<u8> {
    let length = if curve == 0x14 { 48 } else { 32 };
    let mut data = vec![0x7C, length + 4, 0x82, 0, 0x81, length];
    data.resize(data.len() + usize::from(length), fill);
    data
}

fn agree(curve: u8, damage: u8) -> Vec<u8> {
    let hex = if curve == 0x14 {
        P384_POINT
    } else {
        P256_POINT
    };
    let mut point = (0..hex.len() / 2)
        .map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap())
        .collect::<Vec<_>>();
    if damage > 0xC0 {
        let place = usize::from(damage) % point.len();
        point[place] ^= 1;
    }
    let length = u8::try_from(point.len()).unwrap();
    let mut data = vec![0x7C, length + 4, 0x82, 0, 0x85, length];
    data.extend_from_slice(&point);
    data
}

fn management_key(algorithm: u8, fill: u8) -> Vec<u8> {
    let (algorithm, length) =
        [(0x08, 16), (0x0A, 24), (0x0C, 32), (0x11, 32), (0x0C, 24)][usize::from(algorithm % 5)];
    let mut key = vec![algorithm, 0x9B, length];
    key.resize(3 + usize::from(length), fill);
    key
}

fn import(curve: u8, fill: u8, policy: u8) -> Vec<u8> {
    let length = if curve == 0x14 { 48 } else { 32 };
    let mut data = vec![0x06, length];
    // 00 and FF make no scalar: zero, and more than the order.
    data.resize(2 + usize::from(length), fill);
    if policy & 0x80 != 0 {
        data.extend_from_slice(&[0xAA, 1, policy & 7]);
    }
    data
}

fn put_keys(version: u8, damage: u8, view: &View) -> ([u8; 4], Vec<u8>) {
    let (present, keys) = view.channel_keys();
    let version = KeyVersion::new(version & 0x7F).unwrap_or_else(|| KeyVersion::new(1).unwrap());
    let new = numbered_keys(version.to_byte());
    let mut buffer = [0; put_key::LARGEST];
    let data = put_key::encode(&mut Software, keys.dek(), version, &new, &mut buffer);
    let mut data = data.unwrap().to_vec();
    if damage > 0xC0 {
        let place = usize::from(damage) % data.len();
        data[place] ^= 1;
    }
    ([0x80, 0xD8, present.to_byte(), 0x81], data)
}

fn approve(pin: Vec<u8>, slot: u8, count: u8) -> ([u8; 4], Vec<u8>) {
    let data = match count {
        0xFF => Vec::new(),
        _ => [&pin[..], &[slot, 0, count & 0x0F]].concat(),
    };
    ([0x80, 0x20, 0, 0x82], data)
}

fn announce(slot: u8, count: u16) -> ([u8; 4], Vec<u8>) {
    let data = [&merkle::root(0, count)[..], &count.to_be_bytes()].concat();
    ([0x80, 0x2A, 0, slot], data)
}

/// A document of the batch with its proof, or with a proof that is not its own.
fn leaf(index: u16, batch: u16, wrong: bool) -> Vec<u8> {
    let mut path = if index < batch {
        merkle::path(index, 0, batch)
    } else {
        Vec::new()
    };
    if wrong {
        path.reverse();
    }
    let mut inner = vec![0x82, 0, 0x81, 32];
    inner.extend_from_slice(&merkle::digest(index));
    inner.extend_from_slice(&[0x83, 2]);
    inner.extend_from_slice(&index.to_be_bytes());
    inner.extend_from_slice(&[0x84, u8::try_from(path.len()).unwrap()]);
    inner.extend_from_slice(&path);
    let mut data = vec![0x7C, 0x81, u8::try_from(inner.len()).unwrap()];
    data.extend_from_slice(&inner);
    data
}
