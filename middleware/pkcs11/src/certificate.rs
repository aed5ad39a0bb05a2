//! The fields of a certificate that PKCS#11 shows, as the certificate's own bytes.
//!
//! Nothing is judged here: a certificate that a verifier would refuse is still listed.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Encode, Reader, SliceReader, Tag, TagNumber};
use sello_wire::key::Curve;

/// `id-ecPublicKey` (RFC 5480, 2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `secp256r1` and `secp384r1` (RFC 5480, 2.1.1.1).
const CURVES: [(Curve, ObjectIdentifier); 2] = [
    (
        Curve::P256,
        ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
    ),
    (Curve::P384, ObjectIdentifier::new_unwrap("1.3.132.0.34")),
];
/// `id-at-commonName` (RFC 5280, appendix A.1).
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// Most relative distinguished names that are looked at.
const MOST_NAMES: usize = 64;

/// Slices of one certificate (RFC 5280, 4.1), each a whole DER value with its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fields<'a> {
    /// `serialNumber`.
    pub(crate) serial: &'a [u8],
    /// `issuer`.
    pub(crate) issuer: &'a [u8],
    /// `validity`.
    validity: &'a [u8],
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

    /// The curve and the uncompressed point of the key, or `None` for a key that cannot be used.
    pub(crate) fn point(&self) -> Option<(Curve, &'a [u8])> {
        point(self.public_key)
    }

    /// First and last day of validity in UTC, as `CK_DATE` writes them: `YYYYMMDD`.
    pub(crate) fn dates(&self) -> Option<[[u8; 8]; 2]> {
        dates(self.validity).ok().flatten()
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
        let validity = r.tlv_bytes()?;
        let subject = r.tlv_bytes()?;
        let public_key = r.tlv_bytes()?;
        while !r.is_finished() {
            r.tlv_bytes()?;
        }
        Ok::<_, der::Error>(Fields {
            serial,
            issuer,
            validity,
            subject,
            public_key,
        })
    })
}

/// The curve and the uncompressed point in a SubjectPublicKeyInfo (RFC 5480, 2), `None` for anything else.
pub(crate) fn point(public_key: &[u8]) -> Option<(Curve, &[u8])> {
    let parse = || -> der::Result<_> {
        let mut outer = SliceReader::new(public_key)?;
        let found = outer.sequence(|r| {
            let (algorithm, parameters) = r.sequence(|r| {
                Ok::<_, der::Error>((ObjectIdentifier::decode(r)?, r.tlv_bytes()?))
            })?;
            let bits = der::asn1::BitStringRef::decode(r)?;
            let curve = Some(parameters).filter(|_| algorithm == EC_PUBLIC_KEY);
            Ok::<_, der::Error>(curve.and_then(curve_of).zip(bits.as_bytes()))
        })?;
        outer.finish()?;
        Ok(found)
    };
    parse()
        .ok()
        .flatten()
        .filter(|(curve, point)| is_uncompressed(*curve, point))
}

/// Whether bytes have the form of an uncompressed point (SEC 1, 2.3.3); not whether it is on the curve.
pub(crate) fn is_uncompressed(curve: Curve, point: &[u8]) -> bool {
    point.len() == curve.point_length() && point.first() == Some(&0x04)
}

/// The curve that `CKA_EC_PARAMS` names.
pub(crate) fn curve_of(parameters: &[u8]) -> Option<Curve> {
    let named = ObjectIdentifier::from_der(parameters).ok()?;
    let found = CURVES.into_iter().find(|(_, name)| *name == named)?;
    Some(found.0)
}

/// The SubjectPublicKeyInfo of a point.
pub(crate) fn public_key_info(curve: Curve, point: &[u8]) -> Vec<u8> {
    let algorithm = [
        EC_PUBLIC_KEY.to_der().unwrap_or_default(),
        parameters(curve),
    ]
    .concat();
    let mut bits = vec![0];
    bits.extend_from_slice(point);
    wrapped(
        0x30,
        &[wrapped(0x30, &algorithm), wrapped(0x03, &bits)].concat(),
    )
}

/// The DER octet string around a point that `CKA_EC_POINT` is.
pub(crate) fn octet_string(point: &[u8]) -> Vec<u8> {
    wrapped(0x04, point)
}

/// A value of less than 256 bytes with its tag; longer ones do not come up.
fn wrapped(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(value.len()) {
        Ok(length) if length < 0x80 => out.push(length),
        Ok(length) => out.extend([0x81, length]),
        Err(_) => return Vec::new(),
    }
    out.extend_from_slice(value);
    out
}

/// Both times of a validity (RFC 5280, 4.1.2.5).
fn dates(validity: &[u8]) -> der::Result<Option<[[u8; 8]; 2]>> {
    SliceReader::new(validity)?.sequence(|r| {
        let (from, until) = (AnyRef::decode(r)?, AnyRef::decode(r)?);
        Ok::<_, der::Error>(date(&from).zip(date(&until)).map(|(a, b)| [a, b]))
    })
}

/// The day of a time; two digits of a year below 50 are of this century.
fn date(time: &AnyRef<'_>) -> Option<[u8; 8]> {
    let text = time.value();
    let century: &[u8] = match der::Tagged::tag(time) {
        Tag::UtcTime if *text.first()? < b'5' => b"20",
        Tag::UtcTime => b"19",
        Tag::GeneralizedTime => b"",
        _ => return None,
    };
    let mut date = century.to_vec();
    date.extend_from_slice(text);
    let date: [u8; 8] = date.get(..8)?.try_into().ok()?;
    date.iter().all(u8::is_ascii_digit).then_some(date)
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

/// A curve as `CKA_EC_PARAMS` names it: DER object identifier.
pub(crate) fn parameters(curve: Curve) -> Vec<u8> {
    let found = CURVES.into_iter().find(|(known, _)| *known == curve);
    found
        .and_then(|(_, name)| name.to_der().ok())
        .unwrap_or_default()
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
        let (curve, point) = fields.point().unwrap();
        assert_eq!(curve, Curve::P256);
        assert!(fields.public_key.ends_with(point));
        assert_eq!(public_key_info(curve, point), fields.public_key);
        let [from, until] = fields.dates().unwrap();
        assert!(from < until && from.starts_with(b"20"));
    }

    #[test]
    fn a_key_on_another_curve_is_not_used() {
        let curve = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
        let at = SEAL.windows(8).position(|bytes| bytes == curve).unwrap();
        let mut other = SEAL.to_vec();
        other[at + 7] = 0x06;
        assert_eq!(Fields::parse(&other).unwrap().point(), None);
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
                let _ = (fields.point(), fields.common_name(), fields.dates());
            }
        }
    }

    #[test]
    fn the_curve_is_named_by_its_identifier() {
        let expected = [6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
        assert_eq!(parameters(Curve::P256), expected);
        assert_eq!(parameters(Curve::P384), [6, 5, 0x2B, 0x81, 4, 0, 34]);
        assert_eq!(curve_of(&parameters(Curve::P384)), Some(Curve::P384));
        assert_eq!(curve_of(&expected[..9]), None);
    }

    #[test]
    fn a_key_of_either_curve_goes_into_its_information_and_out_again() {
        for curve in [Curve::P256, Curve::P384] {
            let mut bytes = vec![4];
            bytes.resize(curve.point_length(), 9);
            let info = public_key_info(curve, &bytes);
            assert_eq!(point(&info), Some((curve, &bytes[..])));
            assert_eq!(point(&info[..info.len() - 1]), None);
        }
    }
}
