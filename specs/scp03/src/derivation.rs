//! Key derivation in counter mode with CMAC (NIST SP 800-108, 5.1).

use crate::key::Key;
use crate::primitives::Primitives;

/// Data derivation constants (Amendment D v1.1.1, 4.1.5, table 4-1).
pub(crate) mod constant {
    pub(crate) const CARD_CRYPTOGRAM: u8 = 0x00;
    pub(crate) const HOST_CRYPTOGRAM: u8 = 0x01;
    pub(crate) const S_ENC: u8 = 0x04;
    pub(crate) const S_MAC: u8 = 0x06;
    pub(crate) const S_RMAC: u8 = 0x07;
}

/// Fills `output` (32 bytes at most) from `key` (Amendment D v1.1.1, 4.1.5): each block is the CMAC of
/// `00 x 11 ‖ constant ‖ 00 ‖ length in bits (2) ‖ counter (1) ‖ host challenge ‖ card challenge`.
pub(crate) fn derive<P: Primitives>(
    primitives: &mut P,
    key: &Key,
    constant: u8,
    host_challenge: &[u8],
    card_challenge: &[u8],
    output: &mut [u8],
) -> Result<(), P::Error> {
    let bits = u16::try_from(output.len() * 8).unwrap_or(u16::MAX);
    let [hi, lo] = bits.to_be_bytes();
    for (block, counter) in output.chunks_mut(16).zip(1_u8..) {
        let fixed = [
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, constant, 0, hi, lo, counter,
        ];
        let parts: [&[u8]; 3] = [&fixed, host_challenge, card_challenge];
        let mac = zeroize::Zeroizing::new(primitives.cmac(key.expose(), &parts)?);
        for (byte, derived) in block.iter_mut().zip(mac.iter()) {
            *byte = *derived;
        }
    }
    Ok(())
}

/// The card's key from the center's: GlobalPlatformPro's template "kdf3", each block the CMAC of
/// `counter (1) ‖ 00 00 00 ‖ usage ‖ 00 ‖ diversification data (10)`.
pub(crate) fn diversify<P: Primitives>(
    primitives: &mut P,
    master: &Key,
    usage: u8,
    data: &[u8; 10],
) -> Result<Key, P::Error> {
    let mut key = master.zero_like();
    for (block, counter) in key.expose_mut().chunks_mut(16).zip(1_u8..) {
        let parts: [&[u8]; 2] = [&[counter, 0, 0, 0, usage, 0], data];
        let mac = zeroize::Zeroizing::new(primitives.cmac(master.expose(), &parts)?);
        for (byte, derived) in block.iter_mut().zip(mac.iter()) {
            *byte = *derived;
        }
    }
    Ok(key)
}

#[cfg(all(test, feature = "software"))]
mod tests {
    use super::*;
    use crate::Software;

    /// GlobalPlatformPro, TestPlaintextKeys.testSessionKeys_SCP03: its context is the diversification
    /// data.
    #[test]
    fn session_keys_have_the_check_values_of_globalplatformpro() {
        let context = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        let (host, card) = context.split_at(8);
        let expected = [
            (constant::S_ENC, [0xC2, 0x55, 0x59]),
            (constant::S_MAC, [0x0E, 0x12, 0xCC]),
            (constant::S_RMAC, [0x9A, 0xCB, 0x9C]),
        ];
        for (constant, check) in expected {
            // The factory's key.
            let from = Key::aes_128(*b"@ABCDEFGHIJKLMNO");
            let mut key = from.zero_like();
            let output = key.expose_mut();
            derive(&mut Software, &from, constant, host, card, output).unwrap();
            let mut block = [1; 16];
            let encrypted = Software.encrypt_cbc(key.expose(), &[0; 16], &mut block);
            encrypted.unwrap();
            assert_eq!(block[..3], check);
        }
    }
}
