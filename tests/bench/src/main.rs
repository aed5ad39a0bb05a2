//! `sello-bench`: prints what stamping and signing cost.
#![forbid(unsafe_code)]

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sello_bench::card::Issued;
use sello_bench::report::Report;
use sello_bench::scenes::Scenes;
use sello_bench::{apdus, applet, clock, documents, pcsc, pkcs11, stamp};
use sello_simulator::SimulatedCard;

/// Size of the document that is stamped, in MiB.
const DOCUMENT: usize = 10;
/// Size of the large document, in MiB.
const LARGE: usize = 190;
/// Signatures with each PKCS#11 module.
const SIGNATURES: usize = 600;

/// Benchmarks of Sello beside other programs.
#[derive(Parser)]
#[command(name = "sello-bench", version)]
struct Arguments {
    #[command(subcommand)]
    benchmark: Benchmark,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Benchmark {
    /// All of the others, in one run.
    All,
    /// Counts the APDUs and bytes of the main dialogues.
    Apdus,
    /// Models the time of the main dialogues with named cards.
    Clock,
    /// Times signature and key generation of the card in the same process, beside p256 alone.
    Applet {
        /// How often each is done.
        #[arg(long, default_value_t = 1000)]
        runs: u32,
    },
    /// Times APDUs through pcscd, and counts signatures a second with one and with four cards.
    Pcsc {
        /// How often each is done, on each card.
        #[arg(long, default_value_t = 500)]
        runs: u32,
    },
    /// Times the stamping of a large document, beside pyHanko. SELLO_PYHANKO_PYTHON names a Python that
    /// has it.
    Stamp {
        /// Size of the document in MiB.
        #[arg(long, default_value_t = DOCUMENT)]
        size: usize,
        /// How often each program stamps it.
        #[arg(long, default_value_t = 5)]
        runs: usize,
    },
    /// Times the stamping and verifying of documents, and their memory, beside OpenSSL, pyHanko, pdfsig
    /// and mutool.
    Documents {
        /// Only this part; may be given more than once.
        #[arg(long)]
        part: Vec<documents::Part>,
        /// Size of the large document in MiB.
        #[arg(long, default_value_t = LARGE)]
        size: usize,
        /// How often each program takes it.
        #[arg(long, default_value_t = 5)]
        runs: usize,
    },
    /// The client with the card of a file in this process; the benchmark of documents runs it.
    #[command(hide = true)]
    Client {
        /// The card file.
        card: PathBuf,
        /// What `sello` is told.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
    /// Measures the PKCS#11 module beside OpenSC's and ykcs11, on the same cards through pcscd.
    Pkcs11 {
        /// How often each signs. Whole processes are measured a thirtieth as often.
        #[arg(long, default_value_t = SIGNATURES)]
        runs: usize,
    },
    /// Makes a personalized card for sello-sim, to measure other programs with. Its PIN is 246813.
    Card {
        /// The card file; there must be none yet.
        file: PathBuf,
    },
}

fn main() -> ExitCode {
    let Arguments { benchmark, json } = Arguments::parse();
    let outcome = match benchmark {
        Benchmark::Card { file } => make_card(&file),
        Benchmark::Client { card, words } => match documents::client(&card, words) {
            Ok(code) => return ExitCode::from(code),
            Err(error) => Err(error),
        },
        other => run(other).map(|report| {
            if json {
                println!("{:#}", report.to_json());
            } else {
                print!("{report}");
            }
        }),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sello-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(benchmark: Benchmark) -> Result<Report, Box<dyn Error>> {
    match benchmark {
        Benchmark::All => all(),
        Benchmark::Apdus => Ok(apdus::report(&Scenes::play()?)),
        Benchmark::Clock => clock::report(&Scenes::play()?),
        Benchmark::Applet { runs } => applet::report(runs),
        Benchmark::Pcsc { runs } => pcsc::report(runs),
        Benchmark::Stamp { size, runs } => Ok(Report::of(stamp::compare(size, runs)?, [])),
        Benchmark::Documents { part, size, runs } => documents::report(&part, size, runs),
        Benchmark::Pkcs11 { runs } => pkcs11::report(runs),
        Benchmark::Card { .. } | Benchmark::Client { .. } => Ok(Report::default()),
    }
}

fn all() -> Result<Report, Box<dyn Error>> {
    let scenes = Scenes::play()?;
    let mut report = apdus::report(&scenes);
    report.append(clock::report(&scenes)?);
    report.append(applet::report(1000)?);
    report.append(pcsc::report(500)?);
    report.append(pkcs11::report(SIGNATURES)?);
    report.append(Report::of(stamp::compare(DOCUMENT, 5)?, []));
    report.append(documents::report(&[], LARGE, 5)?);
    Ok(report)
}

fn make_card(file: &Path) -> Result<(), Box<dyn Error>> {
    Issued::new(SimulatedCard::create(file)?).map(drop)
}
