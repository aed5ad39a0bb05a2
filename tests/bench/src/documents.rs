//! How long documents take to be stamped and verified, and how much memory, beside OpenSSL's digest,
//! pyHanko, pdfsig and mutool in the same run.
//!
//! Sello is the client as people run it, a process of its own; its card is a simulated one in the same
//! process, so that neither a reader nor pcscd is measured.

mod bulk;
mod cold;
mod large;
mod many;
mod memory;

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use sello_client::{AskSecret, Console, Language};
use sello_paper::picture::{SealPicture, draw, pixels_at_600_dpi};
use sello_simulator::SimulatedCard;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::card::{Issued, PIN};
use crate::reader::CountingReader;
use crate::report::Report;

/// Exit codes of `sello verify` where the trust folder is empty: cannot tell.
const JUDGED: [i32; 2] = [0, 2];

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// One large document, beside a digest and other programs.
    Large,
    /// Resident memory at three sizes.
    Memory,
    /// A thousand small documents in one process.
    Bulk,
    /// Fifty seals on one document.
    Many,
    /// `sello verify` on a small document, a whole process.
    Cold,
}

/// Measures the parts asked for, all of them if none is; each program `runs` times in turn, on a large
/// document of so many MiB.
///
/// # Errors
/// Without the programs: a comparison with nobody is none.
pub fn report(parts: &[Part], mebibytes: usize, runs: usize) -> Result<Report, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let bench = Bench {
        folder: folder.path().to_owned(),
        card: folder.path().join("card"),
        own: std::env::current_exe()?,
    };
    fs::create_dir(bench.path("trust"))?;
    Issued::new(SimulatedCard::create(&bench.card)?)?;
    let mut report = Report::default();
    let all = Part::value_variants();
    for part in if parts.is_empty() { all } else { parts } {
        report.append(match part {
            Part::Large => large::report(&bench, mebibytes, runs),
            Part::Memory => memory::report(&bench),
            Part::Bulk => bulk::report(&bench),
            Part::Many => many::report(&bench, runs),
            Part::Cold => cold::report(&bench, runs),
        }?);
    }
    Ok(report)
}

struct Bench {
    folder: PathBuf,
    card: PathBuf,
    own: PathBuf,
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
}

/// A seal picture of ordinary size.
fn picture() -> Result<Vec<u8>, Box<dyn Error>> {
    let drawn = draw(&SealPicture {
        organization: "Example S.L.",
        kind_label: "Contract seal",
        identifier: None,
        diameter_mm: 40,
        pixels: pixels_at_600_dpi(40),
    })?;
    Ok(drawn)
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
