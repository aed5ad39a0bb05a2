//! Distinguished names, kept as they were read and shown as text (RFC 4514).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sello_profile::oid::RawOid;

use crate::error::Asn1Error;
use crate::tlv::{Cursor, Tlv, tag};

/// Most attributes read in one name.
const MAX_ATTRIBUTES: usize = 64;
/// Longest text shown of one attribute, in characters.
const MAX_SHOWN: usize = 200;

/// Short names of attribute types.
const TYPES: &[(&str, &str)] = &[
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "SERIALNUMBER"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "T"),
    ("2.5.4.42", "GN"),
    ("2.5.4.97", "organizationIdentifier"),
    ("1.2.840.113549.1.9.1", "E"),
];

/// A distinguished name. Two are equal when their octets are; whether they
/// name the same is asked with [`matches`](Self::matches).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinguishedName {
    der: Vec<u8>,
    attributes: Vec<(String, String)>,
    /// Each relative name in the form in which it is compared.
    compared: Vec<Vec<Vec<u8>>>,
}

impl DistinguishedName {
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Asn1Error> {
        let structure = "Name";
        let name = cursor.expect(tag::SEQUENCE)?;
        let mut attributes = Vec::new();
        let mut compared = Vec::new();
        let mut sets = Cursor::new(structure, name.value);
        while !sets.is_empty() {
            let set = sets.expect(tag::SET)?;
            let mut members = Cursor::new(structure, set.value);
            let mut relative = Vec::new();
            while !members.is_empty() {
                let pair = members.expect(tag::SEQUENCE)?;
                attributes.push(attribute(pair)?);
                relative.push(comparable(pair)?);
                if attributes.len() > MAX_ATTRIBUTES {
                    let limit = MAX_ATTRIBUTES;
                    return Err(Asn1Error::TooLarge { structure, limit });
                }
            }
            relative.sort();
            compared.push(relative);
        }
        Ok(Self {
            der: name.raw.to_vec(),
            attributes,
            compared,
        })
    }

    /// Whether both name the same (RFC 5280, 7.1): strings are compared without
    /// regard to their kind, to case and to how much white space there is.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.compared == other.compared
    }

    /// Whether it begins with all of `base` (RFC 5280, 7.1: subtrees).
    pub(crate) fn is_within(&self, base: &Self) -> bool {
        self.compared.starts_with(&base.compared)
    }

    /// Whether it names nothing.
    pub(crate) const fn is_empty(&self) -> bool {
        self.compared.is_empty()
    }

    /// Every value of the attributes of this type.
    pub(crate) fn attributes<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        let of_kind = self.attributes.iter().filter(move |(name, _)| name == kind);
        of_kind.map(|(_, value)| value.as_str())
    }

    /// The octets as read.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The value of the first attribute of this type (`CN`, `O`, or dotted).
    #[must_use]
    pub fn attribute(&self, kind: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(name, _)| name == kind);
        found.map(|(_, value)| value.as_str())
    }
}

/// The most particular attribute first, as in `CN=Contracts, O=Example S.L., C=ES`.
impl core::fmt::Display for DistinguishedName {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (index, (kind, value)) in self.attributes.iter().rev().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(formatter, "{comma}{kind}={value}")?;
        }
        Ok(())
    }
}

fn attribute(pair: Tlv<'_>) -> Result<(String, String), Asn1Error> {
    let mut fields = Cursor::new("AttributeTypeAndValue", pair.value);
    let kind = fields.expect(tag::OBJECT_IDENTIFIER)?.value;
    let value = fields.any()?;
    fields.finish()?;
    let dotted = RawOid::from_content(kind)
        .map(|oid| oid.to_string())
        .map_err(|_| Asn1Error::Value {
            structure: "AttributeTypeAndValue",
            what: "the type is no object identifier",
        })?;
    let short = TYPES.iter().find(|(oid, _)| *oid == dotted);
    let kind = short.map_or(dotted, |(_, name)| (*name).to_string());
    Ok((kind, text(value)))
}

/// Type and value in the form in which they are compared.
fn comparable(pair: Tlv<'_>) -> Result<Vec<u8>, Asn1Error> {
    let mut fields = Cursor::new("AttributeTypeAndValue", pair.value);
    let kind = fields.expect(tag::OBJECT_IDENTIFIER)?.raw;
    let value = fields.any()?;
    let mut compared = kind.to_vec();
    match decoded(value) {
        Some(text) => {
            let words: Vec<String> = text
                .split_whitespace()
                .map(|word| word.to_lowercase())
                .collect();
            compared.push(b't');
            compared.extend_from_slice(words.join(" ").as_bytes());
        }
        None => {
            compared.push(b'o');
            compared.extend_from_slice(value.raw);
        }
    }
    Ok(compared)
}

/// Directory strings as text; what could fool a reader's eye is replaced.
fn text(value: Tlv<'_>) -> String {
    decoded(value).map_or_else(|| String::from("?"), |text| shown(&text))
}

/// The text of a directory string; nothing for other values.
fn decoded(value: Tlv<'_>) -> Option<String> {
    const LATIN: [u8; 3] = [0x13, 0x14, 0x16];
    const UTF8: u8 = 0x0c;
    const BMP: u8 = 0x1e;
    Some(match value.tag {
        UTF8 => String::from_utf8_lossy(value.value).into_owned(),
        tag if LATIN.contains(&tag) => value.value.iter().map(|&byte| char::from(byte)).collect(),
        BMP => {
            let units = value.value.chunks_exact(2);
            let units = units.filter_map(|pair| <[u8; 2]>::try_from(pair).ok());
            char::decode_utf16(units.map(u16::from_be_bytes))
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        _ => return None,
    })
}

/// Text from outside as it may be shown: not endless, and without characters
/// that are not seen or that turn the direction of writing.
#[must_use]
pub fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN).map(harmless).collect()
}

/// Control characters and marks that turn the direction of writing or take no
/// room become a replacement character.
fn harmless(character: char) -> char {
    let hidden = matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    );
    if hidden || character.is_control() {
        char::REPLACEMENT_CHARACTER
    } else {
        character
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlv::{constructed, element};

    fn rdn(kind: &[u8], value_tag: u8, value: &[u8]) -> Vec<u8> {
        let pair = constructed(
            tag::SEQUENCE,
            &[
                &element(tag::OBJECT_IDENTIFIER, kind),
                &element(value_tag, value),
            ],
        );
        element(tag::SET, &pair)
    }

    fn read(rdns: &[Vec<u8>]) -> Result<DistinguishedName, Asn1Error> {
        let der = element(tag::SEQUENCE, &rdns.concat());
        DistinguishedName::read(&mut Cursor::new("test", &der))
    }

    #[test]
    fn names_read_from_the_particular_to_the_general() {
        let name = read(&[
            rdn(&[0x55, 4, 6], 0x13, b"ES"),
            rdn(&[0x55, 4, 97], 0x0c, b"VATES-B00000000"),
            rdn(&[0x55, 4, 3], 0x1e, &[0, b'A', 0, 0xf1]),
        ])
        .unwrap();
        assert_eq!(
            name.to_string(),
            "CN=Añ, organizationIdentifier=VATES-B00000000, C=ES"
        );
        assert_eq!(name.attribute("CN"), Some("Añ"));
        assert_eq!(name.attribute("O"), None);
    }

    #[test]
    fn marks_that_fool_the_eye_are_replaced() {
        let name = read(&[rdn(&[0x55, 4, 3], 0x0c, "a\u{202e}b\n".as_bytes())]).unwrap();
        assert_eq!(name.attribute("CN"), Some("a\u{fffd}b\u{fffd}"));
    }

    #[test]
    fn names_are_compared_as_text() {
        let one = read(&[rdn(&[0x55, 4, 3], 0x13, b"Example  Ltd")]).unwrap();
        let other = read(&[rdn(&[0x55, 4, 3], 0x0c, b" example LTD ")]).unwrap();
        assert!(one.matches(&other) && one != other);
        let different = read(&[rdn(&[0x55, 4, 10], 0x0c, b"example ltd")]).unwrap();
        assert!(!one.matches(&different));
        let unit = rdn(&[0x55, 4, 11], 0x0c, b"Unit");
        let below = read(&[rdn(&[0x55, 4, 3], 0x0c, b"Example Ltd"), unit]).unwrap();
        assert!(below.is_within(&one) && !one.is_within(&below));
    }

    #[test]
    fn endless_names_are_refused() {
        let many: Vec<_> = (0..65).map(|_| rdn(&[0x55, 4, 3], 0x0c, b"x")).collect();
        assert!(matches!(read(&many), Err(Asn1Error::TooLarge { .. })));
    }
}
