//! `sello stamp`: everything is checked and laid out before the PIN is asked for; after it only the
//! signature and a rename are left.

use std::fs::File;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use sello_card::{CardSession, Pin, Readers};
use sello_document::stamp::{Placement, Prepared, Request, prepare};
use sello_pdf::{Document, FileSource};
use sello_profile::ecdsa;

use crate::EXIT_GOOD;
use crate::card::{self, CardSeal};
use crate::cli::Stamp;
use crate::command::LONG;
use crate::console::Console;
use crate::failure::{Failure, SecretKind};
use crate::messages::{self, Text};
use crate::output::{NewFile, refuse_same_file};
use crate::secret::Source;

pub(crate) fn run(
    arguments: &Stamp,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let input = &arguments.input;
    let document = open(input)?;
    refuse_same_file(input, &arguments.output)?;
    let mut output = NewFile::begin(&arguments.output)?;

    let mut found = card::find(readers, &arguments.which)?;
    let (seal, tries_left) = read_card(&mut found.session, arguments)?;
    let prepared = lay_out(document, arguments, &seal, console)?;
    copy(input, &mut output, console)?;

    let pin = ask_pin(arguments, &seal, tries_left, console)?;
    let signature = sign(&mut found.session, &pin, &seal, &prepared.digest())?;
    drop(pin);

    let sealed = prepared.finish(&signature);
    let sealed = sealed.map_err(|error| Failure::stamping(input, error))?;
    output.write(sealed.revision())?;
    output.publish()?;
    console.say(&Text::Stamped {
        seal: seal.seal.name(),
        page: arguments.page,
        path: &arguments.output,
    });
    Ok(EXIT_GOOD)
}

fn open(path: &Path) -> Result<Document<FileSource>, Failure> {
    let source = File::open(path).and_then(FileSource::new);
    let source = source.map_err(|error| Failure::reading(path, &error))?;
    Document::open(source).map_err(|error| Failure::document(path, &error))
}

/// The seal to be used and the tries its PIN has left, from a card that is ready.
fn read_card(session: &mut CardSession, arguments: &Stamp) -> Result<(CardSeal, u8), Failure> {
    let mut card = session.exclusive()?;
    let status = card::ready_to_seal(&mut card)?;
    let seal = card::choose_seal(&mut card, arguments.seal)?;
    Ok((seal, status.pin_tries.left))
}

fn lay_out(
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
    prepare(document, &request).map_err(|error| Failure::stamping(&arguments.input, error))
}

/// Copies the original before the PIN is asked for, so that a full disk costs no PIN.
fn copy(input: &Path, output: &mut NewFile, console: &Console<'_>) -> Result<(), Failure> {
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

fn ask_pin(
    arguments: &Stamp,
    seal: &CardSeal,
    tries_left: u8,
    console: &mut Console<'_>,
) -> Result<Pin, Failure> {
    let prompt = Text::AskPin {
        seal: seal.seal.name(),
        tries_left,
    };
    let typed = Source::from(&arguments.pin).take(console, SecretKind::Pin, &prompt)?;
    Pin::new(typed.as_bytes()).map_err(Failure::secret_form(SecretKind::Pin))
}

/// VERIFY and signature in one exclusive access; the signature is checked before it is used.
fn sign(
    session: &mut CardSession,
    pin: &Pin,
    seal: &CardSeal,
    digest: &[u8; 32],
) -> Result<Vec<u8>, Failure> {
    let mut card = session.exclusive()?;
    card.verify_pin(pin)?;
    let signature = card.sign(seal.slot, digest)?;
    drop(card);
    ecdsa::certificate_point(&seal.certificate)
        .and_then(|point| ecdsa::check_digest(&point, digest, &signature))
        .map_err(|_| Failure::SignatureMisfit)?;
    Ok(signature)
}
