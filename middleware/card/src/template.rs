//! Templates that truly nest: 61, 7C, 7F49, E0, E4 and E5.
//!
//! Object contents (53, 70) are opaque and never come here: they only look like TLV, and the
//! `iso7816-tlv` crate descends into whatever claims to be constructed. The control template of
//! GENERATE stays out, too: its tag AA claims to be constructed and holds a plain byte.

use iso7816_tlv::ber::{Tag as BerTag, Tlv, Value};
use sello_wire::Tag;

/// Longest template parsed, in bytes. The parser recurses, so this also bounds its depth.
const LONGEST_TEMPLATE: usize = 512;

/// Parses one template with the tag given, which has to fill `bytes` exactly.
pub(crate) fn parse(bytes: &[u8], tag: Tag) -> Option<Vec<Tlv>> {
    if bytes.len() > LONGEST_TEMPLATE {
        return None;
    }
    let tlv = Tlv::from_bytes(bytes).ok()?;
    if *tlv.tag() != ber(tag)? {
        return None;
    }
    match tlv.value() {
        Value::Constructed(children) => Some(children.clone()),
        Value::Primitive(_) => None,
    }
}

/// The value of the one child with this tag that is not itself a template.
pub(crate) fn child(children: &[Tlv], tag: Tag) -> Option<&[u8]> {
    let tag = ber(tag)?;
    let mut found = children.iter().filter(|tlv| *tlv.tag() == tag);
    match (found.next()?.value(), found.next()) {
        (Value::Primitive(value), None) => Some(value),
        _ => None,
    }
}

/// The value of a child that has exactly `N` bytes.
pub(crate) fn array<const N: usize>(children: &[Tlv], tag: Tag) -> Option<[u8; N]> {
    child(children, tag)?.try_into().ok()
}

/// The value of one child in a template.
pub(crate) fn value(bytes: &[u8], template: Tag, tag: Tag) -> Option<Vec<u8>> {
    child(&parse(bytes, template)?, tag).map(<[u8]>::to_vec)
}

/// Whether the template is well formed and has such a child.
pub(crate) fn contains(bytes: &[u8], template: Tag, tag: Tag) -> bool {
    value(bytes, template, tag).is_some()
}

/// Builds a template from children in order.
pub(crate) fn build(template: Tag, children: &[(Tag, &[u8])]) -> Option<Vec<u8>> {
    let children = children
        .iter()
        .map(|(tag, value)| Tlv::new(ber(*tag)?, Value::Primitive(value.to_vec())).ok())
        .collect::<Option<Vec<_>>>()?;
    Tlv::new(ber(template)?, Value::Constructed(children))
        .ok()
        .map(|tlv| tlv.to_vec())
}

fn ber(tag: Tag) -> Option<BerTag> {
    BerTag::try_from(tag.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_read() {
        let built = build(
            Tag::DYNAMIC_AUTHENTICATION,
            &[(Tag::RESPONSE, &[]), (Tag::CHALLENGE, &[7; 200])],
        )
        .unwrap();
        assert_eq!(&built[..6], &[0x7C, 0x81, 205, 0x82, 0x00, 0x81]);
        let children = parse(&built, Tag::DYNAMIC_AUTHENTICATION).unwrap();
        assert_eq!(child(&children, Tag::CHALLENGE), Some(&[7; 200][..]));
        assert_eq!(child(&children, Tag::RESPONSE), Some(&[][..]));
        assert_eq!(child(&children, Tag::WITNESS), None);
    }

    #[test]
    fn two_byte_tags_work() {
        let built = build(Tag::PUBLIC_KEY, &[(Tag::POINT, &[4; 65])]).unwrap();
        assert_eq!(
            value(&built, Tag::PUBLIC_KEY, Tag::POINT),
            Some(vec![4; 65])
        );
        assert_eq!(value(&built, Tag::STATUS, Tag::POINT), None);
    }

    #[test]
    fn trailing_bytes_doubles_and_deep_nesting_are_refused() {
        assert_eq!(value(&[0x7C, 2, 0x82, 0, 0], Tag(0x7C), Tag(0x82)), None);
        assert_eq!(
            value(&[0x7C, 4, 0x82, 0, 0x82, 0], Tag(0x7C), Tag(0x82)),
            None
        );
        assert_eq!(value(&[0x7C, 3, 0x82, 5, 0], Tag(0x7C), Tag(0x82)), None);
        assert!(parse(&[0x7C; 100_000], Tag(0x7C)).is_none());
        assert!(parse(&[0x7C; 500], Tag(0x7C)).is_none());
    }

    /// The parser is another house's: no answer of a hostile card may make it panic.
    #[test]
    fn damaged_templates_never_panic() {
        let good = build(
            Tag::DYNAMIC_AUTHENTICATION,
            &[(Tag::WITNESS, &[7; 16]), (Tag::CHALLENGE, &[8; 130])],
        )
        .unwrap();
        for position in 0..good.len() {
            for byte in 0..=u8::MAX {
                let mut bytes = good.clone();
                bytes[position] = byte;
                let _ = parse(&bytes, Tag::DYNAMIC_AUTHENTICATION);
                bytes.truncate(position + 1);
                let _ = parse(&bytes, Tag::DYNAMIC_AUTHENTICATION);
            }
        }
        for length in 0..=9 {
            let mut bytes = vec![0x7C, 0x80 | length];
            bytes.extend([0xFF; 9]);
            assert!(parse(&bytes, Tag::DYNAMIC_AUTHENTICATION).is_none());
        }
    }
}
