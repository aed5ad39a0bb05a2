//! `sello verify` on a small document, from the start of the process to its end.

use std::error::Error;
use std::fs;
use std::process::{Command, Stdio};

use super::{Bench, JUDGED, picture};
use crate::document;
use crate::report::{Bar, Limit, Report};
use crate::soft::SoftSeal;
use crate::table::{Cell, Table};
use crate::times::{Times, milliseconds};

/// Most milliseconds.
const MOST: f64 = 15.0;
/// Processes for each run of the other programs, which are slower.
const MORE: usize = 10;

/// Measures it beside pdfsig.
pub(super) fn report(bench: &Bench, runs: usize) -> Result<Report, Box<dyn Error>> {
    let (input, sealed) = (bench.path("small.pdf"), bench.path("small-sealed.pdf"));
    fs::write(&input, document::small(0))?;
    SoftSeal::new(picture()?)?.stamp(&input, &sealed)?;
    let programs = std::env::var_os("SELLO_PROGRAMS").ok_or("SELLO_PROGRAMS names no folder")?;
    let ours = std::path::Path::new(&programs).join("sello");
    let mut table = Table::new(
        "A small document verified by a process of its own, milliseconds",
        &["program", "median", "least"],
    );
    let mut measure = |name: &str, command: &mut Command, codes: &[i32]| {
        let mut times = Times::default();
        command.stdout(Stdio::null()).stderr(Stdio::null());
        for _ in 0..runs.saturating_mul(MORE) {
            let ended = times.measure(|| command.status())?;
            if !ended.code().is_some_and(|code| codes.contains(&code)) {
                return Err(format!("{name} ended with {ended}").into());
            }
        }
        let median = milliseconds(times.median());
        let least = milliseconds(times.least());
        table.row([name.into(), Cell::Number(median, 1), Cell::Number(least, 1)]);
        Ok::<_, Box<dyn Error>>(median)
    };
    let mut verify = Command::new(ours);
    verify.args(["verify", "--trust"]);
    verify.args([&bench.path("trust"), &sealed]);
    let measured = measure("sello verify", &mut verify, &JUDGED)?;
    measure("pdfsig", Command::new("pdfsig").arg(&sealed), &[0, 1, 2])?;
    let bar = Bar {
        name: "sello verify on a small document, from a cold start",
        unit: "ms",
        measured,
        limit: Limit::Most(MOST),
    };
    Ok(Report::of(table, [bar]))
}
