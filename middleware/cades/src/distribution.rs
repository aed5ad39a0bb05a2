//! Distribution points: for which certificates and reasons a list speaks
//! (RFC 5280, 4.2.1.13, 5.2.5 and 6.3.3).

use alloc::vec::Vec;

use crate::certificate::Certificate;
use crate::error::Asn1Error;
use crate::extensions::ce;
use crate::general_name::GeneralName;
use crate::name::DistinguishedName;
use crate::revocation::{ALL_REASONS, CrlProblem};
use crate::tlv::{self, Cursor, Tlv, element, tag};

/// Most distribution points read in one certificate.
const MAX_POINTS: usize = 64;

/// `issuingDistributionPoint` of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct IssuingDistributionPoint {
    names: Option<Vec<GeneralName>>,
    users_only: bool,
    authorities_only: bool,
    reasons: Option<u16>,
    indirect: bool,
    attributes_only: bool,
}

impl IssuingDistributionPoint {
    /// ```asn1
    /// IssuingDistributionPoint ::= SEQUENCE {
    ///     distributionPoint [0] DistributionPointName OPTIONAL,
    ///     onlyContainsUserCerts [1] DEFAULT FALSE, onlyContainsCACerts [2] DEFAULT FALSE,
    ///     onlySomeReasons [3] ReasonFlags OPTIONAL, indirectCRL [4] DEFAULT FALSE,
    ///     onlyContainsAttributeCerts [5] DEFAULT FALSE }
    /// ```
    pub(crate) fn parse(value: &[u8], issuer: &DistinguishedName) -> Result<Self, Asn1Error> {
        let structure = "IssuingDistributionPoint";
        let sequence = tlv::single(structure, tag::SEQUENCE, value)?;
        let mut fields = Cursor::new(structure, sequence.value);
        let names = fields.optional(tag::context(0))?;
        let names = names
            .map(|names| point_names(names.value, issuer))
            .transpose()?;
        let mut flag = |number: u8| -> Result<bool, Asn1Error> {
            let field = fields.optional(tag::context_primitive(number))?;
            match field.map(|field| field.value) {
                None | Some([0]) => Ok(false),
                Some([0xff]) => Ok(true),
                Some(_) => Err(Asn1Error::Value {
                    structure,
                    what: "neither TRUE nor FALSE",
                }),
            }
        };
        let users_only = flag(1)?;
        let authorities_only = flag(2)?;
        let reasons = fields.optional(tag::context_primitive(3))?;
        let mut flag = |number: u8| -> Result<bool, Asn1Error> {
            let field = fields.optional(tag::context_primitive(number))?;
            Ok(field.is_some_and(|field| field.value != [0]))
        };
        let indirect = flag(4)?;
        let attributes_only = flag(5)?;
        fields.finish()?;
        Ok(Self {
            names,
            users_only,
            authorities_only,
            reasons: reasons.map(reason_flags),
            indirect,
            attributes_only,
        })
    }
}

/// A distribution point of a certificate.
#[derive(Debug, Clone, Default)]
struct Point {
    names: Option<Vec<GeneralName>>,
    reasons: Option<u16>,
    other_issuer: bool,
}

/// The reasons for which a list with this issuing distribution point speaks
/// for `certificate`.
pub(crate) fn scope(
    list: Option<&IssuingDistributionPoint>,
    certificate: &Certificate,
) -> Result<u16, CrlProblem> {
    let Some(list) = list else {
        return Ok(ALL_REASONS);
    };
    if list.indirect {
        return Err(CrlProblem::Indirect);
    }
    let constraints = certificate.constraints();
    let authority = constraints.is_some_and(|constraints| constraints.ca);
    if list.attributes_only
        || (list.users_only && authority)
        || (list.authorities_only && !authority)
    {
        return Err(CrlProblem::OtherScope);
    }
    let points = points(certificate).map_err(CrlProblem::Malformed)?;
    let of_list = list.reasons.unwrap_or(ALL_REASONS);
    let Some(names) = &list.names else {
        return Ok(of_list);
    };
    let fits = |point: &&Point| {
        let of_point = point.names.as_ref();
        let same = of_point.is_some_and(|own| own.iter().any(|name| names_match(names, name)));
        same && !point.other_issuer
    };
    let point = points.iter().find(fits).ok_or(CrlProblem::OtherScope)?;
    Ok(of_list & point.reasons.unwrap_or(ALL_REASONS))
}

fn names_match(names: &[GeneralName], wanted: &GeneralName) -> bool {
    names.iter().any(|name| match (name, wanted) {
        (GeneralName::Directory(one), GeneralName::Directory(other)) => one.matches(other),
        (GeneralName::Other(_), _) => false,
        (one, other) => one == other,
    })
}

/// The distribution points of a certificate; where it has none, its issuer's
/// name stands for one (RFC 5280, 6.3.3).
fn points(certificate: &Certificate) -> Result<Vec<Point>, Asn1Error> {
    let issuer = certificate.issuer();
    let Some(value) = certificate.extension(ce::CRL_DISTRIBUTION_POINTS) else {
        return Ok(Vec::from([Point {
            names: Some(Vec::from([GeneralName::Directory(issuer.clone())])),
            ..Point::default()
        }]));
    };
    let structure = "CRLDistributionPoints";
    let sequence = tlv::single(structure, tag::SEQUENCE, value)?;
    let mut members = Cursor::new(structure, sequence.value);
    let mut points = Vec::new();
    while !members.is_empty() {
        let point = members.expect(tag::SEQUENCE)?;
        let mut fields = Cursor::new(structure, point.value);
        let names = fields.optional(tag::context(0))?;
        let reasons = fields.optional(tag::context_primitive(1))?;
        let other = fields.optional(tag::context(2))?;
        fields.finish()?;
        points.push(Point {
            names: names
                .map(|names| point_names(names.value, issuer))
                .transpose()?,
            reasons: reasons.map(reason_flags),
            other_issuer: other.is_some(),
        });
        if points.len() > MAX_POINTS {
            let limit = MAX_POINTS;
            return Err(Asn1Error::TooLarge { structure, limit });
        }
    }
    Ok(points)
}

/// ```asn1
/// DistributionPointName ::= CHOICE { fullName [0] GeneralNames,
///     nameRelativeToCRLIssuer [1] RelativeDistinguishedName }
/// ```
fn point_names(content: &[u8], issuer: &DistinguishedName) -> Result<Vec<GeneralName>, Asn1Error> {
    let structure = "DistributionPointName";
    let mut inner = Cursor::new(structure, content);
    let choice = inner.any()?;
    inner.finish()?;
    if choice.tag == tag::context(0) {
        return GeneralName::read_all(choice.value);
    }
    if choice.tag != tag::context(1) {
        return Err(Asn1Error::UnexpectedTag {
            structure,
            expected: tag::context(0),
            found: choice.tag,
        });
    }
    let above = tlv::single(structure, tag::SEQUENCE, issuer.as_der())?;
    let relative = element(tag::SET, choice.value);
    let whole = element(tag::SEQUENCE, &[above.value, &relative].concat());
    let name = DistinguishedName::read(&mut Cursor::new(structure, &whole))?;
    Ok(Vec::from([GeneralName::Directory(name)]))
}

/// `ReasonFlags ::= BIT STRING`, its bits from the highest; the first, which
/// stands for no reason, counts as all others do.
fn reason_flags(field: Tlv<'_>) -> u16 {
    let octet = |index: usize| field.value.get(index).copied().unwrap_or(0);
    // Bit 0 (unused) of the standard becomes bit 15, which ALL_REASONS leaves out.
    u16::from_be_bytes([octet(1), octet(2)]) & ALL_REASONS
}
