//! Commands for both cards, as a file.
//!
//! A line is a label that no other line of the file has, and a command or an order:
//!
//! - `LABEL > 00 A4 04 00 00`: these bytes. `[5C 01 7E]` stands for Lc, these data bytes and a Le of
//!   zeros, in extended length when they are more than 255; `AB*300` for a byte many times.
//! - `LABEL @mutual KEY` and `LABEL @single KEY`: both steps of an authentication with the management
//!   key, KEY being `right` or `wrong`.
//! - `@reset`: power off and on, PIV selected.
//!
//! `#` begins a comment; a line that begins with two spaces continues the one before.

use thiserror::Error;

/// What to do with both cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Sends a command.
    Send {
        /// All of it.
        bytes: Vec<u8>,
        /// What stood between brackets.
        data: Vec<u8>,
    },
    /// Mutual authentication, with the right key or a wrong one.
    Mutual(bool),
    /// Single authentication, with the right key or a wrong one.
    Single(bool),
    /// Takes the power away and gives it back.
    Reset,
}

/// A step of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Name within the file; empty for a reset.
    pub label: String,
    /// What to do.
    pub action: Action,
}

/// A line that makes no sense.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("line {line} cannot be understood")]
pub struct ParseError {
    /// Line number, from 1.
    pub line: usize,
}

/// Reads a script.
///
/// # Errors
/// [`ParseError`], also for a label that was there before.
pub fn parse(text: &str) -> Result<Vec<Step>, ParseError> {
    let mut steps: Vec<Step> = Vec::new();
    for (line, text) in logical_lines(text) {
        let step = parse_step(&text).ok_or(ParseError { line })?;
        let known = |s: &Step| !s.label.is_empty() && s.label == step.label;
        if steps.iter().any(known) {
            return Err(ParseError { line });
        }
        steps.push(step);
    }
    Ok(steps)
}

/// Lines with their continuations, without comments and empty ones.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default();
        match lines.last_mut() {
            _ if line.trim().is_empty() => {}
            Some((_, last)) if line.starts_with("  ") => last.push_str(line),
            _ => lines.push((number, line.trim().to_owned())),
        }
    }
    lines
}

fn parse_step(text: &str) -> Option<Step> {
    if text == "@reset" {
        let (label, action) = (String::new(), Action::Reset);
        return Some(Step { label, action });
    }
    let (label, rest) = text.split_once(char::is_whitespace)?;
    let action = match rest.trim().split_once(char::is_whitespace)? {
        (">", command) => parse_command(command)?,
        ("@mutual", key) => Action::Mutual(is_right(key)?),
        ("@single", key) => Action::Single(is_right(key)?),
        _ => return None,
    };
    let label = label.to_owned();
    Some(Step { label, action })
}

fn is_right(key: &str) -> Option<bool> {
    match key.trim() {
        "right" => Some(true),
        "wrong" => Some(false),
        _ => None,
    }
}

fn parse_command(text: &str) -> Option<Action> {
    let Some((header, rest)) = text.split_once('[') else {
        let bytes = parse_bytes(text)?;
        return Some(Action::Send {
            bytes,
            data: Vec::new(),
        });
    };
    let data = parse_bytes(rest.trim().strip_suffix(']')?)?;
    let mut bytes = parse_bytes(header)?;
    if let Ok(length) = u8::try_from(data.len()) {
        bytes.push(length);
        bytes.extend_from_slice(&data);
        bytes.push(0);
    } else {
        bytes.push(0);
        bytes.extend_from_slice(&u16::try_from(data.len()).ok()?.to_be_bytes());
        bytes.extend_from_slice(&data);
        bytes.extend_from_slice(&[0, 0]);
    }
    Some(Action::Send { bytes, data })
}

fn parse_bytes(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for word in text.split_whitespace() {
        let (word, times) = word.split_once('*').unwrap_or((word, "1"));
        let word = hex::decode(word).ok()?;
        bytes.extend(word.repeat(times.parse().ok()?));
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    fn sent(text: &str) -> Vec<u8> {
        match &parse(text).unwrap()[0].action {
            Action::Send { bytes, .. } => bytes.clone(),
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn brackets_get_lengths_around_them() {
        assert_eq!(
            sent("a > 00CB [5C 01 7E] # x"),
            hex::decode("00CB035C017E00").unwrap()
        );
        let long = sent("a > 00DB\n  [AB*300]");
        assert_eq!(long[..5], [0, 0xDB, 0, 1, 0x2C]);
        assert_eq!(long.len(), 2 + 3 + 300 + 2);
    }

    #[test]
    fn nonsense_and_repeated_labels_are_refused() {
        for bad in [
            "a > 0",
            "a @mutual",
            "a @mutual maybe",
            "@explode",
            "a > [00",
            "a",
        ] {
            assert_eq!(parse(bad), Err(ParseError { line: 1 }), "{bad}");
        }
        assert_eq!(parse("a > 00\n\na > 00"), Err(ParseError { line: 3 }));
    }
}
