//! Power cut at every single write of every dialogue, and again in the recovery from each cut.
//!
//! Each dialogue is played once to its end on a card on flash, so small that it often moves everything
//! into its other area. Then it is played again for each write of that run and each moment within it, up
//! to the cut. What the card holds at the next power-on must be what it held before or after the one
//! commit the cut fell into: so no try is given back, nothing that was answered is lost or done twice,
//! no record is there by half, and no state is reached that the uncut card did not go through.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sello_conformance::run::Bench;
use sello_conformance::{Dialogue, Start, Terminal, dialogues, run};
use sello_simulator::{
    CardError, Committed, FlashGeometry, FlashWork, Profile, SimulatedCard, WriteMoment,
};
use sello_wire::Channel;
use sello_wire::tag::status;

const SERIAL: u32 = 20_260_003;

/// The same keys and challenges in every run.
const SEED: u64 = 2026;

/// Blocks of an area. The smallest flash a dialogue can be played on is taken.
const AREAS: [usize; 10] = [3, 4, 5, 6, 8, 10, 12, 16, 64, 256];

const fn geometry(blocks_per_area: usize) -> FlashGeometry {
    FlashGeometry {
        page: 512,
        pages_per_block: 2,
        blocks_per_area,
    }
}

/// A card lent to a dialogue.
struct Lent<'c> {
    card: &'c mut SimulatedCard,
    cut: bool,
}

impl Channel for Lent<'_> {
    type Error = CardError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], CardError> {
        let outcome = self.card.transmit(command, response);
        self.cut |= matches!(outcome, Err(CardError::PowerCut));
        outcome
    }
}

enum Played {
    ToItsEnd,
    UpToTheCut,
    Wrongly(String),
}

fn play(dialogue: &Dialogue, card: &mut SimulatedCard) -> Played {
    let mut lent = Lent { card, cut: false };
    let bench = Bench {
        reset: |lent: &mut &mut Lent<'_>| lent.card.reset(),
        state: |_| None,
    };
    match run(dialogue, &mut lent, &bench) {
        Ok(()) => Played::ToItsEnd,
        Err(_) if lent.cut => Played::UpToTheCut,
        Err(failure) => Played::Wrongly(failure.to_string()),
    }
}

/// A card with the memory of `made` and foreseeable random numbers, with power.
fn copy_of(made: &SimulatedCard) -> SimulatedCard {
    let mut card = made.unplugged_copy().unwrap();
    card.power_on().unwrap();
    card.faults().clear();
    card.faults().fix_random(SEED);
    card
}

/// What the uncut run did.
struct Recording {
    /// The card before it.
    made: SimulatedCard,
    first_state: Vec<u8>,
    commits: Vec<Committed>,
    work: FlashWork,
}

fn record(dialogue: &Dialogue) -> Result<Recording, String> {
    let profile = match dialogue.start {
        Start::Piv => Profile::Piv,
        _ => Profile::Seal,
    };
    let mut complaint = String::new();
    for blocks in AREAS {
        let made = SimulatedCard::manufactured_on_flash(SERIAL, geometry(blocks), profile);
        let Ok(made) = made else { continue };
        let mut card = copy_of(&made);
        card.keep_history();
        match play(dialogue, &mut card) {
            Played::ToItsEnd => {
                return Ok(Recording {
                    first_state: made.state().to_vec(),
                    commits: card.history(),
                    work: card.flash_work(),
                    made,
                });
            }
            Played::UpToTheCut => complaint = "a cut that nobody asked for".into(),
            Played::Wrongly(why) => complaint = why,
        }
    }
    Err(complaint)
}

/// What came out of the cuts.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    cuts: usize,
    as_before: usize,
    as_after: usize,
    in_recovery: usize,
    moves: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.cuts += other.cuts;
        self.as_before += other.as_before;
        self.as_after += other.as_after;
        self.in_recovery += other.in_recovery;
        self.moves += other.moves;
    }
}

/// What of a card only ever grows.
#[derive(Clone, Copy, Debug)]
struct Counters {
    writes: u32,
    journal: u32,
}

/// Looks at a card as a host does that knows nothing of the cut.
fn look_at(card: &mut SimulatedCard) -> Counters {
    let mut terminal = Terminal::new(Lent { card, cut: false });
    terminal.select().unwrap();
    let verified = terminal.send([0, 0x20, 0, 0x80], &[]).unwrap();
    assert_ne!(verified.status.0, 0x9000, "a PIN survived the cut");
    let mut counter = |tag| {
        let bytes = terminal.status_field(tag).unwrap();
        u32::from_be_bytes(bytes.try_into().unwrap())
    };
    Counters {
        writes: counter(status::WRITE_COUNTER),
        journal: counter(status::JOURNAL_COUNTER),
    }
}

/// Cuts the recovery of a card at each of its writes: it must come to the same state.
fn cut_recovery(torn: &SimulatedCard, writes: u32, state: &[u8]) -> usize {
    let mut cuts = 0;
    for number in 1..=writes {
        for moment in moments(number == 1) {
            let mut card = torn.unplugged_copy().unwrap();
            card.faults().cut_power_at_write(number, moment);
            assert_eq!(card.power_on(), Err(CardError::PowerCut));
            card.power_on().unwrap();
            assert!(*card.state() == state, "recovery {number} {moment:?}");
            cuts += 1;
        }
    }
    cuts
}

/// Before a write all is as after the write before it, but for the first one of a commit.
fn moments(of_the_first: bool) -> impl Iterator<Item = WriteMoment> {
    let all = WriteMoment::ALL.into_iter();
    all.filter(move |moment| of_the_first || *moment != WriteMoment::Before)
}

/// Cuts a dialogue at every write that no other dialogue has cut in the same way before.
fn cut_everywhere(dialogue: &Dialogue, recording: &Recording, seen: &Mutex<HashSet<u64>>) -> Tally {
    let mut tally = Tally {
        moves: recording.work.erases,
        ..Tally::default()
    };
    let mut past = DefaultHasher::new();
    recording.first_state.hash(&mut past);
    let mut before = recording.first_state.as_slice();
    let mut first = 1;
    let mut least = Counters {
        writes: 0,
        journal: 0,
    };
    for commit in &recording.commits {
        commit.writes.hash(&mut past);
        commit.state.hash(&mut past);
        if seen.lock().unwrap().insert(past.finish()) {
            let mut counts = false;
            for number in first..=commit.writes {
                for moment in moments(number == first) {
                    let mut card = copy_of(&recording.made);
                    card.faults().cut_power_at_write(number, moment);
                    let place = format!("write {number} {moment:?}");
                    assert!(
                        matches!(play(dialogue, &mut card), Played::UpToTheCut),
                        "{place}"
                    );
                    let torn = card.unplugged_copy().unwrap();
                    card.power_on().unwrap();
                    let recovery = card.faults().writes();
                    let state = card.state();
                    let is_after = *state == *commit.state;
                    assert!(is_after || *state == before, "{place}: another state");
                    assert!(is_after || !counts, "{place}: back to the state before");
                    counts = is_after;
                    let counters = look_at(&mut card);
                    let grows =
                        counters.writes >= least.writes && counters.journal >= least.journal;
                    assert!(grows, "{place}: {counters:?} after {least:?}");
                    least = counters;
                    tally.cuts += 1;
                    tally.as_after += usize::from(is_after);
                    tally.as_before += usize::from(!is_after);
                    tally.in_recovery += cut_recovery(&torn, recovery, &state);
                }
            }
            assert!(
                counts || first > commit.writes,
                "a commit that never counts"
            );
        }
        before = &commit.state;
        first = commit.writes + 1;
    }
    tally
}

#[test]
fn every_dialogue_cut_at_every_write_is_whole_or_not_at_all() {
    let dialogues = dialogues().unwrap();
    let next = AtomicUsize::new(0);
    let seen = Mutex::new(HashSet::new());
    let total = Mutex::new(Tally::default());
    let failures = Mutex::new(Vec::new());
    let work = || {
        while let Some((name, dialogue)) = dialogues.get(next.fetch_add(1, Ordering::Relaxed)) {
            match record(dialogue) {
                Ok(recording) => {
                    let tally = cut_everywhere(dialogue, &recording, &seen);
                    total.lock().unwrap().add(tally);
                }
                Err(why) => failures.lock().unwrap().push(format!("{name}: {why}")),
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "uncut:\n{}", failures.join("\n"));
    let total = total.into_inner().unwrap();
    // Past the test harness, which shows what is printed only of a failed test.
    writeln!(
        std::io::stderr(),
        "power cuts: {} dialogues, {} cuts: {} left the state before, {} the state after; {} more in \
         recoveries; {} blocks erased on the way; no other state",
        dialogues.len(),
        total.cuts,
        total.as_before,
        total.as_after,
        total.in_recovery,
        total.moves,
    )
    .unwrap();
    assert!(total.as_before > 0 && total.as_after > 0 && total.in_recovery > 0 && total.moves > 0);
}
