//! Simulated cards in virtual readers, through the `sello-sim` program.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use sello_card::{PcscReaders, Readers};

use crate::programs::Spawned;

/// The ports of the reader entries; each entry has a second slot on the next port.
const PORTS: [u16; 4] = [35963, 35965, 35967, 35969];
/// How long pcscd may take to see a card.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// One reader entry of the stack, kept from everybody else while this value lives.
#[derive(Debug)]
pub struct Lease {
    port: u16,
    _lock: File,
}

impl Lease {
    /// The name of the entry's first slot.
    ///
    /// # Errors
    /// When pcscd does not show it.
    pub fn reader(&self) -> io::Result<String> {
        let own = if is_private() {
            format!(" {} 00 00", self.port)
        } else {
            " 00 00".to_owned()
        };
        let readers = PcscReaders::new().list().map_err(io::Error::other)?;
        let mut names = readers.into_iter().map(|reader| reader.name);
        let found = names.find(|name| name.ends_with(&own));
        found.ok_or_else(|| io::Error::other("pcscd does not show the virtual reader"))
    }

    /// The TCP port of the entry's first slot.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Waits for a free reader entry.
    ///
    /// # Errors
    /// When the lock files cannot be made.
    pub fn take() -> io::Result<Self> {
        let folder = lock_folder();
        std::fs::create_dir_all(&folder)?;
        loop {
            for port in usable_ports() {
                let lock = File::create(folder.join(port.to_string()))?;
                match lock.try_lock() {
                    Ok(()) => return Ok(Self { port, _lock: lock }),
                    Err(TryLockError::WouldBlock) => {}
                    Err(TryLockError::Error(error)) => return Err(error),
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Where the lock files lie: in the private stack's own `/run`, else with the user's temporary files.
fn lock_folder() -> PathBuf {
    if is_private() {
        return "/run/sello-virtual-readers".into();
    }
    let user = std::env::var("USER").unwrap_or_default();
    std::env::temp_dir().join(format!("sello-virtual-readers-{user}"))
}

/// Whether pcscd runs for us alone (`cargo xtask` says so).
fn is_private() -> bool {
    std::env::var("SELLO_STACK").is_ok_and(|kind| kind == "private")
}

/// The stock configuration of the driver has one entry, the stack of `cargo xtask` has four.
fn usable_ports() -> impl Iterator<Item = u16> {
    let private = std::env::var("SELLO_STACK").is_ok_and(|kind| kind == "private");
    PORTS
        .into_iter()
        .take(if private { PORTS.len() } else { 1 })
}

/// Simulated cards in virtual readers; dropping it takes them out and ends the simulator in order.
pub struct Rack {
    child: Child,
    commands: Option<ChildStdin>,
    readers: Vec<String>,
    lease: Lease,
}

impl Rack {
    /// Puts the cards of these state files (blank ones are made where there is none) into the two slots
    /// of a reader entry, and waits until pcscd sees them.
    ///
    /// # Errors
    /// When the simulator does not start, or pcscd does not see the cards in time.
    pub fn start(programs: &Spawned, cards: &[&Path]) -> io::Result<Self> {
        let lease = Lease::take()?;
        let before = readers_with_card();
        let mut child = simulator(programs, &lease, cards)?;
        let commands = child.stdin.take();
        let mut rack = Self {
            child,
            commands,
            readers: Vec::new(),
            lease,
        };
        rack.readers = rack.wait_for_cards(&before, cards.len())?;
        Ok(rack)
    }

    /// Takes the cards out and puts these in, into the same readers.
    ///
    /// # Errors
    /// As [`Rack::start`].
    pub fn exchange(&mut self, programs: &Spawned, cards: &[&Path]) -> io::Result<()> {
        self.stop();
        let before = readers_with_card();
        self.child = simulator(programs, &self.lease, cards)?;
        self.commands = self.child.stdin.take();
        self.readers = self.wait_for_cards(&before, cards.len())?;
        Ok(())
    }

    /// Ends the simulator in order and waits until pcscd has seen that the cards are gone.
    fn stop(&mut self) {
        let _ = self.command("quit");
        self.commands = None;
        let _ = self.child.wait();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline
            && readers_with_card()
                .iter()
                .any(|name| self.readers.contains(name))
        {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn wait_for_cards(&mut self, before: &[String], count: usize) -> io::Result<Vec<String>> {
        let own = format!(" {} ", self.lease.port);
        let private = is_private();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut new = readers_with_card();
            new.retain(|name| {
                if private {
                    name.contains(&own)
                } else {
                    !before.contains(name)
                }
            });
            if new.len() >= count {
                return Ok(new);
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(io::Error::other(format!("sello-sim ended early: {status}")));
            }
            if Instant::now() > deadline {
                return Err(io::Error::other("pcscd does not see the simulated card"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The name of the reader that holds card `index`, from 0.
    #[must_use]
    pub fn reader(&self, index: usize) -> &str {
        self.readers.get(index).map_or("", String::as_str)
    }

    /// Pulls card `index` and waits until pcscd has seen it.
    ///
    /// # Errors
    /// When the simulator is gone or pcscd does not see it in time.
    pub fn remove(&mut self, index: usize) -> io::Result<()> {
        self.command(&format!("remove {}", index + 1))?;
        self.wait_until(index, false)
    }

    /// Puts card `index` back and waits until pcscd has seen it.
    ///
    /// # Errors
    /// When the simulator is gone or pcscd does not see it in time.
    pub fn insert(&mut self, index: usize) -> io::Result<()> {
        self.command(&format!("insert {}", index + 1))?;
        self.wait_until(index, true)
    }

    /// Sends a line to the simulator.
    fn command(&mut self, line: &str) -> io::Result<()> {
        match &mut self.commands {
            Some(commands) => writeln!(commands, "{line}").and_then(|()| commands.flush()),
            None => Err(io::Error::other("the simulator has ended")),
        }
    }

    fn wait_until(&self, index: usize, present: bool) -> io::Result<()> {
        let name = self.reader(index).to_owned();
        let deadline = Instant::now() + PATIENCE;
        while readers_with_card().contains(&name) != present {
            if Instant::now() > deadline {
                return Err(io::Error::other(format!("no change seen in reader {name}")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Rack {
    fn drop(&mut self) {
        // The next lease of these ports must not see this card.
        self.stop();
    }
}

/// Starts the simulator; the kernel ends it with us, however we end.
fn simulator(programs: &Spawned, lease: &Lease, cards: &[&Path]) -> io::Result<Child> {
    Command::new("setpriv")
        .args(["--pdeathsig", "TERM"])
        .arg(programs.path("sello-sim"))
        .arg("--reader-port")
        .arg(lease.port.to_string())
        .args(cards)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
}

/// The readers that hold a card now; none if pcscd does not answer.
fn readers_with_card() -> Vec<String> {
    let list = PcscReaders::new().list().unwrap_or_default();
    list.into_iter()
        .filter(|reader| reader.card_present)
        .map(|reader| reader.name)
        .collect()
}
