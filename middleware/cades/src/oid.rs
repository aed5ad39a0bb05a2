//! Object identifiers of the standards, as DER content octets, and their names.

use alloc::string::{String, ToString};

use sello_profile::oid::RawOid;

/// id-data (RFC 5652, 4).
pub(crate) const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
/// id-signedData (RFC 5652, 5.1).
pub(crate) const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// id-contentType (RFC 5652, 11.1).
pub(crate) const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
/// id-messageDigest (RFC 5652, 11.2).
pub(crate) const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
/// id-signingTime (RFC 5652, 11.3).
pub(crate) const SIGNING_TIME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05];
/// id-aa-signingCertificate (RFC 2634, 5.4).
pub(crate) const SIGNING_CERTIFICATE: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0c,
];
/// id-aa-signingCertificateV2 (RFC 5035, 3).
pub(crate) const SIGNING_CERTIFICATE_V2: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f,
];
/// id-sha256 (RFC 5754, 2.2).
pub(crate) const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// id-sha384 (RFC 5754, 2.3).
pub(crate) const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
/// id-sha512 (RFC 5754, 2.4).
pub(crate) const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
/// id-ecPublicKey (RFC 5480, 2.1.1).
pub(crate) const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// secp256r1 (RFC 5480, 2.1.1.1).
pub(crate) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// ecdsa-with-SHA256 (RFC 5758, 3.2).
pub(crate) const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// ecdsa-with-SHA384 (RFC 5758, 3.2).
pub(crate) const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
/// ecdsa-with-SHA512 (RFC 5758, 3.2).
pub(crate) const ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];
/// id-sha1 (RFC 3370, 2.1).
pub(crate) const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
/// id-sha224 (RFC 5754, 2.1).
pub(crate) const SHA224: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04];
/// secp384r1 (RFC 5480, 2.1.1.1).
pub(crate) const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
/// secp521r1 (RFC 5480, 2.1.1.1).
pub(crate) const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
/// brainpoolP256r1 (RFC 5639, 4.1).
pub(crate) const BRAINPOOL_P256: &[u8] = &[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07];
/// brainpoolP384r1 (RFC 5639, 4.1).
pub(crate) const BRAINPOOL_P384: &[u8] = &[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0b];
/// ecdsa-with-SHA1 (RFC 3279, 2.2.3).
pub(crate) const ECDSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01];
/// ecdsa-with-SHA224 (RFC 5758, 3.2).
pub(crate) const ECDSA_SHA224: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x01];
/// ecdsa-plain-SHA1 (BSI TR-03111, 5.2.1.1).
pub(crate) const PLAIN_SHA1: &[u8] = &[0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x01];
/// ecdsa-plain-SHA224 (BSI TR-03111, 5.2.1.1).
pub(crate) const PLAIN_SHA224: &[u8] =
    &[0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x02];
/// ecdsa-plain-SHA256 (BSI TR-03111, 5.2.1.1).
pub(crate) const PLAIN_SHA256: &[u8] =
    &[0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x03];
/// ecdsa-plain-SHA384 (BSI TR-03111, 5.2.1.1).
pub(crate) const PLAIN_SHA384: &[u8] =
    &[0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x04];
/// ecdsa-plain-SHA512 (BSI TR-03111, 5.2.1.1).
pub(crate) const PLAIN_SHA512: &[u8] =
    &[0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x05];
/// rsaEncryption (RFC 8017, A.1).
pub(crate) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// sha1WithRSAEncryption (RFC 8017, A.2.4).
pub(crate) const RSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05];
/// sha224WithRSAEncryption (RFC 8017, A.2.4).
pub(crate) const RSA_SHA224: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0e];
/// sha256WithRSAEncryption (RFC 8017, A.2.4).
pub(crate) const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
/// sha384WithRSAEncryption (RFC 8017, A.2.4).
pub(crate) const RSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c];
/// sha512WithRSAEncryption (RFC 8017, A.2.4).
pub(crate) const RSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d];
/// id-RSASSA-PSS (RFC 8017, A.2.3).
pub(crate) const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// id-mgf1 (RFC 8017, A.2.1).
pub(crate) const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
/// id-Ed25519 (RFC 8410, 3).
pub(crate) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// id-countersignature (RFC 5652, 11.4).
pub(crate) const COUNTER_SIGNATURE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x06];
/// id-aa-cmsAlgorithmProtection (RFC 6211, 2).
pub(crate) const ALGORITHM_PROTECTION: &[u8] =
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x34];
/// id-aa-contentHint (RFC 2634, 2.9).
pub(crate) const CONTENT_HINTS: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x04,
];
/// id-ct-TSTInfo (RFC 3161, 2.4.2).
pub(crate) const TST_INFO: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04,
];
/// id-aa-ets-sigPolicyId (EN 319 122-1, 5.2.9).
pub(crate) const SIGNATURE_POLICY: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0f,
];
/// id-aa-signatureTimeStampToken (EN 319 122-1, 5.3).
pub(crate) const SIGNATURE_TIMESTAMP: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0e,
];
/// id-aa-ets-contentTimestamp (EN 319 122-1, 5.2.8).
pub(crate) const CONTENT_TIMESTAMP: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x14,
];
/// id-aa-ets-certValues (EN 319 122-1, 5.4.2).
pub(crate) const CERTIFICATE_VALUES: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x17,
];
/// id-aa-ets-revocationValues (EN 319 122-1, 5.4.2).
pub(crate) const REVOCATION_VALUES: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x18,
];
/// id-aa-ets-archiveTimestampV3 (EN 319 122-1, 5.5.3).
pub(crate) const ARCHIVE_TIMESTAMP_V3: &[u8] = &[0x04, 0x00, 0x8d, 0x45, 0x02, 0x04];
/// id-aa-ATSHashIndex (TS 101 733 V2.2.1, 6.4.2).
pub(crate) const ATS_HASH_INDEX_V2: &[u8] = &[0x04, 0x00, 0x8d, 0x45, 0x02, 0x05];
/// id-aa-ATSHashIndex-v3 (EN 319 122-1, 5.5.2).
pub(crate) const ATS_HASH_INDEX_V3: &[u8] = &[0x04, 0x00, 0x81, 0x95, 0x32, 0x01, 0x05];
/// id-pkix-ocsp-basic (RFC 6960, 4.2.1).
pub(crate) const OCSP_BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
/// id-pkix-ocsp-nonce (RFC 6960, 4.4.1).
pub(crate) const OCSP_NONCE: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02];
/// id-pkix-ocsp-nocheck (RFC 6960, 4.2.2.2.1).
pub(crate) const OCSP_NO_CHECK: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05];
/// id-ri-ocsp-response (RFC 5940, 2).
pub(crate) const RI_OCSP_RESPONSE: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x10, 0x02];
/// id-kp-timeStamping (RFC 3161, 2.3).
pub(crate) const KP_TIME_STAMPING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];
/// id-kp-OCSPSigning (RFC 6960, 4.2.2.2).
pub(crate) const KP_OCSP_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x09];

/// id-aa-contentIdentifier (RFC 2634, 2.7).
pub(crate) const CONTENT_IDENTIFIER: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x07,
];

/// Usual names of algorithms, for messages.
const NAMES: &[(&str, &str)] = &[
    ("1.3.14.3.2.26", "SHA-1"),
    ("1.2.840.113549.2.5", "MD5"),
    ("2.16.840.1.101.3.4.2.1", "SHA-256"),
    ("2.16.840.1.101.3.4.2.2", "SHA-384"),
    ("2.16.840.1.101.3.4.2.3", "SHA-512"),
    ("1.2.156.10197.1.401", "SM3"),
    ("1.2.840.113549.1.1.1", "RSA"),
    ("1.2.840.113549.1.1.5", "RSA with SHA-1"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.11", "RSA with SHA-256"),
    ("1.2.840.113549.1.1.12", "RSA with SHA-384"),
    ("1.2.840.113549.1.1.13", "RSA with SHA-512"),
    ("1.2.840.113549.1.1.4", "RSA with MD5"),
    ("1.2.840.113549.1.1.14", "RSA with SHA-224"),
    ("2.16.840.1.101.3.4.2.4", "SHA-224"),
    ("2.16.840.1.101.3.4.2.8", "SHA3-256"),
    ("2.16.840.1.101.3.4.2.9", "SHA3-384"),
    ("2.16.840.1.101.3.4.2.10", "SHA3-512"),
    ("1.3.36.3.2.1", "RIPEMD-160"),
    ("1.2.840.10045.4.3.1", "ECDSA with SHA-224"),
    ("0.4.0.127.0.7.1.1.4.1.1", "plain ECDSA with SHA-1"),
    ("0.4.0.127.0.7.1.1.4.1.2", "plain ECDSA with SHA-224"),
    ("0.4.0.127.0.7.1.1.4.1.4", "plain ECDSA with SHA-384"),
    ("0.4.0.127.0.7.1.1.4.1.5", "plain ECDSA with SHA-512"),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
    ("1.3.101.113", "Ed448"),
    ("1.2.840.10040.4.3", "DSA with SHA-1"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10045.2.1", "ECDSA"),
    ("1.2.840.10045.3.1.7", "P-256"),
    ("1.3.132.0.34", "P-384"),
    ("1.3.132.0.35", "P-521"),
    ("1.2.840.10045.4.1", "ECDSA with SHA-1"),
    ("1.2.840.10045.4.3.2", "ECDSA with SHA-256"),
    ("1.2.840.10045.4.3.3", "ECDSA with SHA-384"),
    ("1.2.840.10045.4.3.4", "ECDSA with SHA-512"),
    ("0.4.0.127.0.7.1.1.4.1.3", "plain ECDSA with SHA-256"),
    ("1.3.101.112", "Ed25519"),
    ("1.2.156.10197.1.501", "SM2 with SM3"),
];

/// The usual name of an algorithm, or its dotted form where none is known.
pub(crate) fn name(content: &[u8]) -> String {
    let Ok(oid) = RawOid::from_content(content) else {
        return String::from("(unreadable object identifier)");
    };
    let dotted = oid.to_string();
    let known = NAMES.iter().find(|(text, _)| *text == dotted);
    known.map_or(dotted, |(_, usual)| String::from(*usual))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_agree_with_the_content_octets() {
        assert_eq!(name(SHA256), "SHA-256");
        assert_eq!(name(ECDSA_SHA256), "ECDSA with SHA-256");
        assert_eq!(name(P256), "P-256");
        assert_eq!(name(&[0x2a, 0x03]), "1.2.3");
        assert_eq!(name(&[0x80]), "(unreadable object identifier)");
    }
}
