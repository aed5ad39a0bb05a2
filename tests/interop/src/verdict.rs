//! What a foreign suite said of each of its cases, beside the list of those that do not pass.
//!
//! A list is a text file: a line that begins with `reason:` says why the cases after it do not pass, one a
//! line, by the suite's own name for them; `#` begins a comment. A line that ends with `*` stands for all
//! cases that begin so, one with a star inside for those that begin and end so. A case that passes though it
//! is listed, or that the suite does not have, is as wrong as one that fails and is not listed.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// As its author wants it.
    Passed,
    /// The suite itself left it out.
    Skipped,
    /// Otherwise.
    Failed,
}

/// How each case ended, by its name.
#[derive(Debug, Default)]
pub struct Verdict(BTreeMap<String, Ending>);

impl Verdict {
    /// Adds what was said of a case; the worst that was said of it counts.
    pub fn add(&mut self, case: &str, ending: Ending) {
        let known = self.0.entry(case.to_owned()).or_insert(ending);
        *known = ending.max(*known);
    }

    /// What `pytest --verbose` said: the lines `CASE ENDING` whose case begins so, which is left out.
    #[must_use]
    pub fn of_pytest(said: &str, begin: &str) -> Self {
        let mut verdict = Self::default();
        let ends = [
            (" PASSED", Ending::Passed),
            (" FAILED", Ending::Failed),
            (" ERROR", Ending::Failed),
            (" XFAIL", Ending::Failed),
            (" SKIPPED", Ending::Skipped),
        ];
        for line in said.lines().filter_map(|line| line.strip_prefix(begin)) {
            for (word, ending) in ends {
                if let Some((case, _)) = line.split_once(word) {
                    verdict.add(case.trim_start_matches("::"), ending);
                }
            }
        }
        verdict
    }

    /// Without the cases that the suite left out, for a suite that says why in its own words.
    #[must_use]
    pub fn without_skips(mut self) -> Self {
        self.0.retain(|_, ending| *ending != Ending::Skipped);
        self
    }

    /// How many passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        let passed = |ending: &&Ending| **ending == Ending::Passed;
        self.0.values().filter(passed).count()
    }

    /// What does not agree with the list, one line each.
    #[must_use]
    pub fn disagreements(&self, list: &Deselected) -> Vec<String> {
        let cases = self.0.iter();
        let unlisted = cases
            .filter(|(case, ending)| **ending != Ending::Passed && !list.names(case))
            .map(|(case, ending)| format!("{case}: {ending:?}, and not listed"));
        let stale = list.0.iter().flat_map(|entry| self.stale(entry));
        unlisted.chain(stale).collect()
    }

    /// What is wrong with an entry of a list.
    fn stale(&self, entry: &str) -> Vec<String> {
        let mut cases = self.0.iter().filter(|(case, _)| stands_for(entry, case));
        let Some(first) = cases.next() else {
            return vec![format!("{entry}: listed, and the suite has no such case")];
        };
        let passed = std::iter::once(first).chain(cases);
        let passed = passed.filter(|(_, ending)| **ending == Ending::Passed);
        passed
            .map(|(case, _)| format!("{case}: listed, and it passes"))
            .collect()
    }
}

/// The cases that do not pass.
#[derive(Debug)]
pub struct Deselected(BTreeSet<String>);

impl Deselected {
    /// Reads a list from the folder `judges`.
    ///
    /// # Errors
    /// When there is no such file, a case has no reason, or one is listed twice.
    pub fn read(name: &str) -> io::Result<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("judges")
            .join(name);
        Self::parse(&std::fs::read_to_string(path)?)
    }

    fn names(&self, case: &str) -> bool {
        self.0.contains(case) || self.0.iter().any(|entry| stands_for(entry, case))
    }

    fn parse(text: &str) -> io::Result<Self> {
        let mut cases = BTreeSet::new();
        let mut reason = "";
        for line in text.lines().map(str::trim) {
            if let Some(given) = line.strip_prefix("reason:") {
                reason = given.trim();
            } else if line.is_empty() || line.starts_with('#') {
            } else if reason.is_empty() {
                return Err(io::Error::other(format!("{line}: no reason is given")));
            } else if !cases.insert(line.to_owned()) {
                return Err(io::Error::other(format!("{line}: listed twice")));
            }
        }
        Ok(Self(cases))
    }
}

/// Whether an entry is the case, or the beginning and the end of it around its last star.
fn stands_for(entry: &str, case: &str) -> bool {
    match entry.rsplit_once('*') {
        Some((begin, end)) => case
            .strip_prefix(begin)
            .is_some_and(|rest| rest.ends_with(end)),
        None => entry == case,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict() -> Verdict {
        let mut verdict = Verdict::default();
        verdict.add("good", Ending::Passed);
        verdict.add("bad", Ending::Failed);
        verdict.add("torn", Ending::Failed);
        verdict.add("torn", Ending::Passed);
        verdict.add("left out", Ending::Skipped);
        verdict
    }

    #[test]
    fn a_true_list_agrees() {
        let list = "# why\nreason: not claimed\nbad\ntorn\n\nreason: other hardware\nleft out\n";
        let list = Deselected::parse(list).unwrap();
        assert!(verdict().disagreements(&list).is_empty());
        assert_eq!(verdict().passed(), 1);
    }

    #[test]
    fn an_unlisted_failure_and_a_stale_entry_disagree() {
        let list = Deselected::parse("reason: not claimed\nbad\ngood\ngone\n").unwrap();
        let wrong = verdict().disagreements(&list);
        let begins = ["left out: Skipped", "torn: Failed", "gone: ", "good: "];
        assert_eq!(wrong.len(), begins.len());
        for (line, begin) in wrong.iter().zip(begins) {
            assert!(line.starts_with(begin), "{line}");
        }
    }

    #[test]
    fn an_entry_with_a_star_stands_for_cases_that_begin_so_and_is_stale_when_one_passes() {
        let list = Deselected::parse("reason: not claimed\nbad*\nto*\nleft*\n").unwrap();
        assert!(verdict().disagreements(&list).is_empty());
        let list = Deselected::parse("reason: not claimed\n*\nnone*\n").unwrap();
        let wrong = verdict().disagreements(&list);
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        assert!(wrong[0].starts_with("good: listed"), "{wrong:?}");
        assert!(wrong[1].starts_with("none*: listed"), "{wrong:?}");
    }

    #[test]
    fn a_case_without_a_reason_or_twice_is_refused() {
        assert!(Deselected::parse("bad\n").is_err());
        assert!(Deselected::parse("reason:\nbad\n").is_err());
        assert!(Deselected::parse("reason: x\nbad\nbad\n").is_err());
    }
}
