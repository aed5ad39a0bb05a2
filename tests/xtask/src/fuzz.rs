//! The fuzzing engine on the targets of `tests/fuzz`.
//!
//! It is LLVM's libFuzzer, as cargo-fuzz uses it: the program is compiled with counters at each branch and
//! comparison, which this toolchain can. No sanitizer: there is no `unsafe` in what is fuzzed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::command::{Error, Result, cargo, output, root, run, shown, succeeds, target};
use crate::{packages, tasks};

/// The counters libFuzzer reads, by the names LLVM has for them.
const COUNTERS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];
/// Longest input in bytes: a whole dialogue, a state file, or a program that changes a document.
const LONGEST_INPUT: &str = "-max_len=1024";
/// An input that takes so many seconds is a hang.
const LONGEST_RUN: &str = "-timeout=20";

/// What to do.
pub(crate) struct Plan {
    /// One target, or all.
    pub(crate) target: Option<String>,
    /// How long the engine runs on each.
    pub(crate) seconds: u32,
    /// Whether inputs that reach something new are put into the kept corpus.
    pub(crate) keep: bool,
}

/// Runs the engine on each target in turn; the first thing that does not hold stops.
///
/// # Errors
/// [`Error::Unexpected`] when there is no such target, [`Error::Failed`] when something does not hold.
pub(crate) fn fuzz(plan: &Plan) -> Result<ExitCode> {
    let folder = root().join("tests/fuzz");
    let targets = chosen(&folder, plan.target.as_deref())?;
    if !succeeds(Command::new("c++").arg("--version")) {
        tasks::ensure_packages(&[packages::FUZZING])?;
    }
    let programs = build(&targets)?;
    for name in &targets {
        let engine = Engine::new(&folder, programs.join(name), name)?;
        engine.search(plan.seconds)?;
        if plan.keep {
            engine.keep()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The targets, by the files of their doors.
fn chosen(folder: &Path, one: Option<&str>) -> Result<Vec<String>> {
    let doors = folder.join("fuzz_targets");
    let entries = fs::read_dir(&doors).map_err(Error::file(&doors))?;
    let mut all = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some(path.file_stem()?.to_string_lossy().into_owned())
        })
        .collect::<Vec<_>>();
    all.sort();
    match one {
        None => Ok(all),
        Some(name) if all.iter().any(|other| other == name) => Ok(vec![name.to_owned()]),
        Some(name) => Err(Error::Unexpected(format!(
            "there is no fuzz target {name}; there are {}",
            all.join(", ")
        ))),
    }
}

/// Builds the programs, with the counters in everything but what runs at build time.
fn build(targets: &[String]) -> Result<PathBuf> {
    let host = host()?;
    let folder = target().join("fuzz");
    let mut build = cargo();
    build
        .args([
            "build",
            "--locked",
            "--profile",
            "fuzz",
            "--package",
            "sello-fuzz",
        ])
        .args(["--features", "engine", "--target", &host, "--target-dir"])
        .arg(&folder)
        .env("RUSTFLAGS", COUNTERS.join(" "))
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    for name in targets {
        build.args(["--bin", name]);
    }
    eprintln!("+ {}", shown(&build));
    run(&mut build)?;
    Ok(folder.join(host).join("fuzz"))
}

/// What the compiler calls this machine.
pub(crate) fn host() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let told = output(Command::new(rustc).arg("-vV"))?;
    let line = told.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned)
        .ok_or_else(|| Error::Unexpected("rustc does not say for which machine it is".into()))
}

/// A target with the engine in it.
struct Engine {
    name: String,
    program: PathBuf,
    /// The corpus in the repository.
    kept: PathBuf,
    /// What the engine found by itself.
    found: PathBuf,
    /// Inputs for which something does not hold.
    failures: PathBuf,
}

impl Engine {
    fn new(folder: &Path, program: PathBuf, name: &str) -> Result<Self> {
        let own = target().join("fuzz").join(name);
        let engine = Self {
            name: name.to_owned(),
            program,
            kept: folder.join("corpus").join(name),
            found: own.join("found"),
            failures: own.join("failures"),
        };
        for folder in [&engine.kept, &engine.found, &engine.failures] {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
        }
        Ok(engine)
    }

    /// Looks for inputs that reach something new, or for which something does not hold.
    fn search(&self, seconds: u32) -> Result<()> {
        println!("\n{}: {seconds} seconds", self.name);
        let mut search = Command::new(&self.program);
        search
            .args([LONGEST_INPUT, LONGEST_RUN, "-print_final_stats=1"])
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", self.failures.display()))
            .args([&self.found, &self.kept]);
        run(&mut search).inspect_err(|_| {
            eprintln!(
                "What does not hold lies in {}. Mend it, and put the input into {}: the tests replay \
                 what is there.",
                self.failures.display(),
                self.kept.display()
            );
        })
    }

    /// Puts what reaches code that the corpus of the repository does not into it, as few inputs as do.
    fn keep(&self) -> Result<()> {
        let mut merge = Command::new(&self.program);
        merge
            .args(["-set_cover_merge=1", "-use_counters=0"])
            .args([LONGEST_INPUT, LONGEST_RUN])
            .args([&self.kept, &self.found]);
        run(&mut merge)
    }
}
