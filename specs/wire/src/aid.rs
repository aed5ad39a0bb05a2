//! Application identifiers (ISO/IEC 7816-4, 12.3.4; NIST SP 800-73-5 part 1, 2.2) and the ATR.

/// The PIV card application with its version 01 00: RID `A0 00 00 03 08`, PIX `00 00 10 00 01 00`.
pub const PIV: [u8; 11] = [0xA0, 0, 0, 0x03, 0x08, 0, 0, 0x10, 0, 0x01, 0];

/// The shortest right-truncation a SELECT may give: the RID alone, in bytes.
pub const SHORTEST: usize = 5;

/// The PIX of the PIV application, as the `61` template of SELECT carries it (tag 4F).
pub const PIV_PIX: [u8; 6] = [0, 0, 0x10, 0, 0x01, 0];

/// The RID of the PIV application, as the coexistent tag allocation authority (tag 79) carries it.
pub const PIV_RID: [u8; 5] = [0xA0, 0, 0, 0x03, 0x08];

/// Whether a SELECT by this name means the PIV application: the name is the AID or a
/// right-truncation of it, not shorter than the RID.
#[must_use]
pub fn selects_piv(name: &[u8]) -> bool {
    name.len() >= SHORTEST && PIV.starts_with(name)
}

/// The answer to reset of a Sello card (ISO/IEC 7816-3, 8.2).
///
/// T=1, TA1=96; the historical bytes `80 F9 …` name the PIV application, which makes stock software
/// treat the card as plain PIV, without vendor quirks. The last byte is TCK.
pub const ATR: [u8; 20] = with_tck([
    0x3B, 0xDB, 0x96, 0x00, 0x81, 0x31, 0xFE, 0x45, 0x80, 0xF9, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00,
    0x00, 0x10, 0x00, 0x00,
]);

/// Puts the exclusive-or of all bytes but TS into the last one (ISO/IEC 7816-3, 8.2.5).
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated at compile time, where a panic is an error"
)]
const fn with_tck(mut atr: [u8; 20]) -> [u8; 20] {
    let mut tck = 0;
    let mut i = 1;
    while i < 19 {
        tck ^= atr[i];
        i += 1;
    }
    atr[19] = tck;
    atr
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rid_alone_selects_piv_and_less_does_not() {
        assert!(selects_piv(&PIV));
        assert!(selects_piv(&PIV[..9]));
        assert!(selects_piv(&PIV[..5]));
        assert!(!selects_piv(&PIV[..4]));
        assert!(!selects_piv(&[]));
    }

    #[test]
    fn another_application_or_a_longer_name_is_not_piv() {
        assert!(!selects_piv(&[0xA0, 0, 0, 0x03, 0x97]));
        assert!(!selects_piv(&[
            0xA0, 0, 0, 0x03, 0x08, 0, 0, 0x10, 0, 0x01, 0, 0
        ]));
    }

    #[test]
    fn the_check_byte_makes_the_exclusive_or_zero() {
        assert_eq!(ATR.iter().skip(1).fold(0, |x, b| x ^ b), 0);
    }
}
