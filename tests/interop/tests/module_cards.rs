//! The PKCS#11 module through pcscd: several processes with one card, and cards that come and go.
//!
//! A process that a test needs is this program again, told by a variable to be one.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use cryptoki_sys as ck;
use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE};
use sello_card::{CardSession, PcscReaders, Readers as _};
use sello_flow::fixture::{self, Seal, Stage};
use sello_interop::piv_card::PIN;
use sello_interop::table::Table;
use sello_pkcs11::attribute::TemplateEntry;
use sello_pkcs11::card::CardReaders;
use sello_pkcs11::error::Error;
use sello_pkcs11::module::Module;

/// Names the reader that a child process works with.
const CHILD: &str = "SELLO_TEST_CHILD_READER";
const PATIENCE: Duration = Duration::from_secs(20);
/// How often the card is pulled; in one process `middleware/pkcs11` does it a thousand times.
const PULLS: usize = 100;

fn module() -> Arc<Module> {
    Arc::new(Module::new(CardReaders::shared(PcscReaders::new())))
}

fn slot(module: &Module, reader: &str) -> Result<ck::CK_SLOT_ID, Error> {
    let description = |slot: &ck::CK_SLOT_ID| {
        let info = module.slot_info(*slot).unwrap();
        String::from_utf8_lossy(&info.slotDescription).into_owned()
    };
    let slots = module.slot_list(false)?;
    let mut slots = slots.into_iter();
    let found = slots.find(|slot| description(slot).trim_end() == reader);
    found.ok_or(Error::SlotIdInvalid)
}

fn open(module: &Module, reader: &str) -> Result<CK_SESSION_HANDLE, Error> {
    module.open_session(slot(module, reader)?, ck::CKF_SERIAL_SESSION)
}

fn key(module: &Module, session: CK_SESSION_HANDLE) -> Result<CK_OBJECT_HANDLE, Error> {
    let class = TemplateEntry {
        kind: ck::CKA_CLASS,
        value: ck::CKO_PRIVATE_KEY.to_ne_bytes().to_vec(),
    };
    module.find_begin(session, &[class])?;
    let found = module.find_next(session, 1);
    module.find_end(session)?;
    found?.first().copied().ok_or(Error::KeyHandleInvalid)
}

fn sign(module: &Module, session: CK_SESSION_HANDLE) -> Result<(), Error> {
    let key = key(module, session)?;
    module.sign_begin(session, ck::CKM_ECDSA, key)?;
    module.sign_finish(session, &[7; 32]).map(drop)
}

/// Not a test by itself: what a child process does, a word at a time.
#[test]
fn a_child_process_does_as_it_is_told() {
    let Ok(reader) = std::env::var(CHILD) else {
        return;
    };
    let module = module();
    let session = open(&module, &reader).unwrap();
    for word in std::io::stdin().lines() {
        let done = match word.unwrap().as_str() {
            "login" => module.login(session, ck::CKU_USER, PIN.as_bytes()),
            "wrong" => module.login(session, ck::CKU_USER, b"000000"),
            "sign" => sign(&module, session),
            "logout" => module.logout(session),
            other => panic!("{other}"),
        };
        println!("said {}", done.map_or_else(Error::name, |()| "CKR_OK"));
    }
}

/// Another process that uses the card.
struct Other {
    child: Child,
    words: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Other {
    fn start(reader: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_child_process_does_as_it_is_told"])
            .args(["--nocapture", "--quiet"])
            .env(CHILD, reader)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            words: child.stdin.take(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    fn does(&mut self, word: &str) -> String {
        writeln!(self.words.as_mut().unwrap(), "{word}").unwrap();
        let mut line = String::new();
        loop {
            line.clear();
            assert_ne!(self.answers.read_line(&mut line).unwrap(), 0, "it ended");
            if let Some((_, said)) = line.split_once("said ") {
                return said.trim_end().to_owned();
            }
        }
    }

    /// Ends in order: the session is closed.
    fn end(mut self) {
        self.words = None;
        self.child.wait().unwrap();
    }

    /// Ends as a program does that crashes.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Whether the card takes the PIN for given, asked without using it.
fn is_pin_given(reader: &str) -> bool {
    let connection = PcscReaders::new().connect(reader).unwrap();
    let mut session = CardSession::open(connection).unwrap();
    session
        .exclusive()
        .unwrap()
        .pin_tries_left()
        .unwrap()
        .is_none()
}

#[test]
fn the_last_process_out_gives_up_the_pin_and_no_earlier_one_does() {
    let table = Table::with_authentication_key().unwrap();
    let reader = table.card.reader();
    let mut first = Other::start(reader);
    let mut second = Other::start(reader);
    assert_eq!(
        first.does("sign"),
        "CKR_KEY_HANDLE_INVALID",
        "not logged in"
    );
    assert_eq!(first.does("login"), "CKR_OK");
    assert_eq!(second.does("login"), "CKR_OK");
    assert_eq!(second.does("sign"), "CKR_OK");
    second.end();
    assert_eq!(first.does("sign"), "CKR_OK", "the other's end is not ours");
    let mut third = Other::start(reader);
    assert_eq!(third.does("login"), "CKR_OK");
    third.kill();
    assert_eq!(first.does("sign"), "CKR_OK");
    assert!(is_pin_given(reader));
    assert_eq!(first.does("logout"), "CKR_OK");
    assert!(!is_pin_given(reader), "who crashed counts for nobody");
    assert_eq!(first.does("login"), "CKR_OK");
    assert!(is_pin_given(reader));
    first.end();
    assert!(!is_pin_given(reader));
}

#[test]
fn a_pin_that_another_process_dropped_is_asked_for_again() {
    let table = Table::with_authentication_key().unwrap();
    let reader = table.card.reader();
    let mut one = Other::start(reader);
    let mut other = Other::start(reader);
    assert_eq!(one.does("login"), "CKR_OK");
    assert_eq!(other.does("wrong"), "CKR_PIN_INCORRECT");
    assert_eq!(one.does("sign"), "CKR_USER_NOT_LOGGED_IN");
    assert_eq!(one.does("logout"), "CKR_USER_NOT_LOGGED_IN", "it agrees");
    assert_eq!(one.does("login"), "CKR_OK");
    assert_eq!(one.does("sign"), "CKR_OK");
}

/// Signs with the seal key once, from the beginning.
fn seals(module: &Module, reader: &str) -> Result<(), Error> {
    let session = open(module, reader)?;
    let done = module
        .login(session, ck::CKU_USER, fixture::PIN.as_bytes())
        .and_then(|()| sign(module, session));
    // The card may be gone, and the session with it.
    let _ = module.close_session(session);
    done
}

#[test]
fn a_card_that_is_pulled_and_put_back_signs_again_at_once() {
    let mut seal = Seal::at(Stage::Active).unwrap();
    let reader = seal.reader().to_owned();
    let module = module();
    let signing = {
        let (module, reader) = (Arc::clone(&module), reader.clone());
        let (stop, stopped) = channel::<()>();
        let thread = thread::spawn(move || {
            let mut outcomes = Vec::new();
            while stopped.try_recv().is_err() {
                outcomes.push(seals(&module, &reader));
            }
            outcomes
        });
        (stop, thread)
    };
    for _ in 0..PULLS {
        seal.rack.remove(0).unwrap();
        seal.rack.insert(0).unwrap();
        let told = module.slot_list(true).unwrap();
        assert!(told.contains(&slot(&module, &reader).unwrap()), "{told:?}");
    }
    let (stop, thread) = signing;
    stop.send(()).unwrap();
    let expected = [
        Error::DeviceRemoved,
        Error::DeviceError,
        Error::TokenNotPresent,
        Error::TokenNotRecognized,
        Error::SessionHandleInvalid,
        Error::UserNotLoggedIn,
    ];
    let outcomes = thread.join().unwrap();
    for outcome in &outcomes {
        let is_expected = outcome
            .as_ref()
            .map_or_else(|e| expected.contains(e), |()| true);
        assert!(is_expected, "{outcome:?}");
    }
    // What the last pull left behind is told once; then a new session signs.
    let again = (0..3).find_map(|_| seals(&module, &reader).ok());
    assert_eq!(again, Some(()), "of {} before", outcomes.len());
}

#[test]
fn who_waits_is_told_what_happens_to_a_card_and_that_the_module_ends() {
    let mut seal = Seal::at(Stage::Active).unwrap();
    let module = module();
    let here = slot(&module, seal.reader()).unwrap();
    while module.slot_event(false).is_ok() {}
    let (told, events) = channel();
    let waiter = {
        let module = Arc::clone(&module);
        thread::spawn(move || while told.send(module.slot_event(true)).is_ok() {})
    };
    let is_told = || {
        let end = Instant::now() + PATIENCE;
        // Other tests move cards in other readers.
        while Instant::now() < end {
            if events.recv_timeout(PATIENCE) == Ok(Ok(here)) {
                return true;
            }
        }
        false
    };
    seal.rack.remove(0).unwrap();
    assert!(is_told());
    seal.rack.insert(0).unwrap();
    assert!(is_told());
    drop(events);
    seal.rack.remove(0).unwrap();
    waiter.join().unwrap();
}
