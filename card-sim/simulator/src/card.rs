//! A whole card.

use std::path::Path;
use std::time::{Duration, Instant};

use sello_applet::{Applet, Interface, Profile};
use sello_wire::apdu::Response;
use sello_wire::channel::Channel;
use sello_wire::life_cycle::{LifeCycle, flag};
use sello_wire::tag::{self, Tag};
use sello_wire::{aid, tlv};
use zeroize::{Zeroize, Zeroizing};

use crate::chip::Chip;
use crate::error::{CardError, CardFileError, StateError};
use crate::faults::Faults;
use crate::image::{DEFAULT_MEMORY_LIMIT, Image};
use crate::store::{CardFile, Store};
use crate::timing::{Pace, Timing, Work};

/// A response with all the data an extended command can ask for.
const RESPONSE_BUFFER: usize = sello_applet::LARGEST_COMMAND_DATA + 2;

/// A card: the applet on a simulated chip. It comes powered on and ready for [`Channel::transmit`].
pub struct SimulatedCard {
    pub(crate) applet: Applet<Chip>,
    powered: bool,
    present: bool,
    interface: Interface,
    timing: Option<Timing>,
    clock: Duration,
}

/// What a card says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Serial number.
    pub serial: u32,
    /// Life cycle.
    pub life_cycle: LifeCycle,
    /// Whether the transport PIN is in force.
    pub transport_pin: bool,
    /// What the card was made to be.
    pub profile: Profile,
}

impl SimulatedCard {
    /// A blank card in RAM, with [`DEFAULT_MEMORY_LIMIT`].
    ///
    /// # Errors
    /// [`CardError::UnreadableMemory`] never, unless the simulator itself is broken.
    pub fn blank(serial: u32) -> Result<Self, CardError> {
        Self::blank_with_memory(serial, DEFAULT_MEMORY_LIMIT)
    }

    /// An unpersonalized PIV token in RAM, with factory PIN, PUK and management key.
    ///
    /// # Errors
    /// As [`SimulatedCard::blank`].
    pub fn piv(serial: u32) -> Result<Self, CardError> {
        Self::manufactured(serial, Profile::Piv, DEFAULT_MEMORY_LIMIT)
    }

    /// A blank card in RAM with this many bytes for its records.
    ///
    /// # Errors
    /// [`CardError::UnreadableMemory`] when not even a blank card fits.
    pub fn blank_with_memory(serial: u32, memory_limit: usize) -> Result<Self, CardError> {
        Self::manufactured(serial, Profile::Seal, memory_limit)
    }

    fn manufactured(serial: u32, profile: Profile, limit: usize) -> Result<Self, CardError> {
        let mut chip = Chip::new(Image::default(), Store::Memory, limit);
        sello_applet::manufacture(&mut chip, serial, profile)
            .map_err(|_| CardError::UnreadableMemory)?;
        Self::started(chip)
    }

    /// A card in RAM with the state that [`SimulatedCard::state`] gave, or a state file's.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn from_state(bytes: &[u8]) -> Result<Self, StateError> {
        let image = Image::decode(bytes)?;
        let chip = Chip::new(image, Store::Memory, DEFAULT_MEMORY_LIMIT);
        Self::started(chip).map_err(|_| StateError::BadRecord { position: 0 })
    }

    /// A new card of this profile in RAM with a random serial number.
    ///
    /// # Errors
    /// [`CardFileError::NoRandomNumbers`].
    pub fn with_random_serial(profile: Profile) -> Result<Self, CardFileError> {
        let serial = random_serial()?;
        Self::manufactured(serial, profile, DEFAULT_MEMORY_LIMIT)
            .map_err(|_| CardFileError::NoRandomNumbers)
    }

    /// A blank card with a random serial number in a new file.
    ///
    /// # Errors
    /// [`CardFileError::Exists`] when there is such a file, which is left as it is.
    pub fn create(path: &Path) -> Result<Self, CardFileError> {
        Self::create_with(path, Profile::Seal)
    }

    /// A new card of this profile with a random serial number in a new file.
    ///
    /// # Errors
    /// As [`SimulatedCard::create`].
    pub fn create_with(path: &Path, profile: Profile) -> Result<Self, CardFileError> {
        let file = CardFile::lock(path)?;
        if file.exists() {
            return Err(CardFileError::Exists {
                path: path.to_owned(),
            });
        }
        Self::manufacture_in(path, file, profile)
    }

    /// The card in a file.
    ///
    /// # Errors
    /// Whatever is wrong with the file, which is left as it is.
    pub fn open(path: &Path) -> Result<Self, CardFileError> {
        let file = CardFile::lock(path)?;
        Self::open_locked(path, file)
    }

    /// The card in a file, or a new blank card in a new file.
    ///
    /// # Errors
    /// Whatever is wrong with the file, which is left as it is.
    pub fn open_or_create(path: &Path) -> Result<Self, CardFileError> {
        Self::open_or_create_with(path, Profile::Seal)
    }

    /// The card in a file, whatever its profile, or a new one of this profile in a new file.
    ///
    /// # Errors
    /// As [`SimulatedCard::open_or_create`].
    pub fn open_or_create_with(path: &Path, profile: Profile) -> Result<Self, CardFileError> {
        let file = CardFile::lock(path)?;
        if file.exists() {
            Self::open_locked(path, file)
        } else {
            Self::manufacture_in(path, file, profile)
        }
    }

    fn open_locked(path: &Path, file: CardFile) -> Result<Self, CardFileError> {
        let image = file.read()?;
        let chip = Chip::new(image, Store::File(file), DEFAULT_MEMORY_LIMIT);
        Self::started(chip).map_err(|_| unreadable(path))
    }

    fn manufacture_in(
        path: &Path,
        file: CardFile,
        profile: Profile,
    ) -> Result<Self, CardFileError> {
        let serial = random_serial()?;
        let mut chip = Chip::new(Image::default(), Store::File(file), DEFAULT_MEMORY_LIMIT);
        sello_applet::manufacture(&mut chip, serial, profile).map_err(|_| CardFileError::Io {
            path: path.to_owned(),
            source: std::io::Error::other("cannot write"),
        })?;
        Self::started(chip).map_err(|_| unreadable(path))
    }

    /// A card that has no power yet.
    pub(crate) fn unplugged(chip: Chip) -> Self {
        Self {
            applet: Applet::new(chip),
            powered: false,
            present: true,
            interface: Interface::Contact,
            timing: None,
            clock: Duration::ZERO,
        }
    }

    pub(crate) fn started(chip: Chip) -> Result<Self, CardError> {
        let mut card = Self::unplugged(chip);
        card.power_on()?;
        card.faults().clear();
        Ok(card)
    }

    /// Gives power, as after insertion or a cut: all rights are gone.
    ///
    /// # Errors
    /// [`CardError::UnreadableMemory`] when the memory holds no card; [`CardError::PowerCut`] when a fault
    /// that was asked for cut the power while what an earlier cut left was put in order.
    pub fn power_on(&mut self) -> Result<(), CardError> {
        self.powered = false;
        self.applet.platform_mut().power_on()?;
        self.applet
            .power_on(self.interface)
            .map_err(|_| CardError::UnreadableMemory)?;
        self.powered = true;
        Ok(())
    }

    /// Takes the power away.
    pub fn power_off(&mut self) {
        self.applet.reset();
        self.powered = false;
    }

    /// Resets the card.
    ///
    /// # Errors
    /// As [`SimulatedCard::power_on`].
    pub fn reset(&mut self) -> Result<(), CardError> {
        self.power_on()
    }

    /// Pulls the card out of its (in-process) reader.
    pub fn remove(&mut self) {
        self.power_off();
        self.present = false;
    }

    /// Puts the card back, with power.
    ///
    /// # Errors
    /// As [`SimulatedCard::power_on`].
    pub fn insert(&mut self) -> Result<(), CardError> {
        self.present = true;
        self.power_on()
    }

    /// The answer to reset.
    #[must_use]
    pub const fn atr(&self) -> &'static [u8] {
        &aid::ATR
    }

    /// Charges every APDU from now on what it takes on a real card, and puts the clock to zero. A
    /// contactless line makes the card contactless from the next power-on or reset.
    pub fn set_timing(&mut self, timing: Timing) {
        self.set_interface(if timing.line.is_contactless() {
            Interface::Contactless
        } else {
            Interface::Contact
        });
        self.timing = Some(timing);
        self.clock = Duration::ZERO;
    }

    /// The interface from the next power-on or reset.
    pub const fn set_interface(&mut self, interface: Interface) {
        self.interface = interface;
    }

    /// The time that all APDUs took on the timed card, since it was timed. Zero without timing.
    #[must_use]
    pub const fn clock(&self) -> Duration {
        self.clock
    }

    /// What the chip has done since the card was made or opened.
    #[must_use]
    pub fn work(&self) -> Work {
        self.applet.platform().work()
    }

    /// Puts the clock forward by what an APDU took; a card timed in real time sleeps what is left of it.
    fn charge(&mut self, command: usize, response: usize, before: &Work, begun: Instant) {
        let after = self.work();
        let Some(timing) = &self.timing else { return };
        let taken = timing.apdu(command, response, before, &after);
        self.clock = self.clock.saturating_add(taken);
        if timing.pace == Pace::Real {
            std::thread::sleep(taken.saturating_sub(begun.elapsed()));
        }
    }

    /// What is to go wrong from now on.
    pub const fn faults(&mut self) -> &mut Faults {
        &mut self.applet.platform_mut().faults
    }

    /// The whole persistent state as the bytes of a state file, to compare states in tests. It holds the
    /// secrets of the card.
    #[must_use]
    pub fn state(&self) -> Zeroizing<Vec<u8>> {
        let image = self.applet.platform().image();
        image.encode().unwrap_or_default()
    }

    /// What the card says of itself; the state of its session is lost.
    ///
    /// # Errors
    /// As [`Channel::transmit`].
    pub fn summary(&mut self) -> Result<Summary, CardError> {
        let mut buffer = [0; 258];
        let select = [0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08];
        self.transmit(&select, &mut buffer)?;
        let response = self.transmit(&[0x80, 0xF2, 0x00, 0x00, 0x00], &mut buffer)?;
        let summary = parse_status(response).ok_or(CardError::UnreadableMemory)?;
        self.reset()?;
        Ok(summary)
    }
}

fn parse_status(response: &[u8]) -> Option<Summary> {
    let data = Response::parse(response).ok()?.data;
    let template = tlv::find(data, Tag::STATUS).ok()??;
    let field = |tag| tlv::find(template, tag).ok().flatten();
    let [life_cycle] = field(tag::status::LIFE_CYCLE)? else {
        return None;
    };
    let [flags] = field(tag::status::FLAGS)? else {
        return None;
    };
    Some(Summary {
        serial: u32::from_be_bytes(field(tag::status::SERIAL)?.try_into().ok()?),
        life_cycle: LifeCycle::from_byte(*life_cycle)?,
        transport_pin: flags & flag::TRANSPORT_PIN != 0,
        profile: if flags & flag::PIV_PROFILE == 0 {
            Profile::Seal
        } else {
            Profile::Piv
        },
    })
}

impl Channel for SimulatedCard {
    type Error = CardError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], CardError> {
        if !self.present {
            return Err(CardError::Removed);
        }
        if !self.powered {
            return Err(CardError::NoPower);
        }
        let mut buffer = [0; RESPONSE_BUFFER];
        let (begun, before) = (Instant::now(), self.work());
        let needed = self.applet.process(command, &mut buffer);
        let answer = buffer.get_mut(..needed).unwrap_or_default();
        if self.applet.platform().is_dead() {
            answer.zeroize();
            self.power_off();
            return Err(CardError::PowerCut);
        }
        self.charge(command.len(), needed, &before, begun);
        let available = response.len();
        let given = response.get_mut(..needed);
        let given = given.map(|to| {
            to.copy_from_slice(answer);
            &*to
        });
        answer.zeroize();
        given.ok_or(CardError::BufferTooSmall { needed, available })
    }
}

fn unreadable(path: &Path) -> CardFileError {
    CardFileError::State {
        path: path.to_owned(),
        source: StateError::BadRecord { position: 0 },
    }
}

/// Eight decimal digits, as printed on a letter.
fn random_serial() -> Result<u32, CardFileError> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|_| CardFileError::NoRandomNumbers)?;
    Ok(10_000_000 + u32::from_be_bytes(bytes) % 90_000_000)
}
