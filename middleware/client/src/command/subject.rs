//! Whom a certificate names (RFC 5280, 4.1.2.6; EN 319 412).

use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::{Ia5StringRef, PrintableStringRef, Utf8StringRef};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{Decode, Tag, Tagged};

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");

/// The holder that a certificate names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    /// Organization; the common name without one.
    pub(crate) holder: Option<String>,
    /// `organizationIdentifier`, or the individual's `serialNumber`.
    pub(crate) identifier: Option<String>,
}

/// The subject of a certificate; empty when it cannot be read.
pub(crate) fn of(certificate: &[u8]) -> Subject {
    let Ok(certificate) = Certificate::from_der(certificate) else {
        return Subject::default();
    };
    let subject = certificate.tbs_certificate().subject();
    let find = |oid| {
        let mut found = subject.iter().filter(|attribute| attribute.oid == oid);
        found.next().and_then(text)
    };
    Subject {
        holder: find(ORGANIZATION).or_else(|| find(COMMON_NAME)),
        identifier: find(ORGANIZATION_IDENTIFIER).or_else(|| find(SERIAL_NUMBER)),
    }
}

fn text(attribute: &AttributeTypeAndValue) -> Option<String> {
    let value = &attribute.value;
    match value.tag() {
        Tag::Utf8String => value
            .decode_as::<Utf8StringRef<'_>>()
            .ok()
            .map(|t| t.as_str().to_owned()),
        Tag::PrintableString => value
            .decode_as::<PrintableStringRef<'_>>()
            .ok()
            .map(|t| t.as_str().to_owned()),
        Tag::Ia5String => value
            .decode_as::<Ia5StringRef<'_>>()
            .ok()
            .map(|t| t.as_str().to_owned()),
        _ => None,
    }
}
