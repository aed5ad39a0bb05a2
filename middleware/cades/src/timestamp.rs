//! Timestamps (RFC 3161, RFC 5816): what is asked, what is answered, and the
//! information in a token. [`token`] checks tokens and makes them.

pub mod token;

use alloc::string::String;
use alloc::vec::Vec;

use sello_profile::oid::RawOid;
use time::{Duration, OffsetDateTime};

use crate::algorithm::{AlgorithmIdentifier, DigestAlgorithm};
use crate::datetime;
use crate::error::Asn1Error;
use crate::tlv::{self, Cursor, constructed, element, tag};

/// Longest request, answer or token read, in bytes.
pub const MAX_TOKEN: usize = 1024 * 1024;
/// Longest serial number or nonce read, in bytes (RFC 3161, 2.4.2: 160 bits
/// are the least that must be taken).
const MAX_INTEGER: usize = 64;
/// Most text kept of an authority's answer, in characters.
const MAX_TEXT: usize = 500;

/// The digest that is stamped with the time.
///
/// ```asn1
/// MessageImprint ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier,
///                               hashedMessage OCTET STRING }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageImprint {
    /// With what the message was hashed.
    pub algorithm: DigestAlgorithm,
    /// The digest, of the algorithm's length.
    pub digest: Vec<u8>,
}

/// A request for a timestamp (RFC 3161, 2.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeStampReq {
    /// What is to be stamped.
    pub imprint: MessageImprint,
    /// The policy asked for.
    pub policy: Option<RawOid>,
    /// A random number that the answer has to repeat; big endian, unsigned.
    pub nonce: Option<Vec<u8>>,
    /// Whether the authority's certificate is wanted in the token.
    pub certificate: bool,
}

/// What the authority decided (RFC 3161, 2.4.2: `PKIStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PkiStatus {
    /// A token as asked for.
    Granted,
    /// A token, with changes.
    GrantedWithMods,
    /// No token.
    Rejection,
    /// Not yet.
    Waiting,
    /// A warning that a revocation is near.
    RevocationWarning,
    /// A note that there was a revocation.
    RevocationNotification,
}

/// The answer of an authority (RFC 3161, 2.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeStampResp {
    /// What it decided.
    pub status: PkiStatus,
    /// What it says to that, as it may be shown.
    pub text: Option<String>,
    /// Why there is no token: number of the first bit set in `PKIFailureInfo`
    /// (0 badAlg, 2 badRequest, 5 badDataFormat, 14 timeNotAvailable,
    /// 15 unacceptedPolicy, 16 unacceptedExtension, 17 addInfoNotAvailable,
    /// 25 systemFailure).
    pub failure: Option<u8>,
    /// The token, a DER `ContentInfo`.
    pub token: Option<Vec<u8>>,
}

/// What a token says (RFC 3161, 2.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TstInfo {
    /// Under which policy.
    pub policy: RawOid,
    /// What was stamped.
    pub imprint: MessageImprint,
    /// The token's number at its authority; big endian, unsigned.
    pub serial: Vec<u8>,
    /// The time.
    pub time: OffsetDateTime,
    /// How far off the time may be; nothing if it does not say.
    pub accuracy: Option<Duration>,
    /// Whether tokens of this authority can be ordered by their time alone.
    pub ordering: bool,
    /// The request's random number; big endian, unsigned.
    pub nonce: Option<Vec<u8>>,
}

impl MessageImprint {
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Asn1Error> {
        let structure = "MessageImprint";
        let sequence = cursor.expect(tag::SEQUENCE)?;
        let mut fields = Cursor::new(structure, sequence.value);
        let algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let digest = fields.expect(tag::OCTET_STRING)?.value.to_vec();
        fields.finish()?;
        let algorithm =
            DigestAlgorithm::from_oid(&algorithm.oid).map_err(|_| Asn1Error::Value {
                structure,
                what: "the digest algorithm is not supported",
            })?;
        if digest.len() != algorithm.length() {
            let what = "the digest has not the length of its algorithm";
            return Err(Asn1Error::Value { structure, what });
        }
        Ok(Self { algorithm, digest })
    }

    fn to_der(&self) -> Vec<u8> {
        constructed(
            tag::SEQUENCE,
            &[
                &self.algorithm.identifier(),
                &element(tag::OCTET_STRING, &self.digest),
            ],
        )
    }
}

impl TimeStampReq {
    /// Reads a request, strictly. Extensions are refused: none is known, and
    /// an authority has to refuse those it does not know.
    ///
    /// # Errors
    /// [`Asn1Error`].
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        let structure = "TimeStampReq";
        let mut fields = opened(structure, der)?;
        version(&mut fields, structure)?;
        let imprint = MessageImprint::read(&mut fields)?;
        let policy = fields.optional(tag::OBJECT_IDENTIFIER)?;
        let policy = policy
            .map(|policy| identifier(structure, policy.value))
            .transpose()?;
        let nonce = fields.optional(tag::INTEGER)?;
        let nonce = nonce
            .map(|nonce| unsigned_octets(structure, nonce.value))
            .transpose()?;
        let certificate = boolean(&mut fields, structure)?;
        fields.finish()?;
        Ok(Self {
            imprint,
            policy,
            nonce,
            certificate,
        })
    }

    /// The request in DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let policy = self.policy.map(object_identifier);
        let nonce = self.nonce.as_deref().map(integer);
        let certificate = self.certificate.then(|| element(tag::BOOLEAN, &[0xff]));
        constructed(
            tag::SEQUENCE,
            &[
                &tlv::unsigned(1),
                &self.imprint.to_der(),
                policy.as_deref().unwrap_or_default(),
                nonce.as_deref().unwrap_or_default(),
                certificate.as_deref().unwrap_or_default(),
            ],
        )
    }
}

impl PkiStatus {
    const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Granted,
            1 => Self::GrantedWithMods,
            2 => Self::Rejection,
            3 => Self::Waiting,
            4 => Self::RevocationWarning,
            5 => Self::RevocationNotification,
            _ => return None,
        })
    }

    const fn number(self) -> u8 {
        match self {
            Self::Granted => 0,
            Self::GrantedWithMods => 1,
            Self::Rejection => 2,
            Self::Waiting => 3,
            Self::RevocationWarning => 4,
            Self::RevocationNotification => 5,
        }
    }

    /// Whether there has to be a token.
    #[must_use]
    pub const fn is_granted(self) -> bool {
        matches!(self, Self::Granted | Self::GrantedWithMods)
    }
}

impl TimeStampResp {
    /// An answer with a token.
    #[must_use]
    pub const fn granted(token: Vec<u8>) -> Self {
        Self {
            status: PkiStatus::Granted,
            text: None,
            failure: None,
            token: Some(token),
        }
    }

    /// An answer without one; `failure` is a bit number of `PKIFailureInfo`.
    #[must_use]
    pub const fn rejected(failure: u8, text: Option<String>) -> Self {
        Self {
            status: PkiStatus::Rejection,
            text,
            failure: Some(failure),
            token: None,
        }
    }

    /// Reads an answer. That a token is there exactly when it is granted is
    /// part of its form.
    ///
    /// # Errors
    /// [`Asn1Error`].
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        let structure = "TimeStampResp";
        let mut fields = opened(structure, der)?;
        let info = fields.expect(tag::SEQUENCE)?;
        let mut info = Cursor::new("PKIStatusInfo", info.value);
        let status = match info.expect(tag::INTEGER)?.value {
            [number] => PkiStatus::from_number(*number),
            _ => None,
        };
        let status = status.ok_or(Asn1Error::Value {
            structure: "PKIStatusInfo",
            what: "the status is none of RFC 3161",
        })?;
        let text = info
            .optional(tag::SEQUENCE)?
            .map(|text| free_text(text.value));
        let failure = info.optional(tag::BIT_STRING)?;
        let failure = failure.and_then(|failure| first_bit(failure.value));
        info.finish()?;
        let token = fields.optional(tag::SEQUENCE)?;
        fields.finish()?;
        if token.is_some() != status.is_granted() {
            let what = "the status and the presence of a token disagree";
            return Err(Asn1Error::Value { structure, what });
        }
        Ok(Self {
            status,
            text,
            failure,
            token: token.map(|token| token.raw.to_vec()),
        })
    }

    /// The answer in DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let text = self.text.as_ref().map(|text| {
            let text = element(tag::UTF8_STRING, text.as_bytes());
            element(tag::SEQUENCE, &text)
        });
        let failure = self.failure.map(bit);
        let info = constructed(
            tag::SEQUENCE,
            &[
                &element(tag::INTEGER, &[self.status.number()]),
                text.as_deref().unwrap_or_default(),
                failure.as_deref().unwrap_or_default(),
            ],
        );
        let token = self.token.as_deref().unwrap_or_default();
        constructed(tag::SEQUENCE, &[&info, token])
    }
}

impl TstInfo {
    /// Reads the information, strictly. A critical extension is refused, as
    /// none is known; others are passed over.
    ///
    /// # Errors
    /// [`Asn1Error`].
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        let structure = "TSTInfo";
        let mut fields = opened(structure, der)?;
        version(&mut fields, structure)?;
        let policy = fields.expect(tag::OBJECT_IDENTIFIER)?;
        let policy = identifier(structure, policy.value)?;
        let imprint = MessageImprint::read(&mut fields)?;
        let serial = fields.expect(tag::INTEGER)?;
        let serial = any_octets(structure, serial.value)?;
        let time = datetime::read_precise(&mut fields, structure)?;
        let accuracy = fields.optional(tag::SEQUENCE)?;
        let accuracy = accuracy
            .map(|accuracy| read_accuracy(accuracy.value))
            .transpose()?;
        let ordering = boolean(&mut fields, structure)?;
        let nonce = fields.optional(tag::INTEGER)?;
        let nonce = nonce
            .map(|nonce| any_octets(structure, nonce.value))
            .transpose()?;
        // The name of the authority (`tsa`) repeats what its certificate says.
        fields.optional(tag::context(0))?;
        if let Some(extensions) = fields.optional(tag::context(1))? {
            no_critical_extension(extensions.value)?;
        }
        fields.finish()?;
        Ok(Self {
            policy,
            imprint,
            serial,
            time,
            accuracy,
            ordering,
            nonce,
        })
    }

    /// The information in DER, the time in whole seconds, a negative number as the positive one of its octets.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let accuracy = self.accuracy.map(accuracy_der);
        let ordering = self.ordering.then(|| element(tag::BOOLEAN, &[0xff]));
        let nonce = self.nonce.as_deref().map(integer);
        constructed(
            tag::SEQUENCE,
            &[
                &tlv::unsigned(1),
                &object_identifier(self.policy),
                &self.imprint.to_der(),
                &integer(&self.serial),
                &datetime::generalized(self.time),
                accuracy.as_deref().unwrap_or_default(),
                ordering.as_deref().unwrap_or_default(),
                nonce.as_deref().unwrap_or_default(),
            ],
        )
    }
}

fn opened<'a>(structure: &'static str, der: &'a [u8]) -> Result<Cursor<'a>, Asn1Error> {
    if der.len() > MAX_TOKEN {
        let limit = MAX_TOKEN;
        return Err(Asn1Error::TooLarge { structure, limit });
    }
    let sequence = tlv::single(structure, tag::SEQUENCE, der)?;
    Ok(Cursor::new(structure, sequence.value))
}

fn version(fields: &mut Cursor<'_>, structure: &'static str) -> Result<(), Asn1Error> {
    match fields.expect(tag::INTEGER)?.value {
        [1] => Ok(()),
        _ => Err(Asn1Error::Value {
            structure,
            what: "the version is not 1",
        }),
    }
}

/// `BOOLEAN DEFAULT FALSE`.
fn boolean(fields: &mut Cursor<'_>, structure: &'static str) -> Result<bool, Asn1Error> {
    match fields.optional(tag::BOOLEAN)?.map(|element| element.value) {
        None | Some([0]) => Ok(false),
        Some([0xff]) => Ok(true),
        Some(_) => Err(Asn1Error::Value {
            structure,
            what: "neither TRUE nor FALSE",
        }),
    }
}

fn identifier(structure: &'static str, content: &[u8]) -> Result<RawOid, Asn1Error> {
    RawOid::from_content(content).map_err(|_| Asn1Error::Value {
        structure,
        what: "the object identifier is malformed",
    })
}

fn object_identifier(oid: RawOid) -> Vec<u8> {
    element(tag::OBJECT_IDENTIFIER, oid.as_bytes())
}

/// The digits of a non-negative INTEGER without leading zeros.
fn unsigned_octets(structure: &'static str, content: &[u8]) -> Result<Vec<u8>, Asn1Error> {
    let what = "a number is negative or too long";
    match content {
        [first, ..] if *first < 0x80 && content.len() <= MAX_INTEGER => {
            let digits = content.iter().skip_while(|octet| **octet == 0);
            Ok(digits.copied().collect())
        }
        _ => Err(Asn1Error::Value { structure, what }),
    }
}

/// As [`unsigned_octets`]; a negative number, which some programs ask for and
/// authorities repeat, keeps its octets behind a zero, so that it is no other one.
fn any_octets(structure: &'static str, content: &[u8]) -> Result<Vec<u8>, Asn1Error> {
    match content {
        [first, ..] if *first >= 0x80 && content.len() <= MAX_INTEGER => {
            Ok([[0].as_slice(), content].concat())
        }
        _ => unsigned_octets(structure, content),
    }
}

/// A non-negative INTEGER of these big-endian digits.
fn integer(digits: &[u8]) -> Vec<u8> {
    let mut content: Vec<u8> = digits
        .iter()
        .copied()
        .skip_while(|octet| *octet == 0)
        .collect();
    if content.first().is_none_or(|first| *first >= 0x80) {
        content.insert(0, 0);
    }
    element(tag::INTEGER, &content)
}

/// ```asn1
/// Accuracy ::= SEQUENCE { seconds INTEGER OPTIONAL,
///     millis [0] INTEGER (1..999) OPTIONAL, micros [1] INTEGER (1..999) OPTIONAL }
/// ```
fn read_accuracy(content: &[u8]) -> Result<Duration, Asn1Error> {
    let structure = "Accuracy";
    let mut fields = Cursor::new(structure, content);
    let mut part = |wanted: u8| -> Result<i64, Asn1Error> {
        let Some(number) = fields.optional(wanted)? else {
            return Ok(0);
        };
        match number.value {
            [first, ..] if *first < 0x80 && number.value.len() <= 4 => Ok(number
                .value
                .iter()
                .fold(0, |sum, &octet| (sum << 8) | i64::from(octet))),
            _ => Err(Asn1Error::Value {
                structure,
                what: "a part is out of range",
            }),
        }
    };
    let seconds = part(tag::INTEGER)?;
    let millis = part(tag::context_primitive(0))?;
    let micros = part(tag::context_primitive(1))?;
    fields.finish()?;
    if millis > 999 || micros > 999 {
        let what = "a part is out of range";
        return Err(Asn1Error::Value { structure, what });
    }
    let fraction = Duration::milliseconds(millis).saturating_add(Duration::microseconds(micros));
    Ok(Duration::seconds(seconds).saturating_add(fraction))
}

fn accuracy_der(accuracy: Duration) -> Vec<u8> {
    let seconds = u64::try_from(accuracy.whole_seconds()).unwrap_or(0);
    let micros = u64::try_from(accuracy.subsec_microseconds()).unwrap_or(0);
    let mut fields = Vec::new();
    if seconds > 0 {
        fields.extend(tlv::unsigned(seconds));
    }
    for (number, part) in [(0, micros / 1000), (1, micros % 1000)] {
        if part > 0 {
            // IMPLICIT: the same content under another identifier octet.
            let digits = tlv::unsigned(part);
            fields.push(tag::context_primitive(number));
            fields.extend(digits.iter().skip(1));
        }
    }
    element(tag::SEQUENCE, &fields)
}

/// `[1] IMPLICIT Extensions`.
fn no_critical_extension(content: &[u8]) -> Result<(), Asn1Error> {
    let sequence = element(tag::SEQUENCE, content);
    let extensions = crate::extensions::Extensions::read(&mut Cursor::new("TSTInfo", &sequence))?;
    match extensions.unknown_critical(&[]) {
        None => Ok(()),
        Some(_) => Err(Asn1Error::Value {
            structure: "TSTInfo",
            what: "a critical extension is not known",
        }),
    }
}

/// `PKIFreeText ::= SEQUENCE OF UTF8String`, as it may be shown.
fn free_text(content: &[u8]) -> String {
    let mut members = Cursor::new("PKIFreeText", content);
    let mut text = String::new();
    while let Ok(Some(part)) = members.optional(tag::UTF8_STRING) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&crate::name::shown(&String::from_utf8_lossy(part.value)));
    }
    text.chars().take(MAX_TEXT).collect()
}

/// The number of the first bit set in a BIT STRING.
fn first_bit(content: &[u8]) -> Option<u8> {
    let octets = content.get(1..)?;
    let (index, octet) = octets.iter().enumerate().find(|(_, octet)| **octet != 0)?;
    let bit = u8::try_from(octet.leading_zeros()).ok()?;
    u8::try_from(index).ok()?.checked_mul(8)?.checked_add(bit)
}

/// A BIT STRING in which only bit `number` is set.
fn bit(number: u8) -> Vec<u8> {
    let last = number % 8;
    let mut content = alloc::vec![0; usize::from(number / 8).saturating_add(1)];
    content.push(0x80 >> last);
    if let Some(unused) = content.first_mut() {
        *unused = 7_u8.saturating_sub(last);
    }
    element(tag::BIT_STRING, &content)
}

#[cfg(test)]
mod tests;
