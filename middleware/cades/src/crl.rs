//! Certificate revocation lists (RFC 5280, 5), and what they say of a
//! certificate.

use alloc::vec::Vec;

use time::OffsetDateTime;

use crate::algorithm::{AlgorithmIdentifier, Signed};
use crate::certificate::Certificate;
use crate::datetime;
use crate::distribution::{IssuingDistributionPoint, scope};
use crate::error::Asn1Error;
use crate::extensions::{Extensions, KeyUsage, ce};
use crate::name::DistinguishedName;
use crate::revocation::{CLOCK_SKEW, CrlProblem, Moment, RevocationReason, Word};
use crate::tlv::{self, Cursor, tag};

/// Longest list read, in bytes.
pub const MAX_CRL: usize = 16 * 1024 * 1024;
/// Extensions of lists and entries that are taken into account.
const KNOWN: [u8; 7] = [
    ce::DELTA_CRL_INDICATOR,
    ce::AUTHORITY_KEY_IDENTIFIER,
    ce::ISSUER_ALT_NAME,
    ce::CRL_NUMBER,
    ce::REASON_CODE,
    ce::ISSUING_DISTRIBUTION_POINT,
    ce::FRESHEST_CRL,
];

/// A revocation list as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationList {
    tbs: Vec<u8>,
    issuer: DistinguishedName,
    this_update: OffsetDateTime,
    next_update: Option<OffsetDateTime>,
    entries: Vec<u8>,
    extensions: Extensions,
    algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
}

impl RevocationList {
    /// Reads one list, strictly; its entries are read when asked for.
    ///
    /// # Errors
    /// [`Asn1Error`] with the structure and what is wrong in it.
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        let Signed {
            tbs,
            algorithm,
            signature,
        } = Signed::from_der("CertificateList", der, MAX_CRL)?;

        let structure = "TBSCertList";
        let mut fields = Cursor::new(structure, tbs.value);
        fields.optional(tag::INTEGER)?;
        if AlgorithmIdentifier::read(&mut fields)? != algorithm {
            let what = "the two signature algorithms differ";
            return Err(Asn1Error::Value { structure, what });
        }
        let issuer = DistinguishedName::read(&mut fields)?;
        let this_update = datetime::read(&mut fields, structure)?;
        let next_update = datetime::is_next(&fields)
            .then(|| datetime::read(&mut fields, structure))
            .transpose()?;
        let entries = fields.optional(tag::SEQUENCE)?;
        let extensions = match fields.optional(tag::context(0))? {
            Some(explicit) => {
                let mut inner = Cursor::new(structure, explicit.value);
                let extensions = Extensions::read(&mut inner)?;
                inner.finish()?;
                extensions
            }
            None => Extensions::default(),
        };
        fields.finish()?;
        Ok(Self {
            tbs: tbs.raw.to_vec(),
            issuer,
            this_update,
            next_update,
            entries: entries.map_or_else(Vec::new, |entries| entries.value.to_vec()),
            extensions,
            algorithm,
            signature,
        })
    }

    /// Who made it.
    #[must_use]
    pub const fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    /// When it was made.
    #[must_use]
    pub const fn this_update(&self) -> OffsetDateTime {
        self.this_update
    }

    /// When the next one is due at the latest.
    #[must_use]
    pub const fn next_update(&self) -> Option<OffsetDateTime> {
        self.next_update
    }

    /// What it says of `certificate`, whose issuer's lists are signed with the
    /// key of `signer`.
    pub(crate) fn word(
        &self,
        certificate: &Certificate,
        signer: &Certificate,
        moment: Moment,
    ) -> Result<Word, CrlProblem> {
        let reasons = self.scope(certificate)?;
        self.check(signer, moment.now)?;
        let revoked = self.entry(certificate.serial())?;
        if self.is_delta() && revoked.is_none_or(|(_, reason)| reason == RevocationReason::Removed)
        {
            return Err(CrlProblem::Delta);
        }
        // RFC 5280, 5: a list need not name what had expired before it was made.
        let forgotten = moment.is_past()
            && self.this_update > certificate.not_after()
            && self.extensions.get(ce::EXPIRED_CERTS_ON_CRL).is_none();
        if revoked.is_none() && forgotten {
            return Err(CrlProblem::OtherScope);
        }
        Ok(Word {
            this_update: self.this_update,
            next_update: self.next_update,
            revoked,
            reasons,
        })
    }

    /// A delta list says only what changed since another: its revocations count,
    /// its silence does not.
    fn is_delta(&self) -> bool {
        self.extensions.get(ce::DELTA_CRL_INDICATOR).is_some()
    }

    /// The reasons of a revocation for which it speaks for this certificate.
    fn scope(&self, certificate: &Certificate) -> Result<u16, CrlProblem> {
        let point = self.extensions.get(ce::ISSUING_DISTRIBUTION_POINT);
        let point = point
            .map(|extension| IssuingDistributionPoint::parse(&extension.value, &self.issuer))
            .transpose()
            .map_err(CrlProblem::Malformed)?;
        scope(point.as_ref(), certificate)
    }

    /// Whether the list is what it should be.
    fn check(&self, issuer: &Certificate, now: OffsetDateTime) -> Result<(), CrlProblem> {
        if let Some(oid) = self.extensions.unknown_critical(&KNOWN) {
            return Err(CrlProblem::UnknownCriticalExtension { oid });
        }
        if !issuer.may(KeyUsage::CRL_SIGN) {
            return Err(CrlProblem::KeyUsage);
        }
        issuer
            .key()
            .verify(&self.algorithm, &self.tbs, &self.signature)
            .map_err(|_| CrlProblem::Signature)?;
        if self.this_update > now.saturating_add(CLOCK_SKEW) {
            return Err(CrlProblem::FromTheFuture);
        }
        Ok(())
    }

    /// The entry of a serial number, all entries being read.
    fn entry(
        &self,
        serial: &[u8],
    ) -> Result<Option<(OffsetDateTime, RevocationReason)>, CrlProblem> {
        let structure = "revokedCertificates";
        let mut found = None;
        let mut members = Cursor::new(structure, &self.entries);
        while !members.is_empty() {
            let entry = members
                .expect(tag::SEQUENCE)
                .map_err(CrlProblem::Malformed)?;
            let mut fields = Cursor::new(structure, entry.value);
            let number = fields.expect(tag::INTEGER).map_err(CrlProblem::Malformed)?;
            let since = datetime::read(&mut fields, structure).map_err(CrlProblem::Malformed)?;
            let reason = entry_reason(&mut fields)?;
            fields.finish().map_err(CrlProblem::Malformed)?;
            if number.value == serial {
                found = Some((since, reason));
            }
        }
        Ok(found)
    }
}

fn entry_reason(fields: &mut Cursor<'_>) -> Result<RevocationReason, CrlProblem> {
    if fields.is_empty() {
        return Ok(RevocationReason::Unspecified);
    }
    let extensions = Extensions::read(fields).map_err(CrlProblem::Malformed)?;
    if let Some(oid) = extensions.unknown_critical(&KNOWN) {
        return Err(CrlProblem::UnknownCriticalExtension { oid });
    }
    let Some(reason) = extensions.get(ce::REASON_CODE) else {
        return Ok(RevocationReason::Unspecified);
    };
    let code = tlv::single("CRLReason", tag::ENUMERATED, &reason.value);
    Ok(RevocationReason::from_content(
        code.map_err(CrlProblem::Malformed)?.value,
    ))
}
