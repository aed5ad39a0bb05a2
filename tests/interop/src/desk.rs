//! A seal card in a reader, a document, and a shell in which the module's path and the PIN have names, for
//! programs of others that load the module.
//!
//! The names are those of the recipes in `middleware/pkcs11/USING.md`: `$MODULE` and `$PIN`; besides them
//! there are `$PUK`, `$ANCHOR`, the center's certificate, `$JUDGES`, where the set-up put them, `$PLUGINS`, what
//! we have for them, and the files `letter.txt` and `contract.pdf`.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sello_flow::fixture::{PIN, Seal, Stage};
use sello_flow::sample;

use crate::nss::anchor;
use crate::tool::{Said, judges};

/// How often a program may ask for the PIN at the terminal, which is standard input here.
const ANSWERS: usize = 8;

/// Words before a program that reads no configuration of a user's when it is run by root, such as p11-kit.
pub const AS_USER: &str = "unshare --user --map-user=1000 --map-group=1000";

/// Held by who is at the desk. The seals of the tests have one name, and programs that find a token by its
/// name take the first.
static ALONE: Mutex<()> = Mutex::new(());

/// The desk. The tests of one program are at it one after the other.
pub struct Desk {
    /// The seal.
    pub seal: Seal,
    folder: PathBuf,
    // Last, so that the card is out before the next comes.
    _alone: MutexGuard<'static, ()>,
}

impl Desk {
    /// With an active seal.
    ///
    /// # Errors
    /// When the seal cannot be made, with what went wrong.
    pub fn new() -> io::Result<Self> {
        // A test that failed leaves nothing behind that the next could meet.
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let seal = Seal::at(Stage::Active)?;
        let folder = seal.path("desk");
        std::fs::create_dir(&folder)?;
        std::fs::write(folder.join("letter.txt"), "what is signed\n")?;
        let contract = sample::contract(1, sample::Language::English);
        std::fs::write(folder.join("contract.pdf"), contract)?;
        Ok(Self {
            seal,
            folder,
            _alone: alone,
        })
    }

    /// A file on the desk.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs lines of a shell, which stops at the first that fails. There is no terminal; who asks for the PIN
    /// reads it from standard input.
    ///
    /// # Errors
    /// When there is no shell.
    pub fn shell(&self, lines: &str) -> io::Result<Said> {
        let mut shell = Command::new("setsid");
        shell
            .args(["--wait", "sh", "-e", "-c", lines])
            .current_dir(&self.folder)
            .env("MODULE", self.seal.programs.path("libsello_pkcs11.so"))
            .env(
                "PKCS11_MODULE_PATH",
                self.seal.programs.path("libsello_pkcs11.so"),
            )
            .env("PIN", PIN)
            .env("PUK", &self.seal.puk)
            .env("JUDGES", judges()?)
            .env("PLUGINS", concat!(env!("CARGO_MANIFEST_DIR"), "/judges"))
            .env("ANCHOR", anchor(&self.seal.trust())?)
            .env("HOME", &self.folder)
            .env("XDG_CONFIG_HOME", self.folder.join(".config"))
            .env("XDG_CACHE_HOME", self.folder.join(".cache"))
            .env("PYTHON", judges()?.join("bin/python"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = shell.spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // Most ask for nothing and may be gone before this is written.
            let _ = input.write_all(format!("{PIN}\n").repeat(ANSWERS).as_bytes());
        }
        let output = child.wait_with_output()?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok(Said {
            code: output.status.code().unwrap_or(-1),
            text,
        })
    }
}
