//! The checks of RFC 5280, 6.1, along a whole path; times and revocation are
//! asked apart.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::PathError;
use super::policy::{Policies, PolicyInputs, PolicyState};
use crate::certificate::Certificate;
use crate::error::Asn1Error;
use crate::extensions::{KeyUsage, ce};
use crate::general_name::{GeneralName, NameConstraints};
use crate::tlv::{self, tag};

/// Checks a path, the certificate asked for first and the anchor last. The
/// signatures have been checked when it was built. What the anchor's own
/// certificate constrains binds too (RFC 5937).
pub(super) fn validate(path: &[&Certificate], policies: &PolicyInputs) -> Result<(), PathError> {
    let count = path.len().saturating_sub(1);
    let mut state = PolicyState::new(policies, u32::try_from(count).unwrap_or(u32::MAX));
    let mut constraints: Vec<NameConstraints> = Vec::new();
    let mut allowed = usize::MAX;
    let mut authorities = 0_usize;
    for (index, certificate) in path.iter().rev().enumerate() {
        let (first, last) = (index == 0, index == count);
        let subject = || certificate.subject().to_string();
        let malformed = |cause| PathError::Extension {
            subject: subject(),
            cause,
        };
        let policies = policies_of(certificate).map_err(malformed)?;
        let self_issued = certificate.is_self_issued();
        if !first {
            if !self_issued || last {
                check_names(certificate, &constraints)?;
            }
            if !state.process(&policies, last, self_issued) {
                return Err(PathError::Policy { subject: subject() });
            }
        }
        if last {
            if first || state.finish(&policies) {
                return Ok(());
            }
            return Err(PathError::Policy { subject: subject() });
        }
        if !first && !state.prepare(&policies, self_issued) {
            return Err(PathError::Policy { subject: subject() });
        }
        check_authority(certificate)?;
        // 6.1.4 l and m: authorities that follow, self-issued ones not counted.
        if !first && !self_issued {
            authorities = authorities.saturating_add(1);
            if authorities > allowed {
                return Err(PathError::PathLength {
                    subject: limiting(path, index),
                });
            }
        }
        let stated = certificate.constraints();
        if let Some(length) = stated.and_then(|constraints| constraints.path_length) {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            allowed = allowed.min(authorities.saturating_add(length));
        }
        if let Some(value) = certificate.extension(ce::NAME_CONSTRAINTS) {
            constraints.push(NameConstraints::parse(value).map_err(malformed)?);
        }
    }
    Ok(())
}

/// The authority nearest above `index` (counted from the anchor) that states a
/// path length.
fn limiting(path: &[&Certificate], index: usize) -> String {
    let above = path.iter().rev().take(index).rev();
    let mut stating = above.filter(|certificate| {
        let constraints = certificate.constraints();
        constraints.is_some_and(|constraints| constraints.path_length.is_some())
    });
    stating
        .next()
        .map(|certificate| certificate.subject().to_string())
        .unwrap_or_default()
}

fn check_authority(certificate: &Certificate) -> Result<(), PathError> {
    let subject = certificate.subject().to_string();
    let constraints = certificate.constraints();
    let is_authority = constraints.is_some_and(|constraints| constraints.ca);
    if !is_authority || !certificate.may(KeyUsage::KEY_CERT_SIGN) {
        return Err(PathError::NotAuthority { subject });
    }
    match certificate.unknown_critical() {
        Some(oid) => Err(PathError::UnknownCriticalExtension { subject, oid }),
        None => Ok(()),
    }
}

fn policies_of(certificate: &Certificate) -> Result<Policies, Asn1Error> {
    Policies::parse(
        certificate.extension(ce::CERTIFICATE_POLICIES),
        certificate.extension(ce::POLICY_MAPPINGS),
        certificate.extension(ce::POLICY_CONSTRAINTS),
        certificate.extension(ce::INHIBIT_ANY_POLICY),
    )
}

fn check_names(
    certificate: &Certificate,
    constraints: &[NameConstraints],
) -> Result<(), PathError> {
    if constraints.is_empty() {
        return Ok(());
    }
    let subject = || certificate.subject().to_string();
    let names = names_of(certificate).map_err(|cause| PathError::Extension {
        subject: subject(),
        cause,
    })?;
    let kept = |name: &GeneralName| constraints.iter().all(|set| set.allow(name));
    if names.iter().all(kept) {
        Ok(())
    } else {
        Err(PathError::NameConstraints { subject: subject() })
    }
}

/// Every name of a certificate: subject, alternative names, and the mail
/// addresses in the subject where there are no alternative names
/// (RFC 5280, 4.2.1.10).
fn names_of(certificate: &Certificate) -> Result<Vec<GeneralName>, Asn1Error> {
    let mut names = Vec::new();
    let subject = certificate.subject();
    if !subject.is_empty() {
        names.push(GeneralName::Directory(subject.clone()));
    }
    match certificate.extension(ce::SUBJECT_ALT_NAME) {
        Some(value) => {
            let sequence = tlv::single("SubjectAltName", tag::SEQUENCE, value)?;
            names.extend(GeneralName::read_all(sequence.value)?);
        }
        None => {
            let mails = subject.attributes("E");
            names.extend(mails.map(|mail| GeneralName::Mail(mail.as_bytes().to_vec())));
        }
    }
    Ok(names)
}
