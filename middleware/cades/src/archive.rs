//! Archive timestamps (ETSI EN 319 122-1, 5.5): tokens over a signature with
//! everything in it, which prove that all of it existed.

use alloc::vec::Vec;

use crate::algorithm::AlgorithmIdentifier;
use crate::digest::{DigestAlgorithm, sha256_octets};
use crate::error::{Asn1Error, UnsupportedAlgorithm};
use crate::oid;
use crate::signed_data::SignedData;
use crate::signer::Signer;
use crate::timestamp::token::Token;
use crate::tlv::{self, Cursor, constructed, element, tag};

/// Most digests read in one list of an index.
const MAX_HASHES: usize = 1024;

/// Why an archive timestamp proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArchiveError {
    /// It does not list what it is over.
    #[error("the archive timestamp has no index of what it is over")]
    NoIndex,
    /// The list cannot be read.
    #[error("the archive timestamp's index cannot be read: {0}")]
    Malformed(#[from] Asn1Error),
    /// The list uses an algorithm that is not known.
    #[error(transparent)]
    Unsupported(#[from] UnsupportedAlgorithm),
    /// Something that it lists is no longer there.
    #[error("{what} that the archive timestamp is over is no longer there")]
    Missing {
        /// What kind of thing.
        what: &'static str,
    },
}

/// `ATSHashIndex` and `ATSHashIndexV3`.
struct Index {
    algorithm: DigestAlgorithm,
    certificates: Vec<Vec<u8>>,
    revocation: Vec<Vec<u8>>,
    attributes: Vec<Vec<u8>>,
}

/// The digest that the archive timestamp `token` of `signer` has to be over,
/// once it is clear that everything it lists is there. `content` is the digest
/// of the signed content, made with the token's own algorithm.
///
/// # Errors
/// [`ArchiveError`].
pub(crate) fn imprint(
    data: &SignedData,
    signer: &Signer,
    token: &Token,
    content: &[u8],
) -> Result<Vec<u8>, ArchiveError> {
    let stamper = token.signer();
    let newer = stamper.unsigned_values(oid::ATS_HASH_INDEX_V3).next();
    let (value, by_value) = match newer {
        Some(value) => (value, true),
        None => {
            let older = stamper.unsigned_values(oid::ATS_HASH_INDEX_V2).next();
            (older.ok_or(ArchiveError::NoIndex)?, false)
        }
    };
    let index = Index::parse(value)?;
    index.check(data, signer, by_value)?;
    Ok(over(token.digest_algorithm(), data, signer, content, value))
}

/// What an archive timestamp with this index is over (EN 319 122-1, 5.5.3).
fn over(
    algorithm: DigestAlgorithm,
    data: &SignedData,
    signer: &Signer,
    content: &[u8],
    index: &[u8],
) -> Vec<u8> {
    let mut hasher = algorithm.hasher();
    hasher.update(&element(tag::OBJECT_IDENTIFIER, data.content_type()));
    hasher.update(content);
    hasher.update(signer.fields());
    hasher.update(index);
    hasher.finish()
}

/// The SHA-256 digest that a new archive timestamp with this index is over.
pub(crate) fn digest_over(
    data: &SignedData,
    signer: &Signer,
    content: &[u8; 32],
    index: &[u8],
) -> [u8; 32] {
    sha256_octets(&over(DigestAlgorithm::Sha256, data, signer, content, index))
}

/// The `ATSHashIndexV3` of everything that a signature has now, in SHA-256.
pub(crate) fn index(data: &SignedData, signer: &Signer) -> Vec<u8> {
    let digest = |octets: &[u8]| DigestAlgorithm::Sha256.digest(octets);
    let hashes = |values: Vec<Vec<u8>>| {
        let hashes: Vec<Vec<u8>> = values
            .iter()
            .map(|value| element(tag::OCTET_STRING, &digest(value)))
            .collect();
        element(tag::SEQUENCE, &hashes.concat())
    };
    let algorithm = element(tag::OBJECT_IDENTIFIER, oid::SHA256);
    constructed(
        tag::SEQUENCE,
        &[
            &element(tag::SEQUENCE, &algorithm),
            &hashes(data.certificate_values().to_vec()),
            &hashes(data.revocation_values().to_vec()),
            &hashes(attribute_values(signer)),
        ],
    )
}

/// Type and value of each value of an unsigned attribute, one behind the other.
fn attribute_values(signer: &Signer) -> Vec<Vec<u8>> {
    let values = signer.unsigned().iter().flat_map(|attribute| {
        let kind = element(tag::OBJECT_IDENTIFIER, &attribute.kind);
        let values = attribute.values.iter();
        values.map(move |value| [kind.as_slice(), value].concat())
    });
    values.collect()
}

impl Index {
    /// ```asn1
    /// ATSHashIndexV3 ::= SEQUENCE { hashIndAlgorithm AlgorithmIdentifier,
    ///     certificatesHashIndex SEQUENCE OF OCTET STRING,
    ///     crlsHashIndex SEQUENCE OF OCTET STRING,
    ///     unsignedAttrValuesHashIndex SEQUENCE OF OCTET STRING }
    /// ```
    /// In the older form the algorithm may be absent and is SHA-256 then.
    fn parse(value: &[u8]) -> Result<Self, ArchiveError> {
        let structure = "ATSHashIndex";
        let sequence = tlv::single(structure, tag::SEQUENCE, value)?;
        let mut fields = Cursor::new(structure, sequence.value);
        let mut parts = fields.clone();
        let first = parts.expect(tag::SEQUENCE)?;
        let names_algorithm = first.value.first() == Some(&tag::OBJECT_IDENTIFIER);
        let algorithm = if names_algorithm {
            DigestAlgorithm::from_oid(&AlgorithmIdentifier::read(&mut fields)?.oid)?
        } else {
            DigestAlgorithm::Sha256
        };
        let mut hashes = || -> Result<Vec<Vec<u8>>, Asn1Error> {
            let list = fields.expect(tag::SEQUENCE)?;
            let mut members = Cursor::new(structure, list.value);
            let mut found = Vec::new();
            while !members.is_empty() {
                found.push(members.expect(tag::OCTET_STRING)?.value.to_vec());
                if found.len() > MAX_HASHES {
                    let limit = MAX_HASHES;
                    return Err(Asn1Error::TooLarge { structure, limit });
                }
            }
            Ok(found)
        };
        let index = Self {
            algorithm,
            certificates: hashes()?,
            revocation: hashes()?,
            attributes: hashes()?,
        };
        fields.finish()?;
        Ok(index)
    }

    /// Whether everything it lists is in the signature. `by_value`: the newer
    /// form lists values of unsigned attributes, the older whole attributes.
    fn check(
        &self,
        data: &SignedData,
        signer: &Signer,
        by_value: bool,
    ) -> Result<(), ArchiveError> {
        let digest = |octets: &[u8]| self.algorithm.digest(octets);
        let all = |listed: &[Vec<u8>], there: &[Vec<u8>], what: &'static str| {
            if listed.iter().all(|hash| there.contains(hash)) {
                Ok(())
            } else {
                Err(ArchiveError::Missing { what })
            }
        };
        let hashed = |values: &[Vec<u8>]| -> Vec<Vec<u8>> {
            values.iter().map(|value| digest(value)).collect()
        };
        all(
            &self.certificates,
            &hashed(data.certificate_values()),
            "a certificate",
        )?;
        all(
            &self.revocation,
            &hashed(data.revocation_values()),
            "a revocation list or OCSP response",
        )?;
        let attributes: Vec<Vec<u8>> = if by_value {
            hashed(&attribute_values(signer))
        } else {
            let attributes = signer.unsigned().iter();
            attributes.map(|attribute| digest(&attribute.raw)).collect()
        };
        all(&self.attributes, &attributes, "an unsigned attribute")
    }
}
