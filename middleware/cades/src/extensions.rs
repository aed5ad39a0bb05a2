//! Extensions of certificates and revocation lists (RFC 5280, 4.2 and 5.2).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sello_profile::oid::RawOid;

use crate::error::Asn1Error;
use crate::tlv::{self, Cursor, tag};

/// Most extensions read in one structure.
const MAX_EXTENSIONS: usize = 64;

/// `id-ce` (RFC 5280, 4.2.1) followed by one octet.
const fn id_ce(number: u8) -> [u8; 3] {
    [0x55, 0x1d, number]
}

/// Numbers under `id-ce`.
pub(crate) mod ce {
    pub(crate) const SUBJECT_KEY_IDENTIFIER: u8 = 14;
    pub(crate) const KEY_USAGE: u8 = 15;
    pub(crate) const SUBJECT_ALT_NAME: u8 = 17;
    pub(crate) const ISSUER_ALT_NAME: u8 = 18;
    pub(crate) const BASIC_CONSTRAINTS: u8 = 19;
    pub(crate) const CRL_NUMBER: u8 = 20;
    pub(crate) const REASON_CODE: u8 = 21;
    pub(crate) const DELTA_CRL_INDICATOR: u8 = 27;
    pub(crate) const ISSUING_DISTRIBUTION_POINT: u8 = 28;
    pub(crate) const NAME_CONSTRAINTS: u8 = 30;
    pub(crate) const CRL_DISTRIBUTION_POINTS: u8 = 31;
    pub(crate) const CERTIFICATE_POLICIES: u8 = 32;
    pub(crate) const POLICY_MAPPINGS: u8 = 33;
    pub(crate) const AUTHORITY_KEY_IDENTIFIER: u8 = 35;
    pub(crate) const POLICY_CONSTRAINTS: u8 = 36;
    pub(crate) const EXTENDED_KEY_USAGE: u8 = 37;
    pub(crate) const FRESHEST_CRL: u8 = 46;
    pub(crate) const INHIBIT_ANY_POLICY: u8 = 54;
    pub(crate) const EXPIRED_CERTS_ON_CRL: u8 = 60;
}

/// ```asn1
/// Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER,
///     critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extension {
    pub(crate) oid: Vec<u8>,
    pub(crate) critical: bool,
    pub(crate) value: Vec<u8>,
}

/// The extensions of one structure, each kind once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Extensions(Vec<Extension>);

impl Extensions {
    /// Reads `SEQUENCE OF Extension`.
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Asn1Error> {
        let structure = "Extensions";
        let sequence = cursor.expect(tag::SEQUENCE)?;
        let mut members = Cursor::new(structure, sequence.value);
        let mut all: Vec<Extension> = Vec::new();
        while !members.is_empty() {
            let extension = Extension::read(&mut members)?;
            if all.iter().any(|other| other.oid == extension.oid) {
                let what = "an extension occurs twice";
                return Err(Asn1Error::Value { structure, what });
            }
            all.push(extension);
            if all.len() > MAX_EXTENSIONS {
                let limit = MAX_EXTENSIONS;
                return Err(Asn1Error::TooLarge { structure, limit });
            }
        }
        Ok(Self(all))
    }

    /// The value of the extension with this number under `id-ce`.
    pub(crate) fn get(&self, number: u8) -> Option<&Extension> {
        let wanted = id_ce(number);
        self.0.iter().find(|extension| extension.oid == wanted)
    }

    /// The value of the extension with this identifier.
    pub(crate) fn with_oid(&self, oid: &[u8]) -> Option<&Extension> {
        self.0.iter().find(|extension| extension.oid == oid)
    }

    /// The first critical extension that is not among `known`, dotted.
    pub(crate) fn unknown_critical(&self, known: &[u8]) -> Option<String> {
        let unknown = |extension: &&Extension| {
            let understood = known.iter().any(|number| extension.oid == id_ce(*number));
            extension.critical && !understood
        };
        let found = self.0.iter().find(unknown)?;
        let oid = RawOid::from_content(&found.oid).ok();
        Some(oid.map_or_else(|| String::from("?"), |oid| oid.to_string()))
    }
}

impl Extension {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Asn1Error> {
        let sequence = cursor.expect(tag::SEQUENCE)?;
        let mut fields = Cursor::new("Extension", sequence.value);
        let oid = fields.expect(tag::OBJECT_IDENTIFIER)?.value.to_vec();
        // An explicit FALSE is no DER, but real certificates have it.
        let critical = match fields.optional(tag::BOOLEAN)?.map(|element| element.value) {
            None | Some([0]) => false,
            Some([0xff]) => true,
            Some(_) => {
                return Err(Asn1Error::Value {
                    structure: "Extension",
                    what: "critical is no BOOLEAN",
                });
            }
        };
        let value = fields.expect(tag::OCTET_STRING)?.value.to_vec();
        fields.finish()?;
        Ok(Self {
            oid,
            critical,
            value,
        })
    }
}

/// `basicConstraints` (RFC 5280, 4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BasicConstraints {
    pub(crate) ca: bool,
    pub(crate) path_length: Option<u32>,
}

impl BasicConstraints {
    pub(crate) fn parse(value: &[u8]) -> Result<Self, Asn1Error> {
        let structure = "BasicConstraints";
        let sequence = tlv::single(structure, tag::SEQUENCE, value)?;
        let mut fields = Cursor::new(structure, sequence.value);
        let ca = match fields.optional(tag::BOOLEAN)?.map(|element| element.value) {
            None | Some([0]) => false,
            Some([0xff]) => true,
            Some(_) => {
                let what = "cA is no BOOLEAN";
                return Err(Asn1Error::Value { structure, what });
            }
        };
        let path_length = fields
            .optional(tag::INTEGER)?
            .map(|element| small_number(structure, element.value))
            .transpose()?;
        fields.finish()?;
        Ok(Self { ca, path_length })
    }
}

/// `keyUsage` (RFC 5280, 4.2.1.3), its bits in the standard's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyUsage(u8);

impl KeyUsage {
    pub(crate) const DIGITAL_SIGNATURE: u8 = 0x80;
    pub(crate) const NON_REPUDIATION: u8 = 0x40;
    pub(crate) const KEY_CERT_SIGN: u8 = 0x04;
    pub(crate) const CRL_SIGN: u8 = 0x02;

    pub(crate) fn parse(value: &[u8]) -> Result<Self, Asn1Error> {
        let structure = "KeyUsage";
        let bits = tlv::single(structure, tag::BIT_STRING, value)?;
        match bits.value {
            [unused, first, ..] if *unused < 8 && bits.value.len() <= 3 => Ok(Self(*first)),
            _ => Err(Asn1Error::Value {
                structure,
                what: "no usage is named",
            }),
        }
    }

    /// Whether any of these usages is allowed.
    pub(crate) const fn allows(self, usages: u8) -> bool {
        self.0 & usages != 0
    }
}

/// `extKeyUsage` (RFC 5280, 4.2.1.12) as content octets of its identifiers.
pub(crate) fn extended_key_usage(value: &[u8]) -> Result<Vec<Vec<u8>>, Asn1Error> {
    let structure = "ExtKeyUsageSyntax";
    let sequence = tlv::single(structure, tag::SEQUENCE, value)?;
    let mut members = Cursor::new(structure, sequence.value);
    let mut usages = Vec::new();
    while !members.is_empty() {
        usages.push(members.expect(tag::OBJECT_IDENTIFIER)?.value.to_vec());
        if usages.len() > MAX_EXTENSIONS {
            let limit = MAX_EXTENSIONS;
            return Err(Asn1Error::TooLarge { structure, limit });
        }
    }
    Ok(usages)
}

/// A non-negative INTEGER of at most 32 bits.
pub(crate) fn small_number(structure: &'static str, content: &[u8]) -> Result<u32, Asn1Error> {
    let wrong = Asn1Error::Value {
        structure,
        what: "a number is out of range",
    };
    match content {
        [first, ..] if *first < 0x80 && content.len() <= 4 => Ok(content
            .iter()
            .fold(0_u32, |sum, &octet| (sum << 8) | u32::from(octet))),
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(members: &[Vec<u8>]) -> Result<Extensions, Asn1Error> {
        let der = tlv::element(tag::SEQUENCE, &members.concat());
        Extensions::read(&mut Cursor::new("test", &der))
    }

    fn member(oid: &[u8], critical: Option<u8>) -> Vec<u8> {
        let critical = critical.map(|octet| tlv::element(tag::BOOLEAN, &[octet]));
        tlv::constructed(
            tag::SEQUENCE,
            &[
                &tlv::element(tag::OBJECT_IDENTIFIER, oid),
                critical.as_deref().unwrap_or_default(),
                &tlv::element(tag::OCTET_STRING, &[5, 0]),
            ],
        )
    }

    #[test]
    fn an_unknown_critical_extension_is_named() {
        let unknown = member(&[0x2a, 3, 4], Some(0xff));
        let harmless = member(&[0x2a, 3, 5], Some(0));
        let known = member(&id_ce(ce::KEY_USAGE), Some(0xff));
        let extensions = read(&[harmless, known.clone(), unknown]).unwrap();
        let found = extensions.unknown_critical(&[ce::KEY_USAGE]);
        assert_eq!(found.as_deref(), Some("1.2.3.4"));
        let extensions = read(&[known]).unwrap();
        assert_eq!(extensions.unknown_critical(&[ce::KEY_USAGE]), None);
    }

    #[test]
    fn an_extension_twice_is_refused() {
        let twice = [member(&[0x2a, 3, 4], None), member(&[0x2a, 3, 4], None)];
        assert!(matches!(read(&twice), Err(Asn1Error::Value { .. })));
    }

    #[test]
    fn constraints_and_usages_are_read() {
        let ca = BasicConstraints::parse(&[0x30, 6, 1, 1, 0xff, 2, 1, 3]).unwrap();
        assert_eq!((ca.ca, ca.path_length), (true, Some(3)));
        let end = BasicConstraints::parse(&[0x30, 0]).unwrap();
        assert_eq!((end.ca, end.path_length), (false, None));
        assert!(BasicConstraints::parse(&[0x30, 3, 2, 1, 0x80]).is_err());
        let usage = KeyUsage::parse(&[3, 2, 1, 6]).unwrap();
        assert!(usage.allows(KeyUsage::KEY_CERT_SIGN) && usage.allows(KeyUsage::CRL_SIGN));
        assert!(!usage.allows(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION));
        assert!(KeyUsage::parse(&[3, 1, 0]).is_err());
    }
}
