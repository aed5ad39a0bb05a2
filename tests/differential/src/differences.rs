//! The list of differences, held against those that there are.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::player::Answers;

/// One difference, at one step or more.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The steps, as `script/label`.
    pub at: Vec<String>,
    /// Shape of Sello's answer.
    pub sello: String,
    /// Shape of the other's.
    pub other: String,
    /// The text that decides, and what follows from it.
    pub standard: String,
}

/// `differences.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// All of them.
    #[serde(default)]
    pub difference: Vec<Difference>,
}

/// Checks the answers of all scripts, by name of the script; what is wrong, in words.
#[must_use]
pub fn check(list: &List, played: &BTreeMap<String, Vec<Answers>>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut listed: BTreeMap<&str, &Difference> = BTreeMap::new();
    for difference in &list.difference {
        if difference.standard.trim().is_empty() {
            wrong.push(format!("{:?}: nothing justifies it", difference.at));
        }
        for at in &difference.at {
            if listed.insert(at, difference).is_some() {
                wrong.push(format!("{at}: listed twice"));
            }
        }
    }
    for (script, answers) in played {
        for answer in answers {
            let at = format!("{script}/{}", answer.label);
            wrong.extend(judge(&at, answer, listed.remove(at.as_str())));
        }
    }
    wrong.extend(
        listed
            .keys()
            .map(|at| format!("{at}: there is no such step")),
    );
    wrong
}

fn judge(at: &str, answer: &Answers, listed: Option<&Difference>) -> Option<String> {
    let Answers { sello, other, .. } = answer;
    match listed {
        None if sello == other => None,
        None => Some(format!(
            "{at}: not listed\n  sello: {sello}\n  other: {other}"
        )),
        Some(_) if sello == other => Some(format!("{at}: listed, but both answer {sello}")),
        Some(d) if (&d.sello, &d.other) == (sello, other) => None,
        Some(_) => Some(format!(
            "{at}: listed otherwise\n  sello: {sello}\n  other: {other}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(sello: &str, other: &str) -> BTreeMap<String, Vec<Answers>> {
        let answers = Answers {
            label: "a".to_owned(),
            sello: sello.to_owned(),
            other: other.to_owned(),
        };
        BTreeMap::from([("s".to_owned(), vec![answers])])
    }

    fn list(at: &[&str], standard: &str) -> List {
        let difference = Difference {
            at: at.iter().map(|&at| at.to_owned()).collect(),
            sello: "9000".to_owned(),
            other: "6A82".to_owned(),
            standard: standard.to_owned(),
        };
        List {
            difference: vec![difference],
        }
    }

    #[test]
    fn what_is_listed_and_there_is_right() {
        assert!(check(&List::default(), &played("9000", "9000")).is_empty());
        assert!(check(&list(&["s/a"], "text"), &played("9000", "6A82")).is_empty());
    }

    #[test]
    fn unlisted_stale_changed_unjustified_and_doubled_ones_are_wrong() {
        let wrong = |list: &List, played| check(list, &played).len();
        assert_eq!(wrong(&List::default(), played("9000", "6A82")), 1);
        assert_eq!(wrong(&list(&["s/a"], "text"), played("9000", "9000")), 1);
        assert_eq!(wrong(&list(&["s/a"], "text"), played("9000", "6A80")), 1);
        assert_eq!(
            wrong(&list(&["s/a", "s/b"], "text"), played("9000", "6A82")),
            1
        );
        assert_eq!(wrong(&list(&["s/a"], " "), played("9000", "6A82")), 1);
        assert_eq!(
            wrong(&list(&["s/a", "s/a"], "text"), played("9000", "6A82")),
            1
        );
    }
}
