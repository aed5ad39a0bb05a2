//! Simulated flash memory.
//!
//! It has the rules of flash with an error-correcting code: erasing sets the bytes of a whole block to
//! `FF`; programming writes whole units of [`UNIT`] bytes, each only once after it was erased, but for
//! zeros, which can be programmed over anything; one operation stays within a page. Whatever is done
//! against the rules is a fault of the log, and refused.
//!
//! When the power goes in the middle of programming, the first half of the units is written, the unit
//! after it by half, and the others are as before; in the middle of erasing, half of the block is.

use zeroize::Zeroizing;

use crate::faults::{Faults, WriteMoment};

/// Smallest amount that can be programmed, in bytes.
pub(crate) const UNIT: usize = 16;

const ERASED: u8 = 0xFF;

/// How the flash of a card is divided. It has two areas of equal size, which take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashGeometry {
    /// Most that one operation programs, in bytes; a multiple of 16.
    pub page: usize,
    /// What one operation erases, in pages.
    pub pages_per_block: usize,
    /// Blocks of an area.
    pub blocks_per_area: usize,
}

impl FlashGeometry {
    /// Pages of 512 bytes, blocks of 4 KiB, areas of 256 KiB: room for
    /// [`crate::DEFAULT_MEMORY_LIMIT`], however small the records.
    pub const STANDARD: Self = Self {
        page: 512,
        pages_per_block: 8,
        blocks_per_area: 64,
    };

    /// Bytes of a block.
    #[must_use]
    pub const fn block(&self) -> usize {
        self.page.saturating_mul(self.pages_per_block)
    }

    /// Bytes of an area.
    #[must_use]
    pub const fn area(&self) -> usize {
        self.block().saturating_mul(self.blocks_per_area)
    }

    /// Whether flash can be divided so.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.page >= UNIT && self.page.is_multiple_of(UNIT) && self.area() >= 4 * UNIT
    }
}

/// What a flash has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlashWork {
    /// Operations that programmed a page or a part of one.
    pub programs: u64,
    /// Bytes programmed by them.
    pub programmed_bytes: u64,
    /// Blocks erased.
    pub erases: u64,
}

impl FlashWork {
    pub(crate) const fn add(&mut self, other: Self) {
        self.programs = self.programs.saturating_add(other.programs);
        self.programmed_bytes = self.programmed_bytes.saturating_add(other.programmed_bytes);
        self.erases = self.erases.saturating_add(other.erases);
    }
}

/// Why a write of the flash did not end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlashError {
    /// The power went; some of it may be written.
    PowerCut,
    /// Against the rules of flash; nothing was written.
    Refused,
}

/// The bytes, wiped when dropped.
#[derive(Clone)]
pub(crate) struct Flash {
    geometry: FlashGeometry,
    bytes: Zeroizing<Vec<u8>>,
    work: FlashWork,
}

impl Flash {
    /// New flash, erased.
    pub(crate) fn new(geometry: FlashGeometry) -> Self {
        Self {
            geometry,
            bytes: Zeroizing::new(vec![ERASED; geometry.area().saturating_mul(2)]),
            work: FlashWork::default(),
        }
    }

    pub(crate) const fn geometry(&self) -> &FlashGeometry {
        &self.geometry
    }

    pub(crate) const fn work(&self) -> FlashWork {
        self.work
    }

    /// Bytes from an address on; what lies outside is not there.
    pub(crate) fn read(&self, address: usize, length: usize) -> &[u8] {
        let end = address.saturating_add(length);
        self.bytes.get(address..end).unwrap_or_default()
    }

    /// Programs bytes within one page.
    ///
    /// # Errors
    /// [`FlashError`].
    pub(crate) fn program(
        &mut self,
        address: usize,
        bytes: &[u8],
        faults: &mut Faults,
    ) -> Result<(), FlashError> {
        self.may_program(address, bytes)
            .ok_or(FlashError::Refused)?;
        let torn = bytes.len() / UNIT / 2 * UNIT + UNIT / 2;
        let (written, outcome) = match faults.next_write() {
            None => (bytes, Ok(())),
            Some(WriteMoment::Before) => (&[][..], Err(FlashError::PowerCut)),
            Some(WriteMoment::Torn) => (
                bytes.get(..torn).unwrap_or(bytes),
                Err(FlashError::PowerCut),
            ),
            Some(WriteMoment::After) => (bytes, Err(FlashError::PowerCut)),
        };
        let place = self.bytes.iter_mut().skip(address);
        for (to, from) in place.zip(written) {
            *to &= *from;
        }
        self.work.programs = self.work.programs.saturating_add(1);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.work.programmed_bytes = self.work.programmed_bytes.saturating_add(length);
        outcome
    }

    #[cfg(test)]
    pub(crate) fn flip(&mut self, address: usize, bit: u32) {
        self.bytes[address] ^= 1 << bit;
    }

    fn may_program(&self, address: usize, bytes: &[u8]) -> Option<()> {
        let page = self.geometry.page;
        let last = address.checked_add(bytes.len())?.checked_sub(1)?;
        let whole = address.is_multiple_of(UNIT) && bytes.len().is_multiple_of(UNIT);
        if !whole || address / page != last / page || last >= self.bytes.len() {
            return None;
        }
        let before = self.read(address, bytes.len());
        let allowed = |(before, new): (&[u8], &[u8])| is_erased(before) || is_zero(new);
        before
            .chunks(UNIT)
            .zip(bytes.chunks(UNIT))
            .all(allowed)
            .then_some(())
    }

    /// Erases the block that begins at an address.
    ///
    /// # Errors
    /// [`FlashError`].
    pub(crate) fn erase(&mut self, address: usize, faults: &mut Faults) -> Result<(), FlashError> {
        let length = self.geometry.block();
        let end = address.saturating_add(length);
        if !address.is_multiple_of(length) || end > self.bytes.len() {
            return Err(FlashError::Refused);
        }
        let (erased, outcome) = match faults.next_write() {
            None => (length, Ok(())),
            Some(WriteMoment::Before) => (0, Err(FlashError::PowerCut)),
            Some(WriteMoment::Torn) => (length / 2, Err(FlashError::PowerCut)),
            Some(WriteMoment::After) => (length, Err(FlashError::PowerCut)),
        };
        let place = self.bytes.iter_mut().skip(address);
        place.take(erased).for_each(|byte| *byte = ERASED);
        self.work.erases = self.work.erases.saturating_add(1);
        outcome
    }
}

/// Whether a unit, or any other stretch, is as erasing leaves it.
pub(crate) fn is_erased(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == ERASED)
}

/// Whether every bit was programmed.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: FlashGeometry = FlashGeometry {
        page: 64,
        pages_per_block: 2,
        blocks_per_area: 2,
    };

    #[test]
    fn a_unit_is_programmed_once_and_then_only_with_zeros() {
        let mut faults = Faults::default();
        let mut flash = Flash::new(SMALL);
        assert_eq!(flash.program(16, &[1; 32], &mut faults), Ok(()));
        assert_eq!(flash.read(16, 33)[30..], [1, 1, 0xFF]);
        let again = flash.program(32, &[1; 16], &mut faults);
        assert_eq!(again, Err(FlashError::Refused));
        assert_eq!(flash.program(32, &[0; 16], &mut faults), Ok(()));
        assert_eq!(flash.read(32, 16), [0; 16]);
        assert_eq!(faults.writes(), 2);
    }

    #[test]
    fn what_breaks_the_rules_of_flash_writes_nothing() {
        let mut faults = Faults::default();
        let mut flash = Flash::new(SMALL);
        for (address, length) in [(8, 16), (16, 8), (48, 32), (512, 16), (0, 0)] {
            let outcome = flash.program(address, &vec![0; length], &mut faults);
            assert_eq!(outcome, Err(FlashError::Refused), "{address} {length}");
        }
        assert_eq!(flash.erase(64, &mut faults), Err(FlashError::Refused));
        assert_eq!(flash.erase(512, &mut faults), Err(FlashError::Refused));
        assert!(is_erased(flash.read(0, 512)));
        assert_eq!(flash.work(), FlashWork::default());
    }

    #[test]
    fn a_cut_leaves_nothing_half_or_all() {
        for (moment, left) in [
            (WriteMoment::Before, 0),
            (WriteMoment::Torn, 24),
            (WriteMoment::After, 48),
        ] {
            let mut faults = Faults::default();
            let mut flash = Flash::new(SMALL);
            faults.cut_power_at_write(1, moment);
            let outcome = flash.program(0, &[0; 48], &mut faults);
            assert_eq!(outcome, Err(FlashError::PowerCut));
            assert!(is_zero(flash.read(0, left)), "{moment:?}");
            assert!(is_erased(flash.read(left, 48 - left)), "{moment:?}");
        }
    }

    #[test]
    fn erasing_takes_a_block_and_a_cut_half_of_it() {
        let mut faults = Faults::default();
        let mut flash = Flash::new(SMALL);
        flash.program(64, &[0; 64], &mut faults).unwrap();
        flash.program(128, &[0; 16], &mut faults).unwrap();
        flash.erase(0, &mut faults).unwrap();
        assert!(is_erased(flash.read(0, 128)));
        assert!(is_zero(flash.read(128, 16)));
        flash.program(64, &[0; 64], &mut faults).unwrap();
        faults.cut_power_at_write(1, WriteMoment::Torn);
        assert_eq!(flash.erase(0, &mut faults), Err(FlashError::PowerCut));
        assert!(is_zero(flash.read(64, 64)), "the second half is as before");
        assert_eq!(flash.work().erases, 2);
    }
}
