//! The PKCS#11 module's tests, and the fuzz targets' corpora, under LLVM's sanitizers.
//!
//! AddressSanitizer finds memory that is used wrongly, with LeakSanitizer that which is lost;
//! ThreadSanitizer finds what two threads do to the same memory at a time. Both are compiled in by flags that
//! are not stable yet. The standard library stays as it is for the former; the latter has to see it, so it is
//! compiled too, from the sources of the compiler that [`bare`](crate::bare) unpacks.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::ValueEnum;

use crate::bare::Compiler;
use crate::command::{Error, Result, cargo, output, root, run, shown, target};
use crate::fuzz;

/// A sanitizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sanitizer {
    /// Memory used after it was freed, beyond its end, or lost.
    Address,
    /// Memory that two threads use at a time, locks taken in two orders.
    Thread,
}

impl Sanitizer {
    const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Thread => "thread",
        }
    }

    /// What its runtime library's name ends with.
    const fn runtime(self) -> &'static str {
        match self {
            Self::Address => "_rt.asan.a",
            Self::Thread => "_rt.tsan.a",
        }
    }

    /// The variable of its options, and the options: which reports are known, and why (see the files).
    fn options(self) -> (&'static str, String) {
        let known = |name| {
            let path = root().join("tests/xtask/sanitizers").join(name);
            format!("suppressions={}", path.display())
        };
        match self {
            Self::Address => ("LSAN_OPTIONS", known("leak")),
            // A forked child goes on with one thread, as a C program's does.
            Self::Thread => (
                "TSAN_OPTIONS",
                known("thread") + " die_after_fork=0 halt_on_error=0",
            ),
        }
    }
}

/// What is run: the arguments of `cargo test`.
const RUNS: [&[&str]; 2] = [
    // Without the examples in comments, which another compiler than the chosen one would look at.
    &["--package", "sello-pkcs11", "--tests"],
    &[
        "--package",
        "sello-fuzz",
        "--test",
        "targets",
        "--",
        "pkcs11_calls",
        "card_answers",
        "cache",
    ],
];

/// Runs the tests under a sanitizer.
///
/// # Errors
/// [`Error::Needed`] where this toolchain has no runtime for it, [`Error::Failed`] when it reports something.
pub(crate) fn sanitize(sanitizer: Sanitizer) -> Result<ExitCode> {
    let host = fuzz::host()?;
    let runtime = runtime(sanitizer, &host)?;
    let folder = target().join("sanitize").join(sanitizer.name());
    let compiler = match sanitizer {
        Sanitizer::Address => None,
        Sanitizer::Thread => Some(with_runtime(&runtime, &host)?),
    };
    for words in RUNS {
        let mut test = cargo();
        test.args(["test", "--locked", "--no-fail-fast", "--target", &host])
            .arg("--target-dir")
            .arg(&folder);
        if let Some(compiler) = &compiler {
            test.arg("-Zbuild-std=std,panic_unwind,proc_macro,test");
            compiler.prepare(&mut test);
        }
        let (variable, options) = sanitizer.options();
        test.args(words)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", format!("-Zsanitizer={}", sanitizer.name()))
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env(variable, options);
        eprintln!("+ {}", shown(&test));
        run(&mut test)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The sanitizer's runtime library, which ships with the toolchain that compiled this program, if any does.
fn runtime(sanitizer: Sanitizer, host: &str) -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let told = output(Command::new(rustc).args(["--print", "target-libdir", "--target", host]))?;
    let folder = PathBuf::from(told.trim());
    let entries = fs::read_dir(&folder).map_err(Error::file(&folder))?;
    let mut paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let fits = |path: &PathBuf| path.to_string_lossy().ends_with(sanitizer.runtime());
    paths.find(fits).ok_or_else(|| {
        Error::Needed(format!(
            "this toolchain has no runtime for the {} sanitizer (librustc-*{} in {}). Those that rustup \
             installs for Linux have; Debian's own do not. Install one, then run the command again:\n  \
             rustup toolchain install stable",
            sanitizer.name(),
            sanitizer.runtime(),
            folder.display()
        ))
    })
}

/// The compiler that comes with the sources of its standard library, given the runtime of the other one:
/// both are of the same major version of LLVM, which is what the runtime has to fit.
fn with_runtime(runtime: &Path, host: &str) -> Result<Compiler> {
    let compiler = Compiler::unpacked()?;
    if let Compiler::Unpacked(prefix) = &compiler {
        let name = runtime.file_name().unwrap_or_else(|| OsStr::new("runtime"));
        let to = prefix.join("lib/rustlib").join(host).join("lib").join(name);
        fs::copy(runtime, &to).map_err(Error::file(&to))?;
    }
    Ok(compiler)
}
