use proptest::prelude::*;
use sello_applet::Change;
use sello_wire::key::Slot;
use sello_wire::object::ObjectTag;
use sha2::{Digest, Sha256};

use super::*;
use crate::faults::WriteMoment;

/// Small, so that it is often full.
const SMALL: FlashGeometry = FlashGeometry {
    page: 64,
    pages_per_block: 2,
    blocks_per_area: 5,
};

const RECORDS: [Record; 6] = [
    Record::Register,
    Record::Key(Slot::Signature),
    Record::Key(Slot::Authentication),
    Record::Object(ObjectTag::CHUID),
    Record::ChannelKeys,
    Record::Journal(3),
];

/// Bytes that no other number gives.
fn content(number: u32, length: usize) -> Vec<u8> {
    let blocks = (0_u32..).flat_map(|block| {
        let hash = Sha256::new()
            .chain_update(number.to_be_bytes())
            .chain_update(block.to_be_bytes());
        hash.finalize()
    });
    blocks.take(length).collect()
}

/// The changes of a commit: index of the record, and the length of its new content, or its erasure.
type Script = Vec<Vec<(usize, Option<usize>)>>;

fn script() -> impl Strategy<Value = Script> {
    let length = prop_oneof![1 => Just(None), 4 => (16_usize..150).prop_map(Some)];
    let change = (0..RECORDS.len(), length);
    prop::collection::vec(prop::collection::vec(change, 1..4), 1..12)
}

fn next_image(image: &Image, commit: &[(usize, Option<usize>)], number: u32) -> Image {
    let contents: Vec<_> = (number * 8..)
        .zip(commit)
        .map(|(number, (_, length))| length.map(|length| content(number, length)))
        .collect();
    let changes: Vec<_> = commit
        .iter()
        .zip(&contents)
        .map(|((record, _), content)| match content {
            Some(content) => Change::Write(RECORDS[*record], content),
            None => Change::Erase(RECORDS[*record]),
        })
        .collect();
    image.changed(&changes, usize::MAX).unwrap()
}

fn holds(log: &RecordLog, bytes: &[u8]) -> bool {
    let flash = log.flash.read(0, 2 * SMALL.area());
    flash.windows(16).any(|window| window == &bytes[..16])
}

/// Every content of the one image is in flash, and none of the other that is not in both.
fn assert_only(log: &RecordLog, there: &Image, gone: &Image) {
    for (record, bytes) in there.records() {
        assert!(holds(log, bytes), "{record:?} is lost");
    }
    for (record, bytes) in gone.records() {
        if there.record(record) != Some(bytes) {
            assert!(!holds(log, bytes), "{record:?} was left behind");
        }
    }
}

fn recovered(log: &mut RecordLog) -> (Image, u32) {
    let mut faults = Faults::default();
    let image = log.recover(&mut faults).unwrap();
    (image, faults.writes())
}

/// The commit cut at one write, the recovery from that cut at each of its own writes; gives whether the
/// commit counts.
fn cut_once(log: &RecordLog, (before, after): (&Image, &Image), cut: (u32, WriteMoment)) -> bool {
    let mut log = log.clone();
    let mut faults = Faults::default();
    faults.cut_power_at_writes(&[cut]);
    let outcome = log.commit(before, after, &mut faults);
    assert_eq!(outcome, Err(LogError::PowerCut), "{cut:?}");
    let torn = log.clone();
    let (image, writes) = recovered(&mut log);
    assert!(image == *before || image == *after, "{cut:?}");
    let (there, gone) = if image == *after {
        (after, before)
    } else {
        (before, after)
    };
    assert_only(&log, there, gone);
    assert_eq!(recovered(&mut log).1, 0, "recovery leaves nothing to do");
    for number in 1..=writes {
        for moment in WriteMoment::ALL {
            let mut again = torn.clone();
            faults.cut_power_at_write(number, moment);
            let outcome = again.recover(&mut faults);
            assert!(outcome.err() == Some(LogError::PowerCut));
            assert!(
                recovered(&mut again).0 == image,
                "{cut:?} {number} {moment:?}"
            );
            assert_only(&again, there, gone);
        }
    }
    // And the card goes on.
    log.commit(&image, after, &mut Faults::default()).unwrap();
    assert!(recovered(&mut log).0 == *after);
    assert_only(&log, after, before);
    image == *after
}

fn cut_every_write(log: &RecordLog, before: &Image, after: &Image) -> RecordLog {
    let mut whole = log.clone();
    let mut faults = Faults::default();
    whole.commit(before, after, &mut faults).unwrap();
    let mut counted = false;
    for number in 1..=faults.writes() {
        for moment in WriteMoment::ALL {
            let counts = cut_once(log, (before, after), (number, moment));
            assert!(counts || !counted, "write {number} {moment:?} goes back");
            counted = counts;
        }
    }
    assert!(counted || before == after);
    assert!(recovered(&mut whole.clone()).0 == *after);
    assert_only(&whole, after, before);
    whole
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_commit_cut_at_any_write_is_whole_or_not_at_all(script in script()) {
        let mut log = RecordLog::new(SMALL);
        let mut image = Image::default();
        for (number, commit) in (0..).zip(script) {
            let next = next_image(&image, &commit, number);
            let work = log.flash.work();
            if log.clone().commit(&image, &next, &mut Faults::default()) == Err(LogError::Full) {
                prop_assert_eq!(log.commit(&image, &next, &mut Faults::default()), Err(LogError::Full));
                prop_assert_eq!(log.flash.work(), work);
                continue;
            }
            // Before the first commit there is no card to come back to.
            if image == Image::default() {
                log.commit(&image, &next, &mut Faults::default()).unwrap();
            } else {
                log = cut_every_write(&log, &image, &next);
            }
            image = next;
        }
    }

    #[test]
    fn damaged_flash_is_read_or_refused_but_never_runs_wild(
        script in script(),
        flips in prop::collection::vec((0..2 * SMALL.area(), 0_u32..8), 1..6),
    ) {
        let mut log = RecordLog::new(SMALL);
        let mut image = Image::default();
        for (number, commit) in (0..).zip(script) {
            let next = next_image(&image, &commit, number);
            if log.commit(&image, &next, &mut Faults::default()).is_ok() {
                image = next;
            }
        }
        for (position, bit) in flips {
            log.flash.flip(position, bit);
        }
        if let Ok(read) = log.recover(&mut Faults::default()) {
            prop_assert!(log.commit(&read, &image, &mut Faults::default()) != Err(LogError::PowerCut));
        }
    }
}

fn one(record: Record, bytes: &[u8]) -> Image {
    let mut image = Image::default();
    image.insert(record, bytes);
    image
}

#[test]
fn a_full_area_moves_into_the_other_and_back() {
    let mut log = RecordLog::new(SMALL);
    let mut image = Image::default();
    for number in 0..200 {
        let next = one(Record::Register, &content(number, 66));
        log.commit(&image, &next, &mut Faults::default()).unwrap();
        assert_only(&log, &next, &image);
        image = next;
    }
    assert!(log.flash.work().erases > 20, "{:?}", log.flash.work());
    assert!(recovered(&mut log).0 == image);
}

#[test]
fn what_does_not_fit_changes_nothing_and_less_still_fits() {
    let mut log = RecordLog::new(SMALL);
    let small = one(Record::Register, &content(1, 66));
    log.commit(&Image::default(), &small, &mut Faults::default())
        .unwrap();
    let work = log.flash.work();
    let mut large = small.clone();
    large.insert(
        Record::Object(ObjectTag::CHUID),
        &content(2, SMALL.area() - 143),
    );
    let outcome = log.commit(&small, &large, &mut Faults::default());
    assert_eq!(outcome, Err(LogError::Full));
    assert_eq!(log.flash.work(), work);
    let mut fitting = small.clone();
    fitting.insert(
        Record::Object(ObjectTag::CHUID),
        &content(2, SMALL.area() - 144),
    );
    log.commit(&small, &fitting, &mut Faults::default())
        .unwrap();
    // Full to the last unit, a counter of tries can still be written.
    let mut tried = fitting.clone();
    tried.insert(Record::Register, &content(3, 66));
    let whole = cut_every_write(&log, &fitting, &tried);
    assert!(recovered(&mut whole.clone()).0 == tried);
}

#[test]
fn a_torn_content_that_looks_like_a_transaction_is_not_one() {
    let mut forged = Vec::new();
    layout::push_entry(&mut forged, name_of(Record::ChannelKeys), Some(&[9; 16])).unwrap();
    let mark = layout::commit_mark(&forged).unwrap();
    forged.extend_from_slice(&mark);
    let forged = forged.repeat(4);
    let before = one(Record::Register, &content(1, 66));
    let mut log = RecordLog::new(SMALL);
    log.commit(&Image::default(), &before, &mut Faults::default())
        .unwrap();
    let mut after = before.clone();
    after.insert(Record::Object(ObjectTag::CHUID), &forged);
    cut_every_write(&log, &before, &after);
}

#[test]
fn used_up_flash_moves_with_the_next_change() {
    let mut log = RecordLog::new(SMALL);
    let before = one(Record::Register, &content(1, 66));
    log.commit(&Image::default(), &before, &mut Faults::default())
        .unwrap();
    log.use_up(40).unwrap();
    assert!(recovered(&mut log.clone()).0 == before);
    let after = one(Record::Register, &content(2, 66));
    let whole = cut_every_write(&log, &before, &after);
    assert_eq!(whole.flash.work().erases, 5);
}
