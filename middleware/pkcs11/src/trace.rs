//! The trace that `SELLO_PKCS11_TRACE=FILE` asks for.
//!
//! A line has the time, the process, the function, what it returned and how long it took, and never an
//! argument: a PIN cannot get into it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// The environment variable that names the file.
pub(crate) const VARIABLE: &str = "SELLO_PKCS11_TRACE";

/// Where lines go, if anywhere.
#[derive(Debug, Default)]
pub(crate) struct Trace(Option<Mutex<File>>);

impl Trace {
    /// Opens the file the environment names, to append to it. A file that cannot be opened is no
    /// reason to fail: the host program did not ask for a trace, its user did.
    pub(crate) fn from_environment() -> Self {
        let path = std::env::var_os(VARIABLE).filter(|path| !path.is_empty());
        let open = |path| OpenOptions::new().create(true).append(true).open(path).ok();
        Self(path.and_then(open).map(Mutex::new))
    }

    /// Whether lines go anywhere.
    pub(crate) const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Writes a line.
    pub(crate) fn line(&self, function: &str, returned: &str, took: Duration) {
        if let Some(file) = &self.0 {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let line = format!(
                "{:.6} {} {function} {returned} {} us\n",
                now.unwrap_or_default().as_secs_f64(),
                std::process::id(),
                took.as_micros(),
            );
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            // A full disk must not make a signature fail.
            let _ = file.write_all(line.as_bytes());
        }
    }
}
