//! How much a module adds to the exchange that a signature cannot do without.

use std::error::Error;

use super::cards::{self, PIV, Seat};
use super::counted::Length;
use super::modules::{self, Client, Peer};
use super::note;
use crate::report::{Bar, Limit, Report};
use crate::table::{Cell, Table};

/// Microseconds that the module may add at the median.
const MOST_TIME: f64 = 10.0;
/// Microseconds of processor time that it may add.
const MOST_PROCESSOR: f64 = 35.0;
/// The key with the PIN once, as the card knows it.
const REFERENCE: &str = "9A";

/// What a module and the bare exchange took, in microseconds.
struct Pair {
    bare: f64,
    whole: f64,
    bare_processor: f64,
    whole_processor: f64,
}

/// Processes that measure, one after the other: where its memory lies makes a process some microseconds faster or
/// slower than the next, and so does who else uses the machine. Of each number the one in the middle counts.
const PROCESSES: usize = 7;
/// How often each of them measures for each of the asked runs: an exchange takes 100 microseconds more or less
/// than the one before it, and the bar is a tenth of that.
const TIMES: usize = 2;

/// Measures signatures with each module, in turn with as many bare exchanges.
///
/// # Errors
/// Without a PC/SC stack.
pub(super) fn report(peers: &[Peer; 3], runs: usize) -> Result<Report, Box<dyn Error>> {
    let seat = Seat::take(cards::piv(20_260_014)?, Length::Extended)?;
    let runs = runs * TIMES;
    let title = format!(
        "C_SignInit and C_Sign, PIN once, in turn with the bare exchange, {runs} runs, microseconds (the \
         middle of {PROCESSES} processes)"
    );
    let head = [
        "module",
        "exchange",
        "C_Sign",
        "above",
        "CPU of exchange",
        "CPU of C_Sign",
        "above",
    ];
    let mut table = Table::new(&title, &head);
    let mut ours = None;
    for peer in peers {
        let measured = note(
            peer.name,
            "C_Sign beside the exchange",
            in_the_middle(peer, &seat, runs),
        );
        let row = measured
            .as_ref()
            .map_or_else(|_| vec!["fails".into()], Pair::cells);
        table.row(std::iter::once(Cell::from(peer.name)).chain(row));
        ours = ours.or(Some(measured));
    }
    let ours = ours.and_then(Result::ok);
    let bar = |name, measured: fn(&Pair) -> f64, most| Bar {
        name,
        unit: "us",
        measured: ours.as_ref().map_or(f64::NAN, measured),
        limit: Limit::Most(most),
    };
    let bars = [
        bar("C_Sign above the exchange, median", Pair::above, MOST_TIME),
        bar(
            "C_Sign above the exchange, processor time",
            Pair::processor_above,
            MOST_PROCESSOR,
        ),
    ];
    Ok(Report::of(table, bars))
}

fn in_the_middle(peer: &Peer, seat: &Seat, runs: usize) -> Result<Pair, Box<dyn Error>> {
    let pairs = (0..PROCESSES).map(|_| measure(peer, seat, runs));
    let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
    let middle = |number: fn(&Pair) -> f64| middle(pairs.iter().map(number).collect());
    Ok(Pair {
        bare: middle(|pair| pair.bare),
        whole: middle(|pair| pair.whole),
        bare_processor: middle(|pair| pair.bare_processor),
        whole_processor: middle(|pair| pair.whole_processor),
    })
}

fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.get(numbers.len() / 2);
    middle.copied().unwrap_or(f64::NAN)
}

fn measure(peer: &Peer, seat: &Seat, runs: usize) -> Result<Pair, Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    let mut client = Client::start(peer, &mut modules::client(home.path())?)?;
    client.ask(&["initialize"])?;
    client.ask(&["open", &seat.reader])?;
    client.ask(&["login", PIV.pin])?;
    client.ask(&["find", PIV.once.unwrap_or_default()])?;
    client.ask(&["sign"])?;
    let told = client.ask(&["pair", &seat.reader, REFERENCE, &runs.to_string()])?;
    let [bare, whole, bare_processor, whole_processor] = told[..] else {
        return Err("four numbers were expected".into());
    };
    Ok(Pair {
        bare: bare * 1e6,
        whole: whole * 1e6,
        bare_processor: bare_processor * 1e6,
        whole_processor: whole_processor * 1e6,
    })
}

impl Pair {
    fn above(&self) -> f64 {
        self.whole - self.bare
    }

    fn processor_above(&self) -> f64 {
        self.whole_processor - self.bare_processor
    }

    fn cells(&self) -> Vec<Cell> {
        [
            self.bare,
            self.whole,
            self.above(),
            self.bare_processor,
            self.whole_processor,
            self.processor_above(),
        ]
        .map(|number| Cell::Number(number, 1))
        .to_vec()
    }
}
