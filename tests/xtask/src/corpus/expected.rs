//! What the list of a corpus says must come out, and whether an answer is that.

use super::answer::{Answer, Kind, Part, Verdict};
use super::cause;

/// What a row of the list says must come out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    outcome: Outcome,
    /// The codes that fit the cause that the row states, where it states one that is known.
    cause: Option<&'static [&'static str]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// So many sound signatures at least, and nothing in them that is not.
    Intact { least: usize, countered: bool },
    /// Not valid, with a cause that fits.
    Reject,
    /// One signature, or with `Timestamp` one timestamp, is not sound, with a cause that fits.
    OneRejected(Kind),
    /// Nobody can tell, with a cause that fits.
    CannotTell,
    /// Any clear answer.
    Answer,
}

impl Expected {
    /// Reads the columns `expected` and `why`.
    pub(super) fn of(words: &str, why: &str) -> Self {
        Self {
            outcome: Outcome::of(words),
            cause: cause::codes(why),
        }
    }

    /// Whether an answer is the one expected.
    pub(super) fn agrees(&self, answer: &Answer) -> bool {
        let Answer::Verdict(verdict) = answer else {
            return false;
        };
        let sound = |part: &Part| part.is_intact();
        match self.outcome {
            Outcome::Intact { least, countered } => {
                let count = |kind: Kind| {
                    let parts = verdict.parts.iter().filter(|part| part.kind == kind);
                    parts.count()
                };
                verdict.parts.iter().all(sound)
                    && verdict.overall != "broken"
                    && count(Kind::Signature).saturating_add(count(Kind::Timestamp)) >= least
                    && count(Kind::Signature) > 0
                    && (!countered || count(Kind::CounterSignature) > 0)
            }
            Outcome::Reject => {
                let refused = verdict.parts.is_empty() || !verdict.parts.iter().all(sound);
                refused
                    && ["broken", "cannot_tell"].contains(&verdict.overall.as_str())
                    && self.names(verdict.all_codes())
            }
            Outcome::OneRejected(kind) => verdict
                .parts
                .iter()
                .filter(|part| part.kind == kind && part.integrity == "broken")
                .any(|part| self.names(part.codes.iter().map(String::as_str))),
            Outcome::CannotTell => {
                verdict.overall == "cannot_tell" && self.names(verdict.all_codes())
            }
            Outcome::Answer => !self.is_silent(verdict),
        }
    }

    /// Whether one of the codes fits the stated cause; where none is known, whether there is one that
    /// says more than that nobody is trusted.
    fn names<'a>(&self, mut codes: impl Iterator<Item = &'a str>) -> bool {
        match self.cause {
            Some(fitting) => codes.any(|code| fitting.contains(&code)),
            None => codes.any(|code| !cause::OF_TRUST.contains(&code)),
        }
    }

    /// Not valid, and not a word why.
    fn is_silent(&self, verdict: &Verdict) -> bool {
        verdict.overall != "valid" && verdict.all_codes().next().is_none()
    }
}

impl Outcome {
    fn of(words: &str) -> Self {
        let first = words.split([' ', ',', '/', '(']).next().unwrap_or_default();
        match first {
            _ if words.contains("one sig") => Self::OneRejected(Kind::Signature),
            "SIG1" => Self::OneRejected(Kind::Signature),
            "ONE" | "ATST" => Self::OneRejected(Kind::Timestamp),
            "INTACT" => Self::Intact {
                least: if words.contains("x2") { 2 } else { 1 },
                countered: words.contains("counter-signature"),
            },
            "FORM_FILLING" => Self::Intact {
                least: 1,
                countered: false,
            },
            "REJECT" => Self::Reject,
            "INDETERMINATE" => Self::CannotTell,
            _ => Self::Answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTACT: Outcome = Outcome::Intact {
        least: 1,
        countered: false,
    };

    fn part(kind: Kind, integrity: &str, codes: &[&str]) -> Part {
        Part {
            kind,
            integrity: integrity.into(),
            codes: codes.iter().map(|code| (*code).into()).collect(),
        }
    }

    fn verdict(overall: &str, parts: &[(Kind, &str, &[&str])]) -> Answer {
        let parts = parts.iter();
        Answer::Verdict(Verdict {
            overall: overall.into(),
            codes: Vec::new(),
            parts: parts
                .map(|(kind, integrity, codes)| part(*kind, integrity, codes))
                .collect(),
        })
    }

    #[test]
    fn the_words_of_a_list_are_understood() {
        for (words, outcome) in [
            ("INTACT", INTACT),
            ("INTACT, certified P=1", INTACT),
            ("FORM_FILLING", INTACT),
            ("REJECT, bounded memory", Outcome::Reject),
            ("REJECT/WARN", Outcome::Reject),
            ("REJECT (one sig)", Outcome::OneRejected(Kind::Signature)),
            ("SIG1 INVALID CMS", Outcome::OneRejected(Kind::Signature)),
            ("ONE DOCTST REJECT", Outcome::OneRejected(Kind::Timestamp)),
            ("ATST REJECT", Outcome::OneRejected(Kind::Timestamp)),
            ("INDETERMINATE", Outcome::CannotTell),
            ("CHECK", Outcome::Answer),
            ("NO CRASH", Outcome::Answer),
        ] {
            assert_eq!(Expected::of(words, "").outcome, outcome, "{words}");
        }
        let twice = Outcome::of("INTACT x2 (extension changes only)");
        assert!(matches!(twice, Outcome::Intact { least: 2, .. }));
        let counter = Outcome::of("INTACT + counter-signature");
        assert!(matches!(
            counter,
            Outcome::Intact {
                countered: true,
                ..
            }
        ));
    }

    #[test]
    fn trust_is_no_part_of_agreement_and_soundness_is() {
        let agrees = |words: &str, answer: &Answer| Expected::of(words, "").agrees(answer);
        let sound = (Kind::Signature, "intact", ["NO_TRUST_ANCHOR"].as_slice());
        let forged = (Kind::Signature, "broken", ["SIGNATURE_BROKEN"].as_slice());
        let one = verdict("cannot_tell", &[sound]);
        let both = verdict("broken", &[sound, forged]);
        assert!(agrees("INTACT", &one));
        assert!(!agrees("INTACT", &both));
        assert!(!agrees("INTACT", &verdict("nothing_sealed", &[])));
        assert!(!agrees("INTACT x2", &one));
        assert!(!agrees("INTACT + counter-signature", &one));
        assert!(!agrees("REJECT", &one));
        assert!(!agrees("REJECT", &verdict("valid", &[sound])));
        assert!(agrees("REJECT (one sig)", &both));
        assert!(!agrees("ONE DOCTST REJECT", &both));
        for words in ["CHECK", "REJECT", "INTACT", "INDETERMINATE"] {
            assert!(!agrees(words, &Answer::Late));
            assert!(!agrees(words, &Answer::None(String::new())));
        }
    }

    #[test]
    fn a_refusal_names_the_cause_that_the_list_states() {
        let refused = |codes: &[&str], why: &str| {
            let answer = verdict("broken", &[(Kind::Signature, "broken", codes)]);
            Expected::of("REJECT", why).agrees(&answer)
        };
        assert!(refused(
            &["CONTENTS_MISSING"],
            "Universal Signature Forgery Null_Contents"
        ));
        assert!(!refused(
            &["BYTE_RANGE_MISSING"],
            "Universal Signature Forgery Null_Contents"
        ));
        assert!(!refused(&["NO_TRUST_ANCHOR"], "something not known here"));
        assert!(refused(&["DAMAGED"], "something not known here"));
        assert!(!refused(&[], "something not known here"));
    }

    #[test]
    fn any_answer_has_to_say_why_unless_all_is_well() {
        let check = Expected::of("CHECK", "");
        assert!(check.agrees(&verdict("valid", &[])));
        assert!(!check.agrees(&verdict("cannot_tell", &[])));
    }
}
