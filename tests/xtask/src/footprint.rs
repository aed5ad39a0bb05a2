//! How large the applet is on a bare chip, and how deep its stack is.
//!
//! `sello-firmware` is built for the chip and played in an emulator; an outside judge verifies the
//! signatures that come out of it.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::bare::{Compiler, TARGET};
use crate::command::{Result, run, shown, target};
use crate::emulator::{self, Signature, Told};
use crate::image::Sizes;
use crate::{packages, tasks};

/// The crates that are the card, on whatever chip.
const CARD: &[&str] = &["sello_applet", "sello_wire", "sello_scp03"];
/// The crates that only measure. The chip under the applet is among them: another one has its own.
const GAUGE: &[&str] = &[
    "sello_firmware",
    "sello_crypto",
    "cortex_m",
    "cortex_m_rt",
    "cortex_m_semihosting",
    "cortex_m_stack",
    "critical_section",
    "static_cell",
];
/// What comes with the language.
const LANGUAGE: &[&str] = &["core", "compiler_builtins"];
/// Names without a crate: the vector table and the compiler's own.
const NAMELESS: &[&str] = &["(no crate)"];

/// The features of `sello-firmware` to measure, and what people call them.
const VARIANTS: &[(&str, &str)] = &[("bare", "P-256"), ("bare,p384", "P-256 and P-384")];

/// Builds, plays, verifies and prints.
pub(crate) fn print() -> Result<ExitCode> {
    tasks::ensure_packages(&[packages::FOOTPRINT])?;
    let compiler = Compiler::find()?;
    let version = compiler.version()?;
    for (features, name) in VARIANTS {
        let program = build(&compiler, features)?;
        let sizes = Sizes::read(&program)?;
        let told = emulator::run(&program)?;
        told.signatures.iter().try_for_each(Signature::verify)?;
        println!("\nThe card with {name} on {TARGET}, by {version}");
        print_code(&sizes);
        print_memory(&sizes, &told);
        print_stack(&told);
    }
    Ok(ExitCode::SUCCESS)
}

fn build(compiler: &Compiler, features: &str) -> Result<PathBuf> {
    let folder = target().join("bare");
    let mut build = compiler.build(&folder);
    build.args(["--quiet", "--profile", "footprint"]);
    build.args(["--package", "sello-firmware", "--features", features]);
    eprintln!("+ {}", shown(&build));
    run(&mut build)?;
    Ok(folder.join(TARGET).join("footprint/sello-firmware"))
}

fn print_code(sizes: &Sizes) {
    let sum = |names: &[&str]| -> u64 {
        let crates = sizes.crates.iter();
        crates
            .filter(|(name, _)| names.contains(&name.as_str()))
            .map(|(_, size)| size)
            .sum()
    };
    let named = sizes.crates.values().sum::<u64>();
    let others = [CARD, GAUGE, LANGUAGE, NAMELESS];
    let cryptography = named - others.iter().map(|names| sum(names)).sum::<u64>();
    println!("\nCode and constants, bytes");
    line("the card", sum(CARD));
    for name in CARD {
        line(&format!("  {name}"), sum(&[name]));
    }
    line("cryptography (RustCrypto)", cryptography);
    line("core", sum(LANGUAGE));
    line("the chip and the gauge", sum(GAUGE));
    line(
        "vector table, constants without a name",
        sizes.code - named + sum(NAMELESS),
    );
    line("all", sizes.code);
}

fn print_memory(sizes: &Sizes, told: &Told) {
    println!("\nStatic memory, bytes");
    for (name, bytes) in &told.memory {
        line(name, *bytes);
    }
    line("all (.data and .bss)", sizes.memory);
}

fn print_stack(told: &Told) {
    println!("\nDeepest stack of each command, bytes");
    for (name, bytes) in &told.stack {
        line(name, *bytes);
    }
    println!();
    for signature in &told.signatures {
        println!("The {} signature is valid for OpenSSL.", signature.curve);
    }
}

fn line(name: &str, bytes: u64) {
    println!("{name:<44}{bytes:>9}");
}
