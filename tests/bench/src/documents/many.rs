//! Many seals on one document, each verified with all that came after it.

use std::error::Error;
use std::fs::{self, File};

use sello_cades::{Certificate, TrustStore};
use sello_document::Verifier;
use sello_document::stamp::Placement;
use sello_pdf::FileSource;
use time::OffsetDateTime;

use super::{Bench, picture};
use crate::document;
use crate::pyhanko;
use crate::report::{Bar, Limit, Report};
use crate::soft::SoftSeal;
use crate::table::{Cell, Table};
use crate::times::Times;

/// Seals on the document.
const SEALS: u8 = 50;
/// Seals beside each other on the page.
const ACROSS: u8 = 8;
/// Most seconds to verify them all.
const MOST: f64 = 0.15;

/// Verifies the document `runs` times, and has pyHanko verify it once.
pub(super) fn report(bench: &Bench, runs: usize) -> Result<Report, Box<dyn Error>> {
    let folder = bench.path("many");
    fs::create_dir(&folder)?;
    let name = |number: u8| folder.join(format!("{number}.pdf"));
    fs::write(name(0), document::small(0))?;
    let seal = SoftSeal::new(picture()?)?;
    for number in 0..SEALS {
        let place = Placement {
            page: 1,
            x_mm: 5.0 + 25.0 * f64::from(number % ACROSS),
            y_mm: 50.0 + 25.0 * f64::from(number / ACROSS),
            size_mm: Some((20.0, 20.0)),
        };
        seal.stamp_at(&name(number), &name(number + 1), place)?;
    }
    let root = folder.join("root.crt");
    fs::write(&root, seal.root())?;
    let trust = TrustStore::new(vec![Certificate::from_der(seal.root())?], Vec::new());
    let mut times = Times::default();
    for _ in 0..runs {
        let source = FileSource::new(File::open(name(SEALS))?)?;
        let report =
            times.measure(|| Verifier::new(&trust, OffsetDateTime::now_utc()).verify(source));
        let intact = report.signatures.iter().filter(|seal| {
            seal.integrity == sello_document::report::Integrity::Intact
                && seal.seal.as_ref().is_some_and(|facts| facts.drawn)
        });
        if intact.count() != usize::from(SEALS) {
            return Err(format!("not every seal is intact: {:?}", report.overall).into());
        }
    }
    let theirs = pyhanko::run("pyhanko_verify.py", &[root, name(SEALS)])?;
    let ours = times.median().as_secs_f64();
    let title = format!("{SEALS} seals on one document, all verified with the changes after each");
    let mut table = Table::new(&title, &["program", "s"]);
    table.row([Cell::from("Sello"), Cell::Number(ours, 3)]);
    table.row([Cell::from("pyHanko"), Cell::Number(theirs, 2)]);
    let bar = Bar {
        name: "verifying 50 seals on one document",
        unit: "s",
        measured: ours,
        limit: Limit::Most(MOST),
    };
    Ok(Report::of(table, [bar]))
}
