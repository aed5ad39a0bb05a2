//! Many small documents in one process, with a key in memory.

use std::error::Error;
use std::fs::{self, File};
use std::time::{Duration, Instant};

use sello_cades::TrustStore;
use sello_document::Verifier;
use sello_pdf::FileSource;
use time::OffsetDateTime;

use super::{Bench, picture};
use crate::document;
use crate::pyhanko;
use crate::report::{Bar, Limit, Report};
use crate::soft::SoftSeal;
use crate::table::{Cell, Table};

/// Documents.
const BULK: usize = 1000;
/// Documents that pyHanko is given: it does each as fast as the one before.
const THEIRS: usize = 50;
/// Most seconds for each of the two.
const MOST: f64 = 1.5;

/// Stamps and verifies them, and has pyHanko do so with some of them.
pub(super) fn report(bench: &Bench) -> Result<Report, Box<dyn Error>> {
    let folder = bench.path("bulk");
    fs::create_dir(&folder)?;
    let name = |kind: &str, number: usize| folder.join(format!("{kind}-{number}.pdf"));
    for number in 0..BULK {
        fs::write(name("in", number), document::small(number))?;
    }
    let seal = SoftSeal::new(picture()?)?;
    let begun = Instant::now();
    for number in 0..BULK {
        seal.stamp(&name("in", number), &name("out", number))?;
    }
    let stamped = begun.elapsed();
    let root = folder.join("root.crt");
    fs::write(&root, seal.root())?;
    let anchor = sello_cades::Certificate::from_der(seal.root())?;
    let trust = TrustStore::new(vec![anchor], Vec::new());
    let begun = Instant::now();
    let verifier = Verifier::new(&trust, OffsetDateTime::now_utc());
    for number in 0..BULK {
        let report = verifier.verify(FileSource::new(File::open(name("out", number))?)?);
        let drawn = |seal: &sello_document::report::SignatureReport| {
            seal.seal.as_ref().is_some_and(|facts| facts.drawn)
        };
        if !report.signatures.iter().any(drawn) {
            return Err("a stamped document shows no seal".into());
        }
    }
    let verified = begun.elapsed();
    let pairs = (0..THEIRS).flat_map(|number| [name("in", number), name("theirs", number)]);
    let their_stamped = pyhanko::run("pyhanko_stamp.py", &pairs.collect::<Vec<_>>())?;
    let sealed = (0..THEIRS).map(|number| name("out", number));
    let sealed: Vec<_> = std::iter::once(root).chain(sealed).collect();
    let their_verified = pyhanko::run("pyhanko_verify.py", &sealed)?;
    #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "small")]
    let share = BULK as f64 / THEIRS as f64;
    let title = format!(
        "{BULK} small documents in one process, key in memory, seconds (pyHanko: {THEIRS}, times {share})"
    );
    let mut table = Table::new(&title, &["what", "Sello", "pyHanko"]);
    for (what, ours, theirs) in [
        ("stamp", stamped, their_stamped),
        ("verify", verified, their_verified),
    ] {
        table.row([
            Cell::from(what),
            Cell::Number(ours.as_secs_f64(), 2),
            Cell::Number(theirs * share, 2),
        ]);
    }
    let bar = |name, time: Duration| Bar {
        name,
        unit: "s",
        measured: time.as_secs_f64(),
        limit: Limit::Most(MOST),
    };
    Ok(Report::of(
        table,
        [
            bar("stamping 1,000 small documents", stamped),
            bar("verifying 1,000 small documents", verified),
        ],
    ))
}
