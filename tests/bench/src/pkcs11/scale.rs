//! What a second thread and a second card bring.
//!
//! The cards are simulated: as fast as they can be, both of them want the processor that client and pcscd
//! want too. A card of plastic has a processor of its own, so the bar is on cards that take the time of one
//! ([`Pace::Real`]): what they wait for is not the machine, and a lock that two readers share would show.

use std::error::Error;

use sello_simulator::{Line, Pace, SimulatedCard, Timing, TimingProfile};

use super::cards::{self, PIV, Seat};
use super::counted::Length;
use super::modules::{self, Client, Peer};
use super::{cell, note};
use crate::report::{Bar, Limit, Report};
use crate::table::{Cell, Table};

/// Verifications a second that the module must do on a thread.
const LEAST_VERIFIED: f64 = 9000.0;
/// How many times the signatures of one card two cards must do.
const LEAST_TIMES: f64 = 1.9;
/// Verifications for each signature that is measured elsewhere.
const MORE_VERIFIED: usize = 20;
/// Of so many signatures measured elsewhere, one is made by cards that take their time.
const FEWER_SIGNED: usize = 20;
/// How a contact reader usually talks to a card, in bits a second.
const RATE: u32 = 115_200;

/// Somethings a second, for one and for two.
type Rates = Result<[f64; 2], Box<dyn Error>>;

/// Measures `runs` signatures on each card.
///
/// # Errors
/// Without a PC/SC stack; a stack with one reader has no second card to measure.
pub(super) fn report(peers: &[Peer; 3], runs: usize) -> Result<Report, Box<dyn Error>> {
    let name = TimingProfile::names()
        .into_iter()
        .next()
        .ok_or("no timing profile")?;
    let timing = Timing {
        profile: TimingProfile::find(name)?,
        line: Line::Contact(RATE),
        pace: Pace::Real,
    };
    let seat = |serial, timing: Option<&Timing>| -> Result<Seat, Box<dyn Error>> {
        let mut card: SimulatedCard = cards::piv(serial)?;
        if let Some(timing) = timing {
            card.set_timing(timing.clone());
        }
        Seat::take(card, Length::Extended)
    };
    let seats = [seat(20_260_015, None)?, seat(20_260_016, None)?];
    let timed = [
        seat(20_260_017, Some(&timing))?,
        seat(20_260_018, Some(&timing))?,
    ];
    let timed_title = format!("C_Sign a second, cards as {name}");
    let mut table = Table::new(
        "A second thread and a second card",
        &["module", "what", "one", "two", "times"],
    );
    let mut ours = None;
    for peer in peers {
        let verified = note(peer.name, "C_Verify", verify(peer, &seats, runs));
        table.row(row(peer, "C_Verify a second, threads", &verified));
        let fast = note(peer.name, "C_Sign on two cards", sign(peer, &seats, runs));
        table.row(row(peer, "C_Sign a second, cards without delay", &fast));
        let fewer = (runs / FEWER_SIGNED).max(1);
        let signed = note(
            peer.name,
            "C_Sign on two slow cards",
            sign(peer, &timed, fewer),
        );
        table.row(row(peer, &timed_title, &signed));
        ours = ours.or(Some((verified, signed)));
    }
    let (verified, signed) = ours.ok_or("no module")?;
    let verified = verified.map_or(f64::NAN, |[one, _]| one);
    let times = signed.map_or(f64::NAN, |[one, two]| two / one);
    let bars = [
        Bar {
            name: "C_Verify on a thread",
            unit: "a second",
            measured: verified,
            limit: Limit::Least(LEAST_VERIFIED),
        },
        Bar {
            name: "two cards in two readers, over one",
            unit: "times",
            measured: times,
            limit: Limit::Least(LEAST_TIMES),
        },
    ];
    Ok(Report::of(table, bars))
}

fn row(peer: &Peer, what: &str, rates: &Rates) -> [Cell; 5] {
    let rate = |index: usize| {
        cell(rates, |rates| {
            Cell::Number(rates.get(index).copied().unwrap_or(f64::NAN), 1)
        })
    };
    let times = cell(rates, |[one, two]| Cell::Number(two / one, 2));
    [peer.name.into(), what.into(), rate(0), rate(1), times]
}

fn verify(peer: &Peer, [seat, _]: &[Seat; 2], runs: usize) -> Rates {
    let home = tempfile::tempdir()?;
    let mut client = Client::start(peer, &mut modules::client(home.path())?)?;
    client.ask(&["initialize"])?;
    client.ask(&["open", &seat.reader])?;
    client.ask(&["login", PIV.pin])?;
    client.ask(&["find", PIV.once.unwrap_or_default()])?;
    let runs = runs.saturating_mul(MORE_VERIFIED).to_string();
    let mut rate = |threads| -> Result<f64, Box<dyn Error>> {
        let told = client.ask(&["verify", threads, &runs])?;
        told.first().copied().ok_or_else(|| "no rate".into())
    };
    let one = rate("1")?;
    Ok([one, rate("2")?])
}

fn sign(peer: &Peer, [first, second]: &[Seat; 2], runs: usize) -> Rates {
    let home = tempfile::tempdir()?;
    let rate = |readers: &[&str]| -> Result<f64, Box<dyn Error>> {
        let mut client = Client::start(peer, &mut modules::client(home.path())?)?;
        client.ask(&["initialize"])?;
        let (runs, id) = (runs.to_string(), PIV.once.unwrap_or_default());
        let words = [&["rate", &runs, PIV.pin, id], readers].concat();
        let told = client.ask(&words)?;
        told.first().copied().ok_or_else(|| "no rate".into())
    };
    let one = rate(&[&first.reader])?;
    Ok([one, rate(&[&first.reader, &second.reader])?])
}
