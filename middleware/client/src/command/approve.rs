//! `sello approve`: what the responsible person allows a seal under dual control.

use sello_card::{CardStatus, Exclusive, Pin, Readers};
use sello_wire::Slot;
use serde::Serialize;

use crate::EXIT_GOOD;
use crate::card::{self, CardSeal};
use crate::cli::Approve;
use crate::command::json;
use crate::console::Console;
use crate::failure::{Failure, SecretKind};
use crate::messages::Text;
use crate::secret::Source;

/// The answer as JSON.
#[derive(Serialize)]
struct Answer {
    reader: String,
    serial: Option<u32>,
    approver_tries_left: Option<u8>,
    approver_transport_pin: bool,
    seals: Vec<SealAnswer>,
}

#[derive(Serialize)]
struct SealAnswer {
    slot: String,
    name: String,
    dual_control: bool,
    /// Stampings allowed and not made yet; none where no approval is needed.
    approvals_left: Option<u16>,
}

pub(crate) fn run(
    arguments: &Approve,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let mut found = card::find(readers, &arguments.which)?;
    let (mut status, mut seals) = look(&mut found.session.exclusive()?)?;
    if let Some(count) = arguments.count {
        let seal = choose(&seals, arguments.seal)?;
        let tries_left = card::approver_tries(&status)?;
        if status.approver_transport_pin {
            return Err(Failure::ApproverTransportPin);
        }
        if !arguments.json {
            say(seal, console);
        }
        let pin = ask(arguments, seal, count, tries_left, console)?;
        let slot = seal.slot;
        let mut card = found.session.exclusive()?;
        card.approve(&pin, slot, count)?;
        (status, seals) = look(&mut card)?;
        seals.retain(|seal| seal.slot == slot);
    } else if let Some(slot) = arguments.seal {
        demand(&seals, slot)?;
        seals.retain(|seal| seal.slot == slot);
    }
    if arguments.json {
        let answer = Answer {
            reader: found.reader,
            serial: found.serial,
            approver_tries_left: status.approver_tries.map(|tries| tries.left),
            approver_transport_pin: status.approver_transport_pin,
            seals: seals.iter().map(describe).collect(),
        };
        json(console, &answer);
    } else {
        for seal in &seals {
            say(seal, console);
        }
        if arguments.count.is_none() && status.approver_transport_pin {
            console.say(&Text::ApproverTransportPin);
        }
    }
    Ok(EXIT_GOOD)
}

/// The card's status and its seals with what is allowed them.
fn look(card: &mut Exclusive<'_>) -> Result<(CardStatus, Vec<CardSeal>), Failure> {
    let status = card::in_use(card)?;
    let entries = card.directory()?;
    if entries.is_empty() {
        return Err(Failure::NoSealOnCard);
    }
    let seals = entries
        .iter()
        .map(|entry| card::read_seal(card, entry))
        .collect::<Result<_, _>>()?;
    Ok((status, seals))
}

/// The seal named, or the only one under dual control.
fn choose(seals: &[CardSeal], slot: Option<Slot>) -> Result<&CardSeal, Failure> {
    if let Some(slot) = slot {
        let seal = demand(seals, slot)?;
        return match seal.approvals_left() {
            Some(_) => Ok(seal),
            None => Err(Failure::NoDualControl),
        };
    }
    let controlled = |seal: &&CardSeal| seal.approvals_left().is_some();
    let mut found = seals.iter().filter(controlled);
    match (found.next(), found.next()) {
        (None, _) => Err(Failure::NoDualControl),
        (Some(only), None) => Ok(only),
        _ => Err(Failure::SeveralSeals {
            seals: names(seals.iter().filter(controlled)),
        }),
    }
}

fn demand(seals: &[CardSeal], slot: Slot) -> Result<&CardSeal, Failure> {
    let found = seals.iter().find(|seal| seal.slot == slot);
    found.ok_or_else(|| Failure::NoSuchSeal {
        slot,
        seals: names(seals.iter()),
    })
}

fn names<'a>(seals: impl Iterator<Item = &'a CardSeal>) -> Vec<(Slot, String)> {
    seals
        .map(|seal| (seal.slot, seal.seal.name().to_owned()))
        .collect()
}

fn ask(
    arguments: &Approve,
    seal: &CardSeal,
    count: u16,
    tries_left: u8,
    console: &mut Console<'_>,
) -> Result<Pin, Failure> {
    let kind = SecretKind::ApproverPin;
    let prompt = Text::AskApproverPin {
        seal: seal.seal.name(),
        count,
        tries_left,
    };
    let typed = Source::from(&arguments.pin).take(console, kind, &prompt)?;
    Pin::new(typed.as_bytes()).map_err(Failure::secret_form(kind))
}

fn say(seal: &CardSeal, console: &mut Console<'_>) {
    let (slot, name) = (seal.slot, seal.seal.name());
    let text = match seal.approvals_left() {
        Some(left) => Text::Approved {
            slot,
            seal: name,
            left,
        },
        None => Text::NoApprovalNeeded { slot, seal: name },
    };
    console.say(&text);
}

fn describe(seal: &CardSeal) -> SealAnswer {
    let left = seal.approvals_left();
    SealAnswer {
        slot: format!("{:02X}", seal.slot.to_byte()),
        name: seal.seal.name().to_owned(),
        dual_control: left.is_some(),
        approvals_left: left,
    }
}
