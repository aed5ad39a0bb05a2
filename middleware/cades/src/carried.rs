//! Certificates, lists and answers that a signature carries for its own
//! validation (ETSI EN 319 122-1, 5.4; RFC 5652, 10.2.1; RFC 5940).

use alloc::vec::Vec;

use crate::error::Asn1Error;
use crate::evidence::Evidence;
use crate::oid;
use crate::signed_data::SignedData;
use crate::signer::Signer;
use crate::tlv::{self, Cursor, tag};

/// Most values read of one attribute.
const MAX_VALUES: usize = 1024;

/// Everything that `data` and its signers carry. What cannot be read is passed
/// over: it may not be needed, and if it is, its absence tells.
#[must_use]
pub fn evidence(data: &SignedData) -> Evidence {
    let mut evidence = Evidence::new(data.certificates().to_vec(), Vec::new(), Vec::new());
    for value in data.revocation_values() {
        if value.first() == Some(&tag::SEQUENCE) {
            evidence.add_list(value);
        } else {
            let _unreadable = add_other(&mut evidence, value);
        }
    }
    for signer in data.signers().iter().flatten() {
        add_values(&mut evidence, signer);
    }
    evidence
}

fn add_values(evidence: &mut Evidence, signer: &Signer) {
    for value in signer.unsigned_values(oid::CERTIFICATE_VALUES) {
        let _unreadable = members(value, |certificate| {
            evidence.add_certificate(certificate);
        });
    }
    for value in signer.unsigned_values(oid::REVOCATION_VALUES) {
        let _unreadable = add_revocation_values(evidence, value);
    }
}

/// ```asn1
/// RevocationValues ::= SEQUENCE { crlVals [0] SEQUENCE OF CertificateList OPTIONAL,
///     ocspVals [1] SEQUENCE OF BasicOCSPResponse OPTIONAL,
///     otherRevVals [2] OPTIONAL }
/// ```
fn add_revocation_values(evidence: &mut Evidence, value: &[u8]) -> Result<(), Asn1Error> {
    let structure = "RevocationValues";
    let sequence = tlv::single(structure, tag::SEQUENCE, value)?;
    let mut fields = Cursor::new(structure, sequence.value);
    if let Some(lists) = fields.optional(tag::context(0))? {
        members(lists.value, |list| {
            evidence.add_list(list);
        })?;
    }
    if let Some(answers) = fields.optional(tag::context(1))? {
        members(answers.value, |answer| {
            evidence.add_response(answer);
        })?;
    }
    Ok(())
}

/// `OtherRevocationInfoFormat ::= [1] SEQUENCE { otherRevInfoFormat, otherRevInfo }`
fn add_other(evidence: &mut Evidence, value: &[u8]) -> Result<(), Asn1Error> {
    let structure = "OtherRevocationInfoFormat";
    let other = tlv::single(structure, tag::context(1), value)?;
    let mut fields = Cursor::new(structure, other.value);
    let kind = fields.expect(tag::OBJECT_IDENTIFIER)?.value;
    let info = fields.any()?.raw;
    fields.finish()?;
    if kind == oid::RI_OCSP_RESPONSE || kind == oid::OCSP_BASIC {
        evidence.add_response(info);
    }
    Ok(())
}

/// Each member of a SEQUENCE OF.
fn members(sequence: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), Asn1Error> {
    let structure = "SEQUENCE OF";
    let sequence = tlv::single(structure, tag::SEQUENCE, sequence)?;
    let mut cursor = Cursor::new(structure, sequence.value);
    let mut count = 0_usize;
    while !cursor.is_empty() {
        each(cursor.any()?.raw);
        count = count.saturating_add(1);
        if count > MAX_VALUES {
            let limit = MAX_VALUES;
            return Err(Asn1Error::TooLarge { structure, limit });
        }
    }
    Ok(())
}
