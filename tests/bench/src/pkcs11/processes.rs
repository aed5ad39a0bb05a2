//! What a module costs a program that has just been started.

use std::error::Error;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use sello_simulator::SimulatedCard;

use super::cards::{SEAL, Seat};
use super::counted::Length;
use super::modules::{self, Client, Peer};
use super::{cell, note};
use crate::report::{Bar, Limit, Report};
use crate::table::{Cell, Table};
use crate::times::{Times, milliseconds};

/// Milliseconds that C_Initialize may take.
const MOST_INITIALIZE: f64 = 0.1;
/// Milliseconds that a process may take that signs twice.
const MOST_COLD: f64 = 10.0;
/// Names the socket of pcscd to its client library.
const SOCKET: &str = "PCSCLITE_CSOCK_NAME";

/// What a module does in C_Initialize.
struct Initialize {
    time: Duration,
    asks_pcscd: bool,
}

/// Cold processes of a module.
#[derive(Default)]
struct Cold {
    times: Times,
    commands: Commands,
}

/// The commands of the first process and of the last.
#[derive(Default)]
struct Commands {
    first: Option<usize>,
    last: usize,
}

/// Measures `runs` processes of each module, in turn.
///
/// # Errors
/// Without a PC/SC stack.
pub(super) fn report(
    peers: &[Peer; 3],
    seal: &[u8],
    runs: usize,
) -> Result<Report, Box<dyn Error>> {
    let mut table = Table::new(
        "C_Initialize, the median of processes of their own",
        &["module", "milliseconds", "asks pcscd"],
    );
    let mut ours = None;
    for peer in peers {
        let initialized = note(peer.name, "C_Initialize", initialize(peer, runs));
        let time = cell(&initialized, |i| Cell::Number(milliseconds(i.time), 3));
        let asks = cell(&initialized, |i| {
            if i.asks_pcscd { "yes" } else { "no" }.into()
        });
        table.row([peer.name.into(), time, asks]);
        ours = ours.or(Some(initialized));
    }
    let ours = ours.and_then(Result::ok);
    let bars = [
        Bar {
            name: "C_Initialize",
            unit: "ms",
            measured: ours.as_ref().map_or(f64::NAN, |i| milliseconds(i.time)),
            limit: Limit::Most(MOST_INITIALIZE),
        },
        Bar {
            name: "pcscd asked in C_Initialize",
            unit: "times",
            measured: ours.map_or(f64::NAN, |i| f64::from(u8::from(i.asks_pcscd))),
            limit: Limit::Most(0.0),
        },
    ];
    let mut report = Report::of(table, bars);
    report.append(cold(peers, seal, runs)?);
    Ok(report)
}

/// C_Initialize in processes whose pcscd we play: who connects is noticed, and gets no answer.
fn initialize(peer: &Peer, runs: usize) -> Result<Initialize, Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    let mut times = Times::default();
    for _ in 0..runs {
        let mut client = Client::start(peer, &mut modules::client(home.path())?)?;
        let told = client.ask(&["initialize"])?;
        let seconds = told.first().copied().ok_or("no time")?;
        times.push(Duration::try_from_secs_f64(seconds)?);
        client.ask(&["end"])?;
    }
    let socket = home.path().join("pcscd");
    let listener = UnixListener::bind(&socket)?;
    listener.set_nonblocking(true)?;
    let mut command = modules::client(home.path())?;
    let mut client = Client::start(peer, command.env(SOCKET, &socket))?;
    let watch = std::thread::spawn(move || {
        let end = Instant::now() + Duration::from_secs(1);
        while Instant::now() < end {
            // Taken and dropped at once: the module must not wait for an answer.
            if listener.accept().is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        false
    });
    // Whether it can do without pcscd is not the question here.
    let _ = client.ask(&["initialize"]);
    let asks_pcscd = watch.join().map_err(|_| "a thread ended")?;
    Ok(Initialize {
        time: times.median(),
        asks_pcscd,
    })
}

fn cold(peers: &[Peer; 3], seal: &[u8], runs: usize) -> Result<Report, Box<dyn Error>> {
    let seat = Seat::take(SimulatedCard::from_state(seal)?, Length::Extended)?;
    let homes = peers
        .iter()
        .map(|_| tempfile::tempdir())
        .collect::<Result<Vec<_>, _>>()?;
    let mut measured: Vec<_> = peers.iter().map(|_| Ok(Cold::default())).collect();
    for _ in 0..runs {
        for ((peer, home), cold) in peers.iter().zip(&homes).zip(&mut measured) {
            if let Ok(sofar) = cold
                && let Err(error) = sofar.run(peer, &seat, home.path())
            {
                *cold = note(peer.name, "a cold process", Err(error));
            }
        }
    }
    let title = "A cold process: load, log in, find, sign twice with the PIN, end (seal card)";
    let head = [
        "module",
        "median ms",
        "least ms",
        "APDUs, first",
        "APDUs, last",
    ];
    let mut table = Table::new(title, &head);
    for (peer, cold) in peers.iter().zip(&measured) {
        let time = |time| Cell::Number(milliseconds(time), 1);
        table.row([
            peer.name.into(),
            cell(cold, |cold| time(cold.times.median())),
            cell(cold, |cold| time(cold.times.least())),
            cell(cold, |cold| cold.commands.first.unwrap_or_default().into()),
            cell(cold, |cold| cold.commands.last.into()),
        ]);
    }
    let ours = measured.into_iter().next().and_then(Result::ok);
    let bar = Bar {
        name: "cold process, median",
        unit: "ms",
        measured: ours.map_or(f64::NAN, |cold| milliseconds(cold.times.median())),
        limit: Limit::Most(MOST_COLD),
    };
    Ok(Report::of(table, [bar]))
}

impl Cold {
    fn run(
        &mut self,
        peer: &Peer,
        seat: &Seat,
        home: &std::path::Path,
    ) -> Result<(), Box<dyn Error>> {
        let mut command = modules::client(home)?;
        command
            .arg("cold")
            .arg(&peer.path)
            .args([&seat.reader, SEAL.pin, SEAL.always])
            .stderr(std::process::Stdio::piped());
        let _ = seat.counter.take();
        let begun = Instant::now();
        let said = command.output()?;
        self.times.push(begun.elapsed());
        let count = seat.counter.take();
        self.commands.first.get_or_insert(count);
        self.commands.last = count;
        if said.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&said.stderr).trim().into())
        }
    }
}
