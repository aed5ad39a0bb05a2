//! BER to DER, bounded: many signatures in the field use indefinite lengths
//! and strings in pieces (X.690 clauses 8.1.3.6 and 8.7.3).

use alloc::vec::Vec;

use crate::error::Asn1Error;
use crate::tlv::{element, tag};

/// Deepest nesting followed.
const MAX_DEPTH: usize = 32;
/// Most elements read.
const MAX_ELEMENTS: usize = 100_000;
const STRUCTURE: &str = "BER";
/// Constructed OCTET STRING.
const OCTET_STRING_IN_PIECES: u8 = tag::OCTET_STRING | CONSTRUCTED;
const CONSTRUCTED: u8 = 0x20;

/// Writes the first element of `input` in definite, shortest lengths, and says
/// how many octets of `input` it took. The order of sets is left as it is.
pub(crate) fn to_der(input: &[u8]) -> Result<(Vec<u8>, usize), Asn1Error> {
    let mut transcoder = Transcoder {
        input,
        position: 0,
        elements: 0,
    };
    let der = transcoder.element(0)?;
    Ok((der, transcoder.position))
}

struct Transcoder<'a> {
    input: &'a [u8],
    position: usize,
    elements: usize,
}

impl Transcoder<'_> {
    fn element(&mut self, depth: usize) -> Result<Vec<u8>, Asn1Error> {
        self.elements = self.elements.saturating_add(1);
        if self.elements > MAX_ELEMENTS || depth > MAX_DEPTH {
            return Err(Asn1Error::TooLarge {
                structure: STRUCTURE,
                limit: MAX_DEPTH,
            });
        }
        let tag = self.octet()?;
        if tag & 0x1f == 0x1f || tag == 0 {
            return Err(not_der());
        }
        let length = self.length()?;
        if tag & CONSTRUCTED == 0 {
            let length = length.ok_or_else(not_der)?;
            return Ok(element(tag, self.take(length)?));
        }
        let members = self.members(length, depth)?;
        if tag == OCTET_STRING_IN_PIECES {
            return joined(&members);
        }
        Ok(element(tag, &members.concat()))
    }

    /// The members of a constructed element, to its end or its end mark.
    fn members(&mut self, length: Option<usize>, depth: usize) -> Result<Vec<Vec<u8>>, Asn1Error> {
        let end = length
            .map(|length| self.position.checked_add(length).ok_or_else(not_der))
            .transpose()?;
        let mut members = Vec::new();
        loop {
            match end {
                Some(end) if self.position == end => return Ok(members),
                Some(end) if self.position > end => return Err(not_der()),
                None if self.input.get(self.position) == Some(&0) => {
                    self.take(1)?;
                    return match self.octet()? {
                        0 => Ok(members),
                        _ => Err(not_der()),
                    };
                }
                _ => members.push(self.element(depth.saturating_add(1))?),
            }
        }
    }

    /// Nothing for an indefinite length.
    fn length(&mut self) -> Result<Option<usize>, Asn1Error> {
        let first = self.octet()?;
        if first < 0x80 {
            return Ok(Some(usize::from(first)));
        }
        let count = usize::from(first & 0x7f);
        if count == 0 {
            return Ok(None);
        }
        if count > 4 {
            return Err(not_der());
        }
        let octets = self.take(count)?;
        let fold = |sum: usize, &octet: &u8| (sum << 8) | usize::from(octet);
        Ok(Some(octets.iter().fold(0, fold)))
    }

    fn octet(&mut self) -> Result<u8, Asn1Error> {
        self.take(1)?.first().copied().ok_or_else(truncated)
    }

    fn take(&mut self, count: usize) -> Result<&[u8], Asn1Error> {
        let end = self.position.checked_add(count).ok_or_else(truncated)?;
        let taken = self.input.get(self.position..end).ok_or_else(truncated)?;
        self.position = end;
        Ok(taken)
    }
}

/// An OCTET STRING of the pieces' contents.
fn joined(pieces: &[Vec<u8>]) -> Result<Vec<u8>, Asn1Error> {
    let mut content = Vec::new();
    for piece in pieces {
        let piece = crate::tlv::single(STRUCTURE, tag::OCTET_STRING, piece)?;
        content.extend_from_slice(piece.value);
    }
    Ok(element(tag::OCTET_STRING, &content))
}

const fn not_der() -> Asn1Error {
    Asn1Error::NotDer {
        structure: STRUCTURE,
    }
}

const fn truncated() -> Asn1Error {
    Asn1Error::Truncated {
        structure: STRUCTURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_lengths_and_pieces_become_definite() {
        let ber = [
            0x30, 0x80, 0x24, 0x80, 0x04, 1, 1, 0x04, 1, 2, 0, 0, 0x02, 0x81, 1, 5, 0, 0, 9,
        ];
        let (der, used) = to_der(&ber).unwrap();
        assert_eq!(der, [0x30, 7, 0x04, 2, 1, 2, 0x02, 1, 5]);
        assert_eq!(used, ber.len() - 1);
    }

    #[test]
    fn der_stays_as_it_is() {
        let der = [0x30, 5, 0x31, 3, 0x02, 1, 5];
        assert_eq!(to_der(&der).unwrap(), (der.to_vec(), der.len()));
    }

    #[test]
    fn endless_and_broken_nesting_is_refused() {
        let deep = [0x30, 0x80].repeat(1000);
        assert!(matches!(to_der(&deep), Err(Asn1Error::TooLarge { .. })));
        let long = [&[0x30, 0x80][..], &[0x05, 0].repeat(100_001)].concat();
        assert!(matches!(to_der(&long), Err(Asn1Error::TooLarge { .. })));
        for broken in [
            &[0x30, 0x80, 0x05, 0][..],
            &[0x04, 0x80, 0, 0],
            &[0x30, 1, 0x05, 0],
            &[0x30, 0x80, 0, 1],
            &[0x24, 2, 0x05, 0],
        ] {
            assert!(to_der(broken).is_err(), "{broken:02x?}");
        }
    }
}
