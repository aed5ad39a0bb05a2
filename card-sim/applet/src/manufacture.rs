//! A card as it leaves the factory.

use zeroize::Zeroizing;

use crate::platform::{Change, Failure, Platform, Record};
use crate::record::{Profile, REGISTER_LENGTH, Register};

/// Makes a card with this serial number and profile out of empty memory.
///
/// # Errors
/// [`Failure::Memory`] when the memory already holds a card, or whatever the commit reports.
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
    let register = Register::factory(profile, serial.to_be_bytes()).encode();
    platform.commit(&[Change::Write(Record::Register, register.as_slice())])
}
