//! What a response must look like.

use std::collections::BTreeMap;

/// Captured values, by name.
pub type Captures = BTreeMap<String, Vec<u8>>;

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// These bytes.
    Bytes(Vec<u8>),
    /// So many bytes of any value, perhaps captured.
    Any(usize, Option<String>),
    /// The value captured under a name.
    Captured(String),
    /// Any number of bytes, up to the status word.
    Rest,
}

/// A response pattern, or a command with captured values in it.
///
/// Words are hexadecimal bytes, `..` for any byte, `{n}` for n bytes, `{name:n}` for n bytes to be
/// captured, `$name` for what was captured, and `*` for any number of bytes before the status word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

impl Pattern {
    /// Reads a pattern; `None` when a word makes no sense.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.split_whitespace()
            .map(parse_word)
            .collect::<Option<_>>()
            .map(Self)
    }

    /// The bytes of a pattern without places, as a command has to be.
    #[must_use]
    pub fn bytes(&self, captures: &Captures) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for part in &self.0 {
            match part {
                Part::Bytes(b) => bytes.extend_from_slice(b),
                Part::Captured(name) => bytes.extend_from_slice(captures.get(name)?),
                Part::Any(..) | Part::Rest => return None,
            }
        }
        Some(bytes)
    }

    /// The bytes before the first place.
    #[must_use]
    pub fn beginning(&self) -> Vec<u8> {
        let bytes = |part: &Part| match part {
            Part::Bytes(bytes) => Some(bytes.clone()),
            _ => None,
        };
        self.0.iter().map_while(bytes).flatten().collect()
    }

    /// Whether the pattern ends with the status word `9000`.
    #[must_use]
    pub fn ends_with_success(&self) -> bool {
        matches!(self.0.last(), Some(Part::Bytes(bytes)) if bytes.ends_with(&[0x90, 0x00]))
    }

    /// Whether the bytes fit; what is captured on the way goes to `captures`.
    pub fn matches(&self, bytes: &[u8], captures: &mut Captures) -> bool {
        let mut rest = bytes;
        for part in &self.0 {
            let count = match part {
                Part::Bytes(b) => b.len(),
                Part::Any(count, _) => *count,
                Part::Captured(name) => captures.get(name).map_or(0, Vec::len),
                Part::Rest => match rest.len().checked_sub(2) {
                    Some(count) => count,
                    None => return false,
                },
            };
            let Some((piece, after)) = rest.split_at_checked(count) else {
                return false;
            };
            let fits = match part {
                Part::Bytes(b) => piece == b,
                Part::Captured(name) => captures.get(name).is_some_and(|c| c == piece),
                Part::Any(_, Some(name)) => {
                    captures.insert(name.clone(), piece.to_vec());
                    true
                }
                Part::Any(_, None) | Part::Rest => true,
            };
            if !fits {
                return false;
            }
            rest = after;
        }
        rest.is_empty()
    }
}

fn parse_word(word: &str) -> Option<Part> {
    if word == "*" {
        return Some(Part::Rest);
    }
    if word == ".." {
        return Some(Part::Any(1, None));
    }
    if let Some(name) = word.strip_prefix('$') {
        return Some(Part::Captured(name.to_owned()));
    }
    if let Some(inner) = word.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
        return match inner.split_once(':') {
            Some((name, count)) => Some(Part::Any(count.parse().ok()?, Some(name.to_owned()))),
            None => Some(Part::Any(inner.parse().ok()?, None)),
        };
    }
    if let Some((byte, count)) = word.split_once('x') {
        let byte = hex::decode(byte).ok()?;
        return Some(Part::Bytes(byte.repeat(count.parse().ok()?)));
    }
    hex::decode(word).ok().map(Part::Bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, bytes: &str) -> bool {
        let bytes = hex::decode(bytes).unwrap();
        Pattern::parse(pattern)
            .unwrap()
            .matches(&bytes, &mut Captures::new())
    }

    #[test]
    fn places_take_what_they_say() {
        assert!(fits("7C .. {2} 9000", "7C0011229000"));
        assert!(!fits("7C .. {2} 9000", "7C00119000"));
        assert!(!fits("7C .. {2} 9000", "7C001122339000"));
        assert!(fits("61 * 9000", "61012345679000"));
        assert!(fits("* 9000", "9000"));
        assert!(!fits("* 9000", "6985"));
        assert!(fits("AAx3 9000", "AAAAAA9000"));
    }

    #[test]
    fn what_is_captured_can_be_used() {
        let mut captures = Captures::new();
        let pattern = Pattern::parse("81 {c:2} 9000").unwrap();
        assert!(pattern.matches(&[0x81, 1, 2, 0x90, 0], &mut captures));
        let command = Pattern::parse("00 $c").unwrap();
        assert_eq!(command.bytes(&captures), Some(vec![0, 1, 2]));
        let same = Pattern::parse("$c").unwrap();
        assert!(!same.matches(&[1, 3], &mut captures));
    }

    #[test]
    fn words_without_sense_are_refused() {
        for word in ["0", "XY", "{}", "{a:b}", "{1"] {
            assert_eq!(Pattern::parse(word), None, "{word}");
        }
    }
}
