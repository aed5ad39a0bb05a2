//! `sello stamp`: everything is checked and laid out before the PIN is asked for; after it only the
//! signature and a rename are left.

mod batch;
pub(crate) mod document;
pub(crate) mod level;
mod place;
mod report;

use std::path::Path;

pub(crate) use level::Proving;
use sello_card::{CardSession, Pin, Readers};
use serde::Serialize;

use crate::EXIT_GOOD;
use crate::card::{self, CardSeal};
use crate::cli::Stamp;
use crate::command::json;
use crate::console::Console;
use crate::failure::{Failure, SecretKind};
use crate::messages::Text;
use crate::secret::Source;

/// The answer as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    seal: &'a str,
    slot: String,
    /// The page with the seal, or with its first part.
    page: Option<usize>,
    field: &'a str,
    /// The fields that were signed before, in order.
    earlier_fields: &'a [String],
    level: &'static str,
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
    match (arguments.batch, &*arguments.inputs) {
        (true, _) => batch::run(arguments, readers, console),
        (false, [input]) => one(arguments, input, readers, console),
        _ => Err(Failure::SeveralDocuments),
    }
}

fn one(
    arguments: &Stamp,
    input: &Path,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let output = arguments.output.as_deref();
    let (opened, mut target) = document::begin(input, output, arguments.repair, console)?;

    let mut found = card::find(readers, &arguments.which)?;
    let (seal, tries_left) = card::seal_to_use(&mut found.session, arguments.seal)?;
    seal.demand_approvals(1)?;
    let proving = Proving::begin(&arguments.proof, &seal, console)?;
    let prepared = document::lay_out(
        input,
        opened,
        &mut target,
        arguments,
        &seal,
        &proving,
        console,
    )?;
    let page = document::page_number(input, prepared.page());
    let field = prepared.field_name().to_owned();
    let earlier = prepared.earlier_fields().to_vec();

    if let Some(left) = seal.approvals_left() {
        console.note(&Text::ApprovalsLeft(left));
    }
    let pin = ask_pin(arguments, &seal, tries_left, console)?;
    let signature = sign(&mut found.session, &pin, &seal, &prepared.digest())?;
    drop(pin);

    document::complete(input, prepared, &signature, target, &proving)?;
    let approvals_left = seal.approvals_left().map(|left| left.saturating_sub(1));
    let path = output.unwrap_or(input);
    if arguments.json {
        let answer = Answer {
            seal: seal.seal.name(),
            slot: format!("{:02X}", seal.slot.to_byte()),
            page,
            field: &field,
            earlier_fields: &earlier,
            level: proving.name(),
            input,
            output: path,
            approvals_left,
        };
        json(console, &answer);
        return Ok(EXIT_GOOD);
    }
    console.say(&Text::Stamped {
        seal: seal.seal.name(),
        page: page.unwrap_or(arguments.at.page),
        path,
    });
    if !earlier.is_empty() {
        console.say(&Text::SealedAfter { fields: &earlier });
    }
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
