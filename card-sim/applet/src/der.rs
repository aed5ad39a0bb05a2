//! The one DER structure the card writes.

use sello_wire::key::LARGEST_SIGNATURE;

use crate::platform::RawSignature;

/// An ECDSA-Sig-Value (RFC 3279, 2.2.3) with its length.
pub(crate) fn signature_value(signature: &RawSignature) -> ([u8; LARGEST_SIGNATURE], usize) {
    let (r, s) = signature.halves();
    let r = Integer::of(r);
    let s = Integer::of(s);
    let mut bytes = [0; LARGEST_SIGNATURE];
    let mut length = 0;
    // At most 2 * (2 + 49) bytes: the short form of the length.
    let head = [0x30, r.length() + s.length()];
    for (to, from) in bytes
        .iter_mut()
        .zip(head.into_iter().chain(r.bytes()).chain(s.bytes()))
    {
        *to = from;
        length += 1;
    }
    (bytes, length)
}

/// A non-negative INTEGER of at most 48 bytes.
struct Integer<'a> {
    magnitude: &'a [u8],
    leading_zero: bool,
}

impl<'a> Integer<'a> {
    fn of(big_endian: &'a [u8]) -> Self {
        let mut magnitude = big_endian;
        while let [0, rest @ ..] = magnitude
            && !rest.is_empty()
        {
            magnitude = rest;
        }
        Self {
            magnitude,
            leading_zero: magnitude.first().is_some_and(|first| first & 0x80 != 0),
        }
    }

    /// Length of the content, at most 49.
    fn content_length(&self) -> u8 {
        u8::try_from(self.magnitude.len())
            .unwrap_or_default()
            .saturating_add(u8::from(self.leading_zero))
    }

    fn length(&self) -> u8 {
        self.content_length() + 2
    }

    fn bytes(&self) -> impl Iterator<Item = u8> {
        [0x02, self.content_length()]
            .into_iter()
            .chain(self.leading_zero.then_some(0))
            .chain(self.magnitude.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use sello_wire::key::Curve;

    use super::*;

    fn value(curve: Curve, r_and_s: &[u8]) -> ([u8; LARGEST_SIGNATURE], usize) {
        signature_value(&RawSignature::new(curve, r_and_s).unwrap())
    }

    #[test]
    fn integers_are_minimal_and_positive() {
        let mut r_and_s = [0; 64];
        r_and_s[31] = 0x80;
        let (bytes, length) = value(Curve::P256, &r_and_s);
        assert_eq!(bytes[..length], [0x30, 7, 2, 2, 0, 0x80, 2, 1, 0]);
    }

    #[test]
    fn the_largest_signatures_fit() {
        let (bytes, length) = value(Curve::P256, &[0xFF; 64]);
        assert_eq!(length, sello_wire::key::P256_LARGEST_SIGNATURE);
        assert_eq!(bytes[..5], [0x30, 70, 2, 33, 0]);
        let (bytes, length) = value(Curve::P384, &[0xFF; 96]);
        assert_eq!(length, LARGEST_SIGNATURE);
        assert_eq!(bytes[..5], [0x30, 102, 2, 49, 0]);
    }
}
