//! A PC/SC stack of our own: pcscd with virtual readers, in namespaces where nobody else sees it.
//!
//! The daemon's socket path is fixed when it is built, so a second daemon needs a mount namespace of
//! its own; the virtual reader driver listens on all addresses, so it gets a network namespace too.
//! An ordinary user may make both where unprivileged user namespaces are allowed.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crate::command::{Error, Result, exit_code, is_root, status, succeeds};

/// The first port of each reader entry; vpcd gives an entry two slots, on this port and the next.
const PORTS: [u16; 4] = [35963, 35965, 35967, 35969];
/// Says which stack a program runs beside: `private`, `system`, or `none`.
pub(crate) const VARIABLE: &str = "SELLO_STACK";
/// The socket of a pcscd that runs, or that systemd starts when somebody asks for it.
const SOCKET: &str = "/run/pcscd/pcscd.comm";
/// Makes the namespaces usable, then becomes the command.
const PREPARE: &str =
    "ip link set lo up && mount -t tmpfs tmpfs /run && mkdir /run/pcscd && exec \"$@\"";

/// Which PC/SC stack can be had here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A pcscd of our own in namespaces; the arguments are those of `unshare`.
    Private(&'static [&'static str]),
    /// A pcscd of our own in the usual place, where namespaces cannot be had, we are root and no other
    /// pcscd runs.
    Own,
    /// The pcscd that runs already, with its virtual readers. It is used and left running.
    System,
    /// None.
    Absent,
}

/// Finds out which stack can be had, without starting one.
pub(crate) fn find() -> Kind {
    const WAYS: [&[&str]; 2] = [
        &["--map-root-user", "--mount", "--net"],
        &["--mount", "--net"],
    ];
    let possible = |way: &&&[&str]| {
        driver().is_some()
            && succeeds(unshare(way).args(["sh", "-c", PREPARE, "sh", "pcscd", "--version"]))
    };
    match WAYS.iter().find(possible) {
        Some(way) => Kind::Private(way),
        // Where systemd keeps the socket, asking for it starts the daemon.
        None if UnixStream::connect(SOCKET).is_ok() => {
            let virtual_readers = within(Duration::from_secs(3), || listens(PORTS[0]));
            if virtual_readers {
                Kind::System
            } else {
                Kind::Absent
            }
        }
        None if driver().is_some() && is_root() => Kind::Own,
        None => Kind::Absent,
    }
}

/// Whether a thing becomes true in time.
fn within(time: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + time;
    while !holds() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

/// The command that runs `words` beside the stack.
pub(crate) fn command(kind: Kind, words: &[OsString]) -> Result<Command> {
    let empty = || Error::Needed("no command to run was given".into());
    let (program, arguments) = words.split_first().ok_or_else(empty)?;
    let myself = std::env::current_exe().map_err(Error::file(Path::new("xtask")))?;
    let mut command = match kind {
        Kind::Own => {
            let mut command = Command::new(myself);
            command.args(["in-stack", "--"]).arg(program);
            command
        }
        Kind::Private(way) => {
            let mut command = unshare(way);
            command
                .args(["sh", "-c", PREPARE, "sh"])
                .arg(myself)
                .args(["in-stack", "--"]);
            command.arg(program);
            command
        }
        Kind::System | Kind::Absent => Command::new(program),
    };
    command.args(arguments).env(VARIABLE, kind.name());
    Ok(command)
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Private(_) | Self::Own => "private",
            Self::System => "system",
            Self::Absent => "none",
        }
    }
}

/// Within the namespaces: starts pcscd, waits for its readers, runs the command, stops pcscd.
pub(crate) fn inner(words: &[OsString]) -> Result<ExitCode> {
    let empty = || Error::Needed("no command to run was given".into());
    let (program, arguments) = words.split_first().ok_or_else(empty)?;
    let folder = tempfile::tempdir().map_err(Error::file(Path::new("temporary folder")))?;
    let mut daemon = Daemon::start(&reader_files(folder.path())?)?;
    daemon.wait_for_readers()?;
    let status = status(Command::new(program).args(arguments))?;
    Ok(exit_code(status))
}

fn unshare(way: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(way);
    command
}

/// The pcscd that we started, and that we alone stop.
struct Daemon(Child);

impl Daemon {
    fn start(configuration: &Path) -> Result<Self> {
        let log = std::env::var_os("SELLO_PCSCD_LOG").map(PathBuf::from);
        let output = match &log {
            None => Stdio::null(),
            Some(path) => std::fs::File::create(path)
                .map_err(Error::file(path))?
                .into(),
        };
        let mut command = Command::new("pcscd");
        command
            .arg("--foreground")
            .arg("--config")
            .arg(configuration);
        if log.is_some() {
            command.arg("--apdu");
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(Stdio::null())
            .spawn();
        child.map(Self).map_err(|source| Error::Start {
            program: "pcscd".into(),
            source,
        })
    }

    fn wait_for_readers(&mut self) -> Result<()> {
        // Both slots of an entry listen; a connection made to see that would be taken for a card, so
        // the table of listening sockets is read instead.
        let mut ended = false;
        let ready = within(Duration::from_secs(20), || {
            ended = self.0.try_wait().ok().flatten().is_some();
            let listen = |port: &u16| listens(*port) && listens(port + 1);
            ended || (PORTS.iter().all(listen) && UnixStream::connect(SOCKET).is_ok())
        });
        if ended || !ready {
            return Err(Error::Needed(
                "pcscd ended or shows no virtual readers. Its log is written with \
                 SELLO_PCSCD_LOG=FILE"
                    .into(),
            ));
        }
        Ok(())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Asked to end, it takes its socket with it; killed, it would leave it behind.
        let pid = self.0.id().to_string();
        if !succeeds(Command::new("sh").args(["-c", "kill \"$0\"", &pid])) {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

/// Whether something listens on this TCP port of this machine (`/proc/net/tcp`, state 0A).
fn listens(port: u16) -> bool {
    let wanted = format!(":{port:04X}");
    match std::fs::read_to_string("/proc/net/tcp") {
        Ok(table) => table.lines().any(|line| {
            let mut words = line.split_ascii_whitespace().skip(1);
            words.next().is_some_and(|local| local.ends_with(&wanted)) && words.nth(1) == Some("0A")
        }),
        Err(_) => TcpStream::connect(("127.0.0.1", port)).is_ok(),
    }
}

/// Writes the configuration of the readers (`reader.conf(5)`) and returns its folder.
///
/// The driver keeps its connections in static variables, shared by all entries that name the same
/// library; so each entry gets a copy of it.
fn reader_files(folder: &Path) -> Result<PathBuf> {
    let driver = driver().ok_or_else(|| {
        Error::Needed("libifdvpcd.so was not found: install the package vsmartcard-vpcd".into())
    })?;
    let configuration = folder.join("readers");
    std::fs::create_dir(&configuration).map_err(Error::file(&configuration))?;
    let mut entries = String::new();
    for port in PORTS {
        let library = folder.join(format!("libifdvpcd-{port}.so"));
        std::fs::copy(&driver, &library).map_err(Error::file(&library))?;
        let _ = writeln!(
            entries,
            "FRIENDLYNAME \"Sello Virtual Reader {port}\"\nDEVICENAME /dev/null:0x{port:04X}\n\
             LIBPATH {}\nCHANNELID 0x{port:04X}\n",
            library.display()
        );
    }
    let file = configuration.join("virtual-readers");
    std::fs::write(&file, entries).map_err(Error::file(&file))?;
    Ok(configuration)
}

/// Where distributions put the virtual reader driver.
fn driver() -> Option<PathBuf> {
    const FOLDERS: [&str; 4] = [
        "/usr/lib/pcsc/drivers/serial",
        "/usr/lib64/pcsc/drivers/serial",
        "/usr/lib/x86_64-linux-gnu/pcsc/drivers/serial",
        "/usr/local/lib/pcsc/drivers/serial",
    ];
    FOLDERS
        .iter()
        .map(|folder| Path::new(folder).join("libifdvpcd.so"))
        .find(|path| path.exists())
}
