//! Whether a journal's head is the card's: its signature, and the certificate of the key.

use sello_cades::{Certificate, CertificatePath, PathError, Purpose, TrustStore};
use sello_profile::ecdsa;
use time::OffsetDateTime;

use super::Record;
use super::finding::Finding;

/// Checks the signature of the head. `fresh` when its nonce was chosen for this very check, so that
/// nothing older can be shown for it.
pub(crate) fn head(record: &Record, fresh: bool) -> Finding {
    let Some(certificate) = &record.certificate else {
        return Finding::CertificateMissing;
    };
    let Ok(point) = ecdsa::certificate_point(certificate) else {
        return Finding::CertificateUnreadable;
    };
    match ecdsa::check_digest(&point, &record.head.digest(), &record.head.signature) {
        Ok(()) => Finding::HeadSigned { fresh },
        Err(_) => Finding::HeadForged,
    }
}

/// Checks that the certificate is this card's, and a center's.
pub(crate) fn attestation(
    record: &Record,
    devices: &TrustStore,
    at: OffsetDateTime,
) -> Option<Finding> {
    let certificate = Certificate::from_der(record.certificate.as_ref()?);
    let Ok(certificate) = certificate else {
        return Some(Finding::CertificateUnreadable);
    };
    let expected = format!("Sello card {:08}", record.head.serial);
    if certificate.subject().attribute("CN") != Some(&expected) {
        let subject = certificate.subject().to_string();
        return Some(Finding::CertificateOfOther { subject });
    }
    Some(path(&certificate, devices, at))
}

fn path(certificate: &Certificate, devices: &TrustStore, at: OffsetDateTime) -> Finding {
    let path = match CertificatePath::find(certificate, &[], devices, Purpose::Device) {
        Ok(path) => path,
        Err(error @ (PathError::NoAnchor { .. } | PathError::Unsupported { .. })) => {
            return Finding::CertificateUntrusted {
                reason: error.to_string(),
            };
        }
        Err(error) => {
            return Finding::CertificateForged {
                reason: error.to_string(),
            };
        }
    };
    let out_of_time =
        |certificate: &&Certificate| at < certificate.not_before() || at > certificate.not_after();
    match path.certificates().iter().find(out_of_time) {
        Some(certificate) => Finding::CertificateUntrusted {
            reason: format!(
                "the certificate of {} is valid from {} to {}",
                certificate.subject(),
                certificate.not_before(),
                certificate.not_after()
            ),
        },
        None => Finding::CertificateTrusted {
            issuer: certificate.issuer().to_string(),
        },
    }
}
