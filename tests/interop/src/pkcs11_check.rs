//! `pkcs11-check`, the conformance suite of PKCS#11 modules, and what its report says.
//!
//! The report log has a line of JSON for each case and phase. A skip has to be explained by something that the
//! card truly does not have: each line of `judges/pkcs11-check.reasons` is the beginning of a reason the suite
//! gives, and a line that explains nothing is as wrong as a skip that nothing explains.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use serde_json::Value;

/// How a run of the suite ended.
#[derive(Debug, Default)]
pub struct Report {
    /// How many cases passed.
    pub passed: usize,
    /// What the suite expects of no module: cases that it calls failed as expected.
    pub expected: usize,
    /// Cases that failed or whose process died.
    pub failed: BTreeSet<String>,
    /// How often each reason for a skip was given.
    pub skips: BTreeMap<String, usize>,
}

impl Report {
    /// Reads a report log.
    ///
    /// # Errors
    /// When it cannot be read, or a line is no JSON.
    pub fn read(path: &Path) -> io::Result<Self> {
        Self::parse(&std::fs::read_to_string(path)?)
    }

    fn parse(text: &str) -> io::Result<Self> {
        let mut report = Self::default();
        for line in text.lines() {
            report.add(&serde_json::from_str(line)?);
        }
        Ok(report)
    }

    fn add(&mut self, line: &Value) {
        let word = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
        if word("$report_type") != "TestReport" {
            return;
        }
        let excused = line.get("wasxfail").is_some();
        match (word("outcome"), word("when")) {
            ("passed", "call") => self.passed += 1,
            ("passed", _) => {}
            ("skipped", _) if excused => self.expected += 1,
            ("skipped", _) => {
                let reason = line.pointer("/longrepr/2").and_then(Value::as_str);
                let reason = reason.unwrap_or_default().trim_start_matches("Skipped: ");
                *self.skips.entry(reason.to_owned()).or_default() += 1;
            }
            _ => {
                self.failed.insert(word("nodeid").to_owned());
            }
        }
    }

    /// The skips that no reason explains, and the reasons that explain no skip.
    #[must_use]
    pub fn unexplained(&self, reasons: &str) -> Vec<String> {
        let lines = reasons.lines().map(str::trim);
        let known: Vec<_> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        let open = self
            .skips
            .iter()
            .filter(|(skip, _)| !known.iter().any(|reason| skip.starts_with(reason)));
        let open = open.map(|(skip, count)| format!("{count} skipped, not explained: {skip}"));
        let stale = known
            .iter()
            .filter(|reason| !self.skips.keys().any(|skip| skip.starts_with(**reason)));
        let stale = stale.map(|reason| format!("explains nothing: {reason}"));
        open.chain(stale).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"{"$report_type":"SessionStart"}
{"$report_type":"TestReport","nodeid":"a","when":"setup","outcome":"passed"}
{"$report_type":"TestReport","nodeid":"a","when":"call","outcome":"passed"}
{"$report_type":"TestReport","nodeid":"b","when":"call","outcome":"failed"}
{"$report_type":"TestReport","nodeid":"c","when":"setup","outcome":"skipped","longrepr":["f",1,"Skipped: no AES: x"]}
{"$report_type":"TestReport","nodeid":"d","when":"call","outcome":"skipped","wasxfail":"y","longrepr":""}
"#;

    #[test]
    fn a_report_log_says_what_passed_failed_and_was_skipped() {
        let report = Report::parse(LOG).unwrap();
        assert_eq!((report.passed, report.expected), (1, 1));
        assert!(report.failed.contains("b") && report.failed.len() == 1);
        assert!(report.unexplained("# why\nno AES").is_empty());
        assert_eq!(report.unexplained("").len(), 1);
        assert_eq!(report.unexplained("no AES\nno DSA").len(), 1);
    }
}
