//! One line of the log.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// What stands as the hash before the first line.
pub const FIRST_PREVIOUS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// First bytes hashed, so that a line's hash can be no other hash.
const LABEL: &[u8] = b"SELLO-AUDIT-1";

/// What is to be logged.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When, in seconds since 1970.
    pub at: i64,
    /// Who: an officer, or the program itself.
    pub actor: String,
    /// What was done, one word.
    pub action: String,
    /// To what: an application's reference, an officer's name.
    pub subject: String,
    /// The facts, for people and for [`crate::Center::verify_audit`].
    pub detail: Value,
}

/// A line as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Number, from 1 without gaps.
    pub line: i64,
    /// When, in seconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// The facts, JSON with sorted keys.
    pub detail: String,
    /// Hash of the line before, lower-case hexadecimal.
    pub previous: String,
    /// Hash of this line.
    pub hash: String,
}

impl Line {
    /// Makes the line that follows the one numbered `last` with hash `previous`.
    pub fn follow(last: i64, previous: &str, entry: Entry) -> Self {
        let mut line = Self {
            line: last.saturating_add(1),
            at: entry.at,
            actor: entry.actor,
            action: entry.action,
            subject: entry.subject,
            detail: entry.detail.to_string(),
            previous: previous.to_owned(),
            hash: String::new(),
        };
        line.hash = line.computed_hash();
        line
    }

    /// SHA-256 over the label and every field, each with its length before it.
    pub fn computed_hash(&self) -> String {
        let mut hash = Sha256::new_with_prefix(LABEL);
        hash.update(self.line.to_be_bytes());
        hash.update(self.at.to_be_bytes());
        for field in [
            &self.actor,
            &self.action,
            &self.subject,
            &self.detail,
            &self.previous,
        ] {
            let length = u64::try_from(field.len()).unwrap_or(u64::MAX);
            hash.update(length.to_be_bytes());
            hash.update(field);
        }
        hex::encode(hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line() -> Line {
        let entry = Entry {
            at: 5,
            actor: "ana".into(),
            action: "approve".into(),
            subject: "A-000001".into(),
            detail: json!({"z": 1, "a": 2}),
        };
        Line::follow(0, FIRST_PREVIOUS, entry)
    }

    #[test]
    fn every_field_counts() {
        let original = line();
        assert_eq!(original.line, 1);
        assert_eq!(original.detail, r#"{"a":2,"z":1}"#);
        let changes: [fn(&mut Line); 7] = [
            |line| line.line += 1,
            |line| line.at += 1,
            |line| line.actor.push('x'),
            |line| line.action.push('x'),
            |line| line.subject.push('x'),
            |line| line.detail.push(' '),
            |line| line.previous.push('0'),
        ];
        for change in changes {
            let mut changed = original.clone();
            change(&mut changed);
            assert_ne!(changed.computed_hash(), original.hash);
        }
    }

    #[test]
    fn text_cannot_move_between_fields() {
        let mut moved = line();
        moved.actor = "an".into();
        moved.action = "aapprove".into();
        assert_ne!(moved.computed_hash(), line().hash);
    }
}
