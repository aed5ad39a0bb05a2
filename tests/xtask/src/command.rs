//! Running other programs, with errors that name them.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

/// Why a task stopped.
#[derive(Debug)]
pub(crate) enum Error {
    /// A program could not be started.
    Start {
        /// Its name.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// A program that had to succeed did not.
    Failed {
        /// The whole command.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A program did something else than it had to.
    Unexpected(String),
    /// The person at the keyboard has to do something first.
    Needed(String),
    /// A file could not be read or written.
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// 2 where somebody has to do something first, 1 for everything else.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Needed(_) => 2,
            _ => 1,
        }
    }

    /// Makes the error for a file.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start { program, source } => write!(f, "cannot start {program}: {source}"),
            Self::Failed { command, status } => write!(f, "`{command}` failed ({status})"),
            Self::Unexpected(what) | Self::Needed(what) => f.write_str(what),
            Self::File { path, source } => write!(f, "{}: {source}", path.display()),
        }
    }
}

/// The result of a task.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs the command and returns how it ended.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    command.status().map_err(|source| Error::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })
}

/// Runs the command and fails if it does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Failed {
            command: shown(command),
            status,
        })
    }
}

/// Runs the command and returns what it printed; fails if it does.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|source| Error::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })?;
    if !output.status.success() {
        return Err(Error::Failed {
            command: shown(command),
            status: output.status,
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether the command runs and succeeds; it prints nothing.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let silent = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

/// Whether this is the superuser.
pub(crate) fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Hands on the exit code of a program.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    ExitCode::from(code.unwrap_or(1))
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The folder cargo builds into.
pub(crate) fn target() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let named = named.unwrap_or_else(|| "target".into());
    root().join(named)
}

/// `cargo`, as the one that runs us, in the root of the workspace.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}
