//! A large document, beside other programs in the same run.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use super::{Bench, JUDGED};
use crate::child::run;
use crate::document;
use crate::pyhanko;
use crate::report::{Bar, Limit, Report};
use crate::table::{Cell, Table};
use crate::times::{Times, milliseconds};

/// One program on one document, several times.
struct Measured {
    name: &'static str,
    /// Whether it is there to be measured.
    present: bool,
    times: Times,
    /// The most it held in any run.
    memory_mib: f64,
}

/// Measures each program `runs` times in turn on a document of so many MiB.
pub(super) fn report(
    bench: &Bench,
    mebibytes: usize,
    runs: usize,
) -> Result<Report, Box<dyn Error>> {
    let input = bench.path("large.pdf");
    fs::write(&input, document::large(mebibytes))?;
    let (sealed, theirs, copy) = (
        bench.path("sealed.pdf"),
        bench.path("pyhanko.pdf"),
        bench.path("in-place.pdf"),
    );
    let names = [
        "openssl dgst -sha256",
        "sello stamp, new file",
        "sello stamp, in place",
        "pyHanko stamp",
        "sello verify",
        "pdfsig",
        "mutool sign -v",
    ];
    let mutool = Command::new("mutool").arg("-v").output().is_ok();
    let mut all = names.map(|name| Measured {
        name,
        present: mutool || !name.starts_with("mutool"),
        times: Times::default(),
        memory_mib: 0.0,
    });
    for _ in 0..runs {
        fs::copy(&input, &copy)?;
        File::open(&copy)?.sync_all()?;
        let mut digest = Command::new("openssl");
        digest.args(["dgst", "-sha256"]).arg(&input);
        let pyhanko = pyhanko::command("pyhanko_stamp.py", &[input.clone(), theirs.clone()])?;
        let mut pdfsig = Command::new("pdfsig");
        pdfsig.arg(&sealed);
        let mut mupdf = Command::new("mutool");
        mupdf.args(["sign", "-v"]).arg(&sealed);
        let commands: [(Command, &[i32]); 7] = [
            (digest, &[0]),
            (bench.stamp(&input, &sealed), &[0]),
            (bench.stamp_in_place(&copy), &[0]),
            (pyhanko, &[0]),
            (bench.verify(&sealed), &JUDGED),
            (pdfsig, &[0, 1, 2]),
            (mupdf, &[0, 1]),
        ];
        for (measured, (mut command, codes)) in all.iter_mut().zip(commands) {
            if !measured.present {
                continue;
            }
            let taken = run(&mut command, codes)?;
            measured.times.push(taken.time);
            measured.memory_mib = measured.memory_mib.max(taken.memory_mib);
        }
        keeps(&sealed, &input)?;
    }
    let size = input.metadata()?.len() / 1_000_000;
    let title = format!("A document of {size} MB, {runs} runs in turn");
    let mut table = Table::new(&title, &["what", "ms", "times the digest", "MiB"]);
    let seconds = |measured: &Measured| measured.times.median().as_secs_f64();
    let digest = all.first().map(seconds).unwrap_or_default();
    let ratio = |measured: &Measured| seconds(measured) / digest;
    for measured in all.iter().filter(|measured| measured.present) {
        table.row([
            Cell::from(measured.name),
            Cell::Number(milliseconds(measured.times.median()), 0),
            Cell::Number(ratio(measured), 2),
            Cell::Number(measured.memory_mib, 1),
        ]);
    }
    let bars = [
        ("stamping a large document to a new file", 1, 2.4),
        ("stamping a large document in place", 2, 1.4),
        ("verifying a large document", 4, 1.4),
    ];
    let bars = bars.into_iter().filter_map(|(name, index, most)| {
        Some(Bar {
            name,
            unit: "times openssl dgst -sha256",
            measured: ratio(all.get(index)?),
            limit: Limit::Most(most),
        })
    });
    let bars: Vec<_> = bars.collect();
    Ok(Report::of(table, bars))
}

/// A stamp that changed a byte of the document, or did nothing, is not timed.
fn keeps(output: &Path, input: &Path) -> Result<(), Box<dyn Error>> {
    let (before, after) = (input.metadata()?.len(), output.metadata()?.len());
    if after > before {
        Ok(())
    } else {
        Err(format!("{} is not longer than the input", output.display()).into())
    }
}
