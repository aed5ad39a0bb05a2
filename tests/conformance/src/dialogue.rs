//! Dialogue files.
//!
//! ```text
//! name = VERIFY counts down
//! rule = 3.3
//! source = SP 800-73-5 part 2, 3.2.1
//! start = operational
//! # a comment
//! > 00 20 00 80 08 3131313131 31FFFF
//! < 63C2
//! ```
//!
//! `>` sends a command as it is, `>>` sends it through the open secure channel, and `<` says what must
//! come back (see [`Pattern`]), unwrapped after `>>`. A `>>` command with the chaining bit is cut into
//! parts of 40 bytes once it is wrapped; what waits for GET RESPONSE is fetched.
//!
//! Orders: `@reset`; `@channel` opens the secure channel with the keys of test cards at level 33,
//! `@channel factory` with the factory's, `@channel 11` at another level; `@damage` spoils the MAC of the
//! next `>>`; `@replay` sends the last `>>` once more, as it was; `@authenticate` proves the factory's
//! management key and `@authenticate NAME` a captured one (AES by its length); `@encrypt NAME` encrypts
//! the captured block under the factory's management key, in place; `@signature NAME DIGEST` checks that
//! the last answer `7C{82}` is a signature good under the captured point. A long command or pattern
//! continues on lines that begin with two spaces.

use sello_scp03::Level;
use thiserror::Error;

use crate::pattern::Pattern;
use crate::personalization::Authority;

/// In which state the card begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// As made.
    Blank,
    /// Personalizing, with an attestation key, and a key in `9C` that may still give its possession
    /// signature.
    Personalizing,
    /// Operational, the transport PIN in force.
    Delivered,
    /// Operational, its custodian's PIN set.
    Operational,
    /// As [`Start::Operational`]; the key in `9C` is counted and under dual control, and the approver has
    /// a PIN of their own.
    Dual,
    /// A plain PIV token, as made.
    Piv,
}

/// One step, with the line it stands on.
#[derive(Clone, Debug)]
pub struct Step {
    /// Line number, from 1.
    pub line: usize,
    /// What to do.
    pub action: Action,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Sends a command.
    Send(Pattern),
    /// Sends a command through the secure channel.
    SendSecure(Pattern),
    /// Sends the last command of the secure channel once more.
    Replay,
    /// Spoils the MAC of the next command of the secure channel.
    Damage,
    /// Opens the secure channel.
    Open(Authority, Level),
    /// Compares the response.
    Expect(Pattern),
    /// Resets the card.
    Reset,
    /// Authenticates the factory's management key, or a captured one.
    Authenticate(Option<String>),
    /// Encrypts a captured block under the factory's management key, in place.
    Encrypt(String),
    /// Checks the signature in the last response under a captured point.
    Signature {
        /// Name of the point.
        point: String,
        /// The digest signed.
        digest: Vec<u8>,
    },
}

/// A dialogue with a card.
#[derive(Clone, Debug)]
pub struct Dialogue {
    /// What it shows, in a few words.
    pub name: String,
    /// The rules of `specs/card.md` it tests.
    pub rules: Vec<String>,
    /// Where the rule comes from.
    pub source: String,
    /// The state the card begins in; PIV is selected.
    pub start: Start,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// Why a file is no dialogue.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ParseError {
    /// A line makes no sense.
    #[error("line {line} cannot be understood")]
    Line {
        /// Line number, from 1.
        line: usize,
    },
    /// A field of the head is missing.
    #[error("'{field}' is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
}

impl Dialogue {
    /// Reads a dialogue file.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let mut head = Head::default();
        let mut steps = Vec::new();
        for (line, text) in logical_lines(text) {
            let bad = ParseError::Line { line };
            match parse_step(&text) {
                Some(action) => steps.push(Step {
                    line,
                    action: action.ok_or(bad)?,
                }),
                None => head.take(&text).ok_or(bad)?,
            }
        }
        match unanswered(&steps) {
            Some(line) => Err(ParseError::Line { line }),
            None => head.into_dialogue(steps),
        }
    }
}

/// What a line of the dialogue does; `None` for a line of the head.
fn parse_step(text: &str) -> Option<Option<Action>> {
    if let Some(command) = text.strip_prefix(">>") {
        Some(Pattern::parse(command).map(Action::SendSecure))
    } else if let Some(command) = text.strip_prefix('>') {
        Some(Pattern::parse(command).map(Action::Send))
    } else if let Some(pattern) = text.strip_prefix('<') {
        Some(Pattern::parse(pattern).map(Action::Expect))
    } else {
        text.strip_prefix('@').map(parse_order)
    }
}

/// The line of a command whose answer nothing looks at.
fn unanswered(steps: &[Step]) -> Option<usize> {
    let nexts = steps.iter().skip(1).map(Some).chain([None]);
    steps.iter().zip(nexts).find_map(|(step, next)| {
        let expects = next.is_some_and(|n| matches!(n.action, Action::Expect(_)));
        let sends = matches!(
            step.action,
            Action::Send(_) | Action::SendSecure(_) | Action::Replay
        );
        (sends && !expects).then_some(step.line)
    })
}

/// Lines with their continuations, without comments and empty ones.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default();
        if line.trim().is_empty() {
            continue;
        }
        match lines.last_mut() {
            Some((_, last)) if line.starts_with("  ") => last.push_str(line),
            _ => lines.push((number, line.trim().to_owned())),
        }
    }
    lines
}

fn parse_order(order: &str) -> Option<Action> {
    let words: Vec<_> = order.split_whitespace().collect();
    match words.as_slice() {
        ["reset"] => Some(Action::Reset),
        ["replay"] => Some(Action::Replay),
        ["damage"] => Some(Action::Damage),
        ["channel", words @ ..] => parse_channel(words),
        ["authenticate"] => Some(Action::Authenticate(None)),
        ["authenticate", name] => Some(Action::Authenticate(Some((*name).to_owned()))),
        ["encrypt", name] => Some(Action::Encrypt((*name).to_owned())),
        ["signature", point, digest] => Some(Action::Signature {
            point: (*point).to_owned(),
            digest: Pattern::parse(digest)?.bytes(&crate::pattern::Captures::new())?,
        }),
        _ => None,
    }
}

fn parse_channel(words: &[&str]) -> Option<Action> {
    let (authority, level) = match words {
        ["factory", level @ ..] => (Authority::Factory, level),
        level => (Authority::Own, level),
    };
    let level = match level {
        [] => Level::ENCRYPTION_BOTH,
        [level] => Level::from_byte(u8::from_str_radix(level, 16).ok()?)?,
        _ => return None,
    };
    Some(Action::Open(authority, level))
}

#[derive(Default)]
struct Head {
    name: Option<String>,
    rules: Option<Vec<String>>,
    source: Option<String>,
    start: Option<Start>,
}

impl Head {
    fn take(&mut self, line: &str) -> Option<()> {
        let (field, value) = line.split_once('=')?;
        let value = value.trim();
        match field.trim() {
            "name" => self.name = Some(value.to_owned()),
            "rule" => self.rules = Some(value.split(',').map(|r| r.trim().to_owned()).collect()),
            "source" => self.source = Some(value.to_owned()),
            "start" => self.start = Some(parse_start(value)?),
            _ => return None,
        }
        Some(())
    }

    fn into_dialogue(self, steps: Vec<Step>) -> Result<Dialogue, ParseError> {
        let missing = |field| ParseError::Missing { field };
        Ok(Dialogue {
            name: self.name.ok_or_else(|| missing("name"))?,
            rules: self.rules.ok_or_else(|| missing("rule"))?,
            source: self.source.ok_or_else(|| missing("source"))?,
            start: self.start.ok_or_else(|| missing("start"))?,
            steps,
        })
    }
}

fn parse_start(word: &str) -> Option<Start> {
    match word {
        "blank" => Some(Start::Blank),
        "personalizing" => Some(Start::Personalizing),
        "delivered" => Some(Start::Delivered),
        "operational" => Some(Start::Operational),
        "dual" => Some(Start::Dual),
        "piv" => Some(Start::Piv),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "name = n\nrule = 1.1, 1.2\nsource = s\nstart = blank\n";

    #[test]
    fn long_lines_continue() {
        let dialogue = Dialogue::parse(&format!("{HEAD}> 00\n  A4 # x\n< 9000\n")).unwrap();
        assert_eq!(dialogue.rules, ["1.1", "1.2"]);
        assert_eq!(
            dialogue.steps[0].action,
            Action::Send(Pattern::parse("00 A4").unwrap())
        );
        assert_eq!(dialogue.steps[1].line, 7);
    }

    #[test]
    fn channels_have_keys_and_levels() {
        let text = format!("{HEAD}@channel\n@channel factory\n@channel 11\n");
        let steps = Dialogue::parse(&text).unwrap().steps;
        let opened = |authority, level| Action::Open(authority, level);
        assert_eq!(
            steps[0].action,
            opened(Authority::Own, Level::ENCRYPTION_BOTH)
        );
        assert_eq!(
            steps[1].action,
            opened(Authority::Factory, Level::ENCRYPTION_BOTH)
        );
        assert_eq!(steps[2].action, opened(Authority::Own, Level::MAC_BOTH));
        for order in ["@channel 02", "@channel own", "@channel 11 factory"] {
            assert!(Dialogue::parse(&format!("{HEAD}{order}\n")).is_err());
        }
    }

    #[test]
    fn nonsense_is_refused_with_its_line() {
        let bad = format!("{HEAD}@explode\n");
        assert_eq!(
            Dialogue::parse(&bad).err(),
            Some(ParseError::Line { line: 5 })
        );
        let unanswered = format!("{HEAD}> 00A4\n@reset\n< 9000\n");
        assert_eq!(
            Dialogue::parse(&unanswered).err(),
            Some(ParseError::Line { line: 5 })
        );
        assert_eq!(
            Dialogue::parse("name = n").err(),
            Some(ParseError::Missing { field: "rule" })
        );
    }
}
