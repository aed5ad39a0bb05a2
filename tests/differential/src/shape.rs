//! What two answers have in common when only their random values differ.

use sello_conformance::terminal::{field, signature_is_good};
use sello_wire::tag::Tag;
use sello_wire::tlv::{Reader, Tlv};

/// A longer value is told by its length alone.
const LONGEST_SHOWN: usize = 24;

/// What the step knows about the random values of an answer.
#[derive(Default)]
pub struct Known<'a> {
    /// Data of the command.
    pub data: &'a [u8],
    /// The card's last generated point, uncompressed.
    pub point: &'a [u8],
}

/// Data and status word with tags and lengths, but without random values.
#[must_use]
pub fn shape(data: &[u8], status: u16, known: &Known<'_>) -> String {
    let status = format!("{status:04X}");
    if data.is_empty() {
        return status;
    }
    let answer = field(data, Tag::DYNAMIC_AUTHENTICATION, Tag::RESPONSE);
    let told = match answer {
        Some(value) => response(value, known),
        None => objects(data, data.first() == Some(&0x7C)).unwrap_or_else(|| bytes(data)),
    };
    format!("{told} {status}")
}

/// The answer of GENERAL AUTHENTICATE.
fn response(value: &[u8], known: &Known<'_>) -> String {
    let digest = field(known.data, Tag::DYNAMIC_AUTHENTICATION, Tag::CHALLENGE);
    let x = |length: usize| known.point.get(1..=length);
    let told = if value.first() == Some(&0x30) && value.len() > 60 {
        let good = digest.is_some_and(|digest| signature_is_good(known.point, digest, value));
        if good {
            "good signature"
        } else {
            "bad signature"
        }
        .to_owned()
    } else if !known.point.is_empty() && Some(value) == x(value.len()) {
        "x of its own point".to_owned()
    } else {
        format!("<{}>", value.len())
    };
    format!("7C{{82:{told}}}")
}

/// Data objects, when it is nothing else; of `random` ones the lengths alone.
fn objects(data: &[u8], random: bool) -> Option<String> {
    let mut told = Vec::new();
    for object in Reader::new(data) {
        let Tlv { tag, value } = object.ok()?;
        let inner = is_constructed(tag)
            .then(|| objects(value, random))
            .flatten();
        told.push(match inner {
            Some(inner) => format!("{:X}{{{inner}}}", tag.0),
            None if random => format!("{:X}:<{}>", tag.0, value.len()),
            None => format!("{:X}:{}", tag.0, bytes(value)),
        });
    }
    Some(told.join(" "))
}

const fn is_constructed(tag: Tag) -> bool {
    // The class and kind of a tag are in its first byte.
    let first = match tag.0 {
        0..=0xFF => tag.0,
        0x100..=0xFFFF => tag.0 >> 8,
        _ => tag.0 >> 16,
    };
    first & 0x20 != 0
}

fn bytes(value: &[u8]) -> String {
    if value.len() > LONGEST_SHOWN {
        return format!("<{}>", value.len());
    }
    hex::encode_upper(value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn told(data: &str) -> String {
        shape(&hex::decode(data).unwrap(), 0x9000, &Known::default())
    }

    #[test]
    fn random_values_do_not_show() {
        assert_eq!(told(""), "9000");
        assert_eq!(told("010203"), "010203 9000");
        assert_eq!(told("7E055F2F024000"), "7E{5F2F:4000} 9000");
        assert_eq!(told("7C048002AABB"), "7C{80:<2>} 9000");
        assert_eq!(told("7C048202AABB"), "7C{82:<2>} 9000");
    }

    #[test]
    fn the_point_tells_its_own_agreement_from_another() {
        let data = hex::decode("7C048202AABB").unwrap();
        let point = [4, 0xAA, 0xBB, 0xCC, 0xDD];
        let known = Known {
            data: &[],
            point: &point,
        };
        assert_eq!(
            shape(&data, 0x9000, &known),
            "7C{82:x of its own point} 9000"
        );
    }
}
