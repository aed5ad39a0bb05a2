//! A PC/SC service of this program's own, that is stopped and started again.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cryptoki_sys::*;
use sello_fuzz::pkcs11::cards::PIN;
use sello_simulator::{VirtualReader, VpcdAddress};
use tempfile::TempDir;

use crate::cards::{MoodyCard, verifies};
use crate::library::{Module, Outcome};

/// Where the driver of virtual readers lies.
const DRIVERS: [&str; 4] = [
    "/usr/lib/pcsc/drivers/serial/libifdvpcd.so",
    "/usr/lib64/pcsc/drivers/serial/libifdvpcd.so",
    "/usr/lib/x86_64-linux-gnu/pcsc/drivers/serial/libifdvpcd.so",
    "/usr/local/lib/pcsc/drivers/serial/libifdvpcd.so",
];
/// Where the service listens.
const SOCKET: &str = "/run/pcscd/pcscd.comm";
/// The port of the virtual reader.
const PORT: u16 = 35_963;
/// The first slot of the reader, as pcscd names it.
const READER: &str = "Endurance 00 00";
/// How long the service or a card may take to be there.
const PATIENCE: Duration = Duration::from_secs(20);

/// The service.
struct Service {
    folder: TempDir,
    child: Option<Child>,
}

impl Service {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let driver = DRIVERS.iter().map(PathBuf::from).find(|path| path.exists());
        let driver = driver.expect("libifdvpcd.so: `cargo xtask setup` installs it");
        let entry = format!(
            "FRIENDLYNAME \"Endurance\"\nDEVICENAME /dev/null:0x{PORT:04X}\nLIBPATH {}\n\
             CHANNELID 0x{PORT:04X}\n",
            driver.display()
        );
        fs::write(folder.path().join("reader"), entry).unwrap();
        Self {
            folder,
            child: None,
        }
    }

    fn start(&mut self) {
        let child = Command::new("pcscd")
            .args(["--foreground", "--config"])
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("pcscd: `cargo xtask setup` installs it"));
        assert!(within(|| UnixStream::connect(SOCKET).is_ok()), "no pcscd");
    }

    /// Ends it: in order, or at once, which leaves its socket and process number behind.
    fn stop(&mut self, in_order: bool) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        if in_order {
            let pid = child.id().to_string();
            let asked = Command::new("sh")
                .args(["-c", "kill \"$0\"", &pid])
                .status();
            assert!(asked.is_ok_and(|status| status.success()));
        } else {
            child.kill().unwrap();
        }
        child.wait().unwrap();
        if !in_order {
            for left in ["pcscd.comm", "pcscd.pid"] {
                let _ = fs::remove_file(Path::new("/run/pcscd").join(left));
            }
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn within(mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

/// Signs with the key that wants its PIN each time.
fn sign(module: &Module, session: CK_SESSION_HANDLE) -> Outcome<()> {
    let keys = module.find(session, CKO_PRIVATE_KEY)?;
    let key = keys.first().copied().ok_or(CKR_KEY_HANDLE_INVALID)?;
    let signature = module.sign(session, key, &[9; 32], Some(PIN))?;
    assert!(verifies(&signature, &[9; 32]), "a wrong signature");
    Ok(())
}

fn open(module: &Module) -> Outcome<CK_SESSION_HANDLE> {
    let session = module.open(module.slot_of(READER)?)?;
    module.login(session, CKU_USER, PIN)?;
    Ok(session)
}

/// Stops the service and starts it again, in turn while a session is open, while nothing is, and while a
/// thread waits for an event: without the service there is no token, with it everything works, without
/// `C_Finalize`.
pub fn restarts(path: &Path, count: usize) {
    let mut service = Service::new();
    service.start();
    let address = VpcdAddress::local(PORT);
    let _card = VirtualReader::start_waiting(address, MoodyCard::new()).unwrap();
    let module = Module::load(path);
    assert_eq!(module.initialize(), Ok(()));
    thread::scope(|scope| {
        scope.spawn(
            || {
                while module.event(true) != Err(CKR_CRYPTOKI_NOT_INITIALIZED) {}
            },
        );
        for round in 0..count {
            let mut last = Err(CKR_OK);
            let opens = within(|| {
                last = open(&module);
                last.is_ok()
            });
            assert!(opens, "round {round}: a new session gets {last:#x?}");
            let session = last.unwrap_or_default();
            assert_eq!(sign(&module, session), Ok(()), "round {round}");
            service.stop(round % 3 != 2);
            if round % 2 == 0 {
                let signed = sign(&module, session).err();
                let told = [
                    CKR_DEVICE_REMOVED,
                    CKR_DEVICE_ERROR,
                    CKR_TOKEN_NOT_PRESENT,
                    CKR_SESSION_HANDLE_INVALID,
                    CKR_SESSION_CLOSED,
                ];
                assert!(signed.is_some_and(|rv| told.contains(&rv)), "{signed:#x?}");
                assert_eq!(module.slots(true), Ok(Vec::new()));
            }
            service.start();
        }
        assert_eq!(module.finalize(), Ok(()));
    });
    println!("{count} times pcscd was stopped and started again");
}
