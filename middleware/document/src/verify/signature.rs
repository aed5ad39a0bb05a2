//! The CMS signature over what is covered.

use sello_cades::{Certificate, CertificateReference, CmsError, SignedData};
use sello_pdf::{Object, View};

use crate::report::{Code, Finding};

/// How the dictionary says the signature is made (ISO 32000-1 12.8.3, EN 319 142-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubFilter {
    /// `ETSI.CAdES.detached`: PAdES.
    Cades,
    /// `adbe.pkcs7.detached`.
    Pkcs7,
    /// `ETSI.RFC3161`: a document timestamp.
    Timestamp,
    /// Anything else.
    Other,
}

impl SubFilter {
    pub(super) fn of(name: Option<&Object>) -> Self {
        let name = name.and_then(Object::as_name);
        match name.map(sello_pdf::Name::as_bytes) {
            Some(b"ETSI.CAdES.detached") => Self::Cades,
            Some(b"adbe.pkcs7.detached") => Self::Pkcs7,
            Some(b"ETSI.RFC3161") => Self::Timestamp,
            _ => Self::Other,
        }
    }
}

/// What was found of a CMS signature.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) findings: Vec<Finding>,
    /// Whether its value fits the certificate's key and what it says is signed.
    pub(super) signed: bool,
}

impl Checked {
    fn only(finding: Finding) -> Self {
        Self {
            findings: vec![finding],
            signed: false,
        }
    }
}

/// What stands against a CMS signature, its certificate's standing left aside. `digest` is that
/// of the content, none if what is covered is not sound.
pub(super) fn check(
    data: &SignedData,
    certificate: Option<&Certificate>,
    form: SubFilter,
    digest: Option<&[u8]>,
    view: &View<'_>,
) -> Checked {
    let mut findings = Vec::new();
    let stated = match data.message_digest() {
        Ok(stated) => stated,
        Err(error) => return Checked::only(finding(&error)),
    };
    let Some(signer) = data.signer() else {
        let detail = "no readable signer";
        return Checked::only(Finding::with(Code::SignatureMalformed, detail));
    };
    let signature = match (stated, digest) {
        (None, Some(digest)) => signer.check(certificate, digest),
        _ => signer.check_signature(certificate),
    };
    let changed = matches!((stated, digest), (Some(stated), Some(digest)) if stated != digest);
    let confirmed = stated.is_some() && digest.is_some() && !changed;
    if signature.is_ok() && !confirmed && is_copied(data, view) {
        findings.push(Finding::new(Code::CopiedSeal));
    } else if changed {
        findings.push(Finding::new(Code::DocumentChanged));
    }
    let signed = signature.is_ok();
    match signature {
        Ok(CertificateReference::Absent) if form == SubFilter::Cades => {
            findings.push(Finding::new(Code::CertificateReferenceMissing));
        }
        Ok(_) => {}
        Err(error) => findings.push(finding(&error)),
    }
    Checked { findings, signed }
}

/// Whether the signature names another document than the one it is in. The signed attributes
/// must have been confirmed.
fn is_copied(data: &SignedData, view: &View<'_>) -> bool {
    let Ok(Some(sealed)) = data.sealed_document() else {
        return false;
    };
    let halves = view.get(view.trailer(), "ID").ok();
    let halves = halves.as_ref().and_then(Object::as_array);
    let here = halves
        .and_then(<[Object]>::first)
        .and_then(Object::as_string);
    sealed.document_id.as_deref() != here
}

/// Whether a finding leaves open, or denies, that the signature value fits what it covers.
pub(super) const fn is_about_the_value(finding: &Finding) -> bool {
    !matches!(finding.code, Code::CertificateReferenceMissing)
}

/// What an error of reading or checking a CMS signature means.
pub(super) fn finding(error: &CmsError) -> Finding {
    let code = match error {
        CmsError::Empty => Code::ContentsMissing,
        CmsError::Unsupported(algorithm) if algorithm.is_weak() => Code::WeakAlgorithm,
        CmsError::Unsupported(_) => Code::UnsupportedAlgorithm,
        CmsError::NoSignerCertificate => Code::CertificateMissing,
        CmsError::CertificateReferenceMismatch => Code::CertificateReferenceMismatch,
        CmsError::MessageDigestMismatch => Code::DocumentChanged,
        CmsError::SignatureMismatch => Code::SignatureBroken,
        _ => Code::SignatureMalformed,
    };
    Finding::with(code, error)
}
