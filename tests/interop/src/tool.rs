//! Running a judge and reading what it says.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// OpenSC shows four slots a reader and 16 in all unless it is told that there are more readers.
const OPENSC_CONFIGURATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/judges/opensc.conf");

/// What a judge said.
#[derive(Clone, Debug)]
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// Standard output, then standard error.
    pub text: String,
}

impl Said {
    /// Whether it succeeded and said all of these.
    #[must_use]
    pub fn agrees(&self, words: &[&str]) -> bool {
        self.code == 0 && words.iter().all(|word| self.text.contains(word))
    }
}

/// Runs a judge.
///
/// # Errors
/// When it is not installed, with how to install it.
pub fn run<A: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = A>,
) -> io::Result<Said> {
    run_with(program, arguments, &[])
}

/// Runs OpenSSL: words, then options with their files.
///
/// # Errors
/// As [`run`].
pub fn openssl(words: &[&str], files: &[(&str, &Path)]) -> io::Result<Said> {
    let files = files.iter();
    let files = files.flat_map(|(option, file)| [OsStr::new(*option), file.as_os_str()]);
    run("openssl", words.iter().map(OsStr::new).chain(files))
}

/// Unpacks a container into a folder with Python's reader, which is another one than ours.
///
/// # Errors
/// As [`run`].
pub fn unpack(container: &Path, folder: &Path) -> io::Result<Said> {
    let words = ["-m", "zipfile", "-e"].map(OsStr::new);
    let places = [container.as_os_str(), folder.as_os_str()];
    run("python3", words.into_iter().chain(places))
}

/// As [`run`], with variables of the environment.
///
/// # Errors
/// As [`run`].
pub fn run_with<A: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = A>,
    environment: &[(&str, &OsStr)],
) -> io::Result<Said> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)));
    finish(program, &mut command)
}

/// As [`run_with`], but the program of Debian 13 that the set-up unpacked with its libraries; where it could
/// not, the system's.
///
/// # Errors
/// When it is not there.
pub fn run_newer<A: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = A>,
    environment: &[(&str, &OsStr)],
) -> io::Result<Said> {
    let mut command = newer(Path::new(program))?;
    command
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)));
    finish(program, &mut command)
}

/// The command that runs a program of Debian 13, or one of ours (by its path) with the libraries of Debian 13,
/// so that it can load a module from there. Where nothing was unpacked, the program with the system's.
///
/// # Errors
/// When there is no dynamic loader beside the libraries.
pub fn newer(program: &Path) -> io::Result<Command> {
    let mut command = match unpacked() {
        None => Command::new(program),
        Some(Unpacked { root, libraries }) => {
            let mut command = Command::new(loader(&libraries)?);
            command
                .arg("--library-path")
                .arg(&libraries)
                .arg(root.join("usr/bin").join(program));
            command
        }
    };
    command.env("OPENSC_CONF", OPENSC_CONFIGURATION);
    Ok(command)
}

/// A PKCS#11 module of Debian 13, for programs of [`run_newer`]; where there is none, its bare name, which
/// the system's loader looks up.
#[must_use]
pub fn newer_module(name: &str) -> PathBuf {
    match unpacked() {
        Some(Unpacked { libraries, .. }) => libraries.join(name),
        None => PathBuf::from(name),
    }
}

/// The folder of the judges that no system package brings.
///
/// # Errors
/// When `cargo xtask test` did not say where it is.
pub fn judges() -> io::Result<PathBuf> {
    let folder = std::env::var_os("SELLO_JUDGES").map(PathBuf::from);
    folder.ok_or_else(|| {
        io::Error::other("SELLO_JUDGES is not set: run the tests with `cargo xtask test`")
    })
}

struct Unpacked {
    root: PathBuf,
    /// `usr/lib/` and the name of the architecture.
    libraries: PathBuf,
}

fn unpacked() -> Option<Unpacked> {
    let root = PathBuf::from(std::env::var_os("SELLO_JUDGES")?).join("debian/root");
    let folders = std::fs::read_dir(root.join("usr/lib")).ok()?;
    let mut folders = folders.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let libraries = folders.find(|folder| folder.join("libc.so.6").exists())?;
    Some(Unpacked { root, libraries })
}

/// The dynamic loader that fits the libraries.
fn loader(libraries: &Path) -> io::Result<PathBuf> {
    let is_loader = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("ld-linux")
    };
    let files = std::fs::read_dir(libraries)?;
    let mut files = files.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let found = files.find(is_loader);
    found.ok_or_else(|| io::Error::other("no dynamic loader beside the unpacked libraries"))
}

fn finish(program: &str, command: &mut Command) -> io::Result<Said> {
    let output = command
        .env("OPENSC_CONF", OPENSC_CONFIGURATION)
        .stdin(Stdio::null())
        .output();
    let output = output.map_err(|error| {
        io::Error::other(format!(
            "{program}: {error}; `cargo xtask setup` installs the judges"
        ))
    })?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok(Said {
        code: output.status.code().unwrap_or(-1),
        text,
    })
}
