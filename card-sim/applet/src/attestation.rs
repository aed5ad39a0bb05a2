//! Certificates the card makes itself: what its attestation key says of another key, and the one a plain
//! PIV token gives its attestation key (RFC 5280; `specs/card.md`, "Attestation").
//!
//! Fixed templates: the BER-TLV writer of the wire writes what DER wants, since every length is the
//! shortest and every value is given in its DER form.

use sello_wire::key::{Curve, LARGEST_SIGNATURE, PinPolicy, Slot};
use sello_wire::tag::Tag;
use sello_wire::tlv::{self, Writer};

use crate::der;
use crate::platform::{Failure, Platform, Point, PrivateKey};

/// The version of GET VERSION, which the certificate states: metadata, attestation, moving of keys and an
/// AES management key are complete, as clients expect of it.
pub(crate) const VERSION: [u8; 3] = [5, 7, 0];
/// There is nothing to touch.
const TOUCH_NEVER: u8 = 0x01;

/// Most bytes of a TBSCertificate: a P-384 key with all extensions has about 400.
const LARGEST_TO_BE_SIGNED: usize = 480;
/// Most bytes of a certificate.
pub(crate) const LARGEST_CERTIFICATE: usize = LARGEST_TO_BE_SIGNED + LARGEST_SIGNATURE + 32;

const SEQUENCE: Tag = Tag(0x30);
const SET: Tag = Tag(0x31);
const BOOLEAN: Tag = Tag(0x01);
const INTEGER: Tag = Tag(0x02);
const BIT_STRING: Tag = Tag(0x03);
const OCTET_STRING: Tag = Tag(0x04);
const OBJECT_IDENTIFIER: Tag = Tag(0x06);
const UTF8_STRING: Tag = Tag(0x0C);
const UTC_TIME: Tag = Tag(0x17);
const GENERALIZED_TIME: Tag = Tag(0x18);
const VERSION_FIELD: Tag = Tag(0xA0);
const EXTENSIONS: Tag = Tag(0xA3);

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 19];
const KEY_USAGE: &[u8] = &[0x55, 0x1D, 15];
const ECDSA_WITH_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];
const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
const P384: &[u8] = &[0x2B, 0x81, 4, 0, 34];
/// Sello's arc (`specs/seal.md`, 4.1).
const ARC: [u8; 20] = [
    0x69, 0x83, 0xD2, 0x8B, 0xCA, 0xF9, 0xF7, 0xEF, 0x82, 0xB8, 0x83, 0x93, 0xC4, 0xCC, 0xB6, 0xCB,
    0xF2, 0xBA, 0xAE, 0x31,
];
/// What the card attests, under [`ARC`].
const ATTESTATION: u8 = 5;

/// The beginning of 2000 (RFC 5280, 4.1.2.5: years up to 2049 as UTCTime): a card has no clock.
const NOT_BEFORE: &[u8] = b"000101000000Z";
/// No end (RFC 5280, 4.1.2.5).
const NOT_AFTER: &[u8] = b"99991231235959Z";
/// CA, path length 0.
const CA_OF_KEYS: &[u8] = &[0x30, 6, 1, 1, 0xFF, 2, 1, 0];
/// digitalSignature, for the journal, and keyCertSign.
const SIGNS_STATEMENTS: &[u8] = &[3, 2, 2, 0x84];

/// What the card says of a key.
pub(crate) struct Attested<'k> {
    pub(crate) slot: Slot,
    pub(crate) policy: PinPolicy,
    pub(crate) dual_control: bool,
    pub(crate) point: &'k Point,
}

/// A certificate, signed and still in its two parts.
pub(crate) struct Signed {
    to_be_signed: [u8; LARGEST_TO_BE_SIGNED],
    length: usize,
    signature: [u8; LARGEST_SIGNATURE],
    signature_length: usize,
}

impl Signed {
    /// Writes the Certificate.
    pub(crate) fn write(&self, writer: &mut Writer<'_>) -> Result<(), tlv::Error> {
        let to_be_signed = self.to_be_signed.get(..self.length).unwrap_or_default();
        let signature = self.signature.get(..self.signature_length);
        writer.nested(SEQUENCE, |w| {
            w.bytes(to_be_signed)?;
            signature_algorithm(w)?;
            bit_string(w, signature.unwrap_or_default())
        })?;
        Ok(())
    }
}

/// States by the attestation key `signer` of the card with this serial number that the card has generated
/// a key.
///
/// # Errors
/// What the platform reports.
pub(crate) fn attest<P: Platform>(
    platform: &mut P,
    serial: [u8; 4],
    signer: &PrivateKey,
    key: &Attested<'_>,
) -> Result<Signed, Failure> {
    let name = Name::key(key.slot);
    let policies = [
        key.policy.to_byte(),
        TOUCH_NEVER,
        u8::from(key.dual_control),
    ];
    certify(platform, serial, signer, &name, key.point, |w| {
        own_extension(w, 1, |w| w.tlv(OCTET_STRING, &VERSION).map(drop))?;
        own_extension(w, 2, |w| unsigned(w, serial))?;
        own_extension(w, 3, |w| w.tlv(OCTET_STRING, &policies).map(drop))?;
        own_extension(w, 4, |w| {
            w.tlv(OCTET_STRING, &[key.slot.to_byte()]).map(drop)
        })
    })
}

/// The certificate of an attestation key by itself, for a token that no center has made.
///
/// # Errors
/// What the platform reports.
pub(crate) fn self_signed<P: Platform>(
    platform: &mut P,
    serial: [u8; 4],
    signer: &PrivateKey,
    point: &Point,
) -> Result<Signed, Failure> {
    let name = Name::card(serial);
    certify(platform, serial, signer, &name, point, |w| {
        critical_extension(w, BASIC_CONSTRAINTS, CA_OF_KEYS)?;
        critical_extension(w, KEY_USAGE, SIGNS_STATEMENTS)
    })
}

fn certify<P: Platform>(
    platform: &mut P,
    serial: [u8; 4],
    signer: &PrivateKey,
    subject: &Name,
    point: &Point,
    extensions: impl FnOnce(&mut Writer<'_>) -> Result<(), tlv::Error>,
) -> Result<Signed, Failure> {
    let mut number = [0; 16];
    platform.random(&mut number)?;
    // Positive, and as long as it is whatever comes out: RFC 5280, 4.1.2.2.
    if let Some(first) = number.first_mut() {
        *first = *first & 0x7F | 0x40;
    }
    let mut to_be_signed = [0; LARGEST_TO_BE_SIGNED];
    let mut writer = Writer::new(&mut to_be_signed);
    let written = writer.nested(SEQUENCE, |w| {
        w.nested(VERSION_FIELD, |w| w.tlv(INTEGER, &[2]).map(drop))?;
        w.tlv(INTEGER, &number)?;
        signature_algorithm(w)?;
        Name::card(serial).write(w)?;
        w.nested(SEQUENCE, |w| {
            w.tlv(UTC_TIME, NOT_BEFORE)?;
            w.tlv(GENERALIZED_TIME, NOT_AFTER).map(drop)
        })?;
        subject.write(w)?;
        public_key(w, point)?;
        w.nested(EXTENSIONS, |w| {
            w.nested(SEQUENCE, extensions)?;
            Ok(())
        })?;
        Ok(())
    });
    let length = written
        .map(|writer| writer.len())
        .map_err(|_| Failure::Cryptography)?;
    let digest = platform.sha256(&[to_be_signed.get(..length).unwrap_or_default()])?;
    let (signature, signature_length) = der::signature_value(&platform.sign(signer, &digest)?);
    Ok(Signed {
        to_be_signed,
        length,
        signature,
        signature_length,
    })
}

/// A name of one common name.
struct Name {
    text: [u8; Self::LONGEST],
    length: usize,
}

impl Name {
    /// "Sello card 4294967295".
    const LONGEST: usize = 21;

    fn of(parts: [&[u8]; 2]) -> Self {
        let mut text = [0; Self::LONGEST];
        let mut length = 0;
        for (place, byte) in text.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *byte;
            length += 1;
        }
        Self { text, length }
    }

    /// With eight decimal digits, or more when the number has more.
    fn card(serial: [u8; 4]) -> Self {
        let mut digits = *b"0000000000";
        let mut rest = u32::from_be_bytes(serial);
        for digit in digits.iter_mut().rev() {
            *digit += u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        let mut shown = digits.as_slice();
        while let [b'0', after @ ..] = shown
            && after.len() >= 8
        {
            shown = after;
        }
        Self::of([b"Sello card ", shown])
    }

    /// With the key reference in hexadecimal.
    fn key(slot: Slot) -> Self {
        let digit = |nibble: u8| b"0123456789abcdef".get(usize::from(nibble));
        let byte = slot.to_byte();
        let digits = [byte >> 4, byte & 0x0F].map(|n| digit(n).copied().unwrap_or_default());
        Self::of([b"Sello key ", &digits])
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), tlv::Error> {
        let text = self.text.get(..self.length).unwrap_or_default();
        writer.nested(SEQUENCE, |w| {
            w.nested(SET, |w| {
                w.nested(SEQUENCE, |w| {
                    w.tlv(OBJECT_IDENTIFIER, COMMON_NAME)?;
                    w.tlv(UTF8_STRING, text).map(drop)
                })?;
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    }
}

fn signature_algorithm(writer: &mut Writer<'_>) -> Result<(), tlv::Error> {
    writer.nested(SEQUENCE, |w| {
        w.tlv(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256).map(drop)
    })?;
    Ok(())
}

/// SubjectPublicKeyInfo (RFC 5480, 2).
fn public_key(writer: &mut Writer<'_>, point: &Point) -> Result<(), tlv::Error> {
    let curve = match point.curve() {
        Curve::P256 => P256,
        Curve::P384 => P384,
    };
    writer.nested(SEQUENCE, |w| {
        w.nested(SEQUENCE, |w| {
            w.tlv(OBJECT_IDENTIFIER, EC_PUBLIC_KEY)?;
            w.tlv(OBJECT_IDENTIFIER, curve).map(drop)
        })?;
        bit_string(w, point.as_bytes())
    })?;
    Ok(())
}

/// A BIT STRING of whole bytes.
fn bit_string(writer: &mut Writer<'_>, bytes: &[u8]) -> Result<(), tlv::Error> {
    writer.header(BIT_STRING, 1 + bytes.len())?;
    writer.bytes(&[0])?.bytes(bytes).map(drop)
}

/// A non-negative INTEGER.
fn unsigned(writer: &mut Writer<'_>, number: [u8; 4]) -> Result<(), tlv::Error> {
    let mut bytes = [0; 5];
    if let Some(magnitude) = bytes.last_chunk_mut() {
        *magnitude = number;
    }
    let mut shortest = bytes.as_slice();
    while let [0, after @ ..] = shortest
        && after.first().is_some_and(|next| next & 0x80 == 0)
    {
        shortest = after;
    }
    writer.tlv(INTEGER, shortest).map(drop)
}

fn critical_extension(
    writer: &mut Writer<'_>,
    identifier: &[u8],
    value: &[u8],
) -> Result<(), tlv::Error> {
    writer.nested(SEQUENCE, |w| {
        w.tlv(OBJECT_IDENTIFIER, identifier)?;
        w.tlv(BOOLEAN, &[0xFF])?;
        w.tlv(OCTET_STRING, value).map(drop)
    })?;
    Ok(())
}

/// An extension `ARC.5.leaf`, not critical.
fn own_extension(
    writer: &mut Writer<'_>,
    leaf: u8,
    value: impl FnOnce(&mut Writer<'_>) -> Result<(), tlv::Error>,
) -> Result<(), tlv::Error> {
    writer.nested(SEQUENCE, |w| {
        w.header(OBJECT_IDENTIFIER, ARC.len() + 2)?;
        w.bytes(&ARC)?.bytes(&[ATTESTATION, leaf])?;
        w.nested(OCTET_STRING, value)?;
        Ok(())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_eight_digits_or_more() {
        let shown = |serial: u32| {
            let name = Name::card(serial.to_be_bytes());
            std::string::String::from_utf8(name.text[..name.length].to_vec()).unwrap()
        };
        assert_eq!(shown(7), "Sello card 00000007");
        assert_eq!(shown(20_260_001), "Sello card 20260001");
        assert_eq!(shown(123_456_789), "Sello card 123456789");
        assert_eq!(shown(u32::MAX), "Sello card 4294967295");
        let key = Name::key(Slot::Signature);
        assert_eq!(key.text[..key.length], *b"Sello key 9c");
    }

    #[test]
    fn integers_are_the_shortest() {
        let shown = |number: u32| {
            let mut buffer = [0; 8];
            let mut writer = Writer::new(&mut buffer);
            unsigned(&mut writer, number.to_be_bytes()).unwrap();
            writer.finish().to_vec()
        };
        assert_eq!(shown(0), [2, 1, 0]);
        assert_eq!(shown(0x7F), [2, 1, 0x7F]);
        assert_eq!(shown(0x80), [2, 2, 0, 0x80]);
        assert_eq!(shown(0x1234), [2, 2, 0x12, 0x34]);
        assert_eq!(shown(u32::MAX), [2, 5, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
    }
}
