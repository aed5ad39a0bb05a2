//! The two forms of an ECDSA signature: DER from the card, `r || s` for PKCS#11.

use der::asn1::UintRef;
use der::{Decode, Reader, SliceReader};

/// Length of a P-256 scalar in bytes.
const SCALAR: usize = 32;
/// Length in bytes of a P-256 signature as PKCS#11 gives it (2.40 "Current Mechanisms", 2.3.1).
pub(crate) const RAW_LENGTH: usize = 2 * SCALAR;

/// Turns a DER ECDSA-Sig-Value (RFC 3279, 2.2.3) over P-256 into `r || s`; `None` for anything else.
pub(crate) fn to_raw(der: &[u8]) -> Option<[u8; RAW_LENGTH]> {
    let (r, s) = parse(der).ok()?;
    let mut raw = [0; RAW_LENGTH];
    let (left, right) = raw.split_at_mut(SCALAR);
    place(left, r.as_bytes())?;
    place(right, s.as_bytes())?;
    Some(raw)
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
        let raw = to_raw(&der).unwrap();
        assert_eq!(raw[31], 5);
        assert_eq!(raw[63], 0x81);
        assert_eq!(raw.iter().filter(|b| **b != 0).count(), 2);
    }

    #[test]
    fn full_scalars_fill_their_half() {
        let mut der = vec![0x30, 70, 0x02, 33, 0];
        der.extend([0xFF; 32]);
        der.extend([0x02, 33, 0]);
        der.extend([0xEE; 32]);
        let raw = to_raw(&der).unwrap();
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
            assert_eq!(to_raw(bad), None, "{bad:02X?}");
        }
    }
}
