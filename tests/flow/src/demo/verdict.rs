//! What each file must be judged to be, and what it was.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

/// What a file must be judged to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The exit code of `sello verify`.
    pub exit: i32,
    /// The indication of EN 319 102-1 for the last seal.
    pub indication: &'static str,
    /// Its sub-indication, empty if there is none.
    pub sub_indication: &'static str,
    /// The stable code of the reason.
    pub code: &'static str,
}

impl Expected {
    /// A sound seal of a trusted center.
    pub const VALID: Self = Self::of(0, "TOTAL-PASSED", "", "VALID");
    /// The document is not the one that was sealed.
    pub const CHANGED: Self = Self::of(1, "TOTAL-FAILED", "HASH_FAILURE", "DOCUMENT_CHANGED");
    /// The seal belongs to another document.
    pub const COPIED: Self = Self::of(1, "TOTAL-FAILED", "HASH_FAILURE", "COPIED_SEAL");
    /// The seal is revoked, and nothing proves when the document was sealed.
    pub const REVOKED: Self = Self::of(2, "INDETERMINATE", "REVOKED_NO_POE", "REVOKED");
    /// The seal is on hold, and nothing proves when the document was sealed.
    pub const ON_HOLD: Self = Self::of(2, "INDETERMINATE", "REVOKED_NO_POE", "ON_HOLD");

    const fn of(
        exit: i32,
        indication: &'static str,
        sub_indication: &'static str,
        code: &'static str,
    ) -> Self {
        Self {
            exit,
            indication,
            sub_indication,
            code,
        }
    }

    /// Whether a report as `sello verify --json` prints it says this of its last seal.
    #[must_use]
    pub fn matches(&self, exit: i32, report: &str) -> bool {
        let said = |name| field(report, name).unwrap_or_default();
        exit == self.exit
            && said("indication") == self.indication
            && said("sub_indication") == self.sub_indication
            && said("code") == self.code
    }
}

/// One line of the table.
#[derive(Debug)]
pub(super) struct Row {
    file: String,
    verdict: String,
    exit: i32,
    expected: bool,
}

impl Row {
    /// What `report` says of a file; `remark` tells apart two looks at the same file.
    pub(super) fn new(
        file: &Path,
        remark: &str,
        expected: Expected,
        exit: i32,
        report: &str,
    ) -> Self {
        let words = ["indication", "sub_indication", "code"];
        let verdict = words.iter().filter_map(|name| field(report, name));
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        Self {
            file: if remark.is_empty() {
                name.into_owned()
            } else {
                format!("{name} ({remark})")
            },
            verdict: verdict.collect::<Vec<_>>().join(" / "),
            exit,
            expected: expected.matches(exit, report),
        }
    }
}

/// The verdicts.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<Row>);

impl Table {
    pub(super) fn push(&mut self, row: Row) {
        self.0.push(row);
    }

    pub(super) fn all_expected(&self) -> bool {
        self.0.iter().all(|row| row.expected)
    }

    pub(super) fn render(&self, heads: [&str; 4], yes: &str, no: &str) -> String {
        let width = |head: &str, of: fn(&Row) -> &str| {
            let rows = self.0.iter().map(|row| of(row).chars().count());
            rows.chain([head.chars().count()]).max().unwrap_or(0)
        };
        let [file, verdict, exit, expected] = heads;
        let (first, second) = (
            width(file, |row| &row.file),
            width(verdict, |row| &row.verdict),
        );
        let mut text = String::new();
        let mut line = |a: &str, b: &str, c: &str, d: &str| {
            let third = exit.chars().count();
            let _ = writeln!(text, "  {a:<first$}  {b:<second$}  {c:>third$}  {d}");
        };
        line(file, verdict, exit, expected);
        for row in &self.0 {
            let mark = if row.expected { yes } else { no };
            line(&row.file, &row.verdict, &row.exit.to_string(), mark);
        }
        text
    }
}

/// The last text under this key anywhere in a JSON document.
pub fn field(json: &str, key: &str) -> Option<String> {
    let value = serde_json::from_str::<Value>(json).ok()?;
    last(&value, key)
}

fn last(value: &Value, key: &str) -> Option<String> {
    match value {
        Value::Object(map) => {
            let here = map.get(key).and_then(Value::as_str).map(str::to_owned);
            let below = map
                .values()
                .filter_map(|inner| last(inner, key))
                .next_back();
            here.or(below)
        }
        Value::Array(items) => items
            .iter()
            .filter_map(|inner| last(inner, key))
            .next_back(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"signatures":[{"indication":"TOTAL-FAILED","sub_indication":"HASH_FAILURE",
        "code":"COPIED_SEAL"}]}"#;

    #[test]
    fn only_the_right_reason_with_the_right_exit_code_is_as_expected() {
        assert!(Expected::COPIED.matches(1, REPORT));
        assert!(!Expected::COPIED.matches(0, REPORT));
        assert!(!Expected::CHANGED.matches(1, REPORT));
        assert!(!Expected::VALID.matches(0, "not json"));
    }

    #[test]
    fn a_table_with_one_surprise_is_not_as_expected() {
        let mut table = Table::default();
        table.push(Row::new(
            Path::new("a.pdf"),
            "",
            Expected::COPIED,
            1,
            REPORT,
        ));
        assert!(table.all_expected());
        table.push(Row::new(
            Path::new("b.pdf"),
            "later",
            Expected::VALID,
            0,
            REPORT,
        ));
        assert!(!table.all_expected());
        let text = table.render(["file", "verdict", "exit", "ok"], "yes", "NO");
        assert!(text.contains("b.pdf (later)") && text.contains("NO"));
    }
}
