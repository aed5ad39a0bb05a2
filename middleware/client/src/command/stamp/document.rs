//! What a single stamping and a batch have in common: one document laid out, one signature checked.

use std::fs::File;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use sello_document::stamp::{Placement, Prepared, Request, prepare};
use sello_pdf::{Document, FileSource};
use sello_profile::ecdsa;

use crate::card::CardSeal;
use crate::cli::Stamp;
use crate::command::LONG;
use crate::console::Console;
use crate::failure::Failure;
use crate::messages::{self, Text};
use crate::output::NewFile;

pub(super) fn open(path: &Path) -> Result<Document<FileSource>, Failure> {
    let source = File::open(path).and_then(FileSource::new);
    let source = source.map_err(|error| Failure::reading(path, &error))?;
    Document::open(source).map_err(|error| Failure::document(path, &error))
}

pub(super) fn lay_out(
    input: &Path,
    document: Document<FileSource>,
    arguments: &Stamp,
    seal: &CardSeal,
    console: &Console<'_>,
) -> Result<Prepared<FileSource>, Failure> {
    let picture = seal.seal.picture();
    let (own_width, own_height) = (f64::from(picture.width_mm), f64::from(picture.height_mm));
    let request = Request {
        seal: &seal.seal,
        signer_certificate: &seal.certificate,
        chain: &seal.chain,
        placement: Placement {
            page: arguments.page,
            x_mm: arguments.x,
            y_mm: arguments.y,
            size_mm: arguments
                .width
                .map(|width| (width, width * own_height / own_width)),
        },
        reason: arguments.reason.as_deref(),
        place: arguments.place.as_deref(),
        claimed_time: console.now,
    };
    prepare(document, &request).map_err(|error| Failure::stamping(input, error))
}

/// Copies the original before the PIN is asked for, so that a full disk costs no PIN.
pub(super) fn copy(
    input: &Path,
    output: &mut NewFile,
    console: &Console<'_>,
) -> Result<(), Failure> {
    let length = input.metadata().map_or(0, |data| data.len());
    let bar = if console.interactive && length >= LONG {
        let template = "{msg} {bar:30} {bytes}/{total_bytes} {eta}";
        let style = ProgressStyle::with_template(template);
        ProgressBar::new(length)
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
            .with_message(messages::text(console.language, &Text::Copying))
    } else {
        ProgressBar::hidden()
    };
    output.copy(input, &mut |count| {
        bar.inc(u64::try_from(count).unwrap_or(0));
    })?;
    bar.finish_and_clear();
    Ok(())
}

/// A signature counts only if it fits the certificate that will stand beside it.
pub(super) fn check(seal: &CardSeal, digest: &[u8; 32], signature: &[u8]) -> Result<(), Failure> {
    ecdsa::certificate_point(&seal.certificate)
        .and_then(|point| ecdsa::check_digest(&point, digest, signature))
        .map_err(|_| Failure::SignatureMisfit)
}
