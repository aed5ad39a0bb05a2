//! pyHanko, through a few lines of Python that print its verdict as JSON.

use std::io;
use std::path::Path;

use serde_json::Value;

use crate::nss::anchor;
use crate::tool::run;

/// The lines.
const JUDGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/judges/pyhanko_judge.py");

/// pyHanko's verdict on each signature of a document, in order; an exception is one verdict that says so.
///
/// # Errors
/// When it is not installed.
pub fn judge(document: &Path, trust: &Path) -> io::Result<Vec<Value>> {
    let python = std::env::var("SELLO_JUDGES_PYTHON").map_err(|_| {
        io::Error::other("SELLO_JUDGES_PYTHON is not set: run the tests with `cargo xtask test`")
    })?;
    let anchor = anchor(trust)?;
    let said = run(
        &python,
        [JUDGE.as_ref(), anchor.as_os_str(), document.as_os_str()],
    )?;
    let verdicts = said
        .text
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok());
    verdicts.ok_or_else(|| io::Error::other(said.text))
}

/// Whether pyHanko calls this signature sound, trusted and covering what it has to.
#[must_use]
pub fn is_valid(verdict: &Value) -> bool {
    verdict.get("bottom_line").and_then(Value::as_bool) == Some(true)
}
