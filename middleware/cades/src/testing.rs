//! A small certification authority for the tests: every field can be wrong.

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::certificate::Certificate;
use crate::crl::RevocationList;
use crate::oid;
use crate::tlv::{constructed, element, tag, unsigned};

/// The time of verification in the tests.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

pub(crate) struct Key(SigningKey);

impl Key {
    pub(crate) fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub(crate) fn sign_digest(&self, digest: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.0.sign_prehash(digest).unwrap();
        signature.as_bytes().to_vec()
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.sign_digest(&Sha256::digest(bytes))
    }

    fn public(&self) -> Vec<u8> {
        let point = self.0.verifying_key().to_sec1_point(false);
        let mut bits = vec![0];
        bits.extend_from_slice(point.as_bytes());
        constructed(
            tag::SEQUENCE,
            &[
                &constructed(
                    tag::SEQUENCE,
                    &[
                        &element(tag::OBJECT_IDENTIFIER, oid::EC_PUBLIC_KEY),
                        &element(tag::OBJECT_IDENTIFIER, oid::P256),
                    ],
                ),
                &element(tag::BIT_STRING, &bits),
            ],
        )
    }
}

pub(crate) fn name(common_name: &str) -> Vec<u8> {
    let pair = constructed(
        tag::SEQUENCE,
        &[
            &element(tag::OBJECT_IDENTIFIER, &[0x55, 4, 3]),
            &element(0x0c, common_name.as_bytes()),
        ],
    );
    element(tag::SEQUENCE, &element(tag::SET, &pair))
}

pub(crate) fn extension(number: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical {
        element(tag::BOOLEAN, &[0xff])
    } else {
        Vec::new()
    };
    constructed(
        tag::SEQUENCE,
        &[
            &element(tag::OBJECT_IDENTIFIER, &[0x55, 0x1d, number]),
            &critical,
            &element(tag::OCTET_STRING, value),
        ],
    )
}

/// What a certificate of the tests says; each field may be set apart.
pub(crate) struct Template<'a> {
    pub(crate) serial: u64,
    pub(crate) subject: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) validity: (&'a str, &'a str),
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl<'a> Template<'a> {
    pub(crate) fn authority(subject: &'a str, issuer: &'a str) -> Self {
        Self {
            serial: 1,
            subject,
            issuer,
            validity: ("20250101000000Z", "20351231235959Z"),
            extensions: vec![
                extension(19, true, &[0x30, 3, 1, 1, 0xff]),
                extension(15, true, &[3, 2, 1, 6]),
            ],
        }
    }

    pub(crate) fn end(subject: &'a str, issuer: &'a str) -> Self {
        Self {
            serial: 7,
            extensions: vec![extension(15, true, &[3, 2, 6, 0xc0])],
            ..Self::authority(subject, issuer)
        }
    }

    pub(crate) fn der(&self, key: &Key, issuer: &Key) -> Vec<u8> {
        let times = constructed(
            tag::SEQUENCE,
            &[
                &element(tag::GENERALIZED_TIME, self.validity.0.as_bytes()),
                &element(tag::GENERALIZED_TIME, self.validity.1.as_bytes()),
            ],
        );
        let extensions = element(tag::SEQUENCE, &self.extensions.concat());
        let tbs = constructed(
            tag::SEQUENCE,
            &[
                &element(tag::context(0), &unsigned(2)),
                &unsigned(self.serial),
                &ecdsa_sha256(),
                &name(self.issuer),
                &times,
                &name(self.subject),
                &key.public(),
                &element(tag::context(3), &extensions),
            ],
        );
        signed(&tbs, issuer)
    }

    pub(crate) fn issue(&self, key: &Key, issuer: &Key) -> Certificate {
        Certificate::from_der(&self.der(key, issuer)).unwrap()
    }
}

/// A revocation list; entries are serial number and reason.
pub(crate) fn crl(
    issuer: &str,
    key: &Key,
    times: (&str, &str),
    entries: &[(u64, u8)],
    extensions: &[Vec<u8>],
) -> RevocationList {
    let entries: Vec<u8> = entries
        .iter()
        .flat_map(|(serial, reason)| {
            let reason = extension(21, false, &element(tag::ENUMERATED, &[*reason]));
            constructed(
                tag::SEQUENCE,
                &[
                    &unsigned(*serial),
                    &element(tag::UTC_TIME, b"260601000000Z"),
                    &element(tag::SEQUENCE, &reason),
                ],
            )
        })
        .collect();
    let entries = if entries.is_empty() {
        entries
    } else {
        element(tag::SEQUENCE, &entries)
    };
    let extensions = element(tag::SEQUENCE, &extensions.concat());
    let tbs = constructed(
        tag::SEQUENCE,
        &[
            &unsigned(1),
            &ecdsa_sha256(),
            &name(issuer),
            &element(tag::GENERALIZED_TIME, times.0.as_bytes()),
            &element(tag::GENERALIZED_TIME, times.1.as_bytes()),
            &entries,
            &element(tag::context(0), &extensions),
        ],
    );
    RevocationList::from_der(&signed(&tbs, key)).unwrap()
}

fn ecdsa_sha256() -> Vec<u8> {
    element(
        tag::SEQUENCE,
        &element(tag::OBJECT_IDENTIFIER, oid::ECDSA_SHA256),
    )
}

fn signed(tbs: &[u8], key: &Key) -> Vec<u8> {
    let mut bits = vec![0];
    bits.extend(key.sign(tbs));
    constructed(
        tag::SEQUENCE,
        &[tbs, &ecdsa_sha256(), &element(tag::BIT_STRING, &bits)],
    )
}
