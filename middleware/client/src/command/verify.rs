//! `sello verify`: the verdict on each document, and the gravest as exit code.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::ProgressBar;
use sello_cades::TrustStore;
use sello_document::{Report, render_text, verify};
use sello_pdf::FileSource;
use serde::Serialize;

use crate::cli::Verify;
use crate::command::{LONG, json};
use crate::console::Console;
use crate::failure::Failure;
use crate::language::Language;
use crate::messages::{self, Text};
use crate::{EXIT_BAD, EXIT_GOOD, EXIT_UNSURE};

/// The trust folder of the machine.
const MACHINE_TRUST: &str = "/etc/sello/trust";

/// One document's answer as JSON: the report, or why there is none.
#[derive(Serialize)]
struct Answer<'a> {
    file: &'a Path,
    #[serde(flatten)]
    report: Option<&'a Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(crate) fn run(arguments: &Verify, console: &mut Console<'_>) -> Result<u8, Failure> {
    let trust = load_trust(arguments.trust.as_deref(), console)?;
    let mut code = EXIT_GOOD;
    let mut judged = Vec::new();
    for path in &arguments.files {
        let result = judge(path, &trust, console);
        let own = match &result {
            Ok(report) => report.exit_code,
            Err(_) => EXIT_UNSURE,
        };
        code = graver(code, own);
        if !arguments.json {
            say(path, &result, console);
        }
        judged.push((path, result));
    }
    if arguments.json {
        let answers = judged
            .iter()
            .map(|(path, result)| answer(path, result, console.language))
            .collect::<Vec<_>>();
        json(console, &answers);
    }
    Ok(code)
}

/// Broken outweighs cannot tell, which outweighs valid.
const fn graver(one: u8, other: u8) -> u8 {
    match (one, other) {
        (EXIT_BAD, _) | (_, EXIT_BAD) => EXIT_BAD,
        (EXIT_GOOD, EXIT_GOOD) => EXIT_GOOD,
        _ => EXIT_UNSURE,
    }
}

fn judge(path: &Path, trust: &TrustStore, console: &Console<'_>) -> Result<Report, Failure> {
    let source = File::open(path).and_then(FileSource::new);
    let source = source.map_err(|error| Failure::reading(path, &error))?;
    let length = path.metadata().map_or(0, |data| data.len());
    let spinner = if console.interactive && length >= LONG {
        let spinner = ProgressBar::new_spinner();
        spinner.set_message(messages::text(console.language, &Text::Verifying { path }));
        spinner.enable_steady_tick(Duration::from_millis(100));
        spinner
    } else {
        ProgressBar::hidden()
    };
    let report = verify(source, trust, console.now);
    spinner.finish_and_clear();
    Ok(report)
}

fn say(path: &Path, result: &Result<Report, Failure>, console: &mut Console<'_>) {
    match result {
        Ok(report) => {
            let language = match console.language {
                Language::English => sello_document::Language::English,
                Language::Spanish => sello_document::Language::Spanish,
            };
            console.line(&format!("{}:", path.display()));
            console.line(render_text(report, language).trim_end());
        }
        Err(failure) => console.failure(failure),
    }
}

fn answer<'a>(
    path: &'a Path,
    result: &'a Result<Report, Failure>,
    language: Language,
) -> Answer<'a> {
    let error = result.as_ref().err();
    Answer {
        file: path,
        report: result.as_ref().ok(),
        error: error.map(|failure| messages::failure(language, failure).in_one_line()),
    }
}

/// The folder named; or the first of the usual ones that there is. Without any, nothing is trusted.
fn load_trust(named: Option<&Path>, console: &mut Console<'_>) -> Result<TrustStore, Failure> {
    let usual = || usual_folders(console.environment);
    let folder = match named {
        Some(folder) => Some(folder.to_path_buf()),
        None => usual().into_iter().find(|folder| folder.is_dir()),
    };
    let Some(folder) = folder else {
        console.note(&Text::NoTrust);
        return Ok(TrustStore::default());
    };
    TrustStore::load_dir(&folder).map_err(|error| Failure::Trust {
        path: folder,
        reason: error.to_string(),
    })
}

/// `$XDG_CONFIG_HOME/sello/trust`, which is `~/.config/sello/trust` by default, and the machine's.
fn usual_folders(environment: &dyn Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let set = |name| environment(name).filter(|value| !value.is_empty());
    let personal = set("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".config")));
    personal
        .map(|folder| folder.join("sello").join("trust"))
        .into_iter()
        .chain([PathBuf::from(MACHINE_TRUST)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_verdict_decides() {
        assert_eq!(graver(EXIT_GOOD, EXIT_GOOD), EXIT_GOOD);
        assert_eq!(graver(EXIT_GOOD, EXIT_UNSURE), EXIT_UNSURE);
        assert_eq!(graver(EXIT_UNSURE, EXIT_BAD), EXIT_BAD);
        assert_eq!(graver(EXIT_BAD, EXIT_GOOD), EXIT_BAD);
    }

    #[test]
    fn the_usual_folders_follow_the_environment() {
        let folders = |variables: &[(&str, &str)]| {
            usual_folders(&|name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| OsString::from(value))
            })
        };
        let machine = PathBuf::from(MACHINE_TRUST);
        assert_eq!(
            folders(&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")]),
            [PathBuf::from("/x/sello/trust"), machine.clone()]
        );
        assert_eq!(
            folders(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "")]),
            [PathBuf::from("/h/.config/sello/trust"), machine.clone()]
        );
        assert_eq!(folders(&[]), [machine]);
    }
}
