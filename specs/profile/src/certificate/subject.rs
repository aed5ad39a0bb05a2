//! Whom a certificate names.

use const_oid::ObjectIdentifier;
use der::asn1::{PrintableStringRef, SetOfVec, Utf8StringRef};
use der::{Any, Decode, Encode};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

use crate::Error;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");

/// Longest attribute value (`ub-name` of X.520 is 64 for most; identifiers the same).
const MAX_CHARS: usize = 64;

/// An organization, as a subject (EN 319 412-3, 4.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// ISO 3166-1 two-letter code, as `ES`.
    pub country: String,
    /// Registered name.
    pub name: String,
    /// `organizationIdentifier`, as `VATES-B12345678` (EN 319 412-1, 5.1.4).
    pub identifier: String,
}

/// An individual, as a subject (EN 319 412-2, 4.2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Individual {
    /// ISO 3166-1 two-letter code.
    pub country: String,
    /// Full name.
    pub name: String,
    /// `serialNumber`, as `IDCES-12345678Z` (EN 319 412-1, 5.1.3).
    pub identifier: String,
}

/// An organization that runs a certification authority and gives no identifier of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// ISO 3166-1 two-letter code.
    pub country: String,
    /// Registered name.
    pub name: String,
}

/// Whom a certificate names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// Who runs an authority. Never the holder of a seal.
    Operator(Operator),
    /// An organization.
    Organization(Organization),
    /// An individual.
    Individual(Individual),
}

impl Subject {
    /// The distinguished name with `common_name` as CN: the seal's name in a seal certificate, the
    /// authority's own in a CA's.
    ///
    /// # Errors
    /// [`Error::Empty`] or [`Error::Text`] naming the attribute.
    pub fn name(&self, common_name: &str) -> Result<Name, Error> {
        let (country, attributes) = self.attributes();
        let mut sequence = RdnSequence::default();
        sequence.push(country_rdn(country)?);
        for (oid, what, value) in attributes {
            sequence.push(text_rdn(oid, what, value)?);
        }
        sequence.push(text_rdn(COMMON_NAME, "common name", common_name)?);
        let der = sequence.to_der().map_err(Error::der("name"))?;
        Name::from_der(&der).map_err(Error::der("name"))
    }

    /// Country, and what stands between it and the common name. An individual has no organization
    /// there: the holder is known by the serial number.
    fn attributes(&self) -> (&str, Vec<Attribute<'_>>) {
        match self {
            Self::Operator(Operator { country, name }) => (country, vec![organization(name)]),
            Self::Organization(Organization {
                country,
                name,
                identifier,
            }) => {
                let what = "organization identifier";
                let identifier = (ORGANIZATION_IDENTIFIER, what, identifier.as_str());
                (country, vec![organization(name), identifier])
            }
            Self::Individual(Individual {
                country,
                identifier,
                ..
            }) => {
                let identifier = (SERIAL_NUMBER, "serial number", identifier.as_str());
                (country, vec![identifier])
            }
        }
    }
}

fn organization(name: &str) -> Attribute<'_> {
    (ORGANIZATION, "organization name", name)
}

/// The name of an authority's other root, for its cards: what its own name says, with this common name.
///
/// # Errors
/// [`Error::Empty`] or [`Error::Text`] for the common name.
pub fn sibling_name(authority: &Name, common_name: &str) -> Result<Name, Error> {
    let mut sequence = RdnSequence::default();
    let is_common = |rdn: &&RelativeDistinguishedName| rdn.iter().any(|one| one.oid == COMMON_NAME);
    for rdn in authority.iter_rdn().filter(|rdn| !is_common(rdn)) {
        sequence.push(rdn.clone());
    }
    sequence.push(text_rdn(COMMON_NAME, "common name", common_name)?);
    let der = sequence.to_der().map_err(Error::der("name"))?;
    Name::from_der(&der).map_err(Error::der("name"))
}

/// The name of a card as an issuer of attestations: `CN=Sello card NNNNNNNN`, with eight decimal digits of
/// its serial number or more (`specs/card.md`).
///
/// # Errors
/// None that a number could cause.
pub fn card_name(serial: u32) -> Result<Name, Error> {
    let mut sequence = RdnSequence::default();
    let text = format!("Sello card {serial:08}");
    sequence.push(text_rdn(COMMON_NAME, "common name", &text)?);
    let der = sequence.to_der().map_err(Error::der("name"))?;
    Name::from_der(&der).map_err(Error::der("name"))
}

/// An attribute's type, its name for messages, its value.
type Attribute<'a> = (ObjectIdentifier, &'static str, &'a str);

fn country_rdn(country: &str) -> Result<RelativeDistinguishedName, Error> {
    let what = "country";
    if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Error::Text { what });
    }
    let value = PrintableStringRef::new(country).map_err(|_| Error::Text { what })?;
    rdn(COUNTRY, what, Any::from(value))
}

fn text_rdn(
    oid: ObjectIdentifier,
    what: &'static str,
    value: &str,
) -> Result<RelativeDistinguishedName, Error> {
    if value.is_empty() {
        return Err(Error::Empty { what });
    }
    if value.chars().count() > MAX_CHARS || value.chars().any(char::is_control) {
        return Err(Error::Text { what });
    }
    // serialNumber is a PrintableString in X.520; the others are best as UTF8String.
    let any = if oid == SERIAL_NUMBER {
        Any::from(PrintableStringRef::new(value).map_err(|_| Error::Text { what })?)
    } else {
        Any::from(Utf8StringRef::new(value).map_err(|_| Error::Text { what })?)
    };
    rdn(oid, what, any)
}

fn rdn(
    oid: ObjectIdentifier,
    what: &'static str,
    value: Any,
) -> Result<RelativeDistinguishedName, Error> {
    let mut set = SetOfVec::new();
    set.insert(AttributeTypeAndValue { oid, value })
        .map_err(Error::der(what))?;
    RelativeDistinguishedName::try_from(set.into_vec()).map_err(Error::der(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(country: &str, identifier: &str) -> Subject {
        Subject::Individual(Individual {
            country: country.into(),
            name: "José Example".into(),
            identifier: identifier.into(),
        })
    }

    #[test]
    fn an_individual_is_known_by_name_and_serial_number() {
        let name = person("ES", "IDCES-00000000T")
            .name("José Example")
            .unwrap();
        assert_eq!(
            name.to_string(),
            "CN=José Example,SERIALNUMBER=IDCES-00000000T,C=ES"
        );
    }

    #[test]
    fn an_operator_needs_no_identifier() {
        let operator = Subject::Operator(Operator {
            country: "ES".into(),
            name: "Example Seal Center".into(),
        });
        assert_eq!(
            operator.name("Example CA").unwrap().to_string(),
            "CN=Example CA,O=Example Seal Center,C=ES"
        );
    }

    #[test]
    fn a_sibling_differs_in_its_common_name_alone() {
        let organization = Subject::Organization(Organization {
            country: "ES".into(),
            name: "Example S.L.".into(),
            identifier: "VATES-B12345678".into(),
        });
        let ca = organization.name("Example CA").unwrap();
        let sibling = sibling_name(&ca, "Device root").unwrap();
        assert_eq!(sibling, organization.name("Device root").unwrap());
    }

    #[test]
    fn values_that_do_not_fit_are_named() {
        let refused = |subject: Subject, cn: &str| subject.name(cn).unwrap_err();
        let text = |what| Error::Text { what };
        assert_eq!(refused(person("Es", "1"), "x"), text("country"));
        assert_eq!(refused(person("ESP", "1"), "x"), text("country"));
        assert_eq!(refused(person("ES", "ñ"), "x"), text("serial number"));
        assert_eq!(
            refused(person("ES", "1"), ""),
            Error::Empty {
                what: "common name"
            }
        );
        assert_eq!(refused(person("ES", "1"), "a\nb"), text("common name"));
        assert_eq!(
            refused(person("ES", "1"), &"é".repeat(65)),
            text("common name")
        );
        assert!(person("ES", "1").name(&"é".repeat(64)).is_ok());
    }
}
