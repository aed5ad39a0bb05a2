//! A document as it was signed: written out, and shown as a page.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sello_document::Report;
use sello_document::report::Integrity;
use sello_show::{Limits, Options};

use crate::failure::Failure;
use crate::language::Language;
use crate::output::{NewFile, refuse_same_file};

/// Bytes copied at a time.
const BLOCK: usize = 64 * 1024;

/// The language of reports.
pub(super) const fn language(language: Language) -> sello_document::Language {
    match language {
        Language::English => sello_document::Language::English,
        Language::Spanish => sello_document::Language::Spanish,
    }
}

/// Writes the first bytes of the document, those that the signature of this number (from 1; the last
/// one otherwise) covers. Gives the number.
pub(super) fn extract(
    path: &Path,
    report: &Report,
    number: Option<usize>,
    output: &Path,
) -> Result<usize, Failure> {
    refuse_same_file(path, output)?;
    let count = report.signatures.len();
    let number = number.unwrap_or(count);
    let signature = number
        .checked_sub(1)
        .and_then(|index| report.signatures.get(index))
        .ok_or(Failure::NoSuchSignature { number, count })?;
    let length = signature
        .covers_bytes
        .ok_or(Failure::NothingCovered { number })?;
    let unreadable = |error: std::io::Error| Failure::reading(path, &error);
    let mut input = File::open(path).map_err(unreadable)?.take(length);
    let mut file = NewFile::begin(output)?;
    let mut block = vec![0; BLOCK];
    let mut left = length;
    while left > 0 {
        let read = input.read(&mut block).map_err(unreadable)?;
        let bytes = block.get(..read).filter(|bytes| !bytes.is_empty());
        let Some(bytes) = bytes else {
            return Err(unreadable(std::io::ErrorKind::UnexpectedEof.into()));
        };
        file.write(bytes)?;
        left = left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
    }
    file.publish()?;
    Ok(number)
}

/// Writes the page for the browser.
pub(super) fn write_page(
    path: &Path,
    report: &Report,
    output: &Path,
    language: Language,
) -> Result<(), Failure> {
    refuse_same_file(path, output)?;
    let mut file = NewFile::begin(output)?;
    file.write(page(path, report, language)?.as_bytes())?;
    file.publish()
}

/// The page for the browser: the pages as they were signed last, those of the file if nothing vouches
/// for any of it.
pub(super) fn page(path: &Path, report: &Report, in_language: Language) -> Result<String, Failure> {
    let limits = Limits::default();
    let mut signatures = report.signatures.iter().rev();
    let sound = signatures.find(|signature| {
        signature.integrity != Integrity::Broken && signature.covers_bytes.is_some()
    });
    let covered = report
        .signatures
        .iter()
        .filter_map(|signature| signature.covers_bytes);
    let length = match sound {
        Some(signature) => signature.covers_bytes,
        // What was changed later is not shown; what the signature covers is.
        None => covered.max(),
    };
    let unreadable = |error: std::io::Error| Failure::reading(path, &error);
    let most = u64::try_from(limits.bytes)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let beginning = |length: Option<u64>| {
        let mut bytes = Vec::new();
        let file = File::open(path)?;
        let length = length.unwrap_or(u64::MAX).min(most);
        file.take(length).read_to_end(&mut bytes)?;
        Ok(sello_show::draw(bytes, limits))
    };
    let drawing = beginning(length).map_err(unreadable)?;
    // What the objects that changed do to the pages, only the pages themselves can tell.
    let differing = if length.is_some() && !report.changes.is_empty() {
        sello_show::differing(&drawing, &beginning(None).map_err(unreadable)?)
    } else {
        Vec::new()
    };
    let name = path.display().to_string();
    let options = Options {
        language: language(in_language),
        file: &name,
        signed: length.is_some(),
        differing: &differing,
    };
    Ok(sello_show::html(report, drawing, options))
}
