//! The PC/SC service.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sello_card::{ReaderState, Readers};

use super::{Check, Machine, ServiceFinding, Topic};

/// Where pcscd listens, unless `PCSCLITE_CSOCK_NAME` says otherwise.
const SOCKET: &str = "run/pcscd/pcscd.comm";
/// Where packages put the service.
const PROGRAMS: [&str; 3] = ["usr/sbin/pcscd", "usr/bin/pcscd", "usr/local/sbin/pcscd"];

/// Asks the service for its readers; where it does not answer, finds out why.
pub(super) fn examine(
    machine: &Machine<'_>,
    readers: &dyn Readers,
) -> Result<(Check, Vec<ReaderState>), Check> {
    match readers.list() {
        Ok(listed) => Ok((Check::new(Topic::Service, ServiceFinding::Good), listed)),
        Err(error) => {
            let finding = why_not(machine, error.to_string());
            Err(Check::new(Topic::Service, finding))
        }
    }
}

fn why_not(machine: &Machine<'_>, reason: String) -> ServiceFinding {
    let usual = || machine.root.join(SOCKET);
    let socket = machine.socket.clone().unwrap_or_else(usual);
    match connect(&socket) {
        Ok(()) => ServiceFinding::Refuses { reason },
        Err(ErrorKind::PermissionDenied) => ServiceFinding::Refuses {
            reason: format!("{}: permission denied", socket.display()),
        },
        Err(ErrorKind::NotFound) if !is_installed(machine.root) => ServiceFinding::NotInstalled,
        Err(ErrorKind::NotFound) => ServiceFinding::NotRunning { socket },
        Err(_) => ServiceFinding::Dead { socket },
    }
}

fn is_installed(root: &Path) -> bool {
    let exists = |program: &&str| root.join(program).exists();
    PROGRAMS.iter().any(exists)
}

#[cfg(unix)]
fn connect(socket: &PathBuf) -> Result<(), ErrorKind> {
    let connected = std::os::unix::net::UnixStream::connect(socket);
    connected.map(drop).map_err(|error| error.kind())
}

#[cfg(not(unix))]
fn connect(_: &PathBuf) -> Result<(), ErrorKind> {
    Err(ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    fn machine(root: &Path) -> Machine<'_> {
        Machine {
            root,
            program: None,
            module: None,
            configuration: None,
            socket: None,
            trust: Vec::new(),
            now: time::OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn finding(root: &Path) -> ServiceFinding {
        why_not(&machine(root), "no".to_owned())
    }

    #[test]
    fn each_way_not_to_answer_has_its_own_finding() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert!(matches!(finding(root), ServiceFinding::NotInstalled));
        std::fs::create_dir_all(root.join("usr/sbin")).unwrap();
        std::fs::write(root.join("usr/sbin/pcscd"), "").unwrap();
        assert!(matches!(finding(root), ServiceFinding::NotRunning { .. }));
        std::fs::create_dir_all(root.join("run/pcscd")).unwrap();
        let listener = UnixListener::bind(root.join(SOCKET)).unwrap();
        assert!(matches!(finding(root), ServiceFinding::Refuses { .. }));
        drop(listener);
        assert!(matches!(finding(root), ServiceFinding::Dead { .. }));
    }
}
