//! A card as it leaves the factory.

use sello_wire::key::{Curve, KeyOrigin, PinPolicy, Slot};
use sello_wire::object::ObjectTag;
use sello_wire::tag::Tag;
use sello_wire::tlv::{self, Writer};
use zeroize::Zeroizing;

use crate::attestation::{self, LARGEST_CERTIFICATE};
use crate::platform::{Change, Failure, Platform, Record};
use crate::record::{Profile, REGISTER_LENGTH, Register, StoredKey};

/// Makes a card with this serial number and profile out of empty memory. A plain PIV token gets an
/// attestation key that certifies itself; that of a seal card is made with the center.
///
/// # Errors
/// [`Failure::Memory`] when the memory already holds a card, or whatever the platform reports.
pub fn manufacture<P: Platform>(
    platform: &mut P,
    serial: u32,
    profile: Profile,
) -> Result<(), Failure> {
    let mut bytes = Zeroizing::new([0; REGISTER_LENGTH]);
    if platform
        .read(Record::Register, bytes.as_mut_slice())?
        .is_some()
    {
        return Err(Failure::Memory);
    }
    let serial = serial.to_be_bytes();
    let register = Register::factory(profile, serial).encode();
    let register = Change::Write(Record::Register, register.as_slice());
    match profile {
        Profile::Seal => platform.commit(&[register]),
        Profile::Piv => attestable(platform, serial, register),
    }
}

fn attestable<P: Platform>(
    platform: &mut P,
    serial: [u8; 4],
    register: Change<'_>,
) -> Result<(), Failure> {
    let slot = Slot::Attestation;
    let (private, point) = platform.generate(Curve::P256)?;
    let signed = attestation::self_signed(platform, serial, &private, &point)?;
    let mut buffer = [0; LARGEST_CERTIFICATE + 16];
    let mut writer = Writer::new(&mut buffer);
    writer
        .nested(Tag::DATA, |w| certificate_object(w, &signed))
        .map_err(|_| Failure::Cryptography)?;
    let certificate = writer.finish();
    let key = StoredKey {
        policy: PinPolicy::Never,
        origin: KeyOrigin::Generated,
        dual_control: false,
        point,
        private,
    }
    .encode();
    platform.commit(&[
        Change::Write(Record::Key(slot), key.as_slice()),
        Change::Write(Record::Object(ObjectTag::certificate(slot)), certificate),
        register,
    ])
}

/// A certificate as a PIV object holds it, not compressed (SP 800-73-5 part 1, table 10).
fn certificate_object(
    writer: &mut Writer<'_>,
    signed: &attestation::Signed,
) -> Result<(), tlv::Error> {
    writer.nested(Tag::CERTIFICATE, |w| signed.write(w))?;
    writer.tlv(Tag::CERT_INFO, &[0])?;
    writer.tlv(Tag::ERROR_DETECTION, &[]).map(drop)
}
