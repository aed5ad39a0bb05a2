//! `sello verify`: the verdict on each document, and the gravest as exit code.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;
use sello_asic::FileReport;
use sello_document::{Report, Verifier, render_text};
use sello_pdf::FileSource;
use serde::Serialize;

use crate::cli::Verify;
use crate::command::{LONG, json, signed, trust, verify_files};
use crate::console::Console;
use crate::failure::Failure;
use crate::language::Language;
use crate::messages::{self, Text};
use crate::{EXIT_BAD, EXIT_GOOD, EXIT_UNSURE};

/// One document's answer as JSON: the report, or why there is none.
#[derive(Serialize)]
struct Answer<'a> {
    file: &'a Path,
    #[serde(flatten)]
    report: Option<&'a Judged>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The report on a document, or on a file of another kind.
#[derive(Serialize)]
#[serde(untagged)]
enum Judged {
    Document(Report),
    File(FileReport),
}

impl Judged {
    const fn exit_code(&self) -> u8 {
        match self {
            Self::Document(report) => report.exit_code,
            Self::File(report) => report.exit_code,
        }
    }
}

pub(crate) fn run(arguments: &Verify, console: &mut Console<'_>) -> Result<u8, Failure> {
    let further = arguments.html.is_some() || arguments.extract_signed.is_some();
    if further && arguments.files.len() != 1 {
        return Err(Failure::OneDocument);
    }
    let trust = trust::documents(trust::folder(arguments.trust.as_deref(), console).as_deref())?;
    let mut code = EXIT_GOOD;
    let mut judged = Vec::new();
    let verifier = Verifier::new(&trust, console.now);
    for path in &arguments.files {
        let result = match verify_files::form(path) {
            Some(form) => {
                let content = arguments.content.as_deref();
                verify_files::judge(path, form, content, &trust, console).map(Judged::File)
            }
            None => judge(path, &verifier, console).map(Judged::Document),
        };
        let own = match &result {
            Ok(report) => report.exit_code(),
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
    if further && let Some((path, result)) = judged.into_iter().next() {
        match result? {
            Judged::Document(report) => hand_out(arguments, path, &report, console)?,
            Judged::File(_) => return Err(Failure::OneDocument),
        }
    }
    Ok(code)
}

/// Writes the page for the browser and the signed state, where asked for.
fn hand_out(
    arguments: &Verify,
    path: &Path,
    report: &Report,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    if let Some(output) = &arguments.html {
        signed::write_page(path, report, output, console.language)?;
        console.note(&Text::Page { path: output });
    }
    if let Some(output) = &arguments.extract_signed {
        let number = signed::extract(path, report, arguments.seal, output)?;
        console.note(&Text::Extracted {
            number,
            path: output,
        });
    }
    Ok(())
}

/// Broken outweighs cannot tell, which outweighs valid.
const fn graver(one: u8, other: u8) -> u8 {
    match (one, other) {
        (EXIT_BAD, _) | (_, EXIT_BAD) => EXIT_BAD,
        (EXIT_GOOD, EXIT_GOOD) => EXIT_GOOD,
        _ => EXIT_UNSURE,
    }
}

pub(super) fn judge(
    path: &Path,
    verifier: &Verifier<'_>,
    console: &Console<'_>,
) -> Result<Report, Failure> {
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
    let report = verifier.verify(source);
    spinner.finish_and_clear();
    Ok(report)
}

fn say(path: &Path, result: &Result<Judged, Failure>, console: &mut Console<'_>) {
    match result {
        Ok(Judged::File(report)) => {
            let language = match console.language {
                Language::English => sello_asic::words::Language::English,
                Language::Spanish => sello_asic::words::Language::Spanish,
            };
            console.line(&format!("{}:", path.display()));
            let text = sello_asic::words::render_text(report, language);
            console.line(text.trim_end());
        }
        Ok(Judged::Document(report)) => {
            let language = signed::language(console.language);
            console.line(&format!("{}:", path.display()));
            console.line(render_text(report, language).trim_end());
        }
        Err(failure) => console.failure(failure),
    }
}

fn answer<'a>(
    path: &'a Path,
    result: &'a Result<Judged, Failure>,
    language: Language,
) -> Answer<'a> {
    let error = result.as_ref().err();
    Answer {
        file: path,
        report: result.as_ref().ok(),
        error: error.map(|failure| messages::failure(language, failure).in_one_line()),
    }
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
}
