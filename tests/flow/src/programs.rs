//! Running the programs as a person would: by name, with arguments, secrets apart from them.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A program of Sello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `sello`, the custodian's.
    Client,
    /// `sello-center`, the center's and the station's.
    Center,
}

impl Program {
    /// The name people type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "sello",
            Self::Center => "sello-center",
        }
    }
}

/// One call of a program.
#[derive(Clone)]
pub struct Call {
    /// Which program.
    pub program: Program,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Secrets: the option without its `-env`, such as `--pin`, and the value.
    pub secrets: Vec<(&'static str, String)>,
}

impl Call {
    /// A call with these arguments and no secrets.
    pub fn new<A: AsRef<OsStr>>(program: Program, arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments = arguments
            .into_iter()
            .map(|word| word.as_ref().to_os_string())
            .collect();
        Self {
            program,
            arguments,
            secrets: Vec::new(),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn and<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(
            arguments
                .into_iter()
                .map(|word| word.as_ref().to_os_string()),
        );
        self
    }

    /// Adds a secret for an option such as `--pin`.
    #[must_use]
    pub fn secret(mut self, option: &'static str, value: impl Into<String>) -> Self {
        self.secrets.push((option, value.into()));
        self
    }

    /// The command line as a person would type it; secrets are asked for at the terminal then.
    #[must_use]
    pub fn shown(&self) -> String {
        let words = self
            .arguments
            .iter()
            .map(|word| quoted(&word.to_string_lossy()));
        let name = std::iter::once(self.program.name().to_owned());
        name.chain(words).collect::<Vec<_>>().join(" ")
    }
}

/// The word, in quotes if a shell would split it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The environment variable that carries the secret of an option.
pub(crate) fn variable(option: &str) -> String {
    format!("SELLO_FLOW{}", option.replace('-', "_").to_uppercase())
}

/// How a call ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it said on the side.
    pub stderr: String,
    /// How long it took.
    pub elapsed: Duration,
}

/// A way to run the programs.
pub trait Programs {
    /// Runs a program to its end.
    ///
    /// # Errors
    /// When it cannot be started. A program that fails is no error here: see [`Outcome::code`].
    fn run(&self, call: &Call) -> io::Result<Outcome>;

    /// Runs a program that has to succeed.
    ///
    /// # Errors
    /// When it does not, with what it said.
    fn must(&self, call: &Call) -> io::Result<Outcome> {
        let outcome = self.run(call)?;
        if outcome.code == 0 {
            return Ok(outcome);
        }
        let Outcome {
            code,
            stdout,
            stderr,
            ..
        } = outcome;
        Err(io::Error::other(format!(
            "`{}` ended with {code}:\n{stdout}{stderr}",
            call.shown()
        )))
    }
}

/// The programs as processes of their own.
#[derive(Clone, Debug)]
pub struct Spawned {
    folder: PathBuf,
    /// `LC_ALL` for them.
    language: String,
}

impl Spawned {
    /// The programs in the folder that `SELLO_PROGRAMS` names, else beside the running program.
    ///
    /// # Errors
    /// When the running program's own place cannot be found.
    pub fn find(language: &str) -> io::Result<Self> {
        let named = std::env::var_os("SELLO_PROGRAMS").map(PathBuf::from);
        let folder = match named {
            Some(folder) => folder,
            None => {
                let myself = std::env::current_exe()?;
                myself
                    .parent()
                    .unwrap_or_else(|| Path::new("."))
                    .to_path_buf()
            }
        };
        Ok(Self {
            folder,
            language: language.to_owned(),
        })
    }

    /// The path of a program or library built beside the others.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Spawned {
    /// The process of a call, not started yet.
    #[must_use]
    pub fn command(&self, call: &Call) -> Command {
        let mut command = Command::new(self.path(call.program.name()));
        command.args(&call.arguments).env("LC_ALL", &self.language);
        for (option, value) in &call.secrets {
            let name = variable(option);
            command
                .arg(format!("{option}-env"))
                .arg(&name)
                .env(&name, value);
        }
        command.stdin(std::process::Stdio::null());
        command
    }
}

impl Programs for Spawned {
    fn run(&self, call: &Call) -> io::Result<Outcome> {
        let mut command = self.command(call);
        let begun = Instant::now();
        let output = command.output()?;
        Ok(Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            elapsed: begun.elapsed(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_command_can_be_typed_and_shows_no_secret() {
        let call = Call::new(Program::Client, ["stamp", "a b.pdf", "--reason", "it's"])
            .secret("--pin", "482915");
        assert_eq!(call.shown(), r"sello stamp 'a b.pdf' --reason 'it'\''s'");
    }
}
