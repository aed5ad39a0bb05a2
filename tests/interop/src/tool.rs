//! Running a judge and reading what it says.

use std::ffi::OsStr;
use std::io;
use std::process::{Command, Stdio};

/// OpenSC shows four slots a reader and 16 in all unless it is told that there are more readers.
const OPENSC_CONFIGURATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/judges/opensc.conf");

/// What a judge said.
#[derive(Clone, Debug)]
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// Standard output, then standard error.
    pub text: String,
}

impl Said {
    /// Whether it succeeded and said all of these.
    #[must_use]
    pub fn agrees(&self, words: &[&str]) -> bool {
        self.code == 0 && words.iter().all(|word| self.text.contains(word))
    }
}

/// Runs a judge.
///
/// # Errors
/// When it is not installed, with how to install it.
pub fn run<A: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = A>,
) -> io::Result<Said> {
    let output = Command::new(program)
        .args(arguments)
        .env("OPENSC_CONF", OPENSC_CONFIGURATION)
        .stdin(Stdio::null())
        .output();
    let output = output.map_err(|error| {
        io::Error::other(format!(
            "{program}: {error}; `cargo xtask setup` installs the judges"
        ))
    })?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok(Said {
        code: output.status.code().unwrap_or(-1),
        text,
    })
}
