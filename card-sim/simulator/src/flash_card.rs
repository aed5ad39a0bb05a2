//! Cards whose memory is simulated flash: for tests of power cuts, and for counting writes.

use sello_applet::Profile;
use zeroize::Zeroizing;

use crate::card::SimulatedCard;
use crate::chip::Chip;
use crate::error::CardError;
use crate::image::{DEFAULT_MEMORY_LIMIT, Image};
use crate::memory::flash::{FlashGeometry, FlashWork};
use crate::memory::log::RecordLog;
use crate::store::Store;

/// A commit of a card, for comparing.
#[derive(Clone)]
pub struct Committed {
    /// Writes of the flash when it was done, as [`crate::Faults::writes`] counts them.
    pub writes: u32,
    /// The state after it, as [`SimulatedCard::state`] gives it.
    pub state: Zeroizing<Vec<u8>>,
}

impl SimulatedCard {
    /// A blank card on new flash.
    ///
    /// # Errors
    /// [`CardError::UnreadableMemory`] when flash cannot be divided so or not even a blank card fits.
    pub fn blank_on_flash(serial: u32, geometry: FlashGeometry) -> Result<Self, CardError> {
        Self::manufactured_on_flash(serial, geometry, Profile::Seal)
    }

    /// A card of a profile on new flash.
    ///
    /// # Errors
    /// As [`SimulatedCard::blank_on_flash`].
    pub fn manufactured_on_flash(
        serial: u32,
        geometry: FlashGeometry,
        profile: Profile,
    ) -> Result<Self, CardError> {
        if !geometry.is_sound() {
            return Err(CardError::UnreadableMemory);
        }
        let store = Store::Flash(Box::new(RecordLog::new(geometry)));
        let mut chip = Chip::new(Image::default(), store, DEFAULT_MEMORY_LIMIT);
        sello_applet::manufacture(&mut chip, serial, profile)
            .map_err(|_| CardError::UnreadableMemory)?;
        Self::started(chip)
    }

    /// A second card with the memory and the faults of this one, without power. `None` for a card in a
    /// file, of which there is only one.
    #[must_use]
    pub fn unplugged_copy(&self) -> Option<Self> {
        self.applet.platform().copy().map(Self::unplugged)
    }

    /// What the flash has done so far; nothing for a card that lies elsewhere.
    #[must_use]
    pub fn flash_work(&self) -> FlashWork {
        let log = self.applet.platform().log();
        log.map(|log| log.flash().work()).unwrap_or_default()
    }

    /// Every byte of the flash, to look for what should not be there any more; empty for a card that
    /// lies elsewhere.
    #[must_use]
    pub fn flash_bytes(&self) -> Zeroizing<Vec<u8>> {
        let flash = self.applet.platform().log().map(RecordLog::flash);
        let bytes = flash.map(|flash| flash.read(0, flash.geometry().area().saturating_mul(2)));
        Zeroizing::new(bytes.unwrap_or_default().to_vec())
    }

    /// Uses the flash up, as many small changes would, until only so many bytes are left before
    /// everything moves into the other area.
    ///
    /// # Errors
    /// [`CardError::UnreadableMemory`] when the flash refuses.
    pub fn use_up_flash(&mut self, left: usize) -> Result<(), CardError> {
        match self.applet.platform_mut().log_mut() {
            Some(log) => log.use_up(left).map_err(|_| CardError::UnreadableMemory),
            None => Ok(()),
        }
    }

    /// Keeps the state after each commit from now on, for [`SimulatedCard::history`].
    pub fn keep_history(&mut self) {
        self.applet.platform_mut().keep_history();
    }

    /// Every commit since the history is kept.
    #[must_use]
    pub fn history(&self) -> Vec<Committed> {
        let history = self.applet.platform().history();
        let committed = |(writes, image): &(u32, Image)| Committed {
            writes: *writes,
            state: image.encode().unwrap_or_default(),
        };
        history.iter().map(committed).collect()
    }
}
