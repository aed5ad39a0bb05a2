//! X.509 certificates as read (RFC 5280, 4.1).

use alloc::string::String;
use alloc::vec::Vec;

use sello_profile::oid::SEAL_MAKER;
use time::OffsetDateTime;

use crate::algorithm::{AlgorithmIdentifier, Signed};
use crate::datetime;
use crate::error::Asn1Error;
use crate::extensions::{BasicConstraints, Extensions, KeyUsage, ce, extended_key_usage};
use crate::key::{KeyError, PublicKey};
use crate::name::DistinguishedName;
use crate::scheme::Scheme;
use crate::tlv::{self, Cursor, tag};
use crate::weakness::{Weakness, of_scheme};

/// Longest certificate read, in bytes.
pub const MAX_CERTIFICATE: usize = 64 * 1024;

/// Extensions whose meaning is taken into account (RFC 5280, 4.2 and 6.1).
/// Distribution points are known in so far as lists come with the document or
/// from the trust store only.
const KNOWN: [u8; 13] = [
    ce::SUBJECT_KEY_IDENTIFIER,
    ce::KEY_USAGE,
    ce::SUBJECT_ALT_NAME,
    ce::ISSUER_ALT_NAME,
    ce::BASIC_CONSTRAINTS,
    ce::NAME_CONSTRAINTS,
    ce::CRL_DISTRIBUTION_POINTS,
    ce::CERTIFICATE_POLICIES,
    ce::POLICY_MAPPINGS,
    ce::AUTHORITY_KEY_IDENTIFIER,
    ce::POLICY_CONSTRAINTS,
    ce::EXTENDED_KEY_USAGE,
    ce::INHIBIT_ANY_POLICY,
];

/// A certificate, with the octets it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    tbs: Vec<u8>,
    serial: Vec<u8>,
    issuer: DistinguishedName,
    subject: DistinguishedName,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    key: PublicKey,
    extensions: Extensions,
    constraints: Option<BasicConstraints>,
    usage: Option<KeyUsage>,
    extended_usage: Option<Vec<Vec<u8>>>,
    algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
}

impl Certificate {
    /// Reads one certificate, strictly.
    ///
    /// # Errors
    /// [`Asn1Error`] with the structure and what is wrong in it.
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        let Signed {
            tbs,
            algorithm,
            signature,
        } = Signed::from_der("Certificate", der, MAX_CERTIFICATE)?;

        let structure = "TBSCertificate";
        let mut fields = Cursor::new(structure, tbs.value);
        let versioned = fields.optional(tag::context(0))?.is_some();
        let serial = fields.expect(tag::INTEGER)?.value.to_vec();
        let inner = AlgorithmIdentifier::read(&mut fields)?;
        if inner != algorithm {
            let what = "the two signature algorithms differ";
            return Err(Asn1Error::Value { structure, what });
        }
        let issuer = DistinguishedName::read(&mut fields)?;
        let validity = fields.expect(tag::SEQUENCE)?;
        let mut times = Cursor::new("Validity", validity.value);
        let not_before = datetime::read(&mut times, "Validity")?;
        let not_after = datetime::read(&mut times, "Validity")?;
        times.finish()?;
        let subject = DistinguishedName::read(&mut fields)?;
        let key = PublicKey::read(&mut fields)?;
        for unique_id in [1, 2] {
            fields.optional(tag::context_primitive(unique_id))?;
        }
        let extensions = read_extensions(&mut fields)?;
        fields.finish()?;
        if !versioned && extensions != Extensions::default() {
            let what = "extensions in a version 1 certificate";
            return Err(Asn1Error::Value { structure, what });
        }
        Ok(Self {
            der: der.to_vec(),
            tbs: tbs.raw.to_vec(),
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            key,
            constraints: parsed(&extensions, ce::BASIC_CONSTRAINTS, BasicConstraints::parse)?,
            usage: parsed(&extensions, ce::KEY_USAGE, KeyUsage::parse)?,
            extended_usage: parsed(&extensions, ce::EXTENDED_KEY_USAGE, extended_key_usage)?,
            extensions,
            algorithm,
            signature,
        })
    }

    /// The octets it was read from.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Content octets of the serial number, big endian.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The serial number in hexadecimal, without a leading sign octet.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        use core::fmt::Write as _;
        let digits = match self.serial.as_slice() {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        };
        digits.iter().fold(String::new(), |mut text, octet| {
            // Writing to memory cannot fail.
            let _ = write!(text, "{octet:02x}");
            text
        })
    }

    /// Who issued it.
    #[must_use]
    pub const fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    /// Whom it names.
    #[must_use]
    pub const fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// First moment of validity.
    #[must_use]
    pub const fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    /// Last moment of validity.
    #[must_use]
    pub const fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// Value of the subject key identifier, where there is one.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        let extension = self.extensions.get(ce::SUBJECT_KEY_IDENTIFIER)?;
        tlv::single("SubjectKeyIdentifier", tag::OCTET_STRING, &extension.value)
            .ok()
            .map(|element| element.value)
    }

    /// Whether its only extended key usage is "seal maker", and that critical.
    #[must_use]
    pub fn is_seal_maker(&self) -> bool {
        self.is_only_for(SEAL_MAKER.as_bytes())
    }

    /// Whether this is its only extended key usage, and that critical.
    pub(crate) fn is_only_for(&self, wanted: &[u8]) -> bool {
        let critical = self
            .extensions
            .get(ce::EXTENDED_KEY_USAGE)
            .is_some_and(|extension| extension.critical);
        let usages = self.extended_usage.as_deref().unwrap_or_default();
        critical && matches!(usages, [only] if only == wanted)
    }

    pub(crate) const fn key(&self) -> &PublicKey {
        &self.key
    }

    pub(crate) fn extended_usage(&self) -> Option<&[Vec<u8>]> {
        self.extended_usage.as_deref()
    }

    pub(crate) const fn constraints(&self) -> Option<BasicConstraints> {
        self.constraints
    }

    /// Whether key usage allows any of these; a certificate without the
    /// extension allows all (RFC 5280, 4.2.1.3).
    pub(crate) fn may(&self, usages: u8) -> bool {
        self.usage.is_none_or(|usage| usage.allows(usages))
    }

    /// A critical extension whose meaning is not taken into account here.
    pub(crate) fn unknown_critical(&self) -> Option<String> {
        self.extensions.unknown_critical(&KNOWN)
    }

    /// The value of the extension with this number under `id-ce`.
    pub(crate) fn extension(&self, number: u8) -> Option<&[u8]> {
        let extension = self.extensions.get(number)?;
        Some(&extension.value)
    }

    /// Whether it has the extension with this identifier.
    pub(crate) fn has_extension(&self, oid: &[u8]) -> bool {
        self.extensions.with_oid(oid).is_some()
    }

    /// Whether issuer and subject are the same name (RFC 5280, 6.1).
    pub(crate) fn is_self_issued(&self) -> bool {
        self.issuer.matches(&self.subject)
    }

    /// The weak algorithm that its issuer signed it with, if it is one.
    pub(crate) fn weakness(&self) -> Option<Weakness> {
        let scheme = Scheme::of(&self.algorithm, None).ok()?;
        of_scheme(scheme)
    }

    /// Checks this certificate's signature with its issuer's key.
    pub(crate) fn check_signature(&self, issuer: &PublicKey) -> Result<(), KeyError> {
        issuer.verify(&self.algorithm, &self.tbs, &self.signature)
    }
}

fn read_extensions(fields: &mut Cursor<'_>) -> Result<Extensions, Asn1Error> {
    let Some(explicit) = fields.optional(tag::context(3))? else {
        return Ok(Extensions::default());
    };
    let mut inner = Cursor::new("TBSCertificate", explicit.value);
    let extensions = Extensions::read(&mut inner)?;
    inner.finish()?;
    Ok(extensions)
}

fn parsed<T>(
    extensions: &Extensions,
    number: u8,
    parse: impl FnOnce(&[u8]) -> Result<T, Asn1Error>,
) -> Result<Option<T>, Asn1Error> {
    let extension = extensions.get(number);
    extension
        .map(|extension| parse(&extension.value))
        .transpose()
}
