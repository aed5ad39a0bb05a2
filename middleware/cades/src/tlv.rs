//! Strict reading and plain writing of DER elements (ITU-T X.690 clause 10).
//!
//! The reader keeps the bytes of every element as they were read, since
//! signatures are made over bytes and not over what was understood of them.
//! It never recurses: a caller descends by opening a [`Cursor`] on a value.

use alloc::vec::Vec;

use crate::error::Asn1Error;

/// Identifier octets of the elements that occur in CMS and X.509.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// `[number]` of the context-specific class, constructed (or EXPLICIT).
    pub(crate) const fn context(number: u8) -> u8 {
        0xa0 | number
    }

    /// `[number]` of the context-specific class, primitive.
    pub(crate) const fn context_primitive(number: u8) -> u8 {
        0x80 | number
    }
}

/// One element: its identifier octet, its content and all of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tlv<'a> {
    /// The identifier octet.
    pub(crate) tag: u8,
    /// The content octets.
    pub(crate) value: &'a [u8],
    /// Identifier, length and content octets as read.
    pub(crate) raw: &'a [u8],
}

/// Reads the elements of one value one after another.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    structure: &'static str,
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// Starts reading `bytes`, the content of the named structure.
    pub(crate) const fn new(structure: &'static str, bytes: &'a [u8]) -> Self {
        Self {
            structure,
            rest: bytes,
        }
    }

    /// True when nothing is left.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many octets are left.
    pub(crate) const fn left(&self) -> usize {
        self.rest.len()
    }

    /// The identifier octet of the next element.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Tlv<'a>, Asn1Error> {
        let structure = self.structure;
        let truncated = Asn1Error::Truncated { structure };
        let not_der = Asn1Error::NotDer { structure };
        let (&tag, after_tag) = self.rest.split_first().ok_or_else(|| truncated.clone())?;
        if tag & 0x1f == 0x1f || tag == 0 {
            return Err(not_der);
        }
        let (length, content) = read_length(after_tag, &truncated, &not_der)?;
        let value = content.get(..length).ok_or_else(|| truncated.clone())?;
        let rest = content.get(length..).ok_or_else(|| truncated.clone())?;
        let total = self.rest.len().saturating_sub(rest.len());
        let raw = self.rest.get(..total).ok_or(truncated)?;
        self.rest = rest;
        Ok(Tlv { tag, value, raw })
    }

    /// The next element, which must carry `expected`.
    pub(crate) fn expect(&mut self, expected: u8) -> Result<Tlv<'a>, Asn1Error> {
        let structure = self.structure;
        match self.peek() {
            None => Err(Asn1Error::Truncated { structure }),
            Some(found) if found != expected => Err(Asn1Error::UnexpectedTag {
                structure,
                expected,
                found,
            }),
            Some(_) => self.any(),
        }
    }

    /// The next element if it carries `wanted`.
    pub(crate) fn optional(&mut self, wanted: u8) -> Result<Option<Tlv<'a>>, Asn1Error> {
        match self.peek() {
            Some(found) if found == wanted => self.any().map(Some),
            _ => Ok(None),
        }
    }

    /// Ends the reading: nothing may be left.
    pub(crate) const fn finish(self) -> Result<(), Asn1Error> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Asn1Error::TrailingData {
                structure: self.structure,
                count: self.rest.len(),
            })
        }
    }
}

/// The single element that `bytes` must be.
pub(crate) fn single<'a>(
    structure: &'static str,
    expected: u8,
    bytes: &'a [u8],
) -> Result<Tlv<'a>, Asn1Error> {
    let mut cursor = Cursor::new(structure, bytes);
    let element = cursor.expect(expected)?;
    cursor.finish()?;
    Ok(element)
}

/// Reads the length octets (X.690 clauses 8.1.3 and 10.1).
fn read_length<'a>(
    bytes: &'a [u8],
    truncated: &Asn1Error,
    not_der: &Asn1Error,
) -> Result<(usize, &'a [u8]), Asn1Error> {
    let (&first, rest) = bytes.split_first().ok_or_else(|| truncated.clone())?;
    if first < 0x80 {
        return Ok((usize::from(first), rest));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return Err(not_der.clone());
    }
    let octets = rest.get(..count).ok_or_else(|| truncated.clone())?;
    let content = rest.get(count..).ok_or_else(|| truncated.clone())?;
    let length = octets
        .iter()
        .fold(0_usize, |sum, &octet| (sum << 8) | usize::from(octet));
    let shortest = length >= 0x80 && octets.first().is_some_and(|&octet| octet != 0);
    if shortest {
        Ok((length, content))
    } else {
        Err(not_der.clone())
    }
}

/// Writes one element around `value`.
pub(crate) fn element(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.len().saturating_add(6));
    bytes.push(tag);
    push_length(&mut bytes, value.len());
    bytes.extend_from_slice(value);
    bytes
}

/// Writes one element around the concatenation of `parts`.
pub(crate) fn constructed(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    element(tag, &parts.concat())
}

/// Writes a SET OF (or an IMPLICIT one) in DER order (X.690 clause 11.6).
pub(crate) fn set_of(tag: u8, mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    element(tag, &elements.concat())
}

/// Writes a non-negative INTEGER.
pub(crate) fn unsigned(number: u64) -> Vec<u8> {
    let octets = number.to_be_bytes();
    let first = octets.iter().position(|&octet| octet != 0).unwrap_or(7);
    let digits = octets.get(first..).unwrap_or(&[]);
    let mut content = Vec::with_capacity(9);
    if digits.first().is_some_and(|&octet| octet >= 0x80) {
        content.push(0);
    }
    content.extend_from_slice(digits);
    element(tag::INTEGER, &content)
}

fn push_length(bytes: &mut Vec<u8>, length: usize) {
    let octets = length.to_be_bytes();
    let first = octets.iter().position(|&octet| octet != 0);
    let digits = octets.get(first.unwrap_or(octets.len())..).unwrap_or(&[]);
    match (digits, u8::try_from(digits.len())) {
        ([], _) => bytes.push(0),
        ([short], _) if *short < 0x80 => bytes.push(*short),
        (_, count) => {
            bytes.push(0x80 | count.unwrap_or(8));
            bytes.extend_from_slice(digits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 70_000] {
            let value = alloc::vec![0x5a; length];
            let bytes = element(tag::OCTET_STRING, &value);
            let read = single("test", tag::OCTET_STRING, &bytes).unwrap();
            assert_eq!(read.value, value);
            assert_eq!(read.raw, bytes);
        }
    }

    #[test]
    fn integers_are_shortest_and_not_negative() {
        assert_eq!(unsigned(0), [0x02, 1, 0]);
        assert_eq!(unsigned(0x7f), [0x02, 1, 0x7f]);
        assert_eq!(unsigned(0x80), [0x02, 2, 0, 0x80]);
        assert_eq!(unsigned(0x1_0000), [0x02, 3, 1, 0, 0]);
    }

    #[test]
    fn encodings_that_der_forbids_are_refused() {
        for bytes in [
            &[0x30, 0x80, 0, 0][..],
            &[0x04, 0x81, 0x05, 1, 2, 3, 4, 5],
            &[0x04, 0x85, 0, 0, 0, 0, 1, 0],
            &[0x1f, 0x81, 0x01, 0],
        ] {
            let error = Cursor::new("test", bytes).any().unwrap_err();
            assert!(matches!(error, Asn1Error::NotDer { .. }), "{bytes:02x?}");
        }
    }

    #[test]
    fn what_ends_too_early_is_refused() {
        for bytes in [
            &[0x04, 0x03, 1, 2][..],
            &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x04, 0x82, 1],
            &[0x04],
            &[],
        ] {
            let error = Cursor::new("test", bytes).any().unwrap_err();
            assert!(matches!(error, Asn1Error::Truncated { .. }), "{bytes:02x?}");
        }
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let error = single("test", tag::INTEGER, &[0x02, 1, 0, 0]).unwrap_err();
        assert_eq!(
            error,
            Asn1Error::TrailingData {
                structure: "test",
                count: 1
            }
        );
    }
}
