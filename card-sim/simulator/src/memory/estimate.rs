//! What a change would cost on flash.

use super::flash::{FlashGeometry, FlashWork, UNIT};
use super::layout::entry_length;
use crate::image::{Difference, Image};

/// The writes that [`super::log::RecordLog::commit`] takes on [`FlashGeometry::STANDARD`] when no area is
/// full and pages begin where it suits: the entries, the commit mark, and zeros over what is superseded.
pub(crate) fn writes(before: &Image, difference: &Difference) -> FlashWork {
    let page = FlashGeometry::STANDARD.page;
    if difference.records().next().is_none() {
        return FlashWork::default();
    }
    let length = |bytes: Option<&[u8]>| entry_length(bytes.unwrap_or_default().len());
    let changes = difference.records();
    let entries: usize = changes.map(|(_, bytes)| length(bytes)).sum();
    let superseded = difference
        .records()
        .filter_map(|(record, _)| before.record(record))
        .map(|bytes| bytes.len().next_multiple_of(UNIT));
    let (zeroed, zeroing) = superseded.fold((0, 0), |(bytes, programs): (usize, usize), length| {
        (bytes + length, programs + length.div_ceil(page))
    });
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    FlashWork {
        programs: count(entries.div_ceil(page) + 1 + zeroing),
        programmed_bytes: count(entries + UNIT + zeroed),
        erases: 0,
    }
}

#[cfg(test)]
mod tests {
    use sello_applet::{Change, Record};
    use sello_wire::object::ObjectTag;

    use super::*;
    use crate::faults::Faults;
    use crate::memory::log::RecordLog;

    #[test]
    fn it_is_what_the_log_does() {
        let mut log = RecordLog::new(FlashGeometry::STANDARD);
        let mut image = Image::default();
        let first = [Change::Write(Record::Register, &[1; 80])];
        let next = image.changed(&first, usize::MAX).unwrap();
        log.commit(&image, &next, &mut Faults::default()).unwrap();
        image = next;
        for changes in [
            [Change::Write(Record::Register, &[2; 80])].as_slice(),
            &[Change::Write(Record::Object(ObjectTag::CHUID), &[3; 60])],
            &[
                Change::Write(Record::Register, &[4; 80]),
                Change::Erase(Record::Object(ObjectTag::CHUID)),
            ],
        ] {
            let difference = image.difference(changes, usize::MAX).unwrap();
            let next = image.with(&difference);
            let before = log.flash().work();
            log.commit(&image, &next, &mut Faults::default()).unwrap();
            let done = log.flash().work();
            let estimated = writes(&image, &difference);
            let bytes = done.programmed_bytes - before.programmed_bytes;
            assert_eq!(estimated.programmed_bytes, bytes);
            // A page may end in the middle.
            let programs = done.programs - before.programs;
            assert!(
                programs.abs_diff(estimated.programs) <= 1,
                "{programs} {estimated:?}"
            );
            image = next;
        }
        assert_eq!(writes(&image, &Difference::default()), FlashWork::default());
    }
}
