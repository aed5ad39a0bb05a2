//! What `sello verify --json` said of one file: a document's report, or that of a file of another
//! kind, read into one form.

use std::fmt::Write as _;

use serde_json::Value;

/// What the program said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Verdict(Verdict),
    /// No answer in time.
    Late,
    /// No answer that can be read.
    None(String),
}

/// The report on one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Verdict {
    pub(super) overall: String,
    /// What stands against the file as such.
    pub(super) codes: Vec<String>,
    pub(super) parts: Vec<Part>,
}

/// What a part of the report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Signature,
    CounterSignature,
    /// A timestamp in a signature, or one over a document.
    Timestamp,
}

/// A signature, a counter-signature or a timestamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: Kind,
    /// Whether it fits what it is over, trust left aside: `intact`, `broken` or `unknown`.
    pub(super) integrity: String,
    /// Everything that stands against it.
    pub(super) codes: Vec<String>,
}

impl Part {
    pub(super) fn is_intact(&self) -> bool {
        self.integrity == "intact"
    }
}

impl Verdict {
    /// Every code in the report.
    pub(super) fn all_codes(&self) -> impl Iterator<Item = &str> {
        let of_parts = self.parts.iter().flat_map(|part| &part.codes);
        self.codes.iter().chain(of_parts).map(String::as_str)
    }
}

impl Answer {
    pub(super) fn read(text: &str) -> Self {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return Self::None("no JSON".into());
        };
        let report = value.get(0).unwrap_or(&Value::Null);
        let overall = word(report, "overall");
        if overall.is_empty() {
            return Self::None(word(report, "error"));
        }
        let mut verdict = Verdict {
            overall,
            ..Verdict::default()
        };
        if report.get("container").is_some() {
            verdict.codes = codes(list(report, "faults"));
            for signature in list(report, "signatures") {
                read_file_signature(signature, &mut verdict);
            }
        } else {
            verdict.codes = codes(list(report, "findings"));
            let parts = list(report, "signatures").map(read_document_signature);
            verdict.parts = parts.collect();
        }
        Self::Verdict(verdict)
    }

    pub(super) fn shown(&self) -> String {
        let verdict = match self {
            Self::Verdict(verdict) => verdict,
            Self::Late => return "no answer within a second".into(),
            Self::None(what) => return format!("no answer: {what}"),
        };
        let mut shown = verdict.overall.clone();
        for code in &verdict.codes {
            let _ = write!(shown, " {code}");
        }
        for part in &verdict.parts {
            let kind = match part.kind {
                Kind::Signature => "signature",
                Kind::CounterSignature => "counter-signature",
                Kind::Timestamp => "timestamp",
            };
            let _ = write!(shown, " [{kind} {}", part.integrity);
            for code in &part.codes {
                let _ = write!(shown, " {code}");
            }
            shown.push(']');
        }
        shown
    }
}

fn word(value: &Value, key: &str) -> String {
    let word = value.get(key).and_then(Value::as_str);
    word.unwrap_or_default().to_owned()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    let list = value.get(key).and_then(Value::as_array);
    list.into_iter().flatten()
}

fn codes<'a>(findings: impl Iterator<Item = &'a Value>) -> Vec<String> {
    findings.map(|finding| word(finding, "code")).collect()
}

fn read_document_signature(signature: &Value) -> Part {
    Part {
        kind: match word(signature, "kind").as_str() {
            "timestamp" => Kind::Timestamp,
            _ => Kind::Signature,
        },
        integrity: word(signature, "integrity"),
        codes: codes(list(signature, "findings")),
    }
}

/// A signature on files has signers; what stands against its files counts with each of them.
fn read_file_signature(signature: &Value, verdict: &mut Verdict) {
    let of_files = codes(list(signature, "findings"));
    for signer in list(signature, "signers") {
        let at = verdict.parts.len();
        read_signer(signer, Kind::Signature, verdict);
        if let Some(part) = verdict.parts.get_mut(at) {
            part.codes.extend(of_files.iter().cloned());
            if part.is_intact() {
                part.integrity = word(signature, "integrity");
            }
        }
    }
}

fn read_signer(signer: &Value, kind: Kind, verdict: &mut Verdict) {
    verdict.parts.push(Part {
        kind,
        integrity: word(signer, "integrity"),
        codes: codes(list(signer, "findings")),
    });
    for timestamp in list(signer, "timestamps") {
        let code = word(timestamp, "code");
        verdict.parts.push(Part {
            kind: Kind::Timestamp,
            integrity: word(timestamp, "integrity"),
            codes: Some(code)
                .filter(|code| !code.is_empty())
                .into_iter()
                .collect(),
        });
    }
    for counter in list(signer, "counter_signatures") {
        read_signer(counter, Kind::CounterSignature, verdict);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Verdict {
        match Answer::read(text) {
            Answer::Verdict(verdict) => verdict,
            other => panic!("no verdict: {other:?}"),
        }
    }

    #[test]
    fn a_documents_report_is_read_with_every_finding() {
        let verdict = read(
            r#"[{"overall":"broken","findings":[{"code":"DAMAGED"}],"signatures":[
                {"kind":"seal","code":"A","integrity":"broken","findings":[{"code":"A"},{"code":"B"}]},
                {"kind":"timestamp","code":"VALID","integrity":"intact","findings":[]}]}]"#,
        );
        assert_eq!(
            verdict.all_codes().collect::<Vec<_>>(),
            ["DAMAGED", "A", "B"]
        );
        let kinds: Vec<Kind> = verdict.parts.iter().map(|part| part.kind).collect();
        assert_eq!(kinds, [Kind::Signature, Kind::Timestamp]);
    }

    #[test]
    fn a_file_report_is_read_with_its_signers_timestamps_and_counter_signatures() {
        let verdict = read(
            r#"[{"container":"asic-e","overall":"cannot_tell","faults":[{"code":"FORM_NOTE"}],"signatures":[
                {"integrity":"broken","findings":[{"code":"DOCUMENT_CHANGED"}],"signers":[
                    {"integrity":"intact","findings":[{"code":"NO_TRUST_ANCHOR"}],
                     "timestamps":[{"integrity":"broken","code":"ARCHIVED_DATA_MISSING"}],
                     "counter_signatures":[{"integrity":"intact","findings":[]}]}]}]}]"#,
        );
        let parts: Vec<(Kind, &str, usize)> = verdict
            .parts
            .iter()
            .map(|part| (part.kind, part.integrity.as_str(), part.codes.len()))
            .collect();
        assert_eq!(
            parts,
            [
                (Kind::Signature, "broken", 2),
                (Kind::Timestamp, "broken", 1),
                (Kind::CounterSignature, "intact", 0)
            ]
        );
    }

    #[test]
    fn what_is_no_report_is_no_verdict() {
        assert_eq!(Answer::read("x"), Answer::None("no JSON".into()));
        let failed = r#"[{"file":"x","error":"not there"}]"#;
        assert_eq!(Answer::read(failed), Answer::None("not there".into()));
    }
}
