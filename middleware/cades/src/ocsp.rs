//! Answers of OCSP responders (RFC 6960), and the request for one.

use alloc::string::String;
use alloc::vec::Vec;

use sha1::{Digest as _, Sha1};
use time::OffsetDateTime;

use crate::algorithm::{AlgorithmIdentifier, bit_string};
use crate::certificate::Certificate;
use crate::datetime;
use crate::digest::DigestAlgorithm;
use crate::error::Asn1Error;
use crate::extensions::{Extensions, KeyUsage};
use crate::name::DistinguishedName;
use crate::oid;
use crate::revocation::{ALL_REASONS, CLOCK_SKEW, CrlProblem, Moment, RevocationReason, Word};
use crate::tlv::{self, Cursor, constructed, element, tag};

/// Longest answer read, in bytes.
pub const MAX_RESPONSE: usize = 1024 * 1024;
/// Most certificates, and most statuses, read in one answer.
const MAX_MEMBERS: usize = 256;

/// An answer as read: of a `BasicOCSPResponse`, bare or in an `OCSPResponse`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspResponse {
    der: Vec<u8>,
    tbs: Vec<u8>,
    responder: ResponderId,
    produced_at: OffsetDateTime,
    statuses: Vec<Status>,
    nonce: Option<Vec<u8>>,
    unknown_critical: bool,
    algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    certificates: Vec<Certificate>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum ResponderId {
    Name(DistinguishedName),
    KeyHash(Vec<u8>),
}

/// `CertID ::= SEQUENCE { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }`
#[derive(Debug, Clone, PartialEq, Eq)]
struct CertId {
    algorithm: AlgorithmIdentifier,
    name_hash: Vec<u8>,
    key_hash: Vec<u8>,
    serial: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Status {
    certificate: CertId,
    state: State,
    this_update: OffsetDateTime,
    next_update: Option<OffsetDateTime>,
    unknown_critical: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    Revoked(OffsetDateTime, RevocationReason),
    Unknown,
}

impl OcspResponse {
    /// Reads an answer, strictly.
    ///
    /// # Errors
    /// [`Asn1Error`] with the structure and what is wrong in it; an answer that
    /// refuses is one of them.
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        let structure = "OCSPResponse";
        if der.len() > MAX_RESPONSE {
            let limit = MAX_RESPONSE;
            return Err(Asn1Error::TooLarge { structure, limit });
        }
        let outer = tlv::single(structure, tag::SEQUENCE, der)?;
        let mut fields = Cursor::new(structure, outer.value);
        if fields.peek() != Some(tag::ENUMERATED) {
            return Self::basic(der);
        }
        if fields.expect(tag::ENUMERATED)?.value != [0] {
            let what = "the responder gave no answer";
            return Err(Asn1Error::Value { structure, what });
        }
        let bytes = fields.expect(tag::context(0))?;
        fields.finish()?;
        let bytes = tlv::single("ResponseBytes", tag::SEQUENCE, bytes.value)?;
        let mut fields = Cursor::new("ResponseBytes", bytes.value);
        let kind = fields.expect(tag::OBJECT_IDENTIFIER)?;
        let response = fields.expect(tag::OCTET_STRING)?;
        fields.finish()?;
        if kind.value != oid::OCSP_BASIC {
            let what = "not a basic response";
            return Err(Asn1Error::Value { structure, what });
        }
        let mut read = Self::basic(response.value)?;
        read.der = der.to_vec();
        Ok(read)
    }

    /// ```asn1
    /// BasicOCSPResponse ::= SEQUENCE { tbsResponseData ResponseData,
    ///     signatureAlgorithm, signature BIT STRING,
    ///     certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
    /// ResponseData ::= SEQUENCE { version [0] EXPLICIT DEFAULT v1,
    ///     responderID, producedAt GeneralizedTime,
    ///     responses SEQUENCE OF SingleResponse,
    ///     responseExtensions [1] EXPLICIT OPTIONAL }
    /// ```
    fn basic(der: &[u8]) -> Result<Self, Asn1Error> {
        let structure = "BasicOCSPResponse";
        let outer = tlv::single(structure, tag::SEQUENCE, der)?;
        let mut fields = Cursor::new(structure, outer.value);
        let tbs = fields.expect(tag::SEQUENCE)?;
        let algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let signature = bit_string(&mut fields, structure)?.to_vec();
        let certificates = fields.optional(tag::context(0))?;
        fields.finish()?;

        let mut data = Cursor::new("ResponseData", tbs.value);
        data.optional(tag::context(0))?;
        let responder = ResponderId::read(&mut data)?;
        let produced_at = datetime::read_precise(&mut data, "ResponseData")?;
        let responses = data.expect(tag::SEQUENCE)?;
        let extensions = extensions(&mut data)?;
        data.finish()?;
        let nonce = extensions.with_oid(oid::OCSP_NONCE);
        let unknown = extensions.unknown_critical(&[]);
        Ok(Self {
            der: der.to_vec(),
            tbs: tbs.raw.to_vec(),
            responder,
            produced_at,
            statuses: statuses(responses.value)?,
            unknown_critical: unknown.is_some() && nonce.is_none_or(|nonce| !nonce.critical),
            nonce: nonce.map(|nonce| nonce.value.clone()),
            algorithm,
            signature,
            certificates: certificates
                .map(|set| embedded(set.value))
                .transpose()?
                .unwrap_or_default(),
        })
    }

    /// The octets it was read from.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// When the answer was signed.
    #[must_use]
    pub const fn produced_at(&self) -> OffsetDateTime {
        self.produced_at
    }

    /// The certificates that came with it.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Whether it repeats the random number of a request; one that does not
    /// may be an old answer sent again.
    #[must_use]
    pub fn repeats(&self, nonce: &[u8]) -> bool {
        let expected = element(tag::OCTET_STRING, nonce);
        self.nonce.as_deref() == Some(expected.as_slice())
    }

    /// What it says of `certificate`, issued by `issuer`; nothing if it does
    /// not speak of it. `others` may serve as the responder's certificate.
    pub(crate) fn word(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        others: &[Certificate],
        moment: Moment,
    ) -> Option<Result<Word, CrlProblem>> {
        let mut statuses = self.statuses.iter();
        let status = statuses.find(|status| status.certificate.names(certificate, issuer))?;
        Some(self.judge(status, issuer, others, moment))
    }

    fn judge(
        &self,
        status: &Status,
        issuer: &Certificate,
        others: &[Certificate],
        moment: Moment,
    ) -> Result<Word, CrlProblem> {
        if self.unknown_critical || status.unknown_critical {
            let oid = String::from("?");
            return Err(CrlProblem::UnknownCriticalExtension { oid });
        }
        if !self.is_authentic(issuer, others) {
            return Err(CrlProblem::Responder);
        }
        if status.this_update > moment.now.saturating_add(CLOCK_SKEW) {
            return Err(CrlProblem::FromTheFuture);
        }
        let revoked = match status.state {
            State::Good => None,
            State::Revoked(since, reason) => Some((since, reason)),
            State::Unknown => return Err(CrlProblem::Unknown),
        };
        Ok(Word {
            this_update: status.this_update,
            next_update: status.next_update,
            revoked,
            reasons: ALL_REASONS,
        })
    }

    /// Whether the issuer signed it, or a responder whose certificate the
    /// issuer signed for that purpose (RFC 6960, 4.2.2.2).
    fn is_authentic(&self, issuer: &Certificate, others: &[Certificate]) -> bool {
        let signed = |certificate: &Certificate| {
            let key = certificate.key();
            key.verify(&self.algorithm, &self.tbs, &self.signature)
                .is_ok()
        };
        if self.responder.names(issuer) && signed(issuer) {
            return true;
        }
        let candidates = self.certificates.iter().chain(others);
        let mut named = candidates.filter(|candidate| self.responder.names(candidate));
        named.any(|candidate| self.may_answer(candidate, issuer) && signed(candidate))
    }

    fn may_answer(&self, responder: &Certificate, issuer: &Certificate) -> bool {
        let usages = responder.extended_usage().unwrap_or_default();
        let in_time = (responder.not_before()..=responder.not_after()).contains(&self.produced_at);
        in_time
            && usages.iter().any(|usage| usage == oid::KP_OCSP_SIGNING)
            && responder.may(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION)
            && responder.issuer().matches(issuer.subject())
            && responder.check_signature(issuer.key()).is_ok()
    }

    /// The responder's certificate, where it is not the issuer itself and
    /// promises nothing of its own revocation (`id-pkix-ocsp-nocheck`).
    pub(crate) fn delegate_to_check<'a>(
        &'a self,
        issuer: &Certificate,
        others: &'a [Certificate],
    ) -> Option<&'a Certificate> {
        if self.responder.names(issuer) {
            return None;
        }
        let candidates = self.certificates.iter().chain(others);
        let mut named = candidates.filter(|candidate| self.responder.names(candidate));
        named.find(|candidate| {
            self.may_answer(candidate, issuer) && !candidate.has_extension(oid::OCSP_NO_CHECK)
        })
    }
}

impl ResponderId {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Asn1Error> {
        let structure = "ResponderID";
        if let Some(name) = cursor.optional(tag::context(1))? {
            let mut inner = Cursor::new(structure, name.value);
            let name = DistinguishedName::read(&mut inner)?;
            inner.finish()?;
            return Ok(Self::Name(name));
        }
        let key = cursor.expect(tag::context(2))?;
        let key = tlv::single(structure, tag::OCTET_STRING, key.value)?;
        Ok(Self::KeyHash(key.value.to_vec()))
    }

    fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => certificate.subject().matches(name),
            Self::KeyHash(hash) => *hash == *Sha1::digest(certificate.key().bits()),
        }
    }
}

impl CertId {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Asn1Error> {
        let sequence = cursor.expect(tag::SEQUENCE)?;
        let mut fields = Cursor::new("CertID", sequence.value);
        let algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let name_hash = fields.expect(tag::OCTET_STRING)?.value.to_vec();
        let key_hash = fields.expect(tag::OCTET_STRING)?.value.to_vec();
        let serial = fields.expect(tag::INTEGER)?.value.to_vec();
        fields.finish()?;
        Ok(Self {
            algorithm,
            name_hash,
            key_hash,
            serial,
        })
    }

    fn names(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        let Ok(algorithm) = DigestAlgorithm::from_oid(&self.algorithm.oid) else {
            return false;
        };
        self.serial == certificate.serial()
            && self.key_hash == algorithm.digest(issuer.key().bits())
            && self.name_hash == algorithm.digest(certificate.issuer().as_der())
    }
}

/// A request for the status of one certificate (RFC 6960, 4.1), in DER, with a
/// random number that the answer should repeat.
#[must_use]
pub fn request(certificate: &Certificate, issuer: &Certificate, nonce: &[u8]) -> Vec<u8> {
    let hash = |bytes: &[u8]| element(tag::OCTET_STRING, &Sha1::digest(bytes));
    // SHA-1 here is a name, which every responder knows, not a protection.
    let sha1 = constructed(
        tag::SEQUENCE,
        &[&element(tag::OBJECT_IDENTIFIER, oid::SHA1), &[5, 0]],
    );
    let id = constructed(
        tag::SEQUENCE,
        &[
            &sha1,
            &hash(certificate.issuer().as_der()),
            &hash(issuer.key().bits()),
            &element(tag::INTEGER, certificate.serial()),
        ],
    );
    let list = element(tag::SEQUENCE, &element(tag::SEQUENCE, &id));
    let value = element(tag::OCTET_STRING, &element(tag::OCTET_STRING, nonce));
    let nonce = constructed(
        tag::SEQUENCE,
        &[&element(tag::OBJECT_IDENTIFIER, oid::OCSP_NONCE), &value],
    );
    let extensions = element(tag::context(2), &element(tag::SEQUENCE, &nonce));
    element(
        tag::SEQUENCE,
        &constructed(tag::SEQUENCE, &[&list, &extensions]),
    )
}

/// ```asn1
/// SingleResponse ::= SEQUENCE { certID, certStatus CHOICE { good [0] NULL,
///         revoked [1] RevokedInfo, unknown [2] NULL },
///     thisUpdate GeneralizedTime, nextUpdate [0] EXPLICIT OPTIONAL,
///     singleExtensions [1] EXPLICIT OPTIONAL }
/// ```
fn statuses(content: &[u8]) -> Result<Vec<Status>, Asn1Error> {
    let structure = "SingleResponse";
    let mut members = Cursor::new(structure, content);
    let mut found = Vec::new();
    while !members.is_empty() {
        let single = members.expect(tag::SEQUENCE)?;
        let mut fields = Cursor::new(structure, single.value);
        let certificate = CertId::read(&mut fields)?;
        let state = state(&mut fields)?;
        let this_update = datetime::read_precise(&mut fields, structure)?;
        let next_update = fields.optional(tag::context(0))?;
        let next_update = next_update
            .map(|next| datetime::read_precise(&mut Cursor::new(structure, next.value), structure))
            .transpose()?;
        let extensions = extensions(&mut fields)?;
        fields.finish()?;
        found.push(Status {
            certificate,
            state,
            this_update,
            next_update,
            unknown_critical: extensions.unknown_critical(&[]).is_some(),
        });
        if found.len() > MAX_MEMBERS {
            let limit = MAX_MEMBERS;
            return Err(Asn1Error::TooLarge { structure, limit });
        }
    }
    Ok(found)
}

/// `RevokedInfo ::= SEQUENCE { revocationTime, revocationReason [0] EXPLICIT OPTIONAL }`
fn state(fields: &mut Cursor<'_>) -> Result<State, Asn1Error> {
    let structure = "CertStatus";
    let choice = fields.any()?;
    if choice.tag == tag::context_primitive(0) {
        return Ok(State::Good);
    }
    if choice.tag == tag::context_primitive(2) {
        return Ok(State::Unknown);
    }
    if choice.tag != tag::context(1) {
        return Err(Asn1Error::UnexpectedTag {
            structure,
            expected: tag::context_primitive(0),
            found: choice.tag,
        });
    }
    let mut info = Cursor::new("RevokedInfo", choice.value);
    let since = datetime::read_precise(&mut info, "RevokedInfo")?;
    let reason = info.optional(tag::context(0))?;
    info.finish()?;
    let reason = reason
        .map(|reason| tlv::single("CRLReason", tag::ENUMERATED, reason.value))
        .transpose()?;
    let reason = reason.map_or(RevocationReason::Unspecified, |reason| {
        RevocationReason::from_content(reason.value)
    });
    Ok(State::Revoked(since, reason))
}

/// `[1] EXPLICIT Extensions OPTIONAL`
fn extensions(fields: &mut Cursor<'_>) -> Result<Extensions, Asn1Error> {
    let Some(explicit) = fields.optional(tag::context(1))? else {
        return Ok(Extensions::default());
    };
    let mut inner = Cursor::new("Extensions", explicit.value);
    let extensions = Extensions::read(&mut inner)?;
    inner.finish()?;
    Ok(extensions)
}

/// Certificates that cannot be read are passed over: they may not be needed.
fn embedded(content: &[u8]) -> Result<Vec<Certificate>, Asn1Error> {
    let structure = "certs";
    let sequence = tlv::single(structure, tag::SEQUENCE, content)?;
    let mut members = Cursor::new(structure, sequence.value);
    let mut found = Vec::new();
    let mut count = 0_usize;
    while !members.is_empty() {
        found.extend(Certificate::from_der(members.any()?.raw).ok());
        count = count.saturating_add(1);
        if count > MAX_MEMBERS {
            let limit = MAX_MEMBERS;
            return Err(Asn1Error::TooLarge { structure, limit });
        }
    }
    Ok(found)
}
