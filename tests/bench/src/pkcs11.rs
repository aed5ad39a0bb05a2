//! The PKCS#11 module beside those of OpenSC and Yubico, on the same simulated cards in the same run.
//!
//! The cards are in this process, behind the PC/SC stack, and count what they are asked. Each module is used
//! by a program of its own, with the same libraries.

pub mod cards;
pub mod counted;
mod counts;
pub mod modules;
mod processes;
mod scale;
mod sign;

use std::error::Error;
use std::time::Duration;

use crate::report::Report;
use crate::table::Cell;

/// How long pcscd may take to see a card.
const PATIENCE: Duration = Duration::from_secs(20);

/// Measures: signatures `runs` times, whole processes a thirtieth of that.
///
/// # Errors
/// Without a PC/SC stack with virtual readers, or without the programs. A peer that fails at something
/// only has no number there.
pub fn report(runs: usize) -> Result<Report, Box<dyn Error>> {
    let peers = modules::all()?;
    let seal = cards::seal()?;
    let mut report = counts::report(&peers, &seal)?;
    report.append(sign::report(&peers, runs)?);
    report.append(processes::report(&peers, &seal, runs.div_ceil(30))?);
    report.append(scale::report(&peers, runs)?);
    Ok(report)
}

/// A number that may be missing, as a cell; what is missing is said on standard error.
fn cell<T>(measured: &Result<T, Box<dyn Error>>, show: impl FnOnce(&T) -> Cell) -> Cell {
    match measured {
        Ok(value) => show(value),
        Err(_) => "fails".into(),
    }
}

/// A count as a measured number; not a number where there is none.
fn float(count: &Result<usize, Box<dyn Error>>) -> f64 {
    let count = count.as_ref().ok().and_then(|n| u32::try_from(*n).ok());
    count.map_or(f64::NAN, f64::from)
}

/// Says on standard error what a module failed at.
fn note<T>(
    who: &str,
    what: &str,
    measured: Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    if let Err(error) = &measured {
        eprintln!("sello-bench: {who}: {what}: {error}");
    }
    measured
}
