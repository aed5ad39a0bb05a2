//! Templates that truly nest: 61, 7C, 7F49, E0, E4 and E5.
//!
//! Object contents (53, 70) are opaque and never come here: they only look like TLV, and the
//! `iso7816-tlv` crate descends into whatever claims to be constructed. The control template of
//! GENERATE stays out, too: its tag AA claims to be constructed and holds a plain byte.

use iso7816_tlv::ber::{Tag as BerTag, Tlv, Value};
use sello_wire::Tag;
use sello_wire::tlv::Writer;

/// Longest template parsed, in bytes. The parser recurses, so this also bounds its depth.
const LONGEST_TEMPLATE: usize = 512;
/// Longest tag and length that are written, in bytes.
const LONGEST_HEADER: usize = 3 + 4;

/// A template as read.
pub(crate) struct Template(Tlv);

impl Template {
    /// The value of the one child with this tag that is not itself a template.
    pub(crate) fn child(&self, tag: Tag) -> Option<&[u8]> {
        let Value::Constructed(children) = self.0.value() else {
            return None;
        };
        let tag = ber(tag)?;
        let mut found = children.iter().filter(|tlv| *tlv.tag() == tag);
        match (found.next()?.value(), found.next()) {
            (Value::Primitive(value), None) => Some(value),
            _ => None,
        }
    }

    /// The value of a child that has exactly `N` bytes.
    pub(crate) fn array<const N: usize>(&self, tag: Tag) -> Option<[u8; N]> {
        self.child(tag)?.try_into().ok()
    }
}

/// Parses one template with the tag given, which has to fill `bytes` exactly.
pub(crate) fn parse(bytes: &[u8], tag: Tag) -> Option<Template> {
    if bytes.len() > LONGEST_TEMPLATE {
        return None;
    }
    let tlv = Tlv::from_bytes(bytes).ok()?;
    let fits = *tlv.tag() == ber(tag)? && matches!(tlv.value(), Value::Constructed(_));
    fits.then_some(Template(tlv))
}

/// The value of one child in a template.
pub(crate) fn value(bytes: &[u8], template: Tag, tag: Tag) -> Option<Vec<u8>> {
    parse(bytes, template)?.child(tag).map(<[u8]>::to_vec)
}

/// Whether the template is well formed and has such a child.
pub(crate) fn contains(bytes: &[u8], template: Tag, tag: Tag) -> bool {
    parse(bytes, template).is_some_and(|template| template.child(tag).is_some())
}

/// Builds a template from children in order. A signature waits for this: it is written in one piece, where
/// the crate that parses would make a tree of vectors first.
pub(crate) fn build(template: Tag, children: &[(Tag, &[u8])]) -> Option<Vec<u8>> {
    let values: usize = children.iter().map(|(_, value)| value.len()).sum();
    let mut bytes = vec![0; values + LONGEST_HEADER * (children.len() + 1)];
    let mut writer = Writer::new(&mut bytes);
    let fill = |inner: &mut Writer<'_>| {
        let mut children = children.iter();
        children.try_for_each(|(tag, value)| inner.tlv(*tag, value).map(drop))
    };
    writer.nested(template, fill).ok()?;
    let length = writer.len();
    bytes.truncate(length);
    Some(bytes)
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
        let read = parse(&built, Tag::DYNAMIC_AUTHENTICATION).unwrap();
        assert_eq!(read.child(Tag::CHALLENGE), Some(&[7; 200][..]));
        assert_eq!(read.child(Tag::RESPONSE), Some(&[][..]));
        assert_eq!(read.child(Tag::WITNESS), None);
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
