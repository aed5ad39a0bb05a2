//! APDUs.

use std::error::Error;
use std::path::Path;

use sello_simulator::SimulatedCard;
use tempfile::TempDir;

use super::cards::{self, Keys, PIV, SEAL, Seat};
use super::counted::Length;
use super::modules::{self, Client, Peer};
use super::{cell, float, note};
use crate::report::{Bar, Limit, Report};
use crate::table::{Cell, Table};

/// A number of APDUs, or why there is none.
type Count = Result<usize, Box<dyn Error>>;

/// The rows of the warm table: what is done, the words for the client, and the bar.
const WARM: [(&str, Warm, f64); 6] = [
    ("C_Sign, PIN once", Warm::Once, 1.0),
    ("C_Sign with its login, PIN each time", Warm::Always, 2.0),
    ("C_GetSessionInfo", Warm::Word("session-info"), 0.0),
    ("C_GetSlotInfo", Warm::Word("slot-info"), 0.0),
    ("C_FindObjects", Warm::Word("objects"), 0.0),
    ("C_GetAttributeValue", Warm::Word("attributes"), 0.0),
];

/// What is done in a session that has done it before.
#[derive(Clone, Copy)]
enum Warm {
    Once,
    Always,
    Word(&'static str),
}

/// The card of a cold process.
struct Cold {
    name: &'static str,
    keys: Keys,
    card: Vec<u8>,
    length: Length,
    /// The bars without and with a cache, where there are any.
    bars: Option<[f64; 2]>,
}

/// Counts.
///
/// # Errors
/// Without a PC/SC stack.
pub(super) fn report(peers: &[Peer; 3], seal: &[u8]) -> Result<Report, Box<dyn Error>> {
    let mut report = warm(peers)?;
    report.append(cold(peers, seal)?);
    Ok(report)
}

fn heads<'a>(first: &'a str, peers: &'a [Peer; 3]) -> Vec<&'a str> {
    std::iter::once(first)
        .chain(peers.iter().map(|peer| peer.name))
        .collect()
}

fn count_cell(count: &Count) -> Cell {
    cell(count, |count| Cell::from(*count))
}

fn warm(peers: &[Peer; 3]) -> Result<Report, Box<dyn Error>> {
    let seat = Seat::take(cards::piv(20_260_012)?, Length::Extended)?;
    let mut columns = Vec::new();
    for peer in peers {
        let home = tempfile::tempdir()?;
        columns.push(warm_counts(peer, &seat, home.path()));
    }
    let title = "APDUs in a warm session, logged in (PIV card with two keys)";
    let mut table = Table::new(title, &heads("what", peers));
    let mut bars = Vec::new();
    for (index, (name, _, most)) in WARM.into_iter().enumerate() {
        let mut row = vec![Cell::from(name)];
        for column in &columns {
            row.push(column.get(index).map_or_else(|| "fails".into(), count_cell));
        }
        table.row(row);
        let ours = columns.first().and_then(|column| column.get(index));
        bars.push(Bar {
            name,
            unit: "APDUs",
            measured: ours.map_or(f64::NAN, float),
            limit: Limit::Most(most),
        });
    }
    Ok(Report::of(table, bars))
}

/// One count for each row of [`WARM`].
fn warm_counts(peer: &Peer, seat: &Seat, home: &Path) -> Vec<Count> {
    let ready = |id: &str| -> Result<Client, Box<dyn Error>> {
        let mut client = Client::start(peer, &mut modules::client(home)?)?;
        client.ask(&["initialize"])?;
        client.ask(&["open", &seat.reader])?;
        client.ask(&["login", PIV.pin])?;
        client.ask(&["find", id])?;
        Ok(client)
    };
    let mut once = ready(PIV.once.unwrap_or_default());
    let mut counts = Vec::new();
    for (name, warm, _) in WARM {
        let counted = match warm {
            Warm::Once => twice(&mut once, seat, &["sign"]),
            Warm::Word(word) => twice(&mut once, seat, &[word]),
            Warm::Always => twice(&mut ready(PIV.always), seat, &["sign-with-pin", PIV.pin]),
        };
        counts.push(note(peer.name, name, counted));
    }
    counts
}

/// Does something twice and counts the second time.
fn twice(client: &mut Result<Client, Box<dyn Error>>, seat: &Seat, words: &[&str]) -> Count {
    let client = client.as_mut().map_err(|error| error.to_string())?;
    client.ask(words)?;
    let _ = seat.counter.take();
    client.ask(words)?;
    Ok(seat.counter.take())
}

fn cold(peers: &[Peer; 3], seal: &[u8]) -> Result<Report, Box<dyn Error>> {
    let piv = cards::piv(20_260_013)?.state().to_vec();
    let of = |name, keys, card: &[u8], length, bars| Cold {
        name,
        keys,
        card: card.to_vec(),
        length,
        bars,
    };
    let rows = [
        of("seal card", SEAL, seal, Length::Extended, Some([8.0, 5.0])),
        of("seal card, short length", SEAL, seal, Length::Short, None),
        of("PIV card (tier A)", PIV, &piv, Length::Extended, None),
        of("PIV card, short length", PIV, &piv, Length::Short, None),
    ];
    let title = "APDUs of `pkcs11-tool --login --sign`, a whole process, key with PIN each time";
    let mut table = Table::new(title, &heads("card", peers));
    let mut bars = Vec::new();
    for cold in rows {
        let card = SimulatedCard::from_state(&cold.card)?;
        let seat = Seat::take(card, cold.length)?;
        let counted = peers
            .iter()
            .map(|peer| cold.count(peer, &seat))
            .collect::<Result<Vec<_>, _>>()?;
        for (index, state) in ["nothing cached", "again"].into_iter().enumerate() {
            let of_state = || counted.iter().filter_map(|pair| pair.get(index));
            let name = Cell::from(format!("{}, {state}", cold.name));
            table.row(std::iter::once(name).chain(of_state().map(count_cell)));
        }
        if let (Some([without, with]), Some([first, again])) = (cold.bars, counted.first()) {
            bars.push(bar("cold pkcs11-tool --sign", first, without));
            bars.push(bar("the same with a valid cache", again, with));
        }
    }
    Ok(Report::of(table, bars))
}

fn bar(name: &'static str, count: &Count, most: f64) -> Bar {
    Bar {
        name,
        unit: "APDUs",
        measured: float(count),
        limit: Limit::Most(most),
    }
}

impl Cold {
    /// The APDUs of the first process that ever saw this card, and of the next.
    fn count(&self, peer: &Peer, seat: &Seat) -> Result<[Count; 2], Box<dyn Error>> {
        let home = tempfile::tempdir()?;
        std::fs::write(home.path().join("digest"), [0x5A; 32])?;
        let sign = || note(peer.name, self.name, self.sign(peer, seat, &home));
        Ok([sign(), sign()])
    }

    fn sign(&self, peer: &Peer, seat: &Seat, home: &TempDir) -> Count {
        let mut command = modules::command(Path::new("pkcs11-tool"), home.path())?;
        command
            .arg("--module")
            .arg(&peer.path)
            .args(["--slot-description", &seat.reader])
            .args(["--login", "--pin", self.keys.pin])
            .args(["--sign", "--mechanism", "ECDSA", "--id", self.keys.always])
            .args(["--input-file", "digest", "--output-file", "signature"])
            .current_dir(home.path())
            .stderr(std::process::Stdio::piped());
        let _ = seat.counter.take();
        let said = command.output()?;
        let count = seat.counter.take();
        let signature = std::fs::read(home.path().join("signature")).unwrap_or_default();
        let _ = std::fs::remove_file(home.path().join("signature"));
        if said.status.success() && signature.len() == 64 {
            Ok(count)
        } else {
            Err(String::from_utf8_lossy(&said.stderr).trim().into())
        }
    }
}
