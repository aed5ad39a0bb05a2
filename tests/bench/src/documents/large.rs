//! A large document, beside other programs in the same run.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{Bench, JUDGED, python};
use crate::child::{Taken, run};
use crate::document;
use crate::report::{Bar, Limit, Report};
use crate::table::{Cell, Table};
use crate::times::milliseconds;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/pyhanko_stamp.py");

/// One program on one document, several times.
struct Measured {
    name: &'static str,
    taken: Vec<Taken>,
}

impl Measured {
    fn median(&self) -> Duration {
        let mut times: Vec<_> = self.taken.iter().map(|taken| taken.time).collect();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    fn memory(&self) -> f64 {
        self.taken
            .iter()
            .map(|taken| taken.memory_mib)
            .fold(0.0, f64::max)
    }
}

/// Measures each program `runs` times in turn on a document of so many MiB.
pub(super) fn report(
    bench: &Bench,
    mebibytes: usize,
    runs: usize,
) -> Result<Report, Box<dyn Error>> {
    let python = python()?;
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
    let mut all = names.map(|name| Measured {
        name,
        taken: Vec::new(),
    });
    let mutool = Command::new("mutool").arg("-v").output().is_ok();
    for _ in 0..runs {
        fs::copy(&input, &copy)?;
        File::open(&copy)?.sync_all()?;
        let mut digest = Command::new("openssl");
        digest.args(["dgst", "-sha256"]).arg(&input);
        let mut pyhanko = Command::new(&python);
        pyhanko.arg(SCRIPT).args([&input, &theirs]);
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
            if measured.name.starts_with("mutool") && !mutool {
                continue;
            }
            measured.taken.push(run(&mut command, codes)?);
        }
        keeps(&sealed, &input)?;
    }
    let size = input.metadata()?.len() / 1_000_000;
    let title = format!("A document of {size} MB, {runs} runs in turn");
    let mut table = Table::new(&title, &["what", "ms", "times the digest", "MiB"]);
    let digest = all.first().map(Measured::median).unwrap_or_default();
    let ratio = |measured: &Measured| measured.median().as_secs_f64() / digest.as_secs_f64();
    for measured in all.iter().filter(|measured| !measured.taken.is_empty()) {
        table.row([
            Cell::from(measured.name),
            Cell::Number(milliseconds(measured.median()), 0),
            Cell::Number(ratio(measured), 2),
            Cell::Number(measured.memory(), 1),
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
