//! ECDSA on P-256 with SHA-256, the algorithm of every signature here (FIPS 186-5, RFC 5758).

use der::Decode;
use der::asn1::BitStringRef;
use der::referenced::OwnedToRef;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::Certificate;

use crate::Error;
use crate::oid::ECDSA_WITH_SHA256;

const ID_EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// Length of an uncompressed point: `04`, X, Y.
pub const POINT_LEN: usize = 65;

/// Checks an `ECDSA-Sig-Value` in DER over `data`, hashed here with SHA-256.
///
/// # Errors
/// [`Error::PublicKey`] if `point` is not an uncompressed point on the curve,
/// [`Error::Signature`] if the signature is malformed or does not fit.
pub fn check(point: &[u8], data: &[u8], signature: &[u8]) -> Result<(), Error> {
    let signature = Signature::from_der(signature).map_err(|_| Error::Signature)?;
    key(point)?
        .verify(data, &signature)
        .map_err(|_| Error::Signature)
}

/// As [`check`], over a SHA-256 digest already computed.
///
/// # Errors
/// As [`check`].
pub fn check_digest(point: &[u8], digest: &[u8; 32], signature: &[u8]) -> Result<(), Error> {
    let signature = Signature::from_der(signature).map_err(|_| Error::Signature)?;
    key(point)?
        .verify_prehash(digest, &signature)
        .map_err(|_| Error::Signature)
}

/// Checks a certificate's signature with the issuer's public key, over the bytes as read.
///
/// # Errors
/// [`Error::Der`], [`Error::Algorithm`], [`Error::PublicKey`] or [`Error::Signature`].
pub fn check_certificate(certificate: &[u8], issuer_point: &[u8]) -> Result<(), Error> {
    check_signed("certificate", certificate, issuer_point)
}

/// Checks a revocation list's signature with the issuer's public key, over the bytes as read.
///
/// # Errors
/// As [`check_certificate`].
pub fn check_crl(crl: &[u8], issuer_point: &[u8]) -> Result<(), Error> {
    check_signed("revocation list", crl, issuer_point)
}

/// The public key of a certificate (DER) as an uncompressed point.
///
/// # Errors
/// [`Error::Der`] for an unreadable certificate, [`Error::PublicKey`] for another kind of key.
pub fn certificate_point(certificate: &[u8]) -> Result<[u8; POINT_LEN], Error> {
    let certificate = Certificate::from_der(certificate).map_err(Error::der("certificate"))?;
    point_of(certificate.tbs_certificate().subject_public_key_info())
}

/// The point inside a `SubjectPublicKeyInfo`.
///
/// # Errors
/// [`Error::PublicKey`] unless it is an uncompressed point on P-256.
pub fn point_of(info: &SubjectPublicKeyInfoOwned) -> Result<[u8; POINT_LEN], Error> {
    let info = info.owned_to_ref();
    let (algorithm, curve) = info.algorithm.oids().map_err(|_| Error::PublicKey)?;
    if algorithm != ID_EC_PUBLIC_KEY || curve != Some(SECP256R1) {
        return Err(Error::PublicKey);
    }
    let bytes = info.subject_public_key.as_bytes();
    let point = bytes
        .and_then(|bytes| <[u8; POINT_LEN]>::try_from(bytes).ok())
        .ok_or(Error::PublicKey)?;
    key(&point)?;
    Ok(point)
}

/// The `SubjectPublicKeyInfo` of an uncompressed point on P-256 (RFC 5480, 2).
///
/// # Errors
/// [`Error::PublicKey`] unless the point is one.
pub fn public_key_info(point: &[u8]) -> Result<SubjectPublicKeyInfoOwned, Error> {
    key(point)?;
    Ok(SubjectPublicKeyInfoOwned {
        algorithm: AlgorithmIdentifierOwned {
            oid: ID_EC_PUBLIC_KEY,
            parameters: Some((&SECP256R1).into()),
        },
        subject_public_key: der::asn1::BitString::from_bytes(point)
            .map_err(Error::der("public key"))?,
    })
}

/// The algorithm identifier of the signatures: no parameters (RFC 5758, 3.2).
pub(crate) fn algorithm() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid: ECDSA_WITH_SHA256,
        parameters: None,
    }
}

/// The three fields that certificates and revocation lists share, borrowed as they stand.
#[derive(der::Sequence)]
struct Signed<'a> {
    to_be_signed: der::asn1::AnyRef<'a>,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitStringRef<'a>,
}

fn check_signed(what: &'static str, der: &[u8], issuer_point: &[u8]) -> Result<(), Error> {
    use der::Encode;
    let signed = Signed::from_der(der).map_err(Error::der(what))?;
    if signed.algorithm != algorithm() {
        return Err(Error::Algorithm(signed.algorithm.oid.into()));
    }
    // Tag and length are in their only DER form or `from_der` fails, so this gives the bytes read.
    let data = signed.to_be_signed.to_der().map_err(Error::der(what))?;
    let signature = signed.signature.as_bytes().ok_or(Error::Signature)?;
    check(issuer_point, &data, signature)
}

fn key(point: &[u8]) -> Result<VerifyingKey, Error> {
    if point.len() != POINT_LEN {
        return Err(Error::PublicKey);
    }
    VerifyingKey::from_sec1_bytes(point).map_err(|_| Error::PublicKey)
}
