//! A seal card to measure: personalized in one go, with a certificate from a throwaway CA.

use std::error::Error;

use der::DateTime;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use sello_card::{CardSession, Exclusive, ManagementKey, Pin, Puk};
use sello_profile::certificate::{self, Issuer, Organization, Profile, Subject};
use sello_wire::{LifeCycle, PinPolicy, Slot};

use crate::reader::CountingReader;

/// The custodian's PIN of the card.
pub const PIN: &[u8] = b"246813";
/// The PIN it is delivered with.
const TRANSPORT_PIN: &[u8] = b"739158";
/// Its PUK.
const PUK: &[u8] = b"80246813";
/// The CA's key: public, and good for nothing else.
const CA_KEY: [u8; 32] = [0x5A; 32];
/// Size of the seal structure in bytes, with a picture as small as they come.
const SEAL_LENGTH: usize = 20_000;

/// Makes the blank card of a reader a seal card that its custodian has taken over.
///
/// # Errors
/// Whatever goes wrong: a benchmark without a card is none.
pub fn personalize(reader: &CountingReader) -> Result<(), Box<dyn Error>> {
    let mut session = CardSession::open(Box::new(reader.clone()))?;
    let mut card = session.exclusive()?;
    card.authenticate_management(&ManagementKey::factory())?;
    card.set_status(LifeCycle::Personalizing)?;
    let point = card.generate_key(Slot::Signature, PinPolicy::Always)?;
    let (root, seal) = certificates(&point)?;
    card.write_certificate(Slot::Signature, &seal)?;
    card.write_chuid(&[0xC5; 16], b"20400101")?;
    let entry = card.write_seal(Slot::Signature, &[0x3C; SEAL_LENGTH], &[root])?;
    card.write_directory(&[entry])?;
    deliver(&mut card)
}

/// Sets PUK and PIN, and hands the card over.
fn deliver(card: &mut Exclusive<'_>) -> Result<(), Box<dyn Error>> {
    card.change_puk(&Puk::factory(), &Puk::new(PUK)?)?;
    card.change_pin(&Pin::factory(), &Pin::new(TRANSPORT_PIN)?)?;
    card.set_status(LifeCycle::Operational)?;
    card.change_pin(&Pin::new(TRANSPORT_PIN)?, &Pin::new(PIN)?)?;
    Ok(())
}

/// The CA's certificate and one it issues for the key of the card.
fn certificates(point: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Box<dyn Error>> {
    let key = SigningKey::from_slice(&CA_KEY)?;
    let ca_point = key.verifying_key().to_sec1_point(false);
    let subject = Subject::Organization(Organization {
        country: "ES".to_owned(),
        name: "Example S.L.".to_owned(),
        identifier: "VATES-B12345678".to_owned(),
    });
    let validity = (
        DateTime::new(2026, 1, 1, 0, 0, 0)?,
        DateTime::new(2036, 1, 1, 0, 0, 0)?,
    );
    let sign = |to_be_signed: &[u8]| {
        let signature: DerSignature = key.sign(to_be_signed);
        certificate::assemble(to_be_signed, signature.as_bytes())
    };
    let name = subject.name("Example CA")?;
    let root = Profile::Root.to_be_signed(&[1; 16], validity, name, ca_point.as_bytes())?;
    let root = sign(&root)?;
    let profile = Profile::Seal {
        issuer: Issuer::from_certificate(&root)?,
        crl_url: None,
    };
    let name = subject.name("Example official seal")?;
    let seal = profile.to_be_signed(&[2; 16], validity, name, point)?;
    Ok((root, sign(&seal)?))
}
