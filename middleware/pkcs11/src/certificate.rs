//! The fields of a certificate that PKCS#11 shows, as the certificate's own bytes.
//!
//! Nothing is judged here: a certificate that a verifier would refuse is still listed.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Encode, Reader, SliceReader, Tag, TagNumber};

/// `id-ecPublicKey` (RFC 5480, 2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `secp256r1` (RFC 5480, 2.1.1.1).
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// `id-at-commonName` (RFC 5280, appendix A.1).
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// Length of an uncompressed P-256 point.
const POINT_LENGTH: usize = 65;
/// Most relative distinguished names that are looked at.
const MOST_NAMES: usize = 64;

/// Slices of one certificate (RFC 5280, 4.1), each a whole DER value with its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fields<'a> {
    /// `serialNumber`.
    pub(crate) serial: &'a [u8],
    /// `issuer`.
    pub(crate) issuer: &'a [u8],
    /// `subject`.
    pub(crate) subject: &'a [u8],
    /// `subjectPublicKeyInfo`.
    pub(crate) public_key: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Finds the fields; `None` when the bytes are no certificate.
    pub(crate) fn parse(certificate: &'a [u8]) -> Option<Self> {
        read(certificate).ok()
    }

    /// The uncompressed P-256 point of the key, or `None` for any other key.
    pub(crate) fn p256_point(&self) -> Option<&'a [u8]> {
        point(self.public_key).ok().flatten()
    }

    /// The last common name of the subject, if it is text.
    pub(crate) fn common_name(&self) -> Option<String> {
        common_name(self.subject).ok().flatten()
    }
}

fn read(certificate: &[u8]) -> der::Result<Fields<'_>> {
    let mut outer = SliceReader::new(certificate)?;
    let body = outer.sequence(|r| {
        let body = r.tlv_bytes()?;
        r.tlv_bytes()?;
        r.tlv_bytes()?;
        Ok::<_, der::Error>(body)
    })?;
    outer.finish()?;
    SliceReader::new(body)?.sequence(|r| {
        let version = Tag::ContextSpecific {
            constructed: true,
            number: TagNumber(0),
        };
        let mut serial = r.tlv_bytes()?;
        if AnyRef::from_der(serial).is_ok_and(|any| der::Tagged::tag(&any) == version) {
            serial = r.tlv_bytes()?;
        }
        r.tlv_bytes()?;
        let issuer = r.tlv_bytes()?;
        r.tlv_bytes()?;
        let subject = r.tlv_bytes()?;
        let public_key = r.tlv_bytes()?;
        while !r.is_finished() {
            r.tlv_bytes()?;
        }
        Ok::<_, der::Error>(Fields {
            serial,
            issuer,
            subject,
            public_key,
        })
    })
}

fn point(public_key: &[u8]) -> der::Result<Option<&[u8]>> {
    SliceReader::new(public_key)?.sequence(|r| {
        let (algorithm, parameters) =
            r.sequence(|r| Ok::<_, der::Error>((ObjectIdentifier::decode(r)?, r.tlv_bytes()?)))?;
        let bits = der::asn1::BitStringRef::decode(r)?;
        let is_p256 = algorithm == EC_PUBLIC_KEY
            && ObjectIdentifier::from_der(parameters).is_ok_and(|curve| curve == P256);
        Ok::<_, der::Error>(
            bits.as_bytes()
                .filter(|point| is_p256 && point.len() == POINT_LENGTH && point.starts_with(&[4])),
        )
    })
}

fn common_name(subject: &[u8]) -> der::Result<Option<String>> {
    SliceReader::new(subject)?.sequence(|names| {
        let mut found = None;
        for _ in 0..MOST_NAMES {
            if names.is_finished() {
                break;
            }
            let set = AnyRef::decode(names)?;
            found = first_common_name(set.value())?.or(found);
        }
        Ok::<_, der::Error>(found)
    })
}

/// The common name in the first attribute of a relative distinguished name.
fn first_common_name(set: &[u8]) -> der::Result<Option<String>> {
    let mut reader = SliceReader::new(set)?;
    let (kind, value) = reader
        .sequence(|r| Ok::<_, der::Error>((ObjectIdentifier::decode(r)?, AnyRef::decode(r)?)))?;
    let text = matches!(
        der::Tagged::tag(&value),
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String
    );
    Ok(core::str::from_utf8(value.value())
        .ok()
        .filter(|_| kind == COMMON_NAME && text)
        .map(str::to_owned))
}

/// The curve P-256 as `CKA_EC_PARAMS` names it: DER object identifier.
pub(crate) fn p256_parameters() -> Vec<u8> {
    P256.to_der().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEAL: &[u8] = include_bytes!("../tests/data/seal.der");

    #[test]
    fn the_fields_are_the_certificates_own_bytes() {
        let fields = Fields::parse(SEAL).unwrap();
        assert_eq!(fields.serial, [2, 5, 0x11, 0x22, 0x33, 0x44, 0x55]);
        assert_eq!(
            fields.common_name().as_deref(),
            Some("Example Official Seal")
        );
        assert!(fields.issuer.starts_with(&[0x30]));
        assert_ne!(fields.issuer, fields.subject);
        let point = fields.p256_point().unwrap();
        assert!(fields.public_key.ends_with(point));
    }

    #[test]
    fn another_key_is_not_taken_for_p256() {
        let curve = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
        let at = SEAL.windows(8).position(|bytes| bytes == curve).unwrap();
        let mut other = SEAL.to_vec();
        other[at + 7] = 0x06;
        assert_eq!(Fields::parse(&other).unwrap().p256_point(), None);
    }

    #[test]
    fn every_cut_certificate_is_refused_and_no_changed_one_panics() {
        for end in 0..SEAL.len() {
            assert_eq!(Fields::parse(&SEAL[..end]), None, "{end} bytes");
        }
        for at in 0..SEAL.len() {
            let mut changed = SEAL.to_vec();
            changed[at] ^= 0xFF;
            if let Some(fields) = Fields::parse(&changed) {
                let _ = (fields.p256_point(), fields.common_name());
            }
        }
    }

    #[test]
    fn the_curve_is_named_by_its_identifier() {
        let expected = [6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
        assert_eq!(p256_parameters(), expected);
    }
}
