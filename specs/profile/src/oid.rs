//! Object identifiers of any width (X.690, 8.19), and Sello's own.
//!
//! Sello's arc is `2.25.309770278723158428820882597767451416369`, that is, the UUID
//! `e90b95e7-bef0-4e01-9389-31b4be4e9731` under `{joint-iso-itu-t(2) uuid(25)}` (ITU-T X.667).
//! Its last part has 128 bits, more than `const-oid` takes, hence [`RawOid`].

use core::cmp::Ordering;
use core::fmt;

use const_oid::ObjectIdentifier;
use der::{DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, Tag, ValueOrd, Writer};

/// Longest content accepted, in bytes.
const MAX_LEN: usize = 39;

/// An OBJECT IDENTIFIER kept as its DER content bytes, so that parts of any width fit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawOid {
    bytes: [u8; MAX_LEN],
    len: u8,
}

/// The content bytes of Sello's arc.
const ARC: [u8; 20] = [
    0x69, 0x83, 0xd2, 0x8b, 0xca, 0xf9, 0xf7, 0xef, 0x82, 0xb8, 0x83, 0x93, 0xc4, 0xcc, 0xb6, 0xcb,
    0xf2, 0xba, 0xae, 0x31,
];

/// CMS signed attribute "seal"; its value is the DER of the `SESeal`.
pub const SEAL: RawOid = leaf(1);
/// CMS signed attribute "sealed document".
pub const SEALED_DOCUMENT: RawOid = leaf(2);
/// Extended key usage "seal maker".
pub const SEAL_MAKER: RawOid = leaf(3);
/// `extData` of a seal: the reference of the application it was made for (UTF8String).
pub const APPLICATION: RawOid = leaf(4);

/// Policy of a center's timestamps: the time of the center's clock, to the second.
pub const TIMESTAMP_POLICY: RawOid = leaf(9);

/// Extensions of an attestation certificate (`specs/card.md`): version of the card edge.
pub const ATTESTED_VERSION: RawOid = RawOid::under_attestation(1);
/// Serial number of the card.
pub const ATTESTED_SERIAL: RawOid = RawOid::under_attestation(2);
/// Policies of the key.
pub const ATTESTED_POLICIES: RawOid = RawOid::under_attestation(3);
/// Slot of the key.
pub const ATTESTED_SLOT: RawOid = RawOid::under_attestation(4);

/// ecdsa-with-SHA256, `1.2.840.10045.4.3.2` (RFC 5758, 3.2).
pub const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "evaluated by the compiler only: a wrong index would not compile"
)]
const fn leaf(number: u8) -> RawOid {
    let mut bytes = [0; MAX_LEN];
    let mut at = 0;
    while at < ARC.len() {
        bytes[at] = ARC[at];
        at += 1;
    }
    bytes[at] = number;
    RawOid {
        bytes,
        len: at as u8 + 1,
    }
}

impl RawOid {
    /// A leaf under `.5`, what a card attests.
    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated by the compiler only: a wrong index would not compile"
    )]
    const fn under_attestation(number: u8) -> Self {
        let mut oid = leaf(5);
        oid.bytes[ARC.len() + 1] = number;
        oid.len += 1;
        oid
    }

    /// Takes the content bytes (no tag, no length) of an OBJECT IDENTIFIER.
    ///
    /// # Errors
    /// If there are none or more than 39, a part begins with a padding byte `80`, or the last
    /// part is cut off.
    pub fn from_content(content: &[u8]) -> der::Result<Self> {
        let mut bytes = [0; MAX_LEN];
        let target = bytes
            .get_mut(..content.len())
            .ok_or_else(|| Tag::ObjectIdentifier.length_error())?;
        target.copy_from_slice(content);
        let len = u8::try_from(content.len()).map_err(|_| Tag::ObjectIdentifier.length_error())?;
        let mut starts = true;
        for byte in content {
            if starts && *byte == 0x80 {
                return Err(Tag::ObjectIdentifier.value_error().into());
            }
            starts = byte & 0x80 == 0;
        }
        if content.is_empty() || !starts {
            return Err(Tag::ObjectIdentifier.value_error().into());
        }
        Ok(Self { bytes, len })
    }

    /// The content bytes, without tag and length.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl From<ObjectIdentifier> for RawOid {
    fn from(oid: ObjectIdentifier) -> Self {
        let mut bytes = [0; MAX_LEN];
        for (to, from) in bytes.iter_mut().zip(oid.as_bytes()) {
            *to = *from;
        }
        // const-oid's own limit is the same 39 bytes, so nothing is cut off.
        let len = u8::try_from(oid.as_bytes().len()).unwrap_or_default();
        Self { bytes, len }
    }
}

impl PartialEq<ObjectIdentifier> for RawOid {
    fn eq(&self, other: &ObjectIdentifier) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl FixedTag for RawOid {
    const TAG: Tag = Tag::ObjectIdentifier;
}

impl<'a> DecodeValue<'a> for RawOid {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let len = usize::try_from(header.length())?;
        let mut buffer = [0; MAX_LEN];
        let content = buffer
            .get_mut(..len)
            .ok_or_else(|| Tag::ObjectIdentifier.length_error())?;
        Self::from_content(reader.read_into(content)?)
    }
}

impl EncodeValue for RawOid {
    fn value_len(&self) -> der::Result<Length> {
        Length::try_from(self.as_bytes().len())
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(self.as_bytes())
    }
}

impl ValueOrd for RawOid {
    fn value_cmp(&self, other: &Self) -> der::Result<Ordering> {
        Ok(self.as_bytes().cmp(other.as_bytes()))
    }
}

impl fmt::Debug for RawOid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawOid({self})")
    }
}

/// Dotted decimal, with parts of any width.
impl fmt::Display for RawOid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        let mut part = Decimal::default();
        for byte in self.as_bytes() {
            part.shift_in(byte & 0x7f);
            if byte & 0x80 != 0 {
                continue;
            }
            let part = core::mem::take(&mut part);
            if first {
                let (root, rest) = part.split_root();
                write!(f, "{root}.{rest}")?;
                first = false;
            } else {
                write!(f, ".{part}")?;
            }
        }
        Ok(())
    }
}

/// An unsigned number as decimal digits, least significant first.
#[derive(Default)]
struct Decimal(Vec<u8>);

impl Decimal {
    /// Multiplies by 128 and adds seven more bits.
    fn shift_in(&mut self, bits: u8) {
        let mut carry = u16::from(bits);
        for digit in &mut self.0 {
            let value = u16::from(*digit) * 128 + carry;
            *digit = u8::try_from(value % 10).unwrap_or_default();
            carry = value / 10;
        }
        while carry > 0 {
            self.0.push(u8::try_from(carry % 10).unwrap_or_default());
            carry /= 10;
        }
    }

    /// Parts the first number into the two it stands for (40 * root + second; X.690, 8.19.4).
    fn split_root(mut self) -> (u8, Self) {
        let small = match self.0.as_slice() {
            [] => Some(0),
            [ones] => Some(*ones),
            [ones, tens] => Some(tens * 10 + ones),
            _ => None,
        };
        let root = small.map_or(2, |value| (value / 40).min(2));
        let mut borrow = root * 4;
        for digit in self.0.iter_mut().skip(1) {
            let take = borrow % 10;
            borrow /= 10;
            if *digit < take {
                *digit += 10;
                borrow += 1;
            }
            *digit -= take;
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        (root, self)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("0");
        }
        self.0
            .iter()
            .rev()
            .try_for_each(|digit| write!(f, "{digit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::{Decode, Encode};

    #[test]
    fn own_identifiers_read_as_the_arc_and_a_leaf() {
        let arc = "2.25.309770278723158428820882597767451416369";
        for (oid, leaf) in [SEAL, SEALED_DOCUMENT, SEAL_MAKER, APPLICATION]
            .iter()
            .zip(1..)
        {
            assert_eq!(oid.to_string(), format!("{arc}.{leaf}"));
        }
    }

    #[test]
    fn text_agrees_with_const_oid() {
        for text in [
            "0.0",
            "0.39",
            "1.0",
            "1.39.5",
            "2.0",
            "2.5.4.97",
            "2.39",
            "1.2.840.10045.4.3.2",
            "0.4.0.1862.1.6.2",
        ] {
            let oid = RawOid::from(ObjectIdentifier::new_unwrap(text));
            assert_eq!(oid.to_string(), text);
        }
    }

    #[test]
    fn second_parts_beyond_39_read_right() {
        for (content, text) in [(&[0x78][..], "2.40"), (&[0x88, 0x37, 1], "2.999.1")] {
            assert_eq!(RawOid::from_content(content).unwrap().to_string(), text);
        }
    }

    #[test]
    fn der_there_and_back() {
        let der = SEAL.to_der().unwrap();
        assert_eq!(&der[..4], &[0x06, 21, 0x69, 0x83]);
        assert_eq!(RawOid::from_der(&der).unwrap(), SEAL);
        assert_eq!(RawOid::from(ECDSA_WITH_SHA256), ECDSA_WITH_SHA256);
    }

    #[test]
    fn malformed_contents_are_refused() {
        for content in [
            &[][..],
            &[0x80, 0x01],
            &[0x2a, 0x80, 0x01],
            &[0x2a, 0x86],
            &[1; 40],
        ] {
            assert!(RawOid::from_content(content).is_err(), "{content:02x?}");
        }
    }
}
