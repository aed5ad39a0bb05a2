//! The trace that the configuration asks for.
//!
//! A line has the time, the process, the function, what it returned and how long it took, and never an
//! argument: a PIN cannot get into it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Where lines go, if anywhere.
#[derive(Debug, Default)]
pub(crate) struct Trace(Option<Mutex<File>>);

impl Trace {
    /// Opens a file, to append to it. A file that cannot be opened is no reason to fail: the host program
    /// did not ask for a trace, its user did.
    pub(crate) fn open(path: Option<&Path>) -> Self {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        // Even without arguments a trace tells who signed when.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Self(
            path.and_then(|path| options.open(path).ok())
                .map(Mutex::new),
        )
    }

    /// Whether lines go anywhere.
    pub(crate) const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Writes a line for a call.
    pub(crate) fn line(&self, function: &str, returned: &str, took: Duration) {
        self.write(format_args!(
            "{function} {returned} {} us",
            took.as_micros()
        ));
    }

    /// Writes a line about something else.
    pub(crate) fn note(&self, text: &str) {
        self.write(format_args!("# {}", text.replace(char::is_control, " ")));
    }

    fn write(&self, text: core::fmt::Arguments<'_>) {
        if let Some(file) = &self.0 {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let now = now.unwrap_or_default().as_secs_f64();
            let line = format!("{now:.6} {} {text}\n", std::process::id());
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            // A full disk must not make a signature fail.
            let _ = file.write_all(line.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_trace_is_no_trace() {
        let trace = Trace::default();
        assert!(!trace.is_on());
        trace.line("C_Sign", "CKR_OK", Duration::ZERO);
    }
}
