//! The part of a certificate that is signed.

use const_oid::{AssociatedOid, ObjectIdentifier};
use der::asn1::{BitString, Ia5String, OctetString};
use der::flagset::FlagSet;
use der::{Any, DateTime, Decode, Encode, Sequence};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::crl::CrlDistributionPoints;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, Extensions};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

use super::extensions::{authority_key_identifier, extension, key_identifier};
use crate::oid::{RawOid, SEAL_MAKER};
use crate::{Error, ecdsa};

/// `id-kp-timeStamping` (RFC 3161, 2.3).
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");

/// Who signs a certificate.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// Distinguished name.
    pub name: Name,
    /// Public key, uncompressed point.
    pub point: [u8; ecdsa::POINT_LEN],
}

impl Issuer {
    /// The issuer that a CA certificate (DER) stands for.
    ///
    /// # Errors
    /// [`Error::Der`] or [`Error::PublicKey`].
    pub fn from_certificate(der: &[u8]) -> Result<Self, Error> {
        let certificate = Certificate::from_der(der).map_err(Error::der("certificate"))?;
        Ok(Self {
            name: certificate.tbs_certificate().subject().clone(),
            point: ecdsa::certificate_point(der)?,
        })
    }
}

/// What a certificate is for, and with it everything about its form.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Profile {
    /// The center's own root: self-signed, signs certificates and revocation lists.
    Root,
    /// The root of a center's cards: self-signed, signs their attestation certificates and nothing else.
    DeviceRoot,
    /// The attestation key of one card: signs what the card says of its keys and of its journal.
    CardAttestation {
        /// The device root.
        issuer: Issuer,
    },
    /// Signs seal structures: critical extended key usage "seal maker" alone.
    SealMaker {
        /// The CA.
        issuer: Issuer,
        /// Where revocation lists are, if anywhere.
        crl_url: Option<String>,
    },
    /// Gives timestamps (RFC 3161, 2.3): critical extended key usage "timeStamping" alone.
    Timestamp {
        /// The CA.
        issuer: Issuer,
        /// Where revocation lists are, if anywhere.
        crl_url: Option<String>,
    },
    /// Stamps documents: nonRepudiation and digitalSignature.
    Seal {
        /// The CA.
        issuer: Issuer,
        /// Where revocation lists are, if anywhere.
        crl_url: Option<String>,
    },
}

/// RFC 5280, 4.1. `x509-cert`'s own type can only be made together with a signer.
#[derive(Sequence)]
struct ToBeSigned {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial_number: SerialNumber,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Validity,
    subject: Name,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Extensions,
}

/// A `TBSCertificate` or `TBSCertList` joined with its signature.
#[derive(Sequence)]
pub(crate) struct Joined {
    pub(crate) to_be_signed: Any,
    pub(crate) algorithm: AlgorithmIdentifierOwned,
    pub(crate) signature: BitString,
}

impl Profile {
    /// The DER to be signed.
    ///
    /// `serial` is a positive number of at most 20 bytes, big endian; `point` the subject's public
    /// key as an uncompressed point.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn to_be_signed(
        &self,
        serial: &[u8],
        validity: (DateTime, DateTime),
        subject: Name,
        point: &[u8],
    ) -> Result<Vec<u8>, Error> {
        if validity.1 < validity.0 {
            return Err(Error::Validity);
        }
        let issuer = match self {
            Self::Root | Self::DeviceRoot => subject.clone(),
            Self::SealMaker { issuer, .. }
            | Self::Timestamp { issuer, .. }
            | Self::Seal { issuer, .. }
            | Self::CardAttestation { issuer } => issuer.name.clone(),
        };
        let tbs = ToBeSigned {
            version: Version::V3,
            serial_number: SerialNumber::new(serial).map_err(Error::der("serial number"))?,
            signature: ecdsa::algorithm(),
            issuer,
            validity: Validity::new(Time::from(validity.0), Time::from(validity.1)),
            subject,
            subject_public_key_info: ecdsa::public_key_info(point)?,
            extensions: self.extensions(point)?,
        };
        tbs.to_der().map_err(Error::der("certificate"))
    }

    fn extensions(&self, point: &[u8]) -> Result<Extensions, Error> {
        let subject_key = extension(&SubjectKeyIdentifier(key_identifier(point)?), false)?;
        let mut extensions = vec![subject_key, self.basic_constraints()?, self.key_usage()?];
        let (issuer_point, crl_url) = match self {
            Self::Root | Self::DeviceRoot => return Ok(extensions),
            Self::CardAttestation { issuer } => (issuer.point, &None),
            Self::SealMaker { issuer, crl_url } => {
                extensions.push(seal_maker_usage()?);
                (issuer.point, crl_url)
            }
            Self::Timestamp { issuer, crl_url } => {
                let usage = ExtendedKeyUsage(vec![TIME_STAMPING]);
                extensions.push(extension(&usage, true)?);
                (issuer.point, crl_url)
            }
            Self::Seal { issuer, crl_url } => (issuer.point, crl_url),
        };
        extensions.push(authority_key_identifier(&issuer_point)?);
        if let Some(url) = crl_url {
            extensions.push(distribution_point(url)?);
        }
        Ok(extensions)
    }

    fn basic_constraints(&self) -> Result<Extension, Error> {
        let below = match self {
            Self::DeviceRoot => Some(1),
            Self::Root | Self::CardAttestation { .. } => Some(0),
            Self::SealMaker { .. } | Self::Timestamp { .. } | Self::Seal { .. } => None,
        };
        extension(
            &BasicConstraints {
                ca: below.is_some(),
                path_len_constraint: below,
            },
            true,
        )
    }

    fn key_usage(&self) -> Result<Extension, Error> {
        let usages: FlagSet<KeyUsages> = match self {
            Self::Root => KeyUsages::KeyCertSign | KeyUsages::CRLSign,
            Self::DeviceRoot => KeyUsages::KeyCertSign.into(),
            Self::CardAttestation { .. } => KeyUsages::KeyCertSign | KeyUsages::DigitalSignature,
            Self::SealMaker { .. } | Self::Timestamp { .. } => KeyUsages::DigitalSignature.into(),
            Self::Seal { .. } => KeyUsages::NonRepudiation | KeyUsages::DigitalSignature,
        };
        extension(&KeyUsage(usages), true)
    }
}

/// Joins a `TBSCertificate` (DER) and a signature over it (`ECDSA-Sig-Value`) to a certificate.
///
/// # Errors
/// [`Error::Der`] if the first is no DER, or the result cannot be read back as a certificate.
pub fn assemble(to_be_signed: &[u8], signature: &[u8]) -> Result<Vec<u8>, Error> {
    let der = join("certificate", to_be_signed, signature)?;
    Certificate::from_der(&der).map_err(Error::der("certificate"))?;
    Ok(der)
}

pub(crate) fn join(
    what: &'static str,
    to_be_signed: &[u8],
    signature: &[u8],
) -> Result<Vec<u8>, Error> {
    let joined = Joined {
        to_be_signed: Any::from_der(to_be_signed).map_err(Error::der(what))?,
        algorithm: ecdsa::algorithm(),
        signature: BitString::from_bytes(signature).map_err(Error::der(what))?,
    };
    joined.to_der().map_err(Error::der(what))
}

/// `extKeyUsage` by hand: the own identifier is wider than `x509-cert`'s type takes.
fn seal_maker_usage() -> Result<Extension, Error> {
    const EXTENDED_KEY_USAGE: ObjectIdentifier = <ExtendedKeyUsage as AssociatedOid>::OID;
    let der = vec![SEAL_MAKER]
        .to_der()
        .map_err(Error::der("extended key usage"))?;
    Ok(Extension {
        extn_id: EXTENDED_KEY_USAGE,
        critical: true,
        extn_value: OctetString::new(der).map_err(Error::der("extended key usage"))?,
    })
}

/// Whether a certificate (DER) is one for making seals: its only extended key usage is "seal
/// maker".
///
/// # Errors
/// [`Error::Der`] for an unreadable certificate or extension.
pub fn is_seal_maker(certificate: &[u8]) -> Result<bool, Error> {
    let certificate = Certificate::from_der(certificate).map_err(Error::der("certificate"))?;
    let extensions = certificate.tbs_certificate().extensions();
    let Some(usage) = extensions.and_then(|list| {
        list.iter()
            .find(|ext| ext.extn_id == <ExtendedKeyUsage as AssociatedOid>::OID)
    }) else {
        return Ok(false);
    };
    let usages = Vec::<RawOid>::from_der(usage.extn_value.as_bytes())
        .map_err(Error::der("extended key usage"))?;
    Ok(usages == [SEAL_MAKER])
}

fn distribution_point(url: &str) -> Result<Extension, Error> {
    let uri = Ia5String::new(url).map_err(|_| Error::Text {
        what: "revocation list address",
    })?;
    let name = DistributionPointName::FullName(vec![GeneralName::UniformResourceIdentifier(uri)]);
    extension(
        &CrlDistributionPoints(vec![DistributionPoint {
            distribution_point: Some(name),
            reasons: None,
            crl_issuer: None,
        }]),
        false,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Key, day, name, root, seal_certificate, seal_maker};
    use x509_cert::ext::pkix::AuthorityKeyIdentifier;

    fn read(der: &[u8]) -> x509_cert::TbsCertificate {
        Certificate::from_der(der)
            .unwrap()
            .tbs_certificate()
            .clone()
    }

    #[test]
    fn root_signs_certificates_and_lists_and_nothing_else() {
        let key = Key::new(1);
        let der = root(&key);
        ecdsa::check_certificate(&der, &key.point()).unwrap();
        let tbs = read(&der);
        assert_eq!(tbs.issuer(), tbs.subject());
        let (critical, constraints) = tbs.get_extension::<BasicConstraints>().unwrap().unwrap();
        assert!(critical && constraints.ca && constraints.path_len_constraint == Some(0));
        let (critical, usage) = tbs.get_extension::<KeyUsage>().unwrap().unwrap();
        assert!(critical);
        assert_eq!(usage.0, KeyUsages::KeyCertSign | KeyUsages::CRLSign);
    }

    #[test]
    fn seal_maker_is_known_by_its_only_extended_key_usage() {
        let ca = Key::new(1);
        let der = seal_maker(&ca, &Key::new(2));
        ecdsa::check_certificate(&der, &ca.point()).unwrap();
        assert!(is_seal_maker(&der).unwrap());
        assert!(!is_seal_maker(&root(&ca)).unwrap());
        assert!(!is_seal_maker(&seal_certificate(&ca, &Key::new(3))).unwrap());
        let tbs = read(&der);
        let usage = tbs
            .extensions()
            .unwrap()
            .iter()
            .find(|ext| ext.extn_id == <ExtendedKeyUsage as AssociatedOid>::OID);
        assert!(usage.unwrap().critical);
    }

    #[test]
    fn a_timestamp_authority_is_for_timestamps_alone() {
        let ca = Key::new(1);
        let profile = Profile::Timestamp {
            issuer: Issuer::from_certificate(&root(&ca)).unwrap(),
            crl_url: None,
        };
        let (from, to) = (day(2026), day(2036));
        let point = Key::new(4).point();
        let tbs = profile
            .to_be_signed(&[1; 16], (from, to), name("Timestamps"), &point)
            .unwrap();
        let der = assemble(&tbs, &ca.sign(&tbs)).unwrap();
        ecdsa::check_certificate(&der, &ca.point()).unwrap();
        let tbs = read(&der);
        let (critical, usage) = tbs.get_extension::<ExtendedKeyUsage>().unwrap().unwrap();
        assert!(critical);
        assert_eq!(usage.0, [TIME_STAMPING]);
        let (_, usage) = tbs.get_extension::<KeyUsage>().unwrap().unwrap();
        assert_eq!(usage.0, KeyUsages::DigitalSignature);
    }

    #[test]
    fn seal_certificate_names_its_holder_and_its_issuer() {
        let ca = Key::new(1);
        let holder = Key::new(3);
        let der = seal_certificate(&ca, &holder);
        ecdsa::check_certificate(&der, &ca.point()).unwrap();
        assert_eq!(ecdsa::certificate_point(&der).unwrap(), holder.point());
        let tbs = read(&der);
        assert_eq!(
            tbs.subject().to_string(),
            "CN=Contract seal,2.5.4.97=#0c0f56415445532d423132333435363738,O=Example S.L.,C=ES"
        );
        let (_, usage) = tbs.get_extension::<KeyUsage>().unwrap().unwrap();
        assert_eq!(
            usage.0,
            KeyUsages::NonRepudiation | KeyUsages::DigitalSignature
        );
        let (_, authority) = tbs
            .get_extension::<AuthorityKeyIdentifier>()
            .unwrap()
            .unwrap();
        let (_, own) = read(&root(&ca))
            .get_extension::<SubjectKeyIdentifier>()
            .unwrap()
            .unwrap();
        assert_eq!(authority.key_identifier.unwrap(), own.0);
        assert!(
            tbs.get_extension::<CrlDistributionPoints>()
                .unwrap()
                .is_some()
        );
    }

    #[test]
    fn another_key_or_a_changed_byte_is_noticed() {
        let ca = Key::new(1);
        let mut der = seal_certificate(&ca, &Key::new(3));
        assert_eq!(
            ecdsa::check_certificate(&der, &Key::new(2).point()),
            Err(Error::Signature)
        );
        let at = der.windows(7).position(|part| part == b"Example").unwrap();
        der[at] = b'e';
        assert_eq!(
            ecdsa::check_certificate(&der, &ca.point()),
            Err(Error::Signature)
        );
    }

    #[test]
    fn impossible_requests_are_refused() {
        let point = Key::new(1).point();
        let make = |serial: &[u8], from, to, point: &[u8]| {
            Profile::Root.to_be_signed(serial, (from, to), name("CA"), point)
        };
        assert_eq!(
            make(&[1], day(2027), day(2026), &point),
            Err(Error::Validity)
        );
        assert!(matches!(
            make(&[0x80; 21], day(2026), day(2027), &point),
            Err(Error::Der { .. })
        ));
        let mut off_curve = point;
        off_curve[64] ^= 1;
        assert_eq!(
            make(&[1], day(2026), day(2027), &off_curve),
            Err(Error::PublicKey)
        );
        assert_eq!(
            make(&[1], day(2026), day(2027), &point[1..]),
            Err(Error::PublicKey)
        );
    }
}
