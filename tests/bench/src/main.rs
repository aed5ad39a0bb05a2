//! `sello-bench`: prints what stamping and signing cost.
#![forbid(unsafe_code)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sello_bench::reader::CountingReader;
use sello_bench::{apdus, card, stamp};
use sello_simulator::SimulatedCard;

/// Benchmarks of Sello beside other programs.
#[derive(Parser)]
#[command(name = "sello-bench", version)]
struct Arguments {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// Counts the APDUs and bytes of a PKCS#11 signature.
    Apdus,
    /// Times the stamping of a large document, beside pyHanko. SELLO_PYHANKO_PYTHON names a Python that
    /// has it.
    Stamp {
        /// Size of the document in MiB.
        #[arg(long, default_value_t = 10)]
        size: usize,
        /// How often each program stamps it.
        #[arg(long, default_value_t = 5)]
        runs: usize,
    },
    /// Makes a personalized card for sello-sim, to measure other programs with. Its PIN is 246813.
    Card {
        /// The card file; there must be none yet.
        file: PathBuf,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().benchmark {
        Benchmark::Apdus => apdus::count().map(|count| println!("{}", count.table())),
        Benchmark::Stamp { size, runs } => {
            stamp::compare(size, runs).map(|table| println!("{table}"))
        }
        Benchmark::Card { file } => make_card(&file),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sello-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn make_card(file: &Path) -> Result<(), Box<dyn Error>> {
    card::personalize(&CountingReader::new(SimulatedCard::create(file)?))
}
