//! A small card and a small center for the tests of this crate. The real ones meet in `tests/flow`.

mod card;
mod center;

pub(crate) use card::FakeCard;
pub(crate) use center::{APPLICATION, FakeCenter, objects};

use p256::ecdsa::SigningKey;

pub(crate) const SERIAL: u32 = 0x00BC_614E;

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

pub(crate) fn point(key: &SigningKey) -> Vec<u8> {
    key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
}
