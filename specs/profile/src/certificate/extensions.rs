//! Extensions of certificates and revocation lists (RFC 5280, 4.2 and 5.2).

use const_oid::AssociatedOid;
use der::Encode;
use der::asn1::OctetString;
use sha1::{Digest, Sha1};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::AuthorityKeyIdentifier;

use crate::Error;

/// Wraps a value as an extension.
pub(crate) fn extension<T: AssociatedOid + Encode>(
    value: &T,
    critical: bool,
) -> Result<Extension, Error> {
    let der = value.to_der().map_err(Error::der("extension"))?;
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value: OctetString::new(der).map_err(Error::der("extension"))?,
    })
}

/// The key identifier of a public key: SHA-1 of the point (RFC 5280, 4.2.1.2, method 1). A name for
/// the key, not a protection.
pub(crate) fn key_identifier(point: &[u8]) -> Result<OctetString, Error> {
    OctetString::new(Sha1::digest(point).to_vec()).map_err(Error::der("key identifier"))
}

/// `authorityKeyIdentifier` with the key identifier only.
pub(crate) fn authority_key_identifier(point: &[u8]) -> Result<Extension, Error> {
    extension(
        &AuthorityKeyIdentifier {
            key_identifier: Some(key_identifier(point)?),
            authority_cert_issuer: None,
            authority_cert_serial_number: None,
        },
        false,
    )
}
