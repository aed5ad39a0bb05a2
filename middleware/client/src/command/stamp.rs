//! `sello stamp`: everything is checked and laid out before the PIN is asked for; after it only the
//! signature and a rename are left.

mod batch;
mod document;
mod report;

use std::path::Path;

use sello_card::{CardSession, Pin, Readers};
use serde::Serialize;

use crate::EXIT_GOOD;
use crate::card::{self, CardSeal};
use crate::cli::Stamp;
use crate::command::json;
use crate::console::Console;
use crate::failure::{Failure, SecretKind};
use crate::messages::Text;
use crate::output::{NewFile, refuse_same_file};
use crate::secret::Source;

/// The answer as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    seal: &'a str,
    slot: String,
    page: usize,
    input: &'a Path,
    output: &'a Path,
    /// Stampings still allowed, where the seal is under dual control.
    approvals_left: Option<u16>,
}

pub(crate) fn run(
    arguments: &Stamp,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    match (&arguments.into, &arguments.output, &*arguments.inputs) {
        (Some(folder), ..) => batch::run(arguments, folder, readers, console),
        (None, Some(output), [input]) => one(arguments, input, output, readers, console),
        _ => Err(Failure::SeveralDocuments),
    }
}

fn one(
    arguments: &Stamp,
    input: &Path,
    path: &Path,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let document = document::open(input)?;
    refuse_same_file(input, path)?;
    let mut output = NewFile::begin(path)?;

    let mut found = card::find(readers, &arguments.which)?;
    let (seal, tries_left) = card::seal_to_use(&mut found.session, arguments.seal)?;
    seal.demand_approvals(1)?;
    let prepared = document::lay_out(input, document, arguments, &seal, console)?;
    document::copy(input, &mut output, console)?;

    if let Some(left) = seal.approvals_left() {
        console.note(&Text::ApprovalsLeft(left));
    }
    let pin = ask_pin(arguments, &seal, tries_left, console)?;
    let signature = sign(&mut found.session, &pin, &seal, &prepared.digest())?;
    drop(pin);

    let sealed = prepared.finish(&signature);
    let sealed = sealed.map_err(|error| Failure::stamping(input, error))?;
    output.write(sealed.revision())?;
    output.publish()?;
    let approvals_left = seal.approvals_left().map(|left| left.saturating_sub(1));
    if arguments.json {
        let answer = Answer {
            seal: seal.seal.name(),
            slot: format!("{:02X}", seal.slot.to_byte()),
            page: arguments.page,
            input,
            output: path,
            approvals_left,
        };
        json(console, &answer);
        return Ok(EXIT_GOOD);
    }
    console.say(&Text::Stamped {
        seal: seal.seal.name(),
        page: arguments.page,
        path,
    });
    if let Some(left) = approvals_left {
        console.note(&Text::ApprovalsLeft(left));
    }
    Ok(EXIT_GOOD)
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
    document::check(seal, digest, &signature)?;
    Ok(signature)
}
