//! Resident memory, whatever the size of a document.

use std::error::Error;
use std::fs;

use super::{Bench, JUDGED};
use crate::child::run;
use crate::document;
use crate::report::{Bar, Limit, Report};
use crate::table::{Cell, Table};

/// Resident memory at three sizes.
pub(super) fn report(bench: &Bench) -> Result<Report, Box<dyn Error>> {
    let mut table = Table::new(
        "Resident memory, MiB",
        &["document", "stamp, new file", "stamp, in place", "verify"],
    );
    let mut most = [0.0_f64; 2];
    for (name, length) in [
        ("100 kB", 100_000_u64),
        ("200 MB", 200_000_000),
        ("2 GB", 2_000_000_000),
    ] {
        let (input, sealed) = (bench.path("sparse.pdf"), bench.path("sparse-sealed.pdf"));
        document::sparse(&input, length)?;
        let new = run(&mut bench.stamp(&input, &sealed), &[0])?;
        let verified = run(&mut bench.verify(&sealed), &JUDGED)?;
        fs::remove_file(&sealed)?;
        let in_place = run(&mut bench.stamp_in_place(&input), &[0])?;
        fs::remove_file(&input)?;
        let stamping = new.memory_mib.max(in_place.memory_mib);
        for (most, found) in most.iter_mut().zip([stamping, verified.memory_mib]) {
            *most = most.max(found);
        }
        table.row([
            Cell::from(name),
            Cell::Number(new.memory_mib, 1),
            Cell::Number(in_place.memory_mib, 1),
            Cell::Number(verified.memory_mib, 1),
        ]);
    }
    let [stamping, verifying] = most;
    let bar = |name, measured| Bar {
        name,
        unit: "MiB",
        measured,
        limit: Limit::Most(32.0),
    };
    Ok(Report::of(
        table,
        [
            bar("memory for stamping, whatever the size", stamping),
            bar("memory for verifying, whatever the size", verifying),
        ],
    ))
}
