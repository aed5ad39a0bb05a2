//! `sello seals`: what is on the card.

use std::fs;
use std::path::{Path, PathBuf};

use sello_card::Readers;
use sello_profile::seal::SealKind;
use sello_wire::PinPolicy;
use serde::Serialize;

use crate::EXIT_GOOD;
use crate::card::{self, CardSeal};
use crate::cli::Seals;
use crate::command::json;
use crate::command::subject;
use crate::console::Console;
use crate::failure::Failure;
use crate::messages::Text;
use crate::output::NewFile;

/// The answer as JSON.
#[derive(Serialize)]
struct Answer {
    reader: String,
    serial: Option<u32>,
    seals: Vec<SealAnswer>,
}

#[derive(Serialize)]
struct SealAnswer {
    slot: String,
    name: String,
    kind: &'static str,
    number: String,
    /// Organization, or the individual, that the certificate names.
    holder: Option<String>,
    /// `organizationIdentifier` or `serialNumber` of the certificate.
    identifier: Option<String>,
    valid_from: String,
    valid_until: String,
    width_mm: u32,
    height_mm: u32,
    picture: Option<PathBuf>,
    /// When the key asks for the PIN; `counted` allows batches.
    pin_policy: Option<&'static str>,
    /// Whether each stamping needs the responsible person's leave.
    dual_control: Option<bool>,
    approvals_left: Option<u16>,
}

pub(crate) fn run(
    arguments: &Seals,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let mut found = card::find(readers, &arguments.which)?;
    let mut exclusive = found.session.exclusive()?;
    let entries = exclusive.directory()?;
    if entries.is_empty() {
        card::in_use(&mut exclusive)?;
        return Err(Failure::NoSealOnCard);
    }
    let seals = entries
        .iter()
        .map(|entry| card::read_seal(&mut exclusive, entry))
        .collect::<Result<Vec<_>, _>>()?;
    drop(exclusive);
    let answers = seals
        .iter()
        .map(|seal| {
            let picture = arguments.export.as_deref();
            let picture = picture.map(|folder| export(folder, seal)).transpose()?;
            Ok(describe(seal, picture))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    if arguments.json {
        let answer = Answer {
            reader: found.reader,
            serial: found.serial,
            seals: answers,
        };
        json(console, &answer);
    } else {
        for (seal, answer) in seals.iter().zip(&answers) {
            say(seal, answer, console);
        }
    }
    Ok(EXIT_GOOD)
}

/// Writes the picture as `seal-SLOT.png`; another media type gets its own ending.
fn export(folder: &Path, seal: &CardSeal) -> Result<PathBuf, Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::writing(folder, &error))?;
    let picture = seal.seal.picture();
    let ending = picture
        .media_type
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    let path = folder.join(format!("seal-{:02X}.{ending}", seal.slot.to_byte()));
    let mut file = NewFile::begin(&path)?;
    file.write(&picture.data)?;
    file.publish()?;
    Ok(path)
}

fn describe(seal: &CardSeal, picture: Option<PathBuf>) -> SealAnswer {
    let (from, until) = seal.seal.validity();
    let named = subject::of(&seal.certificate);
    SealAnswer {
        slot: format!("{:02X}", seal.slot.to_byte()),
        name: seal.seal.name().to_owned(),
        kind: kind(seal.seal.kind()),
        number: seal.seal.es_id().to_owned(),
        holder: named.holder,
        identifier: named.identifier,
        valid_from: from.to_string(),
        valid_until: until.to_string(),
        width_mm: seal.seal.picture().width_mm,
        height_mm: seal.seal.picture().height_mm,
        picture,
        pin_policy: seal.policy.map(|policy| pin_policy(policy.pin_policy)),
        dual_control: seal.policy.map(|policy| policy.dual_control),
        approvals_left: seal.approvals_left(),
    }
}

const fn pin_policy(policy: PinPolicy) -> &'static str {
    match policy {
        PinPolicy::Never => "never",
        PinPolicy::Once => "once",
        PinPolicy::Always => "always",
        PinPolicy::Counted => "counted",
    }
}

const fn kind(kind: SealKind) -> &'static str {
    match kind {
        SealKind::Official => "official",
        SealKind::Contract => "contract",
        SealKind::Finance => "finance",
        SealKind::Invoice => "invoice",
        SealKind::Business => "business",
        SealKind::Individual => "individual",
        _ => "other",
    }
}

fn say(seal: &CardSeal, answer: &SealAnswer, console: &mut Console<'_>) {
    console.say(&Text::Seal {
        slot: seal.slot,
        name: &answer.name,
    });
    console.say(&Text::SealKind(seal.seal.kind()));
    console.say(&Text::SealNumber(&answer.number));
    let holder = [answer.holder.as_deref(), answer.identifier.as_deref()];
    let holder = holder.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if !holder.is_empty() {
        console.say(&Text::Holder(&holder));
    }
    console.say(&Text::Validity {
        from: &answer.valid_from,
        until: &answer.valid_until,
    });
    console.say(&Text::Picture {
        width_mm: answer.width_mm,
        height_mm: answer.height_mm,
    });
    if let Some(policy) = &seal.policy {
        console.say(&Text::SealPolicy(policy.pin_policy));
    }
    if let Some(left) = seal.approvals_left() {
        console.say(&Text::SealDualControl { left });
    }
    if let Some(path) = &answer.picture {
        console.say(&Text::Exported { path });
    }
}
