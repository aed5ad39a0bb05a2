//! The cards that the modules are measured with, and the readers they are in.

use std::error::Error;

use der::DateTime;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use sello_conformance::pcsc_channel::wait_for;
use sello_conformance::terminal::{Terminal, TerminalError, field};
use sello_flow::rack::Lease;
use sello_profile::certificate::{Issuer, Organization, Profile, Subject, assemble};
use sello_simulator::{SimulatedCard, VirtualReader, VpcdAddress};
use sello_wire::Tag;
use sello_wire::key::{Algorithm, FACTORY_MANAGEMENT_KEY};

use super::PATIENCE;
use super::counted::{Counted, Counter, Length};
use crate::card::{self, Issued};

/// What a program must know of a card to sign with it.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    /// The PIN.
    pub pin: &'static str,
    /// `CKA_ID` of the key that wants the PIN for each use, in hexadecimal.
    pub always: &'static str,
    /// That of the key that wants it once, where there is one.
    pub once: Option<&'static str>,
}

/// The seal card: one seal in slot `9C`.
pub const SEAL: Keys = Keys {
    pin: card::PIN,
    always: "02",
    once: None,
};
/// The PIV card: keys in `9A` and `9C`.
pub const PIV: Keys = Keys {
    pin: "123456",
    always: "02",
    once: Some("01"),
};

/// A card in a reader of its own.
pub struct Seat {
    /// The reader's name.
    pub reader: String,
    /// The commands it got.
    pub counter: Counter,
    card: VirtualReader<Counted>,
    _lease: Lease,
}

impl Seat {
    /// Puts a card into a free reader and waits until pcscd sees it.
    ///
    /// # Errors
    /// Without a PC/SC stack with virtual readers.
    pub fn take(card: SimulatedCard, length: Length) -> Result<Self, Box<dyn Error>> {
        let lease = Lease::take()?;
        let counter = Counter::default();
        let address = VpcdAddress::local(lease.port());
        let card = VirtualReader::start(address, Counted::new(card, length, counter.clone()))?;
        let reader = lease.reader()?;
        wait_for(&reader, true, PATIENCE)?;
        let _ = counter.take();
        Ok(Self {
            reader,
            counter,
            card,
            _lease: lease,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // The next lease of this reader must not see this card.
        if self.card.remove().is_ok() {
            let _ = wait_for(&self.reader, false, PATIENCE);
        }
    }
}

/// A card that the center has made, active, with one seal; the state to make copies of it.
///
/// # Errors
/// Whatever the programs say.
pub fn seal() -> Result<Vec<u8>, Box<dyn Error>> {
    let issued = Issued::new(SimulatedCard::blank(20_260_011)?)?;
    Ok(issued.reader.with_card(|card| card.state().to_vec()))
}

/// A PIV card with keys in `9A` and `9C` and certificates for both.
///
/// # Errors
/// When the card refuses.
pub fn piv(serial: u32) -> Result<SimulatedCard, Box<dyn Error>> {
    let mut terminal = Terminal::new(SimulatedCard::piv(serial)?);
    let say = |error: TerminalError<_>| error.to_string();
    terminal.select().map_err(say)?;
    terminal
        .authenticate(Algorithm::Aes192, &FACTORY_MANAGEMENT_KEY)
        .map_err(say)?;
    for (slot, object) in [(0x9A, 0x05), (0x9C, 0x0A)] {
        let made = terminal
            .demand("GENERATE", [0, 0x47, 0, slot], &[0xAC, 3, 0x80, 1, 0x11])
            .map_err(say)?;
        let point = field(&made, Tag::PUBLIC_KEY, Tag::POINT).ok_or("no public key")?;
        let object = wrapped(object, &certificate(slot, point)?)?;
        terminal
            .demand("PUT DATA", [0, 0xDB, 0x3F, 0xFF], &object)
            .map_err(say)?;
    }
    terminal.channel.reset()?;
    Ok(terminal.channel)
}

/// PUT DATA of a certificate (SP 800-73-5 part 1, table 42) as the object `5FC1xx`.
fn wrapped(object: u8, certificate: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let long = |tag: u8, value: &[u8]| -> Result<Vec<u8>, Box<dyn Error>> {
        let [high, low] = u16::try_from(value.len())?.to_be_bytes();
        Ok([&[tag, 0x82, high, low], value].concat())
    };
    let content = [&long(0x70, certificate)?[..], &[0x71, 1, 0, 0xFE, 0]].concat();
    Ok([&[0x5C, 3, 0x5F, 0xC1, object][..], &long(0x53, &content)?].concat())
}

/// A certificate of a throwaway authority.
fn certificate(slot: u8, point: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let authority = SigningKey::from_slice(&[7; 32])?;
    let sign = |data: &[u8]| -> Vec<u8> {
        let signature: DerSignature = authority.sign(data);
        signature.as_bytes().to_vec()
    };
    let name = |common_name: &str| {
        Subject::Organization(Organization {
            country: "ES".into(),
            name: "Example S.L.".into(),
            identifier: "VATES-B12345674".into(),
        })
        .name(common_name)
    };
    let validity = (
        DateTime::new(2026, 1, 1, 0, 0, 0)?,
        DateTime::new(2036, 1, 1, 0, 0, 0)?,
    );
    let own = authority.verifying_key().to_sec1_point(false);
    let tbs = Profile::Root.to_be_signed(&[1], validity, name("Bench CA")?, own.as_bytes())?;
    let issuer = Issuer::from_certificate(&assemble(&tbs, &sign(&tbs))?)?;
    let profile = Profile::Seal {
        issuer,
        crl_url: None,
    };
    let common_name = format!("Bench key {slot:02X}");
    let tbs = profile.to_be_signed(&[slot & 0x7F], validity, name(&common_name)?, point)?;
    Ok(assemble(&tbs, &sign(&tbs))?)
}
