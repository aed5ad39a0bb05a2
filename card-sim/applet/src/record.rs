//! The records of the card's memory and their bytes.

use sello_wire::key::{
    Algorithm, FACTORY_MANAGEMENT_KEY, KeyOrigin, P256_POINT_LENGTH, PinPolicy, Slot,
};
use sello_wire::life_cycle::LifeCycle;
use sello_wire::pin::{self, PinReference};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::platform::{Change, Failure, Platform, PrivateKey, Record};

/// Version of the byte layout of [`Register`] and [`StoredKey`].
const LAYOUT: u8 = 1;

/// A PIN or PUK, padded. Its tries are beside it.
#[derive(Clone)]
pub(crate) struct ReferenceData {
    value: Zeroizing<[u8; pin::LENGTH]>,
    pub(crate) tries: u8,
}

impl ReferenceData {
    pub(crate) fn new(value: [u8; pin::LENGTH]) -> Self {
        Self {
            value: Zeroizing::new(value),
            tries: pin::TRIES,
        }
    }

    /// Compares in constant time.
    pub(crate) fn matches(&self, candidate: &[u8; pin::LENGTH]) -> bool {
        self.value.ct_eq(candidate).into()
    }
}

/// The management key.
#[derive(Clone)]
pub(crate) struct ManagementKey {
    algorithm: Algorithm,
    bytes: Zeroizing<[u8; Self::LONGEST]>,
}

impl ManagementKey {
    const LONGEST: usize = 32;

    /// `None` when the key's length is not that of the algorithm.
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Option<Self> {
        algorithm
            .secret_key_length()
            .filter(|length| *length == key.len())?;
        let mut bytes = Zeroizing::new([0; Self::LONGEST]);
        bytes.get_mut(..key.len())?.copy_from_slice(key);
        Some(Self { algorithm, bytes })
    }

    fn factory() -> Self {
        let mut bytes = [0; Self::LONGEST];
        for (to, from) in bytes.iter_mut().zip(FACTORY_MANAGEMENT_KEY) {
            *to = from;
        }
        Self {
            algorithm: Algorithm::Aes192,
            bytes: Zeroizing::new(bytes),
        }
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let length = self.algorithm.secret_key_length().unwrap_or_default();
        self.bytes.get(..length).unwrap_or_default()
    }

    pub(crate) fn is_factory(&self) -> bool {
        self.algorithm == Algorithm::Aes192
            && bool::from(self.bytes().ct_eq(&FACTORY_MANAGEMENT_KEY))
    }
}

/// The small record: life cycle, reference data and counters.
#[derive(Clone)]
pub(crate) struct Register {
    pub(crate) life_cycle: LifeCycle,
    /// The PIN is still the one from the center's letter.
    pub(crate) transport_pin: bool,
    pub(crate) pin: ReferenceData,
    pub(crate) puk: ReferenceData,
    pub(crate) management_key: ManagementKey,
    pub(crate) serial: [u8; 4],
    pub(crate) write_counter: u32,
    /// One bit a slot: the key may still give its possession signature.
    possession: u32,
}

/// Length of the register in bytes.
pub(crate) const REGISTER_LENGTH: usize = 66;

impl Register {
    fn blank(serial: [u8; 4]) -> Self {
        Self {
            life_cycle: LifeCycle::Blank,
            transport_pin: false,
            pin: ReferenceData::new(pin::FACTORY_PIN),
            puk: ReferenceData::new(pin::FACTORY_PUK),
            management_key: ManagementKey::factory(),
            serial,
            write_counter: 0,
            possession: 0,
        }
    }

    /// The register after a wipe: factory values, but the serial number and the write counter, which
    /// stay.
    pub(crate) fn wiped(&self, life_cycle: LifeCycle) -> Self {
        Self {
            life_cycle,
            write_counter: self.write_counter,
            ..Self::blank(self.serial)
        }
    }

    /// Takes all that is secret away.
    pub(crate) fn without_secrets(&self, life_cycle: LifeCycle) -> Self {
        let nothing = ReferenceData {
            value: Zeroizing::new([pin::PADDING; pin::LENGTH]),
            tries: 0,
        };
        Self {
            pin: nothing.clone(),
            puk: nothing,
            management_key: ManagementKey {
                algorithm: Algorithm::Aes192,
                bytes: Zeroizing::new([0; ManagementKey::LONGEST]),
            },
            ..self.wiped(life_cycle)
        }
    }

    pub(crate) const fn reference(&self, reference: PinReference) -> &ReferenceData {
        match reference {
            PinReference::Pin => &self.pin,
            PinReference::Puk => &self.puk,
        }
    }

    pub(crate) const fn reference_mut(&mut self, reference: PinReference) -> &mut ReferenceData {
        match reference {
            PinReference::Pin => &mut self.pin,
            PinReference::Puk => &mut self.puk,
        }
    }

    /// Whether a PIN or PUK still has the value every blank card has.
    pub(crate) fn is_factory(&self, reference: PinReference) -> bool {
        match reference {
            PinReference::Pin => self.pin.matches(&pin::FACTORY_PIN),
            PinReference::Puk => self.puk.matches(&pin::FACTORY_PUK),
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

    pub(crate) fn encode(&self) -> Zeroizing<[u8; REGISTER_LENGTH]> {
        let mut bytes = Zeroizing::new([0; REGISTER_LENGTH]);
        let counter = self.write_counter.to_be_bytes();
        let possession = self.possession.to_be_bytes();
        let parts = [
            LAYOUT,
            self.life_cycle.to_byte(),
            u8::from(self.transport_pin),
            self.pin.tries,
            self.puk.tries,
            self.management_key.algorithm.to_byte(),
        ];
        let all = parts
            .iter()
            .chain(self.pin.value.iter())
            .chain(self.puk.value.iter())
            .chain(self.management_key.bytes.iter())
            .chain(&self.serial)
            .chain(&counter)
            .chain(&possession);
        for (to, from) in bytes.iter_mut().zip(all) {
            *to = *from;
        }
        bytes
    }

    /// `None` when the bytes are no register of this layout.
    pub(crate) fn decode(bytes: &[u8; REGISTER_LENGTH]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<6>()?;
        let [
            layout,
            life_cycle,
            transport,
            pin_tries,
            puk_tries,
            algorithm,
        ] = *head;
        let (pin, rest) = rest.split_first_chunk::<{ pin::LENGTH }>()?;
        let (puk, rest) = rest.split_first_chunk::<{ pin::LENGTH }>()?;
        let (key, rest) = rest.split_first_chunk::<{ ManagementKey::LONGEST }>()?;
        let (serial, rest) = rest.split_first_chunk::<4>()?;
        let (counter, rest) = rest.split_first_chunk::<4>()?;
        let possession = rest.first_chunk::<4>()?;
        let algorithm = Algorithm::from_byte(algorithm)?;
        algorithm.secret_key_length()?;
        if layout != LAYOUT || transport > 1 || pin_tries > pin::TRIES || puk_tries > pin::TRIES {
            return None;
        }
        Some(Self {
            life_cycle: LifeCycle::from_byte(life_cycle)?,
            transport_pin: transport == 1,
            pin: ReferenceData {
                value: Zeroizing::new(*pin),
                tries: pin_tries,
            },
            puk: ReferenceData {
                value: Zeroizing::new(*puk),
                tries: puk_tries,
            },
            management_key: ManagementKey {
                algorithm,
                bytes: Zeroizing::new(*key),
            },
            serial: *serial,
            write_counter: u32::from_be_bytes(*counter),
            possession: u32::from_be_bytes(*possession),
        })
    }

    /// Reads the register of a manufactured card.
    ///
    /// # Errors
    /// [`Failure::Memory`] when there is none or it cannot be understood.
    pub(crate) fn load<P: Platform>(platform: &P) -> Result<Self, Failure> {
        let mut bytes = Zeroizing::new([0; REGISTER_LENGTH]);
        match platform.read(Record::Register, bytes.as_mut_slice())? {
            Some(REGISTER_LENGTH) => Self::decode(&bytes).ok_or(Failure::Memory),
            _ => Err(Failure::Memory),
        }
    }
}

fn slot_bit(slot: Slot) -> u32 {
    let number = match slot {
        Slot::Authentication => 0,
        Slot::Signature => 1,
        Slot::KeyManagement => 2,
        Slot::CardAuthentication => 3,
        Slot::Retired(n) => 3 + u32::from(n.number()),
    };
    1 << number
}

/// Makes a blank card with this serial number out of empty memory.
///
/// # Errors
/// [`Failure::Memory`] when the memory already holds a card, or whatever the commit reports.
pub fn manufacture<P: Platform>(platform: &mut P, serial: u32) -> Result<(), Failure> {
    let mut bytes = Zeroizing::new([0; REGISTER_LENGTH]);
    if platform
        .read(Record::Register, bytes.as_mut_slice())?
        .is_some()
    {
        return Err(Failure::Memory);
    }
    let register = Register::blank(serial.to_be_bytes()).encode();
    platform.commit(&[Change::Write(Record::Register, register.as_slice())])
}

/// A P-256 key pair with its policy.
pub(crate) struct StoredKey {
    pub(crate) policy: PinPolicy,
    pub(crate) origin: KeyOrigin,
    pub(crate) point: [u8; P256_POINT_LENGTH],
    pub(crate) private: PrivateKey,
}

/// Length of a stored key in bytes.
const KEY_LENGTH: usize = 4 + P256_POINT_LENGTH + PrivateKey::LENGTH;

impl StoredKey {
    pub(crate) fn encode(&self) -> Zeroizing<[u8; KEY_LENGTH]> {
        let mut bytes = Zeroizing::new([0; KEY_LENGTH]);
        let head = [
            LAYOUT,
            Algorithm::P256.to_byte(),
            self.policy.to_byte(),
            self.origin.to_byte(),
        ];
        let all = head.iter().chain(&self.point).chain(self.private.expose());
        for (to, from) in bytes.iter_mut().zip(all) {
            *to = *from;
        }
        bytes
    }

    fn decode(bytes: &[u8; KEY_LENGTH]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<4>()?;
        let [layout, algorithm, policy, origin] = *head;
        let (point, rest) = rest.split_first_chunk::<P256_POINT_LENGTH>()?;
        let private = rest.first_chunk::<{ PrivateKey::LENGTH }>()?;
        if layout != LAYOUT || Algorithm::from_byte(algorithm) != Some(Algorithm::P256) {
            return None;
        }
        Some(Self {
            policy: PinPolicy::from_byte(policy)?,
            origin: KeyOrigin::from_byte(origin)?,
            point: *point,
            private: PrivateKey::new(*private),
        })
    }

    /// Reads the key of a slot, `None` when it holds none.
    ///
    /// # Errors
    /// [`Failure::Memory`].
    pub(crate) fn load<P: Platform>(platform: &P, slot: Slot) -> Result<Option<Self>, Failure> {
        let mut bytes = Zeroizing::new([0; KEY_LENGTH]);
        match platform.read(Record::Key(slot), bytes.as_mut_slice())? {
            None => Ok(None),
            Some(KEY_LENGTH) => Self::decode(&bytes).map(Some).ok_or(Failure::Memory),
            Some(_) => Err(Failure::Memory),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_is_read_back_as_written() {
        let mut register = Register::blank([1, 2, 3, 4]);
        register.life_cycle = LifeCycle::Operational;
        register.transport_pin = true;
        register.puk.tries = 1;
        register.write_counter = 77;
        register.management_key = ManagementKey::new(Algorithm::Aes256, &[9; 32]).unwrap();
        register.set_possession(Slot::Signature, true);
        let bytes = register.encode();
        let back = Register::decode(&bytes).unwrap();
        assert_eq!(*back.encode(), *bytes);
        assert!(back.possession_of(Slot::Signature));
        assert!(!back.possession_of(Slot::Authentication));
        assert_eq!(back.puk.tries, 1);
    }

    #[test]
    fn a_register_of_another_layout_is_refused() {
        let good = Register::blank([0; 4]).encode();
        for (position, value) in [(0, 2), (1, 0x55), (2, 2), (3, 4), (5, 0x11)] {
            let mut bytes = *good;
            bytes[position] = value;
            assert!(Register::decode(&bytes).is_none(), "byte {position}");
        }
    }

    #[test]
    fn every_slot_has_a_bit_of_its_own() {
        let bits = Slot::all().map(slot_bit).fold(0_u32, |all, bit| all | bit);
        assert_eq!(bits.count_ones(), 24);
    }

    #[test]
    fn nothing_secret_survives_termination() {
        let register = Register::blank([0; 4]).without_secrets(LifeCycle::Terminated);
        assert!(!register.is_factory(PinReference::Pin));
        assert!(!register.management_key.is_factory());
        assert_eq!(register.pin.tries, 0);
    }
}
