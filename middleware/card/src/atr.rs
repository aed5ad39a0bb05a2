//! The answer to reset (ISO/IEC 7816-3, 8.2), as far as the session asks it.

/// Whether the card offers the block protocol T=1, which carries extended lengths as they are; T=0
/// would need ENVELOPE.
///
/// Interface bytes TDi are followed as ISO/IEC 7816-3, 8.2.3 chains them; without TD1 the card speaks
/// T=0 only.
pub(crate) fn offers_t1(atr: &[u8]) -> bool {
    let mut bytes = atr.iter().copied().skip(1);
    let Some(mut presence) = bytes.next() else {
        return false;
    };
    loop {
        let before_td = (presence & 0x70).count_ones();
        for _ in 0..before_td {
            if bytes.next().is_none() {
                return false;
            }
        }
        if presence & 0x80 == 0 {
            return false;
        }
        match bytes.next() {
            Some(td) if td & 0x0F == 1 => return true,
            Some(td) => presence = td,
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t1_is_found_wherever_it_is_offered() {
        assert!(offers_t1(&sello_wire::aid::ATR));
        // Contactless, PC/SC part 3, 3.1.3.2.3: TD1 = 80, TD2 = 01.
        assert!(offers_t1(&[0x3B, 0x80, 0x80, 0x01, 0x01]));
    }

    #[test]
    fn without_td_or_cut_short_there_is_no_t1() {
        assert!(!offers_t1(&[0x3B, 0x65, 0, 0, 0x9C, 2, 2, 7, 2]));
        assert!(!offers_t1(&[0x3B, 0x90, 0x11, 0x00]));
        assert!(!offers_t1(&[0x3B, 0xF0, 0x11]));
        assert!(!offers_t1(&[0x3B]));
        assert!(!offers_t1(&[]));
    }
}
