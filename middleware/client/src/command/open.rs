//! `sello open`: verifies a document, then shows it as it was signed.

use std::io::Write;
use std::process::{Command, Stdio};

use sello_document::Verifier;

use crate::cli::Open;
use crate::command::{signed, trust, verify};
use crate::console::Console;
use crate::failure::Failure;
use crate::messages::Text;

/// The program that shows a file in the browser.
const BROWSER: &str = if cfg!(target_os = "macos") {
    "open"
} else {
    "xdg-open"
};

pub(crate) fn run(arguments: &Open, console: &mut Console<'_>) -> Result<u8, Failure> {
    let trust = trust::documents(trust::folder(arguments.trust.as_deref(), console).as_deref())?;
    let verifier = Verifier::new(&trust, console.now);
    let report = verify::judge(&arguments.file, &verifier, console)?;
    let page = signed::page(&arguments.file, &report, console.language)?;
    let folder = std::env::temp_dir();
    let unwritable = |error: std::io::Error| Failure::writing(&folder, &error);
    let mut builder = tempfile::Builder::new();
    let mut file = builder
        .prefix("sello-")
        .suffix(".html")
        .tempfile_in(&folder)
        .map_err(unwritable)?;
    file.write_all(page.as_bytes()).map_err(unwritable)?;
    let (_, path) = file.keep().map_err(|error| unwritable(error.error))?;
    console.say(&Text::Page { path: &path });
    if !arguments.no_browser {
        // Without a browser the page is still where it was said to be.
        let _ = Command::new(BROWSER)
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
    }
    Ok(report.exit_code)
}
