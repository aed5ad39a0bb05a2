//! The small record that every commit writes.

use sello_wire::journal::CHAIN_LENGTH;
use sello_wire::key::Slot;
use sello_wire::life_cycle::LifeCycle;
use sello_wire::pin::{self, PinReference};
use zeroize::Zeroizing;

use super::bytes::{Fill, Take};
use super::management_key::ManagementKey;
use super::reference_data::{self, ReferenceData};
use crate::platform::{Failure, Platform, Record};

/// Version of the byte layout this card writes.
const LAYOUT: u8 = 2;
/// The layout of the first cards: no profile, no approver PIN, no journal.
const FIRST_LAYOUT: u8 = 1;
/// Length of the register in bytes.
pub(crate) const REGISTER_LENGTH: usize =
    5 + 3 * reference_data::LENGTH + ManagementKey::LONGEST + 4 * 4 + CHAIN_LENGTH + 2 * SLOTS;
const FIRST_REGISTER_LENGTH: usize = 66;
/// Slots that can hold an approval: all but the attestation slot.
const SLOTS: usize = 24;

const TRANSPORT_PIN: u8 = 0x01;
const APPROVER_TRANSPORT: u8 = 0x02;
const CONTACTLESS_PIN_FORBIDDEN: u8 = 0x04;

/// What the card was made to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A seal card, which a center makes over the secure channel.
    Seal,
    /// An unpersonalized PIV card, which its management key administers.
    Piv,
}

impl Profile {
    const fn to_byte(self) -> u8 {
        match self {
            Self::Seal => 0,
            Self::Piv => 1,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Seal),
            1 => Some(Self::Piv),
            _ => None,
        }
    }
}

/// The head of the journal (`specs/card.md`, "Journal").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct JournalHead {
    /// Entries ever made.
    pub(crate) counter: u32,
    /// Chain value after the newest entry.
    pub(crate) chain: [u8; CHAIN_LENGTH],
}

/// Life cycle, reference data and counters.
#[derive(Clone)]
pub(crate) struct Register {
    pub(crate) life_cycle: LifeCycle,
    pub(crate) profile: Profile,
    /// The PIN is still the one from the center's letter.
    pub(crate) transport_pin: bool,
    /// The approver PIN is still the one from the center's letter.
    pub(crate) approver_transport: bool,
    /// The PIN must not be used over a contactless interface.
    pub(crate) contactless_pin_forbidden: bool,
    pub(crate) pin: ReferenceData,
    pub(crate) puk: ReferenceData,
    pub(crate) approver: ReferenceData,
    pub(crate) management_key: ManagementKey,
    pub(crate) serial: [u8; 4],
    pub(crate) write_counter: u32,
    pub(crate) journal: JournalHead,
    /// One bit a slot: the key may still give its possession signature.
    possession: u32,
    /// Stampings the approver has allowed, by slot.
    approvals: [u16; SLOTS],
}

impl Register {
    pub(crate) fn factory(profile: Profile, serial: [u8; 4]) -> Self {
        Self {
            life_cycle: match profile {
                Profile::Seal => LifeCycle::Blank,
                Profile::Piv => LifeCycle::Operational,
            },
            profile,
            transport_pin: false,
            approver_transport: false,
            contactless_pin_forbidden: false,
            pin: ReferenceData::new(pin::FACTORY_PIN, pin::TRIES),
            puk: ReferenceData::new(pin::FACTORY_PUK, pin::TRIES),
            approver: ReferenceData::unset(),
            management_key: ManagementKey::factory(),
            serial,
            write_counter: 0,
            journal: JournalHead::default(),
            possession: 0,
            approvals: [0; SLOTS],
        }
    }

    /// The register after a wipe: factory values, but the serial number, the write counter and the
    /// journal, which stay.
    pub(crate) fn wiped(&self, life_cycle: LifeCycle) -> Self {
        Self {
            life_cycle,
            write_counter: self.write_counter,
            journal: self.journal,
            ..Self::factory(self.profile, self.serial)
        }
    }

    /// Takes all that is secret away.
    pub(crate) fn without_secrets(&self, life_cycle: LifeCycle) -> Self {
        Self {
            pin: ReferenceData::unset(),
            puk: ReferenceData::unset(),
            management_key: ManagementKey::erased(),
            ..self.wiped(life_cycle)
        }
    }

    pub(crate) const fn reference(&self, reference: PinReference) -> &ReferenceData {
        match reference {
            PinReference::Pin => &self.pin,
            PinReference::Puk => &self.puk,
            PinReference::Approver => &self.approver,
        }
    }

    pub(crate) const fn reference_mut(&mut self, reference: PinReference) -> &mut ReferenceData {
        match reference {
            PinReference::Pin => &mut self.pin,
            PinReference::Puk => &mut self.puk,
            PinReference::Approver => &mut self.approver,
        }
    }

    /// Whether a PIN or PUK still has the value every blank card has. An approver PIN has no such value.
    pub(crate) fn is_factory(&self, reference: PinReference) -> bool {
        match reference {
            PinReference::Pin => self.pin.matches(&pin::FACTORY_PIN),
            PinReference::Puk => self.puk.matches(&pin::FACTORY_PUK),
            PinReference::Approver => false,
        }
    }

    pub(crate) fn possession_of(&self, slot: Slot) -> bool {
        self.possession & slot_bit(slot) != 0
    }

    pub(crate) const fn possession_of_any(&self) -> bool {
        self.possession != 0
    }

    pub(crate) fn set_possession(&mut self, slot: Slot, available: bool) {
        if available {
            self.possession |= slot_bit(slot);
        } else {
            self.possession &= !slot_bit(slot);
        }
    }

    pub(crate) const fn end_possession(&mut self) {
        self.possession = 0;
    }

    /// Stampings the approver has allowed and the key in the slot has not made yet.
    pub(crate) fn approvals(&self, slot: Slot) -> u16 {
        let place = slot_number(slot).and_then(|n| self.approvals.get(n));
        place.copied().unwrap_or_default()
    }

    pub(crate) fn set_approvals(&mut self, slot: Slot, count: u16) {
        if let Some(place) = slot_number(slot).and_then(|n| self.approvals.get_mut(n)) {
            *place = count;
        }
    }

    pub(crate) fn encode(&self) -> Zeroizing<[u8; REGISTER_LENGTH]> {
        let mut bytes = Zeroizing::new([0; REGISTER_LENGTH]);
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        let flags = flag(self.transport_pin, TRANSPORT_PIN)
            | flag(self.approver_transport, APPROVER_TRANSPORT)
            | flag(self.contactless_pin_forbidden, CONTACTLESS_PIN_FORBIDDEN);
        let mut fill = Fill::new(bytes.as_mut_slice());
        fill.put(&[
            LAYOUT,
            self.life_cycle.to_byte(),
            self.profile.to_byte(),
            flags,
            self.management_key.algorithm().to_byte(),
        ]);
        for data in [&self.pin, &self.puk, &self.approver] {
            fill.put(data.value()).put(&[data.tries, data.total]);
        }
        fill.put(self.management_key.padded())
            .put(&self.serial)
            .put(&self.write_counter.to_be_bytes())
            .put(&self.possession.to_be_bytes())
            .put(&self.journal.counter.to_be_bytes())
            .put(&self.journal.chain);
        for count in self.approvals {
            fill.put(&count.to_be_bytes());
        }
        bytes
    }

    /// `None` when the bytes are no register of this layout.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut take = Take(bytes);
        let [layout, life_cycle, profile, flags, algorithm] = *take.array()?;
        let known = TRANSPORT_PIN | APPROVER_TRANSPORT | CONTACTLESS_PIN_FORBIDDEN;
        if layout != LAYOUT || flags & !known != 0 {
            return None;
        }
        let mut data = || {
            let value = *take.array()?;
            let [tries, total] = *take.array()?;
            ReferenceData::decode(value, tries, total)
        };
        let (pin, puk, approver) = (data()?, data()?, data()?);
        let register = Self {
            life_cycle: LifeCycle::from_byte(life_cycle)?,
            profile: Profile::from_byte(profile)?,
            transport_pin: flags & TRANSPORT_PIN != 0,
            approver_transport: flags & APPROVER_TRANSPORT != 0,
            contactless_pin_forbidden: flags & CONTACTLESS_PIN_FORBIDDEN != 0,
            pin,
            puk,
            approver,
            management_key: ManagementKey::decode(algorithm, take.array()?)?,
            serial: *take.array()?,
            write_counter: u32::from_be_bytes(*take.array()?),
            possession: u32::from_be_bytes(*take.array()?),
            journal: JournalHead {
                counter: u32::from_be_bytes(*take.array()?),
                chain: *take.array()?,
            },
            approvals: decode_approvals(&mut take)?,
        };
        take.is_empty().then_some(register)
    }

    /// A register as the first cards wrote it; the next commit writes it anew.
    fn decode_first_layout(bytes: &[u8]) -> Option<Self> {
        let mut take = Take(bytes);
        let [
            layout,
            life_cycle,
            transport,
            pin_tries,
            puk_tries,
            algorithm,
        ] = *take.array()?;
        if layout != FIRST_LAYOUT || transport > 1 {
            return None;
        }
        let pin = ReferenceData::decode(*take.array()?, pin_tries, pin::TRIES)?;
        let puk = ReferenceData::decode(*take.array()?, puk_tries, pin::TRIES)?;
        let management_key = ManagementKey::decode(algorithm, take.array()?)?;
        let register = Self {
            life_cycle: LifeCycle::from_byte(life_cycle)?,
            transport_pin: transport == 1,
            pin,
            puk,
            management_key,
            write_counter: u32::from_be_bytes(*take.slice(8)?.last_chunk()?),
            possession: u32::from_be_bytes(*take.array()?),
            ..Self::factory(Profile::Seal, *bytes.get(54..58)?.first_chunk()?)
        };
        take.is_empty().then_some(register)
    }

    /// Reads the register of a manufactured card.
    ///
    /// # Errors
    /// [`Failure::Memory`] when there is none or it cannot be understood.
    pub(crate) fn load<P: Platform>(platform: &P) -> Result<Self, Failure> {
        let mut bytes = Zeroizing::new([0; REGISTER_LENGTH]);
        let length = platform.read(Record::Register, bytes.as_mut_slice())?;
        let used = length.and_then(|length| bytes.get(..length));
        let register = match length {
            Some(FIRST_REGISTER_LENGTH) => used.and_then(Self::decode_first_layout),
            _ => used.and_then(Self::decode),
        };
        register.ok_or(Failure::Memory)
    }
}

fn decode_approvals(take: &mut Take<'_>) -> Option<[u16; SLOTS]> {
    let mut approvals = [0; SLOTS];
    for count in &mut approvals {
        *count = u16::from_be_bytes(*take.array()?);
    }
    Some(approvals)
}

/// The number of a slot, 0 to 23; `None` for the attestation slot.
fn slot_number(slot: Slot) -> Option<usize> {
    match slot {
        Slot::Authentication => Some(0),
        Slot::Signature => Some(1),
        Slot::KeyManagement => Some(2),
        Slot::CardAuthentication => Some(3),
        Slot::Retired(n) => Some(3 + usize::from(n.number())),
        Slot::Attestation => None,
    }
}

/// 0 for the attestation slot.
fn slot_bit(slot: Slot) -> u32 {
    slot_number(slot).map_or(0, |number| 1 << number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Register {
        let mut register = Register::factory(Profile::Seal, [0, 0, 0x30, 0x39]);
        register.life_cycle = LifeCycle::Personalizing;
        register.transport_pin = true;
        register.approver = ReferenceData::new(*b"654321\xFF\xFF", 5);
        register.pin.tries = 2;
        register.write_counter = 77;
        register.journal = JournalHead {
            counter: 9,
            chain: [7; 32],
        };
        register.set_possession(Slot::Signature, true);
        register.set_approvals(Slot::Signature, 300);
        register
    }

    #[test]
    fn a_register_survives_its_bytes() {
        let bytes = sample().encode();
        let read = Register::decode(bytes.as_slice()).unwrap();
        assert_eq!(read.encode(), bytes);
        assert!(read.possession_of(Slot::Signature));
        assert_eq!(read.approvals(Slot::Signature), 300);
        assert_eq!(read.journal.counter, 9);
    }

    #[test]
    fn a_register_that_makes_no_sense_is_refused() {
        let good = sample().encode();
        // Layout, life cycle, profile, flags, algorithm, tries left.
        for (place, byte) in [(0, 9), (1, 2), (2, 2), (3, 0x80), (4, 0x11), (13, 16)] {
            let mut bytes = *good;
            bytes[place] = byte;
            assert!(Register::decode(&bytes).is_none(), "byte {place}");
        }
        assert!(Register::decode(&good[..REGISTER_LENGTH - 1]).is_none());
    }

    #[test]
    fn the_register_of_a_first_card_is_understood() {
        let mut bytes = [0; FIRST_REGISTER_LENGTH];
        bytes[..6].copy_from_slice(&[1, 7, 1, 2, 3, 0x0C]);
        bytes[6..14].copy_from_slice(b"246813\xFF\xFF");
        bytes[14..22].copy_from_slice(b"80246813");
        bytes[54..].copy_from_slice(&[0, 0, 0x30, 0x39, 0, 0, 0, 5, 0, 0, 0, 2]);
        let register = Register::decode_first_layout(&bytes).unwrap();
        assert_eq!(register.serial, [0, 0, 0x30, 0x39]);
        assert_eq!((register.write_counter, register.pin.tries), (5, 2));
        assert!(register.transport_pin && register.possession_of(Slot::Signature));
        assert_eq!(register.profile, Profile::Seal);
    }
}
