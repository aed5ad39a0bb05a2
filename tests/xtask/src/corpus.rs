//! Judging a folder of documents whose verdicts are known: `cargo xtask corpus DIR`.
//!
//! The folder has an `expected.tsv` with a line of titles and the columns file, bytes, sha256,
//! expected, why. Each file is given to `sello verify --json` by itself, with a second at most.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::command::{Error, Result, target};
use crate::tasks;

/// How long one file may take.
const LIMIT: Duration = Duration::from_secs(1);
/// How often it is looked whether the program has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// What a row of the list says must come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// So many sound signatures, or at least one, and none that is not.
    Intact(usize),
    /// Not valid, with a named cause.
    Reject,
    /// One signature is not sound, and that hides no other.
    OneRejected,
    /// Nobody can tell, with a named cause.
    CannotTell,
    /// Any clear answer.
    Answer,
}

impl Expected {
    fn of(words: &str) -> Self {
        let first = words.split([' ', ',', '/', '(']).next().unwrap_or_default();
        let one = words.contains("one sig")
            || words.starts_with("ONE ")
            || words.starts_with("SIG1 ")
            || words.starts_with("ATST ");
        match first {
            _ if one => Self::OneRejected,
            "INTACT" if words.contains("x2") => Self::Intact(2),
            "INTACT" | "FORM_FILLING" => Self::Intact(1),
            "REJECT" => Self::Reject,
            "INDETERMINATE" => Self::CannotTell,
            _ => Self::Answer,
        }
    }

    /// Whether an answer is the one expected.
    fn agrees(self, answer: &Answer) -> bool {
        let Answer::Verdict {
            overall, integrity, ..
        } = answer
        else {
            return false;
        };
        let intact = integrity.iter().filter(|word| *word == "intact").count();
        let all_intact = intact == integrity.len();
        match self {
            Self::Intact(least) => intact >= least && all_intact,
            Self::Reject => overall != "valid" && (integrity.is_empty() || !all_intact),
            Self::OneRejected => overall == "broken" || !all_intact,
            Self::CannotTell => overall == "cannot_tell",
            Self::Answer => true,
        }
    }
}

/// What the program said.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    Verdict {
        overall: String,
        /// The codes of the document and of its signatures.
        codes: Vec<String>,
        /// Whether each signature is sound, trust left aside.
        integrity: Vec<String>,
    },
    /// No answer in time.
    Late,
    /// No answer that can be read.
    None(String),
}

impl Answer {
    fn shown(&self) -> String {
        match self {
            Self::Verdict {
                overall,
                codes,
                integrity,
            } => {
                let mut shown = overall.clone();
                if !integrity.is_empty() {
                    let _ = write!(shown, " [{}]", integrity.join(", "));
                }
                if !codes.is_empty() {
                    let _ = write!(shown, " {}", codes.join(", "));
                }
                shown
            }
            Self::Late => "no answer within a second".into(),
            Self::None(what) => format!("no answer: {what}"),
        }
    }
}

/// Judges the folder and prints a table; fails if an answer is not the one expected.
pub(crate) fn judge(folder: &Path) -> Result<ExitCode> {
    let list = folder.join("expected.tsv");
    let rows = std::fs::read_to_string(&list).map_err(Error::file(&list))?;
    tasks::build_client()?;
    let mut disagreements = 0usize;
    let mut files = 0usize;
    for row in rows.lines().skip(1).filter(|row| !row.trim().is_empty()) {
        let mut columns = row.split('\t');
        let (Some(file), Some(words)) = (columns.next(), columns.nth(2)) else {
            return Err(Error::Unexpected(format!("{}: {row}", list.display())));
        };
        let started = Instant::now();
        let answer = ask(&folder.join(file))?;
        let taken = started.elapsed().as_millis();
        let agrees = Expected::of(words).agrees(&answer);
        files = files.saturating_add(1);
        if !agrees {
            disagreements = disagreements.saturating_add(1);
        }
        let mark = if agrees { "agrees  " } else { "DIFFERS " };
        println!(
            "{mark} {taken:4} ms  {file}\n           expected {words}\n           {}",
            answer.shown()
        );
    }
    println!("{files} files, {disagreements} not as expected");
    Ok(if disagreements == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn ask(file: &Path) -> Result<Answer> {
    let program = target().join("debug/sello");
    let mut command = Command::new(&program);
    command
        .args(["verify", "--json"])
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let start = |source| Error::Start {
        program: program.display().to_string(),
        source,
    };
    let mut child = command.spawn().map_err(start)?;
    let Some(mut output) = child.stdout.take() else {
        return Ok(Answer::None("no output".into()));
    };
    let reader = thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).map(|_| text)
    });
    if !ends(&mut child).map_err(start)? {
        // It may have ended in the meantime.
        let _ = child.kill();
        let _ = child.wait();
        return Ok(Answer::Late);
    }
    match reader.join() {
        Ok(Ok(text)) => Ok(read(&text)),
        _ => Ok(Answer::None("its output cannot be read".into())),
    }
}

fn ends(child: &mut Child) -> std::io::Result<bool> {
    let started = Instant::now();
    loop {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        if started.elapsed() > LIMIT {
            return Ok(false);
        }
        thread::sleep(PAUSE);
    }
}

fn read(text: &str) -> Answer {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return Answer::None("no JSON".into());
    };
    let report = value.get(0).unwrap_or(&Value::Null);
    let word = |value: &Value, key: &str| {
        let word = value.get(key).and_then(Value::as_str);
        word.unwrap_or_default().to_owned()
    };
    let list = |key: &str| {
        let list = report.get(key).and_then(Value::as_array);
        list.cloned().unwrap_or_default()
    };
    let overall = word(report, "overall");
    if overall.is_empty() {
        return Answer::None(word(report, "error"));
    }
    let findings = list("findings");
    let signatures = list("signatures");
    let codes = findings.iter().chain(&signatures);
    Answer::Verdict {
        overall,
        codes: codes.map(|part| word(part, "code")).collect(),
        integrity: signatures
            .iter()
            .map(|part| word(part, "integrity"))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(overall: &str, integrity: &[&str]) -> Answer {
        Answer::Verdict {
            overall: overall.into(),
            codes: Vec::new(),
            integrity: integrity.iter().map(|word| (*word).into()).collect(),
        }
    }

    #[test]
    fn the_words_of_a_list_are_understood() {
        for (words, expected) in [
            ("INTACT", Expected::Intact(1)),
            ("INTACT, certified P=1", Expected::Intact(1)),
            ("INTACT x2 (extension changes only)", Expected::Intact(2)),
            ("FORM_FILLING", Expected::Intact(1)),
            ("REJECT, bounded memory", Expected::Reject),
            ("REJECT/WARN", Expected::Reject),
            ("REJECT (one sig)", Expected::OneRejected),
            ("ONE DOCTST REJECT", Expected::OneRejected),
            ("INDETERMINATE", Expected::CannotTell),
            ("CHECK", Expected::Answer),
            ("NO CRASH", Expected::Answer),
        ] {
            assert_eq!(Expected::of(words), expected, "{words}");
        }
    }

    #[test]
    fn trust_is_no_part_of_agreement_and_soundness_is() {
        let unknown_root = verdict("cannot_tell", &["intact"]);
        assert!(Expected::Intact(1).agrees(&unknown_root));
        assert!(!Expected::Intact(2).agrees(&unknown_root));
        assert!(!Expected::Reject.agrees(&unknown_root));
        assert!(!Expected::Intact(1).agrees(&verdict("broken", &["intact", "broken"])));
        assert!(Expected::OneRejected.agrees(&verdict("broken", &["intact", "broken"])));
        assert!(!Expected::Reject.agrees(&verdict("valid", &["intact"])));
        assert!(Expected::Reject.agrees(&verdict("cannot_tell", &[])));
        for expected in [Expected::Answer, Expected::Reject, Expected::Intact(1)] {
            assert!(!expected.agrees(&Answer::Late));
            assert!(!expected.agrees(&Answer::None(String::new())));
        }
    }

    #[test]
    fn an_answer_is_read() {
        let text = r#"[{"overall":"broken","findings":[{"code":"DAMAGED"}],
            "signatures":[{"code":"BYTE_RANGE_GAP","integrity":"broken"}]}]"#;
        let Answer::Verdict { codes, .. } = read(text) else {
            panic!("no verdict");
        };
        assert_eq!(codes, ["DAMAGED", "BYTE_RANGE_GAP"]);
        assert_eq!(read("x"), Answer::None("no JSON".into()));
    }
}
