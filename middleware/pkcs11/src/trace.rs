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
        let path = std::env::var_os(VARIABLE).filter(|path| !path.is_empty() && !is_privileged());
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

/// Whether this program has rights its user has not (set-user-ID and the like), so that the user's
/// environment must not make it write files. The kernel says so in the auxiliary vector.
fn is_privileged() -> bool {
    const AT_SECURE: usize = 23;
    const WORD: usize = size_of::<usize>();
    let Ok(vector) = std::fs::read("/proc/self/auxv") else {
        return cfg!(target_os = "linux");
    };
    let words: Vec<usize> = vector
        .as_chunks::<WORD>()
        .0
        .iter()
        .map(|word| usize::from_ne_bytes(*word))
        .collect();
    words
        .as_chunks::<2>()
        .0
        .iter()
        .any(|[kind, value]| *kind == AT_SECURE && *value != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_has_no_rights_its_user_has_not() {
        assert!(!is_privileged());
    }

    #[test]
    fn no_trace_is_no_trace() {
        let trace = Trace::default();
        assert!(!trace.is_on());
        trace.line("C_Sign", "CKR_OK", Duration::ZERO);
    }
}
