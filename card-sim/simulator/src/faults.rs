//! Faults a test can ask for.

/// Where within a commit the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutMoment {
    /// Before anything is written.
    BeforeWriting,
    /// With the new state written beside the old one, but not in its place. For a card in RAM this is
    /// the same as [`CutMoment::BeforeWriting`].
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

/// What is to go wrong.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    cut: Option<(u32, CutMoment)>,
    commits: u32,
    random_fails: bool,
}

impl Faults {
    /// Cuts the power at commit `number`, counted from 1 from now on.
    pub const fn cut_power_at(&mut self, number: u32, moment: CutMoment) {
        self.commits = 0;
        self.cut = Some((number, moment));
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
}
