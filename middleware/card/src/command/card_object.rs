//! The objects every PIV card has: certificates, card holder unique identifier.

use sello_wire::tlv::{self, Writer};
use sello_wire::{Instruction, ObjectTag, Slot, Tag, content, object};

use crate::error::CardError;
use crate::session::Exclusive;

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
        let mut buffer = vec![0; der.len() + content::CERTIFICATE_FRAME];
        let mut writer = Writer::new(&mut buffer);
        content::certificate(&mut writer, der).map_err(|_| UNWRITABLE)?;
        self.write_object(tag, writer.finish())
    }

    /// The GUID of the card holder unique identifier.
    ///
    /// # Errors
    /// [`CardError::NoObject`], [`CardError::Malformed`], or what the transport says.
    pub fn guid(&mut self) -> Result<[u8; 16], CardError> {
        let object = self.read_object(ObjectTag::CHUID)?;
        tlv::find(&object, content::chuid::GUID)
            .ok()
            .flatten()
            .and_then(|guid| guid.try_into().ok())
            .ok_or(MALFORMED)
    }
}

const MALFORMED: CardError = CardError::Malformed {
    instruction: Instruction::GetData,
};
const UNWRITABLE: CardError = CardError::Malformed {
    instruction: Instruction::PutData,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_wrapped_and_unwrapped() {
        let mut buffer = [0; 320];
        let mut writer = Writer::new(&mut buffer);
        content::certificate(&mut writer, &[0x30; 300]).unwrap();
        assert_eq!(
            unwrap_certificate(writer.finish(), Slot::Signature).unwrap(),
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
}
