//! How long it takes to stamp a large document, beside pyHanko in the same run.
//!
//! Each program runs as a process of its own, as its users run it. Sello's key is on a simulated card
//! behind the PC/SC stack and its stamp shows the seal's picture; pyHanko's key is in its memory and
//! its stamp is text, so whatever the card costs is on Sello's side of the balance.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use sello_flow::calls::{self, Place};
use sello_flow::fixture::{PIN, Seal, Stage};

use crate::document;
use crate::pyhanko;
use crate::table::{Cell, Table};
use crate::times::{Times, milliseconds};

/// Stamps a document of `mebibytes` in turn with both programs, `runs` times each, and compares.
///
/// # Errors
/// Without a PC/SC stack, without the programs, without pyHanko: a comparison with nobody is none.
pub fn compare(mebibytes: usize, runs: usize) -> Result<Table, Box<dyn Error>> {
    let seal = Seal::at(Stage::Active)?;
    let input = seal.path("large.pdf");
    let bytes = document::large(mebibytes);
    std::fs::write(&input, &bytes)?;
    let (mut ours, mut theirs, mut inner) = (Times::default(), Times::default(), Times::default());
    for run in 0..runs {
        let output = seal.path(&format!("sello-{run}.pdf"));
        ours.push(sello(&seal, &input, &output)?);
        keeps(&output, &bytes)?;
        let output = seal.path(&format!("pyhanko-{run}.pdf"));
        let (whole, stamping) = pyhanko(&input, &output)?;
        keeps(&output, &bytes)?;
        theirs.push(whole);
        inner.push(stamping);
    }
    let title = format!(
        "Stamping a document of {:.1} MB, {runs} runs in turn, milliseconds",
        megabytes(bytes.len())
    );
    let mut table = Table::new(&title, &["what", "median", "least"]);
    table.row(row("sello stamp, whole process, key on the card", &ours));
    table.row(row("pyHanko, whole process, key in memory", &theirs));
    table.row(row("pyHanko, stamping alone, Python loaded", &inner));
    Ok(table)
}

fn sello(seal: &Seal, input: &Path, output: &Path) -> Result<Duration, Box<dyn Error>> {
    let place = Place {
        page: 1,
        x: 120,
        y: 200,
    };
    let call = calls::stamp(input, output, place, seal.reader(), PIN);
    Ok(seal.must(&call)?.elapsed)
}

/// The time of the whole process, and what it says the stamping alone took.
fn pyhanko(input: &Path, output: &Path) -> Result<(Duration, Duration), Box<dyn Error>> {
    let start = Instant::now();
    let seconds = pyhanko::run("pyhanko_stamp.py", &[input.into(), output.into()])?;
    Ok((start.elapsed(), Duration::try_from_secs_f64(seconds)?))
}

/// A stamp that changed a byte of the document, or did nothing, is not timed.
fn keeps(output: &Path, input: &[u8]) -> Result<(), Box<dyn Error>> {
    let stamped = std::fs::read(output)?;
    if stamped.len() > input.len() && stamped.starts_with(input) {
        Ok(())
    } else {
        Err(format!("{} does not begin with the input", output.display()).into())
    }
}

fn megabytes(bytes: usize) -> f64 {
    u32::try_from(bytes).map_or(f64::NAN, f64::from) / 1e6
}

fn row(name: &str, times: &Times) -> [Cell; 3] {
    let time = |time| Cell::Number(milliseconds(time), 0);
    [name.into(), time(times.median()), time(times.least())]
}
