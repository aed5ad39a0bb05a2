//! Programs of Debian 13, unpacked beside the system with all the libraries they need.
//!
//! `yubico-piv-tool` and `ykcs11` know AES management keys from version 2.3 on; Debian 12 has 2.2. The
//! packages come from the same mirror as the system's own, checked by apt with Debian's keys.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::once;
use crate::command::{Error, Result, output, run, shown};

/// The release.
const RELEASE: &str = "trixie";
/// The packages; apt adds what they depend on.
const PACKAGES: &[&str] = &["opensc", "python3.13-venv", "ykcs11", "yubico-piv-tool"];
/// The keys of Debian's archive (package `debian-archive-keyring`).
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The client library of PC/SC.
const PCSC: &str = "libpcsclite.so.1";

/// Unpacks them to `debian` below the folder. On a system that does not know Debian's archive nothing is
/// done; the judges are then looked for on the system.
pub(super) fn ensure(folder: &Path) -> Result<()> {
    let Some(mirror) = mirror() else {
        return Ok(());
    };
    let wish = format!("{RELEASE} {}", PACKAGES.join(" "));
    once(&folder.join("packages"), &wish, || {
        unpack(&folder.join("debian"), &mirror)
    })
}

/// The folder of the unpacked libraries: `usr/lib/` and the name of the architecture.
pub(super) fn libraries(root: &Path) -> Option<PathBuf> {
    let folders = std::fs::read_dir(root.join("usr/lib")).ok()?;
    let mut folders = folders.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    folders.find(|folder| folder.join("libc.so.6").exists())
}

/// The mirror of Debian's archive that apt uses.
fn mirror() -> Option<String> {
    let mut ask = Command::new("apt-get");
    ask.args([
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
        "Origin: Debian",
        "Label: Debian",
    ]);
    let said = output(&mut ask).ok()?;
    said.lines().next().map(str::to_owned)
}

fn unpack(place: &Path, mirror: &str) -> Result<()> {
    if place.exists() {
        std::fs::remove_dir_all(place).map_err(Error::file(place))?;
    }
    let folder = place.join("apt");
    let apt = Apt::new(&folder, mirror)?;
    apt.get(["update"])?;
    let words = [
        "install",
        "--yes",
        "--download-only",
        "--no-install-recommends",
    ];
    apt.get(words.iter().chain(PACKAGES))?;
    for package in packages(&apt.archives)? {
        let mut extract = Command::new("dpkg-deb");
        extract
            .arg("--extract")
            .arg(package)
            .arg(place.join("root"));
        run(&mut extract)?;
    }
    std::fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
    use_system_pcsc(&place.join("root"))
}

/// A client library of PC/SC talks to a daemon of its own protocol version only, and the daemon is the
/// system's.
fn use_system_pcsc(root: &Path) -> Result<()> {
    let mut ask = Command::new("dpkg-query");
    let files = output(ask.args(["--listfiles", "libpcsclite1"]))?;
    let library = files.lines().find(|file| file.ends_with(PCSC));
    let library = library
        .map(Path::new)
        .ok_or_else(|| Error::Needed(format!("the package libpcsclite1 brings no {PCSC} here")))?;
    let mut find = Command::new("find");
    for copy in output(find.arg(root).args(["-name", PCSC]))?.lines() {
        let copy = Path::new(copy);
        std::fs::remove_file(copy).map_err(Error::file(copy))?;
        std::os::unix::fs::symlink(library, copy).map_err(Error::file(copy))?;
    }
    Ok(())
}

fn packages(archives: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(archives).map_err(Error::file(archives))?;
    let paths = entries.filter_map(std::result::Result::ok);
    let paths = paths.map(|entry| entry.path());
    Ok(paths
        .filter(|path| path.extension() == Some(OsStr::new("deb")))
        .collect())
}

/// An apt that knows one release, thinks nothing is installed, and never touches the system's own state.
struct Apt {
    configuration: PathBuf,
    archives: PathBuf,
}

impl Apt {
    fn new(folder: &Path, mirror: &str) -> Result<Self> {
        let archives = folder.join("archives");
        for needed in [archives.join("partial"), folder.join("lists/partial")] {
            std::fs::create_dir_all(&needed).map_err(Error::file(&needed))?;
        }
        let sources = folder.join("sources.list");
        let text = format!("deb [signed-by={KEYS}] {mirror} {RELEASE} main\n");
        std::fs::write(&sources, text).map_err(Error::file(&sources))?;
        let installed = folder.join("status");
        std::fs::write(&installed, "").map_err(Error::file(&installed))?;
        let mut text = String::new();
        for (option, path) in [
            ("Dir::Etc::sourcelist", sources.as_path()),
            ("Dir::Etc::sourceparts", Path::new("-")),
            ("Dir::State", folder),
            ("Dir::State::status", &installed),
            ("Dir::Cache", folder),
        ] {
            let _ = writeln!(text, "{option} \"{}\";", path.display());
        }
        text.push_str("Debug::NoLocking \"1\";\nAPT::Sandbox::User \"root\";\n");
        let configuration = folder.join("apt.conf");
        std::fs::write(&configuration, text).map_err(Error::file(&configuration))?;
        Ok(Self {
            configuration,
            archives,
        })
    }

    fn get<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Result<()> {
        let mut command = Command::new("apt-get");
        command
            .arg("--quiet=2")
            .args(words)
            .env("APT_CONFIG", &self.configuration);
        eprintln!("+ {}", shown(&command));
        run(&mut command)
    }
}
