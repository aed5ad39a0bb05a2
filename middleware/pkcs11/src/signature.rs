//! The two forms of an ECDSA signature: DER from the card, `r || s` for PKCS#11.

use der::asn1::UintRef;
use der::{Decode, Reader, SliceReader};
use sello_wire::key::Curve;

/// Length in bytes of a signature as PKCS#11 gives it (3.2, 6.3.1).
pub(crate) const fn raw_length(curve: Curve) -> usize {
    2 * curve.scalar_length()
}

/// Turns a DER ECDSA-Sig-Value (RFC 3279, 2.2.3) into `r || s`; `None` for anything else.
pub(crate) fn to_raw(curve: Curve, der: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = parse(der).ok()?;
    let mut raw = vec![0; raw_length(curve)];
    let (left, right) = raw.split_at_mut(curve.scalar_length());
    place(left, r.as_bytes())?;
    place(right, s.as_bytes())?;
    Some(raw)
}

/// The bytes of a digest that are signed with a key of this curve: a longer digest is cut on the right
/// (FIPS 186-5, 6.4.1), a shorter one is a smaller number.
pub(crate) fn fitted(curve: Curve, digest: &[u8]) -> Vec<u8> {
    let length = curve.scalar_length();
    let used = digest.get(..length).unwrap_or(digest);
    let mut out = vec![0; length - used.len()];
    out.extend_from_slice(used);
    out
}

fn parse(der: &[u8]) -> der::Result<(UintRef<'_>, UintRef<'_>)> {
    let mut outer = SliceReader::new(der)?;
    let both = outer.sequence(|inner| -> der::Result<_> {
        Ok((UintRef::decode(inner)?, UintRef::decode(inner)?))
    })?;
    outer.finish()?;
    Ok(both)
}

/// Right-aligns a scalar; `None` when it is zero or too long.
fn place(field: &mut [u8], scalar: &[u8]) -> Option<()> {
    if scalar.iter().all(|byte| *byte == 0) {
        return None;
    }
    let start = field.len().checked_sub(scalar.len())?;
    field.get_mut(start..)?.copy_from_slice(scalar);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_padded_scalars_are_aligned() {
        let der = [0x30, 0x07, 0x02, 0x01, 0x05, 0x02, 0x02, 0x00, 0x81];
        let raw = to_raw(Curve::P256, &der).unwrap();
        assert_eq!(raw[31], 5);
        assert_eq!(raw[63], 0x81);
        assert_eq!(raw.iter().filter(|b| **b != 0).count(), 2);
    }

    #[test]
    fn a_signature_is_as_long_as_its_curve_says() {
        let der = [0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x06];
        let raw = to_raw(Curve::P384, &der).unwrap();
        assert_eq!((raw.len(), raw[47], raw[95]), (96, 5, 6));
    }

    #[test]
    fn longer_digests_are_cut_and_shorter_ones_padded_on_the_left() {
        assert_eq!(fitted(Curve::P256, &[7; 32]), [7; 32]);
        let long = [vec![1; 32], vec![2; 32]].concat();
        assert_eq!(fitted(Curve::P256, &long), [1; 32]);
        let short = fitted(Curve::P384, &[9; 20]);
        assert_eq!(
            (short.len(), short[27], short[28], short[47]),
            (48, 0, 9, 9)
        );
    }

    #[test]
    fn full_scalars_fill_their_half() {
        let mut der = vec![0x30, 70, 0x02, 33, 0];
        der.extend([0xFF; 32]);
        der.extend([0x02, 33, 0]);
        der.extend([0xEE; 32]);
        let raw = to_raw(Curve::P256, &der).unwrap();
        assert_eq!((raw[0], raw[32]), (0xFF, 0xEE));
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        let negative = [0x30, 0x06, 0x02, 0x01, 0x85, 0x02, 0x01, 0x01];
        let trailing = [0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x01, 0x00];
        let three = [0x30, 0x09, 2, 1, 5, 2, 1, 1, 2, 1, 1];
        let zero = [0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x01];
        let mut long = vec![0x30, 0x26, 0x02, 0x21, 0x01];
        long.extend([7; 32]);
        long.extend([0x02, 0x01, 0x01]);
        for bad in [&[][..], &negative, &trailing, &three, &zero, &long] {
            assert_eq!(to_raw(Curve::P256, bad), None, "{bad:02X?}");
        }
    }
}
