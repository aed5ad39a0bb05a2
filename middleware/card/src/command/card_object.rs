//! The objects every PIV card has: certificates, card holder unique identifier, card capability
//! container.

use sello_wire::tlv::{self, Writer};
use sello_wire::{Instruction, ObjectTag, Slot, Tag, object};

use crate::error::CardError;
use crate::session::Exclusive;

/// FASC-N of a card that no federal agency issued: agency, system and credential 9999, 9999, 999999
/// (SP 800-73-5 part 1, 3.1.2), in BCD with parity as TIG SCEPACS 6.1 writes it.
const FASC_N: [u8; 25] = [
    0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE, 0x73, 0x9D, 0x83, 0x68, 0x58, 0x21, 0x08,
    0x42, 0x10, 0x84, 0x21, 0xC8, 0x42, 0x10, 0xC3, 0xEB,
];
/// Framing of a certificate object round the DER bytes, at most.
const CERTIFICATE_FRAME: usize = 16;

/// Tags of the card holder unique identifier (SP 800-73-5 part 1, table 9).
mod chuid {
    use sello_wire::Tag;

    pub(super) const FASC_N: Tag = Tag(0x30);
    pub(super) const GUID: Tag = Tag(0x34);
    pub(super) const EXPIRATION: Tag = Tag(0x35);
    pub(super) const SIGNATURE: Tag = Tag(0x3E);
}

impl Exclusive<'_> {
    /// The DER certificate of a key.
    ///
    /// # Errors
    /// [`CardError::NoObject`], [`CardError::CompressedCertificate`], [`CardError::Malformed`], or
    /// what the transport says.
    pub fn certificate(&mut self, slot: Slot) -> Result<Vec<u8>, CardError> {
        let content = self.read_object(ObjectTag::certificate(slot))?;
        unwrap_certificate(&content, slot)
    }

    /// Writes the certificate of a key.
    ///
    /// # Errors
    /// As [`Exclusive::write_object`].
    pub fn write_certificate(&mut self, slot: Slot, der: &[u8]) -> Result<(), CardError> {
        self.write_wrapped(ObjectTag::certificate(slot), der)
    }

    pub(crate) fn write_wrapped(&mut self, tag: ObjectTag, der: &[u8]) -> Result<(), CardError> {
        if der.len() > object::LARGEST_CONTENT {
            return Err(CardError::ObjectTooLong {
                tag,
                length: der.len(),
            });
        }
        let content = wrap_certificate(der).ok_or(CardError::Malformed {
            instruction: Instruction::PutData,
        })?;
        self.write_object(tag, &content)
    }

    /// Writes the card holder unique identifier. The GUID has to be another one for each card, or
    /// hosts take two cards for one.
    ///
    /// `expiry` is a day as `YYYYMMDD`.
    ///
    /// # Errors
    /// As [`Exclusive::write_object`].
    pub fn write_chuid(&mut self, guid: &[u8; 16], expiry: &[u8; 8]) -> Result<(), CardError> {
        let mut buffer = [0; 80];
        let mut writer = Writer::new(&mut buffer);
        writer
            .tlv(chuid::FASC_N, &FASC_N)
            .and_then(|w| w.tlv(chuid::GUID, guid))
            .and_then(|w| w.tlv(chuid::EXPIRATION, expiry))
            .and_then(|w| w.tlv(chuid::SIGNATURE, &[]))
            .and_then(|w| w.tlv(Tag::ERROR_DETECTION, &[]))
            .map_err(|_| CardError::Malformed {
                instruction: Instruction::PutData,
            })?;
        self.write_object(ObjectTag::CHUID, writer.finish())
    }

    /// The GUID of the card holder unique identifier.
    ///
    /// # Errors
    /// [`CardError::NoObject`], [`CardError::Malformed`], or what the transport says.
    pub fn guid(&mut self) -> Result<[u8; 16], CardError> {
        let content = self.read_object(ObjectTag::CHUID)?;
        tlv::find(&content, chuid::GUID)
            .ok()
            .flatten()
            .and_then(|guid| guid.try_into().ok())
            .ok_or(MALFORMED)
    }

    /// Writes the card capability container (SP 800-73-5 part 1, table 8): an identifier of the card
    /// and otherwise the fixed values of a PIV card.
    ///
    /// # Errors
    /// As [`Exclusive::write_object`].
    pub fn write_ccc(&mut self, card_identifier: &[u8; 14]) -> Result<(), CardError> {
        // GSC-RID, manufacturer FF, card type 02 (GSC-IS 2.1, table 6-1), then our identifier.
        let mut identifier = [0; 21];
        let (head, tail) = identifier.split_at_mut(7);
        head.copy_from_slice(&[0xA0, 0x00, 0x00, 0x01, 0x16, 0xFF, 0x02]);
        tail.copy_from_slice(card_identifier);
        let fields: [(u32, &[u8]); 13] = [
            (0xF0, &identifier),
            (0xF1, &[0x21]),
            (0xF2, &[0x21]),
            (0xF3, &[]),
            (0xF4, &[0x00]),
            (0xF5, &[0x10]),
            (0xF6, &[]),
            (0xF7, &[]),
            (0xFA, &[]),
            (0xFB, &[]),
            (0xFC, &[]),
            (0xFD, &[]),
            (0xFE, &[]),
        ];
        let mut buffer = [0; 64];
        let mut writer = Writer::new(&mut buffer);
        for (tag, value) in fields {
            writer
                .tlv(Tag(tag), value)
                .map_err(|_| CardError::Malformed {
                    instruction: Instruction::PutData,
                })?;
        }
        self.write_object(ObjectTag::CCC, writer.finish())
    }
}

const MALFORMED: CardError = CardError::Malformed {
    instruction: Instruction::GetData,
};

/// `70 certificate, 71 CertInfo, FE` (SP 800-73-5 part 1, appendix A, table 10).
pub(crate) fn unwrap_certificate(content: &[u8], slot: Slot) -> Result<Vec<u8>, CardError> {
    let find = |tag| tlv::find(content, tag).map_err(|_| MALFORMED);
    let der = find(Tag::CERTIFICATE)?.ok_or(MALFORMED)?;
    match find(Tag::CERT_INFO)? {
        None | Some([0]) => Ok(der.to_vec()),
        Some([info]) if info & 0x01 != 0 => Err(CardError::CompressedCertificate { slot }),
        Some(_) => Err(MALFORMED),
    }
}

fn wrap_certificate(der: &[u8]) -> Option<Vec<u8>> {
    let mut content = vec![0; der.len() + CERTIFICATE_FRAME];
    let mut writer = Writer::new(&mut content);
    writer.tlv(Tag::CERTIFICATE, der).ok()?;
    writer.tlv(Tag::CERT_INFO, &[0]).ok()?;
    writer.tlv(Tag::ERROR_DETECTION, &[]).ok()?;
    let length = writer.len();
    content.truncate(length);
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_wrapped_and_unwrapped() {
        let content = wrap_certificate(&[0x30; 300]).unwrap();
        assert_eq!(&content[..4], &[0x70, 0x82, 0x01, 0x2C]);
        assert_eq!(&content[304..], &[0x71, 0x01, 0x00, 0xFE, 0x00]);
        assert_eq!(
            unwrap_certificate(&content, Slot::Signature).unwrap(),
            vec![0x30; 300]
        );
    }

    #[test]
    fn compressed_or_broken_certificates_are_refused() {
        let slot = Slot::Signature;
        assert_eq!(
            unwrap_certificate(&[0x70, 1, 0x30, 0x71, 1, 1, 0xFE, 0], slot),
            Err(CardError::CompressedCertificate { slot })
        );
        for bad in [
            &[0x70, 5, 0x30][..],
            &[0x71, 1, 0],
            &[0x70, 1, 0x30, 0x71, 0],
        ] {
            assert_eq!(unwrap_certificate(bad, slot), Err(MALFORMED));
        }
    }

    /// The digits of the FASC-N, five bits each: four of BCD, least significant first, and odd parity.
    #[test]
    fn the_fasc_n_says_what_its_comment_says() {
        let digits = [
            0xB, 9, 9, 9, 9, 0xD, 9, 9, 9, 9, 0xD, 9, 9, 9, 9, 9, 9, 0xD, 0, 0xD, 1, 0xD, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0xF,
        ];
        let mut bits = Vec::new();
        let mut check = 0_u8;
        let push = |bits: &mut Vec<bool>, digit: u8| {
            let ones = digit.count_ones().is_multiple_of(2);
            bits.extend((0..4).map(|i| digit >> i & 1 == 1));
            bits.push(ones);
        };
        for digit in digits {
            check ^= digit;
            push(&mut bits, digit);
        }
        push(&mut bits, check);
        let bytes = bits
            .chunks(8)
            .map(|byte| byte.iter().fold(0_u8, |b, bit| b << 1 | u8::from(*bit)))
            .collect::<Vec<_>>();
        assert_eq!(bytes, FASC_N);
    }
}
