//! What a single stamping and a batch have in common: one document laid out, one signature checked,
//! one revision written.

use std::fs::File;
use std::io;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use sello_document::stamp::{Drawing, Prepared, Request, prepare_with};
use sello_pdf::{Document, FileSource, Reference};
use sello_profile::ecdsa;

use super::level::Proving;
use super::place::Plan;
use crate::card::CardSeal;
use crate::cli::Stamp;
use crate::command::LONG;
use crate::console::Console;
use crate::failure::Failure;
use crate::in_place::{InPlaceFile, Watch};
use crate::messages::{self, Text};
use crate::output::{NewFile, refuse_same_file};
use crate::repair;
use crate::target::Target;

/// A document opened, and by what it is known to stay the same.
pub(crate) struct Opened {
    pub(crate) document: Document<FileSource>,
    pub(crate) watch: Watch,
}

/// Opens a document that is not going to be changed.
pub(crate) fn open(path: &Path) -> Result<Opened, Failure> {
    let file = File::open(path).map_err(|error| Failure::reading(path, &error))?;
    let watch = Watch::of(&file).map_err(|error| Failure::reading(path, &error))?;
    let source = FileSource::new(file).map_err(|error| Failure::reading(path, &error))?;
    let document = Document::open(source).map_err(|error| Failure::document(path, &error))?;
    Ok(Opened { document, watch })
}

/// Opens a document and the place where it goes: a new file, or its own end.
pub(crate) fn begin(
    input: &Path,
    output: Option<&Path>,
    repairs: bool,
    console: &mut Console<'_>,
) -> Result<(Opened, Target), Failure> {
    match output {
        Some(output) => {
            let opened = open(input)?;
            refuse_same_file(input, output)?;
            Ok((opened, Target::New(NewFile::begin(output)?)))
        }
        None => in_place(input, repairs, console),
    }
}

/// A document whose end an interrupted stamping left half written is refused, or cut back.
fn in_place(
    input: &Path,
    repairs: bool,
    console: &mut Console<'_>,
) -> Result<(Opened, Target), Failure> {
    let mut file = InPlaceFile::begin(input)?;
    let source = file.source()?;
    let length = sello_pdf::Source::len(&source);
    let whole = match open(input) {
        Ok(opened) if opened.document.end() >= length => {
            return Ok((opened, Target::InPlace(file)));
        }
        Ok(opened) if !repair::looks_unfinished(&source, opened.document.end()) => {
            return Ok((opened, Target::InPlace(file)));
        }
        Ok(opened) => Ok(opened),
        Err(failure @ Failure::DamagedPdf { .. }) => Err(failure),
        Err(failure) => return Err(failure),
    };
    let Some(sound) = repair::sound_length(input, &source)?.filter(|sound| *sound < length) else {
        return whole.map(|opened| (opened, Target::InPlace(file)));
    };
    let path = input.to_path_buf();
    let excess = length.saturating_sub(sound);
    if !repairs {
        return Err(Failure::HalfWritten { path, excess });
    }
    file.cut(sound)?;
    console.note(&Text::CutBack {
        path: input,
        excess,
    });
    Ok((open(input)?, Target::InPlace(file)))
}

/// Lays a document out, digests it and copies it in one pass, so that what is copied is what is
/// signed, and a full disk costs no PIN.
pub(super) fn lay_out(
    input: &Path,
    opened: Opened,
    target: &mut Target,
    arguments: &Stamp,
    seal: &CardSeal,
    proving: &Proving,
    console: &Console<'_>,
) -> Result<Prepared<FileSource>, Failure> {
    let Opened { document, watch } = opened;
    let plan = Plan::of(input, arguments, &seal.seal, &document)?;
    let request = Request {
        seal: &seal.seal,
        signer_certificate: &seal.certificate,
        chain: &seal.chain,
        placement: plan.placement,
        reason: arguments.reason.as_deref(),
        place: arguments.place.as_deref(),
        claimed_time: console.now,
    };
    let bar = copying(input, console);
    let mut failed = None;
    let mut take = |block: &[u8]| {
        bar.inc(u64::try_from(block.len()).unwrap_or(0));
        target.take(block).map_err(|failure| {
            failed = Some(failure);
            io::Error::other("the copy cannot be written")
        })
    };
    let drawing = drawing(seal, input)?;
    let options = plan.options(proving.token_room());
    let prepared = prepare_with(document, &request, &options, drawing, &mut take);
    bar.finish_and_clear();
    if let Some(failure) = failed {
        return Err(failure);
    }
    let prepared = prepared.map_err(|error| Failure::stamping(input, error))?;
    watch.check(input)?;
    Ok(prepared)
}

/// The seal's picture, made ready once however many documents it seals.
fn drawing<'a>(seal: &'a CardSeal, input: &Path) -> Result<&'a Drawing, Failure> {
    if let Some(drawing) = seal.drawing.get() {
        return Ok(drawing);
    }
    let made = Drawing::of(&seal.seal).map_err(|error| Failure::stamping(input, error))?;
    Ok(seal.drawing.get_or_init(|| made))
}

fn copying(input: &Path, console: &Console<'_>) -> ProgressBar {
    let length = input.metadata().map_or(0, |data| data.len());
    if !console.interactive || length < LONG {
        return ProgressBar::hidden();
    }
    let template = "{msg} {bar:30} {bytes}/{total_bytes} {eta}";
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(length)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_message(messages::text(console.language, &Text::Copying))
}

/// Puts the signature in and writes what proves it; the document is whole then.
pub(super) fn complete<S>(
    input: &Path,
    prepared: Prepared<S>,
    signature: &[u8],
    mut target: Target,
    proving: &Proving,
) -> Result<(), Failure> {
    proving.write(input, prepared, signature, &mut target)?;
    target.publish()
}

/// A signature counts only if it fits the certificate that will stand beside it.
pub(super) fn check(seal: &CardSeal, digest: &[u8; 32], signature: &[u8]) -> Result<(), Failure> {
    ecdsa::certificate_point(&seal.certificate)
        .and_then(|point| ecdsa::check_digest(&point, digest, signature))
        .map_err(|_| Failure::SignatureMisfit)
}

/// The number of a page, from 1.
pub(super) fn page_number(input: &Path, page: Reference) -> Option<usize> {
    let opened = open(input).ok()?;
    let pages = opened.document.latest().pages().ok()?;
    let index = pages.iter().position(|one| one.reference == page)?;
    index.checked_add(1)
}
