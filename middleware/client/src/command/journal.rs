//! `sello journal`: the card's own record of its stampings.

mod verify;

use sello_card::{CardError, Exclusive, Readers};
use sello_wire::Instruction;
use serde::Serialize;
use time::format_description::well_known::Rfc3339;

use crate::EXIT_GOOD;
use crate::card;
use crate::cli::{JournalExport, JournalShow};
use crate::command::json;
use crate::console::Console;
use crate::failure::Failure;
use crate::journal::{EntryFields, Export, Record};
use crate::messages::Text;
use crate::output::NewFile;

pub(crate) use verify::verify;

/// The answer as JSON.
#[derive(Serialize)]
struct Answer {
    reader: String,
    serial: u32,
    /// Signatures that the card's seal keys have given, ever.
    last: u32,
    /// The oldest entry that the card keeps; one more than `last` when there is none.
    first_kept: u32,
    entries: Vec<EntryFields>,
}

pub(crate) fn show(
    arguments: &JournalShow,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let mut found = card::find(readers, &arguments.which)?;
    let mut exclusive = found.session.exclusive()?;
    let serial = exclusive.sello_status()?.serial;
    let journal = exclusive.read_journal(arguments.from)?;
    drop(exclusive);
    if arguments.json {
        let answer = Answer {
            reader: found.reader,
            serial,
            last: journal.last(),
            first_kept: journal.first_kept(),
            entries: journal.entries().iter().map(EntryFields::of).collect(),
        };
        json(console, &answer);
        return Ok(EXIT_GOOD);
    }
    let last = journal.last();
    console.say(&Text::JournalTitle { serial, last });
    let first_kept = journal.first_kept();
    if first_kept > 1 {
        console.say(&Text::JournalOlderGone { first_kept });
    }
    if !journal.entries().is_empty() {
        console.say(&Text::JournalColumns);
    }
    for entry in journal.entries() {
        console.say(&Text::JournalEntry(entry));
    }
    Ok(EXIT_GOOD)
}

pub(crate) fn export(
    arguments: &JournalExport,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let mut output = NewFile::begin(&arguments.output)?;
    let mut found = card::find(readers, &arguments.which)?;
    let record = read(&mut found.session.exclusive()?)?;
    let entries = record.entries.len();
    let now = console.now.format(&Rfc3339).unwrap_or_default();
    // Our own types have no form that cannot be written.
    let text = serde_json::to_vec_pretty(&Export::of(&record, now)).unwrap_or_default();
    output.write(&text)?;
    output.write(b"\n")?;
    output.publish()?;
    console.say(&Text::JournalExported {
        path: &arguments.output,
        entries,
    });
    Ok(EXIT_GOOD)
}

/// The journal of a card, its head attested over a nonce of this moment.
fn read(card: &mut Exclusive<'_>) -> Result<Record, Failure> {
    let serial = card.sello_status()?.serial;
    let journal = card.read_journal(1)?;
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).map_err(|_| CardError::NoRandom)?;
    let head = card.attest_journal(&nonce)?;
    if head.serial != serial {
        // The word of another card, passed on.
        let instruction = Instruction::AttestJournal;
        return Err(CardError::Malformed { instruction }.into());
    }
    let certificate = match card.attestation_certificate() {
        Ok(certificate) => Some(certificate),
        Err(CardError::NoObject { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Record {
        entries: journal.entries().to_vec(),
        head,
        certificate,
    })
}
