//! What the program reads and says.

use std::ffi::OsString;
use std::io::{self, Write};

use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::language::Language;
use crate::messages::{self, Text};
use crate::{EXIT_GOOD, EXIT_UNSURE};

/// Asks a person for a secret.
pub trait AskSecret {
    /// Shows the prompt and reads a line without echo.
    ///
    /// # Errors
    /// When there is no terminal.
    fn ask(&mut self, prompt: &str) -> io::Result<Zeroizing<String>>;
}

/// The program's surroundings.
pub struct Console<'a> {
    /// Results.
    pub out: &'a mut dyn Write,
    /// Progress and errors.
    pub err: &'a mut dyn Write,
    /// Where secrets are asked for.
    pub secrets: &'a mut dyn AskSecret,
    /// Environment variables.
    pub environment: &'a dyn Fn(&str) -> Option<OsString>,
    /// Whether a person watches, so that progress is worth drawing.
    pub interactive: bool,
    /// The language; `--lang` and the environment change it.
    pub language: Language,
    /// The time of day.
    pub now: OffsetDateTime,
}

impl Console<'_> {
    /// Says a line as a result.
    pub(crate) fn say(&mut self, text: &Text<'_>) {
        self.line(&messages::text(self.language, text));
    }

    /// Writes a line as a result. If nobody reads any more, there is nobody to tell.
    pub(crate) fn line(&mut self, line: &str) {
        let _ = writeln!(self.out, "{line}");
    }

    /// Says a line that is no result.
    pub(crate) fn note(&mut self, text: &Text<'_>) {
        let _ = writeln!(self.err, "{}", messages::text(self.language, text));
    }

    /// Says what happened, why, and what to do next.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        let explanation = messages::failure(self.language, failure);
        let _ = writeln!(self.err, "sello: {}", explanation.what);
        for line in [explanation.why, explanation.next].into_iter().flatten() {
            let _ = writeln!(self.err, "  {line}");
        }
    }

    /// Shows what the command-line parser says: help as a result, anything else as an error. What may
    /// be a PIN typed by mistake is not repeated.
    pub(crate) fn usage(&mut self, error: &clap::Error, words: &[OsString]) -> u8 {
        let rendered = error.render();
        let text = if self.interactive {
            rendered.ansi().to_string()
        } else {
            rendered.to_string()
        };
        let text = words
            .iter()
            .filter_map(|word| word.to_str())
            .filter_map(|word| word.rsplit('=').next())
            .filter(|word| word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_digit()))
            .fold(text, |text, word| text.replace(word, "***"));
        if error.use_stderr() {
            let _ = write!(self.err, "{text}");
            EXIT_UNSURE
        } else {
            let _ = write!(self.out, "{text}");
            EXIT_GOOD
        }
    }
}
