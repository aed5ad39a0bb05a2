//! What is added to a finished signature so that it can be proved for longer (ETSI EN 319 122-1, 6):
//! from B-B to B-T, B-LT and B-LTA. Every octet that was signed stays as it is; only lengths around it
//! change.

use alloc::vec::Vec;

use super::{add_unsigned, attribute, check_element, closed, object_identifier, opened};
use crate::archive;
use crate::error::{BuildError, CmsError};
use crate::oid;
use crate::signed_data::{MAX_CERTIFICATES, MAX_REVOCATION, SignedData, members};
use crate::tlv::{self, constructed, set_of, tag};

/// Certificates, revocation lists and OCSP responses (`OCSPResponse`), DER.
#[derive(Debug, Clone, Copy, Default)]
pub struct ValidationData<'a> {
    /// Certificates.
    pub certificates: &'a [Vec<u8>],
    /// Revocation lists.
    pub revocation_lists: &'a [Vec<u8>],
    /// OCSP responses.
    pub ocsp_responses: &'a [Vec<u8>],
}

/// Adds a signature timestamp (EN 319 122-1, 5.3) to the single signer of a
/// signature made here: from B-B to B-T. `token` is the DER token over the
/// digest of the signature value.
///
/// # Errors
/// [`BuildError::Token`] if the token is no DER SEQUENCE,
/// [`BuildError::SignedData`] if the signature is not of the form that
/// [`signed_data`](super::signed_data) gives.
pub fn add_signature_timestamp(signature: &[u8], token: &[u8]) -> Result<Vec<u8>, BuildError> {
    check_element(token, "TimeStampToken").map_err(BuildError::Token)?;
    add_unsigned(signature, attribute(oid::SIGNATURE_TIMESTAMP, token))
}

/// Adds what a verifier will need, each thing once, to the certificates and
/// the revocation information of a signature made here: from B-T to B-LT
/// (EN 319 122-1, 6.3; RFC 5652, 10.2.1; RFC 5940, 2).
///
/// # Errors
/// As [`add_signature_timestamp`], and [`BuildError::Certificate`] or
/// [`BuildError::Revocation`] for what is no DER SEQUENCE.
pub fn add_validation_data(
    signature: &[u8],
    data: ValidationData<'_>,
) -> Result<Vec<u8>, BuildError> {
    let wrong = BuildError::SignedData;
    let (kind, mut fields) = opened(signature).map_err(wrong)?;
    let version = fields.expect(tag::INTEGER).map_err(wrong)?;
    let digests = fields.expect(tag::SET).map_err(wrong)?;
    let content = fields.expect(tag::SEQUENCE).map_err(wrong)?;
    let mut members_of = |number: u8, limit: usize| {
        let set = fields.optional(tag::context(number))?;
        members(set, limit)
    };
    let mut certificates = members_of(0, MAX_CERTIFICATES).map_err(wrong)?;
    let mut revocation = members_of(1, MAX_REVOCATION).map_err(wrong)?;
    let signers = fields.expect(tag::SET).map_err(wrong)?;
    fields.finish().map_err(wrong)?;
    for certificate in data.certificates {
        check_element(certificate, "Certificate").map_err(BuildError::Certificate)?;
        keep(&mut certificates, certificate.clone());
    }
    for list in data.revocation_lists {
        check_element(list, "CertificateList").map_err(BuildError::Revocation)?;
        keep(&mut revocation, list.clone());
    }
    for response in data.ocsp_responses {
        check_element(response, "OCSPResponse").map_err(BuildError::Revocation)?;
        // OtherRevocationInfoFormat, [1] IMPLICIT (RFC 5652, 10.2.1).
        let parts: [&[u8]; 2] = [&object_identifier(oid::RI_OCSP_RESPONSE), response];
        keep(&mut revocation, constructed(tag::context(1), &parts));
    }
    let other = revocation
        .iter()
        .any(|value| value.first() == Some(&tag::context(1)));
    // RFC 5652, 5.1: 5 where revocation information of another format is there.
    let version = if other {
        tlv::unsigned(5)
    } else {
        version.raw.to_vec()
    };
    let optional = |number: u8, members: Vec<Vec<u8>>| {
        let there = !members.is_empty();
        there.then(|| set_of(tag::context(number), members))
    };
    closed(
        kind,
        &[
            &version,
            digests.raw,
            content.raw,
            &optional(0, certificates).unwrap_or_default(),
            &optional(1, revocation).unwrap_or_default(),
            signers.raw,
        ],
    )
}

fn keep(members: &mut Vec<Vec<u8>>, one: Vec<u8>) {
    if !members.contains(&one) {
        members.push(one);
    }
}

/// An archive timestamp (version 3) that waits for its token: from B-LT to
/// B-LTA (EN 319 122-1, 5.5.3).
#[derive(Debug, Clone)]
pub struct ArchiveDraft {
    index: Vec<u8>,
    digest: [u8; 32],
}

impl ArchiveDraft {
    /// Begins an archive timestamp over everything that `signature` has now.
    /// `content` is the SHA-256 digest of the content that was signed.
    ///
    /// # Errors
    /// If the signature cannot be read as one that was made here.
    pub fn new(signature: &[u8], content: &[u8; 32]) -> Result<Self, CmsError> {
        let data = SignedData::parse(signature)?;
        let signer = data.signer().ok_or(CmsError::Signers { count: 0 })?;
        let index = archive::index(&data, signer);
        let digest = archive::digest_over(&data, signer, content, &index);
        Ok(Self { index, digest })
    }

    /// What the token has to be over: SHA-256.
    #[must_use]
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Puts the token, with the index of what it is over, into the same
    /// `signature`.
    ///
    /// # Errors
    /// As [`add_signature_timestamp`].
    pub fn finish(&self, signature: &[u8], token: &[u8]) -> Result<Vec<u8>, BuildError> {
        check_element(token, "TimeStampToken").map_err(BuildError::Token)?;
        let index = attribute(oid::ATS_HASH_INDEX_V3, &self.index);
        let token = add_unsigned(token, index)?;
        add_unsigned(signature, attribute(oid::ARCHIVE_TIMESTAMP_V3, &token))
    }
}
