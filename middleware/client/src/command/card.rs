//! `sello card`: reader, serial number, life cycle, tries left.

use sello_card::{CardStatus, Readers, Tier, Tries};
use sello_wire::LifeCycle;
use serde::Serialize;

use crate::EXIT_GOOD;
use crate::card;
use crate::cli::Card;
use crate::command::json;
use crate::console::Console;
use crate::failure::{Failure, spaced_hex};
use crate::messages::Text;

/// The card edge from which on there are approvers and a journal.
const JOURNAL_SINCE: [u8; 2] = [2, 0];

/// The answer as JSON.
#[derive(Serialize)]
struct Answer {
    reader: String,
    atr: String,
    serial: Option<u32>,
    /// `A` for any PIV token, `B` for a Sello card.
    tier: &'static str,
    #[serde(flatten)]
    status: Option<StatusAnswer>,
    seals: usize,
}

#[derive(Serialize)]
struct StatusAnswer {
    life_cycle: &'static str,
    transport_pin: bool,
    pin_tries: TriesAnswer,
    puk_tries: TriesAnswer,
    /// None when no seal of the card is under dual control.
    approver_tries: Option<TriesAnswer>,
    approver_transport_pin: bool,
    /// Signatures that the card's seal keys have given, ever.
    journal_counter: Option<u32>,
    write_counter: u32,
    version: String,
}

#[derive(Serialize)]
struct TriesAnswer {
    left: u8,
    total: u8,
}

pub(crate) fn run(
    arguments: &Card,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let mut found = card::find(readers, &arguments.which)?;
    let mut exclusive = found.session.exclusive()?;
    let tier = exclusive.status()?;
    let seals = exclusive.directory()?.len();
    let atr = spaced_hex(exclusive.atr());
    drop(exclusive);
    if arguments.json {
        let (tier, status) = match tier {
            Tier::Plain => ("A", None),
            Tier::Sello(status) => ("B", Some(status_answer(&status))),
        };
        json(
            console,
            &Answer {
                reader: found.reader,
                atr,
                serial: found.serial,
                tier,
                status,
                seals,
            },
        );
        return Ok(EXIT_GOOD);
    }
    console.say(&Text::Reader(&found.reader));
    console.say(&Text::Serial(found.serial));
    match tier {
        Tier::Plain => console.say(&Text::PlainPivCard),
        Tier::Sello(status) => say_status(&status, console),
    }
    console.say(&Text::SealCount(seals));
    console.say(&Text::Atr(&atr));
    Ok(EXIT_GOOD)
}

fn say_status(status: &CardStatus, console: &mut Console<'_>) {
    console.say(&Text::LifeCycle(status.life_cycle));
    if status.transport_pin {
        console.say(&Text::TransportPin);
    }
    let Tries { left, total } = status.pin_tries;
    console.say(&Text::PinTries { left, total });
    let Tries { left, total } = status.puk_tries;
    console.say(&Text::PukTries { left, total });
    if status.version >= JOURNAL_SINCE {
        let tries = status.approver_tries;
        let tries = tries.map(|Tries { left, total }| (left, total));
        console.say(&Text::ApproverTries(tries));
    }
    if status.approver_transport_pin {
        console.say(&Text::ApproverTransportPin);
    }
    if let Some(count) = status.journal_counter {
        console.say(&Text::JournalCounter(count));
    }
    console.say(&Text::CardVersion(status.version));
}

fn status_answer(status: &CardStatus) -> StatusAnswer {
    let tries = |Tries { left, total }| TriesAnswer { left, total };
    let [major, minor] = status.version;
    StatusAnswer {
        life_cycle: match status.life_cycle {
            LifeCycle::Blank => "blank",
            LifeCycle::Personalizing => "personalizing",
            LifeCycle::Operational => "operational",
            LifeCycle::Blocked => "blocked",
            LifeCycle::Terminated => "terminated",
        },
        transport_pin: status.transport_pin,
        pin_tries: tries(status.pin_tries),
        puk_tries: tries(status.puk_tries),
        approver_tries: status.approver_tries.map(tries),
        approver_transport_pin: status.approver_transport_pin,
        journal_counter: status.journal_counter,
        write_counter: status.write_counter,
        version: format!("{major}.{minor}"),
    }
}
