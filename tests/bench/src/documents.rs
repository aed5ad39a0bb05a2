//! How long documents take to be stamped and verified, and how much memory, beside OpenSSL's digest,
//! pyHanko, pdfsig and mutool in the same run.
//!
//! Sello is the client as people run it, a process of its own; its card is a simulated one in the same
//! process, so that neither a reader nor pcscd is measured.

use std::error::Error;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use sello_cades::TrustStore;
use sello_client::{AskSecret, Console, Language};
use sello_document::verify;
use sello_paper::picture::{SealPicture, draw};
use sello_pdf::FileSource;
use sello_simulator::SimulatedCard;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::card::{Issued, PIN};
use crate::child::{Taken, run};
use crate::document;
use crate::reader::CountingReader;
use crate::report::{Bar, Limit, Report};
use crate::soft::SoftSeal;
use crate::table::{Cell, Table};
use crate::times::milliseconds;

/// The variables that may name a Python with pyHanko, in this order.
const PYTHON: [&str; 2] = ["SELLO_PYHANKO_PYTHON", "SELLO_JUDGES_PYTHON"];
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/pyhanko_stamp.py");
/// Exit codes of `sello verify` where the trust folder is empty: cannot tell.
const JUDGED: [i32; 2] = [0, 2];
/// Documents of the bulk part.
const BULK: usize = 1000;

/// Measures everything, each program `runs` times in turn.
///
/// # Errors
/// Without the programs: a comparison with nobody is none.
pub fn report(mebibytes: usize, runs: usize) -> Result<Report, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let bench = Bench {
        folder: folder.path().to_owned(),
        card: folder.path().join("card"),
        own: std::env::current_exe()?,
    };
    fs::create_dir(bench.path("trust"))?;
    Issued::new(SimulatedCard::create(&bench.card)?)?;
    let mut report = bench.large(mebibytes, runs)?;
    report.append(bench.memory()?);
    report.append(bench.bulk()?);
    Ok(report)
}

struct Bench {
    folder: PathBuf,
    card: PathBuf,
    own: PathBuf,
}

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

impl Bench {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The client with its card in the same process.
    fn sello(&self, words: &[&str], paths: &[&Path]) -> Command {
        let mut command = Command::new(&self.own);
        command
            .arg("client")
            .arg(&self.card)
            .args(words)
            .args(paths);
        command
    }

    fn stamp(&self, input: &Path, output: &Path) -> Command {
        let place = [
            "stamp",
            "--x",
            "120",
            "--y",
            "200",
            "--pin-env",
            "PIN",
            "-o",
        ];
        self.sello(&place, &[output, input])
    }

    fn stamp_in_place(&self, file: &Path) -> Command {
        let place = [
            "stamp",
            "--in-place",
            "--x",
            "120",
            "--y",
            "200",
            "--pin-env",
            "PIN",
        ];
        self.sello(&place, &[file])
    }

    fn verify(&self, file: &Path) -> Command {
        let trust = self.path("trust");
        self.sello(&["verify", "--trust"], &[&trust, file])
    }

    fn large(&self, mebibytes: usize, runs: usize) -> Result<Report, Box<dyn Error>> {
        let python = PYTHON.iter().find_map(std::env::var_os);
        let python = python
            .ok_or("SELLO_PYHANKO_PYTHON names no Python with pyHanko; run cargo xtask setup")?;
        let input = self.path("large.pdf");
        fs::write(&input, document::large(mebibytes))?;
        let (sealed, theirs, copy) = (
            self.path("sealed.pdf"),
            self.path("pyhanko.pdf"),
            self.path("in-place.pdf"),
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
                (self.stamp(&input, &sealed), &[0]),
                (self.stamp_in_place(&copy), &[0]),
                (pyhanko, &[0]),
                (self.verify(&sealed), &JUDGED),
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

    /// Resident memory at three sizes.
    fn memory(&self) -> Result<Report, Box<dyn Error>> {
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
            let (input, sealed) = (self.path("sparse.pdf"), self.path("sparse-sealed.pdf"));
            document::sparse(&input, length)?;
            let new = run(&mut self.stamp(&input, &sealed), &[0])?;
            let verified = run(&mut self.verify(&sealed), &JUDGED)?;
            fs::remove_file(&sealed)?;
            let in_place = run(&mut self.stamp_in_place(&input), &[0])?;
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

    /// Many small documents in one process, with a key in memory.
    fn bulk(&self) -> Result<Report, Box<dyn Error>> {
        let folder = self.path("bulk");
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
        let anchor = sello_cades::Certificate::from_der(seal.root())?;
        let trust = TrustStore::new(vec![anchor], Vec::new());
        let begun = Instant::now();
        for number in 0..BULK {
            let source = FileSource::new(File::open(name("out", number))?)?;
            let report = verify(source, &trust, OffsetDateTime::now_utc());
            if report.signatures.len() != 1 {
                return Err("a stamped document shows no signature".into());
            }
        }
        let verified = begun.elapsed();
        let title = format!("{BULK} small documents in one process, key in memory, seconds");
        let mut table = Table::new(&title, &["what", "s"]);
        table.row([Cell::from("stamp"), Cell::Number(stamped.as_secs_f64(), 2)]);
        table.row([
            Cell::from("verify"),
            Cell::Number(verified.as_secs_f64(), 2),
        ]);
        let bar = |name, time: Duration| Bar {
            name,
            unit: "s",
            measured: time.as_secs_f64(),
            limit: Limit::Most(1.5),
        };
        Ok(Report::of(
            table,
            [
                bar("stamping 1,000 small documents", stamped),
                bar("verifying 1,000 small documents", verified),
            ],
        ))
    }
}

/// A seal picture of ordinary size.
fn picture() -> Result<Vec<u8>, Box<dyn Error>> {
    let drawn = draw(&SealPicture {
        organization: "Example S.L.",
        kind_label: "Contract seal",
        identifier: None,
        diameter_mm: 40,
        pixels: 600,
    })?;
    Ok(drawn)
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

/// Nobody is there to type a PIN.
struct Nobody;

impl AskSecret for Nobody {
    fn ask(&mut self, _: &str) -> io::Result<Zeroizing<String>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// The client in this process, with the card of a file.
///
/// # Errors
/// When the card cannot be read.
pub fn client(card: &Path, words: Vec<OsString>) -> Result<u8, Box<dyn Error>> {
    let reader = CountingReader::new(SimulatedCard::open(card)?);
    let words = std::iter::once(OsString::from("sello")).chain(words);
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let environment = |name: &str| match name {
        "PIN" => Some(OsString::from(PIN)),
        "HOME" => None,
        other => std::env::var_os(other),
    };
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        secrets: &mut Nobody,
        environment: &environment,
        interactive: false,
        language: Language::English,
        now: OffsetDateTime::now_utc(),
    };
    let code = sello_client::run(words, &reader, &mut console);
    io::stdout().flush()?;
    Ok(code)
}
