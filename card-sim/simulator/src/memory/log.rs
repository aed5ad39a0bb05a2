//! The records of a card as a log of transactions in flash.
//!
//! A change is appended to the area in use: its entries first, then the commit mark, which makes them
//! count. What it supersedes is then programmed to zeros. When an area is full, everything that still
//! counts is written into the other one, whose area mark comes last and makes it count; then the old
//! area is erased. [`RecordLog::recover`] finishes at power-on what a cut left: it erases the area that
//! is not in use, turns a transaction without its mark into zeros, and zeroes what was superseded. Cut
//! itself, it begins again from what is there.

use std::collections::BTreeMap;
use std::ops::Range;

use sello_applet::Record;
use zeroize::Zeroizing;

use super::flash::{Flash, FlashError, FlashGeometry, UNIT, is_erased, is_zero};
use super::layout::{self, Mark};
use crate::faults::Faults;
use crate::image::{Image, name_of, record_of};

/// Why records could not be written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogError {
    /// The power went; what counts is known again after [`RecordLog::recover`].
    PowerCut,
    /// There is no room; nothing was written.
    Full,
    /// The bytes are no log.
    Damaged,
}

impl From<FlashError> for LogError {
    fn from(error: FlashError) -> Self {
        match error {
            FlashError::PowerCut => Self::PowerCut,
            FlashError::Refused => Self::Damaged,
        }
    }
}

/// Where the content of a record lies; the rest of its last unit is filled.
type Place = Range<usize>;

/// The area in use.
#[derive(Clone, Copy)]
struct Active {
    start: usize,
    generation: u32,
    /// First address that is still erased.
    end: usize,
}

/// A flash with a log on it.
#[derive(Clone)]
pub(crate) struct RecordLog {
    flash: Flash,
    active: Option<Active>,
    places: BTreeMap<Record, Place>,
}

impl RecordLog {
    /// An empty log on new flash.
    pub(crate) fn new(geometry: FlashGeometry) -> Self {
        Self {
            flash: Flash::new(geometry),
            active: None,
            places: BTreeMap::new(),
        }
    }

    pub(crate) const fn flash(&self) -> &Flash {
        &self.flash
    }

    const fn area_length(&self) -> usize {
        self.flash.geometry().area()
    }

    /// Brings the records from `before` to `next`, as a whole or not at all.
    ///
    /// # Errors
    /// [`LogError`]. After a cut the records are those of `before` or those of `next`.
    pub(crate) fn commit(
        &mut self,
        before: &Image,
        next: &Image,
        faults: &mut Faults,
    ) -> Result<(), LogError> {
        let changed = next.changes_since(before);
        if changed.is_empty() {
            return Ok(());
        }
        let entry = |bytes: &[u8]| layout::entry_length(bytes.len());
        let all: usize = next.records().map(|(_, bytes)| entry(bytes)).sum();
        if all.saturating_add(2 * UNIT) > self.area_length() {
            return Err(LogError::Full);
        }
        let entries = Entries::of(&changed)?;
        match self.active {
            Some(active) if self.fits(active, &entries) => self.append(active, &entries, faults),
            _ => self.compact(next, faults),
        }
    }

    fn fits(&self, active: Active, entries: &Entries) -> bool {
        let needed = entries.bytes.len().saturating_add(UNIT);
        let area_end = active.start.saturating_add(self.area_length());
        active.end.saturating_add(needed) <= area_end
    }

    fn append(
        &mut self,
        mut active: Active,
        entries: &Entries,
        faults: &mut Faults,
    ) -> Result<(), LogError> {
        let start = active.end;
        active.end = self.write_transaction(start, entries, faults)?;
        self.active = Some(active);
        for place in self.apply(start, entries.contents.clone()) {
            self.discard(place, faults)?;
        }
        Ok(())
    }

    /// Writes entries and then their mark; gives the address after it.
    fn write_transaction(
        &mut self,
        start: usize,
        entries: &Entries,
        faults: &mut Faults,
    ) -> Result<usize, LogError> {
        let mark = layout::commit_mark(&entries.bytes).ok_or(LogError::Full)?;
        self.program(start, &entries.bytes, faults)?;
        let place = start.saturating_add(entries.bytes.len());
        self.program(place, &mark, faults)?;
        Ok(place.saturating_add(UNIT))
    }

    /// Writes everything that counts into the other area and changes over to it.
    fn compact(&mut self, next: &Image, faults: &mut Faults) -> Result<(), LogError> {
        let old = self.active;
        let start = match old {
            Some(Active { start: 0, .. }) => self.area_length(),
            _ => 0,
        };
        let generation = old.map_or(1, |old| old.generation.saturating_add(1));
        let all: Vec<_> = next.records().map(|(r, bytes)| (r, Some(bytes))).collect();
        let entries = Entries::of(&all)?;
        self.erase_area(start, faults)?;
        let first = start.saturating_add(UNIT);
        let end = self.write_transaction(first, &entries, faults)?;
        self.program(start, &Mark::Area { generation }.encode(), faults)?;
        self.active = Some(Active {
            start,
            generation,
            end,
        });
        self.places.clear();
        self.apply(first, entries.contents);
        match old {
            Some(old) => self.erase_area(old.start, faults),
            None => Ok(()),
        }
    }

    /// Takes note of where the contents of a transaction lie; gives the places that count no more.
    fn apply(
        &mut self,
        start: usize,
        contents: impl IntoIterator<Item = (Record, Option<Place>)>,
    ) -> Vec<Place> {
        let mut superseded = Vec::new();
        for (record, place) in contents {
            let old = match place {
                Some(place) => {
                    let place = start.saturating_add(place.start)..start.saturating_add(place.end);
                    self.places.insert(record, place)
                }
                None => self.places.remove(&record),
            };
            superseded.extend(old);
        }
        superseded
    }

    /// Programs any number of bytes, a page at a time.
    fn program(&mut self, start: usize, bytes: &[u8], faults: &mut Faults) -> Result<(), LogError> {
        let mut address = start;
        let mut rest = bytes;
        while !rest.is_empty() {
            let page = self.flash.geometry().page;
            let length = rest.len().min(page - address % page);
            let (now, later) = rest.split_at(length);
            self.flash.program(address, now, faults)?;
            address = address.saturating_add(length);
            rest = later;
        }
        Ok(())
    }

    /// Programs zeros over what is not zero yet, in whole units.
    fn discard(&mut self, place: Place, faults: &mut Faults) -> Result<(), LogError> {
        let page = self.flash.geometry().page;
        let end = place.end.next_multiple_of(UNIT);
        let mut address = place.start;
        while address < end {
            let length = (end - address).min(page - address % page);
            if !is_zero(self.flash.read(address, length)) {
                self.flash.program(address, &vec![0; length], faults)?;
            }
            address = address.saturating_add(length);
        }
        Ok(())
    }

    /// Erases those blocks of an area that are not erased.
    fn erase_area(&mut self, start: usize, faults: &mut Faults) -> Result<(), LogError> {
        let block = self.flash.geometry().block();
        for number in 0..self.flash.geometry().blocks_per_area {
            let address = start.saturating_add(number.saturating_mul(block));
            if !is_erased(self.flash.read(address, block)) {
                self.flash.erase(address, faults)?;
            }
        }
        Ok(())
    }

    /// Finds out what counts, and finishes what a cut left unfinished.
    ///
    /// # Errors
    /// [`LogError::PowerCut`], after which it can be called again, or [`LogError::Damaged`].
    pub(crate) fn recover(&mut self, faults: &mut Faults) -> Result<Image, LogError> {
        self.places.clear();
        self.active = self.newest_area();
        let Some(mut active) = self.active else {
            return Ok(Image::default());
        };
        let found = self.walk(active.start)?;
        let other = self.area_length() - active.start;
        self.erase_area(other, faults)?;
        active.end = self.clear_tail(found.end, active.start, faults)?;
        self.active = Some(active);
        for place in found.superseded {
            self.discard(place, faults)?;
        }
        self.image()
    }

    fn newest_area(&self) -> Option<Active> {
        [0, self.area_length()]
            .into_iter()
            .filter_map(|start| match Mark::decode(self.flash.read(start, UNIT))? {
                Mark::Area { generation } => Some(Active {
                    start,
                    generation,
                    end: start,
                }),
                _ => None,
            })
            .max_by_key(|area| area.generation)
    }

    /// Reads the transactions of an area, up to the first that does not count.
    fn walk(&mut self, area: usize) -> Result<Found, LogError> {
        let area_end = area.saturating_add(self.area_length());
        let mut superseded = Vec::new();
        let mut position = area.saturating_add(UNIT);
        let mut last = None;
        while position < area_end {
            if is_zero(self.flash.read(position, UNIT)) {
                position = position.saturating_add(UNIT);
                continue;
            }
            let Some(transaction) = self.transaction(position, area_end) else {
                break;
            };
            position = transaction.end;
            superseded.extend(self.apply(0, transaction.contents));
            last = Some((transaction.entries, transaction.crc));
        }
        // Of those before, only what a later one superseded was changed.
        let (entries, crc) = last.ok_or(LogError::Damaged)?;
        if crc32fast::hash(self.flash.read(entries.start, entries.len())) != crc {
            return Err(LogError::Damaged);
        }
        Ok(Found {
            end: position,
            superseded,
        })
    }

    /// The transaction that begins at an address, `None` without its mark.
    fn transaction(&self, start: usize, area_end: usize) -> Option<Transaction> {
        let mut contents = Vec::new();
        let mut position = start;
        while position < area_end {
            let content = position.checked_add(UNIT)?;
            match Mark::decode(self.flash.read(position, UNIT))? {
                Mark::Area { .. } => return None,
                Mark::Commit { units, crc } => {
                    let whole = usize::try_from(units).ok()?.checked_mul(UNIT)?;
                    return (whole == position - start).then_some(Transaction {
                        contents,
                        entries: start..position,
                        crc,
                        end: content,
                    });
                }
                Mark::Entry { kind, name, length } => {
                    let length = length.map(usize::try_from).transpose().ok()?;
                    let place = length.map(|length| content..content.saturating_add(length));
                    position =
                        position.checked_add(layout::entry_length(length.unwrap_or_default()))?;
                    contents.push((record_of(kind, name)?, place));
                }
            }
        }
        None
    }

    /// Programs zeros over what lies after the last transaction that counts; gives where the erased
    /// part begins. The first unit goes last: until then the rest is seen as what it was, a transaction
    /// without its mark, and its contents are never taken for marks.
    fn clear_tail(
        &mut self,
        start: usize,
        area: usize,
        faults: &mut Faults,
    ) -> Result<usize, LogError> {
        let area_end = area.saturating_add(self.area_length());
        let tail = self.flash.read(start, area_end.saturating_sub(start));
        let used = tail.chunks(UNIT).rposition(|unit| !is_erased(unit));
        let Some(used) = used else {
            return Ok(start);
        };
        let after_first = start.saturating_add(UNIT);
        let end = after_first.saturating_add(used.saturating_mul(UNIT));
        self.discard(after_first..end, faults)?;
        self.discard(start..after_first, faults)?;
        Ok(end)
    }

    fn image(&self) -> Result<Image, LogError> {
        let mut image = Image::default();
        for (record, place) in &self.places {
            let bytes = self.flash.read(place.start, place.len());
            if bytes.len() != place.len() {
                return Err(LogError::Damaged);
            }
            image.insert(*record, bytes);
        }
        Ok(image)
    }

    /// Uses the area in use up, but for so many bytes, as many small changes would.
    ///
    /// # Errors
    /// [`LogError`].
    pub(crate) fn use_up(&mut self, left: usize) -> Result<(), LogError> {
        let Some(mut active) = self.active else {
            return Ok(());
        };
        let area_end = active.start.saturating_add(self.area_length());
        let end = area_end.saturating_sub(left.next_multiple_of(UNIT));
        if end > active.end {
            self.discard(active.end..end, &mut Faults::default())?;
            active.end = end;
            self.active = Some(active);
        }
        Ok(())
    }
}

/// What [`RecordLog::walk`] found.
struct Found {
    /// Where the last transaction that counts ends.
    end: usize,
    superseded: Vec<Place>,
}

/// A transaction in flash.
struct Transaction {
    contents: Vec<(Record, Option<Place>)>,
    entries: Place,
    crc: u32,
    end: usize,
}

/// Entries to be written.
struct Entries {
    bytes: Zeroizing<Vec<u8>>,
    /// Where each record's content lies within `bytes`.
    contents: Vec<(Record, Option<Place>)>,
}

impl Entries {
    fn of(changed: &[(Record, Option<&[u8]>)]) -> Result<Self, LogError> {
        let length = |(_, bytes): &(Record, Option<&[u8]>)| {
            layout::entry_length(bytes.unwrap_or_default().len())
        };
        // With all its room from the start no copy of a secret is left behind by growing.
        let room = changed.iter().map(length).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        let mut contents = Vec::with_capacity(changed.len());
        for (record, content) in changed {
            let start = bytes.len().saturating_add(UNIT);
            let place = content.map(|content| start..start.saturating_add(content.len()));
            layout::push_entry(&mut bytes, name_of(*record), *content).ok_or(LogError::Full)?;
            contents.push((*record, place));
        }
        Ok(Self { bytes, contents })
    }
}

#[cfg(test)]
mod tests;
