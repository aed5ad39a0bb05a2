//! What the Debian package holds beside the programs, written into a folder that `cargo deb` takes it from.
//!
//! Manual pages and completions come from the command line itself, so that they cannot say otherwise. What
//! names the module's place is made for the kind of machine that this was built for.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use clap_complete::Shell;
use flate2::Compression;
use flate2::write::GzEncoder;

/// The manual pages that no command line says.
const PAGES: [(&str, &str); 2] = [
    (
        "libsello_pkcs11.7",
        include_str!("../man/libsello_pkcs11.7"),
    ),
    (
        "sello-pkcs11.toml.5",
        include_str!("../man/sello-pkcs11.toml.5"),
    ),
];
/// The module's file.
pub const MODULE: &str = "libsello_pkcs11.so";

/// Writes `man`, `completions`, `p11-kit`, `pkgconfig` and `lib` into a folder; what is there is replaced.
///
/// # Errors
/// When something cannot be written.
pub fn write(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let make = |name: &str| -> io::Result<_> {
        let path = folder.join(name);
        fs::create_dir_all(&path)?;
        Ok(path)
    };
    manual_pages(&make("man")?)?;
    completions(&make("completions")?)?;
    fs::write(make("p11-kit")?.join("sello.module"), registration())?;
    fs::write(make("pkgconfig")?.join("sello-pkcs11.pc"), description())?;
    link(&make("lib")?.join(MODULE))
}

/// One page for the program and one for each of its commands, compressed as Debian wants them
/// (Debian Policy, 12.1).
fn manual_pages(folder: &Path) -> io::Result<()> {
    clap_mangen::generate_to(sello_client::command_line(), folder)?;
    for (name, text) in PAGES {
        fs::write(folder.join(name), text)?;
    }
    let pages = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    for page in pages {
        compress(&page.path())?;
    }
    Ok(())
}

/// Puts a compressed file, without time and name, in the place of a file.
fn compress(page: &Path) -> io::Result<()> {
    let mut name = page.as_os_str().to_os_string();
    name.push(".gz");
    let mut compressed = GzEncoder::new(fs::File::create(name)?, Compression::best());
    compressed.write_all(&fs::read(page)?)?;
    compressed.finish()?;
    fs::remove_file(page)
}

fn completions(folder: &Path) -> io::Result<()> {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let mut command = sello_client::command_line();
        clap_complete::generate_to(shell, &mut command, "sello", folder)?;
    }
    Ok(())
}

/// The registration with p11-kit (`pkcs11.conf(5)`); a path without folder is one in p11-kit's own folder of
/// modules.
fn registration() -> String {
    format!(
        "# Seal cards and other PIV cards. `sello doctor` says whether it works.\n\
         module: {MODULE}\n\
         critical: no\n"
    )
}

/// Debian's name of the folder for this kind of machine.
#[must_use]
pub fn triplet() -> String {
    let machine = match std::env::consts::ARCH {
        "x86" => "i386",
        "powerpc64" => "powerpc64le",
        other => other,
    };
    let system = match machine {
        "arm" => "linux-gnueabihf",
        _ => "linux-gnu",
    };
    format!("{machine}-{system}")
}

/// Where the module is, for programs that ask pkg-config (`pc(5)`). A module is loaded, never linked with, so
/// there are no `Libs`.
fn description() -> String {
    format!(
        "prefix=/usr\n\
         libdir=${{prefix}}/lib/{}\n\
         moduledir=${{libdir}}/pkcs11\n\
         module=${{moduledir}}/{MODULE}\n\
         \n\
         Name: Sello PKCS#11 module\n\
         Description: Seal cards and other PIV cards for programs that load a PKCS#11 module\n\
         Version: {}\n",
        triplet(),
        env!("CARGO_PKG_VERSION")
    )
}

/// A link beside the system's libraries, for programs that are told the module's name alone.
#[cfg(unix)]
fn link(place: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(Path::new("pkcs11").join(MODULE), place)
}

#[cfg(not(unix))]
fn link(_: &Path) -> io::Result<()> {
    Err(io::Error::other("the package is for Debian"))
}
