//! The compiler for the bare target: this toolchain's where it has the target, Debian's unpacked beside
//! it where not.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{Error, Result, cargo, output, target};
use crate::{packages, tasks};

/// A Cortex-M4 with a floating-point unit and no operating system.
pub(crate) const TARGET: &str = "thumbv7em-none-eabihf";

/// Debian's current compiler and the sources of its `core`; the version of the two is the same.
const COMPILER: &[&str] = &["rustc-web", "rust-web-src"];
/// What of the compiler's dependencies is unpacked with it.
const PARTS: &[&str] = &["libstd-rust-web", "libllvm"];
/// The package of a linker for the target, with what the compiler's LLVM needs of the system.
const LINKER_PACKAGES: &[&str] = &["lld-22"];
/// The linker in it.
const LINKER: &str = "ld.lld-22";

/// Who compiles for the target.
pub(crate) enum Compiler {
    /// The one that compiled this program.
    Own,
    /// Debian's, in this folder; it compiles `core` too.
    Unpacked(PathBuf),
}

impl Compiler {
    /// Finds a compiler, or unpacks one below the target folder.
    ///
    /// # Errors
    /// [`Error::Needed`] where neither this toolchain nor the system has one.
    pub(crate) fn find() -> Result<Self> {
        if own_knows_target() {
            return Ok(Self::Own);
        }
        tasks::ensure_packages(&[LINKER_PACKAGES])?;
        Self::unpacked()
    }

    /// Debian's compiler with the sources of its standard library, unpacked below the target folder.
    ///
    /// # Errors
    /// [`Error::Needed`] where the system has no such package.
    pub(crate) fn unpacked() -> Result<Self> {
        if let Some(name) = COMPILER.iter().find(|name| !packages::is_known(name)) {
            return Err(Error::Needed(format!(
                "there is no compiler with the sources of its standard library: this system has no package \
                 {name} (Debian 12 has). For a bare chip, run this, then the same command again:\n  \
                 rustup target add {TARGET}"
            )));
        }
        let folder = target().join("tools/rust-web");
        let stamp = folder.join("unpacked");
        if !stamp.exists() {
            unpack(&folder)?;
            std::fs::write(&stamp, "").map_err(Error::file(&stamp))?;
        }
        Ok(Self::Unpacked(folder.join("usr")))
    }

    /// Makes a command use this compiler.
    pub(crate) fn prepare(&self, command: &mut Command) {
        if let Self::Unpacked(prefix) = self {
            with_compiler(command, prefix);
        }
    }

    /// `cargo build` for the target, into a folder of its own.
    pub(crate) fn build(&self, folder: &Path) -> Command {
        let mut command = cargo();
        command
            .args(["build", "--locked", "--target", TARGET, "--target-dir"])
            .arg(folder)
            // Symbols that name the crate each was compiled for.
            .env("RUSTFLAGS", "-C symbol-mangling-version=v0")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        if let Self::Unpacked(prefix) = self {
            command
                .arg("-Zbuild-std=core")
                // Building `core` is not stable.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_THUMBV7EM_NONE_EABIHF_LINKER", LINKER);
            with_compiler(&mut command, prefix);
        }
        command
    }

    /// What it calls itself.
    ///
    /// # Errors
    /// [`Error::Start`] when it does not run.
    pub(crate) fn version(&self) -> Result<String> {
        let mut command = match self {
            Self::Own => Command::new(own()),
            Self::Unpacked(prefix) => {
                let mut command = Command::new(prefix.join("bin/rustc"));
                with_compiler(&mut command, prefix);
                command
            }
        };
        Ok(output(command.arg("--version"))?.trim().to_owned())
    }
}

/// Makes the unpacked compiler find the libraries unpacked with it.
fn with_compiler(command: &mut Command, prefix: &Path) {
    let libraries = format!("lib/{}-linux-gnu", std::env::consts::ARCH);
    command
        .env("RUSTC", prefix.join("bin/rustc"))
        .env("LD_LIBRARY_PATH", prefix.join(libraries));
}

fn own() -> OsString {
    std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// Whether the compiler at hand has the `core` of the target.
fn own_knows_target() -> bool {
    let mut command = Command::new(own());
    command.args(["--print", "target-libdir", "--target", TARGET]);
    output(&mut command).is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

fn unpack(folder: &Path) -> Result<()> {
    let mut names = COMPILER.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut next = 0;
    while let Some(name) = names.get(next) {
        for dependency in packages::dependencies(name)? {
            let wanted = PARTS.iter().any(|part| dependency.starts_with(part));
            if wanted && !names.contains(&dependency) {
                names.push(dependency);
            }
        }
        next += 1;
    }
    packages::unpack(&names, folder)
}
