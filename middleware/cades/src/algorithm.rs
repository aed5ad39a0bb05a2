//! Algorithm identifiers, and what is signed with one.

use alloc::vec::Vec;

pub(crate) use crate::digest::DigestAlgorithm;
use crate::error::Asn1Error;
use crate::tlv::{self, Cursor, Tlv, tag};

/// ```asn1
/// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER,
///                                    parameters ANY OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AlgorithmIdentifier {
    /// Content octets of the identifier.
    pub(crate) oid: Vec<u8>,
    /// All octets of the parameters.
    pub(crate) parameters: Option<Vec<u8>>,
}

impl AlgorithmIdentifier {
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Asn1Error> {
        Self::from_content(cursor.expect(tag::SEQUENCE)?.value)
    }

    /// Reads the content of the SEQUENCE, which may be tagged otherwise.
    pub(crate) fn from_content(content: &[u8]) -> Result<Self, Asn1Error> {
        let mut fields = Cursor::new("AlgorithmIdentifier", content);
        let oid = fields.expect(tag::OBJECT_IDENTIFIER)?.value.to_vec();
        let parameters = if fields.is_empty() {
            None
        } else {
            Some(fields.any()?.raw.to_vec())
        };
        fields.finish()?;
        Ok(Self { oid, parameters })
    }

    /// Whether both mean the same: makers differ in writing NULL for absent
    /// parameters.
    pub(crate) fn means(&self, other: &Self) -> bool {
        const NULL: &[u8] = &[5, 0];
        let present = |parameters: &Option<Vec<u8>>| {
            let parameters = parameters.clone();
            parameters.filter(|parameters| parameters != NULL)
        };
        self.oid == other.oid && present(&self.parameters) == present(&other.parameters)
    }
}

/// What a certificate and a revocation list have in common: something, and a signature over its
/// octets (RFC 5280, 4.1.1 and 5.1.1).
pub(crate) struct Signed<'a> {
    /// The part that is signed.
    pub(crate) tbs: Tlv<'a>,
    /// With what it was signed.
    pub(crate) algorithm: AlgorithmIdentifier,
    /// The signature value.
    pub(crate) signature: Vec<u8>,
}

impl<'a> Signed<'a> {
    /// Reads the outer structure, of `limit` octets at most, and nothing after it.
    pub(crate) fn from_der(
        structure: &'static str,
        der: &'a [u8],
        limit: usize,
    ) -> Result<Self, Asn1Error> {
        if der.len() > limit {
            return Err(Asn1Error::TooLarge { structure, limit });
        }
        let outer = tlv::single(structure, tag::SEQUENCE, der)?;
        let mut parts = Cursor::new(structure, outer.value);
        let tbs = parts.expect(tag::SEQUENCE)?;
        let algorithm = AlgorithmIdentifier::read(&mut parts)?;
        let signature = bit_string(&mut parts, structure)?.to_vec();
        parts.finish()?;
        Ok(Self {
            tbs,
            algorithm,
            signature,
        })
    }
}

/// A BIT STRING of whole octets.
pub(crate) fn bit_string<'a>(
    cursor: &mut Cursor<'a>,
    structure: &'static str,
) -> Result<&'a [u8], Asn1Error> {
    match cursor.expect(tag::BIT_STRING)?.value.split_first() {
        Some((0, octets)) => Ok(octets),
        _ => Err(Asn1Error::Value {
            structure,
            what: "a bit string of whole octets is due",
        }),
    }
}
