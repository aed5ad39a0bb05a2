//! Cards through pcscd and its virtual readers: how long an APDU takes, and how many signatures come out.

use std::error::Error;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use sello_card::{CardSession, PcscReaders, Pin, Readers};
use sello_conformance::pcsc_channel::wait_for;
use sello_flow::rack::Lease;
use sello_simulator::{VirtualReader, VpcdAddress};
use sello_wire::Slot;

use crate::card::{PIN, demand, operational};
use crate::report::{Bar, Limit, Report};
use crate::table::{Cell, Table};
use crate::times::{Times, milliseconds};

/// SELECT of the PIV application, by the beginning of its name.
const SELECT: [u8; 10] = [0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8];
/// GET STATUS.
const GET_STATUS: [u8; 5] = [0x80, 0xF2, 0, 0, 0];
/// How long pcscd may take to see a card.
const PATIENCE: Duration = Duration::from_secs(20);
/// Cards at once, where the stack has as many readers.
const CARDS: u32 = 4;

/// A card in a reader of its own.
struct Seat {
    name: String,
    _card: VirtualReader,
    _lease: Lease,
}

impl Seat {
    fn take(serial: u32) -> Result<Self, Box<dyn Error>> {
        let lease = Lease::take()?;
        let address = VpcdAddress::local(lease.port());
        let card = VirtualReader::start(address, operational(serial)?)?;
        let name = lease.reader()?;
        wait_for(&name, true, PATIENCE)?;
        Ok(Self {
            name,
            _card: card,
            _lease: lease,
        })
    }
}

/// Measures APDUs, and signatures of `runs` on each card.
///
/// # Errors
/// Without a PC/SC stack with virtual readers.
pub fn report(runs: u32) -> Result<Report, Box<dyn Error>> {
    let readers = if std::env::var("SELLO_STACK").is_ok_and(|kind| kind == "private") {
        CARDS
    } else {
        1
    };
    let seats: Vec<Seat> = (1..=readers).map(Seat::take).collect::<Result<_, _>>()?;
    let first = seats.get(..1).ok_or("no reader")?;
    let apdu = apdus(first, runs)?;
    let mut table = Table::new(
        "Through pcscd and vpcd, cards in memory",
        &["what", "median", "least"],
    );
    let time = |time| Cell::Number(milliseconds(time), 3);
    table.row([
        "an APDU (GET STATUS), milliseconds".into(),
        time(apdu.median()),
        time(apdu.least()),
    ]);
    let mut rates = Table::new(
        "Signatures a second, each with its PIN, through pcscd and vpcd",
        &["cards", "signatures a second"],
    );
    rates.row(["one".into(), Cell::Number(rate(first, runs)?, 0)]);
    if seats.len() > 1 {
        rates.row(["four at once".into(), Cell::Number(rate(&seats, runs)?, 0)]);
    }
    let bar = Bar {
        name: "an APDU through pcscd, median on an idle machine",
        unit: "ms",
        measured: milliseconds(apdu.median()),
        limit: Limit::Most(1.0),
    };
    let mut report = Report::of(table, [bar]);
    report.tables.push(rates);
    Ok(report)
}

fn apdus(seats: &[Seat], runs: u32) -> Result<Times, Box<dyn Error>> {
    let mut times = Times::default();
    let mut buffer = [0; 258];
    for seat in seats {
        let mut card = PcscReaders::new().connect(&seat.name)?;
        card.begin_exclusive()?;
        demand(&mut card, &SELECT, &mut buffer)?;
        for _ in 0..runs {
            times.measure(|| demand(&mut card, &GET_STATUS, &mut buffer).map(drop))?;
        }
        card.end_exclusive()?;
    }
    Ok(times)
}

/// Signatures a second of all cards together, from when the first one begins until the last one ends.
fn rate(seats: &[Seat], runs: u32) -> Result<f64, Box<dyn Error>> {
    let barrier = Barrier::new(seats.len());
    let spans = thread::scope(|scope| {
        let barrier = &barrier;
        let work = |seat| scope.spawn(move || sign(seat, runs, barrier).map_err(|e| e.to_string()));
        let threads: Vec<_> = seats.iter().map(work).collect();
        let joined = threads.into_iter().map(|thread| {
            let ended = thread.join();
            ended.unwrap_or_else(|_| Err("a thread ended".to_owned()))
        });
        joined.collect::<Result<Vec<_>, _>>()
    })?;
    let begun = spans.iter().map(|(begun, _)| *begun).min();
    let ended = spans.iter().map(|(_, ended)| *ended).max();
    let (begun, ended) = begun.zip(ended).ok_or("no card")?;
    let all = f64::from(runs) * f64::from(u32::try_from(seats.len())?);
    Ok(all / ended.duration_since(begun).as_secs_f64())
}

/// When the first signature began and when the last one was there.
fn sign(seat: &Seat, runs: u32, barrier: &Barrier) -> Result<(Instant, Instant), Box<dyn Error>> {
    let opened = open(seat);
    // Whoever fails must not let the others wait.
    barrier.wait();
    let (mut session, pin) = opened?;
    let begun = Instant::now();
    for number in 0..runs {
        let mut digest = [0x5A; 32];
        digest
            .iter_mut()
            .zip(number.to_be_bytes())
            .for_each(|(to, from)| *to = from);
        let mut card = session.exclusive()?;
        card.verify_pin(&pin)?;
        card.sign(Slot::Signature, &digest)?;
    }
    Ok((begun, Instant::now()))
}

fn open(seat: &Seat) -> Result<(CardSession, Pin), Box<dyn Error>> {
    let session = CardSession::open(PcscReaders::new().connect(&seat.name)?)?;
    Ok((session, Pin::new(PIN.as_bytes())?))
}
