//! What a card states of a key: an X.509 certificate by the card's attestation key, whose own certificate
//! comes from the center's device root (`specs/card.md`, `specs/issuing.md`).

use der::asn1::{OctetString, Uint};
use der::{Any, Decode, Sequence};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::name::Name;

use crate::certificate::card_name;
use crate::oid::{ATTESTED_POLICIES, ATTESTED_SERIAL, ATTESTED_SLOT, ATTESTED_VERSION, RawOid};
use crate::{Error, ecdsa};

/// The attestation key of a card, certified by the center.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardCertificate {
    /// The card's serial number.
    pub serial: u32,
    /// The attestation key, an uncompressed point.
    pub point: [u8; ecdsa::POINT_LEN],
}

impl CardCertificate {
    /// Checks a card's certificate (DER) with that of the device root.
    ///
    /// # Errors
    /// [`Error::Signature`] and other errors of [`ecdsa::check_certificate`] when another root signed it;
    /// [`Error::Attestation`] when it is no card's.
    pub fn check(der: &[u8], device_root: &[u8]) -> Result<Self, Error> {
        let root = Certificate::from_der(device_root).map_err(Error::der("device root"))?;
        ecdsa::check_certificate(der, &ecdsa::certificate_point(device_root)?)?;
        let certificate = Certificate::from_der(der).map_err(Error::der("card certificate"))?;
        let tbs = certificate.tbs_certificate();
        if tbs.issuer() != root.tbs_certificate().subject() {
            return Err(Error::Attestation { what: "issuer" });
        }
        let constraints = tbs.get_extension::<BasicConstraints>().ok().flatten();
        if !constraints.is_some_and(|(_, one)| one.ca && one.path_len_constraint == Some(0)) {
            return Err(Error::Attestation {
                what: "basic constraints",
            });
        }
        Ok(Self {
            serial: serial_of(tbs.subject())?,
            point: ecdsa::certificate_point(der)?,
        })
    }
}

/// What a card states of a key that it generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// The key, an uncompressed point on P-256.
    pub point: [u8; ecdsa::POINT_LEN],
    /// The key reference, as `9C`.
    pub slot: u8,
    /// The PIN policy byte, as `04` for counted.
    pub pin_policy: u8,
    /// Whether each use needs an approval.
    pub dual_control: bool,
    /// Version of the card edge: major, minor, patch.
    pub version: [u8; 3],
}

impl Attestation {
    /// Checks an attestation certificate (DER) with the attestation key of its card.
    ///
    /// # Errors
    /// [`Error::Signature`] and other errors of [`ecdsa::check_certificate`] when another key signed it;
    /// [`Error::Attestation`] naming what it does not say, or says of another card.
    pub fn check(der: &[u8], card: &CardCertificate) -> Result<Self, Error> {
        ecdsa::check_certificate(der, &card.point)?;
        let read = Attested::from_der(der).map_err(Error::der("attestation certificate"))?;
        let tbs = read.to_be_signed;
        if serial_of(&tbs.issuer)? != card.serial {
            return Err(Error::Attestation { what: "issuer" });
        }
        let told: Uint = tbs.value(ATTESTED_SERIAL, "card serial number")?;
        let serial = Uint::new(&card.serial.to_be_bytes()).map_err(Error::der("number"))?;
        if told != serial {
            return Err(Error::Attestation {
                what: "card serial number",
            });
        }
        let [slot] = tbs.bytes(ATTESTED_SLOT, "slot")?;
        let [pin_policy, _, dual_control @ 0..=1] = tbs.bytes(ATTESTED_POLICIES, "policies")?
        else {
            return Err(Error::Attestation { what: "policies" });
        };
        Ok(Self {
            point: ecdsa::point_of(&tbs.public_key)?,
            slot,
            pin_policy,
            dual_control: dual_control == 1,
            version: tbs.bytes(ATTESTED_VERSION, "version")?,
        })
    }
}

/// The serial number that a card's name tells; the name must be written in its one form.
fn serial_of(name: &Name) -> Result<u32, Error> {
    let wrong = Error::Attestation { what: "card name" };
    let text = name.to_string();
    let digits = text.rsplit(' ').next().unwrap_or_default();
    let serial = digits.parse().map_err(|_| wrong.clone())?;
    if *name == card_name(serial)? {
        Ok(serial)
    } else {
        Err(wrong)
    }
}

/// A certificate whose extensions have identifiers wider than `x509-cert`'s type takes. What is not looked
/// at is under the signature: a card has no clock, and the extensions name the key.
#[derive(Sequence)]
struct Attested {
    to_be_signed: ToBeSigned,
    algorithm: AlgorithmIdentifierOwned,
    signature: Any,
}

#[derive(Sequence)]
struct ToBeSigned {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial_number: Uint,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Any,
    subject: Name,
    public_key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Extension {
    id: RawOid,
    #[asn1(default = "Default::default")]
    critical: bool,
    value: OctetString,
}

impl ToBeSigned {
    /// The value of the one extension with this identifier.
    fn value<'a, T: Decode<'a, Error = der::Error>>(
        &'a self,
        id: RawOid,
        what: &'static str,
    ) -> Result<T, Error> {
        let mut all = self.extensions.iter().filter(|one| one.id == id);
        let (Some(one), None) = (all.next(), all.next()) else {
            return Err(Error::Attestation { what });
        };
        T::from_der(one.value.as_bytes()).map_err(|_| Error::Attestation { what })
    }

    /// As [`Self::value`], for an octet string of a fixed length.
    fn bytes<const N: usize>(&self, id: RawOid, what: &'static str) -> Result<[u8; N], Error> {
        let value: OctetString = self.value(id, what)?;
        let bytes = value.as_bytes().try_into();
        bytes.map_err(|_| Error::Attestation { what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::{Issuer, Profile, assemble, join};
    use crate::testing::{Key, day, name};
    use der::{DateTime, Encode};
    use x509_cert::time::{Time, Validity};

    const SERIAL: u32 = 20_260_001;

    fn years() -> (DateTime, DateTime) {
        (day(2026), day(2046))
    }

    fn root(key: &Key) -> Vec<u8> {
        let tbs = Profile::DeviceRoot
            .to_be_signed(&[1; 16], years(), name("Devices"), &key.point())
            .unwrap();
        assemble(&tbs, &key.sign(&tbs)).unwrap()
    }

    fn card(root_key: &Key, key: &Key, serial: u32) -> Vec<u8> {
        let issuer = Issuer::from_certificate(&root(root_key)).unwrap();
        let tbs = Profile::CardAttestation { issuer }
            .to_be_signed(&[2; 16], years(), card_name(serial).unwrap(), &key.point())
            .unwrap();
        assemble(&tbs, &root_key.sign(&tbs)).unwrap()
    }

    fn extension(id: RawOid, value: Vec<u8>) -> Extension {
        Extension {
            id,
            critical: false,
            value: OctetString::new(value).unwrap(),
        }
    }

    fn octets(bytes: &[u8]) -> Vec<u8> {
        OctetString::new(bytes).unwrap().to_der().unwrap()
    }

    fn extensions() -> Vec<Extension> {
        let serial = Uint::new(&SERIAL.to_be_bytes()).unwrap();
        vec![
            extension(ATTESTED_VERSION, octets(&[5, 7, 0])),
            extension(ATTESTED_SERIAL, serial.to_der().unwrap()),
            extension(ATTESTED_POLICIES, octets(&[4, 1, 1])),
            extension(ATTESTED_SLOT, octets(&[0x9C])),
        ]
    }

    fn attest(signer: &Key, issuer: u32, key: &Key, extensions: Vec<Extension>) -> Vec<u8> {
        let validity = Validity::<x509_cert::certificate::Rfc5280>::new(
            Time::from(years().0),
            Time::from(years().1),
        );
        let tbs = ToBeSigned {
            version: Version::V3,
            serial_number: Uint::new(&[0x41; 16]).unwrap(),
            signature: ecdsa::algorithm(),
            issuer: card_name(issuer).unwrap(),
            validity: Any::encode_from(&validity).unwrap(),
            subject: name("Sello key 9c"),
            public_key: ecdsa::public_key_info(&key.point()).unwrap(),
            extensions,
        };
        let tbs = tbs.to_der().unwrap();
        join("attestation", &tbs, &signer.sign(&tbs)).unwrap()
    }

    #[test]
    fn the_chain_from_root_to_key_is_checked() {
        let (device, seal) = (Key::new(2), Key::new(3));
        let root_key = Key::new(1);
        let card = CardCertificate::check(&card(&root_key, &device, SERIAL), &root(&root_key));
        let card = card.unwrap();
        assert_eq!((card.serial, card.point), (SERIAL, device.point()));
        let der = attest(&device, SERIAL, &seal, extensions());
        assert_eq!(
            Attestation::check(&der, &card),
            Ok(Attestation {
                point: seal.point(),
                slot: 0x9C,
                pin_policy: 4,
                dual_control: true,
                version: [5, 7, 0],
            })
        );
    }

    #[test]
    fn cards_of_another_root_and_other_certificates_are_refused() {
        let (ours, theirs, device) = (Key::new(1), Key::new(9), Key::new(2));
        let foreign = card(&theirs, &device, SERIAL);
        assert_eq!(
            CardCertificate::check(&foreign, &root(&ours)),
            Err(Error::Signature)
        );
        // Signed by the root, but no card's.
        let issuer = Issuer::from_certificate(&root(&ours)).unwrap();
        let make = |profile: Profile, subject| {
            let tbs = profile
                .to_be_signed(&[2; 16], years(), subject, &device.point())
                .unwrap();
            let der = assemble(&tbs, &ours.sign(&tbs)).unwrap();
            CardCertificate::check(&der, &root(&ours))
        };
        let seal = Profile::Seal {
            issuer: issuer.clone(),
            crl_url: None,
        };
        let what = "basic constraints";
        assert_eq!(
            make(seal, card_name(SERIAL).unwrap()),
            Err(Error::Attestation { what })
        );
        let what = "card name";
        assert_eq!(
            make(
                Profile::CardAttestation { issuer },
                name("Sello card 20260001")
            ),
            Err(Error::Attestation { what })
        );
    }

    #[test]
    fn every_statement_has_to_be_there_once_and_of_this_card() {
        let (device, seal) = (Key::new(2), Key::new(3));
        let card = CardCertificate {
            serial: SERIAL,
            point: device.point(),
        };
        let check = |der: Vec<u8>| Attestation::check(&der, &card).unwrap_err();
        let other = attest(&Key::new(8), SERIAL, &seal, extensions());
        assert_eq!(check(other), Error::Signature);
        let what = "issuer";
        assert_eq!(
            check(attest(&device, 7, &seal, extensions())),
            Error::Attestation { what }
        );
        let names = ["version", "card serial number", "policies", "slot"];
        for (index, what) in names.into_iter().enumerate() {
            let mut missing = extensions();
            let one = missing.remove(index);
            let wrong = Error::Attestation { what };
            assert_eq!(check(attest(&device, SERIAL, &seal, missing)), wrong);
            let mut twice = extensions();
            twice.push(one);
            assert_eq!(check(attest(&device, SERIAL, &seal, twice)), wrong);
            let mut broken = extensions();
            broken[index].value = OctetString::new(vec![4, 1]).unwrap();
            assert_eq!(check(attest(&device, SERIAL, &seal, broken)), wrong);
        }
        let mut policies = extensions();
        policies[2].value = OctetString::new(octets(&[4, 1, 2])).unwrap();
        let what = "policies";
        assert_eq!(
            check(attest(&device, SERIAL, &seal, policies)),
            Error::Attestation { what }
        );
    }
}
