//! The modules that are measured, and the programs that use them.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use sello_flow::programs::Spawned;
use sello_interop::tool;

/// The program that uses a module for us.
const CLIENT: &str = "sello-bench-client";

/// A PKCS#11 module.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its name.
    pub name: &'static str,
    /// Its file.
    pub path: PathBuf,
}

/// Sello's, then those it is compared with.
///
/// # Errors
/// When the folder of the programs cannot be found.
pub fn all() -> Result<[Peer; 3], Box<dyn Error>> {
    let ours = Spawned::find("C.UTF-8")?.path("libsello_pkcs11.so");
    Ok([
        Peer {
            name: "Sello",
            path: ours,
        },
        Peer {
            name: "OpenSC",
            path: tool::newer_module("opensc-pkcs11.so"),
        },
        Peer {
            name: "ykcs11",
            path: tool::newer_module("libykcs11.so.2"),
        },
    ])
}

/// A program with a home of its own, so that no configuration of the user's is measured and a cache is where
/// we know it. All modules run with the same libraries.
///
/// # Errors
/// When there is no dynamic loader beside the judges' libraries.
pub fn command(program: &Path, home: &Path) -> Result<Command, Box<dyn Error>> {
    let mut command = tool::newer(program)?;
    for name in [
        "SELLO_PKCS11_CACHE",
        "SELLO_PKCS11_CONFIG",
        "SELLO_PKCS11_TRACE",
    ] {
        command.env_remove(name);
    }
    command
        .env("HOME", home)
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .stderr(Stdio::null());
    Ok(command)
}

/// The bench's own client.
///
/// # Errors
/// As [`command`].
pub fn client(home: &Path) -> Result<Command, Box<dyn Error>> {
    command(&Spawned::find("C.UTF-8")?.path(CLIENT), home)
}

/// A client that waits for lines.
pub struct Client {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Client {
    /// Starts it and loads a module.
    ///
    /// # Errors
    /// When the program or the module cannot be loaded.
    pub fn start(peer: &Peer, command: &mut Command) -> Result<Self, Box<dyn Error>> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take();
        let answers = child.stdout.take().ok_or("no output")?;
        let mut client = Self {
            child,
            orders,
            answers: BufReader::new(answers),
        };
        client.ask(&["load", &peer.path.to_string_lossy()])?;
        Ok(client)
    }

    /// Has it do something, and gives the numbers it answers.
    ///
    /// # Errors
    /// What it says.
    pub fn ask(&mut self, words: &[&str]) -> Result<Vec<f64>, Box<dyn Error>> {
        let orders = self.orders.as_mut().ok_or("the client has ended")?;
        writeln!(orders, "{}", words.join("\t"))?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let mut said = line.trim_end().split('\t');
        match said.next() {
            Some("ok") => Ok(said.map(str::parse).collect::<Result<_, _>>()?),
            Some("error") => Err(said.collect::<Vec<_>>().join(" ").into()),
            _ => Err(format!("the client ended during {words:?}").into()),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It ends when there are no more lines.
        self.orders = None;
        let _ = self.child.wait();
    }
}
