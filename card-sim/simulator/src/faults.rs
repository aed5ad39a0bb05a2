//! Faults a test can ask for.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};

/// Where within a commit the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutMoment {
    /// Before anything is written.
    BeforeWriting,
    /// With the new state written beside the old one, but not in its place. For a card in RAM or on
    /// flash this is the same as [`CutMoment::BeforeWriting`].
    BeforeReplacing,
    /// With the new state in place, before the card could answer.
    AfterReplacing,
}

impl CutMoment {
    /// Every moment.
    pub const ALL: [Self; 3] = [
        Self::BeforeWriting,
        Self::BeforeReplacing,
        Self::AfterReplacing,
    ];
}

/// Where within a single write of the flash the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMoment {
    /// Before anything is written.
    Before,
    /// Half way through.
    Torn,
    /// With everything written.
    After,
}

impl WriteMoment {
    /// Every moment.
    pub const ALL: [Self; 3] = [Self::Before, Self::Torn, Self::After];
}

/// What is to go wrong.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    cut: Option<(u32, CutMoment)>,
    commits: u32,
    write_cuts: VecDeque<(u32, WriteMoment)>,
    writes: u32,
    random_fails: bool,
    fixed_random: Option<FixedRandom>,
}

/// Numbers that are the same each time.
#[derive(Clone, Debug)]
struct FixedRandom {
    seed: u64,
    drawn: u64,
}

impl Faults {
    /// Cuts the power at commit `number`, counted from 1 from now on.
    pub const fn cut_power_at(&mut self, number: u32, moment: CutMoment) {
        self.commits = 0;
        self.cut = Some((number, moment));
    }

    /// Cuts the power at a single write of a card on flash, counted from 1 from now on: programming a
    /// page and erasing a block are one write each. Cards elsewhere have no such writes.
    pub fn cut_power_at_write(&mut self, number: u32, moment: WriteMoment) {
        self.cut_power_at_writes(&[(number, moment)]);
    }

    /// Cuts the power several times: each cut counts its writes from the cut before, so that a cut with
    /// a small number comes in the recovery from the one before it.
    pub fn cut_power_at_writes(&mut self, cuts: &[(u32, WriteMoment)]) {
        self.writes = 0;
        self.write_cuts = cuts.iter().copied().collect();
    }

    /// Makes the random numbers of the card the same for the same seed: a card with foreseeable keys.
    pub const fn fix_random(&mut self, seed: u64) {
        self.fixed_random = Some(FixedRandom { seed, drawn: 0 });
    }

    /// Makes the random number generator fail, or work again.
    pub const fn fail_random(&mut self, fails: bool) {
        self.random_fails = fails;
    }

    /// Takes every fault away and counts commits from 0.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Commits since the faults were last set or cleared; a cut one counts.
    #[must_use]
    pub const fn commits(&self) -> u32 {
        self.commits
    }

    /// Writes of the flash since the faults were last set or cleared, or since the last cut at a write.
    #[must_use]
    pub const fn writes(&self) -> u32 {
        self.writes
    }

    /// Counts a write of the flash; where in it the power goes, if it does.
    pub(crate) fn next_write(&mut self) -> Option<WriteMoment> {
        self.writes = self.writes.saturating_add(1);
        let (number, moment) = *self.write_cuts.front()?;
        if number != self.writes {
            return None;
        }
        self.write_cuts.pop_front();
        self.writes = 0;
        Some(moment)
    }

    /// Fills the bytes with numbers that were fixed, if they were.
    pub(crate) fn draw_fixed(&mut self, bytes: &mut [u8]) -> bool {
        let Some(random) = &mut self.fixed_random else {
            return false;
        };
        for part in bytes.chunks_mut(32) {
            let hash = Sha256::new()
                .chain_update(random.seed.to_be_bytes())
                .chain_update(random.drawn.to_be_bytes())
                .finalize();
            random.drawn = random.drawn.wrapping_add(1);
            for (to, from) in part.iter_mut().zip(hash) {
                *to = from;
            }
        }
        true
    }

    pub(crate) const fn random_fails(&self) -> bool {
        self.random_fails
    }

    /// Counts a commit; where in it the power goes, if it does.
    pub(crate) fn next_commit(&mut self) -> Option<CutMoment> {
        self.commits = self.commits.saturating_add(1);
        let (_, moment) = self.cut.take_if(|(number, _)| *number == self.commits)?;
        Some(moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cut_comes_once_and_at_its_number() {
        let mut faults = Faults::default();
        faults.cut_power_at(2, CutMoment::BeforeWriting);
        assert_eq!(faults.next_commit(), None);
        assert_eq!(faults.next_commit(), Some(CutMoment::BeforeWriting));
        assert_eq!(faults.next_commit(), None);
        assert_eq!(faults.commits(), 3);
    }

    #[test]
    fn cuts_at_writes_follow_each_other() {
        let mut faults = Faults::default();
        faults.cut_power_at_writes(&[(2, WriteMoment::Torn), (1, WriteMoment::After)]);
        let cuts: Vec<_> = (0..4).map(|_| faults.next_write()).collect();
        let expected = [
            None,
            Some(WriteMoment::Torn),
            Some(WriteMoment::After),
            None,
        ];
        assert_eq!(cuts, expected);
        assert_eq!(faults.writes(), 1);
    }

    #[test]
    fn fixed_random_numbers_come_again_with_their_seed() {
        let draw = |seed| {
            let mut faults = Faults::default();
            faults.fix_random(seed);
            let mut bytes = [[0; 40]; 2];
            assert!(bytes.iter_mut().all(|bytes| faults.draw_fixed(bytes)));
            bytes
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let [first, second] = draw(1);
        assert_ne!(first, second);
        assert!(!Faults::default().draw_fixed(&mut [0]));
    }
}
