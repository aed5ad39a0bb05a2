//! What stands in the objects of a card: the one way each is written (SP 800-73-5 part 1, 3.1 and
//! appendix A; `specs/card.md` for Sello's own). Each function writes the content of `53`.

use crate::key::Slot;
use crate::object::{LARGEST_CHUNK_COUNT, LARGEST_CONTENT};
use crate::tag::{Tag, chunk, directory};
use crate::tlv::{Error, Writer};

/// Framing of a certificate round the DER bytes, at most, in bytes.
pub const CERTIFICATE_FRAME: usize = 16;
/// Most bytes of a card holder unique identifier, and of a card capability container.
pub const LARGEST_IDENTITY: usize = 80;
/// Bytes of a seal structure in one chunk: what leaves room for the framing.
pub const CHUNK_BYTES: usize = LARGEST_CONTENT - CHUNK_FRAME;
/// Framing of a chunk, at most, in bytes.
pub const CHUNK_FRAME: usize = 16;
/// Largest seal structure, in bytes.
pub const LARGEST_SEAL: usize = CHUNK_BYTES * LARGEST_CHUNK_COUNT;
/// An entry of the directory, with its framing, takes at most this many bytes.
pub const ENTRY_BYTES: usize = 64;

/// FASC-N of a card that no federal agency issued: agency, system and credential 9999, 9999, 999999
/// (SP 800-73-5 part 1, 3.1.2), in BCD with parity as TIG SCEPACS 6.1 writes it.
const FASC_N: [u8; 25] = [
    0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE, 0x73, 0x9D, 0x83, 0x68, 0x58, 0x21, 0x08,
    0x42, 0x10, 0x84, 0x21, 0xC8, 0x42, 0x10, 0xC3, 0xEB,
];

/// Tags of the card holder unique identifier (SP 800-73-5 part 1, table 9).
pub mod chuid {
    use crate::tag::Tag;

    /// FASC-N, 25 bytes.
    pub const FASC_N: Tag = Tag(0x30);
    /// GUID, 16 bytes.
    pub const GUID: Tag = Tag(0x34);
    /// Expiration date, `YYYYMMDD`.
    pub const EXPIRATION: Tag = Tag(0x35);
    /// Issuer's signature; empty here.
    pub const SIGNATURE: Tag = Tag(0x3E);
}

/// A certificate: `70 DER, 71 00, FE` (SP 800-73-5 part 1, appendix A, table 10).
///
/// # Errors
/// [`Error::NoRoom`].
pub fn certificate(writer: &mut Writer<'_>, der: &[u8]) -> Result<(), Error> {
    writer
        .tlv(Tag::CERTIFICATE, der)?
        .tlv(Tag::CERT_INFO, &[0])?
        .tlv(Tag::ERROR_DETECTION, &[])
        .map(drop)
}

/// The card holder unique identifier. The GUID has to be another one for each card, or hosts take two
/// cards for one; `expiry` is a day as `YYYYMMDD`.
///
/// # Errors
/// [`Error::NoRoom`].
pub fn card_holder(
    writer: &mut Writer<'_>,
    guid: &[u8; 16],
    expiry: &[u8; 8],
) -> Result<(), Error> {
    writer
        .tlv(chuid::FASC_N, &FASC_N)?
        .tlv(chuid::GUID, guid)?
        .tlv(chuid::EXPIRATION, expiry)?
        .tlv(chuid::SIGNATURE, &[])?
        .tlv(Tag::ERROR_DETECTION, &[])
        .map(drop)
}

/// The card capability container (SP 800-73-5 part 1, table 8): an identifier of the card and otherwise
/// the fixed values of a PIV card.
///
/// # Errors
/// [`Error::NoRoom`].
pub fn capability(writer: &mut Writer<'_>, card_identifier: &[u8; 14]) -> Result<(), Error> {
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
    for (tag, value) in fields {
        writer.tlv(Tag(tag), value)?;
    }
    Ok(())
}

/// The key history of a card without retired keys (SP 800-73-5 part 1, table 18).
///
/// # Errors
/// [`Error::NoRoom`].
pub fn key_history(writer: &mut Writer<'_>) -> Result<(), Error> {
    writer
        .tlv(Tag(0xC1), &[0])?
        .tlv(Tag(0xC2), &[0])?
        .tlv(Tag::ERROR_DETECTION, &[])
        .map(drop)
}

/// What is printed on a card.
#[derive(Clone, Copy, Debug)]
pub struct Printed<'a> {
    /// Name of the holder.
    pub name: &'a str,
    /// What the holder does there: here, the name of the seal.
    pub affiliation: &'a str,
    /// Last day, as `2031JAN31`.
    pub expiry: &'a [u8; 9],
    /// Serial number of the card.
    pub serial: &'a str,
    /// Who issued it: at most 15 bytes.
    pub issuer: &'a str,
}

/// The printed information (SP 800-73-5 part 1, table 14). Names are cut to what their fields take.
///
/// # Errors
/// [`Error::NoRoom`].
pub fn printed(writer: &mut Writer<'_>, card: &Printed<'_>) -> Result<(), Error> {
    writer
        .tlv(Tag(0x01), cut(card.name, 125))?
        .tlv(Tag(0x02), cut(card.affiliation, 20))?
        .tlv(Tag(0x04), card.expiry)?
        .tlv(Tag(0x05), cut(card.serial, 20))?
        .tlv(Tag(0x06), cut(card.issuer, 15))?
        .tlv(Tag::ERROR_DETECTION, &[])
        .map(drop)
}

/// At most so many bytes of a text, no character cut in two.
fn cut(text: &str, most: usize) -> &[u8] {
    let end = text.floor_char_boundary(most);
    text.get(..end).unwrap_or_default().as_bytes()
}

/// One chunk of a seal structure of `total` bytes (`specs/card.md`).
///
/// # Errors
/// [`Error::NoRoom`].
pub fn seal_chunk(writer: &mut Writer<'_>, total: usize, bytes: &[u8]) -> Result<(), Error> {
    let total = u32::try_from(total).map_err(|_| Error::NoRoom)?;
    writer
        .tlv(chunk::TOTAL, &total.to_be_bytes())?
        .tlv(chunk::BYTES, bytes)
        .map(drop)
}

/// One seal, as the directory describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The slot of the seal's key.
    pub slot: Slot,
    /// Length of the seal structure in bytes.
    pub length: usize,
    /// SHA-256 of the seal structure.
    pub digest: [u8; 32],
    /// Number of chunks that hold the seal structure.
    pub chunks: usize,
    /// Number of issuer certificates with the seal.
    pub chain: usize,
}

/// An entry of the directory (`specs/card.md`).
///
/// # Errors
/// [`Error::NoRoom`], also when a number is larger than its field.
pub fn directory_entry(writer: &mut Writer<'_>, entry: &DirectoryEntry) -> Result<(), Error> {
    let byte = |number| u8::try_from(number).map_err(|_| Error::NoRoom);
    let length = u32::try_from(entry.length).map_err(|_| Error::NoRoom)?;
    let (chunks, chain) = (byte(entry.chunks)?, byte(entry.chain)?);
    writer
        .nested(Tag::SEAL_ENTRY, |w| {
            w.tlv(directory::SLOT, &[entry.slot.to_byte()])?
                .tlv(directory::LENGTH, &length.to_be_bytes())?
                .tlv(directory::DIGEST, &entry.digest)?
                .tlv(directory::CHUNKS, &[chunks])?
                .tlv(directory::CHAIN, &[chain])
                .map(drop)
        })
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digits of the FASC-N, five bits each: four of BCD, least significant first, and odd parity.
    #[test]
    fn the_fasc_n_says_what_its_comment_says() {
        let digits = [
            0xB_u8, 9, 9, 9, 9, 0xD, 9, 9, 9, 9, 0xD, 9, 9, 9, 9, 9, 9, 0xD, 0, 0xD, 1, 0xD, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0xF,
        ];
        let check = digits.into_iter().fold(0, |check, digit| check ^ digit);
        let mut bits = [false; 200];
        for (five, digit) in bits.chunks_mut(5).zip(digits.into_iter().chain([check])) {
            for (place, bit) in five.iter_mut().enumerate() {
                *bit = match place {
                    4 => digit.count_ones().is_multiple_of(2),
                    _ => digit >> place & 1 == 1,
                };
            }
        }
        for (byte, bits) in FASC_N.into_iter().zip(bits.chunks(8)) {
            let value = bits.iter().fold(0, |b: u8, bit| b << 1 | u8::from(*bit));
            assert_eq!(byte, value);
        }
    }

    #[test]
    fn a_certificate_is_framed_as_the_standard_says() {
        let mut buffer = [0; 300 + CERTIFICATE_FRAME];
        let mut writer = Writer::new(&mut buffer);
        certificate(&mut writer, &[0x30; 300]).unwrap();
        let content = writer.finish();
        assert_eq!(&content[..4], &[0x70, 0x82, 0x01, 0x2C]);
        assert_eq!(&content[304..], &[0x71, 0x01, 0x00, 0xFE, 0x00]);
    }

    #[test]
    fn the_largest_chunk_fits_an_object() {
        let mut buffer = [0; LARGEST_CONTENT];
        let mut writer = Writer::new(&mut buffer);
        assert_eq!(
            seal_chunk(&mut writer, LARGEST_SEAL, &[1; CHUNK_BYTES]),
            Ok(())
        );
    }

    #[test]
    fn identities_have_the_room_they_need() {
        let mut buffer = [0; LARGEST_IDENTITY];
        card_holder(&mut Writer::new(&mut buffer), &[0xAB; 16], b"20310409").unwrap();
        let found = crate::tlv::find(&buffer, chuid::GUID).unwrap();
        assert_eq!(found, Some(&[0xAB; 16][..]));
        capability(&mut Writer::new(&mut buffer), &[1; 14]).unwrap();
    }

    #[test]
    fn printed_names_are_cut_between_characters() {
        let mut buffer = [0; 256];
        let mut writer = Writer::new(&mut buffer);
        let card = Printed {
            name: "Example S.L.",
            affiliation: "Sello de contrataciónes",
            expiry: b"2031JAN31",
            serial: "0000000042",
            issuer: "Example Seal Center",
        };
        printed(&mut writer, &card).unwrap();
        let content = writer.finish();
        let field = |tag| crate::tlv::find(content, Tag(tag)).unwrap().unwrap();
        assert_eq!(field(0x02), "Sello de contrataci".as_bytes());
        assert_eq!(field(0x06), b"Example Seal Ce");
    }
}
